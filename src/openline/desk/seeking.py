"""Search as an operation: over everything said, on the lines that are named.

Shapes   plain JSON values, as docs/operations.md describes them
Units    times as RFC 3339 UTC text
Raises   UnknownLine, BadRequest
Source   docs/OPERATE.md, "Search"
Never    looks at a line that is not named; without names it looks at all, as an operator may
"""

from openline.desk.acts import Act, Desk, Json, text
from openline.exchange.folding import searching
from openline.exchange.folding.searching import Asked
from openline.exchange.membership import lines
from openline.exchange.station import Station
from openline.formats.spell import parse_utc


async def search(desk: Desk, args: Json) -> Json:
    """Messages in which all words stand, newest first, with excerpts; and public statements."""
    station = desk.station
    while await desk.lane.run(searching.step, station):
        pass  # others have their turn between two steps
    question = Asked(
        text(args, "text", ""),
        text(args, "party", ""),
        text(args, "format", ""),
        parse_utc(args["from"]) if args.get("from") else None,
        parse_utc(args["until"]) if args.get("until") else None,
        max(0, int(args.get("skip", 0))),
    )

    def find(station: Station) -> Json:
        named = args.get("lines")
        known = [row.line_id for row in station.lines()]
        wanted = known if named is None else [lines.find(station, str(line)) for line in named]
        return searching.find(station, wanted, question)

    return await desk.lane.run(find, station)


SEEKING: dict[str, Act] = {"search": search}
