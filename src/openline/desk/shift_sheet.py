"""A shift of the watch as one reader may see it: its log, and the handover that began it.

Shapes   shift_sheet(station, book, args, speakers, made) -> Document; args: number, status, lines.
         offer_sheet(...) gives an offer for the page on which it is signed;
         `shifts` is an operation
Units    times as RFC 3339 UTC text
Raises   NoSuchShift, BadRequest
Source   docs/OPERATE.md, "The watch at the desk"; docs/decisions/0048 and 0092
Never    gives a word about a line that is not named in `lines`; without names it gives all, as to
         an operator
"""

from collections.abc import Collection, Sequence
from typing import ClassVar

from openline.cases.documents.shift import facts_of, left_open, shift
from openline.desk import handing, shifts
from openline.desk.acts import Act, BadRequest, Desk, Json, text
from openline.desk.deskbook import Deskbook, Record
from openline.errors import OpenlineError
from openline.exchange.station import Station
from openline.formats.card import comparison_digits
from openline.formats.charter import STATUSES
from openline.formats.document.model import Document
from openline.formats.document.speaker import Speaker
from openline.formats.spell import utc


class NoSuchShift(OpenlineError):
    """No shift of that number has begun at this desk."""

    code: ClassVar[str] = "desk.no-such-shift"
    remedy: ClassVar[str] = "Choose one from the list of shifts."


def shift_sheet(
    station: Station, book: Deskbook, args: Json, of: Sequence[Speaker], made: tuple[int, str]
) -> Document:
    """One shift, as far as it is about lines of one status that its reader has a role on."""
    return shift(wanted(station, book, args), status_of(args), of, made)


def wanted(station: Station, book: Deskbook, args: Json) -> Json:
    """The shift that is asked for, in words: what its reader may see, of lines of one status."""
    number, named = args.get("number"), args.get("lines")
    found = shifts.numbered(book, number) if isinstance(number, int) else None
    if found is None:
        raise NoSuchShift(f"{number!r} is the number of no shift here"[:200])
    of_status = {
        row.line_id.hex()
        for row in station.lines()
        if station.charter(row.line_id).status == status_of(args)
    }
    return shift_told(station, found, of_status if named is None else of_status & {*named})


def status_of(args: Json) -> str:
    """The status that is asked for; what is real where none is."""
    status = text(args, "status", STATUSES[0])
    if status not in STATUSES:
        raise BadRequest(f"status: one of {', '.join(STATUSES)}")
    return status


def offer_sheet(handover: Record, lines: Collection[str], of: Sequence[Speaker]) -> Json:
    """An offer for the page on which it is signed: its facts, and sections status by status."""
    told = handover_told(handover, lines)
    parts = [(status, left_open(told, status, of)) for status in STATUSES]
    return {
        "facts": facts_of(told, of),
        "digits": told["digits"].split(),
        "parts": [(status, sections) for status, sections in parts if sections],
    }


async def shifts_list(desk: Desk, args: Json) -> Json:
    """Every shift of this desk, the newest first; of the one that is named, all there is of lines
    of one status."""

    def listed() -> Json:
        book = Deskbook(desk.station)
        if args.get("number") is not None:
            return {"shift": wanted(desk.station, book, args)}
        return {"shifts": [heading(each) for each in shifts.every(book)]}

    return await desk.lane.run(listed)


def heading(record: Record) -> Json:
    """Who had a shift, from when to when, and who handed it over; "" where nobody did."""
    handover = record["handover"]
    return {
        "number": record["number"],
        "name": record["name"],
        "began": utc(record["began"]),
        "ended": utc(record["ended"]) if record["ended"] else "",
        "from": handover["statement"]["from"][1] if handover else "",
    }


def shift_told(station: Station, record: Record, lines: Collection[str]) -> Json:
    """A shift in words."""
    handover = record["handover"]
    return {
        **heading(record),
        "notes": notes_told(station, record, lines),
        "handover": handover_told(handover, lines) if handover else {},
    }


def notes_told(station: Station, record: Record, lines: Collection[str]) -> list[Json]:
    """The log of a shift: who wrote what, and about which line; "" where it is about none."""
    return [
        {
            "at": utc(at_s),
            "name": name,
            "title": station.charter(bytes.fromhex(line)).title if line else "",
            "text": words,
        }
        for at_s, name, line, words in record["log"]
        if not line or line in lines
    ]


def handover_told(handover: Record, lines: Collection[str]) -> Json:
    """A handover, signed or offered: between whom, when, what, which digits, by whose keys."""
    said = handover["statement"]
    names = dict((said["from"], said["to"]))
    return {
        "from": said["from"][1],
        "to": said["to"][1],
        "at": utc(said["at"]),
        "notes": handing.for_all(said),
        "lines": handing.seen(said, lines),
        "digits": comparison_digits(shifts.challenge(said)),
        "signed": [[names[each["person"]], utc(each["at"])] for each in handover["signed"]],
    }


SHIFTS: dict[str, Act] = {"shifts": shifts_list}
