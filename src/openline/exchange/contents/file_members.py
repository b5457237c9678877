"""Who may have a file, whose entries name it, and to which line it belongs.

Shapes   told(), may_have(), authors(): names of parties; belongs() -> bool; line_of() -> line id
Units    none
Raises   nothing
Source   docs/PROTOCOL.md part 7, `attachment` and `reseal`; decisions 86 and 97
Never    gives a file to whoever only knows its hash: to name it on another line makes no reader
"""

from collections.abc import Collection

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


def authors(station: Station, file_hash: bytes, line_id: bytes) -> set[str]:
    """Whose entries name a file on one line."""
    return {log.party for log in named_in(station, file_hash) if log.line_id == line_id}


def named_in(station: Station, file_hash: bytes) -> list[LogRow]:
    """The logs whose entries name a file, one for each entry."""
    logs = [station.log(origin) for origin, _, _ in station.store.attachment_names(file_hash)]
    return [log for log in logs if log is not None]


def belongs(station: Station, file_hash: bytes, line_id: bytes) -> bool:
    """Whether a file is one of this line.

    A file is sealed for one line. Whoever names its hash on another one, as everybody can who was
    shown the field, must not have it opened there for officers who see that line only.
    """
    row = station.store.attachment(file_hash)
    return row is not None and row.line_id == line_id


def line_of(station: Station, file_hash: bytes, givers: Collection[str]) -> bytes:
    """The line of a file whose bytes these parties gave: that on which it was named first here,
    unless none of them is on it and another line that names the file has one of them."""
    row = station.store.attachment(file_hash)
    first = row.line_id if row is not None else b""
    lines = {
        log.line_id
        for log in named_in(station, file_hash)
        if not members(station, log).isdisjoint(givers)
    }
    return first if first in lines else min(lines, default=first)
