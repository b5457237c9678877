"""CAP 1.2 alerts, read as notices told elsewhere and written from areas and windows.

Shapes   read_alert(data) -> Heard · write_alert(Alert) -> bytes
Units    unix seconds UTC; degrees are integers of 1e-7; a circle's radius is kilometres in the file
Raises   Malformed, HostileMarkup
Source   OASIS CAP 1.2 (2010): section 3.2, and the schema's pattern for times
Never    writes Z for UTC (the schema wants -00:00), or an update that names no alert
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from openline.formats.area import DEGREE, Area
from openline.formats.foreign.heard import Doubt, Heard, Window, Zone, windows_of
from openline.formats.foreign.markup import local, parse, text_of
from openline.formats.foreign.ring import Point, ring_of
from openline.formats.malformed import Malformed
from openline.formats.spell import utc

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
_WHAT: Final = "CAP alert"
_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"
STATUSES: Final = ("Actual", "Exercise", "System", "Test", "Draft")
_KINDS: Final = {"Alert": "new", "Update": "replaces", "Cancel": "cancels"}
_NO_NOTICES: Final = ("Ack", "Error")
_CODES: Final = {
    "scope": ("Public", "Restricted", "Private"),
    "category": ("Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env",
                 "Transport", "Infra", "CBRNE", "Other"),
    "urgency": ("Immediate", "Expected", "Future", "Past", "Unknown"),
    "severity": ("Extreme", "Severe", "Moderate", "Minor", "Unknown"),
    "certainty": ("Observed", "Likely", "Possible", "Unlikely", "Unknown"),
}  # fmt: skip
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
_PAIR: Final = re.compile(r"([+-]?\d{1,2}(?:\.\d+)?),([+-]?\d{1,3}(?:\.\d+)?)")


def read_alert(data: bytes) -> Heard:
    """One alert; the text of the notice is the file itself, as it came."""
    root = parse(data, _WHAT)
    if root.tag != f"{{{NAMESPACE}}}alert":
        named = "another version" if ":cap:1." in root.tag else "no alert"
        raise Malformed(_WHAT, f"not CAP 1.2 ({named})")
    head = {local(child): text_of(child) for child in root if local(child) != "info"}
    for name in ("identifier", "sender", "sent", "status", "msgType", "scope"):
        if not head.get(name):
            raise Malformed(_WHAT, f"{name} is required")
    _one_of("status", head["status"], STATUSES)
    _one_of("scope", head["scope"], _CODES["scope"])
    _one_of("msgType", head["msgType"], (*_KINDS, *_NO_NOTICES))
    if head["status"] == "Draft" or head["msgType"] in _NO_NOTICES:
        raise Malformed(_WHAT, f"{head['status']} {head['msgType']} tells nothing of its own")
    references = tuple(_references(head.get("references", "")))
    kind = _KINDS[head["msgType"]]
    if kind != "new" and not references:
        raise Malformed(_WHAT, f"an {head['msgType']} that names no alert")
    sent_s = _time("sent", head["sent"])
    infos = [child for child in root if local(child) == "info"]
    zones, doubts = _zones(infos, sent_s) if kind != "cancels" else ((), ())
    remarks = (
        ("signed; the signature was not checked",) if root.find(_SIGNATURE) is not None else ()
    )
    event = text_of(infos[0].find(f"{{{NAMESPACE}}}event")) if infos else ""
    number = f"{head['sender']},{head['identifier']},{head['sent']}"
    return Heard(
        "cap", number, _decoded(data), kind, sent_s, zones, references,
        status=head["status"], subject=event, doubts=doubts, remarks=remarks,
    )  # fmt: skip


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise Malformed(_WHAT, f"{name} is not one of {', '.join(known)}")


def _time(name: str, text: str) -> int:
    if not _TIME.fullmatch(text):
        raise Malformed(_WHAT, f"{name} is not a time like 2026-02-20T08:00:00-00:00")
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        raise Malformed(_WHAT, f"{name} is no day or hour that exists") from None


def _references(text: str) -> Iterator[str]:
    for each in text.split():
        parts = each.split(",")
        if len(parts) != 3 or not all(parts) or not _TIME.fullmatch(parts[2]):
            raise Malformed(_WHAT, "references are not sender,identifier,sent")
        yield each


def _zones(infos: Sequence[Element], sent_s: int) -> tuple[tuple[Zone, ...], tuple[Doubt, ...]]:
    """The areas of all information blocks; a block in another language repeats them."""
    zones: dict[tuple[tuple[Area, ...], tuple[Window, ...]], Zone] = {}
    doubts: dict[Doubt, None] = {}
    for info in infos:
        parts = {local(child): text_of(child) for child in info}
        for name in ("category", "event", "urgency", "severity", "certainty"):
            if not parts.get(name):
                raise Malformed(_WHAT, f"info: {name} is required")
            if name in _CODES:
                _one_of(name, parts[name], _CODES[name])
        start = next((n for n in ("onset", "effective") if parts.get(n)), None)
        start_s = _time(start, parts[start]) if start else sent_s
        windows: tuple[Window, ...] = ()
        if parts.get("expires"):
            end_s = _time("expires", parts["expires"])
            if end_s < start_s:
                raise Malformed(_WHAT, "expires lies before the beginning")
            windows = (Window(start_s, end_s),)
        else:
            doubts[Doubt("times-not-understood", "an information block without expires")] = None
        for area in (child for child in info if local(child) == "area"):
            zone = _zone(area, windows)
            if not zone.areas:
                doubts[Doubt("area-not-understood", "an area that is only a name or a code")] = None
            zones.setdefault((zone.areas, zone.windows), zone)
    if not zones:
        doubts[Doubt("nothing-to-check", "no area")] = None
    return tuple(zones.values()), tuple(doubts)


def _zone(element: Element, windows: tuple[Window, ...]) -> Zone:
    name, areas = "", []
    for child in element:
        match local(child):
            case "areaDesc":
                name = text_of(child)
            case "polygon" if text_of(child):
                areas.append(ring_of(_pairs(text_of(child).split())))
            case "circle" if text_of(child):
                areas.append(_circle(text_of(child)))
    return Zone(name, tuple(areas), windows)


def _pairs(words: Sequence[str]) -> list[Point]:
    """Pairs of latitude,longitude, the other way round than GeoJSON."""
    points = []
    for word in words:
        match = _PAIR.fullmatch(word)
        if match is None:
            raise Malformed(_WHAT, "a position is not latitude,longitude")
        latitude, longitude = (round(Fraction(part) * DEGREE) for part in match.groups())
        if abs(latitude) > 90 * DEGREE or abs(longitude) > 180 * DEGREE:
            raise Malformed(_WHAT, "a position beyond 90 or 180 degrees")
        points.append((longitude, latitude))
    return points


def _circle(text: str) -> Area:
    words = text.split()
    if len(words) != 2 or not re.fullmatch(r"\d+(?:\.\d+)?", words[1]):
        raise Malformed(_WHAT, "a circle is not latitude,longitude and a radius in kilometres")
    return Area(tuple(_pairs(words[:1])), round(Fraction(words[1]) * 1000))


# ---- writing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alert:
    """What an exported notice says in CAP. `references` are sender,identifier,sent."""

    identifier: str
    sender: str
    sent_s: int
    status: str
    kind: str
    event: str
    language: str
    description: str
    zones: tuple[Zone, ...]
    references: tuple[str, ...] = ()
    note: str = ""


def write_alert(alert: Alert) -> bytes:
    """An alert that its schema accepts; one information block for each stretch of time."""
    _one_of("status", alert.status, STATUSES)
    types = {kind: name for name, kind in _KINDS.items()}
    if alert.kind != "new" and not alert.references:
        raise Malformed(_WHAT, "an update or cancel must name the alert that it is about")
    root = Element("alert", xmlns=NAMESPACE)
    _add(root, "identifier", alert.identifier)
    _add(root, "sender", alert.sender)
    _add(root, "sent", cap_time(alert.sent_s))
    _add(root, "status", alert.status)
    _add(root, "msgType", types[alert.kind])
    _add(root, "scope", "Private")
    _add(root, "addresses", alert.sender)
    if alert.note:
        _add(root, "note", alert.note)
    if alert.references:
        _add(root, "references", " ".join(alert.references))
    for window in windows_of(alert.zones):
        _info(root, alert, window)
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def cap_time(time_s: int) -> str:
    """UTC as CAP writes it: -00:00, because the pattern of its schema has no Z."""
    return utc(time_s)[:-1] + "-00:00"


def _info(root: Element, alert: Alert, window: Window) -> None:
    info = SubElement(root, "info")
    _add(info, "language", alert.language)
    _add(info, "category", "Security")
    _add(info, "event", alert.event)
    for name in ("urgency", "severity", "certainty"):
        _add(info, name, "Unknown")
    _add(info, "onset", cap_time(window.start_s))
    if window.end_s is not None:
        _add(info, "expires", cap_time(window.end_s))
    if window.is_alternate:
        _add(info, "headline", "Alternate window")
    _add(info, "description", alert.description)
    for zone in alert.zones:
        if window in zone.windows:
            area = SubElement(info, "area")
            _add(area, "areaDesc", zone.name or alert.event)
            for each in zone.areas:
                _shape(area, each)


def _shape(parent: Element, area: Area) -> None:
    if area.kind == "point":
        kilometres = decimal(area.radius_m, 1000)
        _add(parent, "circle", f"{_pair(area.points[0])} {kilometres}")
    elif area.kind == "ring" and not area.radius_m:
        _add(parent, "polygon", " ".join(_pair(point) for point in area.points))
    else:
        raise Malformed(_WHAT, "CAP has no track and no widened ring")


def _pair(point: Point) -> str:
    longitude, latitude = point
    return f"{decimal(latitude, DEGREE)},{decimal(longitude, DEGREE)}"


def decimal(value: int, unit: int) -> str:
    """A whole number of parts of a unit (a power of ten) as a decimal, with nothing rounded."""
    sign, value = ("-" if value < 0 else ""), abs(value)
    whole, part = divmod(value, unit)
    digits = str(part).zfill(len(str(unit)) - 1).rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}.0"


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
