"""What the fold is given: one opened entry of one party's log on one line.

Shapes   Ref(origin, index) names an entry for ever; Entry is frozen and carries no key and no row
Units    time_s is the writer's claim, unix seconds UTC; positions count log entries from 0
Raises   nothing
Source   docs/PROTOCOL.md parts 5 and 6
Never    knows whether "we" are sender or receiver: both sides fold alike
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from openline.formats.openjson import Value

HASH_BYTES: Final = 32


class Ref(NamedTuple):
    """An entry, named by its log and its index; the same on every node and in every proof."""

    origin: str
    index: int  # type: ignore[assignment]  # a tuple's own method of that name is never used


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as every member of the line may know it.

    `fields` holds the content fields that the addressees were shown (path to value); `hidden`
    holds what only this node knows (its own withheld fields) and must never reach a digest.
    `draft` is the number drawn when it was drafted, "" where nobody can read it.
    `commitments` are the hashes that stand for the fields in `withheld`, 32 bytes each, in its
    order; `opens` are the hashes that the openings of a reveal give, in their order. Both are
    facts that were computed at opening: this room compares them and never hashes.
    `state` is opened, sealed, defect, gap or erased. `flaws` are codes of irregularities that were
    found at opening; an entry with `effect` False stays visible and moves nothing.
    """

    ref: Ref
    party: str
    counter: int
    nonce: str
    time_s: int
    kind: str
    format: str
    answer: str
    refs: tuple[Ref, ...]
    fields: Mapping[str, Value]
    hidden: Mapping[str, Value] = field(default_factory=dict)
    withheld: tuple[int, ...] = ()
    flaws: tuple[str, ...] = ()
    effect: bool = True
    state: str = "opened"
    draft: str = ""
    commitments: bytes = b""
    opens: tuple[bytes, ...] = ()

    def commitment(self, at: int) -> bytes:
        """What stands in the record for a withheld field; nothing for a field that was shown."""
        if at not in self.withheld:
            return b""
        start = HASH_BYTES * self.withheld.index(at)
        return self.commitments[start : start + HASH_BYTES]
