"""Erasure: the openings of a closed case are removed here; leaves, hashes and proofs stay.

Shapes   erase(station, line_id, case) -> Erased(entries, fields)
Units    none
Raises   NotErasable (still open, or not below the head that every member states), OnHold,
         NoSuchEntry
Source   docs/PROTOCOL.md part 11, "Erasure"
Never    removes fields 0 to 5, `at` or `seen`; never changes what anybody can prove of a log. It
         reaches this node only: what others hold, print or back up is theirs to erase
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from openline.cases import moves
from openline.cases.case import Case
from openline.cases.entry import Entry, Ref
from openline.cases.telling import fold_case
from openline.errors import OpenlineError
from openline.exchange.contents import archive, attached, opening
from openline.exchange.contents.opening import FIXED, Opened
from openline.exchange.folding import judging, reading
from openline.exchange.folding.entries import NoSuchEntry
from openline.exchange.kept import bonds, holds
from openline.exchange.kept.bonds import bare
from openline.exchange.station import Station
from openline.formats.field import Field
from openline.formats.leaf import parse_leaf
from openline.store.contract import EntryRow


class NotErasable(OpenlineError):
    """The content of this case must stay for now."""

    code: ClassVar[str] = "exchange.not-erasable"
    remedy: ClassVar[str] = (
        "Close the case, wait until every member states a head above its closing, then erase."
    )


@dataclass(frozen=True, slots=True)
class Erased:
    """How many entries lost content here, and how many fields that was."""

    entries: int
    fields: int


def erase(station: Station, line_id: bytes, place: Ref) -> Erased:
    """Remove the openings of a closed case; a second call finds nothing left to remove."""
    state = reading.state(station, line_id)
    case = state.case(place)
    if case is None:
        raise NoSuchEntry(f"{place.origin} entry {place.index} is no case here")
    holds.refuse(station, line_id, case.id)
    if case.main.state not in moves.OVER:
        raise NotErasable(f"the case of {place.origin} entry {place.index} is still open")
    refuse_before_all_know(station, line_id, case)
    rows = [row for entry in case.entries if (row := opened_row(station, entry)) is not None]
    losing = [losing_of(station, row) for row in rows]
    refuse_other_state(station, line_id, case, [each.left for each in losing])
    if losing:
        write(station, line_id, losing)
    return Erased(len(losing), sum(each.removed for each in losing))


@dataclass(frozen=True, slots=True)
class Losing:
    """An entry before it loses its content: its row, what stays of it, its new slip."""

    row: EntryRow
    left: Entry
    file: bytes
    removed: int


def losing_of(station: Station, row: EntryRow) -> Losing:
    """Everything that the transaction writes, worked out before it."""
    before = archived(station, row)
    after = without_content(before)
    file = archive.of_lines(station, row.origin, row.index, after.lines())
    removed = sum(isinstance(item, Field) for item in before.items)
    removed -= sum(isinstance(item, Field) for item in after.items)
    return Losing(row, entry_without(station, row, before), file, removed)


def write(station: Station, line_id: bytes, losing: Sequence[Losing]) -> None:
    """All of a case in one transaction: it is wholly here or wholly gone."""
    with station.store.write() as tx:
        for each in losing:
            tx.put_archived(each.row.origin, each.row.index, each.file)
            tx.drop_body(each.row.body_hash)
            attached.erase_names(station, tx, (each.row.origin, each.row.index))
            tx.set_entry_state(each.row.origin, each.row.index, "erased")
            tx.set_meta(bonds.name_of(each.left.ref), bonds.spelled(each.left))
        station.tell(tx, "notice", line_id.hex(), "case.erased",
                     f"content of {len(losing)} entries of a closed case was erased")  # fmt: skip
    reading.replace(station, line_id, [each.left for each in losing])


def refuse_before_all_know(station: Station, line_id: bytes, case: Case) -> None:
    """Every member's newest hello must state a head above every entry of the case."""
    for peer in station.others(line_id):
        session = station.sessions.get(peer)
        held = session.holds if session is not None else {}
        for entry in case.entries:
            if held.get(entry.ref.origin, 0) <= entry.ref.index:
                raise NotErasable(
                    f"{peer} has not stated that it holds entry {entry.ref.index}"
                    f" of {entry.party}, which belongs to this case"
                )


def refuse_other_state(station: Station, line_id: bytes, case: Case, left: Sequence[Entry]) -> None:
    """Without its content the case must fold to the state that it has now."""
    found = {entry.ref: entry for entry in left}
    entries = [found.get(entry.ref, entry) for entry in case.entries]
    again = fold_case(entries, station.packs, reading.members(station, line_id))
    if again.main.state != case.main.state:
        raise NotErasable(
            f"without its content the case of {case.id.origin} entry {case.id.index} would be"
            f" {again.main.state}, not {case.main.state}"
        )


def opened_row(station: Station, entry: Entry) -> EntryRow | None:
    """The stored row of an entry whose content is still here."""
    row = station.store.entry(entry.ref.origin, entry.ref.index)
    is_open = row is not None and row.state == "opened" and entry.kind == "message"
    return row if is_open else None


def archived(station: Station, row: EntryRow) -> Opened:
    """The opened lines of an entry that is open here."""
    opened = opening.read_archived(station, row.origin, row.index, parse_leaf(row.leaf))
    if opened is None:
        raise NoSuchEntry(f"{row.origin} entry {row.index}: its archive file is not here")
    return opened


def without_content(opened: Opened) -> Opened:
    """The lines with every field hidden but 0 to 5, `at` and `seen`."""
    last = len(opened.items) - 2
    return Opened(
        tuple(
            item.hash if isinstance(item, Field) and len(FIXED) <= i < last else item
            for i, item in enumerate(opened.items)
        )
    )


def entry_without(station: Station, row: EntryRow, opened: Opened) -> Entry:
    """The entry as the fold will be given it once its content is gone."""
    log = station.log(row.origin)
    if log is None:
        raise NoSuchEntry(f"{row.origin} is not held here")
    leaf = parse_leaf(row.leaf)
    flaws = judging.judge(station, log, leaf, opened)
    entry = opening.entry_of(log, row.index, leaf, opened, "erased", flaws)
    return bare(entry, entry.fields)
