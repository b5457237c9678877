"""GeoJSON: features read strictly, and notices written as features, cut at 180 degrees.

Shapes   read_features(data) -> Iterator[Feature] · write_features(notices) -> bytes
Units    degrees in the file are decimal; here integers of 1e-7; radius in metres, a property
Raises   Malformed
Source   RFC 7946 (order longitude, latitude; 3.1.9: cut at the antimeridian)
Never    reads another reference system, a hole, or several shapes as one; never rounds
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from openline.formats.area import DEGREE, Area
from openline.formats.export.notice import Notice, refuse_mixed
from openline.formats.foreign.heard import Zone
from openline.formats.foreign.ring import Point, ring_of, unrolled
from openline.formats.malformed import Malformed
from openline.formats.spell import utc

BYTES_MAX: Final = 64 * 1024 * 1024
LEVELS_MAX: Final = 32
_WHAT: Final = "GeoJSON"
_HALF: Final = 180 * DEGREE
_KINDS: Final = {"Point": "point", "LineString": "track", "Polygon": "ring"}


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: its number from 1, its properties as text, its area or why there is none."""

    number: int
    properties: Mapping[str, str]
    area: Area | None
    fault: str = ""


def read_features(data: bytes) -> Iterator[Feature]:
    """Every feature; a geometry that is not read is a fault of that feature alone."""
    for number, each in enumerate(collection(data, BYTES_MAX), 1):
        yield _feature(number, each)


def collection(data: bytes, bytes_max: int) -> list[Any]:
    """The features of a file as JSON values, decimals exact; their geometries are not yet read."""
    if len(data) > bytes_max:
        raise Malformed(_WHAT, f"longer than {bytes_max} bytes")
    _refuse_deep(data)
    try:
        whole = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once,
                           parse_float=Decimal, parse_constant=_no_constant)  # fmt: skip
    except (ValueError, RecursionError) as error:
        reason = "a name occurs twice" if "twice" in str(error) else "not JSON in UTF-8"
        raise Malformed(_WHAT, reason) from None
    if not isinstance(whole, dict):
        raise Malformed(_WHAT, "not an object")
    crs = json.dumps(whole.get("crs"), default=str)
    if whole.get("crs") is not None and "CRS84" not in crs and "4326" not in crs:
        raise Malformed(_WHAT, "a reference system other than WGS 84 longitude and latitude")
    features = whole.get("features") if whole.get("type") == "FeatureCollection" else [whole]
    if not isinstance(features, list):
        raise Malformed(_WHAT, "features is not a list")
    return features


def _refuse_deep(data: bytes) -> None:
    level = deepest = 0
    for byte in data:
        if byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif byte in b"]}":
            level -= 1
    if deepest > LEVELS_MAX:
        raise Malformed(_WHAT, f"more than {LEVELS_MAX} levels deep")


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a name occurs twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _feature(number: int, value: Any) -> Feature:
    if not isinstance(value, dict) or value.get("type") != "Feature":
        return Feature(number, {}, None, "not a Feature")
    given = value.get("properties") or {}
    if not isinstance(given, dict):
        return Feature(number, {}, None, "properties is not an object")
    properties = {
        str(name): "" if each is None else each if isinstance(each, str) else _plain(each)
        for name, each in given.items()
    }
    try:
        return Feature(number, properties, _area(value.get("geometry"), given.get("radius_m")))
    except Malformed as error:
        return Feature(number, properties, None, error.reason)


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, int | Decimal) else json.dumps(value, default=str)


def _area(geometry: Any, radius: Any) -> Area:
    if not isinstance(geometry, dict) or geometry.get("type") not in _KINDS:
        raise Malformed(_WHAT, f"a geometry that is not one of {', '.join(_KINDS)}")
    if radius is not None and (type(radius) is not int or radius < 0):
        raise Malformed(_WHAT, "radius_m is not a whole number of metres")
    kind, given = geometry["type"], geometry.get("coordinates")
    if not isinstance(given, list):
        raise Malformed(_WHAT, "coordinates is not a list")
    if kind == "Point":
        return Area((_point(given),), radius or 0)
    if kind == "LineString":
        return Area(tuple(_point(each) for each in given), radius or 0)
    if len(given) != 1 or not isinstance(given[0], list):
        raise Malformed(_WHAT, "a polygon with a hole, or without a ring")
    points = [_point(each) for each in given[0]]
    if len(points) < 4 or points[0] != points[-1]:
        raise Malformed(_WHAT, "a ring that does not close")
    return Area(ring_of(points).points, radius or 0)


def _point(value: Any) -> Point:
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise Malformed(_WHAT, "a position is not [longitude, latitude]")
    try:
        longitude, latitude = (Decimal(each) * DEGREE for each in value[:2])
        point = round(longitude), round(latitude)
    except (TypeError, ValueError, InvalidOperation, OverflowError):
        raise Malformed(_WHAT, "a position that is not numbers") from None
    if abs(point[1]) > 90 * DEGREE and abs(point[0]) <= 90 * DEGREE:
        raise Malformed(_WHAT, "latitude beyond 90 degrees: longitude comes first; swapped?")
    if abs(point[1]) > 90 * DEGREE or abs(point[0]) > _HALF:
        raise Malformed(_WHAT, "a position beyond 90 or 180 degrees")
    if abs(point[0]) < 10_000 and abs(point[1]) < 10_000:
        raise Malformed(_WHAT, "0, 0 is what an empty form gives: no place was given")
    return point


# ---- writing ------------------------------------------------------------------------------------


def write_features(notices: Sequence[Notice]) -> bytes:
    """One feature for each area of each notice, the status first in the file and in each."""
    status = refuse_mixed(notices)
    features = [
        _spelled(notice, zone, area)
        for notice in notices
        for zone in notice.zones
        for area in zone.areas
    ]
    parts = ",\n".join(features)
    head = f'{{"type":"FeatureCollection","status":"{status.upper()}","features":[\n'
    return f"{head}{parts}\n]}}\n".encode()


def _spelled(notice: Notice, zone: Zone, area: Area) -> str:
    properties = {
        "status": notice.status.upper(),
        "subject": notice.marked_subject,
        "notice": notice.name,
        "format": notice.format,
        "state": notice.state,
        "area": zone.name,
        "radius_m": area.radius_m,
        "edges": "geodesic",
        "windows": [
            {"from": utc(w.start_s), "until": None if w.end_s is None else utc(w.end_s),
             "alternate": w.is_alternate}
            for w in zone.windows
        ],
    }  # fmt: skip
    said = json.dumps(properties, ensure_ascii=False)
    return f'{{"type":"Feature","properties":{said},"geometry":{geometry(area)}}}'


def geometry(area: Area) -> str:
    """An area as a GeoJSON geometry; numbers are written digit by digit, never as floats."""
    if area.kind == "point":
        return f'{{"type":"Point","coordinates":{_pair(area.points[0])}}}'
    if area.kind == "track":
        return f'{{"type":"LineString","coordinates":[{",".join(map(_pair, area.points))}]}}'
    rings = cut(area.points)
    spelled = [f"[[{','.join(map(_pair, ring))}]]" for ring in rings]
    if len(spelled) == 1:
        return f'{{"type":"Polygon","coordinates":{spelled[0]}}}'
    return f'{{"type":"MultiPolygon","coordinates":[{",".join(spelled)}]}}'


def _pair(point: Point) -> str:
    return f"[{plain_degrees(point[0])},{plain_degrees(point[1])}]"


def plain_degrees(value: int) -> str:
    """Degrees with as many decimals as they have, at most seven."""
    whole, part = divmod(abs(value), DEGREE)
    digits = f"{part:07d}".rstrip("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def cut(points: Sequence[Point]) -> list[list[Point]]:
    """A closed ring, cut along 180 degrees into rings that do not cross it."""
    flat = unrolled(points[:-1])
    low, high = min(x for x, _ in flat), max(x for x, _ in flat)
    if low >= -_HALF and high <= _HALF:
        return [list(points)]
    edge = _HALF if high > _HALF else -_HALF
    sides = (_clipped(flat, edge, keep_west=True), _clipped(flat, edge, keep_west=False))
    return [[*ring, ring[0]] for ring in map(_rolled, sides) if len(ring) >= 3]


def _clipped(flat: Sequence[Point], edge: int, *, keep_west: bool) -> list[Point]:
    """The part of a ring on one side of a meridian."""

    def inside(point: Point) -> bool:
        return point[0] <= edge if keep_west else point[0] >= edge

    out: list[Point] = []
    for one, two in zip(flat, [*flat[1:], flat[0]], strict=True):
        if inside(one):
            out.append(one)
        if inside(one) != inside(two) and one[0] != edge and two[0] != edge:
            share = (edge - one[0]) * (two[1] - one[1]) // (two[0] - one[0])
            out.append((edge, one[1] + share))
    return out


def _rolled(ring: Sequence[Point]) -> list[Point]:
    """Longitudes back within 180 degrees, the ring as a whole on one side."""
    if not ring:
        return []
    middle = sum(x for x, _ in ring) // len(ring)
    turn = 2 * _HALF * ((middle + _HALF) // (2 * _HALF))
    return [(x - turn, y) for x, y in ring]
