"""How far a log whose keys were stolen is its party's own, by what a later epoch of it names.

Shapes   own_part(head, floors, joints) -> Own | None; joined(part, heads) -> Joined
Units    sizes count entries
Raises   BadProof
Source   docs/PROTOCOL.md parts 4.2 ("Ended keys") and 9.3; docs/decisions/0100-below-the-floor.md
Never    takes a head for the party's own because its size is below: whoever holds the keys signs
         another history of any size, so the trees have to be shown to be one
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from openline.formats.head import Head
from openline.formats.proof import ConsistencyPart
from openline.record.tree import BadProof, verify_consistency

# Heads of one size of one log that a file may hold: each pair costs a proof.
HISTORIES_MAX: Final = 4


class Joined(NamedTuple):
    """Two heads of one log, of which the first is shown to be the beginning of the second."""

    first: Head
    second: Head


@dataclass(frozen=True, slots=True)
class Own:
    """What a party says of a log whose keys it lost: it wrote the entries below `size`.

    `is_shown`: the head that is judged is one history with what the party named.
    """

    size: int
    is_shown: bool


def own_part(head: Head, floors: Iterable[Head], joints: frozenset[Joined]) -> Own | None:
    """How far the log of a head is its party's own; None where nothing here says so.

    Of several epochs the one that names most counts, as between members.
    """
    named = [floor for floor in floors if floor.origin == head.origin]
    size = max((floor.size for floor in named), default=None)
    if size is None:
        return None
    is_shown = any(
        floor == head or Joined(floor, head) in joints or Joined(head, floor) in joints
        for floor in named
        if floor.size == size
    )
    return Own(size, is_shown)


def joined(part: ConsistencyPart, heads: Iterable[Head]) -> frozenset[Joined]:
    """Which of the heads in a file a proof joins; one that joins none does not belong there."""
    known = sorted({head for head in heads if head.origin == part.origin}, key=lambda h: h.root)
    firsts, seconds = (
        [head for head in known if head.size == size][:HISTORIES_MAX]
        for size in (part.old, part.size)
    )
    found = frozenset(
        Joined(first, second)
        for first in firsts
        for second in seconds
        if joins(part, first, second)
    )
    if not found:
        raise BadProof(
            f"{part.origin}: nothing here shows that its first {part.old} entries begin its head"
            f" at {part.size}"
        )
    return found


def joins(part: ConsistencyPart, first: Head, second: Head) -> bool:
    """Whether the hashes lead from one root to the other."""
    try:
        verify_consistency(part.old, part.size, part.hashes, first.root, second.root)
    except BadProof:
        return False
    return True
