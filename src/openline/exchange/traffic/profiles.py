"""Anchor profiles: by what a start shows that its database is not an old copy.

Shapes   hold(station) at start; witness_heads(station) -> heads to ask for; take_witness_head()
         compares one; begin(station) lets the node number
Units    sizes count entries
Raises   UnknownParty, BadSignature and Malformed for a head that is not signed by our own keys
Source   docs/PROTOCOL.md part 8 (anchor); docs/decisions/0066-anchor-profiles.md
Never    lets a peer or a witness close a log by a bare number: only our own two signatures on a
         larger head do
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from openline.exchange.logs import epochs, hello, witnesses
from openline.exchange.logs.exposure import BY_WITNESS
from openline.exchange.logs.incoming import verified_head
from openline.exchange.station import Station
from openline.exchange.traffic import tails

FILE: Final = "file"
WITNESS: Final = BY_WITNESS
EPOCH_PER_START: Final = "epoch-per-start"
PROFILES: Final = (FILE, WITNESS, EPOCH_PER_START)

NOT_SERVING: Final = "with this anchor profile entries are numbered by `openline serve` only"
CANNOT_SEE: Final = {
    FILE: (
        "the file anchor does not see a block-level snapshot that rolls back data and anchor alike",
        "nor a copy of the whole machine that runs where this one cannot be reached",
    ),
    WITNESS: (
        "on a line whose charter names no witness, what the file anchor does not see",
        "a roll-back of receipts that we gave: their logs are compared with the members instead",
        "a witness whose whole volume went back together with this node's",
    ),
    EPOCH_PER_START: (
        "a roll-back while the node runs: a snapshot taken back under a running process",
        "a copy of the whole machine at work beside this one, until it is met at our address",
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The head of an own log, to be had from a witness."""

    url: str
    path: str
    witness: str
    origin: str


def hold(station: Station) -> None:
    """Under another profile than `file` nothing is numbered before the start was looked at."""
    if station.profile != FILE:
        station.unproven = NOT_SERVING


def witness_heads(station: Station) -> list[Asked]:
    """Which heads of own logs the witnesses of the charters can show."""
    found = []
    for row in station.lines():
        for log in station.logs_of(row.line_id):
            if log.party == station.party and log.size:
                path = f"/{hashlib.sha256(log.origin.encode()).hexdigest()}/checkpoint"
                for witness in witnesses.named(station.charter(row.line_id)):
                    found.append(Asked(witness.url, path, witness.name, log.origin))
    return found


def take_witness_head(station: Station, origin: str, note: bytes) -> bool:
    """Whether a witness holds more of an own log than is here; then it is not written any more."""
    head = verified_head(station, note)
    log = station.log(origin)
    if log is None or head.origin != origin:
        return False
    if head.size <= log.size and hello.root_at(station, log, head.size) == head.root:
        return False
    tails.note(station, log, head.size)
    if log.status == "active":
        why = f"restore: a witness holds {head.size} entries of our log, {log.size} are here"
        epochs.suspect(station, {log.line_id: why})
    return True


def begin(station: Station) -> None:
    """The start was looked at: number, or ask the officers for a new epoch on every line."""
    if station.profile == EPOCH_PER_START:
        why = "planned: every start opens a new epoch here"
        epochs.suspect(station, epochs.on_every_line(station, why))
    station.unproven = ""
