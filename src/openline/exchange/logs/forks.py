"""Two histories of one log: kept as evidence where signatures show it, and the log is frozen.

Shapes   contradicted(station, log, head, note, hashes) -> whether evidence is held now;
         unexplained() marks a log whose owner's signed head does not belong to what is held;
         frozen(station, line) -> what is known of each log of a line that is taken no further
Units    sizes count entries; hashes are leaf hashes from entry 0
Raises   nothing of its own
Source   docs/PROTOCOL.md part 10
Never    calls anybody a forger without two signed heads that cannot both be true; never keeps
         evidence of one log twice: who signs a thousand histories fills no disk here
"""

from collections.abc import Sequence
from dataclasses import dataclass

from openline.exchange.logs import epochs
from openline.exchange.station import Station
from openline.formats.head import Head, unverified_head
from openline.formats.spell import b32
from openline.record.evidence import ForkEvidence, NotAFork, build_evidence, parse_evidence
from openline.record.tree import root_of
from openline.store.contract import LogRow

NAME_BYTES = 10
FROZEN = ("forked", "unexplained")
CODES = {"forked": "log.forked", "unexplained": "log.unexplained"}
EVENTS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Frozen:
    """A log that is taken no further, and what is known of why.

    `heads` are those that were signed, both where evidence is held; `index` is the first entry at
    which two histories differ, where that is known; `after` is the party's newest epoch since.
    """

    log: LogRow
    since_s: int
    evidence: str
    heads: tuple[Head, ...]
    index: int | None
    after: str


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
        epochs.suspect(station, {log.line_id: "suspected: our keys signed two histories"})


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
        epochs.suspect(station, {log.line_id: "suspected: our keys signed another history"})


def frozen(station: Station, line_id: bytes) -> list[Frozen]:
    """Every log of a line that is frozen."""
    logs = [log for log in station.logs_of(line_id) if log.status in FROZEN]
    return [described(station, log) for log in logs]


def described(station: Station, log: LogRow) -> Frozen:
    """What is known of one frozen log."""
    name, held = "", None
    for each, data in station.store.evidence():
        found = parse_evidence(data)
        if unverified_head(found.first.note).origin == log.origin:
            name, held = each, found
    alarms = station.store.events("alarm", EVENTS_MAX)
    told = [e.at_s for e in alarms if (e.subject, e.code) == (log.origin, CODES[log.status])]
    others = station.logs_of(log.line_id)
    later = [x for x in others if x.party == log.party and x.counter > log.counter and x.size]
    sides = (held.first, held.second) if held is not None else ()
    return Frozen(
        log,
        max(told, default=0),
        name,
        tuple(unverified_head(side.note) for side in sides)
        or (Head(log.origin, log.size, log.root),),
        held.index if held is not None else None,
        max(later, key=lambda x: x.counter).origin if later else "",
    )


def refresh(station: Station, log: LogRow) -> None:
    """The row as it was committed just now, into the caches."""
    row = station.store.log(log.origin)
    if row is not None:
        station.committed(row)
