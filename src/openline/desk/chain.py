"""Lines that follow each other: a successor drawn, a line left or declined, the chain shown.

Shapes   every act takes and gives plain JSON values; one table, `CHAIN`, names them all
Units    none
Raises   BadRequest, SuccessionRefused, LineLeft, NotInvited
Source   docs/OPERATE.md, "When a line changes"; docs/PROTOCOL.md part 5.1
Never    leaves a line for anybody: each party's officers release its own last entry
"""

from openline.desk.acts import Act, BadRequest, Desk, Json, kept, opening, text
from openline.exchange.membership import invited, lines, succession


async def line_succeed(desk: Desk, args: Json) -> Json:
    """Draw the charter that follows a line and draft our `open` entry on it."""
    changes = args.get("changes", {})
    if not isinstance(changes, dict):
        raise BadRequest("changes: a table is expected")
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    draft = await desk.lane.run(succession.succeed, desk.station, line_id, changes)
    return await opening(desk, draft)


async def line_leave(desk: Desk, args: Json) -> Json:
    """Draft our last entry on a line, with the line that follows it or without one."""
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    named = text(args, "successor", "")
    successor = await desk.lane.run(lines.find, desk.station, named) if named else None
    draft = await desk.lane.run(succession.leave, desk.station, line_id, successor)
    return await kept(desk, draft, [])


async def line_decline(desk: Desk, args: Json) -> Json:
    """Say no to an invitation of others, on this node alone."""
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    await desk.lane.run(invited.decline, desk.station, line_id)
    return {"line": line_id.hex(), "title": desk.station.charter(line_id).title}


async def line_history(desk: Desk, args: Json) -> Json:
    """The chain of charters through a line, the oldest first, with what each changed."""
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    return {"history": await desk.lane.run(succession.history, desk.station, line_id)}


CHAIN: dict[str, Act] = {
    "line_succeed": line_succeed,
    "line_leave": line_leave,
    "line_decline": line_decline,
    "line_history": line_history,
}
