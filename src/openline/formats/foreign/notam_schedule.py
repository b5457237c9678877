"""Item D of a NOTAM: the hours within its validity at which it is meant.

Shapes   windows(text, start_s, end_s) -> windows inside the validity
Units    unix seconds UTC
Raises   NoSuchTime for whatever is not wholly understood: the caller makes a doubt of it
Source   ICAO Doc 8126, item D; EUROCONTROL operating procedures for dynamic data, item D
Never    reads sunrise or sunset, holidays or local time: these stay text
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final

from openline.formats.foreign.clock import (
    DAY_S,
    MONTHS,
    WEEKDAYS,
    NoSuchTime,
    day_of,
    days,
    seconds,
)
from openline.formats.foreign.heard import Window

_TOKEN: Final = re.compile(r"[A-Z]+|\d+|[-/,]")
_DAYS_MAX: Final = 800
_DAILY: Final = frozenset({"DAILY", "DLY"})
_LONG: Final = re.compile(r"(\d{10})\s*(?:TO|-)\s*(\d{10})")


@dataclass(slots=True)
class _Reader:
    """A place in the words of the schedule."""

    tokens: Sequence[str]
    first: date
    last: date
    at: int = 0
    month: int = 0
    year: int = 0
    found: list[tuple[int, int]] = field(default_factory=list)

    @property
    def now(self) -> str:
        return self.peek(0)

    def peek(self, ahead: int) -> str:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def skip(self, *words: str) -> None:
        while self.now in words:
            self.at += 1


def windows(text: str, start_s: int, end_s: int) -> tuple[Window, ...]:
    """Every window that the schedule gives, cut to the validity."""
    flat = re.sub(r"\s+", " ", text.upper()).strip(" .")
    if _LONG.search(flat):
        found = list(_long(flat))
    else:
        found = _read(flat, start_s, end_s)
    kept = sorted({(max(a, start_s), min(b, end_s)) for a, b in found if b > start_s and a < end_s})
    if not kept:
        raise NoSuchTime("no hour of the schedule lies within the validity")
    if len(kept) > _DAYS_MAX:
        raise NoSuchTime(f"more than {_DAYS_MAX} windows")
    if any(b[0] < a[1] for a, b in pairwise(kept)):
        raise NoSuchTime("two windows of the schedule overlap")
    return tuple(Window(a, b) for a, b in kept)


def _long(flat: str) -> Iterator[tuple[int, int]]:
    """`2603281258 TO 2603281754 2603292335 TO 2603300431`."""
    if _LONG.sub("", flat).strip(" ,"):
        raise NoSuchTime("words beside full dates and times")
    for match in _LONG.finditer(flat):
        yield full(match[1]), full(match[2])


def full(digits: str) -> int:
    """The moment that ten digits yymmddhhmm name."""
    day = day_of(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    return seconds(day, digits[6:])


def _read(flat: str, start_s: int, end_s: int) -> list[tuple[int, int]]:
    if re.sub(r"[A-Z]+|\d+|[-/, ]", "", flat):
        raise NoSuchTime(f"{flat[:40]!r} holds signs that no schedule has")
    first, last = (datetime.fromtimestamp(each, UTC).date() for each in (start_s, end_s))
    reader = _Reader(_TOKEN.findall(flat), first, last, month=first.month, year=first.year)
    while reader.at < len(reader.tokens):
        _group(reader)
        reader.skip(",")
    return reader.found


def _group(reader: _Reader) -> None:
    """Days, then hours; or a stretch from one day's hour to another's."""
    reader.skip(*_DAILY)
    if _is_stretch(reader):
        _stretch(reader)
        return
    listed = _listed(reader)
    spans = list(_spans(reader, listed))
    if not spans:
        raise NoSuchTime(f"{' '.join(reader.tokens[reader.at : reader.at + 4])!r}: hours expected")
    reader.skip(*_DAILY)
    exceptions = _exceptions(reader)
    for day in listed:
        if day in exceptions:
            continue
        for begin, end in spans:
            a, b = seconds(day, begin), seconds(day, end)
            reader.found.append((a, b + DAY_S if b <= a else b))


def _is_hours(word: str) -> bool:
    return len(word) == 4 and word.isdigit()


def _is_day(word: str) -> bool:
    return len(word) in (1, 2) and word.isdigit()


def _is_stretch(reader: _Reader) -> bool:
    """`05 1200-11 1200`, `30 2000-MAY 01 1000`, `APR 30 2000-MAY 01 1000`."""
    at = 1 if reader.now in MONTHS else 0
    if not (_is_day(reader.peek(at)) and _is_hours(reader.peek(at + 1))):
        return False
    if reader.peek(at + 2) != "-":
        return False
    after = at + 3 + (1 if reader.peek(at + 3) in MONTHS else 0)
    return _is_day(reader.peek(after)) and _is_hours(reader.peek(after + 1))


def _stretch(reader: _Reader) -> None:
    start = seconds(_one_day(reader), reader.take())
    reader.take()
    end = seconds(_one_day(reader), reader.take())
    if end <= start:
        raise NoSuchTime("a stretch ends before it begins")
    reader.found.append((start, end))


def _one_day(reader: _Reader) -> date:
    """A day with or without its month; without, the month named last, never going back."""
    if reader.now in MONTHS:
        month = MONTHS[reader.take()]
        if month < reader.month:
            reader.year += 1
        reader.month = month
    word = reader.take()
    if not _is_day(word):
        raise NoSuchTime(f"{word!r} where a day was expected")
    return day_of(reader.year, reader.month, int(word))


def _listed(reader: _Reader) -> list[date]:
    """The days that the hours are for; none named means every day of the validity."""
    if reader.now in WEEKDAYS:
        return _weekdays(reader)
    found: list[date] = []
    while _is_day(reader.now) or (reader.now in MONTHS and _is_day(reader.peek(1))):
        start = _one_day(reader)
        end = start
        follows = reader.peek(2) if reader.peek(1) in MONTHS else reader.peek(1)
        if reader.now == "-" and _is_day(follows):
            reader.take()
            end = _one_day(reader)
        found += days(start, end)
        reader.skip(*_DAILY)
        if reader.now == "," and (_is_day(reader.peek(1)) or reader.peek(1) in MONTHS):
            reader.take()
    if not found:
        return days(reader.first, reader.last, _DAYS_MAX) if not reader.found else []
    if sorted(set(found)) != found:
        raise NoSuchTime("days are not in ascending order")
    outside = [day for day in found if not reader.first <= day <= reader.last]
    if outside:
        raise NoSuchTime(f"{outside[0]} lies outside the validity")
    return found


def _weekdays(reader: _Reader) -> list[date]:
    wanted: set[int] = set()
    while reader.now in WEEKDAYS:
        first = last = WEEKDAYS[reader.take()]
        if reader.now == "-" and reader.peek(1) in WEEKDAYS:
            reader.take()
            last = WEEKDAYS[reader.take()]
        wanted |= {n % 7 for n in range(first, last + (7 if last < first else 0) + 1)}
        if reader.now == "," and reader.peek(1) in WEEKDAYS:
            reader.take()
    return [d for d in days(reader.first, reader.last, _DAYS_MAX) if d.weekday() in wanted]


def _spans(reader: _Reader, listed: Sequence[date]) -> Iterator[tuple[str, str]]:
    """`0630-1000 1130-1530`, `1100/1400`, `H24`."""
    if not listed:
        raise NoSuchTime("hours without days after other days")
    if reader.now == "H" and reader.peek(1) == "24":
        reader.at += 2
        yield "0000", "2400"
        return
    while _is_hours(reader.now) and reader.peek(1) in ("-", "/") and _is_hours(reader.peek(2)):
        begin, end = reader.take(), reader.tokens[reader.at + 1]
        reader.at += 2
        yield begin, end
        if reader.now in (",", "AND") and _is_hours(reader.peek(1)):
            reader.take()


def _exceptions(reader: _Reader) -> set[date]:
    """`EXC AUG 03`: days on which the hours do not hold."""
    if reader.now not in ("EXC", "EXCEPT"):
        return set()
    reader.take()
    found: set[date] = set()
    month, year = reader.month, reader.year
    while _is_day(reader.now) or (reader.now in MONTHS and _is_day(reader.peek(1))):
        found.add(_one_day(reader))
        reader.skip(",")
    reader.month, reader.year = month, year
    if not found:
        raise NoSuchTime("exceptions that are no days")
    return found
