"""The local surface: operations of the running node over a Unix socket in its own folder.

Shapes   POST /v1/<operation> with a JSON object -> JSON object; refusals: code, sentence, remedy
Units    bodies at most 16 MiB
Raises   nothing to the caller: every refusal is an answer
Source   docs/ARCHITECTURE.md, "one surface for terminal, library and browser"
Never    listens on a network: who may open the socket file may act as the operator
"""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.desk.acts import Act, BadRequest, Desk
from openline.errors import OpenlineError
from openline.exchange.peer.guard import read_body
from openline.watch.duty import Failed

BODY_BYTES_MAX = 16 * 1024 * 1024


def refusal(error: OpenlineError) -> dict[str, Any]:
    """A refusal as the surface gives it."""
    return {"code": error.code, "sentence": str(error), "remedy": error.remedy}


async def perform(
    desk: Desk, table: Mapping[str, Act], operation: str, args: Any
) -> dict[str, Any]:
    """One operation by name; BadRequest when there is none."""
    act = table.get(operation)
    if act is None:
        raise BadRequest(f"no operation is called {operation[:60]!r}")
    if not isinstance(args, dict):
        raise BadRequest("the arguments must be one JSON object")
    return await act(desk, args)


class DeskFailed(OpenlineError):
    """An operation ended by a fault that nobody foresaw; what was committed before it stays."""

    code: ClassVar[str] = "desk.failed"
    remedy: ClassVar[str] = "Look at `openline events` and report the fault that is named there."


def local_app(desk: Desk, table: dict[str, Act], failed: Failed) -> Starlette:
    """The application behind the socket."""

    async def unforeseen(request: Request, fault: Exception) -> Response:
        failed(request.url.path[:100], fault)
        data = json.dumps(refusal(DeskFailed(f"{type(fault).__name__} in {request.url.path}")))
        return Response(data, 500, media_type="application/json")

    async def answer(request: Request) -> Response:
        try:
            body = await read_body(request, BODY_BYTES_MAX)
            try:
                args = json.loads(body or b"{}")
            except ValueError:
                raise BadRequest("the body is not JSON") from None
            result = await perform(desk, table, request.path_params["operation"], args)
            status, value = 200, result
        except OpenlineError as error:
            status, value = 422, refusal(error)
        data = json.dumps(value, ensure_ascii=False).encode()
        return Response(data, status, media_type="application/json")

    return Starlette(
        routes=[Route("/v1/{operation}", answer, methods=["POST"])],
        exception_handlers={Exception: unforeseen},
    )


def local_socket(path: Path) -> socket.socket:
    """A bound Unix socket that only this user may open."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    # The system takes about a hundred bytes: of two spellings, the shorter one.
    bound.bind(min(str(path), os.path.relpath(path), key=len))
    path.chmod(0o600)
    return bound
