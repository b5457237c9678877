"""Cursor on Target events: read as notices told elsewhere, written from areas and windows.

Shapes   read_event(data) -> Heard · write_event(Event) -> bytes
Units    unix seconds UTC; degrees are integers of 1e-7, written with seven decimals; metres
Raises   Malformed, HostileMarkup
Source   CoT event schema 2.0 (MITRE MP090284); type tree in docs/SOURCES.md
Never    rounds a position (clients that keep four decimals are 11 m off), gives a side to anybody
"""

import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from openline.formats.area import DEGREE, Area
from openline.formats.foreign.cap import decimal
from openline.formats.foreign.heard import Doubt, Heard, Window, Zone
from openline.formats.foreign.markup import below, local, parse, text_of
from openline.formats.foreign.ring import Point, ring_of
from openline.formats.malformed import Malformed
from openline.formats.spell import utc

_WHAT: Final = "CoT event"
UNKNOWN_M: Final = 9_999_999
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")
_NUMBER: Final = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,18})?")
# Drawn shapes and a spot on the map: types that say nothing about whose it is.
_TYPES: Final = {"point": "b-m-p-s-m", "ring": "u-d-f", "track": "u-d-f", "circle": "u-d-c-c"}


def read_event(data: bytes) -> Heard:
    """One event: a point with its circular error, a circle or a drawn ring, from start to stale."""
    root = parse(data, _WHAT)
    if root.tag != "event":
        raise Malformed(_WHAT, "the root element is not event")
    for name in ("uid", "type", "time", "start", "stale"):
        if not root.get(name):
            raise Malformed(_WHAT, f"{name} is required")
    start_s, stale_s = _time("start", root), _time("stale", root)
    if stale_s < start_s:
        raise Malformed(_WHAT, "stale lies before start")
    point = root.find("point")
    if point is None:
        raise Malformed(_WHAT, "point is required")
    doubts: list[Doubt] = []
    area = _area(root, point, doubts)
    zones = (Zone("", (area,), (Window(start_s, stale_s),)),) if area else ()
    contact = next(iter(below(root, "contact")), None)
    subject = (contact.get("callsign") if contact is not None else None) or str(root.get("type"))
    return Heard(
        "cot", str(root.get("uid")), data.decode("utf-8", "replace"), "new", _time("time", root),
        zones, subject=subject, doubts=tuple(doubts), remarks=tuple(_remarks(root)),
    )  # fmt: skip


def _remarks(root: Element) -> list[str]:
    found = [text_of(each) for each in below(root, "remarks")]
    return [each for each in found if each]


def _time(name: str, root: Element) -> int:
    text = str(root.get(name))
    if not _TIME.fullmatch(text):
        raise Malformed(_WHAT, f"{name} is not a time like 2026-02-20T08:00:00Z")
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        raise Malformed(_WHAT, f"{name} is no day or hour that exists") from None


def _number(name: str, text: str | None) -> Fraction:
    if text is None or not _NUMBER.fullmatch(text):
        raise Malformed(_WHAT, f"{name} is not a number")
    return Fraction(text)


def _point(latitude: str | None, longitude: str | None) -> Point:
    lat, lon = _number("lat", latitude), _number("lon", longitude)
    if abs(lat) > 90 or abs(lon) > 180:
        raise Malformed(_WHAT, "a position beyond 90 or 180 degrees")
    return round(lon * DEGREE), round(lat * DEGREE)


def _area(root: Element, point: Element, doubts: list[Doubt]) -> Area | None:
    """The drawn shape if there is one, else the point widened by its error where it is known."""
    corners = [
        _point(*[*each.get("point", "").split(","), ""][:2])
        for each in below(root, "link")
        if each.get("point")
    ]
    centre = _point(point.get("lat"), point.get("lon"))
    if corners:
        if corners[0] == corners[-1] and len(corners) > 3:
            return ring_of(corners)
        doubts.append(Doubt("area-not-understood", "a line without a width"))
        return None
    for ellipse in below(root, "ellipse"):
        major = _number("major", ellipse.get("major"))
        if major != _number("minor", ellipse.get("minor")):
            doubts.append(Doubt("area-not-understood", "an ellipse that is no circle"))
            return None
        return Area((centre,), round(major))
    if any(local(each) == "shape" for each in root.iter()):
        doubts.append(Doubt("area-not-understood", "a shape that is not read"))
        return None
    error = _number("ce", point.get("ce"))
    return Area((centre,), 0 if error >= 999_999 else round(error))


@dataclass(frozen=True, slots=True)
class Event:
    """What an exported area says as one event. `status` comes first in name and remarks."""

    uid: str
    callsign: str
    remarks: str
    time_s: int
    window: Window
    area: Area


def write_event(event: Event) -> bytes:
    """One event; an open end cannot be said, so the caller gives none such."""
    if event.window.end_s is None:
        raise Malformed(_WHAT, "an open end: every event has a stale time")
    area = event.area
    circle = area.kind == "point" and area.radius_m
    if (area.kind == "track") or (area.kind == "ring" and area.radius_m):
        raise Malformed(_WHAT, "a track or a widened ring has no spelling that all clients read")
    root = Element(
        "event", version="2.0", uid=event.uid, type=_TYPES["circle" if circle else area.kind],
        how="h-e", time=utc(event.time_s), start=utc(event.window.start_s),
        stale=utc(event.window.end_s),
    )  # fmt: skip
    longitude, latitude = area.points[0]
    SubElement(
        root, "point", lat=decimal(latitude, DEGREE), lon=decimal(longitude, DEGREE),
        hae=str(UNKNOWN_M), ce=str(UNKNOWN_M), le=str(UNKNOWN_M),
    )  # fmt: skip
    detail = SubElement(root, "detail")
    SubElement(detail, "contact", callsign=event.callsign)
    SubElement(detail, "remarks").text = event.remarks
    if circle:
        shape = SubElement(detail, "shape")
        size = str(area.radius_m)
        SubElement(shape, "ellipse", major=size, minor=size, angle="360")
    elif area.kind == "ring":
        for x, y in area.points:
            SubElement(detail, "link", point=f"{decimal(y, DEGREE)},{decimal(x, DEGREE)}")
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data
