"""KML 2.2: notices as placemarks, the status first in every name.

Shapes   write_kml(notices) -> bytes
Units    decimal degrees, longitude first; a circle is drawn as a ring around it, never inside it
Raises   MixedStatus, NothingToExport
Source   OGC 12-007r2 (KML 2.3), sections 9 and 10
Never    links to anything outside the file
"""

import math
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from openline.formats.area import DEGREE, Area
from openline.formats.export.geojson import cut, plain_degrees
from openline.formats.export.notice import Notice, refuse_mixed
from openline.formats.foreign.heard import Window, Zone
from openline.formats.foreign.ring import Point
from openline.formats.spell import utc

NAMESPACE: Final = "http://www.opengis.net/kml/2.2"
CORNERS: Final = 72
_EARTH_M: Final = 6_356_752  # the smallest radius, so that a drawn circle is never too small


def write_kml(notices: Sequence[Notice]) -> bytes:
    """One placemark for each area and window."""
    status = refuse_mixed(notices)
    root = Element("kml", xmlns=NAMESPACE)
    document = SubElement(root, "Document")
    SubElement(document, "name").text = f"{status.upper()}: {notices[0].title}"
    for notice in notices:
        for zone in notice.zones:
            for area in zone.areas:
                for window in zone.windows or (None,):
                    _placemark(document, notice, zone, area, window)
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _placemark(
    document: Element, notice: Notice, zone: Zone, area: Area, window: Window | None
) -> None:
    mark = SubElement(document, "Placemark")
    SubElement(mark, "name").text = f"{notice.status.upper()}: {notice.subject} {zone.name}".strip()
    facts = [notice.name, notice.format, notice.state]
    if area.radius_m:
        facts.append(f"radius {area.radius_m} m")
    if window is not None and window.is_alternate:
        facts.append("alternate window")
    SubElement(mark, "description").text = "; ".join(facts)
    if window is not None:
        span = SubElement(mark, "TimeSpan")
        SubElement(span, "begin").text = utc(window.start_s)
        if window.end_s is not None:
            SubElement(span, "end").text = utc(window.end_s)
    _geometry(mark, area)


def _geometry(mark: Element, area: Area) -> None:
    if area.kind == "track":
        line = SubElement(mark, "LineString")
        SubElement(line, "tessellate").text = "1"
        SubElement(line, "coordinates").text = _listed(area.points)
    elif area.kind == "point" and not area.radius_m:
        SubElement(SubElement(mark, "Point"), "coordinates").text = _listed(area.points)
    else:
        ring = area.points if area.kind == "ring" else circle(area.points[0], area.radius_m)
        parent = SubElement(mark, "MultiGeometry")
        for each in cut(ring):
            polygon = SubElement(parent, "Polygon")
            SubElement(polygon, "tessellate").text = "1"
            outer = SubElement(SubElement(polygon, "outerBoundaryIs"), "LinearRing")
            SubElement(outer, "coordinates").text = _listed(each)


def _listed(points: Sequence[Point]) -> str:
    return " ".join(f"{plain_degrees(x)},{plain_degrees(y)}" for x, y in points)


def circle(centre: Point, radius_m: int) -> tuple[Point, ...]:
    """A ring of 72 corners around a circle, for drawing only."""
    longitude, latitude = (math.radians(each / DEGREE) for each in centre)
    angle = radius_m / _EARTH_M / math.cos(math.pi / CORNERS)
    points = []
    for step in range(CORNERS):
        way = 2 * math.pi * step / CORNERS
        north = math.asin(
            math.sin(latitude) * math.cos(angle)
            + math.cos(latitude) * math.sin(angle) * math.cos(way)
        )
        east = longitude + math.atan2(
            math.sin(way) * math.sin(angle) * math.cos(latitude),
            math.cos(angle) - math.sin(latitude) * math.sin(north),
        )
        turned = (math.degrees(east) + 180) % 360 - 180
        points.append((round(turned * DEGREE), round(math.degrees(north) * DEGREE)))
    return (*points, points[0])
