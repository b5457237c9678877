"""Distances on the earth, near enough for a remark to a person who drafts.

Shapes   distance_m(a, b) -> float; inside(point, area) -> bool; across_m(area) -> float
Units    positions are (longitude, latitude) in 1e-7 degree; metres
Raises   nothing
Source   haversine on a sphere of the mean earth radius (IUGG): at most 0.6 per cent from a geodesic
Never    decides a conflict: for that the error is too large, and edges here are straight in degrees
"""

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
