"""The notebook: local records sealed to the archive key; and receipts as proofs to pass on.

Shapes   write_note() -> id; read_notes() -> records; receipt_text() -> head and lines as text
Units    times as RFC 3339 UTC text
Raises   NoReceipt, NoteRefused, NoSuchNote
Source   DESIGN, "public statement", "dossier": local, never in a digest
Never    sends a note anywhere
"""

import hashlib
from typing import Any, ClassVar

from openline.cases.entry import Ref
from openline.cases.notebook import dossier_of, public_of
from openline.errors import OpenlineError
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.head import Head
from openline.formats.note import parse_note
from openline.formats.spell import time_text, utc
from openline.store.contract import CosignatureRow, NotebookRow

BOOK = frozenset({"public", "dossier", "call"})
# What the desk keeps for itself is sealed the same way and is no part of the notebook:
# desk/roster.py, desk/deskbook.py, desk/subscribed.py.
KINDS = BOOK | {"calendar", "officer", "owners", "searches", "shift"}


class NoteRefused(OpenlineError):
    """A local record of that kind is not kept here."""

    code: ClassVar[str] = "exchange.note-refused"
    remedy: ClassVar[str] = "Use one of the kinds: public, dossier, call."


class NoSuchNote(OpenlineError):
    """The notebook has no record of that id and kind."""

    code: ClassVar[str] = "exchange.no-such-note"
    remedy: ClassVar[str] = "Ids stand in `openline notebook list`."


class NoReceipt(OpenlineError):
    """No receipt of that party covers that entry."""

    code: ClassVar[str] = "exchange.no-receipt"
    remedy: ClassVar[str] = "Wait for it: `openline wait`; silence stays silence."


def of_book(kind: str) -> str:
    """A kind that people enter and read; NoteRefused for any other."""
    if kind not in BOOK:
        raise NoteRefused(f"{kind[:40]!r} is no kind of local record")
    return kind


def write_note(station: Station, kind: str, record: dict[str, Any]) -> str:
    """Keep a record; one with the same id replaces it."""
    if kind not in KINDS:
        raise NoteRefused(f"{kind[:40]!r} is no kind of local record")
    name, kept = read_record(kind, record)
    value = openjson.encode(kept)
    sealed = station.suite.seal([station.archive_public], value, station.random)
    with station.store.write() as tx:
        tx.put_notebook(NotebookRow(name, kind, sealed, station.clock.now_s()))
    return name


def read_record(kind: str, record: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A record read strictly: its id, and what is kept of it."""
    if kind == "public":
        statement = public_of(record)
        return statement.id, dict(statement.record())
    if kind == "dossier":
        dossier = dossier_of(record)
        return dossier.id, dict(dossier.record())
    name = hashlib.sha256(openjson.encode(record)).hexdigest()[:16]
    return str(record.get("id") or f"{kind}-{name}"), record


def read_notes(station: Station, kind: str | None) -> list[dict[str, Any]]:
    """All records of a kind, in the order in which they were entered."""
    found = []
    for row in station.store.notebook(kind):
        value = station.suite.unseal([station.keyring.archive_seed], row.sealed, 1)
        found.append(
            {"id": row.id, "kind": row.kind, "at": utc(row.at_s), "record": openjson.decode(value)}
        )
    return found


def receipt_row(station: Station, place: Ref, party: str) -> CosignatureRow:
    """The earliest stored receipt of a party that covers an entry."""
    name = f"{party}/receipt"
    rows = [r for r in station.store.cosignatures(place.origin, place.index + 1) if r.name == name]
    rows += [r for r in station.pending_receipts if r.origin == place.origin and r.name == name]
    covering = [r for r in rows if r.size > place.index]
    if not covering:
        raise NoReceipt(f"{party} has given no receipt for {place.origin} entry {place.index}")
    return min(covering, key=lambda r: (r.time_s, r.size))


def receipt_text(station: Station, place: Ref, party: str) -> dict[str, Any]:
    """Head and signature lines of a receipt, as text that proves it to anybody."""
    row = receipt_row(station, place, party)
    note = station.store.checkpoint(row.origin, row.size)
    text = parse_note(note).text if note else Head(row.origin, row.size, b"").text()
    return {
        "party": party,
        "head": text,
        "lines": row.lines.decode(),
        "time": time_text(row.time_s),
        "size": row.size,
    }
