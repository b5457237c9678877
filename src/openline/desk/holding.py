"""Legal holds at the desk: what must not be erased here, placed and lifted by name.

Shapes   every act takes and gives plain JSON values; one table, `HOLDS`, names them all
Units    times as RFC 3339 UTC text
Raises   BadRequest, OnHold, NoSuchHold, HoldRefused
Source   docs/OPERATE.md, "Legal hold"
Never    erases: it only keeps erasure away
"""

from openline.cases.entry import Ref
from openline.desk.acts import Act, Desk, Json, ref, text
from openline.exchange.folding import reading
from openline.exchange.folding.entries import NoSuchEntry
from openline.exchange.kept import holds
from openline.exchange.membership import lines
from openline.exchange.station import Station


def subject(station: Station, args: Json) -> tuple[bytes, Ref | None]:
    """The line that is meant, or the case that an entry belongs to."""
    if not args.get("ref"):
        return lines.find(station, text(args, "line")), None
    place = ref(args)
    log = station.log(place.origin)
    case = reading.state(station, log.line_id).case(place) if log is not None else None
    if log is None or case is None:
        raise NoSuchEntry(f"{place.origin} entry {place.index} is no case here")
    return log.line_id, case.id


async def hold_place(desk: Desk, args: Json) -> Json:
    """Put the case of an entry, or everything on a line, on hold."""

    def run() -> Json:
        line_id, case = subject(desk.station, args)
        reason, by = text(args, "reason"), text(args, "by")
        return dict(holds.place(desk.station, line_id, case, reason, by))

    return await desk.lane.run(run)


async def hold_lift(desk: Desk, args: Json) -> Json:
    """End a hold; nothing is erased by that."""

    def run() -> Json:
        line_id, case = subject(desk.station, args)
        holds.lift(desk.station, line_id, case, text(args, "reason"), text(args, "by"))
        return {"line": line_id.hex(), "ref": list(case) if case is not None else []}

    return await desk.lane.run(run)


async def hold_list(desk: Desk, args: Json) -> Json:
    """Everything on hold here."""
    return {"holds": await desk.lane.run(holds.held, desk.station)}


HOLDS: dict[str, Act] = {
    "hold_place": hold_place,
    "hold_lift": hold_lift,
    "hold_list": hold_list,
}
