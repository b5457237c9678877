"""What the watch is shown: the queue, the board of lines, whom to ring, the calendar.

Shapes   plain JSON values, as docs/cases.md describes them; the calendar as RFC 5545 text
Units    times as RFC 3339 UTC text; durations in seconds
Raises   UnknownLine
Source   docs/OPERATE.md, "The watch"; DESIGN "received is not understood is not agreed"
Never    makes one state out of several parties' statements, or calls silence anything but silence
"""

from openline.cases.entry import Ref
from openline.cases.ours import NOT_RECEIVED
from openline.cases.precedence import NO_DEADLINE
from openline.cases.registers import board_row, registers
from openline.cases.registers.line import limits
from openline.cases.timing import NOT_STARTED
from openline.desk.acts import Act, Desk, Json, text
from openline.desk.attaching import missing_rows
from openline.exchange.carried import reachable
from openline.exchange.folding import reading, receipts, timetable
from openline.exchange.folding.waiting import RECEIPT_S, by_due, ours_of, queue_of
from openline.exchange.kept import keeping
from openline.exchange.membership import invited, lines, parties
from openline.exchange.station import Station
from openline.formats.icalendar import Feed, Occasion, encode
from openline.formats.spell import parse_utc

# Registers of what counts from a receipt; one that is given to another party is not seen here.
COUNTED = ("due", "next")
ELSEWHERE = "receipt-elsewhere"
# Words of a duty that still asks for somebody's hand.
OPEN_STATES = frozenset({"running", "overdue", "not-started"})


def lines_of(station: Station, args: Json) -> list[bytes]:
    """The line that is named, or all of them."""
    if args.get("line"):
        return [lines.find(station, text(args, "line"))]
    return [row.line_id for row in station.lines()]


def asking(station: Station, args: Json) -> list[bytes]:
    """The line that is named, or all but those declined here: nothing there waits for us."""
    found = lines_of(station, args)
    return [each for each in found if args.get("line") or not invited.is_declined(station, each)]


def told_of(station: Station, line_id: bytes) -> Json:
    """What a list shows of a line, and beside it who says that it is suspended, degraded or left.

    That charters are accepted is one fact, what each member says of the line since is another.
    """
    told = lines.summary(station, line_id)
    return {**told, "limits": limits(reading.state(station, line_id))}


def line_registers(station: Station, line_id: bytes, *only: str) -> Json:
    """Every register of one line, or those named: a long line has long ones."""
    found = registers(
        reading.state(station, line_id),
        receipts.of_line(station, line_id),
        timetable.agreed(station, line_id),
        station.line_now(line_id),
        only or None,
    )
    for row in (row for name in COUNTED if name in found for row in found[name]):
        if row["state"] == NOT_STARTED and row["basis"] == NOT_RECEIVED:
            is_ours = receipts.may_hold(station, Ref(*row["ref"]), row["party"])
            row["state"] = NOT_STARTED if is_ours else ELSEWHERE
    return found


def with_public(station: Station, found: Json) -> Json:
    """The registers of a line with what was said in public on its topics."""
    return {**found, "public": public_of(station, topics_of(found))}


def topics_of(found: Json) -> set[str]:
    """The topics of which something was said on a line."""
    cases_ = {str(case["topic"]) for case in found["cases"]}
    return {topic for topic in cases_ if topic}


def public_of(station: Station, topics: set[str]) -> Json:
    """Public statements on these topics: from this node's notebook, never from a log."""
    rows = [
        {"id": note["id"], "entered": note["at"], **note["record"]}
        for note in keeping.read_notes(station, "public")
        if note["record"].get("topic") in topics
    ]
    return {"local": True, "rows": rows}


async def queue(desk: Desk, args: Json) -> Json:
    """What waits for this party, due first; `ours`: what its own messages met with, or did not;
    `files`: what messages name and is not here yet."""
    ways = {way.link.peer: way.value() for way in desk.links.ways.values()}

    def show() -> Json:
        station, known = desk.station, parties.standings(desk.station)
        rows, ours = [], []
        wanted = asking(station, args)
        for line_id in wanted:
            rows += queue_of(station, line_id)
            now_s = station.line_now(line_id)
            ours += [
                {**row, "late": is_late(row, now_s, ways.get(row["party"]))}
                for row in ours_of(station, line_id)
            ]
        rows = [{**row, "standing": known.get(row["from"], "")} for row in by_due(rows)]
        files = [r for r in missing_rows(station) if bytes.fromhex(r["line"]) in wanted]
        return {"queue": rows, "ours": ours, "files": files}

    return await desk.lane.run(show)


def is_late(row: Json, now_s: int, link: Json | None) -> bool:
    """Whether a row of `ours` needs a hand: a receipt is on its way for a moment, not for long; and
    nobody is late where no time was agreed."""
    if row["kind"] == NO_DEADLINE:
        return False
    if row["kind"] != NOT_RECEIVED or (link is not None and not link["up"]):
        return True
    return now_s - parse_utc(row["since"]) >= RECEIPT_S


async def board(desk: Desk, args: Json) -> Json:
    """Every line by level; per party what it states, when it was heard, what its tests say.
    Lines that were declined here stand apart, with who proposed them."""
    ways = {way.link.peer: way.value() for way in desk.links.ways.values()}

    def show_board() -> list[Json]:
        station = desk.station
        rows, known = [], parties.standings(station)
        for line_id in lines_of(station, args):
            if not invited.is_listed(station, line_id):
                continue
            row = board_row(
                reading.state(station, line_id),
                station.line_now(line_id),
                receipts.of_line(station, line_id),
                timetable.agreed(station, line_id),
            )
            for each in row["parties"]:
                each |= heard(station, each, ways.get(each["party"], {}))
                each["standing"] = known.get(each["party"], parties.UNKNOWN)
            rows.append({**told_of(station, line_id), **row})
        return rows

    def declined() -> list[Json]:
        station = desk.station
        there = [i for i in lines_of(station, args) if invited.is_declined(station, i)]
        return [lines.summary(station, line_id) for line_id in there]

    return {
        "lines": await desk.lane.run(show_board),
        "declined": await desk.lane.run(declined),
        "links": list(ways.values()),
        "relays": await desk.lane.run(reachable.standing, desk.station),
        "witnesses": await desk.lane.run(reachable.witnesses_standing, desk.station),
    }


def heard(station: Station, row: Json, link: Json) -> Json:
    """Whether a party's node answered when it was last asked, and how long ago that was; if not,
    since when nothing was heard of it.

    The node of a party that suspended a line may answer: these are two facts, shown apart.
    """
    if row["party"] == station.party:
        return {"is_us": True, "link_up": True, "not_heard_since": "", "heard_s": None}
    is_up, last_up = bool(link.get("up")), str(link.get("last_up", ""))
    signs = [sign for sign in (last_up, str(row["last_message"])) if sign]
    since = "" if is_up else max(signs, default="never")
    heard_s = max(0, station.clock.now_s() - parse_utc(last_up)) if is_up and last_up else None
    return {"is_us": False, "link_up": is_up, "not_heard_since": since, "heard_s": heard_s}


async def roster_view(desk: Desk, args: Json) -> Json:
    """Who has the watch at each party of a line, whom to ring, and which flash messages wait."""

    def show() -> Json:
        line_id = lines.find(desk.station, text(args, "line"))
        found = line_registers(desk.station, line_id, "roster", "flash")
        rows = found["roster"]["rows"]
        return {
            "roster": rows,
            "flash": found["flash"]["rows"],
            "unsure": parties.unsure(desk.station, {row["party"] for row in rows}),
        }

    return await desk.lane.run(show)


def whom_to_ring(station: Station, line_id: bytes) -> list[Json]:
    """The watch of every other member as it was told last: posts in the order to ring them."""
    rows = line_registers(station, line_id, "roster")["roster"]["rows"]
    return [row for row in rows if row["party"] != station.party]


async def calendar(desk: Desk, args: Json) -> Json:
    """Deadlines of all lines as an iCalendar feed; without content unless it is asked for."""
    with_content = args.get("with_content") is True

    def show() -> Json:
        station = desk.station
        occasions = [
            occasion
            for line_id in asking(station, args)
            for occasion in occasions_of(station, line_id, with_content=with_content)
        ]
        feed = Feed(station.clock.now_s(), tuple(occasions))
        return {"calendar": encode(feed), "events": len(occasions)}

    return await desk.lane.run(show)


def occasions_of(station: Station, line_id: bytes, *, with_content: bool) -> list[Occasion]:
    """What this party owes on one line, as points in time."""
    charter, found = station.charter(line_id), []
    # A line is named by digits that mean nothing to whoever reads a calendar over a shoulder.
    name = str(int.from_bytes(line_id[:4], "big") % 10**6).zfill(6)
    for row in line_registers(station, line_id, "due")["due"]:
        if row["party"] != station.party or row["state"] not in OPEN_STATES or not row["due"]:
            continue
        due_s = parse_utc(row["due"])
        key = "|".join((line_id.hex(), *map(str, row["ref"]), row["kind"], row["to"], row["timer"]))
        is_real = charter.status == "actual"
        mark = "" if is_real else f"{charter.status.upper()} "
        words = f"{mark}something is due on line {name} \N{EM DASH} open the desk"
        if with_content:
            to = f" to {row['to']}" if row["to"] else ""
            words = f"{mark}{row['kind']} {row['number']} on {charter.title}, due{to}"
        repeats = f"|{row['due']}" if row["basis"] == "calendar" else ""
        warn = tuple(due_s - parse_utc(at) for at in row["warn"])
        found.append(Occasion(key + repeats, due_s, words, warn))
    return found


WATCHROOM: dict[str, Act] = {
    "queue": queue,
    "board": board,
    "roster": roster_view,
    "calendar": calendar,
}
