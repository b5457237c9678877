"""An area on the earth: what an item of type `area` holds, and which positions cannot be right.

Shapes   {"points": [[longitude, latitude]...], "radius_m", "lower_m", "upper_m", "reference",
         "typed": the text that the points were read from, as it was typed}
Units    degrees are integers of 1e-7; radius and limits are metres
Raises   Malformed
Source   docs/formats.md, "Places"; docs/PROTOCOL.md part 2 (no floats)
Never    measures or intersects: deconflict does; never guesses which way round two numbers were

Longitude comes first, as in GeoJSON (RFC 7946) and in the known answer of vectors/messages.json,
whose ring near 30 E, 50 N would lie in a sea the other way round. Because people write latitude
first, nothing ever shows a bare pair: render.py writes N, S, E or W behind each number.
"""

from dataclasses import dataclass
from typing import Final

from openline.formats.malformed import Malformed
from openline.formats.openjson import Value

DEGREE: Final = 10_000_000
POINTS_MAX: Final = 1_000
TYPED_CHARACTERS_MAX: Final = 2_000
RADIUS_MAX_M: Final = 20_040_000  # half the way round the earth
HEIGHT_MAX_M: Final = 100_000_000
REFERENCES: Final = ("agl", "msl", "wgs84", "unknown")
_WHAT: Final = "area"
_KEYS: Final = frozenset({"points", "radius_m", "lower_m", "upper_m", "reference", "typed"})


@dataclass(frozen=True, slots=True)
class Area:
    """A point, a track or a ring (last point equal to the first), widened by a radius."""

    points: tuple[tuple[int, int], ...]
    radius_m: int = 0
    lower_m: int | None = None
    upper_m: int | None = None
    reference: str = "unknown"

    @property
    def kind(self) -> str:
        """point, track or ring."""
        if len(self.points) == 1:
            return "point"
        return "ring" if self.points[0] == self.points[-1] else "track"


def read_area(value: Value) -> Area:
    """The area that a field value spells; refuses what cannot be a place."""
    if not isinstance(value, dict) or not set(value) <= _KEYS:
        raise Malformed(_WHAT, f"an object with no other keys than {', '.join(sorted(_KEYS))}")
    points = _points(value.get("points"))
    radius = _metres(value, "radius_m", 0, RADIUS_MAX_M)
    lower = _metres(value, "lower_m", -HEIGHT_MAX_M, HEIGHT_MAX_M)
    upper = _metres(value, "upper_m", -HEIGHT_MAX_M, HEIGHT_MAX_M)
    if lower is not None and upper is not None and upper < lower:
        raise Malformed(_WHAT, "the upper limit lies below the lower")
    reference = value.get("reference", "unknown")
    if not isinstance(reference, str) or reference not in REFERENCES:
        raise Malformed(_WHAT, f"reference is not one of {', '.join(REFERENCES)}")
    typed = value.get("typed")
    if typed is not None and not (isinstance(typed, str) and _is_line(typed)):
        raise Malformed(_WHAT, f"typed is not a line of 1 to {TYPED_CHARACTERS_MAX} characters")
    area = Area(points, radius or 0, lower, upper, reference)
    _check_shape(area)
    return area


def area_value(area: Area, typed: str = "") -> Value:
    """How a field spells an area, with the text that it was read from."""
    points: list[Value] = [[longitude, latitude] for longitude, latitude in area.points]
    value: dict[str, Value] = {"points": points}
    if area.radius_m:
        value["radius_m"] = area.radius_m
    for key, metres in (("lower_m", area.lower_m), ("upper_m", area.upper_m)):
        if metres is not None:
            value[key] = metres
    if area.reference != "unknown":
        value["reference"] = area.reference
    if typed:
        value["typed"] = typed
    return value


def _is_line(text: str) -> bool:
    return 1 <= len(text) <= TYPED_CHARACTERS_MAX and text.isprintable()


def _points(value: Value | None) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= POINTS_MAX:
        raise Malformed(_WHAT, f"points is not a list of 1 to {POINTS_MAX} positions")
    points: list[tuple[int, int]] = []
    for each in value:
        if not isinstance(each, list) or len(each) != 2:
            raise Malformed(_WHAT, "a position is not [longitude, latitude]")
        longitude, latitude = each
        if type(longitude) is not int or type(latitude) is not int:
            raise Malformed(_WHAT, "degrees are not integers of 1e-7")
        if abs(latitude) > 90 * DEGREE and abs(longitude) <= 90 * DEGREE:
            raise Malformed(_WHAT, "latitude beyond 90 degrees: longitude comes first")
        if abs(latitude) > 90 * DEGREE or abs(longitude) > 180 * DEGREE:
            raise Malformed(_WHAT, "longitude beyond 180 or latitude beyond 90 degrees")
        points.append((longitude, latitude))
    return tuple(points)


def _metres(value: dict[str, Value], key: str, low: int, high: int) -> int | None:
    metres = value.get(key)
    if metres is None:
        return None
    if type(metres) is not int or not low <= metres <= high:
        raise Malformed(_WHAT, f"{key} is not a number of metres from {low} to {high}")
    return metres


def _check_shape(area: Area) -> None:
    if all(abs(degree) <= 180 for point in area.points for degree in point):
        raise Malformed(_WHAT, "within 180 units of 0, 0: whole degrees, or a position left out")
    if any(a == b for a, b in zip(area.points, area.points[1:], strict=False)):
        raise Malformed(_WHAT, "a position is repeated at once")
    if area.kind == "ring" and len(area.points) < 4:
        raise Malformed(_WHAT, "a ring has at least three corners and then its first again")
