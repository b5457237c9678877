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
from openline.desk.local import perform
from openline.desk.pages import look
from openline.desk.pages.challenges import Challenges
from openline.desk.pages.passkeys import PasskeyRefused, Site
from openline.desk.pages.sessions import Session, Sessions
from openline.desk.pages.shield import nonce_of
from openline.desk.roster import Officer, Roster, RosterRefused
from openline.errors import OpenlineError
from openline.exchange.peer.guard import read_body

FORM_BYTES_MAX: Final = 1024 * 1024
FORM_FIELDS_MAX: Final = 2_000
LANGUAGE_COOKIE: Final = "openline-language"
THEME_COOKIE: Final = "openline-theme"
THEMES: Final = ("day", "dusk", "night")


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


class FormExpired(OpenlineError):
    """A form of another session, or of a page that was tampered with."""

    code: ClassVar[str] = "desk.form-expired"
    remedy: ClassVar[str] = "Open the page again and repeat what you entered; nothing was done."


_STATUS: Final[Mapping[type[OpenlineError], HTTPStatus]] = {
    NotHere: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    FormExpired: HTTPStatus.FORBIDDEN,
    PasskeyRefused: HTTPStatus.FORBIDDEN,
    RosterRefused: HTTPStatus.GONE,
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
    changes: int = 0

    async def call(self, operation: str, **args: Any) -> Json:
        """An operation of the node by name; its refusals go to the person."""
        return await perform(self.context.desk, self.context.table, operation, args)

    @property
    def words(self) -> look.Words:
        """The reader's language: chosen, else the browser's, else English."""
        asked = self.request.cookies.get(LANGUAGE_COOKIE, "")
        if asked in look.LANGUAGES:
            return look.Words(asked)
        for part in self.request.headers.get("accept-language", "")[:200].split(","):
            lang = part.partition(";")[0].strip().partition("-")[0].lower()
            if lang in look.LANGUAGES:
                return look.Words(lang)
        return look.Words("en")

    @property
    def theme(self) -> str:
        asked = self.request.cookies.get(THEME_COOKIE, "")
        return asked if asked in THEMES else "day"

    @property
    def person(self) -> Officer:
        """The signed-in officer."""
        if self.officer is None:
            raise SignInNeeded("this page is for officers of this desk")
        return self.officer

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)[:400]

    def sees(self, line: str) -> None:
        """NotHere for a line that this person has no role on."""
        if not self.person.sees(line):
            raise NotHere("no such line")

    def must(self, role: str, line: str) -> None:
        """NotHere without any role on the line, NotAllowed without this one."""
        self.sees(line)
        if not self.person.may(role, line):
            raise NotAllowed(f"this asks for the role {role} on this line")

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
            "nonce": nonce_of(self.request),
            "form_token": self.session.form_token if self.session else "",
            "theme": self.theme,
            "path": self.request.url.path,
            "address": f"{self.request.url.path}?{self.request.url.query}",
            "here": quote(str(self.request.url.path) + "?" + self.request.url.query, safe=""),
            "languages": look.LANGUAGES,
            "themes": THEMES,
            "marking": "",
            **values,
        }
        return HTMLResponse(look.page(template, self.words, context), code)


Page = Callable[[Visit], Awaitable[Response]]


def guarded(context: Context, page: Page, *, signed_in: bool = True) -> Any:
    """A page behind sign-in and form check; refusals become pages with what, where and remedy."""

    async def answer(request: Request) -> Response:
        visit = Visit(request, context, changes=context.changes())
        try:
            await admit(visit, signed_in=signed_in)
            return await page(visit)
        except SignInNeeded:
            goal = "" if request.method != "GET" else quote(str(request.url.path), safe="")
            return RedirectResponse(f"/sign-in?next={goal}", HTTPStatus.SEE_OTHER)
        except OpenlineError as error:
            status = _STATUS.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY)
            return visit.page("refused.html", status, error=error)

    return answer


async def admit(visit: Visit, *, signed_in: bool) -> None:
    """Find session and officer; read and check a form."""
    request, context = visit.request, visit.context
    session = context.sessions.find(request.cookies.get(context.cookie, ""))
    officer = context.roster.officers.get(session.person) if session else None
    if session is not None and officer is not None:
        visit.session, visit.officer = session, officer
    elif signed_in:
        raise SignInNeeded("nobody is signed in here")
    if request.method == "POST":
        visit.form = await read_form(request)
        if visit.session is not None and not visit.session.is_form(visit.form.get("form", "")):
            raise FormExpired("this form belongs to no open page of yours")


async def read_form(request: Request) -> dict[str, str]:
    """A form in URL encoding: bounded, UTF-8, each name once."""
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
    return {name: value.replace("\r\n", "\n") for name, value in found.items()}
