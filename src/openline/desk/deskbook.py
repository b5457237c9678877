"""What the desk keeps for itself: who owns what of the queue, shifts, saved searches. Sealed.

Shapes   Deskbook.read(kind) -> records by id; write(kind, record). Both are called on the lane
Units    none
Raises   BookFull; what the store refuses
Source   DESIGN, "watch"; docs/OPERATE.md, "The watch at the desk"
Never    is told to a peer, stands in a digest or counts as evidence: it is this desk's own word
"""

from typing import Any, ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange.kept import keeping
from openline.exchange.station import Station
from openline.formats import openjson

Record = dict[str, Any]
RECORD_BYTES_MAX: Final = 1024 * 1024


class BookFull(OpenlineError):
    """A record of the desk is longer than it may become."""

    code: ClassVar[str] = "desk.book-full"
    remedy: ClassVar[str] = "Remove saved searches, or hand over the shift."


class Deskbook:
    """Records by kind, read once from the store; one with the same id replaces the one before."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._kinds: dict[str, dict[str, Record]] = {}

    def read(self, kind: str) -> dict[str, Record]:
        """Every record of a kind, in the order in which they were last written."""
        if kind not in self._kinds:
            notes = keeping.read_notes(self._station, kind)
            self._kinds[kind] = {note["id"]: note["record"] for note in notes}
        return self._kinds[kind]

    def write(self, kind: str, record: Record) -> None:
        """Keep a record under its `id`."""
        if len(openjson.encode(record)) > RECORD_BYTES_MAX:
            raise BookFull(f"{record['id']}: longer than {RECORD_BYTES_MAX} bytes")
        known = self.read(kind)
        keeping.write_note(self._station, kind, record)
        known.pop(str(record["id"]), None)
        known[str(record["id"])] = record
        self._station.changes += 1
