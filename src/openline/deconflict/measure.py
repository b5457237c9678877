"""Distances on the earth, near enough for a remark to a person who drafts.

Shapes   distance_m(a, b) -> float; inside(point, area) -> bool; across_m(area) -> float;
         apart_m(area, area) -> float; box(area) -> Box, by which most pairs need no closer look
Units    positions are (longitude, latitude) in 1e-7 degree; metres
Raises   nothing
Source   haversine on a sphere of the mean earth radius (IUGG): at most 0.6 per cent from a geodesic
Never    decides a conflict: for that the error is too large, and edges here are straight in degrees
"""

from dataclasses import dataclass
from itertools import pairwise
from math import asin, cos, hypot, radians, sin, sqrt
from typing import Final

from openline.formats.area import DEGREE, Area

EARTH_M: Final = 6_371_008.8
TURN: Final = 360 * DEGREE
METRES_A_DEGREE: Final = 111_195.0

Position = tuple[int, int]


def distance_m(a: Position, b: Position) -> float:
    """Along the great circle."""
    (lon_a, lat_a), (lon_b, lat_b) = ([radians(each / DEGREE) for each in p] for p in (a, b))
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def length_m(area: Area) -> float:
    """Along all points of a track."""
    return sum(distance_m(a, b) for a, b in pairwise(area.points))


def across_m(area: Area) -> float:
    """The largest distance between two points of it, its radius on both sides added."""
    points = area.points
    widest = max((distance_m(a, b) for i, a in enumerate(points) for b in points[i:]), default=0.0)
    return widest + 2 * area.radius_m


def inside(point: Position, area: Area) -> bool:
    """Whether a position lies in an area: in its ring, or within its radius of any part of it."""
    if area.kind == "ring" and in_ring(point, area.points):
        return True
    if area.kind == "point":
        return distance_m(point, area.points[0]) <= area.radius_m
    return any(to_edge_m(point, a, b) <= area.radius_m for a, b in pairwise(area.points))


def beside(origin: Position, other: Position) -> tuple[float, float]:
    """East and north of an origin in metres, the short way round the earth."""
    east = (other[0] - origin[0] + TURN // 2) % TURN - TURN // 2
    scale = METRES_A_DEGREE / DEGREE
    return east * scale * cos(radians(origin[1] / DEGREE)), (other[1] - origin[1]) * scale


def to_edge_m(point: Position, a: Position, b: Position) -> float:
    """From a position to the nearest place on one edge."""
    (ax, ay), (bx, by) = beside(point, a), beside(point, b)
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    part = 0.0 if not square else max(0.0, min(1.0, -(ax * dx + ay * dy) / square))
    return hypot(ax + part * dx, ay + part * dy)


def in_ring(point: Position, ring: tuple[Position, ...]) -> bool:
    """Whether a ray from the position crosses the ring an odd number of times."""
    corners = [beside(point, corner) for corner in ring]
    crossings = 0
    for (ax, ay), (bx, by) in pairwise(corners):
        if (ay > 0) != (by > 0) and ax + (bx - ax) * ay / (ay - by) > 0:
            crossings += 1
    return crossings % 2 == 1


def edges(area: Area) -> list[tuple[Position, Position]]:
    """The edges of it; a point is one edge without length."""
    return list(pairwise(area.points)) or [(area.points[0], area.points[0])]


def apart_m(one: Area, other: Area) -> float:
    """Between the nearest places of two areas, their radiuses taken off; 0 where they meet."""
    if _meet(one, other):
        return 0.0
    gap = min(
        to_edge_m(point, a, b)
        for here, there in ((one, other), (other, one))
        for point in here.points
        for a, b in edges(there)
    )
    return max(0.0, gap - one.radius_m - other.radius_m)


def _meet(one: Area, other: Area) -> bool:
    """Whether one lies in the other's ring, or an edge crosses an edge."""
    for inner, outer in ((one, other), (other, one)):
        if outer.kind == "ring" and in_ring(inner.points[0], outer.points):
            return True
    start = one.points[0]
    flat = [[_unrolled(p, start) for p in area.points] for area in (one, other)]
    return any(_cross(a, b, c, d) for a, b in pairwise(flat[0]) for c, d in pairwise(flat[1]))


def _unrolled(point: Position, start: Position) -> Position:
    """East of a start the short way round, north from the equator."""
    return (point[0] - start[0] + TURN // 2) % TURN - TURN // 2, point[1]


def _cross(a: Position, b: Position, c: Position, d: Position) -> bool:
    """Whether two edges cross; exact, for degrees are whole numbers here."""
    return (_turn(a, b, c) > 0) != (_turn(a, b, d) > 0) and (
        (_turn(c, d, a) > 0) != (_turn(c, d, b) > 0)
    )


def _turn(a: Position, b: Position, c: Position) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@dataclass(frozen=True, slots=True)
class Box:
    """What a shape spans, east of `west` by `width`; degrees as above."""

    west: int
    width: int
    south: int
    north: int

    def is_near(self, other: "Box", most_m: float) -> bool:
        """Whether two shapes may be so near: False is certain, True asks for a closer look."""
        high = int(most_m / METRES_A_DEGREE * DEGREE) + 1
        if self.south - high > other.north or other.south - high > self.north:
            return False
        top = max(abs(each) for each in (self.south, self.north, other.south, other.north)) + high
        wide = int(high / max(cos(radians(min(top / DEGREE, 89.9))), 0.001)) + 1
        east = (other.west - self.west) % TURN
        return east <= self.width + wide or TURN - east <= other.width + wide


def box(area: Area) -> Box:
    """What an area spans, its radius added; a shape goes the short way from corner to corner."""
    x = low = high = 0
    for (before, _), (lon, _) in pairwise(area.points):
        x += (lon - before + TURN // 2) % TURN - TURN // 2
        low, high = min(low, x), max(high, x)
    lats = [lat for _, lat in area.points]
    tall = int(area.radius_m / METRES_A_DEGREE * DEGREE) + 1
    top = max(abs(min(lats)), abs(max(lats))) + tall
    wide = int(tall / max(cos(radians(min(top / DEGREE, 89.9))), 0.001)) + 1
    west = (area.points[0][0] + low - wide) % TURN
    return Box(west, min(high - low + 2 * wide, TURN), min(lats) - tall, max(lats) + tall)
