"""What this node refused, so that an officer sees it: counted, told less often while it goes on.

Shapes   Refusals.saw(party, code, sentence) counts; tell() writes what is due as events
Units    seconds on the monotonic clock; told at once, then after one minute, two, four, at most 60
Raises   nothing: a full disk must not turn a refusal into another one
Source   docs/PROTOCOL.md part 8 (first tier: nothing stored but this)
Never    believes the name in a refused request: an event says in whose name it came. Never keeps
         more than one count per known party and code, so that nobody can fill disk or memory
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from openline.errors import OpenlineError
from openline.exchange.station import Station

PAUSE_FIRST_S = 60.0
PAUSE_MAX_S = 3_600.0
COUNTS_MAX = 1000
UNKNOWN = "unknown"
NAME_BYTES_MAX = 200


@dataclass(slots=True)
class Count:
    """Refusals of one kind since they were told last."""

    since_told: int = 0
    told_at_s: float | None = None
    pause_s: float = PAUSE_FIRST_S
    sentence: str = ""

    def is_due(self, now_s: float) -> bool:
        """Whether there is something to tell, and the pause after the last telling is over."""
        is_over = self.told_at_s is None or now_s - self.told_at_s >= self.pause_s
        return bool(self.since_told) and is_over

    def told(self, now_s: float) -> None:
        """It was told now. What goes on waits twice as long; what was quiet for long begins anew.

        Else a stranger would have the same written every minute of a night.
        """
        if self.told_at_s is not None:
            goes_on = now_s - self.told_at_s < 2 * self.pause_s
            self.pause_s = min(2 * self.pause_s, PAUSE_MAX_S) if goes_on else PAUSE_FIRST_S
        self.since_told, self.told_at_s = 0, now_s


class Refusals:
    """The counts of one node. `saw` may be called by any thread, `tell` on the lane's."""

    def __init__(self, station: Station, mono: Callable[[], float] = time.monotonic) -> None:
        self._station, self._mono = station, mono
        self._counts: dict[tuple[str, str], Count] = {}

    def saw(self, party: str, code: str, sentence: str) -> bool:
        """Count one refusal; whether it is time to tell."""
        key = (party, code)
        if key not in self._counts and len(self._counts) >= COUNTS_MAX:
            key = (UNKNOWN, code)
        count = self._counts.setdefault(key, Count())
        count.since_told += 1
        count.sentence = sentence
        return count.is_due(self._mono())

    def tell(self) -> None:
        """Write an event for every kind that is due."""
        now_s = self._mono()
        due = [(key, each) for key, each in list(self._counts.items()) if each.is_due(now_s)]
        if not due:
            return
        with contextlib.suppress(OpenlineError), self._station.store.write() as tx:
            for (party, code), count in due:
                times = f"{count.since_told} times" if count.since_told > 1 else "once"
                said = f"refused {times}, in the name of {party}: {count.sentence}"
                self._station.tell(tx, "refused", party, code, said)
        for _, count in due:
            count.told(now_s)


def named_in(station: Station, path: str, body: bytes) -> str:
    """The known party in whose name a request came, before anything of it is verified."""
    head = body[:400]
    if path == "deliver":
        origin = head[4:].partition(b"\n\n")[2].partition(b"\n")[0]
        name = origin.partition(b"/")[0]
    elif path == "cards":
        name = head.partition(b"\n")[0]
    else:
        name = [*head.split(b"\n", 2), b"", b""][1]
    text = name.decode("ascii", "replace")
    return text if station.store.party(text[:NAME_BYTES_MAX]) is not None else UNKNOWN
