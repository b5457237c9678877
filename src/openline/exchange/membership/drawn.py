"""Lines that we drew and on which nobody has opened a log: drawn, and perhaps thrown away again.

Shapes   is_drawn_only(), is_dropped(), receive_only() -> ids; refuse_unopened()
Units    none
Raises   NotOpened
Source   docs/OPERATE.md, "A line"
Never    deletes one: after a restore its log may be with another member. It is left out of lists,
         and no advice leads to it
"""

from typing import ClassVar

from openline.errors import OpenlineError
from openline.exchange.drafting.drafts import DRAFTS, Draft, decode_draft
from openline.exchange.station import Station


class NotOpened(OpenlineError):
    """Our officers have released nothing on this line: there is nothing to reopen or to leave."""

    code: ClassVar[str] = "exchange.not-opened"
    remedy: ClassVar[str] = (
        "Nothing has to be done. `openline line accept LINE` opens it, `openline line decline LINE`"
        " says no; one that we drew and threw away stands in `openline line list --all` only."
    )


def refuse_unopened(station: Station, line_id: bytes) -> None:
    """Refuse what follows our first entry on a line where none is."""
    logs = station.logs_of(line_id)
    if not any(log.party == station.party and log.size for log in logs):
        told = station.charter(line_id).title
        raise NotOpened(f"{line_id.hex()[:12]} {told!r}: we have not opened our log on this line")


def is_drawn_only(station: Station, line_id: bytes) -> bool:
    """Whether the charter is ours and no member's log on it is known here."""
    row = station.store.line(line_id)
    if row is None or row.proposed_by != station.party:
        return False
    return not any(log.size for log in station.logs_of(line_id))


def refuse_drawn_only(station: Station, line_id: bytes) -> None:
    """Refuse to reopen what never was open: it would be our first entry on the line."""
    if is_drawn_only(station, line_id):
        refuse_unopened(station, line_id)


def is_dropped(station: Station, line_id: bytes) -> bool:
    """Whether such a line waits for nothing: no draft of our first entry is kept, or released."""
    if not is_drawn_only(station, line_id) or station.store.outbox(line_id, 1):
        return False
    return not drafts_of(station, line_id)


def drafts_of(station: Station, line_id: bytes) -> list[Draft]:
    """What is kept for our officers on a line."""
    kept = (decode_draft(data) for _, data in station.views.scan(DRAFTS))
    return [draft for draft in kept if draft.line_id == line_id]


def unsigned(station: Station, line_id: bytes) -> Draft | None:
    """Our first entry on a line that we drew, if it is drafted for today's officers and none of
    them has signed it."""
    if not is_drawn_only(station, line_id):
        return None
    cards, now_s = len(station.cards(station.party)), station.clock.now_s()
    for draft in drafts_of(station, line_id):
        is_good = draft.card_size == cards and not 0 < draft.expires_s <= now_s
        if is_good and not draft.releases:
            return draft
    return None


def receive_only(station: Station) -> list[bytes]:
    """Lines that two officers have to open again; one that never was open is none of them."""
    found = [each for each in station.suspect if not is_drawn_only(station, each)]
    return sorted(found, key=lambda each: (station.charter(each).title, each))


def named(station: Station, line_id: bytes) -> str:
    """A line by what finds it, whatever else has its title."""
    return f"{station.charter(line_id).title} ({line_id.hex()[:12]})"
