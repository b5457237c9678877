"""The face of a neutral witness: add-checkpoint, and the newest checkpoint of an origin.

Shapes   witness_app(witness, run) -> Starlette application
Units    requests at most 16 KiB
Raises   nothing: refusals become the statuses of tlog-witness
Source   C2SP tlog-witness v1.0.0
Never    is asked for content: it has none
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.errors import OpenlineError
from openline.exchange.neutral import SizeConflict, Witness
from openline.exchange.peer.guard import read_body
from openline.exchange.peer.status import body_of
from openline.formats.add_checkpoint import ADD_CHECKPOINT_BYTES_MAX, size_body

STATUS = {
    "witness.unknown-origin": 404,
    "witness.untrusted-note": 403,
    "witness.bad-request": 400,
    "witness.size-conflict": 409,
    "witness.bad-extension": 422,
    "exchange.too-large": 413,
    "exchange.too-slow": 408,
}


def witness_app(witness: Witness, run: Callable[..., Awaitable[Any]]) -> Starlette:
    """The application; `run` carries work to the one thread that writes."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            body = await read_body(request, ADD_CHECKPOINT_BYTES_MAX)
            lines: bytes = await run(witness.add_checkpoint, body)
        except SizeConflict as conflict:
            return Response(size_body(conflict.held), 409, media_type="text/x.tlog.size")
        except OpenlineError as refusal:
            status = STATUS.get(refusal.code, 503)
            return Response(body_of(refusal), status, media_type="text/plain")
        return Response(lines, media_type="text/plain")

    async def checkpoint(request: Request) -> Response:
        wanted = request.path_params["origin_hash"]
        for origin in await run(witness.origins):
            if hashlib.sha256(origin.encode()).hexdigest() == wanted:
                return Response(await run(witness.latest, origin), media_type="text/plain")
        return Response(b"unknown origin\n", 404, media_type="text/plain")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )
