"""Documents for the file and for paper: a message, a case, a register, a watch sheet, a shift.

Shapes   `document` gives {"line", "status", "title", "name"} with "lines", "html" or "pdf"
Units    times as RFC 3339 UTC text, beside them the reader's zone; PDF as base64
Raises   BadRequest, UnknownZone, NoSuchEntry, UnknownLine, LaneBusy, and what the press refuses
Source   docs/operations.md, "Looking"; docs/decisions/0033-one-document.md
Never    mixes lines: one document is of one line, under that line's marking. That of a shift is of
         all lines of one status that its reader has a role on
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from openline.cases.calendar import zone_of
from openline.cases.documents.fork import fork
from openline.cases.documents.message import message
from openline.cases.documents.register import WATCH, register
from openline.cases.documents.thread import thread
from openline.cases.entry import Ref
from openline.cases.views import case_view
from openline.desk.acts import Act, BadRequest, Desk, Json, ref, text
from openline.desk.deskbook import Deskbook
from openline.desk.paper import press
from openline.desk.shift_sheet import SHIFTS, shift_sheet
from openline.desk.views import VIEWS, shown
from openline.desk.watchroom import line_registers, with_public
from openline.errors import OpenlineError
from openline.exchange.folding import entries, reading, receipts
from openline.exchange.folding.waiting import late_of, untimed_of
from openline.exchange.logs import forks
from openline.exchange.membership import lines
from openline.exchange.station import Station
from openline.formats.document import html
from openline.formats.document.model import Document, plain_words
from openline.formats.document.speaker import Speaker, each, speakers, term
from openline.formats.document.text import lines_of
from openline.formats.spell import b64, utc
from openline.watch.lane import Lane

LANGUAGES_MAX: Final = 2
COLUMNS: Final = 100
# Pages are set one by one, and the record's own lane does not wait for paper.
PRESS: Final = Lane()


async def document(desk: Desk, args: Json) -> Json:
    """A message, a case, a register, a watch sheet or a shift as lines, as HTML or as PDF."""
    of = text(args, "of", "message")
    make = _MAKERS.get(of)
    if make is None:
        raise BadRequest(f"of: one of {', '.join(_MAKERS)}")
    form = text(args, "as", "lines")
    line_id, made = await desk.lane.run(make, desk, args)
    found = {
        "line": line_id.hex(),
        "status": made.status,
        "title": plain_words(made.title),
        "name": made.name,
    }
    if form == "html":
        return {**found, "html": html.page(made), "policy": html.POLICY}
    if form == "pdf":
        return {**found, "pdf": b64(await PRESS.run(press.pdf, made, desk.station.party))}
    if form != "lines":
        raise BadRequest("as: one of lines, html, pdf")
    columns = args.get("columns", COLUMNS)
    if not isinstance(columns, int):
        raise BadRequest("columns: a number is expected")
    return {**found, "lines": [list(told) for told in lines_of(made, min(columns, 400))]}


def asked(station: Station, args: Json) -> tuple[Speaker, ...]:
    """The languages of a document, with the reader's zone and this node's names."""
    wanted = args.get("languages", ["en"])
    known = station.packs.terms.languages
    is_list = isinstance(wanted, list) and 1 <= len(wanted) <= LANGUAGES_MAX
    if not is_list or len(set(map(str, wanted))) != len(wanted) or not set(wanted) <= set(known):
        raise BadRequest(f"languages: one or two of {', '.join(sorted(known))}")
    zone = zone_of(text(args, "zone", "UTC"))
    return speakers(station.packs.terms, wanted, zone, station.names, station.packs.format)


def made_by(station: Station) -> tuple[int, str]:
    return station.clock.now_s(), station.party


def _message(desk: Desk, args: Json) -> tuple[bytes, Document]:
    station, place = desk.station, ref(args)
    told = entry_of(desk, place)
    line_id = bytes.fromhex(told["line"])
    found = message(
        told,
        matter_of(station, line_id, place),
        station.packs.format(told["format"]),
        asked(station, args),
        made_by(station),
        with_withheld=args.get("withheld") is True,
        read=station.packs.format(told["about_format"]),
    )
    return line_id, found


def entry_of(desk: Desk, place: Ref) -> Json:
    """An entry as `show` gives it, with the names of this party's officers."""
    told = shown(desk.station, place, "en")
    names = {b64(p): officer.name for p, officer in desk.roster.officers.items()}
    for row in told["proof"]["released_by"]:
        row["name"] = names.get(row["person"], "")
    return told


def matter_of(station: Station, line_id: bytes, place: Ref) -> Json:
    """The matter that an entry opened or is a version of; empty for a reply."""
    view = case_view_of(station, line_id, place)
    for matter in view.get("matters", ()):
        if list(place) in [version["ref"] for version in matter["versions"]]:
            return {**matter, "irregularities": view["irregularities"]}
    return {}


def case_view_of(station: Station, line_id: bytes, place: Ref) -> Json:
    """The case of an entry as views show it, with numbers as people write them; {} where none."""
    state = reading.state(station, line_id)
    case = state.case(place)
    if case is None:
        return {}
    given = receipts.of_line(station, line_id)
    late, quiet = late_of(station, line_id, case), untimed_of(station, line_id, case)
    view = case_view(case, given, station.line_now(line_id), state.number, late, quiet)
    for row in (row for matter in view["matters"] for row in matter["reception"]):
        row["elsewhere"] = not receipts.may_hold(station, Ref(*row["ref"]), row["party"])
    return view


def _case(desk: Desk, args: Json) -> tuple[bytes, Document]:
    station, place = desk.station, ref(args)
    log = station.log(place.origin)
    case = reading.state(station, log.line_id).case(place) if log is not None else None
    if log is None or case is None:
        raise entries.NoSuchEntry(f"{place.origin} entry {place.index} belongs to no case here")
    told = [entry_of(desk, entry.ref) for entry in case.entries]
    found = thread(
        case_view_of(station, log.line_id, place),
        {f"{one['from']}:{one['number']}": one for one in told},
        station.packs.format,
        asked(station, args),
        made_by(station),
        with_withheld=args.get("withheld") is True,
    )
    return log.line_id, found


def _register(desk: Desk, args: Json) -> tuple[bytes, Document]:
    station = desk.station
    line_id = lines.find(station, text(args, "line"))
    name = text(args, "register")
    found = with_public(station, line_registers(station, line_id))
    if name not in found:
        raise BadRequest(f"register: one of {', '.join(found)}")
    of = asked(station, args)
    title = each(of, lambda s: s.known(f"register.{name.replace('_', '-')}", name))
    return line_id, _sheet(station, line_id, found, (name,), title, of)


def _watch(desk: Desk, args: Json) -> tuple[bytes, Document]:
    """What a shift hands over: the line, the roster, what is next, what is due, what was late."""
    station = desk.station
    line_id = lines.find(station, text(args, "line"))
    of = asked(station, args)
    found = line_registers(station, line_id, *WATCH)
    return line_id, _sheet(station, line_id, found, WATCH, term(of, "word.watch-sheet"), of)


def _shift(desk: Desk, args: Json) -> tuple[bytes, Document]:
    """A shift is of no line; its notebook is read anew, for that of the pages is theirs."""
    return b"", shift_page(desk, Deskbook(desk.station), args)


def shift_page(desk: Desk, book: Deskbook, args: Json) -> Document:
    """The same for a page of the desk; called on the lane."""
    return shift_sheet(desk.station, book, args, asked(desk.station, args), made_by(desk.station))


def _sheet(
    station: Station,
    line_id: bytes,
    found: Json,
    names: Sequence[str],
    title: Any,
    of: tuple[Speaker, ...],
) -> Document:
    summary = lines.summary(station, line_id)
    return register(summary, found, names, title, of, made_by(station))


def frozen_rows(station: Station, line_id: bytes) -> list[Json]:
    """Every frozen log of a line, for the page about it and for lists."""
    return [
        {
            "line": line_id.hex(),
            "title": station.charter(line_id).title,
            "party": each.log.party,
            "origin": each.log.origin,
            "status": each.log.status,
            "since": utc(each.since_s) if each.since_s else "",
            "evidence": each.evidence,
            "heads": [[head.size, b64(head.root)] for head in each.heads],
            "index": each.index,
            "after": each.after,
        }
        for each in forks.frozen(station, line_id)
    ]


async def frozen(desk: Desk, args: Json) -> Json:
    """Logs that are taken no further: two histories were signed, or one does not fit."""

    def listed() -> list[Json]:
        station = desk.station
        wanted = [lines.find(station, text(args, "line"))] if args.get("line") else []
        chosen = wanted or [row.line_id for row in station.lines()]
        return [row for line_id in chosen for row in frozen_rows(station, line_id)]

    return {"frozen": await desk.lane.run(listed)}


def _fork(desk: Desk, args: Json) -> tuple[bytes, Document]:
    """The page about one frozen log."""
    station, origin = desk.station, text(args, "origin")
    log = station.log(origin)
    told = [] if log is None else frozen_rows(station, log.line_id)
    rows = [row for row in told if row["origin"] == origin]
    if log is None or not rows:
        raise NotFrozen(f"{origin[:200]}: no log of that name is frozen here")
    roster = line_registers(station, log.line_id, "roster")["roster"]["rows"]
    posts = [post for row in roster if row["party"] == log.party for post in row["posts"]]
    summary = lines.summary(station, log.line_id)
    made = fork(summary, rows[0], posts, asked(station, args), made_by(station))
    return log.line_id, made


def fork_page(desk: Desk, args: Json) -> Document:
    """The same for a page of the desk; called on the lane."""
    return _fork(desk, args)[1]


class NotFrozen(OpenlineError):
    """No log of that name is frozen here."""

    code: ClassVar[str] = "desk.not-frozen"
    remedy: ClassVar[str] = "`openline log frozen` lists those that are."


_MAKERS: Final = {
    "message": _message,
    "case": _case,
    "register": _register,
    "watch": _watch,
    "shift": _shift,
    "fork": _fork,
}
LOOKING: Final[dict[str, Act]] = {
    **VIEWS, **SHIFTS, "document": document, "frozen": frozen
}  # fmt: skip
