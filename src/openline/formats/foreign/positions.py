"""Positions inside running text: degrees and minutes with a hemisphere letter on each number.

Shapes   find(text) -> [Position]; a position knows where in the text it stood
Units    degrees are integers of 1e-7, rounded to the nearest
Raises   nothing: what is no position is not found, what cannot be one is a position without value
Source   IHO S-53 (dd-mm.mmN ddd-mm.mmE), ICAO Annex 15 (ddmmssN dddmmssE)
Never    takes a number without a hemisphere letter, or a longitude before its latitude
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from openline.formats.area import DEGREE

Point = tuple[int, int]

_DASHED: Final = (
    r"(?P<{0}deg>\d{{{1}}})[- ](?P<{0}min>\d{{1,2}}(?:\.\d+)?)"
    r"(?:[- ](?P<{0}sec>\d{{1,2}}(?:\.\d+)?))?"
    r"\s?(?P<{0}hemi>[{2}])"
)
_CLOSED: Final = r"(?P<{0}all>\d{{{1}}}(?:\d{{2}})?(?:\.\d+)?)\s?(?P<{0}hemi>[{2}])"
_LED: Final = r"(?P<{0}hemi>[{2}])(?P<{0}all>\d{{{1}}}(?:\d{{2}})?(?:\.\d+)?)"
_GAP: Final = r"[\s,;/–-]{0,4}"
_FORMS: Final = tuple(
    re.compile(r"(?<![\dA-Z.])" + lat + _GAP + lon + r"(?![A-Z])")
    for lat, lon in (
        (_DASHED.format("a", "1,2", "NS"), _DASHED.format("o", "1,3", "EW")),
        (_CLOSED.format("a", "4", "NS"), _CLOSED.format("o", "5", "EW")),
    )
)
_LED_FORM: Final = (
    re.compile(
        r"(?<![\dA-Z.])" + _LED.format("a", "4", "NS") + _GAP + _LED.format("o", "5", "EW")
        + r"(?![\d])"
    ),
)  # fmt: skip
_BOX: Final = re.compile(
    r"(?P<a1>[\d-]+(?:\.\d+)?)\s?(?P<h1>[NS])[\s,]+(?:AND\s+)?(?P<a2>[\d-]+(?:\.\d+)?)\s?(?P<h2>[NS])"
    r",?\s+(?:AND\s+)?(?:BETWEEN\s+)?"
    r"(?P<o1>[\d-]+(?:\.\d+)?)\s?(?P<g1>[EW])[\s,]+(?:AND\s+)?(?P<o2>[\d-]+(?:\.\d+)?)\s?(?P<g2>[EW])"
)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the text. `point` is [longitude, latitude], None where it cannot be one."""

    start: int
    end: int
    point: Point | None


def find(text: str) -> list[Position]:
    """Every position in the order of the text; overlapping readings are taken once."""
    found: list[Position] = []
    for form in (*_FORMS, *_LED_FORM):
        for match in form.finditer(text):
            if not any(p.start < match.end() and match.start() < p.end for p in found):
                found.append(Position(match.start(), match.end(), _point(match)))
    return sorted(found, key=lambda p: p.start)


def box(text: str) -> tuple[tuple[Point, ...] | None, int, int] | None:
    """A box written as two latitudes and two longitudes: its corners, where it stood, or None."""
    match = _BOX.search(text)
    if match is None:
        return None
    south, north = sorted(
        (_dashed(match["a1"], match["h1"]) or 0, _dashed(match["a2"], match["h2"]) or 0)
    )
    west, east = _dashed(match["o1"], match["g1"]), _dashed(match["o2"], match["g2"])
    known = all(_dashed(match[n], match[h]) is not None for n, h in (("a1", "h1"), ("a2", "h2")))
    if not known or west is None or east is None or south == north or west == east:
        return None, match.start(), match.end()
    west, east = sorted((west, east))
    corners = ((west, south), (east, south), (east, north), (west, north))
    return corners, match.start(), match.end()


def _point(match: re.Match[str]) -> Point | None:
    groups = match.groupdict()
    if groups.get("aall") is not None:
        latitude = _closed(groups["aall"], 2, groups["ahemi"])
        longitude = _closed(groups["oall"], 3, groups["ohemi"])
    else:
        latitude = _angle(groups["adeg"], groups["amin"], groups["asec"], groups["ahemi"])
        longitude = _angle(groups["odeg"], groups["omin"], groups["osec"], groups["ohemi"])
    if latitude is None or longitude is None:
        return None
    return longitude, latitude


def _closed(digits: str, degrees: int, hemisphere: str) -> int | None:
    whole, _, part = digits.partition(".")
    rest = whole[degrees:]
    fraction = f".{part}" if part else ""
    if len(rest) == 2:
        return _angle(whole[:degrees], rest + fraction, None, hemisphere)
    return _angle(whole[:degrees], rest[:2], rest[2:] + fraction, hemisphere)


def _dashed(text: str, hemisphere: str) -> int | None:
    parts = text.split("-")
    if len(parts) not in (2, 3) or not all(parts):
        return None
    return _angle(parts[0], parts[1], parts[2] if len(parts) == 3 else None, hemisphere)


def _angle(degrees: str, minutes: str, second: str | None, hemisphere: str) -> int | None:
    """Integers of 1e-7 degree; None where minutes, seconds or degrees go beyond their range."""
    minute, sec = Fraction(minutes), Fraction(second or 0)
    if minute >= 60 or sec >= 60:
        return None
    value = (Fraction(degrees) + minute / 60 + sec / 3600) * DEGREE
    limit = 90 if hemisphere in "NS" else 180
    if value > limit * DEGREE:
        return None
    return round(-value if hemisphere in "SW" else value)
