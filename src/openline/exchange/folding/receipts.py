"""Receipts as views need them: who held which size of which log, and since when.

Shapes   of_line() -> cases.receipts.Receipts; holders_of() -> {party: time_s};
         lacking() -> parties without a receipt; may_hold() -> whether one would be here
Units    unix seconds UTC; sizes count entries
Raises   nothing of its own
Source   docs/PROTOCOL.md part 8, "Times shown"
Never    counts a witness as an addressee, or a receipt as more than "received"
"""

from openline.cases.entry import Ref
from openline.cases.receipts import Receipts
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


def deposits_of(station: Station, origin: str) -> tuple[Given, ...]:
    """Since when heads of a log lie at relays, and for whom: never a receipt."""
    rows = station.store.deposits(origin)
    return tuple((row.party, row.size, row.time_s) for row in rows)


def lying_of(station: Station, place: Ref) -> list[tuple[str, str, int]]:
    """Where an entry lies for parties that gave no receipt: (party, relay, since when)."""
    held, first = holders_of(station, place), dict[tuple[str, str], int]()
    for row in station.store.deposits(place.origin, place.index + 1):
        if row.size > place.index and row.party not in held:
            at = (row.party, row.relay)
            first[at] = min(row.time_s, first.get(at, row.time_s))
    return [(party, relay, time_s) for (party, relay), time_s in sorted(first.items())]


def of_line(station: Station, line_id: bytes) -> Receipts:
    """Receipts on every log of a line, and what relays of its charter hold."""
    origins = [log.origin for log in station.logs_of(line_id)]
    deposits = {origin: deposits_of(station, origin) for origin in origins}
    return Receipts({origin: of_log(station, origin) for origin in origins}, deposits)


def holders_of(station: Station, place: Ref) -> dict[str, int]:
    """The earliest receipt of each party that covers an entry."""
    first: dict[str, int] = {}
    for party, size, time_s in of_log(station, place.origin, place.index + 1):
        if size > place.index:
            first[party] = min(time_s, first.get(party, time_s))
    return first


def may_hold(station: Station, place: Ref, party: str) -> bool:
    """Whether a party's receipt for an entry would be here: it is given to the entry's author."""
    log = station.log(place.origin)
    return log is None or station.party in (log.party, party)


def lacking(station: Station, place: Ref) -> list[str]:
    """Whose receipt for an entry of ours is still missing; of others' entries we know only ours."""
    log = station.log(place.origin)
    if log is None or log.party != station.party:
        return []
    holders = holders_of(station, place)
    members = [member.party for member in station.charter(log.line_id).members]
    return [party for party in members if party != log.party and party not in holders]
