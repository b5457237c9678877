"""Asking again who is there, before what a stolen session must not be able to do.

Shapes   step_up(visit, purpose) -> what the page's passkey form needs; stepped_up() says nothing
Units    none
Raises   PasskeyRefused
Source   OWASP ASVS 5.0, V7.5.3 (sensitive acts ask for authentication anew), V6.8
Never    takes an assertion that was made for another purpose, another person or another page
"""

from typing import Final

from openline.desk.acts import Json
from openline.desk.pages import passkeys
from openline.desk.pages.passkeys import PasskeyRefused
from openline.desk.pages.visit import Visit

PLACE: Final = "challenge"


def step_up(visit: Visit, purpose: str) -> Json:
    """A challenge for this person and this purpose; the keys that may sign it."""
    name, challenge = visit.context.challenges.give(bound(visit, purpose))
    keys = visit.person.credentials
    options = passkeys.sign_in_options(visit.context.site, challenge, keys)
    return {"options": options, PLACE: name}


async def stepped_up(visit: Visit, purpose: str) -> None:
    """The person who is signed in has just signed this purpose with an own key."""
    context = visit.context
    challenge = context.challenges.take(visit.form.get(PLACE, ""), bound(visit, purpose))
    answer = visit.form.get("answer", "")
    officer = context.roster.by_credential(passkeys.credential_of(answer))
    if officer is None or officer.person != visit.person.person:
        raise PasskeyRefused("this is not a key of the officer who is signed in")
    key = officer.key_of(passkeys.credential_of(answer))
    count = passkeys.signed_in(context.site, challenge, answer, key.public, key.sign_count)
    if count != key.sign_count:
        await context.desk.lane.run(context.roster.keep, officer.counted(key.credential, count))


def bound(visit: Visit, purpose: str) -> str:
    """A purpose as it is bound to the person."""
    return f"{visit.person.person.hex()} {purpose}"
