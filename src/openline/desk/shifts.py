"""The watch of this desk, shift by shift: who has it, what was written, how it changed hands.

Shapes   current(book) -> record or None; begin(), note(), offer(), sign(), drop(): on the lane
Units    times are unix seconds UTC
Raises   ShiftRefused, BadText
Source   docs/OPERATE.md, "The watch at the desk"; docs/decisions/0048 and 0092
Never    changes hands silently: a handover bears the passkeys of two officers over the same text,
         or the shift says that nobody handed it over
"""

import hashlib
from typing import Any, ClassVar, Final

from openline.desk import owners, written
from openline.desk.deskbook import Deskbook, Record
from openline.desk.roster import Officer
from openline.errors import OpenlineError
from openline.formats import openjson

KIND: Final = "shift"
NOTE_CHARACTERS_MAX: Final = 1_000
NOTES_MAX: Final = 400
# A record of the desk holds the log, the handover before it and the one that is offered after it.
LOG_BYTES_MAX: Final = 256 * 1024
_PREFIX: Final = b"openline/v1 shift handover\n"
Statement = dict[str, Any]


class ShiftRefused(OpenlineError):
    """The watch cannot begin, be written to or change hands that way."""

    code: ClassVar[str] = "desk.shift-refused"
    remedy: ClassVar[str] = "Look at the page of the watch: it says who has it and what is offered."


def current(book: Deskbook) -> Record | None:
    """The shift that is on; None before the first one."""
    shifts = book.read(KIND)
    newest = max(shifts, default=None)
    return None if newest is None else shifts[newest]


def numbered(book: Deskbook, number: int) -> Record | None:
    """The shift of that number."""
    return book.read(KIND).get(name_of(number))


def name_of(number: int) -> str:
    """How the book names a shift: in the order of their numbers."""
    return f"shift-{number:08d}"


def every(book: Deskbook) -> list[Record]:
    """All shifts, the newest first."""
    shifts = book.read(KIND)
    return [shifts[name] for name in sorted(shifts, reverse=True)]


def earlier(book: Deskbook, most: int = 20) -> list[Record]:
    """Shifts that are over, the newest first."""
    return every(book)[1 : most + 1]


def begin(book: Deskbook, officer: Officer, now_s: int) -> Record:
    """A shift that nobody handed over; whoever had rows of the queue has them no more."""
    before = current(book)
    if before is not None and before["person"] == officer.person.hex():
        raise ShiftRefused("you have the watch")
    return _next(book, officer, now_s, {})


def _next(book: Deskbook, officer: Officer, now_s: int, handover: Record) -> Record:
    before = current(book)
    number = before["number"] + 1 if before else 1
    if before is not None:
        book.write(KIND, {**before, "ended": now_s, "offer": {}})
    freed = owners.orphan(book, now_s)
    shift: Record = {
        "id": name_of(number),
        "number": number,
        "person": officer.person.hex(),
        "name": officer.name,
        "began": now_s,
        "ended": 0,
        "freed": freed,
        "handover": handover,
        "offer": {},
        "log": [],
    }
    book.write(KIND, shift)
    return shift


def note(book: Deskbook, officer: Officer, text: str, line: str, now_s: int) -> None:
    """Write into the log of the shift; with a line only those who see it read the note."""
    shift = current(book)
    if shift is None:
        raise ShiftRefused("no shift has begun")
    noted = written.line("the note", text.strip(), NOTE_CHARACTERS_MAX)
    if len(shift["log"]) >= NOTES_MAX:
        raise ShiftRefused(f"the log of a shift holds {NOTES_MAX} notes; hand the watch over")
    log = [*shift["log"], [now_s, officer.name, line, noted]]
    if len(openjson.encode(log)) > LOG_BYTES_MAX:
        raise ShiftRefused(f"the log of a shift holds {LOG_BYTES_MAX} bytes; hand the watch over")
    book.write(KIND, {**shift, "log": log})


def offer(
    book: Deskbook, outgoing: Officer, incoming: Officer, content: Statement, now_s: int
) -> Record:
    """What the outgoing officer means to hand over to one other officer; it is not signed yet."""
    shift = current(book)
    if shift is None or shift["person"] != outgoing.person.hex():
        raise ShiftRefused("only the officer who has the watch hands it over")
    if incoming.person == outgoing.person:
        raise ShiftRefused("the watch is handed over to another officer")
    statement = {
        **content,
        "shift": shift["number"],
        "at": now_s,
        "from": [outgoing.person.hex(), outgoing.name],
        "to": [incoming.person.hex(), incoming.name],
    }
    made = {"statement": statement, "signed": []}
    book.write(KIND, {**shift, "offer": made})
    return made


def challenge(statement: Statement) -> bytes:
    """What both officers' passkeys sign."""
    return hashlib.sha256(_PREFIX + openjson.encode(statement)).digest()


def signer(shift: Record) -> str:
    """Whose signature the offer waits for: the outgoing officer's, then the incoming one's."""
    waits = shift["offer"]
    if not waits:
        return ""
    person: str = waits["statement"]["to" if waits["signed"] else "from"][0]
    return person


def sign(book: Deskbook, officer: Officer, assertion: Record, now_s: int) -> Record:
    """One signature over the offer; with the second the watch has changed hands."""
    shift = current(book)
    if shift is None or signer(shift) != officer.person.hex():
        raise ShiftRefused("the handover waits for no signature of yours")
    waits = shift["offer"]
    signed = [*waits["signed"], {**assertion, "person": officer.person.hex(), "at": now_s}]
    made = {**waits, "signed": signed}
    if len(signed) < 2:
        book.write(KIND, {**shift, "offer": made})
        return made
    _next(book, officer, now_s, made)
    return made


def drop(book: Deskbook, officer: Officer) -> None:
    """Take an offer back, or decline it."""
    shift = current(book)
    waits = shift["offer"] if shift else {}
    if shift is None or not waits:
        raise ShiftRefused("no handover is offered")
    if officer.person.hex() not in (waits["statement"]["from"][0], waits["statement"]["to"][0]):
        raise ShiftRefused("this handover is between two other officers")
    book.write(KIND, {**shift, "offer": {}})
