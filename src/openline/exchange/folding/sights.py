"""Where and when: the places and the times of what was told on a line, for a map and a timeline.

Shapes   places_of(station, line_id, ...) -> rows with zones; times_of(...) -> rows with spans
Units    degrees are integers of 1e-7, longitude first; metres; times as RFC 3339 UTC text
Raises   UnknownLine
Source   docs/OPERATE.md, "Map and timeline"; docs/decisions/0047
Never    shows a place that another party withheld; marks one that this party withheld itself
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openline.cases import shown
from openline.cases.case import Case, Matter
from openline.cases.views import phase
from openline.exchange.folding import reading, receipts
from openline.exchange.station import Station
from openline.formats.export.notice import zones_of
from openline.formats.foreign.heard import Window, Zone
from openline.formats.openjson import Value
from openline.formats.spell import parse_utc, utc

Row = dict[str, Any]
# Spans of one message that has more windows than a reader can tell apart are given as one.
SPANS_MAX = 64


@dataclass(frozen=True, slots=True)
class Period:
    """A part of time; open where a side is None."""

    from_s: int | None = None
    until_s: int | None = None

    def meets(self, start_s: int | None, end_s: int | None) -> bool:
        """Whether a window has any of this time; what has no end goes on."""
        begins_before = self.until_s is None or start_s is None or start_s < self.until_s
        ends_after = self.from_s is None or end_s is None or end_s > self.from_s
        return begins_before and ends_after


def places_of(
    station: Station, line_id: bytes, period: Period, *, closed: bool = False
) -> Iterator[Row]:
    """Every area of every message that has one, newest version each, with its windows."""
    state = reading.state(station, line_id)
    now_s = station.line_now(line_id)
    for case in state.cases:
        for matter in case.matters:
            if not (closed or matter.is_open):
                continue
            told = matter.current.entry
            own = told.hidden if told.party == station.party else {}
            if not any(_is_area(v) for v in (*told.fields.values(), *own.values())):
                continue
            zones = [*_zones(told.fields, {}, period, hidden=False)]
            zones += _zones(own, told.fields, period, hidden=True)
            if zones:
                head = _head(station, line_id, case, matter)
                yield {**head, "phase": phase(matter, now_s), "zones": zones}


def _is_area(value: Value) -> bool:
    return isinstance(value, dict) and "points" in value


def _zones(
    fields: Mapping[str, Value], beside: Mapping[str, Value], period: Period, *, hidden: bool
) -> Iterator[Row]:
    """The areas of some fields; `beside` are further fields, that only tell the times."""
    times = {path: value for path, value in beside.items() if not _is_area(value)}
    for zone in zones_of({**times, **fields}):
        windows = [w for w in zone.windows if period.meets(w.start_s, w.end_s)]
        if windows or not zone.windows:
            yield _zone(zone, windows, hidden)


def _zone(zone: Zone, windows: list[Window], hidden: bool) -> Row:
    (area,) = zone.areas
    return {
        "name": zone.name,
        "kind": area.kind,
        "points": [list(point) for point in area.points],
        "radius_m": area.radius_m,
        "lower_m": "" if area.lower_m is None else area.lower_m,
        "upper_m": "" if area.upper_m is None else area.upper_m,
        "reference": area.reference,
        "windows": [_window(window) for window in windows[:SPANS_MAX]],
        "withheld": hidden,
    }


def _window(window: Window) -> Row:
    return {
        "from": utc(window.start_s),
        "until": "" if window.end_s is None else utc(window.end_s),
        "alternate": window.is_alternate,
    }


def _head(station: Station, line_id: bytes, case: Case, matter: Matter) -> Row:
    told = matter.current.entry
    return {
        "line": line_id.hex(),
        "case": [case.id.origin, case.id.index],
        "ref": [told.ref.origin, told.ref.index],
        "number": reading.state(station, line_id).number(told),
        "from": told.party,
        "format": told.format,
        "class": told.answer,
        "subject": shown.subject(told.fields),
        "state": matter.state,
    }


def times_of(
    station: Station, line_id: bytes, period: Period, *, closed: bool = False
) -> Iterator[Row]:
    """Every matter with the spans that it tells and the time at which it was told."""
    for case in reading.state(station, line_id).cases:
        for matter in case.matters:
            if closed or matter.is_open:
                spans = [s for s in spans_of(matter) if period.meets(*_ends(s))]
                told_s = matter.first.time_s
                if spans or period.meets(told_s, told_s + 1):
                    head = _head(station, line_id, case, matter)
                    lacking = receipts.lacking(station, matter.first.ref)
                    is_heard = not lacking or bool({*matter.current.addressees} - {*lacking})
                    told = {"told": shown.spelled(told_s), "not_received": lacking}
                    yield {**head, **told, "heard": is_heard, "spans": spans}


def _ends(span: Row) -> tuple[int | None, int | None]:
    return parse_utc(span["from"]), parse_utc(span["until"]) if span["until"] else None


def spans_of(matter: Matter) -> list[Row]:
    """The windows of the newest version: of its zones, else from its beginning to its end; and a
    moment where it names one."""
    fields = matter.current.entry.fields
    zones = zones_of(fields)
    found = {(w.start_s, w.end_s): _window(w) for zone in zones for w in zone.windows[:SPANS_MAX]}
    start_s, end_s = (shown.time_s(fields, path) for path in ("from", "until"))
    if not found and start_s is not None:
        found[start_s, end_s] = _window(Window(start_s, end_s, False))
    at_s = shown.time_s(fields, "at_time")
    if not found and at_s is not None:
        found[at_s, at_s] = _window(Window(at_s, at_s, False))
    return [found[key] for key in sorted(found, key=lambda key: key[0])][:SPANS_MAX]
