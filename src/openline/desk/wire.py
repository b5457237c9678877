"""The orderwire as people use it: a line said to every member, and what was said lately.

Shapes   plain JSON values; one table, `WIRE`, names the operations
Units    times as RFC 3339 UTC text
Raises   WireOff, WireRefused, UnknownLine
Source   docs/operations.md, "Orderwire"; docs/PROTOCOL.md part 11
Never    tries again: who was not reached is named, and the person rings or says it anew
"""

import asyncio

from openline.desk.acts import Act, Desk, Json, text
from openline.errors import OpenlineError
from openline.exchange.membership import lines
from openline.exchange.traffic import orderwire
from openline.exchange.traffic.orderwire import Said
from openline.formats.spell import time_text


async def wire_say(desk: Desk, args: Json) -> Json:
    """Say one line of service chat to every other member; who has it, and who was not reached."""
    station = desk.station
    line_id = await desk.lane.run(lines.find, station, text(args, "line"))
    words, by = text(args, "text"), text(args, "by", "")
    said = await desk.lane.run(orderwire.say, station, line_id, words, by)
    peers = await desk.lane.run(station.others, line_id)
    told = await asyncio.gather(*(send(desk, said, peer) for peer in peers))
    return {**value(said), "sent": told}


async def send(desk: Desk, said: Said, peer: str) -> Json:
    """One member gets it now, or it does not."""
    try:
        file = await desk.lane.run(orderwire.seal_to, desk.station, said, peer)
        await desk.links.post(peer, "wire", file)
    except OpenlineError as fault:
        return {"party": peer, "has": False, "fault": str(fault)}
    return {"party": peer, "has": True, "fault": ""}


async def wire_list(desk: Desk, args: Json) -> Json:
    """What was said on the orderwire of a line in the last two weeks, as far as it is kept."""

    def listed() -> list[Json]:
        line_id = lines.find(desk.station, text(args, "line"))
        return [value(each) for each in orderwire.said_on(desk.station, line_id)]

    return {"said": await desk.lane.run(listed)}


def value(said: Said) -> Json:
    """One line of the chat."""
    return {
        "party": said.party,
        "at": time_text(said.at_s),
        "text": said.text,
        "by": said.by,
        "line": said.line_id.hex(),
    }


WIRE: dict[str, Act] = {"wire_say": wire_say, "wire_list": wire_list}
