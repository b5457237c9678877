"""The face of a relay: leave a file, ask after it, fetch the next one, bring newer cards.

Shapes   relay_app(service, run) -> Starlette application, and what ends all waiting
Units    bodies at most 8 MiB and the note; waits at most 50 s
Raises   nothing: refusals become statuses by one table
Source   docs/PROTOCOL.md part 11
Never    keeps a connection longer than its addressee asked for
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.errors import OpenlineError
from openline.exchange.carried.relay import FILE_BYTES_MAX, RelayService
from openline.exchange.peer.guard import CARDS_BODY_MAX, Room, read_body
from openline.exchange.peer.status import body_of, status_of
from openline.formats.request import ASK_BYTES_MAX


def relay_app(
    service: RelayService, run: Callable[..., Awaitable[Any]]
) -> tuple[Starlette, Callable[[], None]]:
    """The application; `run` carries work to the one thread that writes.

    Beside it the function that answers everybody who waits, because the relay stops.
    """
    room = Room()
    arrived: dict[str, asyncio.Event] = {}

    def hush() -> None:
        for event in arrived.values():
            event.set()

    async def put(request: Request) -> bytes:
        with room.holding() as take:
            body = await read_body(request, FILE_BYTES_MAX + ASK_BYTES_MAX + 4, take)
            addressee, note = await run(service.put, body)
        arrived.pop(addressee, asyncio.Event()).set()
        return bytes(note)

    async def cards(request: Request) -> bytes:
        with room.holding() as take:
            party = await run(service.learn, await read_body(request, CARDS_BODY_MAX, take))
        return f"{party}\n".encode()

    async def lies(request: Request) -> bytes:
        return bytes(await run(service.lies, await read_body(request, ASK_BYTES_MAX)))

    async def fetch(request: Request) -> bytes:
        body = await read_body(request, ASK_BYTES_MAX)
        party, wait_s, answer = await run(service.fetch, body)
        if answer is None and wait_s:
            event = arrived.setdefault(party, asyncio.Event())
            try:
                await asyncio.wait_for(event.wait(), wait_s)
            except TimeoutError:
                return b""
            answer = await run(service.next_for, party)
        return answer or b""

    def endpoint(act: Callable[[Request], Awaitable[bytes]]) -> Callable[..., Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return Response(await act(request), media_type="application/octet-stream")
            except OpenlineError as refusal:
                status, headers = status_of(refusal)
                return Response(body_of(refusal), status, headers, media_type="text/plain")

        return answer

    routes = [("put", put), ("fetch", fetch), ("cards", cards), ("lies", lies)]
    app = Starlette(
        routes=[
            Route(f"/openline/v1/relay/{name}", endpoint(act), methods=["POST"])
            for name, act in routes
        ]
    )
    return app, hush
