"""Many messages at once: drafted row by row, released by one signature of each officer.

Shapes   plain JSON values; a row has what the operation `draft` takes but for the line
Units    at most ROWS_MAX rows in one call
Raises   BadRequest, DraftRefused (with the row), BatchRefused, ReleaseRefused, DrafterReleases
Source   docs/PROTOCOL.md part 6.3, "Batch"; docs/OPERATE.md, "Many at once"
Never    takes a part of a batch: one row that is wrong refuses them all
"""

import asyncio
from typing import Any

from openline.cases.ahead import of_line
from openline.desk.acts import Act, BadRequest, Desk, Json, checked_at, text
from openline.errors import OpenlineError
from openline.exchange.drafting import batches, drafts, handling
from openline.exchange.drafting.batches import Batch
from openline.exchange.folding import reading
from openline.exchange.membership import lines
from openline.exchange.station import Station
from openline.formats.release import parse_assertion
from openline.formats.spell import b64

ROWS_MAX = 5_000
POSTED_AT_ONCE = 1_024
AT_HAND = 2
# So many drafts are one thing on the lane: what else waits there waits a tenth of a second.
DRAFTED_AT_ONCE = 50


async def draft_batch(desk: Desk, args: Json) -> Json:
    """Put many messages into fields, check each, keep them as one batch for release.

    `by` is the officer of the desk who drafts it; a batch of the terminal has no drafter.
    """
    rows = args.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= ROWS_MAX:
        raise BadRequest(f"rows: a list of 1 to {ROWS_MAX} messages is expected")
    for row_number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise BadRequest(f"row {row_number}: a table is expected")
    line = text(args, "line")
    made: list[drafts.Draft] = []
    warnings = await desk.lane.run(of_the_line, desk.station, line, rows)
    for start in range(0, len(rows), DRAFTED_AT_ONCE):
        part = [{**row, "line": line} for row in rows[start : start + DRAFTED_AT_ONCE]]
        for row_number, (draft, cautions) in enumerate(
            await desk.lane.run(composed, desk.station, part, start + 1), start + 1
        ):
            made.append(draft)
            warnings += [{**caution, "row": row_number} for caution in cautions]
    batch = await desk.lane.run(keep_together, desk.station, made, text(args, "by", ""))
    take_in_hand(desk, batch)
    told = await desk.lane.run(batches.describe, desk.station, batch)
    return {**told, "warnings": warnings}


def of_the_line(station: Station, line: str, rows: list[Json]) -> list[Json]:
    """What other members say of the line itself: once, for all rows."""
    line_id = lines.find(station, line)
    state = reading.state(station, line_id)
    cautions = of_line(state, station.party, text(rows[0], "format"))
    return [{**c.row(), "row": 1} for c in cautions]


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


def keep_together(station: Station, made: list[drafts.Draft], by: str) -> Batch:
    """The drafts as a batch, stored until its officers have signed."""
    batch = batches.together(station, made)
    batches.keep(station, batch)
    if by:
        handling.begin(station, batch.first, by)
    return batch


def lack(station: Station, batch: Batch, person: str) -> OpenlineError | None:
    """What the rules of the desk have against a releaser of a batch that was drafted there."""
    is_desks = bool(handling.of(station, batch.first).drafter)
    return handling.lack(station, batch.first, person) if is_desks else None


def refuse(station: Station, batch: Batch, person: str) -> None:
    """Raise what keeps a person from releasing a batch."""
    found = lack(station, batch, person)
    if found is not None:
        raise found


async def batch_handling(desk: Desk, args: Json) -> Json:
    """What keeps `by` from releasing a batch, and whether that officer has signed it already."""

    def show() -> Json:
        station, by = desk.station, text(args, "by")
        batch = batches.named(station, text(args, "batch"))
        found = lack(station, batch, by)
        values = [f.json for f in batch.first.fields if f.path.startswith("release.")]
        signers = [value["person"] for value in values if isinstance(value, dict)]
        return {
            "lack": {"code": found.code, "sentence": str(found)} if found else {},
            "signed": b64(bytes.fromhex(by)) in signers,
        }

    return await desk.lane.run(show)


def forget(station: Station, batch: Batch) -> None:
    """A batch was released or thrown away."""
    batches.drop(station, batch)
    handling.forget(station, batch.first)


def take_in_hand(desk: Desk, batch: Batch) -> None:
    """Remember a batch as it was just stored: its next officer's signature need not read it again.

    A table is told a batch at a time, the next one drafted while one is signed: so two are kept.
    """
    desk.at_hand.pop(batch.id.hex(), None)
    if len(batch.drafts) <= POSTED_AT_ONCE:
        desk.at_hand[batch.id.hex()] = batch
    for name in list(desk.at_hand)[:-AT_HAND]:
        del desk.at_hand[name]


async def stored(desk: Desk, name: str) -> Batch:
    """A stored batch by its whole id."""
    at_hand = desk.at_hand.get(name)
    return at_hand if at_hand else await desk.lane.run(batches.kept, desk.station, name)


async def release_batch(desk: Desk, args: Json) -> Json:
    """One officer's assertion over a whole batch; with the last one all of it goes on record.

    After a crash between, the last officer signs once more and the rest follows.
    """
    station = desk.station
    assertion = parse_assertion(args.get("assertion", {}))
    before = await stored(desk, text(args, "batch"))
    await desk.lane.run(refuse, station, before, assertion.person.hex())
    after = await desk.lane.run(batches.release, station, before, assertion)
    if not after.first.is_released:
        await desk.lane.run(batches.keep, station, after)
        take_in_hand(desk, after)
        return await desk.lane.run(batches.describe, station, after)
    places: list[Any] = []
    rest = await desk.lane.run(batches.unposted, station, after)
    for start in range(0, len(rest), POSTED_AT_ONCE):
        part = rest[start : start + POSTED_AT_ONCE]
        places += await asyncio.gather(*(desk.poster.post(draft) for draft in part))
    await desk.lane.run(forget, station, after)
    desk.at_hand.pop(after.id.hex(), None)
    desk.links.wake_all()
    return {
        **await desk.lane.run(batches.outline, station, after),
        "refs": [None if place is None else list(place) for place in places],
        "numbers": ["" if place is None else station.number(place) for place in places],
    }


async def batch_list(desk: Desk, args: Json) -> Json:
    """Batches that wait for an officer, of one line or of all."""

    def listed() -> list[Json]:
        station = desk.station
        wanted = lines.find(station, text(args, "line")) if args.get("line") else None
        return [
            {
                "batch": each.id.hex(),
                "line": each.first.line_id.hex(),
                "title": station.charter(each.first.line_id).title,
                "count": len(each.drafts),
                "formats": sorted({str(draft.fields[0].json) for draft in each.drafts}),
                "releases": each.first.releases,
                "officers": each.first.officers,
                "waits": f"officer {each.first.releases + 1} of {each.first.officers}",
            }
            for each in batches.waiting(station)
            if wanted in (None, each.first.line_id)
        ]

    return {"batches": await desk.lane.run(listed)}


async def batch_show(desk: Desk, args: Json) -> Json:
    """A batch as its officers see and sign it."""

    def shown() -> Json:
        return batches.describe(desk.station, batches.named(desk.station, text(args, "batch")))

    return await desk.lane.run(shown)


async def batch_drop(desk: Desk, args: Json) -> Json:
    """Throw a batch away that was not released."""
    found = await desk.lane.run(batches.named, desk.station, text(args, "batch"))
    desk.at_hand.pop(found.id.hex(), None)
    await desk.lane.run(forget, desk.station, found)
    return {"batch": found.id.hex(), "count": len(found.drafts)}


BATCHES: dict[str, Act] = {
    "draft_batch": draft_batch,
    "release_batch": release_batch,
    "batch_list": batch_list,
    "batch_show": batch_show,
    "batch_drop": batch_drop,
    "batch_handling": batch_handling,
}
