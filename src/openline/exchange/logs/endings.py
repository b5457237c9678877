"""A last entry in our name that came back after a restore: did our officers leave the line?

Shapes   is_shown_ours(station, log, head) -> whether the journal of this machine signed for it;
         unexplained(station, line_id) -> its place where nothing here does; confirm(station,
         draft, place) -> the same, once two officers said that it is theirs
Units    none
Raises   EndingDiffers
Source   docs/PROTOCOL.md parts 5 (leaving) and 8 (anchor); docs/OPERATE.md, "Restores"
Never    ends a line on a time that somebody claims: who holds a copy of our keys can write a last
         entry of any time, and no member can tell it from ours
"""

from dataclasses import replace
from typing import ClassVar, Final

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.contents import opening
from openline.exchange.drafting.drafts import Draft
from openline.exchange.logs import epochs
from openline.exchange.station import Station
from openline.formats.head import Head
from openline.formats.leaf import parse_leaf
from openline.formats.openjson import Value
from openline.store.contract import LogRow, Tx

# So many officers say that a last entry is theirs; as many as open a line after a restore.
OFFICERS: Final = epochs.VISIBLE_RELEASES
WAITS: Final = (
    "restore: a last entry in our name came back, and nothing here shows that our officers wrote it"
)


class EndingDiffers(OpenlineError):
    """What officers would confirm is not the last entry that came back, or cannot be read yet."""

    code: ClassVar[str] = "exchange.ending-differs"
    remedy: ClassVar[str] = (
        "Look at the last entry of our log (`openline restore --lost`, `openline line show LINE`)."
        " If officers of ours did not write it: `openline keys revoke --from`."
    )


def is_shown_ours(station: Station, log: LogRow, head: Head) -> bool:
    """Whether a last entry, at the end of this head, is shown to be this machine's own.

    The journal signed for exactly this head, and knows no log of ours that may follow it: where a
    restore took a thief's last entry for ours to look at, the journal has signed for that one too,
    and what our officers opened since stands in a log after it.
    """
    signed = station.anchor.signed().get(log.origin)
    if signed is None or (signed.size, signed.root) != (head.size, head.root):
        return False
    lost = epochs.lost_logs(station, station.anchor.heads())
    return lost <= epochs.answered_for(station, log.line_id)


def remember(tx: Tx, log: LogRow, index: int) -> None:
    """Our officers have to say of a last entry whether it is theirs."""
    tx.set_meta(_key(log.line_id), f"{log.origin} {index}".encode())
    tx.set_meta(f"suspect/{log.line_id.hex()}", WAITS.encode())


def may_end(station: Station, log: LogRow) -> bool:
    """Whether a last entry of this log can be our last one: no epoch of ours is above it."""
    return epochs.highest_counter(station, log.line_id) <= log.counter


def unexplained(station: Station, line_id: bytes) -> Ref | None:
    """The last entry in our name of which nobody has said whether it is ours.

    Officers have answered who opened an epoch after it, or told how far the log is ours.
    """
    origin, _, index = (station.store.meta(_key(line_id)) or b"").decode().rpartition(" ")
    log = station.log(origin) if origin else None
    if log is None or not may_end(station, log):
        return None
    is_ours = int(index) < epochs.floors(station).get(origin, log.size)
    return Ref(origin, int(index)) if is_ours else None


def refuse_other(station: Station, place: Ref, successor: Value) -> None:
    """Officers confirm what they can read, and only what it says."""
    row = station.store.entry(*place)
    leaf = parse_leaf(row.leaf) if row is not None and row.state == "opened" else None
    opened = opening.read_archived(station, *place, leaf) if leaf is not None else None
    if opened is None:
        raise EndingDiffers("the contents of the last entry in our name are not here yet")
    said = opened.value("successor")
    if said != successor:
        raise EndingDiffers(f"the last entry in our name names {said!r} as the line that follows")


def confirm(station: Station, draft: Draft, place: Ref) -> Ref:
    """Two officers released what the last entry says: it is ours, and we have left the line."""
    (successor,) = [field.json for field in draft.fields if field.path == "successor"]
    refuse_other(station, place, successor)
    if draft.officers < OFFICERS:
        raise EndingDiffers(f"{OFFICERS} officers confirm a last entry that came back: draft anew")
    line_id = draft.line_id
    with station.store.write() as tx:
        line = tx.line(line_id)
        if line is not None:
            tx.put_line(replace(line, state="closed"))
        tx.set_meta(f"suspect/{line_id.hex()}", b"")
        tx.set_meta(_key(line_id), b"")
        said = f"{draft.releases} officers said that entry {place.index} is our last one here"
        station.tell(tx, "notice", line_id.hex(), "epoch.left", said)
    station.suspect.pop(line_id, None)
    station.forget(line_id=line_id)
    return place


def _key(line_id: bytes) -> str:
    return f"ended/{line_id.hex()}"
