"""What was said, folded: the state of each line, kept in step with what was committed.

Shapes   state(station, line_id) -> LineState; add(station, line_id, entries)
Units    none
Raises   nothing beyond the store's errors
Source   docs/ARCHITECTURE.md, "show"; DESIGN "state is a pure fold"
Never    decides meaning: that is cases/. Never reads a clock
"""

import contextlib
import gc
from collections.abc import Iterator, Sequence

from openline.cases.entry import Entry
from openline.cases.fold import LineState, fold
from openline.exchange.contents import opening
from openline.exchange.folding import judging, repeats, snapshots
from openline.exchange.kept import bonds
from openline.exchange.station import Station
from openline.formats.leaf import parse_leaf
from openline.store.contract import EntryRow, LogRow


def members(station: Station, line_id: bytes) -> tuple[str, ...]:
    """The members of a line in the charter's order."""
    return tuple(member.party for member in station.charter(line_id).members)


def add(station: Station, line_id: bytes, entries: Sequence[Entry]) -> None:
    """Extend the state of a line; a state that is not loaded is left to be folded when asked."""
    known = station.states.get(line_id)
    if known is None:
        return
    drafts = station.drafts[line_id]
    if any(repeats.is_repeat(drafts, entry) for entry in entries):
        station.states.pop(line_id)
        return
    drafts.update({repeats.key_of(entry): entry.ref for entry in entries if entry.draft})
    station.states[line_id] = known.extended(entries)


def state(station: Station, line_id: bytes) -> LineState:
    """The folded state of a line, read from the archive the first time."""
    known = station.states.get(line_id)
    if known is None:
        with no_collecting():
            known = station.states[line_id] = read_anew(station, line_id)
    return known


def read_anew(station: Station, line_id: bytes) -> LineState:
    """The state of a line from snapshots, and from the archive where there are none."""
    entries: list[Entry] = []
    for log in station.logs_of(line_id):
        saved = snapshots.load(station, log)
        entries += saved
        entries += entries_of(station, log, len(saved), log.size)
    entries, station.drafts[line_id] = repeats.once(entries)
    return fold(entries, station.packs, members(station, line_id))


@contextlib.contextmanager
def no_collecting() -> Iterator[None]:
    """While a long line is read, nothing becomes garbage in circles: to look for it again and again
    among a hundred thousand entries takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # Straight to the oldest generation: else the next allocation looks through them all.
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def entries_of(station: Station, log: LogRow, start: int, stop: int) -> list[Entry]:
    """Entries of one log as the fold takes them, opened from this node's archive."""
    return [entry_at(station, log, row) for row in station.store.entries(log.origin, start, stop)]


def entry_at(station: Station, log: LogRow, row: EntryRow) -> Entry:
    """One stored entry as the fold takes it."""
    leaf = parse_leaf(row.leaf)
    opened = None
    if row.state in ("opened", "erased"):
        opened = opening.read_archived(station, row.origin, row.index, leaf)
    if opened is not None and row.state == "erased":
        entry = opening.entry_of(log, row.index, leaf, opened, "erased", ())
        return bonds.read(entry, station.store.meta(bonds.name_of(entry.ref)))
    if opened is None:
        kept = row.state if row.state != "opened" else "gap"
        flaws = defect_flaws(station, row) if kept == "defect" else ()
        return opening.entry_of(log, row.index, leaf, None, kept, flaws)
    flaws = judging.judge(station, log, leaf, opened)
    return opening.entry_of(log, row.index, leaf, opened, "opened", flaws)


def defect_flaws(station: Station, row: EntryRow) -> tuple[str, ...]:
    """The class that this node logged for a defective entry."""
    data = station.store.meta(f"defect/{row.origin}/{row.index}")
    return (f"defect.{data.decode()}",) if data else ("defect",)


def refold(station: Station, log: LogRow) -> None:
    """Fold a line anew when it is asked for next: an entry that was held changed its state."""
    snapshots.drop(station, log)
    station.states.pop(log.line_id, None)


def refold_line(station: Station, line_id: bytes) -> None:
    """The same for every log of a line."""
    for log in station.logs_of(line_id):
        snapshots.drop(station, log)
    station.states.pop(line_id, None)


def replace(station: Station, line_id: bytes, entries: Sequence[Entry]) -> None:
    """Entries that say less than before, erased ones: nothing else is opened again for them."""
    for origin in {entry.ref.origin for entry in entries}:
        log = station.log(origin)
        if log is not None:
            snapshots.drop(station, log)
    known = station.states.get(line_id)
    if known is not None:
        station.states[line_id] = known.extended(entries)
