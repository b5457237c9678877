"""Receipts as views need them: who held which size of which log, and since when.

Shapes   of_line() -> cases.receipts.Receipts; holders_of() -> {party: time_s}; misdated() ->
         parties; lacking() -> parties without a receipt; may_hold() -> whether one would be here
Units    unix seconds UTC; sizes count entries
Raises   nothing of its own
Source   docs/PROTOCOL.md part 8, "Times shown"
Never    counts a witness as an addressee, or a receipt as more than "received"; never lets a date
         that cannot be right say when something was received. The time of a row is the one that
         counts, its lines keep the one that was signed
"""

from collections.abc import Iterator

from openline.cases.entry import Ref
from openline.cases.receipts import Receipts
from openline.exchange.station import Station
from openline.formats.note import parse_signature_lines, unpack_timestamped
from openline.store.contract import CosignatureRow

Given = tuple[str, int, int]


def misdated(station: Station, place: Ref) -> list[str]:
    """Whose first receipt for an entry bears another date than is shown."""
    first = holders_of(station, place)
    return sorted(
        {
            party
            for party, row in rows_of(station, place.origin, place.index + 1)
            if row.time_s == first[party]
            and unpack_timestamped(parse_signature_lines(row.lines)[0].blob)[0] != row.time_s
        }
    )


def rows_of(station: Station, origin: str, from_size: int) -> Iterator[tuple[str, CosignatureRow]]:
    """The receipts on heads of one log with who gave them, stored or about to be."""
    rows = list(station.store.cosignatures(origin, from_size))
    rows += [r for r in station.pending_receipts if r.origin == origin and r.size >= from_size]
    for row in rows:
        party, _, role = row.name.rpartition("/")
        if role == "receipt":
            yield party, row


def of_log(station: Station, origin: str, from_size: int = 0) -> tuple[Given, ...]:
    """Every receipt on heads of one log, ours included, stored or about to be."""
    found = {(p, row.size, row.time_s) for p, row in rows_of(station, origin, from_size)}
    return tuple(sorted(found, key=lambda given: (given[1], given[0])))


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
