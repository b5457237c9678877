"""What stands on a line near a message, in space and in time: movements beside everything else.

Shapes   nearby(station, line_id, format, fields, refs) -> Found: pairs that are near, and what
         could not be checked, with the reason of the first
Units    metres; unix seconds UTC
Raises   UnknownLine
Source   docs/OPERATE.md, "Near other messages"
Never    is silent where it could not look, and looks at no other line
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState
from openline.cases.moves import OVER
from openline.deconflict.crossing import Budget, Near, crossing
from openline.deconflict.volume import MOVEMENT, PLACED, Taken, is_placed, taken
from openline.exchange.folding import reading
from openline.exchange.station import Station
from openline.formats.form import Format, name_of
from openline.formats.openjson import Value

_TOO_MUCH: Final = "there is too much to compare"
# A movement goes to its site and along its corridor: what it names as linked is meant.
_MEANT: Final = frozenset({"humanitarian/site", "humanitarian/corridor"})


@dataclass(slots=True)
class Stood:
    """The newest version of a message that stands; what it takes is worked out when it is asked."""

    first: Ref
    entry: Entry
    form: Format | None
    _taken: Taken | None = None

    @property
    def taken(self) -> Taken:
        """What it takes of space and time."""
        if self._taken is None:
            self._taken = taken(self.form, self.entry.fields) or Taken(())
        return self._taken


@dataclass(slots=True)
class Space:
    """What stands on a line in one of its states; `kept` goes on to the next."""

    state: LineState
    kept: dict[Ref, Stood] = field(default_factory=dict)
    movements: list[Stood] = field(default_factory=list)
    all: list[Stood] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """What is near, nearest first; what was not checked, and why."""

    near: tuple[tuple[Stood, Near], ...] = ()
    unchecked: tuple[Stood, ...] = ()
    why: str = ""


def nearby(
    station: Station,
    line_id: bytes,
    format_id: str,
    fields: Mapping[str, Value],
    refs: Collection[Ref] = (),
) -> Found:
    """A message against what stands: a movement against all, all else against the movements."""
    if name_of(format_id) not in PLACED:
        return Found()
    space, is_movement = space_of(station, line_id), name_of(format_id) == MOVEMENT
    if not (space.all if is_movement else space.movements):
        return Found()
    mine = taken(station.packs.format(format_id), fields)
    if mine is None:
        return Found()
    own = _past(space.state, format_id, refs)
    others = [
        each
        for each in (space.all if is_movement else space.movements)
        if each.first not in own
        if not _is_meant(mine, each, own)
    ]
    budget, near, unchecked, why = Budget(), [], [], mine.lacks if others else ""
    for other in others:
        found = crossing(mine, other.taken, station.separation_m, budget)
        if isinstance(found, Near):
            near.append((other, found))
        lacks = other.taken.lacks or (_TOO_MUCH if isinstance(found, str) else "")
        if lacks or mine.lacks:
            unchecked.append(other)
            why = why or lacks
    near.sort(key=lambda pair: (pair[1].distance_m, pair[1].start_s, pair[0].first))
    return Found(tuple(near), tuple(unchecked), why)


def _past(state: LineState, format_id: str, refs: Collection[Ref]) -> frozenset[Ref]:
    """Every version of the message that these entries are versions of: it is not near itself."""
    found: set[Ref] = set()
    for ref in refs:
        case = state.case(ref)
        matter = case.matter(ref) if case is not None else None
        if matter is not None and matter.name == name_of(format_id):
            found.update(version.entry.ref for version in matter.versions)
    return frozenset(found)


def _is_meant(mine: Taken, other: Stood, own: Collection[Ref]) -> bool:
    """Whether one of the two names the other as the site that it goes to."""
    to = name_of(other.entry.format) in _MEANT
    there = {(other.first.origin, other.first.index), tuple(other.entry.ref)}
    here = {(ref.origin, ref.index) for ref in own}
    return (to and bool(mine.linked & there)) or bool(other.taken.linked & here)


def space_of(station: Station, line_id: bytes) -> Space:
    """What stands on a line; what was worked out of a message is kept while it is the same."""
    state = reading.state(station, line_id)
    before = station.spaces.get(line_id)
    if isinstance(before, Space) and before.state is state:
        return before
    space = Space(state)
    known = before.kept if isinstance(before, Space) else {}
    for case in state.cases:
        for matter in case.matters:
            if not matter.versions or matter.state in OVER:
                continue
            entry = matter.current.entry
            stood = known.get(entry.ref)
            if stood is None or stood.entry is not entry:
                if not is_placed(entry.format, entry.fields):
                    continue
                stood = Stood(matter.ref, entry, matter.form)
            space.kept[entry.ref] = stood
            space.all.append(stood)
            if name_of(entry.format) == MOVEMENT:
                space.movements.append(stood)
    station.spaces[line_id] = space
    return space
