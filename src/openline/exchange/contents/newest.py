"""Which prekey of a member is its newest: the one whose entry saw those of its other logs.

Shapes   newest(station, line_id, party) -> PrekeyRow or None; keys() -> party to public key
Units    none
Raises   nothing
Source   docs/PROTOCOL.md parts 5 (epochs) and 6 (envelope, forward secrecy)
Never    goes by the counter alone: after a restore from an old copy a party may open an epoch
         whose counter is that of an epoch it has forgotten, or a lower one. Never by time
"""

from collections.abc import Iterable

from openline.exchange.contents import opening
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
    """The newest of a party's prekeys: of an entry that no newer one of its other logs saw.

    An entry saw another when it names that log beyond the other's place. To name the log is not
    enough: where a node was copied, the copy's `open` names the original's log as earlier, and the
    original's next entry names the copy's. Only one of the two saw the other's key.
    Where that leaves more than one log, the highest counter decides, then the name: every member
    that holds the same entries chooses the same key.
    """
    last: dict[str, PrekeyRow] = {}
    for row in rows:
        if row.party == party and (row.origin not in last or last[row.origin].index < row.index):
            last[row.origin] = row
    seen: dict[str, int] = {}
    if len(last) > 1:
        for row in last.values():
            for origin, size in named_by(station, row).items():
                seen[origin] = max(size, seen.get(origin, 0))
    counters = {log.origin: log.counter for log in station.logs_of(line_id)}
    unseen = [row for row in last.values() if row.index >= seen.get(row.origin, 0)]
    return max(
        unseen or last.values(), key=lambda r: (counters.get(r.origin, 0), r.origin), default=None
    )


def named_by(station: Station, row: PrekeyRow) -> dict[str, int]:
    """Sizes of logs that an `open` or `keys` entry names in `past` or `seen`, without its own."""
    entry = station.store.entry(row.origin, row.index)
    if entry is None:
        return {}
    leaf = parse_leaf(entry.leaf)
    opened = opening.read_archived(station, row.origin, row.index, leaf)
    if opened is None:
        return {}
    sizes = names(opened.value("past"))
    for origin, size in names(opened.value("seen")).items():
        sizes[origin] = max(size, sizes.get(origin, 0))
    sizes.pop(row.origin, None)
    return sizes


def names(value: Value | None) -> dict[str, int]:
    """The sizes by origin in a `past` or `seen` value; what is malformed names nothing."""
    found: dict[str, int] = {}
    for each in value if isinstance(value, list) else []:
        match each:
            case [str(origin), int(size), str()] if size > 0:
                found[origin] = max(size, found.get(origin, 0))
    return found
