"""Files that came from a relay and that no key at hand opens, or nobody here may judge yet.

Shapes   keep(station, relay, note, file, why); kept(station) -> rows; read(...); drop(...)
Units    at most FILES_MAX files and BYTES_MAX bytes, the oldest given up first; kept for 90 days
Raises   StoreFull: then the file is left where it lies
Source   docs/PROTOCOL.md part 11; docs/decisions/0090-who-calls-brings-its-cards.md
Never    counts as received: a keyring that was put back, or a card that comes later, may open it
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.openjson import Value

FILES_MAX: Final = 64
BYTES_MAX: Final = 64 * 1024 * 1024
KEPT_S: Final = 90 * 86_400
BOOK: Final = "unopened"

_LENGTH: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Kept:
    """One file: the relay that gave it, since when it is here, SHA-256 in hexadecimal, bytes."""

    relay: str
    since_s: int
    digest: str
    size: int


def kept(station: Station) -> list[Kept]:
    """What is kept, the oldest first."""
    data = station.store.meta(BOOK)
    value = openjson.decode(data) if data else []
    found = []
    for row in value if isinstance(value, list) else []:
        match row:
            case [str(relay), int(since_s), str(hashed), int(size)]:
                found.append(Kept(relay, since_s, hashed, size))
    return found


def keep(station: Station, relay: str, note: bytes, file: bytes, why: str) -> None:
    """Keep a file with its relay's word, and tell it; the oldest give way."""
    hashed = digest(file)
    now_s, rows = station.clock.now_s(), kept(station)
    if any(row.digest == hashed for row in rows):
        return
    rows.append(Kept(relay, now_s, hashed, len(file)))
    stay = list(rows)
    while len(stay) > FILES_MAX or sum(row.size for row in stay) > BYTES_MAX:
        del stay[0]
    told = f"{len(file)} bytes from {relay}: {why}. Kept and tried again; {len(stay)} wait"
    with station.store.write() as tx:
        tx.set_meta(name(hashed), _LENGTH.pack(len(note)) + note + file)
        for row in rows:
            if row not in stay:
                tx.set_meta(name(row.digest), b"")
        tx.set_meta(BOOK, book(stay))
        station.tell(tx, "notice", relay, "relay.unopened", told)


def read(station: Station, row: Kept) -> tuple[bytes, bytes]:
    """The relay's word and the file."""
    data = station.store.meta(name(row.digest)) or _LENGTH.pack(0)
    (length,) = _LENGTH.unpack_from(data)
    rest = data[_LENGTH.size :]
    return rest[:length], rest[length:]


def drop(station: Station, row: Kept) -> None:
    """It was taken, or nobody waits for it any more."""
    left = book([each for each in kept(station) if each != row])
    with station.store.write() as tx:
        tx.set_meta(name(row.digest), b"")
        tx.set_meta(BOOK, left)


def digest(file: bytes) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(file).hexdigest()


def name(hashed: str) -> str:
    """Where a file is kept: not among the bodies, of which one may have the same bytes."""
    return f"{BOOK}/{hashed}"


def book(rows: list[Kept]) -> bytes:
    """The list as it is stored."""
    value: list[Value] = [[row.relay, row.since_s, row.digest, row.size] for row in rows]
    return openjson.encode(value)
