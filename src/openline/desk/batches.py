"""Many messages at once: drafted row by row, released by one signature of each officer.

Shapes   plain JSON values; a row has what the operation `draft` takes but for the line
Units    at most ROWS_MAX rows in one call
Raises   BadRequest, DraftRefused (with the row), BatchRefused, ReleaseRefused
Source   docs/PROTOCOL.md part 6.3, "Batch"; docs/OPERATE.md, "Many at once"
Never    takes a part of a batch: one row that is wrong refuses them all
"""

import asyncio
from typing import Any

from openline.desk.acts import Act, BadRequest, Desk, Json, checked_at, number, text
from openline.exchange import batches, drafts, lines
from openline.exchange.batches import Batch
from openline.exchange.station import Station
from openline.formats.release import parse_assertion

ROWS_MAX = 5_000
POSTED_AT_ONCE = 1_024
# So many drafts are one thing on the lane: what else waits there waits a tenth of a second.
DRAFTED_AT_ONCE = 50


async def draft_batch(desk: Desk, args: Json) -> Json:
    """Put many messages into fields, check each, keep them as one batch for release."""
    rows = args.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= ROWS_MAX:
        raise BadRequest(f"rows: a list of 1 to {ROWS_MAX} messages is expected")
    for row_number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise BadRequest(f"row {row_number}: a table is expected")
    line = text(args, "line")
    made: list[drafts.Draft] = []
    warnings: list[Json] = []
    for start in range(0, len(rows), DRAFTED_AT_ONCE):
        part = [{**row, "line": line} for row in rows[start : start + DRAFTED_AT_ONCE]]
        for row_number, (draft, cautions) in enumerate(
            await desk.lane.run(composed, desk.station, part, start + 1), start + 1
        ):
            made.append(draft)
            warnings += [{**caution, "row": row_number} for caution in cautions]
    batch = await desk.lane.run(keep_together, desk.station, made)
    told = await desk.lane.run(batches.describe, desk.station, batch)
    return {**told, "warnings": warnings}


def composed(
    station: Station, rows: list[Json], first: int
) -> list[tuple[drafts.Draft, list[Json]]]:
    """Rows as drafts that the officers of a batch release; a refusal names its row."""
    found = []
    for row, args in enumerate(rows, first):
        line_id = lines.find(station, text(args, "line"))
        needed = batches.officers_of(station, line_id, text(args, "format"))
        try:
            made = checked_at(station, args, officers=needed)
        except drafts.DraftRefused as refused:
            raise drafts.DraftRefused(f"row {row}: {refused}") from None
        found.append((made.draft, made.warnings))
    return found


def keep_together(station: Station, made: list[drafts.Draft]) -> Batch:
    """The drafts as a batch, stored until its officers have signed."""
    batch = batches.together(station, made)
    batches.keep(station, batch)
    return batch


async def release_batch(desk: Desk, args: Json) -> Json:
    """One officer's assertion over a whole batch; with the last one all of it goes on record.

    After a crash between, the last officer signs once more and the rest follows.
    """
    station = desk.station
    assertion = parse_assertion(args.get("assertion", {}))
    before = await desk.lane.run(batches.kept, station, text(args, "batch"))
    after = await desk.lane.run(batches.release, station, before, assertion)
    if not after.first.is_released:
        await desk.lane.run(batches.keep, station, after)
        return await desk.lane.run(batches.describe, station, after)
    places: list[Any] = []
    rest = await desk.lane.run(batches.unposted, station, after)
    for start in range(0, len(rest), POSTED_AT_ONCE):
        part = rest[start : start + POSTED_AT_ONCE]
        places += await asyncio.gather(*(desk.poster.post(draft) for draft in part))
    await desk.lane.run(batches.drop, station, after)
    desk.links.wake_all()
    told = await desk.lane.run(batches.describe, station, after)
    return {
        **{key: value for key, value in told.items() if key != "drafts"},
        "refs": [None if place is None else list(place) for place in places],
        "numbers": ["" if place is None else number(station, place) for place in places],
    }


BATCHES: dict[str, Act] = {"draft_batch": draft_batch, "release_batch": release_batch}
