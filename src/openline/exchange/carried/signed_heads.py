"""What a witness has signed, by its journal: no database that is put back hides any of it.

Shapes   SignedHeads(anchor, clock).of(origin) -> AnchorRecord; append(heads, time_s)
Units    times are unix seconds UTC; sizes count entries
Raises   WitnessUnsure, WitnessClockUnsure
Source   docs/PROTOCOL.md part 8 (anchor, clock, witness); docs/OPERATE.md, "Witnesses"
Never    forgets a head because another database or another machine stands beside the journal now:
         the keys that signed it are the same
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange.station import Clock
from openline.formats.head import Head
from openline.store.contract import Anchor, AnchorRecord

# As for a node (exchange/logs/clocks.py).
BEHIND_MAX_S: Final = 300
MOVED_MAX_S: Final = 300
AHEAD_AT_START_MAX_S: Final = 30 * 86_400


class WitnessUnsure(OpenlineError):
    """The journal beside these keys does not show all that they have signed."""

    code: ClassVar[str] = "witness.unsure"
    remedy: ClassVar[str] = (
        "After a copy was put back: make a new witness under another name. "
        "If this is the newest folder, moved whole: `openline witness confirm NAME`."
    )


class WitnessClockUnsure(OpenlineError):
    """The clock of the witness cannot be trusted: its signatures would give a wrong time."""

    code: ClassVar[str] = "witness.clock-unsure"
    remedy: ClassVar[str] = (
        "Correct the clock and start the witness again; "
        "if the clock is right: `openline witness confirm NAME`."
    )


@dataclass(slots=True)
class SignedHeads:
    """The journal of one witness, and the clock by which it signs.

    `is_timeless` is for a scenario's clock, which stands still and jumps.
    """

    anchor: Anchor
    clock: Clock
    is_timeless: bool = False
    _signed: dict[str, AnchorRecord] = field(init=False, repr=False)
    _last_s: int = field(init=False, repr=False)
    _marks: tuple[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._signed = self.anchor.ever()
        self._last_s = max((each.time_s for each in self._signed.values()), default=0)
        self._marks = (self.clock.mono_s(), self.clock.now_s())

    def of(self, origin: str) -> AnchorRecord | None:
        """The largest head of a log that was signed, as far as the journal goes back."""
        return self._signed.get(origin)

    def origins(self) -> list[str]:
        """Every log of which a head was signed."""
        return list(self._signed)

    def append(self, heads: Sequence[Head], time_s: int) -> None:
        """Durable when this returns; only then may a signature leave."""
        records = [AnchorRecord(head.origin, head.size, head.root, time_s) for head in heads]
        self.anchor.append(records)
        for record in records:
            self._signed[record.origin] = record
            self._last_s = max(self._last_s, time_s)

    def check_at_start(self) -> None:
        """Refuse to begin on a journal or a clock that cannot be right."""
        stale = self.anchor.is_stale()
        if stale:
            raise WitnessUnsure(stale)
        ahead_s = self.clock.now_s() - self._last_s
        if self._last_s and not self.is_timeless and ahead_s > AHEAD_AT_START_MAX_S:
            raise WitnessClockUnsure(f"{ahead_s // 86_400} days after the last signature")
        self.time_s()

    def time_s(self) -> int:
        """The time for a signature; refused where the clock went back or jumped."""
        now_s = max(1, self.clock.now_s())
        if self.is_timeless:
            return now_s
        if now_s < self._last_s - BEHIND_MAX_S:
            raise WitnessClockUnsure(f"{self._last_s - now_s} s before the last signature")
        moved_s = (now_s - self._marks[1]) - (self.clock.mono_s() - self._marks[0])
        if abs(moved_s) > MOVED_MAX_S:
            raise WitnessClockUnsure(f"the clock moved by {moved_s} s")
        return now_s

    def confirm(self, also: Sequence[Head]) -> int:
        """Write every head anew under this database, machine and time; how many there are.

        `also` are the heads in the database: of each log the larger one is taken for signed. What
        else the journal says of an equal size stays as it was signed.
        """
        found = {
            each.origin: Head(each.origin, each.size, each.root) for each in self._signed.values()
        }
        for head in also:
            held = found.get(head.origin)
            if held is None or head.size > held.size:
                found[head.origin] = head
        self._last_s = 0
        self.append(list(found.values()), max(1, self.clock.now_s()))
        return len(found)
