"""Whether two spellings name the same place: the step of the coarser one decides.

Shapes   same_place(told, read) -> True, False, or None where one of them is no place
Units    metres
Raises   nothing
Source   docs/decisions/0014-foreign-notations.md, "Read back"; Deir ez-Zor, 17 September 2016
Never    compares shapes: two areas are the same place only if they are single points
"""

import math
from typing import Final

from openline.errors import OpenlineError
from openline.formats.area import DEGREE, read_area
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.place.read import Place, read_place

_DEGREE_M: Final = 111_195
# What an area without a typed text is exact to: one integer of 1e-7 degree, 11 mm.
_EXACT_M: Final = 0.02


def same_place(told: Value, read: Value) -> bool | None:
    """Whether a value that was read back names the place that was told."""
    one, other = _place(told), _place(read)
    if one is None or other is None:
        return None
    return distance_m(one, other) <= one.tolerance_m + other.tolerance_m


def distance_m(one: Place, other: Place) -> float:
    """Metres between two near places; far ones need no exact number."""
    north = (one.latitude - other.latitude) / DEGREE
    east = abs(one.longitude - other.longitude) / DEGREE
    east = min(east, 360 - east) * math.cos(math.radians(one.latitude / DEGREE))
    return math.hypot(north, east) * _DEGREE_M


def _place(value: Value) -> Place | None:
    """A typed text, or an area of one point without width."""
    try:
        if isinstance(value, str):
            return read_place(value)
        if not isinstance(value, dict):
            return None
        area = read_area(value)
        if area.kind != "point":
            return None
        typed = value.get("typed")
        if isinstance(typed, str):
            said = read_place(typed)
            step_m, accuracy_m = said.step_m, said.accuracy_m
            return Place(typed, said.notation, said.datum, *area.points[0], step_m, accuracy_m)
        return Place("", "decimal", "WGS 84", *area.points[0], _EXACT_M)
    except (OpenlineError, Malformed):
        return None
