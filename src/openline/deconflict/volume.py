"""What a message takes of space and time, and what of it cannot be told from its fields.

Shapes   taken(form, fields) -> Taken, or None of a form that is not about places in time
Units    degrees are integers of 1e-7, metres, unix seconds UTC; an open end is None
Raises   nothing: what cannot be read is said in `lacks`
Source   docs/OPERATE.md, "Near other messages"; humanitarian practice: segments with windows and
         tolerances, a buffer round the column
Never    passes over an area or a time that it cannot read: what is not checked has to be said
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from openline.deconflict.form_rules import time_s
from openline.deconflict.measure import Box, box
from openline.formats.area import DEGREE, Area, read_area
from openline.formats.export.notice import zones_of
from openline.formats.form import GROUP, Format, Item, name_of
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value

Fields = Mapping[str, Value]
MOVEMENT: Final = "humanitarian/movement"
# What a movement may come near to, and itself.
_ELSEWHERE: Final = "core/told-elsewhere"
PLACED: Final = frozenset(
    {"humanitarian/site", MOVEMENT, "core/exercise", "core/launch", "core/hazard-area"}
    | {"core/force-movement", "core/transit", _ELSEWHERE}
)
# Beyond this, east and west are too short for what is reckoned here.
_POLAR: Final = 85 * DEGREE
_MINUTE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Volume:
    """One area in one stretch of time."""

    path: str
    area: Area
    box: Box
    start_s: int
    end_s: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """All that a message takes; `lacks` says why something of it is not among the volumes."""

    volumes: tuple[Volume, ...]
    lacks: str = ""
    buffer_m: int = 0
    linked: frozenset[tuple[str, int]] = frozenset()


def taken(form: Format | None, fields: Fields) -> Taken | None:
    """What a message of this form takes of space and time."""
    if form is None or not is_placed(form.id, fields):
        return None
    lacks = [*_lacking(form.items, fields), *_unread(fields)]
    if fields.get("checked") == "text-only":
        lacks.append("no machine understood its text")
    is_movement = name_of(form.id) == MOVEMENT
    if not is_movement:
        lacks += [f"{zone.name} has no time" for zone in zones_of(fields) if not zone.windows]
    windows = _of_movement if is_movement else _of_zones
    found = []
    for path, area, start_s, end_s in windows(form, fields):
        if max(abs(lat) for _, lat in area.points) > _POLAR:
            lacks.append(f"{path} lies too near to a pole")
        elif end_s is not None and end_s < start_s:
            lacks.append(f"{path} ends before it begins")
        else:
            found.append(Volume(path, area, box(area), start_s, end_s))
    if not found and not lacks:
        lacks.append("it gives no place with a time")
    buffer, linked = fields.get("buffer_m"), fields.get("linked")
    return Taken(
        tuple(found),
        lacks[0] if lacks else "",
        buffer if isinstance(buffer, int) and buffer > 0 else 0,
        frozenset(
            (str(each[0]), each[1])
            for each in (linked if isinstance(linked, list) else ())
            if isinstance(each, list) and len(each) == 2 and isinstance(each[1], int)
        ),
    )


def is_placed(format_id: str, fields: Fields) -> bool:
    """Whether a message is about places in time; of what was told elsewhere a warning of some area
    is, a call that was held is not."""
    if name_of(format_id) != _ELSEWHERE:
        return name_of(format_id) in PLACED
    return "checked" in fields or any(path.startswith("area.") for path in fields)


def _lacking(items: tuple[Item, ...], fields: Fields) -> Iterator[str]:
    """Areas and times that the form asks for and that are not here: withheld, or left out."""
    for item in items:
        if item.type == GROUP:
            rows = item.rows(fields)
            for n in rows:
                yield from _lacking(item.row(n), fields)
            if item.required and not rows:
                yield f"it gives no {item.path}"
        elif item.required and item.type in ("area", "time") and item.path not in fields:
            yield f"it gives no {item.path}"


def _unread(fields: Fields) -> Iterator[str]:
    """Areas and times that are here and cannot be read."""
    for path, value in fields.items():
        leaf = path.rpartition(".")[2]
        if isinstance(value, dict):
            try:
                read_area(value)
            except Malformed:
                if "points" in value or leaf in ("area", "route", "point", "footprint"):
                    yield f"{path} cannot be read"
        elif leaf in ("from", "until", "enter", "leave") and time_s(fields, path) is None:
            yield f"{path} cannot be read"


Found = Iterator[tuple[str, Area, int, int | None]]


def _of_zones(form: Format, fields: Fields) -> Found:
    """Each area with each window that stands beside it, else with those of the message."""
    whole = "footprint" if "footprint" in fields else ""
    for zone in zones_of(fields):
        if whole and zone.name == "point":  # it lies in its footprint
            continue
        for window in zone.windows:
            yield zone.name, zone.areas[0], window.start_s, window.end_s


def _of_movement(form: Format, fields: Fields) -> Found:
    """Each segment from when it is entered to when it is left, with its tolerance; on the days of
    an alternate its own way, or all of these."""
    group, alternates = form.item("segment"), form.item("alternate")
    ways: list[tuple[str, Area]] = []
    for n in group.rows(fields) if group is not None else ():
        row = f"segment.{n}"
        enter_s, leave_s = (time_s(fields, f"{row}.{leaf}") for leaf in ("enter", "leave"))
        minutes = fields.get(f"{row}.tolerance")
        slack_s = minutes * _MINUTE_S if isinstance(minutes, int) and minutes > 0 else 0
        for path in (f"{row}.route", f"{row}.fallback"):
            area = _area(fields, path)
            if area is None:
                continue
            ways.append((path, area))
            if enter_s is not None and leave_s is not None:
                yield path, area, enter_s - slack_s, leave_s + slack_s
    for n in alternates.rows(fields) if alternates is not None else ():
        row = f"alternate.{n}"
        start_s, end_s = (time_s(fields, f"{row}.{leaf}") for leaf in ("from", "until"))
        own = _area(fields, f"{row}.route")
        if start_s is not None and end_s is not None:
            for path, area in ways if own is None else [(f"{row}.route", own)]:
                yield path, area, start_s, end_s


def _area(fields: Fields, path: str) -> Area | None:
    try:
        return read_area(fields[path]) if path in fields else None
    except Malformed:
        return None
