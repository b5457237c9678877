"""Receipts as views need them: who held which size of which log, and since when.

Shapes   of_line() -> {origin: ((party, size, time_s), ...)}; holders_of() -> {party: time_s}
Units    unix seconds UTC; sizes count entries
Raises   nothing of its own
Source   docs/PROTOCOL.md part 8, "Times shown"
Never    counts a witness as an addressee, or a receipt as more than "received"
"""

from openline.cases.entry import Ref
from openline.exchange.station import Station

Given = tuple[str, int, int]


def of_log(station: Station, origin: str, from_size: int = 0) -> tuple[Given, ...]:
    """Every receipt on heads of one log, ours included, stored or about to be."""
    rows = list(station.store.cosignatures(origin, from_size))
    rows += [r for r in station.pending_receipts if r.origin == origin and r.size >= from_size]
    found = []
    for row in rows:
        party, _, role = row.name.rpartition("/")
        if role == "receipt":
            found.append((party, row.size, row.time_s))
    return tuple(sorted(set(found), key=lambda given: (given[1], given[0])))


def of_line(station: Station, line_id: bytes) -> dict[str, tuple[Given, ...]]:
    """Receipts on every log of a line."""
    return {log.origin: of_log(station, log.origin) for log in station.logs_of(line_id)}


def holders_of(station: Station, place: Ref) -> dict[str, int]:
    """The earliest receipt of each party that covers an entry."""
    first: dict[str, int] = {}
    for party, size, time_s in of_log(station, place.origin, place.index + 1):
        if size > place.index:
            first[party] = min(time_s, first.get(party, time_s))
    return first
