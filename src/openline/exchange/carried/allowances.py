"""What a witness grants one log and one party: heads a second, new logs a minute, logs at all.

Shapes   Allowances().refusal_of(...) -> why not, or None; spend(...) once it is granted
Units    seconds by the clock that nobody sets; counts of heads and logs
Raises   nothing: TooFast and TooManyLogs are given back, each for one request of a batch
Source   C2SP tlog-witness ("may reject ... rate limit"); docs/THREAT_MODEL.md, "Witness"
Never    lets anybody use up what a log's owner has: asking again for a head that was signed, which
         whoever holds the note can do, is counted apart from new heads
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.charter import party_of
from openline.formats.head import Head

NEW, AGAIN, LOGS = "new", "again", "logs"
KEPT_MAX: Final = 20_000
QUOTA_RETRY_S: Final = 3_600


class TooFast(OpenlineError):
    """A log, or a party with new logs, asks faster than the witness signs for it."""

    code: ClassVar[str] = "witness.too-fast"
    remedy: ClassVar[str] = "Wait as long as the answer says; a release never waits for a witness."

    def __init__(self, what: str, retry_s: int) -> None:
        super().__init__(f"{what}: ask again in {retry_s} s")
        self.retry_s = retry_s


class TooManyLogs(OpenlineError):
    """A party has as many logs at this witness as it may have."""

    code: ClassVar[str] = "witness.too-many-logs"
    remedy: ClassVar[str] = "Ask whoever runs the witness, or name another one in new charters."
    retry_s = QUOTA_RETRY_S


@dataclass(slots=True)
class Allowances:
    """How much of each is granted at once, and how long one of them takes to come back."""

    heads: int = 240
    head_s: float = 0.25
    new_logs: int = 64
    new_log_s: float = 6.0
    logs: int = 4_096
    _free_at_s: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)
    _logs: Counter[str] = field(default_factory=Counter, repr=False)

    def know(self, origins: Iterable[str]) -> None:
        """These logs are at this witness already."""
        self._logs.update(map(party_of, origins))

    def refusal_of(self, head: Head, *, is_new: bool, is_again: bool, now_s: float) -> (
        OpenlineError | None
    ):  # fmt: skip
        """Why a head is not signed now, if it is not."""
        party = party_of(head.origin)
        if is_new and self._logs[party] >= self.logs:
            return TooManyLogs(f"{party} has {self._logs[party]} logs here")
        for key, most, each_s in self._due(head, is_new, is_again):
            over_s = max(self._free_at_s.get(key, now_s), now_s) + each_s - now_s - most * each_s
            if over_s > 0:
                return TooFast(key[1], math.ceil(over_s))
        return None

    def spend(self, head: Head, *, is_new: bool, is_again: bool, now_s: float) -> None:
        """A head is signed: that much less is left for a while."""
        if len(self._free_at_s) > KEPT_MAX:
            kept = self._free_at_s.items()
            self._free_at_s = {key: at_s for key, at_s in kept if at_s > now_s}
        for key, _, each_s in self._due(head, is_new, is_again):
            self._free_at_s[key] = max(self._free_at_s.get(key, now_s), now_s) + each_s
        self._logs[party_of(head.origin)] += is_new

    def _due(
        self, head: Head, is_new: bool, is_again: bool
    ) -> list[tuple[tuple[str, str], int, float]]:
        """What one head uses up: whose, how many at once, and how long each takes to come back."""
        kind = AGAIN if is_again else NEW
        due: list[tuple[tuple[str, str], int, float]] = [
            ((kind, head.origin), self.heads, self.head_s)
        ]
        if is_new:
            due.append(((LOGS, party_of(head.origin)), self.new_logs, self.new_log_s))
        return due
