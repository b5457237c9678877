"""Whether the members of a line understand it equally: asked now, or by a hello as a file.

Shapes   every act takes and gives plain JSON values; one table, `COMPARING`, names them all
Units    times as RFC 3339 UTC text; a hello as base64
Raises   BadRequest; of a hello what is wrong with it
Source   docs/OPERATE.md, "Links"; docs/PROTOCOL.md part 7
Never    concludes from silence: who does not answer is unknown
"""

import asyncio
import base64
import time
from dataclasses import asdict
from typing import Final

from openline.desk.acts import WAIT_MAX_S, Act, BadRequest, Desk, Json, text
from openline.exchange.folding import reading
from openline.exchange.logs import alike, hello
from openline.exchange.logs.alike import HOLDS, UNKNOWN, Compared
from openline.exchange.membership import lines
from openline.formats.spell import b64, utc

# What is on its way arrives in this time where a link is up.
WAIT_S: Final = 10.0
PAUSE_S: Final = 0.2


async def line_compare(desk: Desk, args: Json) -> Json:
    """Compare a line with every other member after a hello, or with one by its `hello` as a file.

    What is on its way is waited for, `timeout_s` at most.
    """
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    if "hello" in args:
        found = [await by_file(desk, line_id, text(args, "hello"))]
        return await desk.lane.run(told, desk, line_id, found)
    until_s = time.monotonic() + min(float(args.get("timeout_s", WAIT_S)), WAIT_MAX_S)
    peers = await desk.lane.run(desk.station.others, line_id)
    found = list(await asyncio.gather(*(asked(desk, peer, line_id, until_s) for peer in peers)))
    return await desk.lane.run(told, desk, line_id, found)


async def asked(desk: Desk, peer: str, line_id: bytes, until_s: float) -> tuple[str, Compared]:
    """One member, asked again while it may still catch up with us or we with it."""
    while True:
        left_s = max(0.0, until_s - time.monotonic())
        test = await desk.links.test(peer, left_s)
        found = await desk.lane.run(compared, desk, peer, line_id)
        if not test["up"]:
            fault = str(test["last_error"] or "it did not answer")
            return peer, Compared(UNKNOWN, 0, why=fault)
        if found.result not in (HOLDS, UNKNOWN) or time.monotonic() + PAUSE_S > until_s:
            return peer, found
        await asyncio.sleep(PAUSE_S)


def compared(desk: Desk, peer: str, line_id: bytes) -> Compared:
    """By the newest hello of a peer."""
    station = desk.station
    return alike.compare(station, peer, line_id, alike.of_session(station, peer, line_id))


async def by_file(desk: Desk, line_id: bytes, file: str) -> tuple[str, Compared]:
    """By what a member's node has written for us."""
    try:
        note = base64.b64decode(file, validate=True)
    except ValueError:
        raise BadRequest("hello: base64 is expected") from None

    def look() -> tuple[str, Compared]:
        station = desk.station
        peer, stated = alike.of_note(station, note, line_id)
        return peer, alike.compare(station, peer, line_id, stated)

    return await desk.lane.run(look)


async def line_hello(desk: Desk, args: Json) -> Json:
    """Our signed hello to one member of a line, as a file: it tells of all lines of both."""

    def write() -> Json:
        station, peer = desk.station, text(args, "party")
        line_id = lines.find(station, text(args, "line"))
        if peer not in station.others(line_id):
            raise BadRequest(f"party: {peer[:60]!r} is no other member of this line")
        reading.state(station, line_id)
        note = hello.compose(station, peer, station.random(16))
        return {"party": peer, "line": line_id.hex(), "hello": b64(note)}

    return await desk.lane.run(write)


def told(desk: Desk, line_id: bytes, found: list[tuple[str, Compared]]) -> Json:
    """The answers of all, with the status of the line first."""
    charter = desk.station.charter(line_id)
    called = reading.state(desk.station, line_id).called
    return {
        "status": charter.status,
        "line": line_id.hex(),
        "title": charter.title,
        "compared": [
            {
                "party": peer,
                **{name: value for name, value in asdict(each).items() if name != "time_s"},
                "logs": [
                    {**asdict(pair), "epoch": called.get(pair.origin, "")} for pair in each.logs
                ],
                "time": utc(each.time_s) if each.time_s else "",
            }
            for peer, each in found
        ],
    }


COMPARING: dict[str, Act] = {
    "line_compare": line_compare,
    "line_hello": line_hello,
}
