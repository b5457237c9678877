"""The face of a neutral witness: add-checkpoint, newer cards, the newest checkpoint of an origin.

Shapes   witness_app(witness, run) -> Starlette application
Units    a checkpoint is at most 16 KiB, a chain of cards 8 MiB
Raises   nothing: refusals become the statuses of tlog-witness
Source   C2SP tlog-witness v1.0.0
Never    is asked for content: it has none
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.errors import OpenlineError
from openline.exchange.carried.allowances import TooFast, TooManyLogs
from openline.exchange.carried.neutral import SizeConflict, Witness
from openline.exchange.peer.guard import CARDS_BODY_MAX, read_body
from openline.exchange.peer.status import body_of
from openline.formats.add_checkpoint import ADD_CHECKPOINT_BYTES_MAX, size_body

BATCH = 64
WAITING_MAX = 2_048
STATUS = {
    "witness.unknown-origin": 404,
    "witness.untrusted-note": 403,
    "witness.bad-request": 400,
    "witness.size-conflict": 409,
    "witness.bad-extension": 422,
    "exchange.too-large": 413,
    "exchange.too-slow": 408,
}


class Busy(OpenlineError):
    """More checkpoints wait than this witness can cosign soon."""

    code: ClassVar[str] = "witness.busy"
    remedy: ClassVar[str] = "Ask again in a minute; a release never waits for a witness."


class Together:
    """Requests that come while the disk is busy with the ones before are made durable at once."""

    def __init__(self, witness: Witness, run: Callable[..., Awaitable[Any]]) -> None:
        self._witness, self._run = witness, run
        self._waiting: deque[tuple[bytes, asyncio.Future[bytes]]] = deque()
        self._work: asyncio.Task[None] | None = None

    async def answer(self, body: bytes) -> bytes:
        """The cosignature of one request; its refusal is raised."""
        if len(self._waiting) >= WAITING_MAX:
            raise Busy(f"{len(self._waiting)} checkpoints wait to be cosigned")
        place: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, place))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._batches())
        return await place

    async def _batches(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                await self._cosign(batch)
            finally:
                for _, place in batch:
                    place.cancel()  # of those that a fault of ours left without an answer

    async def _cosign(self, batch: list[tuple[bytes, asyncio.Future[bytes]]]) -> None:
        try:
            bodies = [body for body, _ in batch]
            answers = await self._run(self._witness.add_checkpoints, bodies)
        except OpenlineError as fault:  # a full disk, a failed anchor: nobody gets a signature
            answers = [fault] * len(batch)
        for (_, place), answer in zip(batch, answers, strict=True):
            if place.done():
                continue  # who asked has gone away
            if isinstance(answer, OpenlineError):
                place.set_exception(answer)
            else:
                place.set_result(answer)


class Named:
    """Origins by the hash under which monitors ask for them; each is hashed once.

    Anybody may ask, and a witness has thousands of logs: hashing all of them for each question
    would keep it from signing.
    """

    def __init__(self, witness: Witness, run: Callable[..., Awaitable[Any]]) -> None:
        self._witness, self._run = witness, run
        self._known: dict[str, str] = {}
        self.hashed = 0

    async def of(self, wanted: str) -> str | None:
        """The origin of which this is the SHA-256 in hex, or None."""
        if wanted not in self._known:
            origins: list[str] = await self._run(self._witness.origins)
            for origin in origins[self.hashed :]:  # a log that was signed once stays, in its place
                self._known[hashlib.sha256(origin.encode()).hexdigest()] = origin
            self.hashed = len(origins)
        return self._known.get(wanted)


def witness_app(witness: Witness, run: Callable[..., Awaitable[Any]]) -> Starlette:
    """The application; `run` carries work to the one thread that writes."""

    together, named = Together(witness, run), Named(witness, run)

    async def add_checkpoint(request: Request) -> Response:
        try:
            body = await read_body(request, ADD_CHECKPOINT_BYTES_MAX)
            lines = await together.answer(body)
        except SizeConflict as conflict:
            return Response(size_body(conflict.held), 409, media_type="text/x.tlog.size")
        except (TooFast, TooManyLogs) as refusal:
            again = {"Retry-After": str(refusal.retry_s)}
            return Response(body_of(refusal), 429, again, media_type="text/plain")
        except OpenlineError as refusal:
            status = STATUS.get(refusal.code, 503)
            return Response(body_of(refusal), status, media_type="text/plain")
        return Response(lines, media_type="text/plain")

    async def cards(request: Request) -> Response:
        try:
            party: str = await run(witness.learn, await read_body(request, CARDS_BODY_MAX))
        except OpenlineError as refusal:
            status = STATUS.get(refusal.code, 422)
            return Response(body_of(refusal), status, media_type="text/plain")
        return Response(f"{party}\n", media_type="text/plain")

    async def checkpoint(request: Request) -> Response:
        origin = await named.of(request.path_params["origin_hash"])
        if origin is None:
            return Response(b"unknown origin\n", 404, media_type="text/plain")
        try:
            note = await run(witness.latest, origin)
        except OpenlineError as refusal:
            return Response(body_of(refusal), 503, media_type="text/plain")
        return Response(note, media_type="text/plain")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/cards", cards, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )
