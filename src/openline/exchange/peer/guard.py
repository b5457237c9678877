"""What one connection may cost: time for each part of a request, bytes, and its share of sockets.

Shapes   GuardedProtocol is uvicorn's, with limits; Room counts the body bytes of all connections
Units    seconds, bytes, connections
Raises   TooLarge, TooSlow, NoRoom as refusals
Source   docs/THREAT_MODEL.md; docs/PROTOCOL.md part 8
Never    believes a length that a client states, except to refuse it; never lets one address hold
         every socket, or a client that reads slowly hold an answer for ever
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openline.exchange.refusals import Refused

HEADER_SECONDS_MAX = 10.0
BODY_SECONDS_MAX = 30.0
ANSWER_SECONDS_MAX = 120.0
LINGER_SECONDS = 2.0
HEAD_BYTES_MAX = 32 * 1024
# A body in chunks has some bytes around each of them; a client that sends twice as many attacks.
RAW_BYTES_MAX = 18 * 1024 * 1024
CONNECTIONS_PER_ADDRESS_MAX = 64
BODIES_BYTES_MAX = 96 * 1024 * 1024
# A chain of cards with their checkpoints; some 10 kB a card with both kinds of key.
CARDS_BODY_MAX = 8 * 1024 * 1024

IDLE, HEAD, BODY, ANSWER = "idle", "head", "body", "answer"


class TooLarge(Refused):
    """The body is longer than this address takes."""

    code: ClassVar[str] = "exchange.too-large"
    remedy: ClassVar[str] = "Send fewer entries at once."


class TooSlow(Refused):
    """The body did not arrive in time."""

    code: ClassVar[str] = "exchange.too-slow"
    remedy: ClassVar[str] = "Send again over a better path, or in smaller parts."


class HungUp(Refused):
    """The client went away before its request was complete."""

    code: ClassVar[str] = "exchange.hung-up"
    remedy: ClassVar[str] = "Nothing: a line that was cut is tried again by whoever needs it."


class NoRoom(Refused):
    """All connections together hold as many bytes as this node takes in at one time."""

    code: ClassVar[str] = "exchange.no-room"
    remedy: ClassVar[str] = "Send again in a moment; the node is busy with other deliveries."


class Room:
    """How many bytes of bodies are held in memory, until their answers are made."""

    def __init__(self) -> None:
        self.held_bytes = 0

    @contextlib.contextmanager
    def holding(self) -> Iterator[Callable[[int], None]]:
        """A function that takes bytes into account; they are given back when the block ends."""
        taken = 0

        def take(count: int) -> None:
            nonlocal taken
            if self.held_bytes + count > BODIES_BYTES_MAX:
                raise NoRoom(f"{self.held_bytes} bytes are being looked at")
            self.held_bytes += count
            taken += count

        try:
            yield take
        finally:
            self.held_bytes -= taken


async def read_body(
    request: Request, bytes_max: int, take: Callable[[int], None] = lambda count: None
) -> bytes:
    """The whole body, refused as soon as it is too long or too slow."""
    parts: list[bytes] = []

    def keep(part: bytes) -> None:
        take(len(part))
        parts.append(part)

    await pour(request, bytes_max, keep)
    return b"".join(parts)


async def pour(request: Request, bytes_max: int, sink: Callable[[bytes], None]) -> None:
    """The body part by part as it comes, refused as soon as it is too long or too slow."""
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and int(stated[:20]) > bytes_max:
        raise TooLarge(f"{stated[:20]} bytes announced, at most {bytes_max} are taken")
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for part in request.stream():
                size += len(part)
                if size > bytes_max:
                    raise TooLarge(f"more than {bytes_max} bytes")
                sink(part)
    except TimeoutError:
        raise TooSlow(f"{size} bytes after {BODY_SECONDS_MAX:.0f} s") from None
    except ClientDisconnect:
        raise HungUp(f"after {size} bytes") from None


class GuardedProtocol(HttpToolsProtocol):
    """Closes a connection whose request head, body or answer takes too long or too much.

    What comes over a Unix socket is the operator's own: only the limits on heads hold there.
    """

    raw_bytes_max: ClassVar[int] = RAW_BYTES_MAX

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._phase, self._raw_bytes = HEAD, 0
        self._is_peer = bool(self.client)
        self._arm(HEADER_SECONDS_MAX)
        if self._is_peer and self._siblings() > CONNECTIONS_PER_ADDRESS_MAX:
            self._refuse(b"503 Service Unavailable", "exchange.no-room\ntoo many connections\n")

    def _siblings(self) -> int:
        """How many connections the same address holds, this one included."""
        host = self.client[0] if self.client else ""
        clients = [getattr(each, "client", None) for each in self.connections]
        return sum(1 for client in clients if client and client[0] == host)

    def data_received(self, data: bytes) -> None:
        if self._phase == IDLE:
            self._phase, self._raw_bytes = HEAD, 0
            self._arm(HEADER_SECONDS_MAX)
        self._raw_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._phase == HEAD and self._raw_bytes > HEAD_BYTES_MAX:
            self._refuse(b"431 Request Header Fields Too Large", "exchange.too-large\nhead\n")
        elif self._raw_bytes > self.raw_bytes_max or self.pipeline:
            # No peer of ours sends its next request before it has the answer to the last.
            self.transport.abort()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._phase = BODY
        self._arm(BODY_SECONDS_MAX + LINGER_SECONDS)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self.cycle.response_complete:
            # The answer came before the end of the request: nobody waits for another one.
            self.transport.close()
            return
        self._phase = ANSWER
        self._arm(ANSWER_SECONDS_MAX if self._is_peer else None)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._phase == ANSWER:
            self._phase, self._raw_bytes = IDLE, 0
            self._arm(None)
        else:
            # Refused before the body was there: time enough to read why, and no more.
            self._arm(LINGER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._arm(None)
        super().connection_lost(exc)

    def _arm(self, seconds: float | None) -> None:
        """Let the connection end after so long, or let it be."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._end)

    def _end(self) -> None:
        """Time is over; `close` would wait for a client that does not read its answer."""
        self.transport.abort()

    def _refuse(self, status: bytes, text: str) -> None:
        body = text.encode("ascii")
        head = b"HTTP/1.1 %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n"
        self.transport.write(head % (status, len(body)) + b"connection: close\r\n\r\n" + body)
        self.transport.close()
