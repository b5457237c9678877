"""A time on the command line, turned into the UTC that is sent; asked back, never guessed.

Shapes   whole("2026-03-29T05:30Z") -> "2026-03-29T05:30:00Z"; MOMENT is the click type of an option
         utc_of("2026-03-29T08:30[Europe/Kyiv]") -> "2026-03-29T05:30:00Z"
Units    messages hold UTC only
Raises   BadLocalTime: no such zone, no such time, a time that clocks skip or that comes twice;
         for an option that is no time a usage error that says what is missing
Source   docs/OPERATE.md, "Fields on the command line"; the spelling is that of RFC 9557
Never    chooses between two moments that one clock time can mean
"""

import re
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import click

from openline.cases.calendar import UnknownZone, zone_of
from openline.errors import OpenlineError
from openline.formats.check_value import time_fault

_LOCAL: Final = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?)\[(?P<zone>[A-Za-z][A-Za-z0-9/_+-]{0,63})\]"
)
# A time to the minute, which is enough: the seconds are then none.
_TO_THE_MINUTE: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)Z")


class BadLocalTime(OpenlineError):
    """A local time that does not say which moment is meant."""

    code: ClassVar[str] = "cli.bad-local-time"
    remedy: ClassVar[str] = "Write the time in UTC, like 2026-03-29T01:30:00Z."


class Moment(click.ParamType[str]):
    """An option that takes a time, as --field does: to the minute or second, UTC or local."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        said = whole(str(value))
        wrong = time_fault(said)
        if wrong:
            self.fail(f"{said[:80]!r} {wrong}", param, ctx)
        return said


MOMENT: Final = Moment()


def whole(said: str) -> str:
    """The time in UTC with its seconds; what is no time stays as it was written."""
    return utc_of(said) if said.endswith("]") else _TO_THE_MINUTE.sub(r"\1:00Z", said)


def utc_of(said: str) -> str:
    """The moment of a local time, in UTC as a message spells it."""
    match = _LOCAL.fullmatch(said)
    if match is None:
        raise BadLocalTime(f"{said[:80]!r}: not like 2026-03-29T08:30[Europe/Kyiv]")
    if match["time"][11:13] == "24":
        raise BadLocalTime(f"{said}: midnight is 00:00 of the next day")
    try:
        wall, zone = datetime.fromisoformat(match["time"]), zone_of(match["zone"])
    except UnknownZone as fault:
        raise BadLocalTime(f"{said}: {fault}") from None
    except ValueError:
        raise BadLocalTime(f"{said}: there is no such day or hour") from None
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return _spelled(first)
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        raise BadLocalTime(f"{said}: clocks go forward over this time, so it never is")
    both = f"{_spelled(first)} or {_spelled(second)}"
    raise BadLocalTime(f"{said}: clocks go back, so it comes twice: {both}")


def _spelled(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
