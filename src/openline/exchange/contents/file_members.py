"""Who may have a file, and whose entries name it.

Shapes   told(), may_have(), authors(): names of parties
Units    none
Raises   nothing
Source   docs/PROTOCOL.md part 7, `attachment` and `reseal`; decision 86
Never    gives a file to whoever only knows its hash: to name it on another line makes no reader
"""

from openline.exchange.station import Station
from openline.store.contract import LogRow


def naming(station: Station, file_hash: bytes) -> list[LogRow]:
    """The logs whose entries tell of a file to all members of their line."""
    named = station.store.attachment_names(file_hash)
    logs = [station.log(origin) for origin, _, is_shown in named if is_shown]
    return [log for log in logs if log is not None]


def members(station: Station, log: LogRow) -> set[str]:
    return {member.party for member in station.charter(log.line_id).members}


def told(station: Station, file_hash: bytes) -> set[str]:
    """Who was told of a file and may hold it: the members of every line on which it was told."""
    return set().union(*(members(station, log) for log in naming(station, file_hash)))


def may_have(station: Station, file_hash: bytes) -> set[str]:
    """Who is given a file here: whoever is a member wherever we told of it ourselves.

    Where others told of it, whoever is a member of each of those lines: a party on another line
    that names the hash, which every disclosure of the field shows, gets nothing by that.
    """
    logs = naming(station, file_hash)
    ours = [log for log in logs if log.party == station.party]
    readers = [members(station, log) for log in ours or logs]
    return set.intersection(*readers) if readers else set()


def authors(station: Station, file_hash: bytes) -> set[str]:
    """Whose entries name a file."""
    logs = [station.log(origin) for origin, _, _ in station.store.attachment_names(file_hash)]
    return {log.party for log in logs if log is not None}
