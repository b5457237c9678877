"""Windows of a navigational warning: its words of time against a small grammar, all or nothing.

Shapes   windows(text, issued_s, cancelled_s) -> Times: windows, or doubts and no window at all
Units    unix seconds UTC; a day without hours lasts from 00:00 to 24:00
Raises   nothing
Source   docs/decisions/0014-foreign-notations.md, "Grammar of times"
Never    gives some of the windows: what one chain of words leaves open makes all of them doubtful
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final

from openline.formats.foreign.clock import (
    DAY_S,
    WEEKDAYS,
    NoSuchTime,
    day_of,
    days,
    seconds,
    year_near,
)
from openline.formats.foreign.heard import Doubt, Window
from openline.formats.foreign.navwarn_words import Word, runs

# How long a warning stays in force after its last window, as counted: rarely above a day.
_AFTER_S: Final = 3 * DAY_S
# A time of something that happened, not of something announced.
_OF_EVENTS: Final = frozenset({"ON", "AT", "SINCE", "DATED", "REPORTED", "LAST", "BULLETIN", "OF"})


@dataclass(frozen=True, slots=True)
class Times:
    """What a stretch of text says about when."""

    windows: tuple[Window, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(slots=True)
class _Reader:
    """A place in one chain of words."""

    words: Sequence[Word]
    issued_s: int
    cancelled_s: int | None
    at: int = 0
    is_alternate: bool = False
    windows: list[Window] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.words[self.at].kind if self.at < len(self.words) else ""

    def take(self, *kinds: str) -> Word | None:
        """The next word if it is of one of these kinds."""
        if self.kind in kinds and self.at < len(self.words):
            self.at += 1
            return self.words[self.at - 1]
        return None

    def need(self, *kinds: str) -> Word:
        """The next word, which must be of one of these kinds."""
        found = self.take(*kinds)
        if found is None:
            raise NoSuchTime(f"{self.rest()!r} where {' or '.join(kinds)} was expected")
        return found

    def rest(self) -> str:
        """What was not understood, for the person."""
        return " ".join(word.text for word in self.words[self.at : self.at + 6])

    def add(self, start_s: int, end_s: int | None) -> None:
        if end_s is not None and end_s <= start_s:
            raise NoSuchTime("a window ends before it begins")
        self.windows.append(Window(start_s, end_s, self.is_alternate))


def windows(text: str, issued_s: int, cancelled_s: int | None) -> Times:
    """All windows that the text states, or none and why."""
    found: list[Window] = []
    try:
        for chain in runs(text, datetime.fromtimestamp(issued_s, UTC).year):
            if chain[0].before in _OF_EVENTS and chain[0].kind in ("day", "moment"):
                raise NoSuchTime(f"{chain[0].text!r} is the time of an event, not a window")
            reader = _Reader(chain, issued_s, cancelled_s)
            while reader.at < len(chain):
                _clause(reader)
            found += reader.windows
        _check(found, issued_s, cancelled_s)
    except NoSuchTime as error:
        return Times((), (Doubt("times-not-understood", str(error)),))
    return Times(tuple(found))


def _clause(reader: _Reader) -> None:
    """One clause: a stretch, hours of days, whole days, or an end."""
    while reader.take("comma", "and", "from"):
        pass
    if reader.take("alternate"):
        reader.is_alternate = True
        return
    if reader.kind == "until":
        _until(reader, reader.issued_s)
    elif reader.kind == "moment":
        _stretch(reader)
    elif reader.kind == "hour":
        _hours(reader)
    elif reader.kind == "day":
        _days(reader)
    else:
        raise NoSuchTime(f"{reader.rest()!r} begins no stretch of time")


def _until(reader: _Reader, start_s: int) -> None:
    """`UNTIL 121500Z APR`, `UNTIL 31 DEC 26`, `UNTIL FURTHER NOTICE`."""
    reader.need("until")
    if reader.take("further"):
        reader.need("notice")
        reader.add(start_s, None)
    elif word := reader.take("moment"):
        reader.take("month")
        reader.add(start_s, _moment(reader, word))
    else:
        word = reader.need("day")
        reader.take("month")
        reader.add(start_s, seconds(_day(reader, word), "2400"))


def _stretch(reader: _Reader) -> None:
    """`172100Z TO 272100Z APR`, `242100Z MAY TO 142100Z JUN`."""
    first = reader.need("moment")
    reader.take("month")
    if reader.kind == "until":
        _until(reader, _moment(reader, first))
        return
    reader.need("to")
    last = reader.need("moment")
    reader.take("month")
    reader.add(_moment(reader, first), _moment(reader, last))


def _hours(reader: _Reader) -> None:
    """`0500Z TO 1500Z AND 1600Z TO 2100Z DAILY 20 THRU 22 JUN`."""
    spans = [_span(reader)]
    while _is_span(reader):
        reader.take("comma", "and")
        spans.append(_span(reader))
    for _ in range(2):
        reader.take("daily")
        reader.take("commencing")
    reader.take("comma")
    weekdays = _weekdays(reader)
    listed = _daily_until(reader) if reader.kind == "until" else _listed(reader)
    if weekdays:
        listed = [day for day in listed if day.weekday() in weekdays]
    _daily(reader, spans, listed)


def _daily_until(reader: _Reader) -> list[date]:
    """`0700Z TO 1500Z DAILY UNTIL 31 DEC`: from the day of issue on."""
    reader.need("until")
    word = reader.need("day")
    reader.take("month")
    issued = datetime.fromtimestamp(reader.issued_s, UTC).date()
    return days(issued, _day(reader, word))


def _span(reader: _Reader) -> tuple[str, str]:
    first = reader.need("hour")
    reader.need("to")
    return first.text, reader.need("hour").text


def _is_span(reader: _Reader) -> bool:
    kinds = [word.kind for word in reader.words[reader.at : reader.at + 4]]
    return kinds[:3] == ["and", "hour", "to"] or kinds[:3] == ["comma", "hour", "to"]


def _weekdays(reader: _Reader) -> set[int]:
    """`TUESDAY THRU THURSDAY,` before the days that it narrows."""
    found: set[int] = set()
    while word := reader.take("weekday"):
        first = WEEKDAYS[word.text]
        last = first
        if reader.take("to"):
            last = WEEKDAYS[reader.need("weekday").text]
        found |= {each % 7 for each in range(first, last + (7 if last < first else 0) + 1)}
        while reader.take("comma", "and"):
            pass
    return found


def _listed(reader: _Reader) -> list[date]:
    """`02, 07, 09 THRU 12 MAY AND 04 JUN`: at least one day."""
    found: list[date] = []
    while True:
        first = reader.need("day")
        reader.take("month")
        start = end = _day(reader, first)
        if reader.kind == "to":
            reader.need("to")
            last = reader.need("day")
            reader.take("month")
            end = _day(reader, last)
        found += days(start, end)
        kinds = [word.kind for word in reader.words[reader.at : reader.at + 3]]
        skip = next((n for n, kind in enumerate(kinds) if kind not in ("comma", "and")), 0)
        if not skip or kinds[skip] != "day":
            break
        reader.at += skip
    if sorted(set(found)) != found:
        raise NoSuchTime("days are not in ascending order")
    return found


def _days(reader: _Reader) -> None:
    """`01 THRU 31 MAR`, `26 FEB UNTIL FURTHER NOTICE`, `20 TO 22 FEB 0700 TO 1300 UTC DAILY`."""
    listed = _listed(reader)
    if reader.kind == "until":
        if len(listed) != 1:
            raise NoSuchTime("an end after more than one day")
        _until(reader, seconds(listed[0], "0000"))
    elif reader.take("from") or reader.kind == "hour":
        spans = [_span(reader)]
        while _is_span(reader):
            reader.take("comma", "and")
            spans.append(_span(reader))
        reader.take("daily")
        _daily(reader, spans, listed)
    else:
        first = previous = listed[0]
        for day in [*listed[1:], None]:
            if day is None or (day - previous).days != 1:
                reader.add(seconds(first, "0000"), seconds(previous, "2400"))
                first = day or first
            previous = day or previous


def _daily(reader: _Reader, spans: Sequence[tuple[str, str]], listed: Sequence[date]) -> None:
    """The hours on each day; hours that end before they begin end on the next day."""
    for start, end in spans:
        for day in listed:
            start_s, end_s = seconds(day, start), seconds(day, end)
            reader.add(start_s, end_s + DAY_S if end_s <= start_s else end_s)


def _moment(reader: _Reader, word: Word) -> int:
    return seconds(_day(reader, word), word.text[2:])


def _day(reader: _Reader, word: Word) -> date:
    """The day that a word names; without a month, the month in which the warning cancels itself."""
    day = int(word.text[:2])
    if word.month:
        year = word.year or year_near(word.month, day, reader.issued_s)
        return day_of(year, word.month, day)
    if reader.cancelled_s is None:
        raise NoSuchTime(f"{word.text!r} has no month")
    end = datetime.fromtimestamp(reader.cancelled_s, UTC)
    return day_of(end.year, end.month, day)


def _check(found: Sequence[Window], issued_s: int, cancelled_s: int | None) -> None:
    """What a window cannot be: out of order, long gone, or beyond the end of its own warning."""
    for is_alternate in (False, True):
        role = [w for w in found if w.is_alternate is is_alternate]
        if len(set(role)) != len(role):
            raise NoSuchTime("a window is stated twice")
        ordered = sorted(role, key=lambda w: w.start_s)
        if any(a.end_s is None or b.start_s < a.end_s for a, b in pairwise(ordered)):
            raise NoSuchTime("two windows overlap")
    if not found:
        return
    ends = [w.end_s for w in found if w.end_s is not None]
    if ends and max(ends) < issued_s - DAY_S:
        raise NoSuchTime("every window lies before the issue")
    if cancelled_s is None:
        return
    if len(ends) != len(found):
        raise NoSuchTime("an open end, though the warning cancels itself")
    if max(ends) > cancelled_s:
        raise NoSuchTime("a window ends after the warning cancels itself")
    if cancelled_s - max(ends) > _AFTER_S:
        raise NoSuchTime("the warning cancels itself days after its last window")
