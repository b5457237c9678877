"""Two histories of one log: kept as evidence where signatures show it, and the log is frozen.

Shapes   contradicted(station, log, head, note, hashes) -> whether evidence is held now;
         unexplained() marks a log whose owner's signed head does not belong to what is held
Units    sizes count entries; hashes are leaf hashes from entry 0
Raises   nothing of its own
Source   docs/PROTOCOL.md part 10
Never    calls anybody a forger without two signed heads that cannot both be true; never keeps
         evidence of one log twice: who signs a thousand histories fills no disk here
"""

from collections.abc import Sequence

from openline.exchange import epochs
from openline.exchange.station import Station
from openline.formats.head import Head, unverified_head
from openline.formats.spell import b32
from openline.record.evidence import ForkEvidence, NotAFork, build_evidence
from openline.record.tree import root_of
from openline.store.contract import LogRow

NAME_BYTES = 10


def contradicted(
    station: Station, log: LogRow, head: Head, note: bytes, hashes: Sequence[bytes] = ()
) -> bool:
    """Keep evidence if a signed head and the log held here cannot both be true.

    `note` was verified by the caller; `hashes` are all leaves below it, where they are at hand.
    """
    if log.status == "forked":
        return True
    found = find(station, log, head, note, hashes)
    if found is None:
        return False
    keep(station, log, head, found)
    return True


def find(
    station: Station, log: LogRow, head: Head, note: bytes, hashes: Sequence[bytes]
) -> ForkEvidence | None:
    """Two heads of one size, or two leaves at one index; None where neither can be shown."""
    ours = station.store.checkpoint(log.origin, head.size)
    try:
        if ours is not None and unverified_head(ours).root != head.root:
            return build_evidence(ours, (), note, ())
        if len(hashes) == head.size and root_of(hashes) == head.root and log.note:
            held = station.leaf_hashes(log.origin, log.size)
            return build_evidence(log.note, held, note, hashes)
    except NotAFork:
        pass
    return None


def keep(station: Station, log: LogRow, head: Head, found: ForkEvidence) -> None:
    """Evidence, frozen log and alarm in one transaction."""
    name = f"fork-{b32(head.root[:NAME_BYTES])}-{head.size}"
    with station.store.write() as tx:
        tx.put_evidence(name, found.encode())
        tx.set_log_status(log.origin, "forked")
        station.tell(tx, "alarm", log.origin, "log.forked",
                     f"{log.party} signed two histories at {head.size}: {name}")  # fmt: skip
    refresh(station, log)
    if log.party == station.party:
        epochs.suspect(station, log.line_id, "suspected: our keys signed two histories")


def unexplained(station: Station, log: LogRow, head: Head) -> None:
    """A signed head that does not belong to the log held here, and no proof of whose fault."""
    if log.status != "active":
        return
    with station.store.write() as tx:
        tx.set_log_status(log.origin, "unexplained")
        told = f"a signed head of size {head.size} does not belong to the log held here"
        station.tell(tx, "alarm", log.origin, "log.unexplained", told)
    refresh(station, log)
    if log.party == station.party:
        epochs.suspect(station, log.line_id, "suspected: our keys signed another history")


def refresh(station: Station, log: LogRow) -> None:
    """The row as it was committed just now, into the caches."""
    row = station.store.log(log.origin)
    if row is not None:
        station.committed(row)
