"""Two messages that come near each other at one time.

Shapes   crossing(one, other, least_m, Budget) -> Near, None, or NOT_CHECKED
Units    metres between the nearest places, radiuses taken off; unix seconds UTC
Raises   nothing
Source   docs/OPERATE.md, "Near other messages"
Never    decides a conflict or stops a release: distances are near enough for a person to look, not
         to steer by (measure.py); heights keep two apart only where both are wholly known
"""

from dataclasses import dataclass
from typing import Final

from openline.deconflict.measure import apart_m
from openline.deconflict.volume import Taken, Volume
from openline.formats.area import Area

NOT_CHECKED: Final = "not-checked"
# Corners of one area times corners of the other: some 3 microseconds each.
PAIRS_MAX: Final = 150_000


@dataclass(slots=True)
class Budget:
    """How many pairs of corners may still be compared in one check."""

    pairs: int = PAIRS_MAX


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest of what two messages take at one time."""

    path: str
    other_path: str
    distance_m: int
    start_s: int
    end_s: int | None


def crossing(one: Taken, other: Taken, least_m: int, budget: Budget) -> Near | str | None:
    """Where two messages are nearer than `least_m`, or than the buffer that either asks for."""
    least_m = max(least_m, one.buffer_m, other.buffer_m)
    nearest: Near | None = None
    for mine in one.volumes:
        for theirs in other.volumes:
            found = _near(mine, theirs, least_m, budget)
            if isinstance(found, str):
                return found
            if found and (nearest is None or _order(found) < _order(nearest)):
                nearest = found
    return nearest


def _order(near: Near) -> tuple[int, int]:
    return near.distance_m, near.start_s


def _near(mine: Volume, theirs: Volume, least_m: int, budget: Budget) -> Near | str | None:
    start_s = max(mine.start_s, theirs.start_s)
    ends = [end_s for end_s in (mine.end_s, theirs.end_s) if end_s is not None]
    end_s = min(ends, default=None)
    if end_s is not None and end_s < start_s:
        return None
    if _is_above(mine.area, theirs.area) or _is_above(theirs.area, mine.area):
        return None
    if not mine.box.is_near(theirs.box, least_m):
        return None
    budget.pairs -= len(mine.area.points) * len(theirs.area.points)
    if budget.pairs < 0:
        return NOT_CHECKED
    distance_m = apart_m(mine.area, theirs.area)
    if distance_m >= least_m:
        return None
    return Near(mine.path, theirs.path, round(distance_m), start_s, end_s)


def _is_above(one: Area, other: Area) -> bool:
    """Whether one is known to lie wholly above the other."""
    if one.reference != other.reference or one.reference == "unknown":
        return False
    return one.lower_m is not None and other.upper_m is not None and one.lower_m > other.upper_m
