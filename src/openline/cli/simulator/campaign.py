"""A campaign: many seeds on several processes, every violation with the seed that shows it.

Shapes   run(first, count, jobs, progress, is_drill) -> Campaign
Units    histories; seconds of wall time
Raises   nothing for what it finds: a violation is a row of the result
Source   docs/OPERATE.md, "The search for faults"
Never    stops at the first violation: the others say whether it is one fault or many
"""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from openline.cli.simulator import coverage
from openline.cli.simulator.history import Stage
from openline.cli.simulator.observer import Violation
from openline.formats.pack import load_packs

CHUNK = 20
VIOLATIONS_TOLD = 100
Chunk = tuple[int, int, bool]
Progress = Callable[["Campaign", int], None]


@dataclass(slots=True)
class Campaign:
    """What a campaign did and found."""

    histories: int = 0
    restored: int = 0
    is_drill: bool = False
    events: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, str]] = field(default_factory=list)

    @property
    def missed(self) -> list[str]:
        """Faults and outcomes that should have occurred in so many histories, or in every drill."""
        if self.is_drill:
            return ["a restore in every drill"] if self.restored < self.histories else []
        return coverage.missed(self.counts, self.histories)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was broken and everything was tried."""
        return not self.violations and not self.missed

    def value(self) -> dict[str, Any]:
        """The campaign as JSON values."""
        return {
            "histories": self.histories,
            "restored": self.restored,
            "events": self.events,
            "seconds": round(self.seconds, 1),
            "per_second": round(self.histories / self.seconds, 2) if self.seconds else 0.0,
            "counts": dict(sorted(self.counts.items())),
            "missed": self.missed,
            "violations": [
                {"seed": seed, "what": what, "replay": replay(seed, self.is_drill)}
                for seed, what in self.violations[:VIOLATIONS_TOLD]
            ],
            "clean": self.is_clean,
        }


def replay(seed: int, is_drill: bool = False) -> str:
    """The command that shows a history again."""
    return f"openline sim --seed {seed}{' --drills 1' if is_drill else ''} --trace"


@cache
def stage() -> Stage:
    """What all histories of one process share; made once, and never searched for garbage."""
    made = Stage(load_packs())
    gc.collect()
    gc.freeze()
    return made


def play_chunk(first: int, count: int, is_drill: bool = False) -> Campaign:
    """Some seeds in a row, in one process. A history that ends badly counts like any other."""
    done = Campaign(is_drill=is_drill)
    try:
        shared = stage()
    except Violation as violation:
        told = f"before any fault: {violation.what}"
        return Campaign(count, violations=[(seed, told) for seed in range(first, first + count)])
    for seed in range(first, first + count):
        history = shared.history(seed, drill=is_drill)
        try:
            history.run()
        except Violation as violation:
            done.violations.append((seed, violation.what))
        done.histories += 1
        done.restored += history.world.counts.get("restores", 0) > 0
        done.events += history.world.events
        done.counts.update(history.world.counts)
    return done


def run(
    first: int, count: int, jobs: int, progress: Progress, *, is_drill: bool = False
) -> Campaign:
    """`count` seeds from `first` on `jobs` processes."""
    started = time.monotonic()
    total = Campaign(is_drill=is_drill)
    chunks = iter(
        [
            (at, min(CHUNK, first + count - at), is_drill)
            for at in range(first, first + count, CHUNK)
        ]
    )
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {pool.submit(play_chunk, *chunk) for chunk in _some(chunks, 2 * jobs)}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for each in done:
                merge(total, each.result())
            waiting |= {pool.submit(play_chunk, *chunk) for chunk in _some(chunks, len(done))}
            progress(total, count)
    total.seconds = time.monotonic() - started
    total.violations.sort()
    return total


def _some(chunks: Iterator[Chunk], count: int) -> list[Chunk]:
    return [chunk for _, chunk in zip(range(count), chunks, strict=False)]


def merge(total: Campaign, part: Campaign) -> None:
    """Add what one process did."""
    total.histories += part.histories
    total.restored += part.restored
    total.events += part.events
    total.counts.update(part.counts)
    total.violations += part.violations
