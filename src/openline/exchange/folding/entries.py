"""One entry by its place, opened from this node's archive.

Shapes   at(station, Ref) -> Entry
Units    none
Raises   NoSuchEntry
Source   docs/PROTOCOL.md part 6
Never    shows an entry of a line that this node does not hold
"""

from typing import ClassVar

from openline.cases.entry import Entry, Ref
from openline.errors import OpenlineError
from openline.exchange.folding import reading
from openline.exchange.station import Station


class NoSuchEntry(OpenlineError):
    """No entry of that origin and index is held here."""

    code: ClassVar[str] = "exchange.no-such-entry"
    remedy: ClassVar[str] = "List what is held with `openline queue` or `openline line show`."


def at(station: Station, place: Ref) -> Entry:
    """The entry at a place."""
    log = station.log(place.origin)
    row = station.store.entry(place.origin, place.index) if log is not None else None
    if log is None or row is None:
        raise NoSuchEntry(f"{place.origin} entry {place.index} is not held here")
    return reading.entry_at(station, log, row)
