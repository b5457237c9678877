"""Another history of a log, as a peer holds it: its leaves, from the end, round after round.

Shapes   of(station, peer, note) -> Otherwise, kept between rounds; next_start() -> where to ask on;
         take(start, hashes); hashes() -> every leaf below the head, once it is known that they are
Units    sizes and places count entries; hashes are leaf hashes
Raises   NotYours for an answer without entries
Source   docs/PROTOCOL.md part 10; docs/decisions/0096-what-the-node-tells-at-night.md
Never    takes a beginning for common because it is likely: the signed root over both says so. Never
         holds more than so many leaves of so many histories: what is longer stays unexplained
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from openline.exchange.refusals import NotYours
from openline.exchange.station import Station
from openline.formats.head import Head, unverified_head
from openline.record.tree import root_of

# The first part from the end; every further one is twice as long: roots are computed seldom.
BLOCK: Final = 1_024
LEAVES_MAX: Final = 1 << 20
HISTORIES_MAX: Final = 4


@dataclass(slots=True)
class Otherwise:
    """Leaves `start` to the end of one history; `front` are those of the part before it that is
    being fetched, from `begin` on. What lies before is ours, if the root says so."""

    head: Head
    start: int
    block: int
    begin: int
    leaves: list[bytes] = field(default_factory=list)
    front: list[bytes] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether all of it came, from the first entry on."""
        return not self.start and len(self.leaves) == self.head.size

    def asks(self, station: Station, most: int) -> Iterator[int]:
        """Where to ask on, at most so often; between two of them the answer is taken."""
        for _ in range(most):
            start = self.next_start(station)
            if start is None:
                return
            yield start

    def next_start(self, station: Station) -> int | None:
        """Where to ask on; None when the whole history is known, or too long to be kept."""
        stop = self.start + len(self.leaves)
        if len(self.leaves) + len(self.front) > LEAVES_MAX:
            return None
        if stop < self.head.size:
            return stop
        if self.begin == self.start:
            if not self.start or self.hashes(station):
                return None
            self.block *= 2
            self.begin = max(0, self.start - self.block)
        return self.begin + len(self.front)

    def take(self, start: int, hashes: list[bytes]) -> None:
        """What came for the question at `start`; it may lead beyond what was asked for."""
        if not hashes:
            raise NotYours("no entries came for those that were asked for")
        if start == self.start + len(self.leaves):
            self.leaves += hashes[: self.head.size - start]
            return
        self.front += hashes
        if self.begin + len(self.front) >= self.start:
            self.leaves = self.front[: self.start - self.begin] + self.leaves
            self.front, self.start = [], self.begin

    def hashes(self, station: Station) -> list[bytes]:
        """Every leaf below the head; none as long as they do not give the signed root."""
        if self.start + len(self.leaves) != self.head.size:
            return []
        found = station.leaf_hashes(self.head.origin, self.start) + self.leaves
        return found if root_of(found) == self.head.root else []


def of(station: Station, peer: str, note: bytes) -> Otherwise:
    """What is known already of a history that this peer shows, or its beginning at the end.

    A log that grew goes on where it was: its entries so far are the same, or the root will say no.
    """
    head = unverified_head(note)
    key = (peer, head.origin)
    known: Otherwise | None = station.otherwise.pop(key, None)
    if known is None or known.head.size > head.size:
        log = station.log(head.origin)
        start = max(0, min(head.size, log.size if log is not None else 0) - BLOCK)
        known = Otherwise(head, start, BLOCK, start)
    known.head = head
    station.otherwise[key] = known
    while len(station.otherwise) > HISTORIES_MAX:
        del station.otherwise[next(iter(station.otherwise))]
    return known


def drop(station: Station, peer: str, origin: str) -> None:
    """It was proven, or what came can never give the signed root: the next look begins anew."""
    station.otherwise.pop((peer, origin), None)
