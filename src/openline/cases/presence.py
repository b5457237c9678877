"""What a party is on a line, read from its own logs: epochs, leaving, what it cannot read.

Shapes   Presence is one party's; extended(entry) gives the next one; order does not matter
Units    times are the writers' claims, for display
Raises   nothing
Source   PROTOCOL parts 5 and 6 (open, keys, close, defect, gap)
Never    decides about a case: a party that left is shown as having left, and no more
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from openline.cases import shown
from openline.cases.case import Irregularity
from openline.cases.entry import Entry, Ref

# How far a state is from being readable: the same entry is kept in its latest state.
RANKS: Final = {"sealed": 0, "gap": 1, "defect": 2, "opened": 3, "erased": 4}
# What an entry has against it that its party's stolen keys signed.
STOLEN: Final = "key.compromised"
UNREAD: Final = frozenset({"sealed", "gap", "defect"})


class Mark(NamedTuple):
    """Counter, nonce and index of an entry; then its place and claimed time."""

    counter: int
    nonce: str
    at: int
    ref: Ref
    time_s: int


class Missing(NamedTuple):
    """A range of a log that a member says it cannot read: part of its own log, so known to all."""

    origin: str
    start: int
    stop: int
    kind: str
    by: str


@dataclass(frozen=True, slots=True)
class Presence:
    """One party on one line. A Mark is the place of an entry in its party's own order; an epoch
    is its counter and the name of its log."""

    party: str
    epochs: frozenset[tuple[int, str]] = frozenset()
    opened: bool = False
    left: Mark | None = None
    successor: str = ""
    messages: int = 0
    first: Mark | None = None
    last: Mark | None = None
    last_message: Mark | None = None

    def extended(self, entry: Entry) -> "Presence":
        """The presence with one more entry of this party."""
        mark = Mark(entry.counter, entry.nonce, entry.ref.index, entry.ref, entry.time_s)
        epoch = (entry.counter, entry.ref.origin)
        is_message = entry.kind == "message"
        is_own = STOLEN not in entry.flaws  # who had stolen its keys leaves no line for a party
        is_leaving = entry.kind == "close" and is_own and (self.left is None or mark < self.left)
        return Presence(
            self.party,
            self.epochs if epoch in self.epochs else self.epochs | {epoch},
            self.opened or (entry.kind == "open" and entry.effect),
            mark if is_leaving else self.left,
            _successor(entry) if is_leaving else self.successor,
            self.messages + is_message,
            mark if self.first is None or mark < self.first else self.first,
            _later(mark, self.last),
            _later(mark, self.last_message) if is_message else self.last_message,
        )

    def irregularities(self) -> Iterator[Irregularity]:
        """Two logs under one epoch number, and what was written after leaving."""
        counters = [counter for counter, _ in self.epochs]
        if len(set(counters)) != len(counters) and self.last is not None:
            yield Irregularity(self.last.ref, self.party, "epoch.sibling", effect=True)
        if self.left is not None and self.last is not None and self.last > self.left:
            code, about = "line.after-leaving", self.left.ref
            yield Irregularity(self.last.ref, self.party, code, about, effect=True)


def _later(mark: Mark, held: Mark | None) -> Mark:
    return mark if held is None or mark > held else held


def _successor(entry: Entry) -> str:
    """The line that this party went on to, "" when it simply left."""
    named = shown.string(entry.fields, "successor")
    return "" if named == "-" else named


def ranges(entry: Entry) -> Iterator[Missing]:
    """What a `defect` or `gap` entry says that its party cannot read."""
    value = entry.fields.get("ranges")
    for each in value if isinstance(value, list) else []:
        match each:
            case [str(origin), int(start), int(stop), str(kind)]:
                yield Missing(origin, start, stop, kind, entry.party)
