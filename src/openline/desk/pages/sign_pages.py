"""Signing in and out, and registering the passkey of a new officer.

Shapes   pages as routes of app.py
Units    none
Raises   PasskeyRefused, RosterRefused
Source   docs/OPERATE.md, "Officers at the desk"
Never    says whether a person, a key or an invitation exists to somebody who does not hold it
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from starlette.responses import RedirectResponse, Response

from openline.desk import duress, subscribed
from openline.desk.pages import look, passkeys
from openline.desk.pages.passkeys import NewKey, PasskeyRefused
from openline.desk.pages.visit import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    Visit,
)
from openline.desk.roster import ADMINISTRATOR, Invitation, Key, Officer
from openline.formats.officer import OfficerLeaf
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
    name = form.get("challenge", "")
    challenge = context.challenges.look(name, "sign-in")
    answer = form.get("answer", "")
    credential = passkeys.credential_of(answer)
    officer = context.roster.by_credential(credential)
    if officer is None:
        raise PasskeyRefused("no officer of this desk has this key")
    key = officer.key_of(credential)
    count = passkeys.signed_in(context.site, challenge, answer, key.public, key.sign_count)
    context.challenges.spend(name)
    if count != key.sign_count:
        await context.desk.lane.run(context.roster.keep, officer.counted(credential, count))
    await duress.heard(context.desk, officer, form.get("word", ""))
    return with_session(visit, officer.person, back(form.get("next", "")), credential)


def back(goal: str) -> str:
    """A page to go on with after signing in; the page of signing in itself is none."""
    return "/queue" if goal.startswith("/sign-in") else page_here(goal)


def page_here(goal: str) -> str:
    """A page of this desk; anything else is the queue."""
    is_ours = goal.startswith("/") and not goal.startswith(("//", "/\\"))
    return goal if is_ours and goal.isprintable() else "/queue"


def with_session(visit: Visit, person: bytes, goal: str, credential: bytes = b"") -> Response:
    """A new session in place of the old one, and the next page."""
    context = visit.context
    context.sessions.end(visit.request.cookies.get(context.cookie, ""))
    answer = RedirectResponse(goal, HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        context.cookie,
        context.sessions.begin(person, credential),
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
    options = passkeys.registration_options(
        visit.context.site, invitation.person, invitation.name, challenge
    )
    return visit.page(
        "enrol.html", options=options, challenge=name, invitation=invitation, token=token
    )


async def enrol_done(visit: Visit) -> Response:
    """Enter the new key on the card and in the roster; the invitation is spent."""
    context, form = visit.context, visit.form
    token = visit.request.path_params["token"]
    challenge = context.challenges.look(form.get("challenge", ""), f"enrol {token}")
    key = passkeys.registered(context.site, challenge, form.get("answer", ""))
    invitation = context.roster.spend(token)
    made = Key(key.credential, key.public, key.sign_count)
    if invitation.is_new:
        await enter_on_card(visit, invitation, key)
        granted = (invitation.name, invitation.roles, invitation.lines)
        officer = Officer(invitation.person, *granted, (made,))
    else:
        officer = await with_new_key(visit, invitation.person, key, made)
    await context.desk.lane.run(context.roster.keep, officer)
    return with_session(visit, officer.person, "/queue", key.credential)


async def with_new_key(visit: Visit, person: bytes, key: NewKey, made: Key) -> Officer:
    """An officer whose keys are lost: the new one takes their place, under the same person id."""
    context = visit.context
    officer = context.roster.known(person)
    await rekey(visit, officer, key.spki)
    context.sessions.end_of(person)
    # Whoever has the lost device may have its calendar as well.
    await context.desk.lane.run(subscribed.end, context.book, person)
    return replace(officer, keys=(made,))


async def rekey(visit: Visit, officer: Officer, spki: bytes) -> None:
    """Another key of the same person on the card; an administrator stands on none."""
    roles = tuple(role for role in officer.roles if role != ADMINISTRATOR)
    if roles:
        leaf = OfficerLeaf(officer.person, roles, spki, visit.context.random(HASH_SIZE))
        await visit.call("officer_rekey", leaf=leaf.text())


async def enter_on_card(visit: Visit, invited: Invitation, key: NewKey) -> None:
    """Officers stand on the card with the roles that count for peers; an administrator does not."""
    roles = tuple(role for role in invited.roles if role != ADMINISTRATOR)
    if roles:
        leaf = OfficerLeaf(invited.person, roles, key.spki, visit.context.random(HASH_SIZE))
        await visit.call("officer_enrol", leaves=[leaf.text()])


async def prefer(visit: Visit) -> Response:
    """Language and light of this browser, remembered in it alone."""
    return preferred(
        visit, RedirectResponse(page_here(visit.form.get("next", "")), HTTPStatus.SEE_OTHER)
    )


def preferred(visit: Visit, answer: Response) -> Response:
    """The same answer, which has the browser remember what was chosen."""
    for cookie, value, known in (
        (LANGUAGE_COOKIE, visit.form.get("lang", ""), look.LANGUAGES),
        (THEME_COOKIE, visit.form.get("theme", ""), THEMES),
    ):
        if value in known:
            answer.set_cookie(cookie, value, max_age=YEAR_S, samesite="strict", path="/")
    return answer
