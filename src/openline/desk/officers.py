"""Officers of this party: invited to the desk, listed; keys.py enters them on the card.

Shapes   every act takes and gives plain JSON values; one table, `OFFICERS`, names them all
Units    none
Raises   NoPages, BadRequest and whatever card and roster refuse
Source   docs/OPERATE.md, "Officers" and "Officers at the desk"
Never    touches a key: leaves come in finished
"""

from typing import ClassVar

from openline.desk.acts import Act, BadRequest, Desk, Json, text
from openline.desk.forms import FORMS
from openline.desk.keys import changed
from openline.desk.roster import ADMINISTRATOR, EVERY_LINE, LINE_ROLES, RosterRefused
from openline.desk.wire import WIRE
from openline.errors import OpenlineError
from openline.exchange.membership import enrolment, identity, lines
from openline.formats.card import parse_officer
from openline.formats.malformed import Malformed
from openline.formats.officer import PERSON_SIZE
from openline.formats.spell import b64, unb64


class NoPages(OpenlineError):
    """The node has no desk for browsers, so nobody can be invited to it."""

    code: ClassVar[str] = "desk.no-pages"
    remedy: ClassVar[str] = "Start it with one: `openline serve --desk 127.0.0.1:8651`."


async def officer_enrol(desk: Desk, args: Json) -> Json:
    """Want further officers: at once, or once two of today's have approved them."""
    leaves = [parse_officer(str(leaf).encode()) for leaf in args.get("leaves", [])]
    now = await desk.lane.run(enrolment.wanted, desk.station)
    return changed(desk, *await desk.lane.run(enrolment.ask, desk.station, (*now, *leaves)))


async def officer_rekey(desk: Desk, args: Json) -> Json:
    """Another key for an officer who stands on the card: the leaf of the same person changes."""
    leaf = parse_officer(text(args, "leaf").encode())
    now = await desk.lane.run(enrolment.wanted, desk.station)
    others = [each for each in now if each.person != leaf.person]
    return changed(desk, *await desk.lane.run(enrolment.ask, desk.station, (*others, leaf)))


async def officer_remove(desk: Desk, args: Json) -> Json:
    """Take an officer off the desk at once, and off the card once two others have approved it.

    Asked again while that waits, it gives the change that waits, with who has approved it.
    """
    person = person_of(args)
    gone = desk.roster.officers.get(person)
    if gone is not None:
        await desk.lane.run(desk.roster.remove, person)
    now = await desk.lane.run(enrolment.wanted, desk.station)
    others = [each for each in now if each.person != person]
    name = gone.name if gone is not None else ""
    if len(others) == len(now):
        waits = await desk.lane.run(enrolment.asked, desk.station)
        on_card = await desk.lane.run(identity.current_officers, desk.station)
        if waits is not None and any(each.person == person for each in on_card):
            return {"name": name, **changed(desk, waits, None)}
        if gone is None:
            raise RosterRefused("no officer of this party has that id")
        return {"name": name, "officers": len(now), "change": {}, "waits": False, "request": ""}
    told = changed(desk, *await desk.lane.run(enrolment.ask, desk.station, others))
    return {"name": name, **told}


def person_of(args: Json) -> bytes:
    """A person id: base64 as the card lists it, or hex as the desk does."""
    wanted = text(args, "person")
    try:
        return bytes.fromhex(wanted) if len(wanted) == 2 * PERSON_SIZE else unb64(wanted)
    except (ValueError, Malformed):
        raise BadRequest("person: an id of `openline officer list` is expected") from None


async def officer_invite(desk: Desk, args: Json) -> Json:
    """Let one person register one passkey at the desk: an address that works once, for a day.

    With `person` it is the new key of an officer who lost the old one.
    """
    if not desk.address:
        raise NoPages("this node serves no pages")
    roles = tuple(sorted({str(role) for role in args.get("roles", LINE_ROLES)}))
    granted = tuple(role for role in roles if role != ADMINISTRATOR)
    lines_granted = {
        await line_named(desk, str(line)): granted for line in args.get("lines", [EVERY_LINE])
    }
    if args.get("person"):
        known = desk.roster.known(person_of(args))
        name, roles = known.name, known.roles
        token = desk.roster.invite(name, roles, known.lines, known.person)
    else:
        name = text(args, "name")
        if granted and not lines_granted:
            raise BadRequest("lines: none is named; `*` is every line")
        token = desk.roster.invite(name, roles, lines_granted if granted else {})
    return {
        "name": name,
        "roles": list(roles),
        "url": f"{desk.address}/enrol/{token}",
    }


async def line_named(desk: Desk, named: str) -> str:
    """A line's id, or `*` for every line."""
    if named == EVERY_LINE:
        return EVERY_LINE
    return (await desk.lane.run(lines.find, desk.station, named)).hex()


async def officer_roles(desk: Desk, args: Json) -> Json:
    """Other roles of an officer on one line, or on every line; none takes the officer off it."""
    person, named = person_of(args), text(args, "line")
    roles = tuple(str(role) for role in args.get("roles", []))
    line = await line_named(desk, named)
    changed_officer = await desk.lane.run(desk.roster.grant, person, line, roles)
    return {
        "name": changed_officer.name,
        "line": line,
        "roles": list(changed_officer.lines.get(line, ())),
    }


async def officer_list(desk: Desk, args: Json) -> Json:
    """Officers on this party's newest card, by person id, role and key; who was taken off."""
    leaves = await desk.lane.run(identity.current_officers, desk.station)
    former = await desk.lane.run(identity.former_officers, desk.station)
    return {
        "former": [b64(person) for person in sorted(former)],
        "officers": [
            {"person": b64(x.person), "roles": list(x.roles), "spki": b64(x.spki)} for x in leaves
        ],
    }


OFFICERS: dict[str, Act] = {
    **FORMS,
    **WIRE,
    "officer_enrol": officer_enrol,
    "officer_invite": officer_invite,
    "officer_list": officer_list,
    "officer_rekey": officer_rekey,
    "officer_remove": officer_remove,
    "officer_roles": officer_roles,
}
