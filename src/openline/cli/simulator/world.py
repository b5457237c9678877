"""A world in one thread: a queue of events, a clock of its own, a network that does its worst.

Shapes   World(seed, faults) holds the queue; `post` carries a request, `answer` its answer
Units    time in virtual milliseconds
Raises   nothing of its own
Source   RELIABILITY part 4: sans-IO core, all randomness from one seed, swarm of faults
Never    reads a real clock or any entropy: the same seed gives the same history
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field


class SimulatedCrash(BaseException):
    """The process dies here; not an error that any code may catch."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Which faults this history has, each as a probability; drawn per seed (swarm)."""

    loss: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    delay_max_ms: int = 50
    crash: float = 0.0
    restore: float = 0.0
    cut: float = 0.0
    skew_max_s: int = 0


def draw_faults(rng: random.Random) -> Faults:
    """A random subset of faults at random rates: some bugs show only where others are absent."""

    def maybe(rate: float) -> float:
        return rng.choice((0.0, rate / 4, rate))

    return Faults(
        loss=maybe(0.25),
        duplicate=maybe(0.2),
        corrupt=maybe(0.1),
        delay_max_ms=rng.choice((5, 200, 3000)),
        crash=maybe(0.03),
        restore=rng.choice((0.0, 0.3, 0.7)),
        cut=maybe(0.02),
        skew_max_s=rng.choice((0, 0, 140)),
    )


@dataclass(slots=True)
class World:
    """Time, queue, network state and everything that checks need to remember."""

    seed: int
    faults: Faults
    rng: random.Random
    now_ms: int = 1_700_000_000_000
    healing: bool = False
    queue: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    cut: set[frozenset[str]] = field(default_factory=set)
    events: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    tracing: bool = False
    serial: int = 0

    def count(self, what: str) -> None:
        """One more of something; campaigns fail when a rare branch was never reached."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def say(self, text: str) -> None:
        """A line of the history, kept when somebody wants to read it."""
        if self.tracing:
            self.trace.append(f"{self.now_ms - 1_700_000_000_000:>9} ms  {text}")

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
        """How long a message travels."""
        return self.rng.randint(1, 5 if self.healing else self.faults.delay_max_ms)

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
