"""The node's face to other nodes: three addresses, each bounded before it is read.

Shapes   peer_app(handlers, ...) -> Starlette application; serving((app, socket), ...) runs it
Units    body limits in bytes; time limits are in guard.py
Raises   PortTaken
Source   docs/PROTOCOL.md parts 7 and 8
Never    parses: bytes go to the handlers, and what they raise becomes a status by one table
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, ClassVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from openline.errors import OpenlineError
from openline.exchange.peer.guard import GuardedProtocol, HungUp, Room, read_body
from openline.exchange.peer.status import body_of, status_of
from openline.formats.request import error_body

DELIVER_BYTES_MAX = 8 * 1024 * 1024
HELLO_BYTES_MAX = 256 * 1024
ASK_BYTES_MAX = 16 * 1024
CONNECTIONS_MAX = 512
STOP_SECONDS = 0.4

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


def peer_app(
    deliver: Handler, hello: Handler, ask: Handler, failed: Failed, refusing: Refusing
) -> Starlette:
    """The application for other nodes.

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
                endpoint(handler, bytes_max, room, refusing),
                methods=["POST"],
            )
            for name, handler, bytes_max in (
                ("deliver", deliver, DELIVER_BYTES_MAX),
                ("hello", hello, HELLO_BYTES_MAX),
                ("ask", ask, ASK_BYTES_MAX),
            )
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
async def serving(*faces: tuple[ASGIApp, socket.socket]) -> AsyncIterator[None]:
    """Serve each application on its listening socket until the block is left."""
    servers = [server_of(app) for app, _ in faces]
    tasks = [
        asyncio.create_task(server.serve(sockets=[bound]))
        for server, (_, bound) in zip(servers, faces, strict=True)
    ]
    try:
        while not all(server.started for server in servers):
            if any(task.done() for task in tasks):
                raise PortTaken("a server ended as soon as it was begun")
            await asyncio.sleep(0.005)
        yield
    finally:
        await stop(servers, tasks)


def server_of(app: ASGIApp) -> EmbeddedServer:
    """A server for one application."""
    config = uvicorn.Config(
        app,
        http=GuardedProtocol,
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
