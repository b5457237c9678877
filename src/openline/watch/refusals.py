"""What this node refused, so that an officer sees it: counted, and told once a minute at most.

Shapes   Refusals.saw(party, code, sentence) counts; tell() writes what is due as events
Units    seconds on the monotonic clock
Raises   nothing: a full disk must not turn a refusal into another one
Source   docs/PROTOCOL.md part 8 (first tier: nothing stored but this)
Never    believes the name in a refused request: an event says in whose name it came. Never keeps
         more than one count per known party and code, so that nobody can fill disk or memory
"""

import contextlib
import time
from dataclasses import dataclass

from openline.errors import OpenlineError
from openline.exchange.station import Station

EVERY_S = 60.0
COUNTS_MAX = 1000
UNKNOWN = "unknown"
NAME_BYTES_MAX = 200


@dataclass(slots=True)
class Count:
    """Refusals of one kind since they were told last."""

    since_told: int = 0
    told_at_s: float = -EVERY_S
    sentence: str = ""


class Refusals:
    """The counts of one node. `saw` may be called by any thread, `tell` on the lane's."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._counts: dict[tuple[str, str], Count] = {}

    def saw(self, party: str, code: str, sentence: str) -> bool:
        """Count one refusal; whether it is time to tell."""
        key = (party, code)
        if key not in self._counts and len(self._counts) >= COUNTS_MAX:
            key = (UNKNOWN, code)
        count = self._counts.setdefault(key, Count())
        count.since_told += 1
        count.sentence = sentence
        return self._is_due(count)

    def tell(self) -> None:
        """Write an event for every kind that is due."""
        due = [(key, each) for key, each in list(self._counts.items()) if self._is_due(each)]
        if not due:
            return
        with contextlib.suppress(OpenlineError), self._station.store.write() as tx:
            for (party, code), count in due:
                times = f"{count.since_told} times" if count.since_told > 1 else "once"
                said = f"refused {times}, in the name of {party}: {count.sentence}"
                self._station.tell(tx, "refused", party, code, said)
        for _, count in due:
            count.since_told, count.told_at_s = 0, time.monotonic()

    def _is_due(self, count: Count) -> bool:
        return bool(count.since_told) and time.monotonic() - count.told_at_s >= EVERY_S


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
