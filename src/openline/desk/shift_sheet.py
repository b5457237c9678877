"""A shift of the watch as one reader may see it: its log, and the handover that began it.

Shapes   shift_sheet(station, book, args, speakers, made) -> Document; args: number, status, lines.
         offer_sheet(...) gives an offer for the page on which it is signed; noted(...) finds words
         in shifts; `shifts` is an operation
Units    times as RFC 3339 UTC text
Raises   NoSuchShift, BadRequest
Source   docs/OPERATE.md, "The watch at the desk"; docs/decisions/0048 and 0092
Never    gives a word about a line that is not named in `lines`; without names it gives all, as to
         an operator
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.cases.documents.shift import facts_of, left_open, shift
from openline.desk import handing, shifts
from openline.desk.acts import Act, BadRequest, Desk, Json, text
from openline.desk.deskbook import Deskbook, Record
from openline.errors import OpenlineError
from openline.exchange.folding.searching import excerpts, holds
from openline.exchange.station import Station
from openline.formats.card import comparison_digits
from openline.formats.charter import STATUSES
from openline.formats.document.model import Document
from openline.formats.document.speaker import Speaker
from openline.formats.likeness import asked
from openline.formats.spell import utc

# The newest that a search shows of shifts; how many there are is said.
NOTED_MAX: Final = 50


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
            "title": title_of(station, line),
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


@dataclass(frozen=True, slots=True)
class Sought:
    """What is sought in shifts: words, on which lines, whether also in what is about no line, and
    from when to when."""

    text: str
    lines: Collection[str]
    is_general: bool
    from_s: int | None = None
    until_s: int | None = None


def noted(station: Station, book: Deskbook, sought: Sought) -> Json:
    """What was written in shifts and left to be done at handovers in which all words stand, newest
    first: {"count", "rows"}, at most NOTED_MAX rows; called on the lane."""
    words = asked(sought.text)
    if not words:
        return {"count": 0, "rows": []}
    written = [each for shift in shifts.every(book) for each in written_in(shift)]
    found = [
        each
        for each in written
        if (each["line"] in sought.lines if each["line"] else sought.is_general)
        and (sought.from_s is None or each["at_s"] >= sought.from_s)
        and (sought.until_s is None or each["at_s"] < sought.until_s)
        and holds({"text": each["text"], "name": each["name"]}, words)
    ]
    found.sort(key=lambda each: -each["at_s"])
    return {
        "count": len(found),
        "rows": [
            {
                **each,
                "at": utc(each["at_s"]),
                "title": title_of(station, each["line"]),
                "excerpts": excerpts(iter((each["text"],)), words),
            }
            for each in found[:NOTED_MAX]
        ],
    }


def title_of(station: Station, line: str) -> str:
    return station.charter(bytes.fromhex(line)).title if line else ""


def written_in(record: Record) -> Iterator[Json]:
    """Every note of a shift's log, and what its handover left to be done, with the line of each; ""
    where it is about none."""
    for at_s, name, line, words in record["log"]:
        yield {"number": record["number"], "at_s": at_s, "name": name, "line": line, "text": words}
    said = record["handover"]["statement"] if record["handover"] else {}
    if not said:
        return
    left = [("", handing.for_all(said)), *((x["line"], x["notes"]) for x in said.get("lines", ()))]
    for line, words in left:
        if words:
            yield {
                "number": record["number"], "at_s": said["at"], "name": said["from"][1],
                "line": line, "text": words,
            }  # fmt: skip


SHIFTS: dict[str, Act] = {"shifts": shifts_list}
