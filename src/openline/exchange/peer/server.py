"""The node's face to other nodes: three addresses, each bounded before it is read.

Shapes   peer_app(handlers) -> Starlette application; serve(app, host, port) runs it
Units    body limits in bytes, time limits in seconds
Raises   TooLarge, TooSlow as refusals
Source   docs/PROTOCOL.md parts 7 and 8
Never    parses: bytes go to the handlers, and what they raise becomes a status by one table
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, ClassVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openline.errors import OpenlineError
from openline.exchange.peer.status import body_of, status_of
from openline.exchange.refusals import Refused

DELIVER_BYTES_MAX = 8 * 1024 * 1024 + 64 * 1024
HELLO_BYTES_MAX = 256 * 1024
ASK_BYTES_MAX = 16 * 1024
BODY_SECONDS_MAX = 30.0
HEADER_SECONDS_MAX = 10.0
CONNECTIONS_MAX = 512

Handler = Callable[[bytes], Awaitable[bytes]]


class TooLarge(Refused):
    """The body is longer than this address takes."""

    code: ClassVar[str] = "exchange.too-large"
    remedy: ClassVar[str] = "Send fewer entries at once."


class TooSlow(Refused):
    """The body did not arrive in time."""

    code: ClassVar[str] = "exchange.too-slow"
    remedy: ClassVar[str] = "Send again over a better path, or in smaller parts."


class PortTaken(OpenlineError):
    """The address cannot be listened on."""

    code: ClassVar[str] = "exchange.port-taken"
    remedy: ClassVar[str] = "Choose another address with --listen, or stop what uses this one."


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The whole body, refused as soon as it is too long or too slow; headers are not believed."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for part in request.stream():
                size += len(part)
                if size > bytes_max:
                    raise TooLarge(f"more than {bytes_max} bytes")
                parts.append(part)
    except TimeoutError:
        raise TooSlow(f"{size} bytes after {BODY_SECONDS_MAX:.0f} s") from None
    return b"".join(parts)


def endpoint(handler: Handler, bytes_max: int) -> Callable[[Request], Awaitable[Response]]:
    """One address: bounded body in, handler's bytes or a refusal's status out."""

    async def answer(request: Request) -> Response:
        try:
            body = await read_body(request, bytes_max)
            return Response(await handler(body), media_type="application/octet-stream")
        except OpenlineError as refusal:
            status, headers = status_of(refusal)
            return Response(body_of(refusal), status, headers, media_type="text/plain")

    return answer


def peer_app(deliver: Handler, hello: Handler, ask: Handler) -> Starlette:
    """The application for other nodes."""
    return Starlette(
        routes=[
            Route("/openline/v1/deliver", endpoint(deliver, DELIVER_BYTES_MAX), methods=["POST"]),
            Route("/openline/v1/hello", endpoint(hello, HELLO_BYTES_MAX), methods=["POST"]),
            Route("/openline/v1/ask", endpoint(ask, ASK_BYTES_MAX), methods=["POST"]),
        ]
    )


class GuardedProtocol(HttpToolsProtocol):
    """Closes a connection that has not finished its request head in time."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._guard = self.loop.call_later(HEADER_SECONDS_MAX, self._close_if_idle)

    def _close_if_idle(self) -> None:
        cycle: object | None = self.cycle
        if cycle is None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._guard.cancel()
        super().connection_lost(exc)


class EmbeddedServer(uvicorn.Server):
    """uvicorn inside our own task group: signals belong to the node, not to the server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def listen_on(address: str) -> socket.socket:
    """A bound TCP socket for HOST:PORT; PortTaken when something else listens there."""
    host, _, port = address.rpartition(":")
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host.strip("[]"), int(port)))
    except (OSError, ValueError, OverflowError) as fault:
        bound.close()
        raise PortTaken(f"{address}: {fault}") from None
    return bound


@contextlib.asynccontextmanager
async def serving(app: Starlette, sockets: list[socket.socket]) -> AsyncIterator[None]:
    """Serve on bound sockets until the block is left; open connections get half a second."""
    config = uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    server = EmbeddedServer(config)
    task = asyncio.create_task(server.serve(sockets=sockets))
    while not server.started and not task.done():
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait([task], timeout=0.6)
        if not task.done():
            server.force_exit = True
            task.cancel()
            await asyncio.wait([task], timeout=0.3)
