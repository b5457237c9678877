"""Digital NOTAM (AIXM 5.1.1): the text NOTAM inside each event, and the area that comes with it.

Shapes   read_digital(data) -> (Heard, ...): one for each text NOTAM in the message
Units    unix seconds UTC; degrees are integers of 1e-7
Raises   Malformed, HostileMarkup
Source   AIXM 5.1.1 and its event extension; GML 3.2 (positions in the order latitude, longitude)
Never    reads an area from a baseline it has not got, or a curve that is not straight
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from openline.formats.area import DEGREE, Area
from openline.formats.foreign.heard import Doubt, Heard, Zone
from openline.formats.foreign.markup import below, local, parse, text_of
from openline.formats.foreign.notam import read_notam
from openline.formats.foreign.ring import Point, ring_of
from openline.formats.malformed import Malformed

_WHAT: Final = "digital NOTAM"
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,18})?")
_CURVES: Final = ("ArcByCenterPoint", "CircleByCenterPoint", "Arc", "CurveMember", "pointProperty")
_FIELDS: Final = (
    ("A", "location"),
    ("B", "effectiveStart"),
    ("C", "effectiveEnd"),
    ("D", "schedule"),
    ("E", "text"),
    ("F", "lowerLimit"),
    ("G", "upperLimit"),
)


def read_digital(data: bytes) -> tuple[Heard, ...]:
    """Every text NOTAM of an AIXM message; the message's own area replaces the written one."""
    root = parse(data, _WHAT)
    if local(root) != "AIXMBasicMessage":
        raise Malformed(_WHAT, "the root element is not AIXMBasicMessage")
    notices = below(root, "NOTAM")
    if not notices:
        raise Malformed(_WHAT, "no text NOTAM inside")
    areas, doubt = _areas(root)
    return tuple(
        _with_area(read_notam(_spelled(each)), areas, doubt, len(notices)) for each in notices
    )


def _spelled(notice: Element) -> str:
    """The fields of an event as the NOTAM that they stand for."""
    part = {local(child): text_of(child) for child in notice}
    try:
        number, year = int(part["number"]), int(part["year"]) % 100
        head = f"{part['series']}{number:04d}/{year:02d} NOTAM{part['type']}"
    except (KeyError, ValueError):
        raise Malformed(_WHAT, "series, number, year or type is missing") from None
    if part.get("referredSeries") and part.get("referredNumber"):
        old_year = int(part.get("referredYear") or year) % 100
        head += f" {part['referredSeries']}{int(part['referredNumber']):04d}/{old_year:02d}"
    code = part.get("selectionCode", "")
    lines = [head, f"Q) {part.get('affectedFIR', '')}/{code}/"]
    for letter, name in _FIELDS:
        value = part.get(name, "")
        if name == "schedule":
            value = re.sub(r"(?<=\d):(?=\d)", "", value)
        if value:
            lines.append(f"{letter}) {value}")
    return "\n".join(lines)


def _with_area(heard: Heard, areas: tuple[Area, ...], doubt: str, count: int) -> Heard:
    """The notice with the area of its message, where that is one area for one notice."""
    kept = tuple(
        d for d in heard.doubts if d.code not in ("nothing-to-check", "area-not-understood")
    )
    if doubt:
        doubts = (*heard.doubts, Doubt("area-not-understood", doubt))
        return replace(heard, notation="digital-notam", doubts=doubts)
    if areas and count == 1:
        windows = heard.windows
        zones = (Zone(heard.zones[0].name if heard.zones else "", areas, windows),)
        return replace(heard, notation="digital-notam", zones=zones, doubts=kept)
    return replace(heard, notation="digital-notam")


def _areas(root: Element) -> tuple[tuple[Area, ...], str]:
    """The rings that the message draws, or why they are not read."""
    surfaces = [s for s in below(root, "Surface") if below(s, "posList") or below(s, "pos")]
    if not surfaces:
        return (), ""
    if any(local(each) in _CURVES for s in surfaces for each in s.iter()):
        return (), "an edge that is an arc or a circle"
    try:
        return tuple(ring_of(_points(surface)) for surface in surfaces), ""
    except Malformed as error:
        return (), str(error)


def _points(surface: Element) -> list[Point]:
    if below(surface, "interior"):
        raise Malformed(_WHAT, "an area with a hole")
    srs = surface.get("srsName", "")
    if srs and not srs.endswith("4326"):
        raise Malformed(_WHAT, "positions in a reference system that is not read")
    numbers = list(_numbers(surface))
    if len(numbers) % 2:
        raise Malformed(_WHAT, "an odd count of numbers")
    return [
        (round(lon * DEGREE), round(lat * DEGREE))
        for lat, lon in zip(numbers[::2], numbers[1::2], strict=True)
    ]


def _numbers(surface: Element) -> Iterator[Fraction]:
    for element in surface.iter():
        if local(element) in ("posList", "pos"):
            for word in text_of(element).split():
                if not _NUMBER.fullmatch(word):
                    raise Malformed(_WHAT, "a position is not a number")
                yield Fraction(word)
