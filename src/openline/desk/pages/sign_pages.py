"""Signing in and out, and registering the passkey of a new officer.

Shapes   pages as routes of app.py
Units    none
Raises   PasskeyRefused, RosterRefused
Source   docs/OPERATE.md, "Officers at the desk"
Never    says whether a person, a key or an invitation exists to somebody who does not hold it
"""

from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from starlette.responses import RedirectResponse, Response

from openline.desk.pages import look, passkeys
from openline.desk.pages.passkeys import NewKey, PasskeyRefused
from openline.desk.pages.visit import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    Visit,
)
from openline.desk.roster import ADMINISTRATOR, Invitation, Officer
from openline.formats.officer import PERSON_SIZE, OfficerLeaf
from openline.formats.spell import HASH_SIZE

YEAR_S: Final = 365 * 86_400


async def sign_in(visit: Visit) -> Response:
    """The page that asks for a passkey."""
    name, challenge = visit.context.challenges.give("sign-in")
    options = passkeys.sign_in_options(visit.context.site, challenge)
    return visit.page("sign_in.html", options=options, challenge=name, next=visit.query("next"))


async def sign_in_done(visit: Visit) -> Response:
    """The browser's answer: a session, or one refusal for every reason."""
    context, form = visit.context, visit.form
    challenge = context.challenges.take(form.get("challenge", ""), "sign-in")
    answer = form.get("answer", "")
    officer = context.roster.by_credential(passkeys.credential_of(answer))
    if officer is None:
        raise PasskeyRefused("no officer of this desk has this key")
    count = passkeys.signed_in(context.site, challenge, answer, officer.public, officer.sign_count)
    if count != officer.sign_count:
        await context.desk.lane.run(context.roster.keep, counted(officer, count))
    return with_session(visit, officer.person, back(form.get("next", "")))


def counted(officer: Officer, count: int) -> Officer:
    """The same officer with a key that has signed so often: a copy of it would count anew."""
    return Officer(
        officer.person, officer.name, officer.roles, officer.lines, officer.credential,
        officer.public, count,
    )  # fmt: skip


def back(goal: str) -> str:
    """A page of this desk to go on with; anything else is the queue."""
    path = unquote(goal)
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\", "/sign-in"))
    return path if is_ours and path.isprintable() else "/queue"


def with_session(visit: Visit, person: bytes, goal: str) -> Response:
    """A new session in place of the old one, and the next page."""
    context = visit.context
    context.sessions.end(visit.request.cookies.get(context.cookie, ""))
    answer = RedirectResponse(goal, HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        context.cookie,
        context.sessions.begin(person),
        httponly=True,
        samesite="strict",
        secure=context.site.origin.startswith("https://"),
        path="/",
    )
    return answer


async def sign_out(visit: Visit) -> Response:
    """End this session on both sides."""
    context = visit.context
    context.sessions.end(visit.request.cookies.get(context.cookie, ""))
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(context.cookie, path="/")
    answer.headers["clear-site-data"] = '"cache"'
    return answer


async def enrol(visit: Visit) -> Response:
    """The page behind an invitation: make a passkey on this device."""
    token = visit.request.path_params["token"]
    invitation = visit.context.roster.invitation(token)
    name, challenge = visit.context.challenges.give(f"enrol {token}")
    person = visit.context.random(PERSON_SIZE)
    options = passkeys.registration_options(visit.context.site, person, invitation.name, challenge)
    return visit.page(
        "enrol.html", options=options, challenge=name, person=person.hex(), invitation=invitation,
        token=token,
    )  # fmt: skip


async def enrol_done(visit: Visit) -> Response:
    """Enter the new key on the card and in the roster; the invitation is spent."""
    context, form = visit.context, visit.form
    token = visit.request.path_params["token"]
    challenge = context.challenges.take(form.get("challenge", ""), f"enrol {token}")
    key = passkeys.registered(context.site, challenge, form.get("answer", ""))
    person = bytes.fromhex(form.get("person", ""))
    invitation = context.roster.spend(token)
    await enter_on_card(visit, person, invitation, key)
    officer = Officer(
        person, invitation.name, invitation.roles, invitation.lines, key.credential, key.public,
        key.sign_count,
    )  # fmt: skip
    await context.desk.lane.run(context.roster.keep, officer)
    return with_session(visit, person, "/queue")


async def enter_on_card(visit: Visit, person: bytes, invited: Invitation, key: NewKey) -> None:
    """Officers stand on the card with the roles that count for peers; an administrator does not."""
    roles = tuple(role for role in invited.roles if role != ADMINISTRATOR)
    if roles:
        leaf = OfficerLeaf(person, roles, key.spki, visit.context.random(HASH_SIZE))
        await visit.call("officer_enrol", leaves=[leaf.text()])


async def prefer(visit: Visit) -> Response:
    """Language and light of this browser, remembered in it alone."""
    answer = RedirectResponse(back(visit.form.get("next", "")), HTTPStatus.SEE_OTHER)
    for cookie, value, known in (
        (LANGUAGE_COOKIE, visit.form.get("lang", ""), look.LANGUAGES),
        (THEME_COOKIE, visit.form.get("theme", ""), THEMES),
    ):
        if value in known:
            answer.set_cookie(cookie, value, max_age=YEAR_S, samesite="strict", path="/")
    return answer
