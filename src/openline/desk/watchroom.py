"""What the watch is shown: the queue, the board of lines, whom to ring, the calendar.

Shapes   plain JSON values, as docs/cases.md describes them; the calendar as RFC 5545 text
Units    times as RFC 3339 UTC text; durations in seconds
Raises   UnknownLine
Source   docs/OPERATE.md, "The watch"; DESIGN "received is not understood is not agreed"
Never    makes one state out of several parties' statements, or calls silence anything but silence
"""

from openline.cases.entry import Ref
from openline.cases.registers import board_row, registers
from openline.desk.acts import Act, Desk, Json, text
from openline.exchange import keeping, lines, reading, receipts, timetable
from openline.exchange.station import Station
from openline.formats.icalendar import Feed, Occasion, encode
from openline.formats.spell import parse_utc

DEEMED = "deemed, not received"
# Words of a duty that still asks for somebody's hand.
OPEN_STATES = frozenset({"running", "overdue", "not-started"})


def lines_of(station: Station, args: Json) -> list[bytes]:
    """The line that is named, or all of them."""
    if args.get("line"):
        return [lines.find(station, text(args, "line"))]
    return [row.line_id for row in station.lines()]


def line_registers(station: Station, line_id: bytes, *only: str) -> Json:
    """Every register of one line, or those named: a long line has long ones."""
    return registers(
        reading.state(station, line_id),
        receipts.of_line(station, line_id),
        timetable.agreed(station, line_id),
        station.line_now(line_id),
        only or None,
    )


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
    """What waits for this party: unacknowledged, unanswered; what is due first stands first."""

    def show() -> list[Json]:
        return [
            row
            for line_id in lines_of(desk.station, args)
            for row in queue_of(desk.station, line_id)
        ]

    rows = await desk.lane.run(show)
    rows.sort(key=lambda row: (row["due"] or "9999", row["received"], row["number"]))
    return {"queue": rows}


def queue_of(station: Station, line_id: bytes) -> list[Json]:
    """Rows of one line in which this party has something to do.

    What is closed owes nothing; but as long as nobody here has said a word to it, it may not have
    been seen, so it stays.
    """
    found = line_registers(station, line_id, "reception", "due", "next")
    state = reading.state(station, line_id)
    dues = {(tuple(d["ref"]), d["kind"]): d for d in found["due"] if d["party"] == station.party}
    steps = {tuple(s["ref"]): s for s in found["next"] if s["party"] == station.party}
    rows: list[Json] = []
    for row in found["reception"]:
        if row["party"] != station.party or not row["current"] or row["a4"]:
            continue
        place = tuple(row["ref"])
        case = state.case(Ref(*row["case"]))
        if case is not None and not case.is_open and not row["silent"]:
            continue
        due = dues.get((place, "acknowledge" if not row["a1"] else "answer"), {})
        step = steps.get(place, {})
        if row["a1"] and not due and not step.get("due"):
            continue
        sender = station.log(row["ref"][0])
        rows.append(
            {
                "line": line_id.hex(),
                "status": station.charter(line_id).status,
                "title": station.charter(line_id).title,
                "ref": row["ref"],
                "number": row["number"],
                "from": sender.party if sender else "",
                "format": row["format"],
                "received": row["a0"].get("time", ""),
                "ladder": rung(row),
                "next": "answer" if row["a1"] else "acknowledge",
                "precedence": step.get("precedence", ""),
                "due": step.get("due") or due.get("due", ""),
                "rule": step.get("rule", "") or ("format" if due else ""),
                "state": step.get("state") if step.get("due") else due.get("state", ""),
                "rest": due.get("rest", ""),
            }
        )
    return rows


def rung(row: Json) -> str:
    """The highest rung that one addressee has reached, with nothing implied below it.

    What lay at a relay for too long is deemed received, which is no rung.
    """
    for name in ("a4", "a3", "a2", "a1"):
        if row[name]:
            return name.upper()
    if row["a0"].get("time"):
        return "A0"
    return DEEMED if row["a0"].get("deemed") else "-"


async def board(desk: Desk, args: Json) -> Json:
    """Every line by level; per party what it states, when it was heard, what its tests say."""
    ways = {way.link.peer: way.value() for way in desk.links.ways.values()}

    def show_board() -> list[Json]:
        station = desk.station
        rows = []
        for line_id in lines_of(station, args):
            told = lines.summary(station, line_id)
            row = board_row(
                reading.state(station, line_id),
                station.line_now(line_id),
                receipts.of_line(station, line_id),
                timetable.agreed(station, line_id),
            )
            for each in row["parties"]:
                each |= heard(station, each, ways.get(each["party"], {}))
            rows.append({**told, **row})
        return rows

    return {"lines": await desk.lane.run(show_board), "links": list(ways.values())}


def heard(station: Station, row: Json, link: Json) -> Json:
    """Whether a party's node answers now; if not, since when nothing was heard of it.

    The node of a party that suspended a line may answer: these are two facts, shown apart.
    """
    if row["party"] == station.party:
        return {"is_us": True, "link_up": True, "not_heard_since": ""}
    is_up = bool(link.get("up"))
    signs = [sign for sign in (str(link.get("last_up", "")), str(row["last_message"])) if sign]
    since = "" if is_up else max(signs, default="never")
    return {"is_us": False, "link_up": is_up, "not_heard_since": since}


async def roster_view(desk: Desk, args: Json) -> Json:
    """Who has the watch at each party of a line, whom to ring, and which flash messages wait."""

    def show() -> Json:
        line_id = lines.find(desk.station, text(args, "line"))
        found = line_registers(desk.station, line_id, "roster", "flash")
        return {"roster": found["roster"]["rows"], "flash": found["flash"]["rows"]}

    return await desk.lane.run(show)


async def calendar(desk: Desk, args: Json) -> Json:
    """Deadlines of all lines as an iCalendar feed; without content unless it is asked for."""
    with_content = args.get("with_content") is True

    def show() -> Json:
        station = desk.station
        occasions = [
            occasion
            for line_id in lines_of(station, args)
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
