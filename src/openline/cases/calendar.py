"""Calendars and clocks: which days a duty falls on, what a wall clock means, which days count.

Shapes   zone_of(name) -> a zone; instant(), occurrences(), counted(), resting() are pure functions
         of whole seconds
Units    unix seconds UTC; times of day are seconds after midnight on the wall clock of a zone
Raises   BadSeconds, UnknownZone: for what a charter or a roster says
Source   docs/cases.md, "Calendars and clocks"; zones are those of the IANA database
Never    reads a clock. A wall time that a zone skips is taken as if its clock had not been put
         forward; of a wall time that comes twice a deadline takes the later one, so that nobody is
         late by an hour that the clock alone took away
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from openline.errors import OpenlineError
from openline.formats.days import WEEKDAYS, Days

DAY_S: Final = 86_400
# No timer that parties agree on is longer; a longer one is a slip of the pen.
SECONDS_MAX: Final = 20 * 366 * DAY_S
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9][A-Za-z0-9_+-]{0,30}){0,2}")


class BadSeconds(OpenlineError):
    """A timer of so many seconds that no agreement can mean it."""

    code: ClassVar[str] = "cases.bad-seconds"
    remedy: ClassVar[str] = "Give the timer 0 seconds to twenty years."


class UnknownZone(OpenlineError):
    """The database of time zones has no zone of this name."""

    code: ClassVar[str] = "cases.unknown-zone"
    remedy: ClassVar[str] = "Use a name of the IANA database, such as `Europe/Vienna`, or `UTC`."


def seconds_of(name: str, seconds: int) -> int:
    """A timer's seconds, refused where no agreement can mean them."""
    if not 0 <= seconds <= SECONDS_MAX:
        raise BadSeconds(f"{name[:64]}: {seconds} seconds, not 0 to {SECONDS_MAX}")
    return seconds


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """A zone of the IANA database by its name."""
    if name == "UTC":
        return UTC
    try:
        if not _ZONE.fullmatch(name):
            raise ValueError("not a name of a zone")
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a missing zone is a KeyError, a folder an OSError
        raise UnknownZone(f"{name[:64]!r} is no zone") from None


def day_of(at_s: int, zone: tzinfo) -> date | None:
    """The day on the wall calendar of a zone; None beyond the calendar."""
    try:
        return datetime.fromtimestamp(at_s, zone).date()
    except (OverflowError, OSError, ValueError):
        return None


def instant(day: date, second: int, zone: tzinfo) -> int | None:
    """When a wall clock shows this time on this day; None beyond the calendar."""
    try:
        wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(seconds=second)
        return int(wall.replace(fold=1 if _comes_twice(wall) else 0).timestamp())
    except (OverflowError, ValueError):
        return None


def _comes_twice(wall: datetime) -> bool:
    """Whether the clock is put back over this time; a skipped time is not one that comes twice."""
    first, second = (wall.replace(fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


def occurrences(days: Days, zone: tzinfo, from_s: int, until_s: int) -> Iterator[int]:
    """Every time of these days from one instant on and before another, in order.

    Without times of day each day counts from its midnight.
    """
    first, last = (day_of(at_s, zone) for at_s in (from_s, until_s))
    if first is None or last is None:
        return
    for ordinal in range(max(1, first.toordinal() - 1), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if not days.has(day):
            continue
        for second in days.times or (0,):
            at_s = instant(day, second, zone)
            if at_s is not None and from_s <= at_s < until_s:
                yield at_s


def counted(start_s: int, seconds: int, weekdays: frozenset[int], zone: tzinfo) -> int | None:
    """When so many seconds of counting days have passed: "10 working days" are 864,000 seconds.

    A day counts from midnight to midnight of the zone's wall clock, so one of 23 or 25 hours
    counts its own length less or more than 24 hours; a whole day of waiting is a day all the same
    because days are counted first and the rest of the seconds after them. A charter that another
    party drew may carry more than SECONDS_MAX: nobody counts days for that long.
    """
    if not weekdays or len(weekdays) == len(WEEKDAYS) or seconds > SECONDS_MAX:
        return start_s + seconds
    day = day_of(start_s, zone)
    midnight_s = None if day is None else instant(day, 0, zone)
    if day is None or midnight_s is None:
        return None
    into_s = min(max(0, start_s - midnight_s), DAY_S)
    if day.weekday() not in weekdays:
        into_s = 0
    whole, rest_s = divmod(into_s + seconds, DAY_S)
    ordinal = _counting(day.toordinal(), weekdays)
    # A duty that ends at midnight ends with the last counting day, not at the next one's start.
    is_end_of_day = rest_s == 0 and whole > 0
    for _ in range(whole - 1 if is_end_of_day else whole):
        ordinal = _counting(ordinal + 1, weekdays)
    if not 1 <= ordinal <= date.max.toordinal():
        return None
    return instant(date.fromordinal(ordinal), DAY_S if is_end_of_day else rest_s, zone)


def _counting(ordinal: int, weekdays: frozenset[int]) -> int:
    """This day, or the next one that counts. Ordinal 1 was a Monday."""
    while (ordinal - 1) % 7 not in weekdays:
        ordinal += 1
    return ordinal


def resting(due_s: int, rest: Iterable[int], zone: tzinfo) -> int | None:
    """Advice for a deadline on a day of rest: the end of the last working day before it."""
    free = frozenset(rest)
    day = day_of(due_s, zone)
    if day is None or day.weekday() not in free or len(free) == len(WEEKDAYS):
        return None
    ordinal = day.toordinal()
    while (ordinal - 1) % 7 in free and ordinal > 1:
        ordinal -= 1
    return instant(date.fromordinal(ordinal), DAY_S, zone)
