"""Areas of a navigational warning: what stands behind `bound by`, `between` and `within`.

Shapes   areas(text, lead) -> Shapes: areas, or doubts and no area; `lead` is the text before a list
Units    degrees are integers of 1e-7; radius in metres (a mile is 1,852 m)
Raises   nothing
Source   IHO S-53 part 6; docs/decisions/0014-foreign-notations.md, "Areas"
Never    closes a line that follows a coast, widens a line without a width, gives `vicinity` a size
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from openline.formats.area import Area
from openline.formats.foreign import positions
from openline.formats.foreign.heard import Doubt
from openline.formats.foreign.positions import Point
from openline.formats.foreign.ring import ring_of
from openline.formats.malformed import Malformed

MILE_M: Final = 1_852
_WORDS: Final = (
    "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN", "ELEVEN",
    "TWELVE", "THIRTEEN", "FOURTEEN", "FIFTEEN", "SIXTEEN", "SEVENTEEN", "EIGHTEEN", "NINETEEN",
    "TWENTY",
)  # fmt: skip
_NUMBERS: Final = {word: n for n, word in enumerate(_WORDS, 1)}
_WITHIN: Final = re.compile(
    r"WITHIN\s+(?P<n>\d+(?:\.\d+)?|[A-Z]+)\s+"
    r"(?P<unit>NAUTICAL MILES?|MILES?|NM|METERS|METRES|YARDS)"
    r"\s+(?:RADIUS\s+)?(?:OF|CENTERED ON|CENTRED ON)\b"
)
# `IN AREAS WITHIN: A. 15 MILES OF ... B. 25 MILES OF ...`
_WITHIN_LEAD: Final = re.compile(r"\bWITHIN:?\s")
_LISTED_WITHIN: Final = re.compile(
    r"^\s*(?P<n>\d+(?:\.\d+)?|[A-Z]+)\s+"
    r"(?P<unit>NAUTICAL MILES?|MILES?|NM|METERS|METRES)\s+OF\b"
)
_JOINING: Final = re.compile(r"LINES?\s+JOINING\b")
_BOUND: Final = re.compile(r"\b(?:BOUND(?:ED)?(?:\s+BY)?|LIMITED BY|DELIMITED BY)\b")
_NOT_STRAIGHT: Final = re.compile(
    r"\bCOAST(?:LINE|AL LINE)?\b(?!\.)|\bARC OF\b|\bSHORELINE\b|\bMERIDIAN\b|\bPARALLEL\b"
    r"|\bSECTOR\b|\bSEMICIRCLE\b"
    r"|\bBOUNDARY\b|\bTERRITORIAL LIMIT|\bOUTSIDE\b|\bEXCEPT\b|\bEXCLUDING\b"
)
_UNITS_M: Final = {"NAUTICAL": MILE_M, "MILE": MILE_M, "MILES": MILE_M, "NM": MILE_M,
                   "METERS": 1, "METRES": 1}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a stretch of text says about where."""

    areas: tuple[Area, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class _Unclear(ValueError):
    """A place that was not wholly understood, inside this module only."""


def areas(text: str, lead: str = "") -> Shapes:
    """All areas that the text states, or none and why."""
    whole = f"{lead} {text}"
    try:
        if odd := _NOT_STRAIGHT.search(_after_keyword(whole)):
            raise _Unclear(f"{odd[0].lower()!r} is not a straight edge between positions")
        found = _found(text, whole)
    except (_Unclear, Malformed) as error:
        return Shapes((), (Doubt("area-not-understood", str(error)),))
    return Shapes(tuple(found))


def _after_keyword(text: str) -> str:
    """The text from the word on that introduces a place: headings name coasts as well."""
    starts = [m.start() for p in (_BOUND, _WITHIN, _JOINING) if (m := p.search(text))]
    return text[min(starts) :] if starts else ""


def _found(text: str, whole: str) -> list[Area]:
    box = positions.box(text) if "BETWEEN" in whole else None
    places = positions.find(text)
    if box is not None:
        corners, start, end = box
        if corners is None:
            raise _Unclear("a box between two latitudes and longitudes that cannot be")
        if any(p.end <= start or p.start >= end for p in places):
            raise _Unclear("positions beside a box")
        return [ring_of(corners)]
    if not places:
        return []
    points = _points(places)
    listed = _LISTED_WITHIN.search(text) if _WITHIN_LEAD.search(whole) else None
    if within := _WITHIN.search(whole) or listed:
        radius = _metres(within)
        if _JOINING.search(whole):
            return [Area(tuple(points), radius)]
        return [Area((point,), radius) for point in points]
    if _BOUND.search(whole):
        return [ring_of(points)]
    raise _Unclear("positions without a size or an edge")


def _points(places: Sequence[positions.Position]) -> list[Point]:
    points = [place.point for place in places]
    known = [point for point in points if point is not None]
    if len(known) != len(points):
        raise _Unclear("a position beyond 90 or 180 degrees, or 60 minutes")
    return known


def _metres(within: re.Match[str]) -> int:
    number, unit = within["n"], within["unit"].split()[0]
    count = _NUMBERS.get(number) if number.isalpha() else Fraction(number)
    if count is None or unit not in _UNITS_M:
        raise _Unclear(f"a radius of {number.lower()} {unit.lower()}")
    return round(count * _UNITS_M[unit])
