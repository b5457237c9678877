"""Days and hours as notices write them: day, month, two-digit years, hours that end a day.

Shapes   moment(day, month, year, hhmm) -> unix seconds; year_near(month, day, about_s) -> year
Units    unix seconds UTC; hhmm is four digits, 2400 is the end of the day
Raises   NoSuchTime
Source   ICAO Doc 8126 (NOTAM), IHO S-53 (date-time groups of navigational warnings)
Never    takes a time in another zone than UTC, or a day that its month does not have
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

MONTHS: Final = {
    name: number
    for number, names in enumerate(
        [
            ("JAN", "JANUARY"),
            ("FEB", "FEBRUARY"),
            ("MAR", "MARCH"),
            ("APR", "APRIL"),
            ("MAY",),
            ("JUN", "JUNE"),
            ("JUL", "JULY"),
            ("AUG", "AUGUST"),
            ("SEP", "SEPT", "SEPTEMBER"),
            ("OCT", "OCTOBER"),
            ("NOV", "NOVEMBER"),
            ("DEC", "DECEMBER"),
        ],
        1,
    )
    for name in names
}
WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        [
            ("MON", "MONDAY"),
            ("TUE", "TUESDAY"),
            ("WED", "WEDNESDAY"),
            ("THU", "THURSDAY"),
            ("FRI", "FRIDAY"),
            ("SAT", "SATURDAY"),
            ("SUN", "SUNDAY"),
        ]
    )
    for name in names
}
DAY_S: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)
# A notice is about what comes: at most this long before its issue, else the next year is meant.
_BACK_S: Final = 60 * DAY_S


class NoSuchTime(ValueError):
    """A day or an hour that does not exist, inside this package only: it becomes a doubt."""


def day_of(year: int, month: int, day: int) -> date:
    """A day of the calendar."""
    try:
        return date(year, month, day)
    except ValueError:
        raise NoSuchTime(f"no day {day} in month {month} of {year}") from None


def seconds(day: date, hhmm: str) -> int:
    """The moment of a day; 2400 is the end of it."""
    hour, minute = int(hhmm[:2]), int(hhmm[2:])
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise NoSuchTime(f"no time {hhmm}")
    return (day - _EPOCH).days * DAY_S + hour * 3600 + minute * 60


def year_near(month: int, day: int, about_s: int) -> int:
    """The year that a day without one means in a notice issued at `about_s`."""
    year = datetime.fromtimestamp(about_s, UTC).year
    for each in (year - 1, year, year + 1):
        if seconds(day_of(each, month, min(day, 28)), "0000") >= about_s - _BACK_S:
            return each
    raise NoSuchTime(f"no year for month {month}")


def two_digit_year(text: str) -> int:
    """20yy: no notice of these notations is older."""
    return 2000 + int(text)


def days(first: date, last: date, most: int = 400) -> list[date]:
    """Every day from the first to the last."""
    count = (last - first).days + 1
    if not 1 <= count <= most:
        raise NoSuchTime(f"{first} to {last} is not a stretch of 1 to {most} days")
    return [first + timedelta(days=offset) for offset in range(count)]
