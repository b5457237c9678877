"""Places and times as operations, for a map, a timeline and their tables.

Shapes   plain JSON values, as docs/operations.md describes them
Units    degrees are integers of 1e-7, longitude first; times as RFC 3339 UTC text
Raises   UnknownLine
Source   docs/OPERATE.md, "Map and timeline"
Never    looks at a line that is not named; without names it looks at all, as an operator may
"""

from collections.abc import Callable, Iterator

from openline.desk.acts import Act, Desk, Json
from openline.exchange.folding.sights import Period, places_of, times_of
from openline.exchange.membership import lines
from openline.exchange.station import Station
from openline.formats.spell import parse_utc

# More than anybody can look at; what is left out is counted.
PLACES_MAX = 2_000
TIMES_MAX = 2_000
Looked = Callable[[Station, bytes, Period, bool], Iterator[Json]]


async def places(desk: Desk, args: Json) -> Json:
    """Areas of what was told on lines, with their windows: open ones, or also those closed."""
    return await _looked(desk, args, PLACES_MAX, _places)


async def times(desk: Desk, args: Json) -> Json:
    """When what was told on lines happens, and when it was told."""
    return await _looked(desk, args, TIMES_MAX, _times)


def _places(station: Station, line: bytes, period: Period, closed: bool) -> Iterator[Json]:
    return places_of(station, line, period, closed=closed)


def _times(station: Station, line: bytes, period: Period, closed: bool) -> Iterator[Json]:
    return times_of(station, line, period, closed=closed)


async def _looked(desk: Desk, args: Json, most: int, look: Looked) -> Json:
    """Rows of all lines that are named, at most so many, and how many more there are."""
    period = Period(_time(args, "from"), _time(args, "until"))

    def show(station: Station) -> Json:
        named = args.get("lines")
        known = [row.line_id for row in station.lines()]
        wanted = known if named is None else [lines.find(station, str(line)) for line in named]
        closed = bool(args.get("closed", False))
        rows = [row for line in wanted for row in look(station, line, period, closed)]
        return {"rows": rows[:most], "more": max(0, len(rows) - most)}

    return await desk.lane.run(show, desk.station)


def _time(args: Json, name: str) -> int | None:
    return parse_utc(args[name]) if args.get(name) else None


SIGHTS: dict[str, Act] = {"places": places, "times": times}
