"""Whether a site lies in the administrative area that it says, by the operator's own file.

Shapes   misplaced(areas, fields) -> Remarks, one for each level that does not fit
Units    positions are (longitude, latitude) in 1e-7 degree
Raises   nothing
Source   humanitarian practice: latitude and longitude exchanged, a sign left out, minutes written
         as decimals, are how a hospital came to stand in the next province
Never    corrects a position: what it might have been is said, and a person looks
"""

from collections.abc import Iterator, Mapping
from typing import Final

from openline.deconflict.form_rules import Remark, area
from openline.formats.admin_areas import AdminArea, AdminAreas, Point
from openline.formats.area import DEGREE
from openline.formats.openjson import Value

_POINT: Final = "point"
_LEVELS: Final = ("admin.level3", "admin.level2", "admin.level1")
_MINUTES: Final = 60
_WORDS: Final[Mapping[str, str]] = {
    "admin.swapped": "with latitude and longitude exchanged it would lie there",
    "admin.signs": "with another sign (north or south, east or west) it would lie there",
    "admin.minutes": "it would lie there if the decimals were meant as minutes",
}


def misplaced(areas: AdminAreas, fields: Mapping[str, Value]) -> Iterator[Remark]:
    """What does not fit between a position and the areas that stand beside it."""
    place = area(fields, _POINT) if areas else None
    if place is None:
        return
    for path in _LEVELS:
        stated = fields.get(path)
        if not isinstance(stated, str) or not stated:
            continue
        named = areas.named(stated)
        if not named:
            words = f"No area of this node's file is called {stated[:60]!r}: NOT CHECKED."
            yield Remark(path, "admin.not-listed", words, False)
        elif not _lies_in(named, place.points[0]):
            code = _reason(named, place.points[0])
            why = f"; {_WORDS[code]}" if code in _WORDS else ""
            yield Remark(_POINT, code, f"It does not lie in {stated[:60]}{why}.", False)


def _lies_in(named: tuple[AdminArea, ...], point: Point) -> bool:
    return any(each.holds(point) for each in named)


def _reason(named: tuple[AdminArea, ...], point: Point) -> str:
    """The slip of writing by which it would lie there."""
    for code, meant in _slips(point):
        if _lies_in(named, meant):
            return code
    return "admin.outside"


def _slips(point: Point) -> Iterator[tuple[str, Point]]:
    x, y = point
    yield "admin.swapped", (y, x)
    for east, north in ((-x, y), (x, -y), (-x, -y)):
        yield "admin.signs", (east, north)
    for degrees in (_from_minutes, _from_seconds):
        east_, north_ = degrees(x), degrees(y)
        if east_ is not None and north_ is not None:
            yield "admin.minutes", (east_, north_)


def _from_minutes(degree: int) -> int | None:
    """12.3045 read as 12 degrees 30.45 minutes."""
    whole, part = divmod(abs(degree), DEGREE)
    if part >= DEGREE * _MINUTES // 100:
        return None
    return (-1 if degree < 0 else 1) * (whole * DEGREE + part * 100 // _MINUTES)


def _from_seconds(degree: int) -> int | None:
    """12.3045 read as 12 degrees 30 minutes 45 seconds."""
    whole, part = divmod(abs(degree), DEGREE)
    minutes, rest = divmod(part, DEGREE // 100)
    seconds = rest * 10_000 // DEGREE
    if minutes >= _MINUTES or seconds >= _MINUTES:
        return None
    exact = minutes * DEGREE // _MINUTES + rest * 100 // _MINUTES * 100 // _MINUTES
    return (-1 if degree < 0 else 1) * (whole * DEGREE + exact)
