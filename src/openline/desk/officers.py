"""Officers of this party: entered on the card, invited to the desk, listed.

Shapes   every act takes and gives plain JSON values; one table, `OFFICERS`, names them all
Units    none
Raises   NoPages, BadRequest and whatever card and roster refuse
Source   docs/OPERATE.md, "Officers" and "Officers at the desk"
Never    touches a key: leaves come in finished
"""

from typing import ClassVar

from openline.desk.acts import Act, Desk, Json, text
from openline.desk.roster import ADMINISTRATOR, EVERY_LINE, LINE_ROLES
from openline.errors import OpenlineError
from openline.exchange import identity, lines
from openline.formats.card import parse_officer
from openline.formats.spell import b64


class NoPages(OpenlineError):
    """The node has no desk for browsers, so nobody can be invited to it."""

    code: ClassVar[str] = "desk.no-pages"
    remedy: ClassVar[str] = "Start it with one: `openline serve --desk 127.0.0.1:8651`."


async def officer_enrol(desk: Desk, args: Json) -> Json:
    """Enter officers' leaves into the tree; the card is revised."""
    station = desk.station
    leaves = [parse_officer(str(leaf).encode()) for leaf in args.get("leaves", [])]
    now = await desk.lane.run(identity.current_officers, station)
    card = await desk.lane.run(identity.revise, station, officers=(*now, *leaves))
    desk.links.greet_all()
    return {"card": card.n, "officers": len(now) + len(leaves)}


async def officer_invite(desk: Desk, args: Json) -> Json:
    """Let one person register one passkey at the desk: an address that works once, for a day."""
    if not desk.address:
        raise NoPages("this node serves no pages")
    roles = tuple(sorted({str(role) for role in args.get("roles", LINE_ROLES)}))
    granted = tuple(role for role in roles if role != ADMINISTRATOR)
    wanted = [str(line) for line in args.get("lines", [])]
    ids = [await desk.lane.run(lines.find, desk.station, line) for line in wanted]
    lines_granted = {i.hex(): granted for i in ids} if ids else {EVERY_LINE: granted}
    token = desk.roster.invite(text(args, "name"), roles, lines_granted if granted else {})
    return {
        "name": text(args, "name"),
        "roles": list(roles),
        "url": f"{desk.address}/enrol/{token}",
    }


async def officer_list(desk: Desk, args: Json) -> Json:
    """Officers on this party's newest card, by person id and role."""
    leaves = await desk.lane.run(identity.current_officers, desk.station)
    return {"officers": [{"person": b64(x.person), "roles": list(x.roles)} for x in leaves]}


OFFICERS: dict[str, Act] = {
    "officer_enrol": officer_enrol,
    "officer_invite": officer_invite,
    "officer_list": officer_list,
}
