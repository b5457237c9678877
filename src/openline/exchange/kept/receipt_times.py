"""The time of a receipt that counts: the one that was signed, unless that cannot be right.

Shapes   counted_s(station, name, head, signed_s) -> unix seconds;
         is_counted(station, row, signed_s) -> whether a stored time is one of the two
Units    unix seconds UTC
Raises   nothing of its own
Source   docs/PROTOCOL.md part 8, "Times shown"
Never    changes what was signed: that stays in the lines of the row. Never counts a time that
         nobody signed without a mark of this node's own
"""

import hashlib
import hmac
from typing import Final

from openline.exchange.station import Station
from openline.formats.head import Head
from openline.formats.leaf import parse_leaf
from openline.store.contract import CosignatureRow

# How far two honest clocks may differ.
APART_MAX_S: Final = 300
DIGITS_MAX: Final = 15


def counted_s(station: Station, name: str, head: Head, signed_s: int) -> int:
    """The time that counts of a receipt on a head of ours that came now, from a cosigner.

    What is dated before the newest entry under the head, or after its own arrival, is counted from
    the arrival. Both are by our clock, so whoever asks knows that it is sure.
    """
    log, newest = station.log(head.origin), station.store.entry(head.origin, head.size - 1)
    if log is None or newest is None:
        return signed_s
    arrived_s, written_s = station.line_now(log.line_id), parse_leaf(newest.leaf).time_s
    is_right = written_s - APART_MAX_S <= signed_s <= arrived_s + APART_MAX_S
    # Where our entry was dated by a clock that ran ahead, a receipt dated as it came is right.
    is_right = is_right or abs(arrived_s - signed_s) <= APART_MAX_S
    return signed_s if is_right else first_arrival(station, name, head, arrived_s)


def first_arrival(station: Station, name: str, head: Head, arrived_s: int) -> int:
    """When such a receipt came first, kept under a key that no database holds.

    Nobody signed this time: without it nothing would tell a row from one that somebody moved.
    """
    key = counted_key(head.origin, head.size, name)
    known_s = read(station, key)
    if known_s is not None:
        return known_s
    with station.store.write() as tx:
        tx.set_meta(key, b"%d %b" % (arrived_s, seal(station, key, arrived_s)))
    return arrived_s


def is_counted(station: Station, row: CosignatureRow, signed_s: int) -> bool:
    """Whether the time of a row is that of its lines, or what this node counted in its place."""
    if row.time_s == signed_s:
        return True
    return read(station, counted_key(row.origin, row.size, row.name)) == row.time_s


def counted_key(origin: str, size: int, name: str) -> str:
    """Where the arrival of a receipt is kept whose own date cannot be right."""
    return f"counted/{origin}/{size}/{name}"


def read(station: Station, key: str) -> int | None:
    """The time that is kept; None where there is none, or another hand wrote it."""
    digits, _, sealed = (station.store.meta(key) or b"").partition(b" ")
    if not digits.isdigit() or len(digits) > DIGITS_MAX:
        return None
    time_s = int(digits)
    return time_s if hmac.compare_digest(sealed, seal(station, key, time_s)) else None


def seal(station: Station, key: str, time_s: int) -> bytes:
    """What only who has the keyring can write."""
    text = f"openline/v1 counted\n{key}\n{time_s}\n".encode()
    return hmac.digest(station.keyring.data_key, text, hashlib.sha256).hex().encode()
