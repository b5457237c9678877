"""The desk in a browser: every address, and who may open it.

Shapes   desk_app(desk, operations, site, failed) -> ASGI application
Units    none
Raises   nothing to the caller: every refusal is a page
Source   docs/ARCHITECTURE.md, "The desk"
Never    listens by itself, and serves no file that is not in `static/`
"""

import contextlib
import gzip
import mimetypes
import os
import socket
import time
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any, Final

from jinja2 import TemplateError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from openline.desk import subscribed
from openline.desk.acts import Act, Desk
from openline.desk.deskbook import Deskbook
from openline.desk.local import DeskFailed
from openline.desk.pages import (
    alarm_pages,
    case_pages,
    compose_pages,
    disclose_pages,
    document_pages,
    file_pages,
    key_pages,
    look,
    map_pages,
    node_alarm_pages,
    officers_pages,
    own_pages,
    proposal_pages,
    queue_pages,
    receive_pages,
    register_pages,
    release_pages,
    search_pages,
    shift_pages,
    sign_pages,
    signals,
    time_pages,
    together_pages,
    unfinished_pages,
    watch_pages,
    wire_pages,
)
from openline.desk.pages.challenges import Challenges
from openline.desk.pages.overlay import Overlay, read_overlay
from openline.desk.pages.passkeys import Site
from openline.desk.pages.sessions import Sessions
from openline.desk.pages.shield import ForeignRequest, Shield
from openline.desk.pages.visit import Context, NotHere, Page, Visit, guarded, refused
from openline.errors import OpenlineError
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
    ("/queue", queue_pages.queue, "GET", True),
    ("/queue/rows", queue_pages.queue_rows, "GET", True),
    ("/queue/own", queue_pages.own, "POST", True),
    ("/registers", register_pages.registers, "GET", True),
    ("/watch", shift_pages.watch, "GET", True),
    ("/watch/begin", shift_pages.begin, "POST", True),
    ("/watch/note", shift_pages.note, "POST", True),
    ("/watch/seen", node_alarm_pages.seen, "POST", True),
    ("/watch/test", shift_pages.test_link, "POST", True),
    ("/watch/shifts/{number}", shift_pages.shift, "GET", True),
    ("/watch/handover", shift_pages.handover, "GET", True),
    ("/watch/handover", shift_pages.offer, "POST", True),
    ("/watch/handover/sign", shift_pages.sign, "POST", True),
    ("/watch/handover/drop", shift_pages.drop, "POST", True),
    ("/keys", key_pages.keys, "GET", True),
    ("/keys", key_pages.switch, "POST", True),
    ("/map", map_pages.map_page, "GET", True),
    ("/map/shapes", map_pages.shapes, "GET", True),
    ("/map/boundaries", map_pages.boundaries, "GET", True),
    ("/timeline", time_pages.timeline, "GET", True),
    ("/search", search_pages.search, "GET", True),
    ("/search/save", search_pages.save, "POST", True),
    ("/calendar.ics", register_pages.calendar, "GET", True),
    ("/calendar/{secret}/openline.ics", register_pages.subscribed_feed, "GET", False),
    ("/lines", watch_pages.board, "GET", True),
    ("/say", case_pages.say, "GET", True),
    ("/lines/{line}", case_pages.line, "GET", True),
    ("/lines/{line}/accept", proposal_pages.accept, "POST", True),
    ("/lines/{line}/decline", proposal_pages.decline, "POST", True),
    ("/frozen", watch_pages.frozen, "GET", True),
    ("/case", case_pages.case, "GET", True),
    ("/message", case_pages.message, "GET", True),
    ("/file", file_pages.of_message, "GET", True),
    ("/document", document_pages.document, "GET", True),
    ("/compose", compose_pages.compose, "GET", True),
    ("/compose", compose_pages.keep, "POST", True),
    ("/compose/check", compose_pages.check, "POST", True),
    ("/compose/token", compose_pages.token, "GET", True),
    ("/drafts", unfinished_pages.listed, "GET", True),
    ("/forms/{form}/drop", unfinished_pages.drop, "POST", True),
    ("/forms/{form}/template", unfinished_pages.template, "POST", True),
    ("/forms/{form}/beside", unfinished_pages.beside, "GET", True),
    ("/drafts/{draft}", release_pages.draft, "GET", True),
    ("/drafts/{draft}/file", release_pages.file, "GET", True),
    ("/drafts/{draft}/release", release_pages.release, "POST", True),
    ("/drafts/{draft}/verify", release_pages.verify, "POST", True),
    ("/drafts/{draft}/drop", release_pages.drop, "POST", True),
    ("/alarm", alarm_pages.bar, "GET", True),
    ("/alarm/take", alarm_pages.take, "POST", True),
    ("/alarm/heard", alarm_pages.heard, "POST", True),
    ("/acknowledge", receive_pages.acknowledge, "POST", True),
    ("/together", together_pages.choose, "POST", True),
    ("/together/{name}", together_pages.together, "GET", True),
    ("/together/{name}/sign", together_pages.sign, "POST", True),
    ("/together/{name}/batch", together_pages.to_batch, "POST", True),
    ("/together/{name}/drop", together_pages.drop, "POST", True),
    ("/batches/{batch}", together_pages.batch, "GET", True),
    ("/batches/{batch}/sign", together_pages.sign_batch, "POST", True),
    ("/batches/{batch}/drop", together_pages.drop_batch, "POST", True),
    ("/readback", receive_pages.readback, "GET", True),
    ("/readback", receive_pages.compare, "POST", True),
    ("/officers", officers_pages.listed, "GET", True),
    ("/officers/invite", officers_pages.invite, "POST", True),
    ("/officers/approve", officers_pages.approve, "POST", True),
    ("/officers/give-up", officers_pages.give_up, "POST", True),
    ("/officers/rules", officers_pages.rules, "POST", True),
    ("/officers/{person}/remove", officers_pages.remove, "POST", True),
    ("/officers/{person}/roles", officers_pages.roles, "POST", True),
    ("/officers/{person}/replace", officers_pages.replace, "POST", True),
    ("/me", own_pages.own, "GET", True),
    ("/me/key", own_pages.add, "POST", True),
    ("/me/calendar", own_pages.subscribe, "POST", True),
    ("/me/calendar/end", own_pages.unsubscribe, "POST", True),
    ("/me/words", own_pages.words, "POST", True),
    ("/me/take/{n}", own_pages.take, "POST", True),
    ("/me/drop/{n}", own_pages.drop, "POST", True),
    ("/lines/{line}/wire", wire_pages.wire, "GET", True),
    ("/lines/{line}/wire", wire_pages.say, "POST", True),
    ("/disclose", disclose_pages.choose, "GET", True),
    ("/disclose", disclose_pages.preview, "POST", True),
    ("/disclose/file", disclose_pages.give, "POST", True),
    ("/signals", signals.signals, "GET", True),
)


def desk_app(
    desk: Desk,
    operations: Mapping[str, Act],
    site: Site,
    failed: Failed,
    sessions: Sessions | None = None,
    overlay: Overlay | None = None,
) -> ASGIApp:
    """The application for officers' browsers; `sessions` where somebody is signed in already."""
    context = Context(
        desk,
        operations,
        site,
        desk.roster,
        sessions or Sessions(time.monotonic, os.urandom),
        Challenges(time.monotonic, os.urandom),
        os.urandom,
        Deskbook(desk.station),
        overlay,
    )

    def ends(person: bytes) -> None:
        subscribed.end(context.book, person)

    desk.roster.leaving += [context.sessions.end_of, context.alarms.release, ends]

    async def unforeseen(request: Request, fault: Exception) -> Response:
        failed(unnamed(request), fault)
        error = DeskFailed("this page could not be made; its operator sees why")
        try:
            return without_page(context, request, error, HTTPStatus.INTERNAL_SERVER_ERROR)
        except (OpenlineError, TemplateError) as again:  # no page can be made at all
            failed("the page of a fault", again)
            body = f"{error.code}\n{error}\n"
            return PlainTextResponse(body, HTTPStatus.INTERNAL_SERVER_ERROR)

    async def nowhere(request: Request, fault: HTTPException) -> Response:
        error = NotHere(f"{request.method} {request.url.path[:100]}")
        return without_page(context, request, error, fault.status_code)

    def foreign(request: Request, error: ForeignRequest) -> Response:
        visit = Visit(request, context)
        return visit.page("foreign.html", HTTPStatus.FORBIDDEN, error=error)

    routes = [
        Route(path, guarded(context, page, signed_in=signed_in), methods=[method])
        for path, page, method, signed_in in PAGES
    ]
    routes.append(Route("/static/{digest}/{name:path}", static, methods=["GET"]))
    handlers: dict[Any, Any] = {Exception: unforeseen, HTTPException: nowhere}
    inner = Starlette(routes=routes, exception_handlers=handlers)
    return Shield(inner, site, os.urandom, foreign)


def unnamed(request: Request) -> str:
    """An address as it may stand in a log: without what a page names there, which may be secret."""
    path = request.url.path
    for name, value in request.path_params.items():
        path = path.replace(str(value), f"{{{name}}}")
    return path[:100]


def without_page(context: Context, request: Request, error: OpenlineError, status: int) -> Response:
    """A refusal where no page of ours was reached, for whoever is signed in."""
    visit = Visit(request, context, changes=context.changes())
    visit.recognise()
    return refused(visit, error, status)


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
        overlay = read_overlay(settings.boundaries, settings.boundaries_label)
        yield [(desk_app(desk, operations, site, failed, overlay=overlay), bound)]


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
        raise HTTPException(HTTPStatus.NOT_FOUND)
    data = (resources.files("openline.desk") / "static" / name).read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"cache-control": _KEPT, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        data, headers["content-encoding"] = packed(name), "gzip"
    return Response(data, media_type=kind, headers=headers)


@cache
def packed(name: str) -> bytes:
    """A file of the desk as it travels."""
    return gzip.compress((resources.files("openline.desk") / "static" / name).read_bytes(), mtime=0)
