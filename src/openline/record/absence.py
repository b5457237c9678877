"""Absence on a whole line: every epoch of a party that the members' own logs name, and none left.

Shapes   absence_on_line(judgements, asked) -> tuple of Absence, one per line and party
Units    times are unix seconds UTC
Raises   nothing
Source   docs/PROTOCOL.md part 9, "Range"
Never    concludes from the party's own logs alone: it could leave out an epoch, and only the other
         members' logs, shown from their first entry with all they had seen, would tell
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openline.formats.openjson import Value
from openline.formats.spell import time_text
from openline.record.entry_proof import Judgement, Stretch
from openline.record.ranges import RANGE
from openline.record.verdict import ONLY_THIS_LINE


@dataclass(frozen=True, slots=True)
class Absence:
    """What a bundle shows of one party on one line. `lack` is None if nothing is missing."""

    line_id: bytes
    party: str
    asked: str
    epochs: tuple[str, ...]
    until_s: int | None
    lack: str | None

    @property
    def line(self) -> str:
        """The sentence to print."""
        about = f"`{self.asked}` by {self.party} on the whole line"
        if self.lack is not None:
            return f"{about}: not shown: {self.lack}"
        time = time_text(self.until_s) if self.until_s is not None else "heads that nobody dated"
        epochs = ", ".join(self.epochs)
        return (
            f"{about}: absent, up to {time}; epochs shown: {epochs}: all that the members' logs"
            f" name in `seen` or `past` below their own shown heads; {ONLY_THIS_LINE}"
        )

    @property
    def facts(self) -> dict[str, Value]:
        """The same for machines."""
        facts: dict[str, Value] = {
            "line": self.line_id.hex(),
            "party": self.party,
            "asked": self.asked,
            "epochs": list(self.epochs),
            "is_shown": self.lack is None,
        }
        if self.lack is not None:
            facts["lack"] = self.lack
        return facts


def absence_on_line(judgements: Sequence[Judgement], asked: str) -> tuple[Absence, ...]:
    """For every party of which a range is shown: is what was asked absent from all its epochs?"""
    ranges = [each for each in judgements if each.verdict.kind == RANGE]
    subjects = sorted({(r.stretch.line_id, r.stretch.party) for r in ranges})
    found = []
    for line_id, party in subjects:
        own = [r for r in ranges if r.stretch.party == party and r.stretch.line_id == line_id]
        on_line = [each.stretch for each in judgements if each.stretch.line_id == line_id]
        epochs = sorted({range_name(each.stretch) for each in own})
        times = [each.stretch.judged.committed_s for each in own]
        until_s = min((time for time in times if time is not None), default=None)
        if None in times:
            until_s = None
        lack = lack_of(party, own, on_line)
        found.append(Absence(line_id, party, asked, tuple(epochs), until_s, lack))
    return tuple(found)


def lack_of(party: str, own: Sequence[Judgement], on_line: Sequence[Stretch]) -> str | None:
    """Why absence does not follow; None if it does."""
    for each in own:
        if not each.verdict.is_shown:
            return each.verdict.first_line.removeprefix("not shown: ")
        if "absent" not in each.verdict.facts:
            return "it stands in a range that is shown"
    others = {stretch.origin for stretch in on_line if stretch.party != party}
    if not others:
        return "no other member's log is in the bundle"
    for origin in sorted(others):
        if not is_whole([each for each in on_line if each.origin == origin]):
            return f"{origin} is not shown from its first entry with all that it had seen"
    named: dict[str, int] = {}
    for seen in (head for stretch in on_line for head in stretch.seen):
        if seen.origin.startswith(f"{party}/"):  # of several members the one who saw most counts
            named[seen.origin] = max(seen.size, named.get(seen.origin, 0))
    for origin, size in sorted(named.items()):
        reach = max((each.stretch.stop for each in own if each.stretch.origin == origin), default=0)
        if reach < size:
            return f"a member's log names {origin} at {size}, shown is {reach}"
    return None


def is_whole(stretches: Iterable[Stretch]) -> bool:
    """Entries from 0 up to the largest shown head, each with its `seen`."""
    at = 0
    known = list(stretches)
    for stretch in sorted(known, key=lambda each: each.start):
        if stretch.shows_all_seen and stretch.start <= at:
            at = max(at, stretch.stop)
    return at >= max(stretch.judged.head.size for stretch in known)


def range_name(stretch: Stretch) -> str:
    """Log and stretch, as `origin [a, b)`."""
    return f"{stretch.origin} [{stretch.start}, {stretch.stop})"
