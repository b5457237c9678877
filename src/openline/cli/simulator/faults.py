"""Which faults a history has: drawn from its seed, a random part of them at random rates (swarm).

Shapes   draw_faults(rng), draw_drill(rng) -> Faults; a rate of 0.0: this history has no such fault
Units    rates are probabilities; delays in virtual milliseconds; clock errors in seconds
Raises   nothing
Source   RELIABILITY parts 3 and 4: some bugs show only where other faults are absent
Never    reads anything but the generator it is given
"""

import random
from dataclasses import dataclass, replace

# What a dishonest member may do; each history with one draws a part of them.
TRICKS = (
    "two-faces",
    "false-seen",
    "garbage",
    "withhold",
    "replay",
    "other-line",
    "huge",
    "bad-answers",
    "odd-kinds",
    "accuse",
    "many-epochs",
    "forge",
    "false-root",
    "false-reseal",
)
ROGUE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Faults:
    """Every fault of one history; `tricks` is empty where all parties are honest."""

    loss: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    replay: float = 0.0
    delay_max_ms: int = 50
    crash: float = 0.0
    restore: float = 0.0
    restore_many: float = 0.0
    old_copies: bool = False
    cut: float = 0.0
    full: float = 0.0
    anchor_lost: float = 0.0
    copied_back: float = 0.0
    moved: float = 0.0
    clock_jump: float = 0.0
    skew_max_s: int = 0
    rotate: float = 0.0
    attach: float = 0.0
    tricks: frozenset[str] = frozenset()


def draw_faults(rng: random.Random) -> Faults:
    """A random subset of faults at random rates."""

    def maybe(rate: float) -> float:
        return rng.choice((0.0, rate / 4, rate))

    return Faults(
        loss=maybe(0.25),
        duplicate=maybe(0.2),
        corrupt=maybe(0.1),
        replay=maybe(0.05),
        delay_max_ms=rng.choice((5, 200, 3_000, 15_000)),
        crash=maybe(0.03),
        restore=rng.choice((0.0, 0.3, 0.7)),
        restore_many=maybe(0.04),
        old_copies=rng.random() < 0.5,
        cut=maybe(0.02),
        full=maybe(0.03),
        anchor_lost=rng.choice((0.0, 0.0, 0.1)),
        copied_back=rng.choice((0.0, 0.0, 0.4)),
        moved=rng.choice((0.0, 0.0, 0.1)),
        clock_jump=rng.choice((0.0, 0.0, 0.03)),
        skew_max_s=rng.choice((0, 0, 140)),
        tricks=draw_tricks(rng),
        # Drawn last: what a seed had before there were rotations, it has still.
        rotate=rng.choice((0.0, 0.0, 0.02, 0.1)),
        attach=draw_attach(rng),
    )


def draw_attach(rng: random.Random) -> float:
    """How many messages have files: in one history of four some, drawn aside.

    The generator is left where it was, so a history without files is what it was before there were
    any.
    """
    aside = random.Random(f"files {rng.getstate()[1][:4]}")
    return aside.choice((0.0, 0.0, 0.0, 0.3))


def draw_drill(rng: random.Random) -> Faults:
    """The faults of a restore drill: all are honest, and disks go back in time again and again."""
    return replace(
        draw_faults(rng),
        restore=0.7,
        restore_many=0.04,
        old_copies=rng.random() < 0.5,
        anchor_lost=rng.choice((0.0, 0.0, 0.3)),
        copied_back=rng.choice((0.0, 0.0, 0.5)),
        moved=rng.choice((0.0, 0.0, 0.3)),
        tricks=frozenset(),
    )


def draw_tricks(rng: random.Random) -> frozenset[str]:
    """What the third party of this history does, if it is one of the dishonest ones."""
    if rng.random() >= ROGUE_SHARE:
        return frozenset()
    count = rng.randint(1, 4)
    return frozenset(rng.sample(TRICKS, count))
