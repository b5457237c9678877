"""The area that item E of a NOTAM writes out: a ring of positions or a circle, with its limits.

Shapes   areas(text, lower, upper) -> areas, empty where the text writes none
Units    degrees are integers of 1e-7; metres (1 NM = 1,852 m, 1 ft = 0.3048 m, FL = 100 ft)
Raises   Unclear, Malformed
Source   ICAO Annex 15; docs/decisions/0014-foreign-notations.md, "Areas"
Never    joins positions of a route, an arc or a border into a ring
"""

import re
from fractions import Fraction
from typing import Final

from openline.formats.area import Area
from openline.formats.foreign import positions
from openline.formats.foreign.positions import Point, Position
from openline.formats.foreign.ring import ring_of

_NM_M: Final = 1_852
_FOOT_M: Final = Fraction(3048, 10_000)
_BOUND: Final = re.compile(
    r"\bBOUNDE?D?\b|\bAREA\b|\bWI\b|\bWITHIN\b|\bCOORD|\bLATERAL LIMIT|\bPOINTS?\b|\bDEFINED AS\b"
)
_CIRCLE: Final = re.compile(
    r"(?:(?P<n1>\d+(?:\.\d+)?)\s?(?P<u1>NM|KM|M)\s+RADIUS|"
    r"RADIUS\s*(?:OF)?\s*:?\s*(?P<n2>\d+(?:\.\d+)?)\s?(?P<u2>NM|KM|M)\b)"
)
_CIRCLE_WORDS: Final = re.compile(r"\b(?:CIRCLE|RADIUS|CENTE?RE?D?)\b")
_NOT_STRAIGHT: Final = re.compile(
    r"\bARC\b|\bBORDER\b|\bCOAST|\bFIR BOUNDARY\b|\bBOUNDARY OF\b|\bSECTOR\s+(?:OF|BTN)\b|\bALONG\b"
    r"|\bCLOCKWISE\b|\bEITHER SIDE\b|\bEXCLUDING\b|\bBUFFER\b|\bCORRIDOR\b|\bTRACK\b"
)
_METRES: Final = {"NM": Fraction(_NM_M), "KM": Fraction(1000), "M": Fraction(1)}
_HEIGHT: Final = re.compile(
    r"^(?:(?P<ground>SFC|GND|MSL)|(?P<open>UNL)|FL\s?(?P<fl>\d{1,3})"
    r"|(?P<n>\d{1,6})\s?(?P<unit>FT|M)(?:\s?(?P<ref>AMSL|MSL|AGL|ASFC))?)\b"
)
_REFERENCES: Final = {"AMSL": "msl", "MSL": "msl", "AGL": "agl", "ASFC": "agl"}


class Unclear(ValueError):
    """An area that was not wholly understood: the caller makes a doubt of it."""


def areas(text: str, lower: str, upper: str) -> tuple[Area, ...]:
    """All areas of the text; a ring is a chain of positions that returns to its first."""
    found = _positions(text)
    if not found:
        return ()
    if odd := _NOT_STRAIGHT.search(text):
        raise Unclear(f"{odd[0].lower()!r} is not a straight edge between positions")
    limits = _limits(lower, upper)
    if circle := _CIRCLE.search(text):
        points = _points(found)
        radius = Fraction(circle["n1"] or circle["n2"]) * _METRES[circle["u1"] or circle["u2"]]
        if len(set(points)) != 1 or len(_CIRCLE.findall(text)) != 1:
            raise Unclear("a radius and more than one position")
        return (Area((points[0],), round(radius), *limits),)
    if _CIRCLE_WORDS.search(text):
        raise Unclear("a circle without a radius that is a number with its unit")
    if not _BOUND.search(text):
        raise Unclear("positions that bound nothing")
    chains = _chains(text, found)
    return tuple(Area(ring_of(chain).points, 0, *limits) for chain in chains)


def _positions(text: str) -> list[Position]:
    """Positions of the text; where a line end broke a number, of the text with it joined."""
    found, joined = positions.find(text), _joined(text)
    return joined if len(joined) > len(found) else found


def _joined(text: str) -> list[Position]:
    """Positions found with the spaces between digits taken out, at their places in the text."""
    gaps = {at for gap in re.finditer(r"(?<=\d)\s+(?=\d)", text) for at in range(*gap.span())}
    places = [at for at in range(len(text)) if at not in gaps]
    bare = "".join(text[at] for at in places)
    return [Position(places[p.start], places[p.end - 1] + 1, p.point) for p in positions.find(bare)]


def _points(found: list[Position]) -> list[Point]:
    points = [each.point for each in found]
    known = [point for point in points if point is not None]
    if len(known) != len(points):
        raise Unclear("a position beyond 90 or 180 degrees, or 60 minutes")
    return known


def _chains(text: str, found: list[Position]) -> list[list[Point]]:
    """Positions cut where words stand between them; each chain must be a ring of its own."""
    points = _points(found)
    chains: list[list[Point]] = [[]]
    for at, point in enumerate(points):
        between = text[found[at - 1].end : found[at].start] if at else ""
        closes = len(chains[-1]) > 3 and chains[-1][0] == chains[-1][-1]
        if closes and point == chains[-1][0]:  # the first position once more, in brackets
            continue
        if closes or (at and re.search(r"[A-Z]{2,}", _joints_out(between))):
            chains.append([])
        chains[-1].append(point)
    if len(chains) > 1 and any(chain[0] != chain[-1] for chain in chains):
        raise Unclear("several chains of positions that do not close")
    return chains


def _joints_out(between: str) -> str:
    return re.sub(r"\b(?:TO|AND|THEN|THENCE|POINT)\b", "", between)


def _limits(lower: str, upper: str) -> tuple[int | None, int | None, str]:
    """Items F and G as metres; with two references, or one not understood, unknown."""
    low, high = _height(lower), _height(upper)
    references = {each[1] for each in (low, high) if each[1]}
    reference = references.pop() if len(references) == 1 else "unknown"
    if low[0] is not None and high[0] is not None and high[0] < low[0]:
        raise Unclear("the upper limit lies below the lower")
    return low[0], high[0], reference


def _height(text: str) -> tuple[int | None, str]:
    match = _HEIGHT.match(text.strip())
    if match is None or match["open"]:
        return None, ""
    if match["ground"]:
        return 0, ""
    if match["fl"]:
        return round(int(match["fl"]) * 100 * _FOOT_M), "unknown"
    number = Fraction(match["n"]) * (_FOOT_M if match["unit"] == "FT" else 1)
    return round(number), _REFERENCES.get(match["ref"] or "", "unknown")
