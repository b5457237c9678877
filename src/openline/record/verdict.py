"""What a verifier says: one verdict per file, status first, in words and as facts.

Shapes   Verdict(kind, first_line, status, is_shown, details, facts, parts); `lines` in the order
         to print them; `json` for machines
Units    times in facts are unix seconds, in sentences UTC; exit_code 0 or 4
Raises   nothing
Source   docs/PROTOCOL.md part 9; docs/DESIGN.md "What must always hold" 11
Never    says *valid* of an exercise without saying EXERCISE before it. A file that was altered gets
         no verdict at all: the verifying functions raise
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openline.formats.openjson import Value
from openline.formats.spell import time_text

ACTUAL: Final = "actual"
UNKNOWN: Final = "unknown"
REFUSED: Final = "refused"
EXIT_SHOWN: Final = 0
EXIT_NOT_SHOWN: Final = 4
BANNERS: Final = {"exercise": "EXERCISE", "test": "TEST", UNKNOWN: "STATUS UNKNOWN"}

STATUS_UNKNOWN: Final = "status unknown: may be an exercise"
NOT_RELEASED: Final = "not shown to be released"
POLICY_UNVERIFIED: Final = "policy unverified"
ONLY_THIS_LINE: Final = "says nothing about other lines, calls or letters"
TOLD: Final = "shown to the addressee"
REVEALED: Final = "withheld, revealed later by the sender"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one file, or on one part of a bundle."""

    kind: str
    first_line: str
    status: str
    is_shown: bool
    allow_exercise: bool
    details: tuple[str, ...]
    facts: Mapping[str, Value]
    parts: tuple["Verdict", ...] = ()

    @property
    def exit_code(self) -> int:
        """0 only if everything is shown and nobody could take an exercise for the real thing."""
        is_accepted = self.status == ACTUAL or (self.allow_exercise and self.status != UNKNOWN)
        return EXIT_SHOWN if self.is_shown and is_accepted else EXIT_NOT_SHOWN

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything to print: the status before anything else, then the verdict."""
        banner = BANNERS.get(self.status)
        lines = [banner] if banner is not None else []
        lines.append(self.first_line)
        if self.is_shown and self.exit_code != EXIT_SHOWN:
            lines.append(f"not accepted: the status is {self.status}, and that was not asked for")
        lines.extend(self.details)
        for number, part in enumerate(self.parts, 1):
            lines.append("")
            lines.append(f"part {number}: {part.kind}")
            lines.extend(part.lines)
        return tuple(lines)

    @property
    def json(self) -> dict[str, Value]:
        """The verdict as Openline JSON."""
        value: dict[str, Value] = {
            "kind": self.kind,
            "verdict": "valid" if self.is_shown else "not shown",
            "status": self.status,
            "exit": self.exit_code,
            "first_line": self.first_line,
            "details": list(self.details),
            **self.facts,
        }
        if self.parts:
            value["parts"] = [part.json for part in self.parts]
        return value


def times_lines(committed_s: int | None, receipts: Mapping[str, int]) -> list[str]:
    """When the neutral quorum held it, and by when each addressee had it."""
    lines = [
        f"committed {time_text(committed_s)} (the time at which the neutral quorum held it)"
        if committed_s is not None
        else "not committed: no neutral quorum stands under this head"
    ]
    if not receipts:
        lines.append("no receipt of an addressee is shown")
    for party, time_s in sorted(receipts.items()):
        lines.append(f"received by {party} no later than {time_text(time_s)}")
        # The receipt's own clock cannot be earlier than the head it is about (part 8).
        if committed_s is not None and time_s < committed_s - 300:
            lines.append(f"the clock of {party} was off: its receipt is dated before the quorum")
    return lines


def times_facts(committed_s: int | None, receipts: Mapping[str, int]) -> dict[str, Value]:
    """The same times for machines; what is not known is left out."""
    facts: dict[str, Value] = {"receipts": dict(receipts)}
    if committed_s is not None:
        facts["committed"] = committed_s
    if receipts:
        facts["received_no_later_than"] = max(receipts.values())
    return facts


def count_of(number: int, noun: str) -> str:
    """`1 officer`, `2 officers`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def first_of(parts: Sequence[Verdict]) -> Verdict | None:
    """The first part that does not hold."""
    return next((part for part in parts if part.exit_code != EXIT_SHOWN), None)
