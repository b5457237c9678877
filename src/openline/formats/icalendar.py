"""iCalendar: points in time as RFC 5545 text that any calendar takes.

Shapes   encode(Feed) -> text with CRLF, lines of at most 75 bytes
Units    unix seconds UTC; warnings are seconds before
Raises   BadCalendarEvent: a time that no calendar has, a control character, too much text
Source   RFC 5545 (3.1 folding, 3.3.11 text, 3.6.1 events, 3.6.6 alarms), RFC 7986 5.7 (refresh)
Never    writes an attendee, a place or an address; a UID is a hash, so it says nothing and stays
         the same as long as the thing it names does
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

from openline.errors import OpenlineError

LINE_BYTES_MAX: Final = 75
SUMMARY_BYTES_MAX: Final = 1_000
EVENTS_MAX: Final = 10_000
WARNINGS_MAX: Final = 16
# How often a calendar program asks again.
REFRESH: Final = "PT15M"
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


class BadCalendarEvent(OpenlineError):
    """Something that no calendar can show."""

    code: ClassVar[str] = "formats.bad-calendar-event"
    remedy: ClassVar[str] = "Leave out what is named; times lie between the years 1 and 9999."


@dataclass(frozen=True, slots=True)
class Occasion:
    """One point in time. `key` names it for ever and is never shown."""

    key: str
    at_s: int
    summary: str
    warn_s: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """What a calendar program is given, and when it was made."""

    made_s: int
    occasions: tuple[Occasion, ...]


def encode(feed: Feed) -> str:
    """The feed as text."""
    if len(feed.occasions) > EVENTS_MAX:
        raise BadCalendarEvent(f"{len(feed.occasions)} events, at most {EVENTS_MAX}")
    return "".join(f"{part}\r\n" for line in _lines(feed) for part in folded(line))


def _lines(feed: Feed) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Openline//Deadlines//EN"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    yield f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}"
    made = moment(feed.made_s)
    for occasion in sorted(feed.occasions, key=lambda each: (each.at_s, each.key)):
        yield from _event(occasion, made)
    yield "END:VCALENDAR"


def _event(occasion: Occasion, made: str) -> Iterator[str]:
    if len(occasion.warn_s) > WARNINGS_MAX:
        raise BadCalendarEvent(f"{len(occasion.warn_s)} warnings, at most {WARNINGS_MAX}")
    summary = text(occasion.summary)
    yield "BEGIN:VEVENT"
    yield f"UID:{uid(occasion.key)}"
    yield f"DTSTAMP:{made}"
    yield f"DTSTART:{moment(occasion.at_s)}"
    yield "DURATION:PT0S"
    yield f"SUMMARY:{summary}"
    yield "CLASS:CONFIDENTIAL"
    yield "TRANSP:TRANSPARENT"
    for seconds in occasion.warn_s:
        if seconds < 0:
            raise BadCalendarEvent("a warning after the event")
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{summary}"
        yield f"TRIGGER:-PT{seconds}S"
        yield "END:VALARM"
    yield "END:VEVENT"


def uid(key: str) -> str:
    """A name that stays the same and says nothing."""
    return f"{hashlib.sha256(key.encode()).hexdigest()[:40]}@openline.invalid"


def moment(at_s: int) -> str:
    """A time in UTC, as calendars spell it."""
    try:
        at = datetime.fromtimestamp(at_s, UTC)
    except (OverflowError, OSError, ValueError):
        raise BadCalendarEvent(f"{at_s}: beyond the calendar") from None
    return f"{at.year:04d}{at:%m%dT%H%M%SZ}"


def text(value: str) -> str:
    """A text value: escaped, without characters that no calendar takes."""
    if len(value.encode("utf-8", "surrogatepass")) > SUMMARY_BYTES_MAX:
        raise BadCalendarEvent(f"a text longer than {SUMMARY_BYTES_MAX} bytes")
    if any((c < " " and c != "\n") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff"
           for c in value):  # fmt: skip
        raise BadCalendarEvent("a text with a control character")
    return value.translate(_ESCAPED)


def folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 bytes; what follows the first begins with a space.

    No character is cut in two, as RFC 5545 allows and not every reader survives.
    """
    part, length, room = "", 0, LINE_BYTES_MAX
    for character in line:
        size = len(character.encode())
        if length + size > room:
            yield part
            part, length, room = " ", 1, LINE_BYTES_MAX
        part += character
        length += size
    yield part
