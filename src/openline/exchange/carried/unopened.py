"""Files that came from a relay and that no key at hand opens, or nobody here may judge yet.

Shapes   keep(station, relay, sender, note, file, why); kept(station) -> rows; read(...); drop(...)
Units    FILES_MAX files and BYTES_MAX bytes at most of one sender by one relay, ALL_MAX times as
         much of all; kept for 90 days
Raises   StoreFull: then the file is left where it lies
Source   docs/PROTOCOL.md part 11; docs/decisions/0090-who-calls-brings-its-cards.md
Never    counts as received: a keyring that was put back, or a card that comes later, may open it.
         Never gives up a file that waits to make room for another one
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
ALL_MAX: Final = 8
KEPT_S: Final = 90 * 86_400
BOOK: Final = "unopened"

_LENGTH: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Kept:
    """One file: the relay that gave it, since when it is here, SHA-256 in hexadecimal, bytes, and
    of whom it is as the relay says; strangers, and files of before this was kept, are one sender.
    """

    relay: str
    since_s: int
    digest: str
    size: int
    sender: str = ""


def kept(station: Station) -> list[Kept]:
    """What is kept, the oldest first."""
    data = station.store.meta(BOOK)
    value = openjson.decode(data) if data else []
    found = []
    for row in value if isinstance(value, list) else []:
        match row:
            case [str(relay), int(since_s), str(hashed), int(size)]:
                found.append(Kept(relay, since_s, hashed, size))
            case [str(relay), int(since_s), str(hashed), int(size), str(sender)]:
                found.append(Kept(relay, since_s, hashed, size, sender))
    return found


def keep(station: Station, relay: str, sender: str, note: bytes, file: bytes, why: str) -> None:
    """Keep a file with its relay's word, and tell it.

    One that has no room is let go and told as well: its sender leaves all that nobody answers once
    more, so nothing but time is lost. What waits stays, whoever sends what.
    """
    hashed = digest(file)
    rows = kept(station)
    if any(row.digest == hashed for row in rows):
        return
    whose = sender if station.cards(sender) else ""
    new = Kept(relay, station.clock.now_s(), hashed, len(file), whose)
    like = [row for row in rows if (row.relay, row.sender) == (relay, whose)]
    has_room = fits([*like, new], 1) and fits([*rows, new], ALL_MAX)
    told = f"{len(file)} bytes of {sender} from {relay}: {why}. "
    told += "Kept and tried again; " if has_room else "NOT KEPT, its sender leaves it again; "
    told += f"{len(rows) + has_room} wait, {len(like) + has_room} of them like it"
    with station.store.write() as tx:
        if has_room:
            tx.set_meta(name(hashed), _LENGTH.pack(len(note)) + note + file)
            tx.set_meta(BOOK, book([*rows, new]))
        station.tell(tx, "notice", relay, "relay.unopened", told)


def fits(rows: list[Kept], times: int) -> bool:
    """Whether so much may wait."""
    return len(rows) <= times * FILES_MAX and sum(row.size for row in rows) <= times * BYTES_MAX


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
    value: list[Value] = [
        [row.relay, row.since_s, row.digest, row.size, row.sender] for row in rows
    ]
    return openjson.encode(value)
