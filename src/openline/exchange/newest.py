"""Which prekey of a member is its newest: the one of the log that saw the member's other logs.

Shapes   newest(station, line_id, party) -> PrekeyRow or None; keys() -> party to public key
Units    none
Raises   nothing
Source   docs/PROTOCOL.md parts 5 (epochs) and 6 (envelope, forward secrecy)
Never    goes by the counter alone: after a restore from an old copy a party may open an epoch
         whose counter is that of an epoch it has forgotten, or a lower one. Never by time
"""

from collections.abc import Iterable

from openline.exchange import opening
from openline.exchange.station import Station
from openline.formats.leaf import parse_leaf
from openline.formats.openjson import Value
from openline.store.contract import PrekeyRow


def keys(station: Station, line_id: bytes) -> dict[str, bytes]:
    """The newest public prekey that each member's logs name, by party."""
    return {party: row.public for party, row in known(station, line_id).items()}


def newest(station: Station, line_id: bytes, party: str) -> PrekeyRow | None:
    """The prekey that the other members of a line take for a party's newest."""
    return known(station, line_id).get(party)


def known(station: Station, line_id: bytes) -> dict[str, PrekeyRow]:
    """The newest prekey of every member that has named one."""
    held = station.newest.get(line_id)
    if held is None:
        rows = station.store.prekeys(line_id)
        found = {party: of_rows(station, line_id, rows, party) for party in {r.party for r in rows}}
        held = {party: row for party, row in found.items() if row is not None}
        station.newest[line_id] = held
    return held


def of_rows(
    station: Station, line_id: bytes, rows: Iterable[PrekeyRow], party: str
) -> PrekeyRow | None:
    """The newest of a party's prekeys: of a log that no other of its logs names as earlier.

    Where that leaves more than one log, or none, the highest counter decides, then the name: every
    member that holds the same entries chooses the same key.
    """
    last: dict[str, PrekeyRow] = {}
    for row in rows:
        if row.party == party and (row.origin not in last or last[row.origin].index < row.index):
            last[row.origin] = row
    earlier: set[str] = set()
    if len(last) > 1:
        for row in last.values():
            earlier |= named_by(station, row)
    counters = {log.origin: log.counter for log in station.logs_of(line_id)}
    candidates = [row for row in last.values() if row.origin not in earlier] or last.values()
    return max(candidates, key=lambda r: (counters.get(r.origin, 0), r.origin), default=None)


def named_by(station: Station, row: PrekeyRow) -> set[str]:
    """Logs that an `open` or `keys` entry names in `past` or `seen`, its own left out."""
    entry = station.store.entry(row.origin, row.index)
    if entry is None:
        return set()
    leaf = parse_leaf(entry.leaf)
    opened = opening.read_archived(station, row.origin, row.index, leaf)
    if opened is None:
        return set()
    return (names(opened.value("past")) | names(opened.value("seen"))) - {row.origin}


def names(value: Value | None) -> set[str]:
    """The origins in a `past` or `seen` value; what is malformed names nothing."""
    found = set()
    for each in value if isinstance(value, list) else []:
        match each:
            case [str(origin), int(size), str()] if size > 0:
                found.add(origin)
    return found
