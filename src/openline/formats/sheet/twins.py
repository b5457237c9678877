"""Rows that may be the same thing twice: near each other with one type, or with one name.

Shapes   twins(sites) -> [Twin]; a Site has a label, a type, names and a point
Units    metres; degrees are integers of 1e-7
Raises   nothing
Source   issue of humanitarian lists: duplicates by two notifiers (docs/decisions/0012)
Never    drops one of two: a person says whether both are meant
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from openline.formats.area import DEGREE

SAME_TYPE_M: Final = 100
SAME_NAME_M: Final = 5_000
_DEGREE_M: Final = 111_195
# Cells a little larger than the distance, so that a twin lies in one of nine.
_CELL: Final = 500_000  # 0.05 degree


@dataclass(frozen=True, slots=True)
class Site:
    """A thing at a place. `label` is how a person finds it: a row, or a notice."""

    label: str
    type: str
    names: tuple[str, ...]
    point: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Twin:
    """Two sites that may be one."""

    one: str
    other: str
    why: str
    distance_m: int


def twins(sites: Sequence[Site]) -> list[Twin]:
    """Every pair of one type within 100 m, or of one name within 5 km."""
    cells: dict[tuple[int, int], list[Site]] = defaultdict(list)
    found: list[Twin] = []
    for site in sites:
        for other in _near(cells, site):
            distance = _distance_m(site.point, other.point)
            if site.type == other.type and distance <= SAME_TYPE_M:
                found.append(Twin(other.label, site.label, "same type", round(distance)))
            elif _names(site) & _names(other) and distance <= SAME_NAME_M:
                found.append(Twin(other.label, site.label, "same name", round(distance)))
        cells[_cell(site.point)].append(site)
    return found


def _names(site: Site) -> set[str]:
    return {" ".join(name.casefold().split()) for name in site.names}


def _cell(point: tuple[int, int]) -> tuple[int, int]:
    """Rows of latitude; within a row, cells as wide on the ground as at the equator."""
    row = point[1] // _CELL
    return int(point[0] * _shrink(row)) // _CELL, row


def _shrink(row: int) -> float:
    return max(math.cos(math.radians(row * _CELL / DEGREE)), 0.01)


def _near(cells: dict[tuple[int, int], list[Site]], site: Site) -> Iterator[Site]:
    for step in (-1, 0, 1):
        row = site.point[1] // _CELL + step
        for turn in (-360, 0, 360):
            column = int((site.point[0] + turn * DEGREE) * _shrink(row)) // _CELL
            if turn and abs(site.point[0]) < 179 * DEGREE:
                continue
            for aside in (-1, 0, 1):
                yield from cells.get((column + aside, row), ())


def _distance_m(one: tuple[int, int], other: tuple[int, int]) -> float:
    north = (one[1] - other[1]) / DEGREE
    east = abs(one[0] - other[0]) / DEGREE
    east = min(east, 360 - east) * math.cos(math.radians(one[1] / DEGREE))
    return math.hypot(north, east) * _DEGREE_M
