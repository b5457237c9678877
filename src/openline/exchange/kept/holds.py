"""Legal hold: what must not be erased here, whoever asks, until the hold is lifted.

Shapes   place(station, subject, reason, by), lift(...), held(station) -> rows of plain JSON
Units    times as RFC 3339 UTC text
Raises   OnHold from `refuse`; NoSuchHold, HoldRefused
Source   docs/OPERATE.md, "Legal hold"; docs/decisions/0064-legal-hold.md
Never    leaves this node: a hold says nothing to others and changes no fold. Never goes silently:
         placing and lifting are events with a name and a reason
"""

from typing import ClassVar, Final

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.check_value import line_faults
from openline.formats.openjson import Value
from openline.formats.spell import utc

HOLDS: Final = "holds"
HOLDS_MAX: Final = 10_000
WORDS_MAX: Final = 300


class OnHold(OpenlineError):
    """The content of this case, or of its whole line, is under a legal hold."""

    code: ClassVar[str] = "exchange.on-hold"
    remedy: ClassVar[str] = "Ask whoever placed the hold; `openline hold list` names them."


class NoSuchHold(OpenlineError):
    """There is no hold on this."""

    code: ClassVar[str] = "exchange.no-such-hold"
    remedy: ClassVar[str] = "`openline hold list` shows what is on hold."


class HoldRefused(OpenlineError):
    """A hold needs a reason and a name, and there is room for ten thousand."""

    code: ClassVar[str] = "exchange.hold-refused"
    remedy: ClassVar[str] = "Give --reason and --by, each in a few words."


def rows(station: Station) -> dict[str, dict[str, Value]]:
    """What is on hold, by subject."""
    data = station.store.meta(HOLDS)
    value = openjson.decode(data, values_max=100_000) if data else {}
    held = value.get("rows") if isinstance(value, dict) else []
    found = [row for row in (held if isinstance(held, list) else []) if isinstance(row, dict)]
    return {str(row["subject"]): row for row in found}


def subject_of(line_id: bytes, case: Ref | None) -> str:
    """What a hold is on: a case, or everything on a line."""
    return line_id.hex() if case is None else f"{line_id.hex()} {case.origin} {case.index}"


def place(
    station: Station, line_id: bytes, case: Ref | None, reason: str, by: str
) -> dict[str, Value]:
    """Put a case or a whole line on hold; a hold that is there already stays as it is."""
    known, subject = rows(station), subject_of(line_id, case)
    if subject in known:
        return known[subject]
    check_words(reason, by)
    if len(known) >= HOLDS_MAX:
        raise HoldRefused(f"{len(known)} holds are there already")
    row: dict[str, Value] = {
        "at": utc(station.clock.now_s()),
        "by": by,
        "line": line_id.hex(),
        "reason": reason,
        "ref": [] if case is None else [case.origin, case.index],
        "subject": subject,
    }
    write(station, {**known, subject: row}, "hold.placed", line_id, f"{by}: {reason}")
    return row


def lift(station: Station, line_id: bytes, case: Ref | None, reason: str, by: str) -> None:
    """End a hold; what it kept may be erased again, and is not by itself."""
    known, subject = rows(station), subject_of(line_id, case)
    if subject not in known:
        raise NoSuchHold("nothing of that kind is on hold")
    check_words(reason, by)
    left = {name: row for name, row in known.items() if name != subject}
    write(station, left, "hold.lifted", line_id, f"{by}: {reason}")


def held(station: Station) -> list[Value]:
    """Every hold, the oldest first."""
    found = sorted(rows(station).values(), key=lambda row: (str(row["at"]), str(row["subject"])))
    return list(found)


def refuse(station: Station, line_id: bytes, case: Ref) -> None:
    """Raise OnHold when a case must not be erased."""
    known = rows(station)
    for subject in (subject_of(line_id, None), subject_of(line_id, case)):
        row = known.get(subject)
        if row is not None:
            raise OnHold(f"on hold since {row['at']} by {row['by']}: {row['reason']}")


def write(
    station: Station, known: dict[str, dict[str, Value]], code: str, line_id: bytes, told: str
) -> None:
    """The new list and the event, in one transaction."""
    listed: list[Value] = list(known.values())
    data = openjson.encode({"rows": listed}, values_max=100_000)
    with station.store.write() as tx:
        tx.set_meta(HOLDS, data)
        station.tell(tx, "notice", line_id.hex(), code, told)


def check_words(*words: str) -> None:
    """A reason and a name, each one line that a message could hold."""
    for text in words:
        for _, sentence in line_faults(text, WORDS_MAX):
            raise HoldRefused(f"{text[:20]!r} {sentence}")
