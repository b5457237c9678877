"""A campaign: many seeds on several processes, every violation with the seed that shows it.

Shapes   run(first, count, jobs, progress) -> Campaign
Units    histories; seconds of wall time
Raises   nothing for what it finds: a violation is a row of the result
Source   docs/OPERATE.md, "The search for faults"
Never    stops at the first violation: the others say whether it is one fault or many
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from openline.cli.simulator.history import Stage
from openline.cli.simulator.observer import Violation
from openline.formats.pack import load_packs

CHUNK = 20
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Campaign:
    """What a campaign did and found."""

    histories: int = 0
    events: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, str]] = field(default_factory=list)

    def value(self) -> dict[str, Any]:
        """The campaign as JSON values."""
        return {
            "histories": self.histories,
            "events": self.events,
            "seconds": round(self.seconds, 1),
            "per_second": round(self.histories / self.seconds, 2) if self.seconds else 0.0,
            "counts": dict(sorted(self.counts.items())),
            "violations": [{"seed": seed, "what": what} for seed, what in self.violations[:100]],
            "clean": not self.violations,
        }


def play_chunk(first: int, count: int) -> Campaign:
    """Some seeds in a row, in one process."""
    stage = Stage(load_packs())
    done = Campaign()
    for seed in range(first, first + count):
        done.histories += 1
        try:
            outcome = stage.play(seed)
        except Violation as violation:
            done.violations.append((seed, violation.what))
            continue
        done.events += outcome.events
        done.counts.update(outcome.counts)
    return done


def run(first: int, count: int, jobs: int, progress: Progress) -> Campaign:
    """`count` seeds from `first` on `jobs` processes."""
    started = time.monotonic()
    total = Campaign()
    chunks = iter(
        [(at, min(CHUNK, first + count - at)) for at in range(first, first + count, CHUNK)]
    )
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {pool.submit(play_chunk, *chunk) for chunk in _some(chunks, 2 * jobs)}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for each in done:
                merge(total, each.result())
            waiting |= {pool.submit(play_chunk, *chunk) for chunk in _some(chunks, len(done))}
            progress(total.histories, count)
    total.seconds = time.monotonic() - started
    total.violations.sort()
    return total


def _some(chunks: Iterator[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    return [chunk for _, chunk in zip(range(count), chunks, strict=False)]


def merge(total: Campaign, part: Campaign) -> None:
    """Add what one process did."""
    total.histories += part.histories
    total.events += part.events
    total.counts.update(part.counts)
    total.violations += part.violations
