"""Notices as a spreadsheet: one row for each area and window, safe to open.

Shapes   write_spreadsheet(notices) -> CSV bytes
Units    degrees with hemisphere letters, never with a sign; times as RFC 3339 UTC
Raises   MixedStatus, NothingToExport
Source   OWASP ASVS 5.0, V1.2.10; RFC 4180
Never    writes a cell that a spreadsheet takes for a formula
"""

from collections.abc import Sequence
from typing import Final

from openline.formats.export.notice import Notice, refuse_mixed
from openline.formats.foreign.heard import Window, Zone
from openline.formats.place.show import spellings
from openline.formats.sheet.csv_text import write_csv
from openline.formats.spell import utc

COLUMNS: Final = ("status", "line", "notice", "form", "state", "subject", "area", "positions",
                  "radius_m", "from", "until", "window")  # fmt: skip


def write_spreadsheet(notices: Sequence[Notice]) -> bytes:
    """Every notice has at least one row, with or without an area."""
    refuse_mixed(notices)
    rows = [
        _row(notice, zone, window)
        for notice in notices
        for zone in notice.zones or (Zone(""),)
        for window in zone.windows or (None,)
    ]
    return write_csv(COLUMNS, rows)


def _row(notice: Notice, zone: Zone, window: Window | None) -> tuple[str, ...]:
    points = [point for area in zone.areas for point in area.points]
    radius = max((area.radius_m for area in zone.areas), default=0)
    role = "" if window is None else "alternate" if window.is_alternate else "window"
    return (
        notice.status.upper(),
        notice.title,
        notice.name,
        notice.format,
        notice.state,
        notice.marked_subject,
        zone.name,
        "; ".join(spellings(*point)["decimal"] for point in points),
        str(radius or ""),
        "" if window is None else utc(window.start_s),
        "" if window is None or window.end_s is None else utc(window.end_s),
        role,
    )
