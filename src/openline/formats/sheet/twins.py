"""Rows that may be the same thing twice: near each other with one type, or with one name.

Shapes   twins(sites) -> [Twin]; a Site has a label, a type, names and a point
Units    metres; degrees are integers of 1e-7
Raises   nothing
Source   issue of humanitarian lists: duplicates by two notifiers (docs/decisions/0014)
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
# Cells of the latitude a little higher than the distance, so that a twin lies in one of nine.
_TYPE_CELL: Final = 10_000  # 0.001 degree
_NAME_CELL: Final = 500_000  # 0.05 degree


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
    """Every pair of one type within 100 m, or of one name within 5 km, the earlier site first."""
    typed: _Cells = defaultdict(list)
    named: _Cells = defaultdict(list)
    found: list[tuple[int, int, Twin]] = []
    for at, site in enumerate(sites):
        pairs: dict[int, Twin] = {}
        for name in _names(site):
            pairs |= _met(named, (name, _NAME_CELL), sites, at, "same name", SAME_NAME_M)
        pairs |= _met(typed, (site.type, _TYPE_CELL), sites, at, "same type", SAME_TYPE_M)
        found += [(at, before, twin) for before, twin in pairs.items()]
    return [twin for _, _, twin in sorted(found, key=lambda each: each[:2])]


# What is alike and the size of the cells; then the column and row of one.
_Cells = dict[tuple[tuple[str, int], int, int], list[int]]


def _met(
    cells: _Cells, alike: tuple[str, int], sites: Sequence[Site], at: int, why: str, most_m: int
) -> dict[int, Twin]:
    """The earlier sites that are alike and near; then the site itself stands in its cell."""
    site, size = sites[at], alike[1]
    met = {}
    for column, row in _near(site.point, size):
        for before in cells.get((alike, column, row), ()):
            distance = _distance_m(site.point, sites[before].point)
            if distance <= most_m:
                met[before] = Twin(sites[before].label, site.label, why, round(distance))
    cells[(alike, *_cell(site.point, size))].append(at)
    return met


def _names(site: Site) -> set[str]:
    return {" ".join(name.casefold().split()) for name in site.names}


def _cell(point: tuple[int, int], size: int) -> tuple[int, int]:
    """Rows of latitude; within a row, cells as wide on the ground as at the equator."""
    row = point[1] // size
    return int(point[0] * _shrink(row, size)) // size, row


def _shrink(row: int, size: int) -> float:
    return max(math.cos(math.radians(row * size / DEGREE)), 0.01)


def _near(point: tuple[int, int], size: int) -> Iterator[tuple[int, int]]:
    """The nine cells around a point; near 180 degrees those of the other side as well."""
    turns = (-360, 0, 360) if abs(point[0]) >= 179 * DEGREE else (0,)
    for step in (-1, 0, 1):
        row = point[1] // size + step
        shrink = _shrink(row, size)
        for turn in turns:
            column = int((point[0] + turn * DEGREE) * shrink) // size
            yield from ((column + aside, row) for aside in (-1, 0, 1))


def _distance_m(one: tuple[int, int], other: tuple[int, int]) -> float:
    north = (one[1] - other[1]) / DEGREE
    east = abs(one[0] - other[0]) / DEGREE
    east = min(east, 360 - east) * math.cos(math.radians(one[1] / DEGREE))
    return math.hypot(north, east) * _DEGREE_M
