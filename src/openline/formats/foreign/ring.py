"""A ring of positions as an area: closed, without doubled corners, not crossing itself.

Shapes   ring_of(points) -> Area of kind ring
Units    degrees are integers of 1e-7
Raises   Malformed
Source   RFC 7946 section 3.1.6 (linear rings); docs/formats.md, "Places"
Never    repairs a ring that crosses itself: which of its parts was meant, nobody can say
"""

from collections.abc import Sequence
from typing import Final

from openline.formats.area import DEGREE, Area
from openline.formats.malformed import Malformed

Point = tuple[int, int]
CORNERS_MAX: Final = 999
_HALF: Final = 180 * DEGREE


def ring_of(points: Sequence[Point]) -> Area:
    """The ring through these corners, in their order."""
    corners: list[Point] = []
    for point in points:
        if not corners or point != corners[-1]:
            corners.append(point)
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) < 3:
        raise Malformed("ring", "fewer than three corners")
    if len(corners) > CORNERS_MAX:
        raise Malformed("ring", f"more than {CORNERS_MAX} corners")
    if crosses_itself(corners):
        raise Malformed("ring", "its edges cross, so nobody can say what lies inside")
    return Area((*corners, corners[0]))


def crosses_itself(corners: Sequence[Point]) -> bool:
    """Whether two edges that are not neighbours meet; longitudes are unrolled over 180 degrees."""
    flat = unrolled(corners)
    edges = list(zip(flat, [*flat[1:], flat[0]], strict=True))
    count = len(edges)
    # West to east, so that an edge meets only those that begin before it ends.
    order = sorted(range(count), key=lambda i: min(edges[i][0][0], edges[i][1][0]))
    for place, i in enumerate(order):
        east = max(edges[i][0][0], edges[i][1][0])
        for j in order[place + 1 :]:
            if min(edges[j][0][0], edges[j][1][0]) > east:
                break
            if abs(j - i) not in (1, count - 1) and _meet(*edges[i], *edges[j]):
                return True
    return False


def unrolled(points: Sequence[Point]) -> list[Point]:
    """Positions with longitudes that never jump by more than half a turn."""
    out: list[Point] = []
    for longitude, latitude in points:
        if out:
            while longitude - out[-1][0] > _HALF:
                longitude -= 2 * _HALF
            while longitude - out[-1][0] < -_HALF:
                longitude += 2 * _HALF
        out.append((longitude, latitude))
    return out


def _side(a: Point, b: Point, c: Point) -> int:
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def _within(a: Point, b: Point, c: Point) -> bool:
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    one, two, three, four = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if one != two and three != four:
        return True
    touching = ((one, a, b, c), (two, a, b, d), (three, c, d, a), (four, c, d, b))
    return any(side == 0 and _within(p, q, r) for side, p, q, r in touching)
