"""Days of a timer: days of the year, weekdays and times of day, as packs write them.

Shapes   days_of(tokens) -> Days
Units    weekdays count from 0 (Monday); times of day are seconds after midnight
Raises   BadDays
Source   docs/formats.md, "How to read a format"; docs/cases.md, "Calendars and clocks"
Never    knows a zone or a year: what a token means on a wall clock is for cases/calendar.py
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import ClassVar, Final

from openline.errors import OpenlineError

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TOKENS_MAX: Final = 64
# The days of a leap year: 02-29 is a day, 02-30 is none.
_LEAP: Final = 2024
_DATE: Final = re.compile(r"(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
_TIME: Final = re.compile(r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])")


class BadDays(OpenlineError):
    """A day, weekday or time of day that no calendar has."""

    code: ClassVar[str] = "formats.bad-days"
    remedy: ClassVar[str] = "Write days as MM-DD or mon to sun, and times as HH:MM."


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the year as (month, day), weekdays from 0 (Monday), times of day in seconds."""

    dates: tuple[tuple[int, int], ...] = ()
    weekdays: frozenset[int] = frozenset()
    times: tuple[int, ...] = ()

    def has(self, day: date) -> bool:
        """Whether a day is one of these; without dates and weekdays every day is."""
        if not self.dates and not self.weekdays:
            return True
        return day.weekday() in self.weekdays or any(_is_on(day, each) for each in self.dates)


def _is_on(day: date, month_day: tuple[int, int]) -> bool:
    """29 February falls on the 28th in a year that has no 29th."""
    if month_day == (2, 29) and not _is_leap(day.year):
        return (day.month, day.day) == (2, 28)
    return (day.month, day.day) == month_day


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@lru_cache(maxsize=1024)
def days_of(tokens: tuple[str, ...]) -> Days:
    """Read the day tokens of a timer strictly."""
    if len(tokens) > TOKENS_MAX:
        raise BadDays(f"{len(tokens)} days, at most {TOKENS_MAX}")
    dates, weekdays, times = set(), set(), set()
    for token in tokens:
        if token in WEEKDAYS:
            weekdays.add(WEEKDAYS.index(token))
        elif match := _DATE.fullmatch(token):
            dates.add(_month_day(token, int(match["month"]), int(match["day"])))
        elif match := _TIME.fullmatch(token):
            times.add(int(match["hour"]) * 3_600 + int(match["minute"]) * 60)
        else:
            raise BadDays(f"{token[:40]!r} is neither MM-DD nor mon to sun nor HH:MM")
    return Days(tuple(sorted(dates)), frozenset(weekdays), tuple(sorted(times)))


def _month_day(token: str, month: int, day: int) -> tuple[int, int]:
    try:
        date(_LEAP, month, day)
    except ValueError:
        raise BadDays(f"{token[:40]!r} is no day of any year") from None
    return month, day
