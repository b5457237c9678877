"""Administrative areas by p-code, from a file of the operator's: where a site says that it lies.

Shapes   read_admin_areas(bytes) -> AdminAreas; AdminAreas.named(text) -> the areas that have this
         p-code or name; AdminArea.holds(point) -> bool
Units    decimal degrees in the file, longitude first; here integers of 1e-7
Raises   Malformed, with the number of the feature
Source   docs/OPERATE.md, "Sites and their areas"; RFC 7946; attribute names as common operational
         datasets have them (ADM2_PCODE, ADM2_EN), or plainly `pcode` and `name`
Never    ships with Openline, and never says whose a place is: it compares what a message says with
         what the operator's file says
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from openline.formats.area import DEGREE
from openline.formats.export.geojson import collection
from openline.formats.malformed import Malformed

BYTES_MAX: Final = 32 * 1024 * 1024
AREAS_MAX: Final = 50_000
CORNERS_MAX: Final = 1_000_000
NAME_CHARACTERS_MAX: Final = 200
_WHAT: Final = "administrative areas"
_CODE: Final = re.compile(r"adm([0-5])_pcode")

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AdminArea:
    """One area: its code, its names, its rings (holes among them), what they span."""

    pcode: str
    names: tuple[str, ...]
    rings: tuple[tuple[Point, ...], ...]
    west: int
    south: int
    east: int
    north: int

    def holds(self, point: Point) -> bool:
        """Whether a position lies in it: a line to the east crosses its rings an odd number of
        times, so that a hole is outside."""
        x, y = point
        if not (self.west <= x <= self.east and self.south <= y <= self.north):
            return False
        crossings = 0
        for ring in self.rings:
            for (ax, ay), (bx, by) in pairwise(ring):
                if (ay > y) != (by > y):
                    rise = by - ay
                    side = (bx - ax) * (y - ay) - (x - ax) * rise
                    crossings += side > 0 if rise > 0 else side < 0
        return crossings % 2 == 1


@dataclass(frozen=True, slots=True)
class AdminAreas:
    """All areas of a file by what they may be called, in one case of letters."""

    by_name: Mapping[str, tuple[AdminArea, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_name)

    def named(self, text: str) -> tuple[AdminArea, ...]:
        """The areas of this p-code or name; several where a name is common."""
        return self.by_name.get(_key(text), ())


NO_AREAS: Final = AdminAreas()


def read_admin_areas(data: bytes) -> AdminAreas:
    """The file, strictly: a feature that is not an area with a code refuses the whole file."""
    features = collection(data, BYTES_MAX)
    if not 1 <= len(features) <= AREAS_MAX:
        raise Malformed(_WHAT, f"not 1 to {AREAS_MAX} features")
    found: dict[str, tuple[AdminArea, ...]] = {}
    codes: set[str] = set()
    corners = 0
    for number, feature in enumerate(features, 1):
        area = _area(number, feature)
        corners += sum(map(len, area.rings))
        if corners > CORNERS_MAX:
            raise Malformed(_WHAT, f"more than {CORNERS_MAX} corners")
        if _key(area.pcode) in codes:
            raise Malformed(_WHAT, f"feature {number}: {area.pcode!r} is there already")
        codes.add(_key(area.pcode))
        for key in {_key(name) for name in (area.pcode, *area.names)}:
            found[key] = (*found.get(key, ()), area)
    return AdminAreas(found)


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _area(number: int, feature: Any) -> AdminArea:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise Malformed(_WHAT, f"feature {number}: not a Feature")
    pcode, names = _called(number, feature.get("properties"))
    rings = tuple(_rings(number, feature.get("geometry")))
    xs = [x for ring in rings for x, _ in ring]
    ys = [y for ring in rings for _, y in ring]
    return AdminArea(pcode, names, rings, min(xs), min(ys), max(xs), max(ys))


def _called(number: int, properties: Any) -> tuple[str, tuple[str, ...]]:
    """Its code and names: `pcode` and `name`, else those of the deepest level that has a code."""
    said = properties if isinstance(properties, dict) else {}
    by_key = {str(key).casefold(): value for key, value in said.items()}
    levels = sorted(key for key in by_key if _CODE.fullmatch(key) and by_key[key])
    if "pcode" in by_key:
        pcode, names = by_key["pcode"], [by_key.get("name")]
    elif levels:
        pcode, prefix = by_key[levels[-1]], levels[-1][: -len("pcode")]
        names = [v for k, v in by_key.items() if k.startswith(prefix) and k != levels[-1]]
    else:
        raise Malformed(_WHAT, f"feature {number}: no pcode, and no ADM1_PCODE to ADM5_PCODE")
    if not isinstance(pcode, str) or not 1 <= len(pcode) <= NAME_CHARACTERS_MAX:
        raise Malformed(_WHAT, f"feature {number}: its code is not 1 to 200 characters")
    good = (n for n in names if isinstance(n, str) and 1 <= len(n) <= NAME_CHARACTERS_MAX)
    return pcode, tuple(good)


def _rings(number: int, geometry: Any) -> Iterator[tuple[Point, ...]]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise Malformed(_WHAT, f"feature {number}: neither Polygon nor MultiPolygon")
    given = geometry.get("coordinates")
    polygons = [given] if kind == "Polygon" else given
    if not isinstance(polygons, list) or not polygons:
        raise Malformed(_WHAT, f"feature {number}: no coordinates")
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise Malformed(_WHAT, f"feature {number}: a polygon without rings")
        for ring in polygon:
            points = tuple(_point(number, each) for each in ring) if isinstance(ring, list) else ()
            if len(points) < 4 or points[0] != points[-1]:
                raise Malformed(_WHAT, f"feature {number}: a ring that is not closed")
            yield points


def _point(number: int, value: Any) -> Point:
    if not isinstance(value, list) or not 2 <= len(value) <= 3:
        raise Malformed(_WHAT, f"feature {number}: a position is not [longitude, latitude]")
    x, y = value[:2]
    if type(x) not in (int, Decimal) or type(y) not in (int, Decimal):
        raise Malformed(_WHAT, f"feature {number}: degrees are not numbers")
    if not (abs(x) <= 180 and abs(y) <= 90):
        raise Malformed(_WHAT, f"feature {number}: beyond 180 or 90 degrees: longitude comes first")
    return round(x * DEGREE), round(y * DEGREE)
