"""One request of a browser: who asks, what that person may see, and how it is answered.

Shapes   Context is what all pages of a desk share; Visit is one request; `guarded` wraps a page
Units    form bodies at most FORM_BYTES_MAX
Raises   SignInNeeded, NotHere, NotAllowed, FormExpired; what the operations refuse
Source   DESIGN, 12 "need to know"; OWASP ASVS 5.0, V4 and V8
Never    tells a line that a person has no role on from one that does not exist
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from openline.desk.acts import Act, Desk, Json
from openline.desk.alarms import Alarms
from openline.desk.deskbook import Deskbook
from openline.desk.local import perform
from openline.desk.pages import look
from openline.desk.pages.challenges import Challenges
from openline.desk.pages.multipart import BODY_BYTES_MAX, Parts, Posted, Upload, boundary_of
from openline.desk.pages.overlay import Overlay
from openline.desk.pages.passkeys import PasskeyRefused, Site, spki_of
from openline.desk.pages.sessions import Session, Sessions
from openline.desk.pages.shield import nonce_of
from openline.desk.pages.tray import Tray
from openline.desk.roster import Officer, Roster, RosterRefused
from openline.desk.subscribed import Pace
from openline.errors import OpenlineError
from openline.exchange.peer.guard import NoRoom, Room, TooLarge, TooSlow, pour, read_body
from openline.formats.spell import b64

FORM_BYTES_MAX: Final = 1024 * 1024
FORM_FIELDS_MAX: Final = 2_000
PAGE_MAX: Final = 10_000
LANGUAGE_COOKIE: Final = "openline-language"
THEME_COOKIE: Final = "openline-theme"
KEYS_COOKIE: Final = "openline-keys"
# An exercise whose clock is farther from the wall's than this has a time of its own.
CLOCK_APART_S: Final = 60
THEMES: Final = ("day", "dusk", "night")
# Pages into which people type what must not be lost when their session ends.
KEPT_PATHS: Final = frozenset(
    {"/compose", "/readback", "/watch/note", "/watch/handover", "/search/save", "/disclose",
     "/disclose/file", "/officers/invite"}
)  # fmt: skip
KEPT_ENDINGS: Final = ("/wire", "/template")
# What a stream says to a browser whose session is over; it asks again after `retry` milliseconds.
OVER: Final = "event: over\ndata: -\n\n"
# Where files may be attached; elsewhere a form with files is no form of ours.
FILE_PATHS: Final = frozenset({"/compose"})
MULTIPART: Final = "multipart/form-data"
# What people write into forms that are not kept while they type; the word that they type before a
# release is not among it.
WRITTEN: Final = frozenset({"name", "notes", "text"})
STREAM: Final = "text/event-stream"


class SignInNeeded(OpenlineError):
    """Nobody is signed in at this browser, or the watch is over."""

    code: ClassVar[str] = "desk.sign-in-needed"
    remedy: ClassVar[str] = "Sign in with your passkey; drafts that were kept are still there."


class NotHere(OpenlineError):
    """There is no such thing at this desk, for you."""

    code: ClassVar[str] = "desk.not-here"
    remedy: ClassVar[str] = "Go back to the queue; what you have a role for is listed there."


class NotAllowed(OpenlineError):
    """Your roles on this line do not include this act."""

    code: ClassVar[str] = "desk.not-allowed"
    remedy: ClassVar[str] = "Let an officer with the named role do it."


class DraftChanged(OpenlineError):
    """The draft of this page was changed or released by somebody else."""

    code: ClassVar[str] = "desk.draft-changed"
    remedy: ClassVar[str] = "Open the page Drafts, read the text that stands now, then sign that."


class FormExpired(OpenlineError):
    """A form of another session, or of a page that was tampered with."""

    code: ClassVar[str] = "desk.form-expired"
    remedy: ClassVar[str] = "Open the page again and repeat what you entered; nothing was done."


_STATUS: Final[Mapping[type[OpenlineError], HTTPStatus]] = {
    NotHere: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    DraftChanged: HTTPStatus.CONFLICT,
    FormExpired: HTTPStatus.FORBIDDEN,
    PasskeyRefused: HTTPStatus.FORBIDDEN,
    RosterRefused: HTTPStatus.GONE,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    NoRoom: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(slots=True)
class Context:
    """What all pages of one desk share."""

    desk: Desk
    table: Mapping[str, Act]
    site: Site
    roster: Roster
    sessions: Sessions
    challenges: Challenges
    random: Callable[[int], bytes]
    book: Deskbook
    overlay: Overlay | None = None
    alarms: Alarms = field(default_factory=Alarms)
    tray: Tray = field(default_factory=Tray)
    # How often each officer's calendar address is answered.
    pace: Pace = field(default_factory=Pace)
    # Flash messages of ours by line, with what they were looked up from (alarm_pages.py).
    flash: dict[str, tuple[tuple[int, int, int], list[Json]]] = field(default_factory=dict)
    # What all forms with files that are being read hold in memory.
    room: Room = field(default_factory=Room)

    def changes(self) -> int:
        """A number that is another one when something that pages show has changed."""
        station = self.desk.station
        return (
            station.changes
            + station.receipts_seen
            + sum(way.link.tests for way in self.desk.links.ways.values())
        )

    @property
    def cookie(self) -> str:
        """A name of its own: cookies do not tell ports apart, and exercises share a host."""
        return "openline-" + self.site.party.replace(".", "-")


@dataclass(slots=True)
class Visit:
    """One request, with the officer who makes it."""

    request: Request
    context: Context
    session: Session | None = None
    officer: Officer | None = None
    form: dict[str, str] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)
    changes: int = 0

    def recognise(self) -> None:
        """Find who is signed in at this browser, if anybody is."""
        context = self.context
        token = self.request.cookies.get(context.cookie, "")
        session = context.sessions.find(token, is_use=not is_background(self.request))
        officer = context.roster.officers.get(session.person) if session else None
        if officer is not None:
            self.session, self.officer = session, officer

    async def call(self, operation: str, **args: Any) -> Json:
        """An operation of the node by name; its refusals go to the person."""
        return await perform(self.context.desk, self.context.table, operation, args)

    @property
    def words(self) -> look.Words:
        """The reader's language, with the words of this node's own packs."""
        return look.Words(self.lang, self.context.desk.station.packs.terms)

    @property
    def lang(self) -> str:
        """The language that was chosen, else the browser's, else English."""
        asked = self.request.cookies.get(LANGUAGE_COOKIE, "")
        if asked in look.LANGUAGES:
            return asked
        for part in self.request.headers.get("accept-language", "")[:200].split(","):
            lang = part.partition(";")[0].strip().partition("-")[0].lower()
            if lang in look.LANGUAGES:
                return lang
        return "en"

    @property
    def theme(self) -> str:
        asked = self.request.cookies.get(THEME_COOKIE, "")
        return asked if asked in THEMES else "day"

    def prefer(self) -> None:
        """Answer this request in the language and light that its form chooses."""
        self.request.cookies[LANGUAGE_COOKIE] = self.form.get("lang", "")
        self.request.cookies[THEME_COOKIE] = self.form.get("theme", "")

    @property
    def keys(self) -> str:
        """Whether single letters are shortcuts in this browser: on, or off."""
        return "off" if self.request.cookies.get(KEYS_COOKIE) == "off" else "on"

    @property
    def person(self) -> Officer:
        """The signed-in officer."""
        if self.officer is None:
            raise SignInNeeded("this page is for officers of this desk")
        return self.officer

    async def on_card(self) -> bool:
        """Whether the first key of this officer stands on the newest card; an administrator's
        stands on none."""
        if self.person.is_administrator:
            return True
        found = await self.call("officer_list")
        key = b64(spki_of(self.person.keys[0].public))
        return any(each["spki"] == key for each in found["officers"])

    async def note(self, kind: str, subject: str, code: str, said: str) -> None:
        """Leave a word for the log of the watch."""
        station = self.context.desk.station
        await self.context.desk.lane.run(station.note_event, kind, subject, code, said)

    def name_of(self, person: str) -> str:
        """The name that this desk knows for a person's hex id; "" is the terminal."""
        if not person:
            return self.words("person.terminal")
        officer = self.context.roster.officers.get(bytes.fromhex(person))
        return officer.name if officer else self.words("person.left", person=person[:8])

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)[:400]

    @property
    def page_asked(self) -> int:
        """The page of the list that the address names; the first where it names none."""
        return self.page_of("page")

    def page_of(self, name: str) -> int:
        """The same for one of several lists of a page, by its name in the address."""
        asked = self.query(name)
        is_number = asked.isascii() and asked.isdigit() and 0 < len(asked) <= len(str(PAGE_MAX))
        return max(1, int(asked)) if is_number else 1

    def sees(self, line: str) -> None:
        """NotHere for a line that this person has no role on."""
        if not self.person.sees(line):
            raise NotHere("no such line")

    def must(self, role: str, line: str) -> None:
        """NotHere without any role on the line, NotAllowed without this one."""
        self.sees(line)
        if not self.person.may(role, line):
            raise NotAllowed(f"this asks for the role {role} on this line")

    def clock_apart(self, status: str) -> bool:
        """Whether lines of this status have a time of their own."""
        clock = self.context.desk.station.clock
        return abs(clock.line_s(status) - clock.now_s()) > CLOCK_APART_S

    async def lines(self) -> list[Json]:
        """The lines that this person has a role on."""
        found = await self.call("line_list")
        return [row for row in found["lines"] if self.person.sees(row["line"])]

    def page(self, template: str, code: int = HTTPStatus.OK, **values: Any) -> HTMLResponse:
        """A whole page or a fragment, in the reader's language."""
        # Taken before the page is made: what changes meanwhile is fetched again, never missed.
        context = {
            "changes": self.changes,
            "site": self.context.site,
            "officer": self.officer,
            "has_watch": self.officer is not None and self.officer.has("watch"),
            "nonce": nonce_of(self.request),
            "form_token": self.session.form_token if self.session else "",
            "theme": self.theme,
            "keys_are": self.keys,
            "path": self.request.url.path,
            "address": f"{self.request.url.path}?{self.request.url.query}",
            "here": goal_of(self.request),
            "languages": look.LANGUAGES,
            "themes": THEMES,
            "marking": "",
            "prefer_form": "",
            **values,
        }
        # What is shown is counted by the clock of its lines: an exercise may have one of its own.
        context["now"] = self.context.desk.station.clock.line_s(str(context["marking"]))
        context["clock_apart"] = self.clock_apart(str(context["marking"]))
        return HTMLResponse(look.page(template, self.words, context), code)


Page = Callable[[Visit], Awaitable[Response]]


def guarded(context: Context, page: Page, *, signed_in: bool = True) -> Any:
    """A page behind sign-in and form check; refusals become pages with what, where and remedy."""

    async def answer(request: Request) -> Response:
        visit = Visit(request, context, changes=context.changes())
        try:
            with context.room.holding() as take:
                await admit(visit, take, signed_in=signed_in)
                return await page(visit)
        except (SignInNeeded, FormExpired) as error:
            return stopped(visit, error)
        except OpenlineError as error:
            return refused(visit, error)

    return answer


def stopped(visit: Visit, error: SignInNeeded | FormExpired) -> Response:
    """Without a session a person goes to sign in, and a page says that nothing rings there."""
    request = visit.request
    if is_stream(request):
        return Response(f"retry: 3000\n\n{OVER}", media_type=STREAM)
    if is_fragment(request):
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    path = request.url.path
    if visit.form and (path in KEPT_PATHS or path.endswith(KEPT_ENDINGS)):
        return held(visit, error)
    if isinstance(error, FormExpired):
        return refused(visit, error)
    return RedirectResponse(
        f"/sign-in?next={quote(goal_of(request), safe='')}", HTTPStatus.SEE_OTHER
    )


def goal_of(request: Request) -> str:
    """Where a person goes on after signing in: the page that was asked for, or the form's page."""
    return here_of(request) if request.method == "GET" else came_from(request)


def here_of(request: Request) -> str:
    """The page that was asked for, as an address below this desk's origin."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}"


def is_stream(request: Request) -> bool:
    return STREAM in request.headers.get("accept", "")


def is_fragment(request: Request) -> bool:
    """Whether a page fetches a part of itself."""
    return "hx-request" in request.headers


def is_background(request: Request) -> bool:
    """Whether a page asked by itself: nobody need be there (OWASP ASVS 5.0, V7.3)."""
    return is_stream(request) or (is_fragment(request) and request.method == "GET")


def refused(visit: Visit, error: OpenlineError, status: int = 0) -> Response:
    """The page that says what was refused, why, and what to do; what was written stays on it.

    A form that was signed is not sent again from here: its passkey answered one question once.
    """
    known = _STATUS.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    filled = {name: text for name, text in visit.form.items() if name != "form"}
    typed = {name: text for name, text in filled.items() if name in WRITTEN and text.strip()}
    return visit.page(
        "refused.html",
        status or known,
        error=error,
        typed=typed,
        rest={name: text for name, text in filled.items() if name not in typed},
        may_send=visit.session is not None and "answer" not in filled,
        came_from=came_from(visit.request),
    )


def came_from(request: Request) -> str:
    """The page of this desk on which the reader was before, or ""."""
    before = request.headers.get("referer", "")[:2_000]
    origin, found, rest = before.partition(request.url.netloc)
    is_ours = rest.startswith("/") and not rest.startswith(("//", "/\\"))
    return rest if found and origin in ("http://", "https://") and is_ours else ""


def held(visit: Visit, error: OpenlineError) -> Response:
    """What was typed into a page whose session is over: it waits in the browser, to be sent again.

    Nothing of it is done before its officer has looked at this page and sent it.
    """
    typed = {name: text for name, text in visit.form.items() if name != "form"}
    status = _STATUS.get(type(error), HTTPStatus.UNAUTHORIZED)
    files = [each.name for each in visit.files]
    return visit.page("held.html", status, typed=typed, files=files, error=error)


async def admit(visit: Visit, take: Callable[[int], None], *, signed_in: bool) -> None:
    """Find session and officer; read and check a form."""
    request = visit.request
    visit.recognise()
    is_known = visit.officer is not None
    if request.method == "POST":
        # What a stranger typed waits in the browser (`held`); a stranger's files are not kept.
        posted = await read_form(request, take, is_keeping=is_known)
        visit.form, visit.files = posted.fields, posted.files
        # While the body came, roles may have changed and the officer may have left.
        visit.session = visit.officer = None
        visit.recognise()
        is_known = visit.officer is not None
    if signed_in and not is_known:
        raise SignInNeeded("nobody is signed in here")
    if request.method != "POST" or visit.session is None:
        return
    if not visit.session.is_form(visit.form.get("form", "")):
        raise FormExpired("this form belongs to no open page of yours")


async def read_form(request: Request, take: Callable[[int], None], *, is_keeping: bool) -> Posted:
    """A form in URL encoding, or with files where files may be attached: bounded, UTF-8, each name
    of what was typed once."""
    kind = request.headers.get("content-type", "")
    if kind.startswith(MULTIPART) and request.url.path in FILE_PATHS:
        parts = Parts(boundary_of(kind), is_keeping=is_keeping, take=take)
        await pour(request, BODY_BYTES_MAX, parts.feed)
        return parts.end()
    body = await read_body(request, FORM_BYTES_MAX)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=FORM_FIELDS_MAX,
        )
    except ValueError as fault:
        raise FormExpired(f"the form cannot be read: {fault}") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FormExpired("a field of the form stands there twice")
    return Posted({name: value.replace("\r\n", "\n") for name, value in found.items()})
