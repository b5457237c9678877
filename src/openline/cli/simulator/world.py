"""A world in one thread: a queue of events, a clock of its own, all chance from one seed.

Shapes   World(seed, faults) holds the queue; `step` runs the next event
Units    time in virtual milliseconds
Raises   nothing of its own
Source   RELIABILITY part 4: sans-IO core, all randomness from one seed, swarm of faults
Never    reads a real clock or any entropy: the same seed gives the same history
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from openline.cli.simulator.faults import Faults

BEGIN_MS = 1_750_000_000_000
HEALED_DELAY_MS = 5


class SimulatedCrash(BaseException):
    """The process dies here; not an error that any code may catch."""


@dataclass(slots=True)
class World:
    """Time, queue, network state and everything that checks need to remember."""

    seed: int
    faults: Faults
    rng: random.Random
    now_ms: int = BEGIN_MS
    healing: bool = False
    queue: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    cut: set[frozenset[str]] = field(default_factory=set)
    events: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    tracing: bool = False
    serial: int = 0

    def count(self, what: str, times: int = 1) -> None:
        """One more of something; campaigns fail when a rare branch was never reached."""
        self.counts[what] = self.counts.get(what, 0) + times

    def say(self, text: str) -> None:
        """A line of the history, kept when somebody wants to read it."""
        if self.tracing:
            self.trace.append(f"{self.now_ms - BEGIN_MS:>9} ms  {text}")

    def later(self, delay_ms: int, act: Callable[[], None]) -> None:
        """Do something after a delay."""
        self.serial += 1
        heapq.heappush(self.queue, (self.now_ms + max(1, delay_ms), self.serial, act))

    def step(self) -> bool:
        """The next event; False when nothing is left."""
        if not self.queue:
            return False
        self.now_ms, _, act = heapq.heappop(self.queue)
        self.events += 1
        act()
        return True

    def chance(self, probability: float) -> bool:
        """Whether a fault happens now; never while the world heals."""
        return not self.healing and probability > 0 and self.rng.random() < probability

    def delay(self) -> int:
        """How long a message travels; one in eight takes the long way where there is one."""
        if self.healing:
            return self.rng.randint(1, HEALED_DELAY_MS)
        longest = self.faults.delay_max_ms
        if longest > 3_000 and self.rng.random() < 0.875:
            longest = 200
        return self.rng.randint(1, longest)

    def is_cut(self, a: str, b: str) -> bool:
        """Whether two parties cannot reach each other."""
        return frozenset((a, b)) in self.cut

    def mangle(self, data: bytes) -> bytes:
        """One flipped bit, somewhere."""
        if not data or not self.chance(self.faults.corrupt):
            return data
        self.count("corrupted")
        at = self.rng.randrange(len(data))
        flipped = data[at] ^ (1 << self.rng.randrange(8))
        return data[:at] + bytes([flipped]) + data[at + 1 :]
