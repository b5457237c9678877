"""Asks that cost their asker something: which ones did already, so that a copy costs it nothing.

Shapes   was_counted(station, ask) -> bool; count(station, tx, ask)
Units    days (UTC); as many as an asker may ask for in a day, kept for KEPT_DAYS
Raises   nothing
Source   docs/PROTOCOL.md part 7; docs/decisions/0101-what-a-stranger-cannot-use-up.md
Never    decides whether an ask is answered: what was under way may be answered twice. Never grows:
         a day of today takes the place of the day that is too old to be asked again
"""

import hashlib
from typing import Final

from openline.exchange.station import Station
from openline.formats.request import Ask
from openline.store.contract import Tx

DAY_S: Final = 86_400
# An ask by a file may be dated up to so long before or after it is answered.
CARRIED_S: Final = 90 * DAY_S
KEPT_DAYS: Final = 2 * CARRIED_S // DAY_S + 2
DATE_BYTES: Final = 8
NAME_BYTES: Final = 16


def was_counted(station: Station, ask: Ask) -> bool:
    """Whether this very ask was counted before, by whichever way it came then."""
    today, name = station.clock.now_s() // DAY_S, name_of(ask)
    return any(
        name in counted_on(station.store.meta(place(ask.from_, day)), day)
        for day in range(today, today - KEPT_DAYS, -1)
    )


def count(station: Station, tx: Tx, ask: Ask) -> None:
    """Remember an ask that is counted now."""
    day = station.clock.now_s() // DAY_S
    known = counted_on(tx.meta(place(ask.from_, day)), day)
    date = day.to_bytes(DATE_BYTES, "big")
    tx.set_meta(place(ask.from_, day), date + b"".join((*known, name_of(ask))))


def name_of(ask: Ask) -> bytes:
    """An ask by all that it says: by its nonce alone, one that was counted would pay for others."""
    return hashlib.sha256(ask.text().encode()).digest()[:NAME_BYTES]


def counted_on(kept: bytes | None, day: int) -> list[bytes]:
    """The asks of one day; none where what is kept there is of another day."""
    if kept is None or int.from_bytes(kept[:DATE_BYTES], "big") != day:
        return []
    rest = kept[DATE_BYTES:]
    return [rest[at : at + NAME_BYTES] for at in range(0, len(rest), NAME_BYTES)]


def place(asker: str, day: int) -> str:
    """Where the asks of a day are kept."""
    return f"asks-counted/{asker}/{day % KEPT_DAYS}"
