"""The desk in a browser: every address, and who may open it.

Shapes   desk_app(desk, operations, site, failed) -> ASGI application
Units    none
Raises   nothing to the caller: every refusal is a page
Source   docs/ARCHITECTURE.md, "The desk"
Never    listens by itself, and serves no file that is not in `static/`
"""

import contextlib
import mimetypes
import os
import socket
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from importlib import resources
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from openline.desk.acts import Act, Desk
from openline.desk.pages import (
    case_pages,
    compose_pages,
    look,
    release_pages,
    sign_pages,
    signals,
    watch_pages,
)
from openline.desk.pages.challenges import Challenges
from openline.desk.pages.passkeys import Site
from openline.desk.pages.sessions import Sessions
from openline.desk.pages.shield import Shield
from openline.desk.pages.visit import Context, Page, guarded
from openline.exchange.peer.server import listen_on
from openline.exchange.start import NodeSettings
from openline.exchange.station import Station
from openline.watch.duty import Failed

_KEPT: Final = "public, max-age=31536000, immutable"

# Address, page, method, and whether an officer has to be signed in.
PAGES: Final[tuple[tuple[str, Page, str, bool], ...]] = (
    ("/", watch_pages.home, "GET", True),
    ("/sign-in", sign_pages.sign_in, "GET", False),
    ("/sign-in", sign_pages.sign_in_done, "POST", False),
    ("/sign-out", sign_pages.sign_out, "POST", True),
    ("/enrol/{token}", sign_pages.enrol, "GET", False),
    ("/enrol/{token}", sign_pages.enrol_done, "POST", False),
    ("/prefer", sign_pages.prefer, "POST", False),
    ("/queue", watch_pages.queue, "GET", True),
    ("/queue/rows", watch_pages.queue_rows, "GET", True),
    ("/lines", watch_pages.board, "GET", True),
    ("/lines/{line}", case_pages.line, "GET", True),
    ("/case", case_pages.case, "GET", True),
    ("/message", case_pages.message, "GET", True),
    ("/compose", compose_pages.compose, "GET", True),
    ("/compose", compose_pages.keep, "POST", True),
    ("/drafts/{draft}", release_pages.draft, "GET", True),
    ("/drafts/{draft}/release", release_pages.release, "POST", True),
    ("/drafts/{draft}/drop", release_pages.drop, "POST", True),
    ("/signals", signals.signals, "GET", True),
)


def desk_app(desk: Desk, operations: Mapping[str, Act], site: Site, failed: Failed) -> ASGIApp:
    """The application for officers' browsers."""
    context = Context(
        desk,
        operations,
        site,
        desk.roster,
        Sessions(time.monotonic, os.urandom),
        Challenges(time.monotonic, os.urandom),
        os.urandom,
    )

    async def unforeseen(request: Request, fault: Exception) -> Response:
        failed(request.url.path[:100], fault)
        body = "desk.failed\nThis page could not be made; its operator sees why.\n"
        return PlainTextResponse(body, HTTPStatus.INTERNAL_SERVER_ERROR)

    routes = [
        Route(path, guarded(context, page, signed_in=signed_in), methods=[method])
        for path, page, method, signed_in in PAGES
    ]
    routes.append(Route("/static/{digest}/{name:path}", static, methods=["GET"]))
    handlers: dict[Any, Any] = {Exception: unforeseen}
    return Shield(Starlette(routes=routes, exception_handlers=handlers), site, os.urandom)


@contextlib.contextmanager
def browsers(
    desk: Desk, operations: Mapping[str, Act], settings: NodeSettings, failed: Failed
) -> Iterator[list[tuple[ASGIApp, socket.socket]]]:
    """What a node serves to browsers: pages on a listening socket, or nothing without `desk`."""
    if not settings.desk:
        yield []
        return
    site = site_of(desk.station, settings)
    desk.address = site.origin
    with contextlib.closing(listen_on(settings.desk)) as bound:
        yield [(desk_app(desk, operations, site, failed), bound)]


def site_of(station: Station, settings: NodeSettings) -> Site:
    """The desk's address for browsers, under the domain that the card gives officers' keys."""
    desk = station.cards(station.party)[-1].desk
    rp_id = desk.rp_id if desk else "localhost"
    port = settings.desk.rpartition(":")[2]
    return Site(rp_id, settings.desk_url or f"http://{rp_id}:{port}", settings.party)


async def static(request: Request) -> Response:
    """A file of the desk under the name that holds its hash; any other name is not here."""
    name = str(request.path_params["name"])
    wanted = f"/static/{request.path_params['digest']}/{name}"
    if name not in look.static_names() or look.asset(name) != wanted:
        return PlainTextResponse("desk.not-here\n", HTTPStatus.NOT_FOUND)
    data = (resources.files("openline.desk") / "static" / name).read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(data, media_type=kind, headers={"cache-control": _KEPT})
