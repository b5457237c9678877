"""Single values as text that cannot deceive: times, positions, letters that hide or turn.

Shapes   show_time(s), show_position(longitude, latitude), visible(text): text out
Units    time_s is unix seconds UTC; degrees are integers of 1e-7
Raises   nothing
Source   docs/formats.md, "What a reader sees"
Never    shows a bare pair of degrees; never lets a counterpart's letters turn a line of ours
"""

import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from openline.formats import openjson, spell
from openline.formats.area import DEGREE
from openline.formats.check_value import turning_letter
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value

# The month of a date-time group is English in every service that writes one.
_MONTHS: Final = (
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def date_time_group(time_s: int) -> str:
    """Military form of a time: 200800Z FEB 23."""
    moment = _EPOCH + timedelta(seconds=time_s)
    month = _MONTHS[moment.month - 1]
    return f"{moment.day:02}{moment.hour:02}{moment.minute:02}Z {month} {moment.year % 100:02}"


def show_time(time_s: int) -> str:
    """Zulu date-time group and the whole time."""
    return f"{date_time_group(time_s)} ({spell.utc(time_s)})"


def show_local(time_s: int, zone: tzinfo) -> str:
    """The same moment on the wall clock of a zone, by its name and offset."""
    wall, offset = _wall(time_s, zone)
    return f"{wall} {zone} ({offset})" if wall else ""


def show_offset(time_s: int, zone: tzinfo) -> str:
    """The same where there is little room."""
    return " ".join(filter(None, _wall(time_s, zone)))


def _wall(time_s: int, zone: tzinfo) -> tuple[str, str]:
    """Day and time of a wall clock, and its offset; both empty beyond the calendar."""
    try:
        local = datetime.fromtimestamp(time_s, zone)
    except (OverflowError, OSError, ValueError):
        return "", ""
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M}", f"UTC{offset[:3]}:{offset[3:5]}"


def width(text: str) -> int:
    """How many columns a terminal gives to safe text: two for wide East Asian letters."""
    columns = 0
    for letter in text:
        if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
            continue
        columns += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
    return columns


def show_position(longitude: int, latitude: int) -> str:
    """Latitude first, as people read it, each with its letter so that no order can be mistaken."""
    north = _degrees(latitude, "N", "S")
    return f"{north} {_degrees(longitude, 'E', 'W')}"


def _degrees(value: int, positive: str, negative: str) -> str:
    whole, part = divmod(abs(value), DEGREE)
    return f"{whole}.{part:07}°{negative if value < 0 else positive}"


def visible(text: str) -> str:
    """Text whose hidden and turning letters are spelled out, line ends included."""
    return "".join(_shown(letter) for letter in text)


def visible_lines(text: str) -> str:
    """The same for text that may have several lines."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _shown(letter: str) -> str:
    hidden = letter in "\n\t" or turning_letter(letter) is not None
    if hidden or unicodedata.category(letter) in ("Cs", "Zl", "Zp"):
        return f"\\u{{{ord(letter):04X}}}"
    return letter


def show_json(value: Value) -> str:
    """A value in its one spelling, or what it is where it has none."""
    try:
        return visible(openjson.encode(value).decode("utf-8"))
    except Malformed:
        return visible(repr(value))
