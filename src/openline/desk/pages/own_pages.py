"""An officer's own keys, words and calendar address.

Shapes   pages as routes of app.py
Units    none
Raises   PasskeyRefused, WordRefused, KeyRefused, NotAllowed
Source   docs/OPERATE.md, "Officers at the desk"; docs/decisions/0042-one-person-two-keys.md
Never    puts two keys of one person on the card: they would count as two people; never shows the
         address of a calendar a second time
"""

from dataclasses import replace
from http import HTTPStatus
from typing import ClassVar, Final

from starlette.responses import RedirectResponse, Response

from openline.desk import duress, subscribed
from openline.desk.pages import passkeys
from openline.desk.pages.passkeys import spki_of
from openline.desk.pages.sign_pages import rekey
from openline.desk.pages.stepping_up import bound, step_up, stepped_up
from openline.desk.pages.visit import NotAllowed, Visit
from openline.desk.roster import Key
from openline.errors import OpenlineError

KEYS_MAX: Final = 4
# What a passkey is asked for on this page: one question serves one act.
OWN: Final = "own"


class KeyRefused(OpenlineError):
    """This key cannot be added, taken or dropped."""

    code: ClassVar[str] = "desk.key-refused"
    remedy: ClassVar[str] = "Use another device, or drop a key that you no longer have."


async def own(visit: Visit) -> Response:
    """Which keys there are, which one releases, the words, and whether there is a calendar."""
    return await page(visit, "")


async def page(visit: Visit, calendar: str) -> Response:
    """The same, with the address of a calendar that was just made."""
    visit_key = visit.session.credential if visit.session else b""
    name, challenge = visit.context.challenges.give(bound(visit, "key"))
    person = visit.person
    options = passkeys.registration_options(
        visit.context.site, person.person, person.name, challenge, person.credentials
    )
    return visit.page(
        "own.html",
        keys=[
            {"n": n, "name": key.credential.hex()[:8], "here": key.credential == visit_key}
            for n, key in enumerate(person.keys)
        ],
        options=options,
        challenge=name,
        may_add=len(person.keys) < KEYS_MAX,
        step=step_up(visit, OWN),
        waits=not await visit.on_card(),
        calendar=calendar,
        calendar_since=await visit.context.desk.lane.run(
            subscribed.since_s, visit.context.book, person.person
        ),
    )


async def add(visit: Visit) -> Response:
    """Another key of this person: it signs in, and replaces the first one when that is lost."""
    context, person = visit.context, visit.person
    challenge = context.challenges.take(visit.form.get("challenge", ""), bound(visit, "key"))
    made = passkeys.registered(context.site, challenge, visit.form.get("answer", ""))
    if len(person.keys) >= KEYS_MAX or context.roster.by_credential(made.credential):
        raise KeyRefused("this key is known here already, or there are too many")
    key = Key(made.credential, made.public, made.sign_count)
    await context.desk.lane.run(context.roster.keep, replace(person, keys=(*person.keys, key)))
    return RedirectResponse("/me", HTTPStatus.SEE_OTHER)


async def take(visit: Visit) -> Response:
    """The first key is lost: another one of this person stands on the card from now on."""
    n = number(visit)
    await stepped_up(visit, OWN)
    person = visit.context.roster.officers[visit.person.person]
    key = person.keys[n]
    await rekey(visit, person, spki_of(key.public))
    rest = tuple(each for i, each in enumerate(person.keys) if i not in (0, n))
    keep = visit.context.roster.keep
    await visit.context.desk.lane.run(keep, replace(person, keys=(key, *rest)))
    return RedirectResponse("/me", HTTPStatus.SEE_OTHER)


async def drop(visit: Visit) -> Response:
    """A spare key that is lost signs in no more."""
    n = number(visit)
    await stepped_up(visit, OWN)
    person = visit.context.roster.officers[visit.person.person]
    rest = tuple(each for i, each in enumerate(person.keys) if i != n)
    await visit.context.desk.lane.run(visit.context.roster.keep, replace(person, keys=rest))
    return RedirectResponse("/me", HTTPStatus.SEE_OTHER)


def number(visit: Visit) -> int:
    """Which of the keys the address names; never the first."""
    text = visit.request.path_params["n"]
    found = int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 0
    if not 1 <= found < len(visit.person.keys):
        raise KeyRefused("there is no such spare key")
    return found


async def words(visit: Visit) -> Response:
    """An ordinary word and one for duress, or none."""
    await stepped_up(visit, OWN)
    form, context = visit.form, visit.context
    made = duress.words_of(form.get("ordinary", ""), form.get("duress", ""), context.random)
    person = context.roster.officers[visit.person.person]
    await context.desk.lane.run(context.roster.keep, replace(person, words=made))
    return RedirectResponse("/me", HTTPStatus.SEE_OTHER)


async def subscribe(visit: Visit) -> Response:
    """An address for a calendar program; it is shown once, here, and ends the one before."""
    if visit.person.is_administrator:
        raise NotAllowed("an administrator has no line, so there is nothing in such a calendar")
    await stepped_up(visit, OWN)
    context, now_s = visit.context, visit.context.desk.station.clock.now_s()
    secret = await context.desk.lane.run(
        subscribed.subscribe, context.book, visit.person.person, context.random, now_s
    )
    return await page(visit, f"{context.site.origin}/calendar/{secret}/openline.ics")


async def unsubscribe(visit: Visit) -> Response:
    """The address is over. No passkey is asked: who has lost it ends it at once."""
    context = visit.context
    await context.desk.lane.run(subscribed.end, context.book, visit.person.person)
    return RedirectResponse("/me", HTTPStatus.SEE_OTHER)
