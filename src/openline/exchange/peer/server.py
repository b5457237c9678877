"""The node's face to other nodes: a few addresses, each bounded before it is read.

Shapes   peer_app(handlers, ...) -> Starlette application; serving((app, socket), ...) runs it
Units    body limits in bytes; time limits are in guard.py
Raises   PortTaken
Source   docs/PROTOCOL.md parts 7, 8 and 11
Never    parses: bytes go to the handlers, and what they raise becomes a status by one table
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from openline.errors import OpenlineError
from openline.exchange.peer.guard import (
    CARDS_BODY_MAX,
    RAW_BYTES_MAX,
    GuardedProtocol,
    HungUp,
    Room,
    read_body,
)
from openline.exchange.peer.status import body_of, status_of
from openline.formats.request import error_body

BODY_BYTES_MAX = {
    "deliver": 8 * 1024 * 1024,
    "hello": 256 * 1024,
    "ask": 16 * 1024,
    "parcel": 8 * 1024 * 1024,
    "wire": 16 * 1024,
    "early": 64 * 1024,
    "complete": 8 * 1024,
    "piece": 66 * 1024,
    "cards": CARDS_BODY_MAX,
}
CONNECTIONS_MAX = 512
STOP_SECONDS = 0.4

Face = tuple[ASGIApp, socket.socket]
Handler = Callable[[bytes], Awaitable[bytes]]
Failed = Callable[[str, BaseException], None]
Refusing = Callable[[OpenlineError], None]


class PortTaken(OpenlineError):
    """The address cannot be listened on."""

    code: ClassVar[str] = "exchange.port-taken"
    remedy: ClassVar[str] = "Choose another address with --listen, or stop what uses this one."


def endpoint(
    handler: Handler, bytes_max: int, room: Room, refusing: Refusing
) -> Callable[[Request], Awaitable[Response]]:
    """One address: bounded body in, handler's bytes or a refusal's status out."""

    async def answer(request: Request) -> Response:
        with room.holding() as take:
            try:
                body = await read_body(request, bytes_max, take)
            except HungUp as refusal:
                return refused(refusal)  # to nobody; and no officer needs to see it
            except OpenlineError as refusal:
                refusing(refusal)
                return refused(refusal)
            try:
                return Response(await handler(body), media_type="application/octet-stream")
            except OpenlineError as refusal:
                return refused(refusal)

    return answer


def refused(refusal: OpenlineError) -> Response:
    """Status, code and sentence of a refusal."""
    status, headers = status_of(refusal)
    return Response(body_of(refusal), status, headers, media_type="text/plain")


def peer_app(handlers: Mapping[str, Handler], failed: Failed, refusing: Refusing) -> Starlette:
    """The application for other nodes; `handlers` by the names of BODY_BYTES_MAX.

    `failed` is told of what no handler foresaw, `refusing` of bodies that reach no handler.
    """
    room = Room()

    async def unforeseen(request: Request, fault: Exception) -> Response:
        failed(request.url.path[:100], fault)
        body = error_body("exchange.failed", "this node could not do it; its operator sees why")
        return Response(body, 500, media_type="text/plain")

    return Starlette(
        routes=[
            Route(
                f"/openline/v1/{name}",
                endpoint(handler, BODY_BYTES_MAX[name], room, refusing),
                methods=["POST"],
            )
            for name, handler in handlers.items()
        ],
        exception_handlers={Exception: unforeseen},
    )


class EmbeddedServer(uvicorn.Server):
    """uvicorn inside our own task group: signals belong to the node, not to the server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def listen_on(address: str) -> socket.socket:
    """A listening TCP socket for HOST:PORT; PortTaken when something else listens there."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio turns Nagle's algorithm off for such sockets alone, and with it
    # an answer of two writes waits some 40 ms for the other side's delayed acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host.strip("[]"), int(port)))
        # Two sockets may be bound to one port; only one may listen, so this decides.
        bound.listen(CONNECTIONS_MAX)
    except (OSError, ValueError, OverflowError) as fault:
        bound.close()
        raise PortTaken(f"{address}: {fault}") from None
    return bound


@contextlib.asynccontextmanager
async def serving(*faces: Face) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """Serve each application on its listening socket until the block is left.

    The block gets a function that takes more faces later; all of them stop together.
    """
    servers: list[EmbeddedServer] = []
    tasks: list[asyncio.Task[None]] = []

    async def more(*added: Face) -> None:
        begun = [server_of(app) for app, _ in added]
        servers.extend(begun)
        for server, (_, bound) in zip(begun, added, strict=True):
            tasks.append(asyncio.create_task(server.serve(sockets=[bound])))
        while not all(server.started for server in begun):
            if any(task.done() for task in tasks):
                raise PortTaken("a server ended as soon as it was begun")
            await asyncio.sleep(0.005)

    try:
        await more(*faces)
        yield more
    finally:
        await stop(servers, tasks)


def server_of(app: ASGIApp) -> EmbeddedServer:
    """A server for one application; one that takes longer bodies than peers send says so."""
    longest = getattr(app, "raw_bytes_max", RAW_BYTES_MAX)
    guarded = type("GuardedProtocol", (GuardedProtocol,), {"raw_bytes_max": longest})
    config = uvicorn.Config(
        app,
        http=guarded,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="critical",  # a traceback may hold what somebody wrote: see watch/duty.py
        server_header=False,
        date_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    return EmbeddedServer(config)


async def stop(servers: Sequence[EmbeddedServer], tasks: "Sequence[asyncio.Task[None]]") -> None:
    """Stop listening, give open requests a moment, then cut every connection that is left."""
    for server in servers:
        server.should_exit = True
    await asyncio.wait(tasks, timeout=STOP_SECONDS)
    for server in servers:
        server.force_exit = True
        for connection in list(server.server_state.connections):
            connection.transport.abort()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
