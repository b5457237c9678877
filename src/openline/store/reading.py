"""Everything that can be asked of the log database, once for the store and for a transaction.

Shapes   `Reading` turns rows into the frozen rows of the contract; who reads supplies `_rows`
Units    as in the contract
Raises   StoreDamaged for a stored value that does not read back
Source   store/contract.py
Never    changes a row
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Final

from openline.store.contract import (
    AttachmentRow,
    CardRow,
    CosignatureRow,
    DepositRow,
    EntryRow,
    EventRow,
    LineRow,
    LogRow,
    NotebookRow,
    OutboxRow,
    PartyRow,
    PrekeyRow,
)
from openline.store.faults import StoreDamaged, StoreMisused
from openline.store.packed import unpack, unpack_leaf

STATES: Final = ("opened", "sealed", "defect", "gap", "erased")
ATTACHMENT_STATES: Final = ("wanted", "held", "refused", "erased")
LEAVES_AT_ONCE: Final = 4_096

_ID: Final = "(SELECT id FROM name WHERE name = ?)"
_LOG: Final = """
SELECT n.name, l.party, l.line_id, l.counter, l.nonce, l.size, l.frontier, l.root, c.note, l.status
FROM log l JOIN name n ON n.id = l.id
LEFT JOIN checkpoint c ON c.origin_id = l.id AND c.size = l.size
"""
_COSIGNATURE: Final = f"""
SELECT o.name, c.size, n.name, c.time_s, c.lines
FROM cosignature c JOIN name o ON o.id = c.origin_id JOIN name n ON n.id = c.name_id
WHERE c.origin_id = {_ID}
"""
_ATTACHMENT: Final = """
SELECT a.hash, a.size, a.line_id, a.state, a.since_s, a.slip,
    (SELECT coalesce(sum(length(p.data)), 0) FROM attachment_piece p WHERE p.hash = a.hash)
FROM attachment a
"""

_NO_END: Final = 2**53


class Reading(ABC):
    """The reader's half of the contract."""

    __slots__ = ()

    @abstractmethod
    def _rows(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement, with the library's errors given names of this room."""

    def _first(self, sql: str, values: tuple[object, ...] = ()) -> tuple[Any, ...] | None:
        rows = self._rows(sql, values)
        return rows[0] if rows else None

    def meta(self, key: str) -> bytes | None:
        """A small value that a room keeps under a name."""
        row = self._first("SELECT value FROM meta WHERE key = ?", (key,))
        return row[0] if row else None

    def metas(self, prefix: str) -> list[str]:
        """The names under which something is kept that begin so; without that beginning."""
        rows = self._rows(
            "SELECT substr(key, ?) FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key",
            (len(prefix) + 1, len(prefix), prefix),
        )
        return [str(row[0]) for row in rows]

    def log(self, origin: str) -> LogRow | None:
        """One log with the note of its head."""
        row = self._first(f"{_LOG} WHERE l.id = {_ID}", (origin,))
        return _log(row) if row else None

    def logs(self, line_id: bytes | None = None) -> list[LogRow]:
        """All logs, or those of a line, in order of origin."""
        if line_id is None:
            rows = self._rows(f"{_LOG} ORDER BY n.name")
        else:
            rows = self._rows(f"{_LOG} WHERE l.line_id = ? ORDER BY n.name", (line_id,))
        return [_log(row) for row in rows]

    def entry(self, origin: str, index: int) -> EntryRow | None:
        """One entry."""
        found = self.entries(origin, index, index + 1)
        return found[0] if found else None

    def entries(self, origin: str, start: int, stop: int) -> list[EntryRow]:
        """Entries start..stop-1 as far as they are held, in order."""
        rows = self._rows(
            f"SELECT idx, leaf, body_hash, state, received_s FROM entry"
            f" WHERE log_id = {_ID} AND idx >= ? AND idx < ? ORDER BY idx",
            (origin, start, stop),
        )
        return [
            EntryRow(origin, i, unpack_leaf(leaf, h), h, STATES[s], at)
            for i, leaf, h, s, at in rows
        ]

    def leaves(self, origin: str, start: int, stop: int) -> Iterator[bytes]:
        """Leaf bytes start..stop-1 in order, read a few thousand at a time.

        No read stays open between two batches, so an audit of a long log never holds the WAL.
        """
        while start < stop:
            end = min(stop, start + LEAVES_AT_ONCE)
            rows = self._rows(
                f"SELECT leaf, body_hash FROM entry WHERE log_id = {_ID} AND idx >= ? AND idx < ?"
                " ORDER BY idx",
                (origin, start, end),
            )
            for leaf, body_hash in rows:
                yield unpack_leaf(leaf, body_hash)
            if len(rows) < end - start:
                return
            start = end

    def entries_in_state(self, origin: str, state: str) -> list[EntryRow]:
        """Entries of a log in one state; a partial index finds all but `opened`."""
        number = state_number(state)
        rows = self._rows(
            f"SELECT idx, leaf, body_hash, received_s FROM entry WHERE log_id = {_ID}"
            f" AND state = ? {'AND state <> 0' if number else ''} ORDER BY idx",
            (origin, number),
        )
        return [EntryRow(origin, i, unpack_leaf(leaf, h), h, state, at) for i, leaf, h, at in rows]

    def with_body(self, origin: str, start: int, stop: int) -> list[int]:
        """The indexes in a range of which the body is stored here."""
        rows = self._rows(
            f"SELECT idx FROM entry WHERE log_id = {_ID} AND idx >= ? AND idx < ? AND EXISTS"
            " (SELECT 1 FROM body WHERE substr(body.hash, 1, 8) = substr(body_hash, 1, 8)"
            " AND body.hash = body_hash) ORDER BY idx",
            (origin, start, stop),
        )
        return [index for (index,) in rows]

    def body(self, body_hash: bytes) -> bytes | None:
        """The body of this SHA-256; StoreDamaged when what is stored has another one."""
        row = self._first(
            "SELECT data FROM body WHERE substr(hash, 1, 8) = substr(?1, 1, 8) AND hash = ?1",
            (body_hash,),
        )
        if row is None:
            return None
        data = unpack(row[0])
        if hashlib.sha256(data).digest() != body_hash:
            raise StoreDamaged(f"body {body_hash.hex()} reads back with another hash")
        return data

    def archived(self, origin: str, index: int) -> bytes | None:
        """The own sealed copy of an opened entry."""
        row = self._first(
            "SELECT a.data FROM entry e JOIN archive a ON a.id = e.archive_id"
            f" WHERE e.log_id = {_ID} AND e.idx = ?",
            (origin, index),
        )
        return unpack(row[0]) if row else None

    def checkpoint(self, origin: str, size: int) -> bytes | None:
        """The note that was accepted at this size."""
        row = self._first(
            f"SELECT note FROM checkpoint WHERE origin_id = {_ID} AND size = ?", (origin, size)
        )
        return unpack(row[0]) if row else None

    def checkpoint_sizes(self, origin: str, above: int = 0, upto: int = _NO_END) -> list[int]:
        """Sizes at which a note is held, ascending: above < size <= upto."""
        rows = self._rows(
            f"SELECT size FROM checkpoint WHERE origin_id = {_ID} AND size > ? AND size <= ?"
            " ORDER BY size",
            (origin, above, upto),
        )
        return [size for (size,) in rows]

    def cosignature(self, origin: str, size: int, name: str) -> CosignatureRow | None:
        """The lines of one cosigner on one head."""
        row = self._first(
            f"{_COSIGNATURE} AND c.size = ? AND c.name_id = {_ID}", (origin, size, name)
        )
        return _cosignature(row) if row else None

    def cosignatures(self, origin: str, from_size: int = 0) -> list[CosignatureRow]:
        """All cosignatures on heads of at least `from_size`, by size, then name."""
        rows = self._rows(
            f"{_COSIGNATURE} AND c.size >= ? ORDER BY c.size, n.name", (origin, from_size)
        )
        return [_cosignature(row) for row in rows]

    def deposits(self, origin: str, from_size: int = 0) -> list[DepositRow]:
        """What relays signed that they hold of a log, by size, then party and relay."""
        rows = self._rows(
            "SELECT ?, size, party, relay, time_s, note FROM deposit"
            f" WHERE origin_id = {_ID} AND size >= ? ORDER BY size, party, relay",
            (origin, origin, from_size),
        )
        return [DepositRow(*row) for row in rows]

    def cosignatures_of(
        self, origin: str, name: str, above: int, limit: int
    ) -> list[CosignatureRow]:
        """One cosigner's lines on heads above a size, the smallest first."""
        rows = self._rows(
            f"{_COSIGNATURE} AND c.size > ? AND c.name_id = {_ID} ORDER BY c.size LIMIT ?",
            (origin, above, name, limit),
        )
        return [_cosignature(row) for row in rows]

    def newest_cosigned(self, origin: str, name: str) -> int:
        """The largest size that a cosigner signed; the index alone says it, from its end."""
        row = self._first(
            f"SELECT size FROM cosignature WHERE origin_id = {_ID} AND name_id = {_ID}"
            " ORDER BY size DESC LIMIT 1",
            (origin, name),
        )
        return row[0] if row else 0

    def cards(self, party: str) -> list[CardRow]:
        """The cards of a party from 0."""
        rows = self._rows("SELECT n, leaf, note FROM card WHERE party = ? ORDER BY n", (party,))
        return [CardRow(party, n, leaf, unpack(note)) for n, leaf, note in rows]

    def party(self, party: str) -> PartyRow | None:
        """A known party."""
        row = self._first(
            "SELECT party, fingerprint, standing, introduced_by, label FROM party WHERE party = ?",
            (party,),
        )
        return PartyRow(*row) if row else None

    def parties(self) -> list[PartyRow]:
        """All known parties by name."""
        rows = self._rows(
            "SELECT party, fingerprint, standing, introduced_by, label FROM party ORDER BY party"
        )
        return [PartyRow(*row) for row in rows]

    def line(self, line_id: bytes) -> LineRow | None:
        """A line."""
        row = self._first(
            "SELECT line_id, charter, state, proposed_by, since_s FROM line WHERE line_id = ?",
            (line_id,),
        )
        return LineRow(*row) if row else None

    def lines(self) -> list[LineRow]:
        """All lines by id."""
        rows = self._rows(
            "SELECT line_id, charter, state, proposed_by, since_s FROM line ORDER BY line_id"
        )
        return [LineRow(*row) for row in rows]

    def outbox(self, line_id: bytes | None = None, limit: int = 256) -> list[OutboxRow]:
        """The oldest released drafts, of all lines or of one."""
        where, values = ("WHERE line_id = ?", (line_id,)) if line_id is not None else ("", ())
        rows = self._rows(
            f"SELECT serial, draft, line_id, sealed, released_s FROM outbox {where}"
            " ORDER BY serial LIMIT ?",
            (*values, limit),
        )
        return [
            OutboxRow(serial, draft, line, unpack(sealed), at)
            for serial, draft, line, sealed, at in rows
        ]

    def outbox_size(self) -> int:
        """How many released drafts wait."""
        row = self._first("SELECT count(*) FROM outbox")
        return row[0] if row else 0

    def draft_used(self, draft: bytes) -> bool:
        """Whether a draft has left the outbox."""
        return self._first("SELECT 1 FROM draft_used WHERE draft = ?", (draft,)) is not None

    def prekeys(self, line_id: bytes) -> list[PrekeyRow]:
        """Public prekeys of a line by party, each party's in the order in which they came."""
        rows = self._rows(
            "SELECT p.party, n.name, p.idx, p.public FROM prekey p"
            " JOIN name n ON n.id = p.origin_id WHERE p.line_id = ? ORDER BY p.party, p.id",
            (line_id,),
        )
        return [PrekeyRow(line_id, *row) for row in rows]

    def notebook(self, kind: str | None = None) -> list[NotebookRow]:
        """Local records by time, then id."""
        where, values = ("WHERE kind = ?", (kind,)) if kind is not None else ("", ())
        rows = self._rows(
            f"SELECT id, kind, sealed, at_s FROM notebook {where} ORDER BY at_s, id", values
        )
        return [NotebookRow(i, k, unpack(sealed), at) for i, k, sealed, at in rows]

    def events(
        self, kind: str | None = None, limit: int = 1000, without: str = ""
    ) -> list[EventRow]:
        """The newest `limit` events of a kind, or of all kinds but one; oldest of them first."""
        is_same, name = ("=", kind) if kind is not None else ("<>", without)
        rows = self._rows(
            "SELECT serial, at_s, kind, subject, code, text FROM event"
            f" WHERE kind {is_same} ? ORDER BY serial DESC LIMIT ?",
            (name, limit),
        )
        return [EventRow(*row) for row in reversed(rows)]

    def evidence(self) -> list[tuple[str, bytes]]:
        """Evidence by name."""
        return [
            (n, data) for n, data in self._rows("SELECT name, data FROM evidence ORDER BY name")
        ]

    def attachment(self, file_hash: bytes) -> AttachmentRow | None:
        """A file that messages name."""
        row = self._first(f"{_ATTACHMENT} WHERE a.hash = ?", (file_hash,))
        return _attachment(row) if row else None

    def attachments(self, state: str | None = None) -> list[AttachmentRow]:
        """Every file that is known, or those in one state, by hash."""
        if state is None:
            rows = self._rows(f"{_ATTACHMENT} ORDER BY a.hash")
        else:
            number = attachment_state(state)
            rows = self._rows(f"{_ATTACHMENT} WHERE a.state = ? ORDER BY a.hash", (number,))
        return [_attachment(row) for row in rows]

    def attachment_names(self, file_hash: bytes) -> list[tuple[str, int, bool]]:
        """Entries that name a file."""
        rows = self._rows(
            "SELECT n.name, a.idx, a.shown FROM attachment_name a JOIN name n ON n.id = a.origin_id"
            " WHERE a.hash = ? ORDER BY n.name, a.idx",
            (file_hash,),
        )
        return [(origin, index, bool(shown)) for origin, index, shown in rows]

    def attachments_named(self, origin: str, index: int) -> list[bytes]:
        """The files that an entry names."""
        rows = self._rows(
            f"SELECT hash FROM attachment_name WHERE origin_id = {_ID} AND idx = ? ORDER BY hash",
            (origin, index),
        )
        return [file_hash for (file_hash,) in rows]

    def attachments_elsewhere(self) -> list[tuple[str, int, bytes]]:
        """Entries that name a held file of another line."""
        rows = self._rows(
            "SELECT n.name, m.idx, m.hash FROM attachment_name m JOIN log l ON l.id = m.origin_id"
            " JOIN attachment a ON a.hash = m.hash JOIN name n ON n.id = m.origin_id"
            " WHERE a.state = ? AND a.line_id != l.line_id ORDER BY n.name, m.idx, m.hash",
            (attachment_state("held"),),
        )
        return [(origin, index, file_hash) for origin, index, file_hash in rows]

    def attachments_untold(self, party: str) -> list[AttachmentRow]:
        """Files that are held and of which this party did not say so yet."""
        rows = self._rows(
            f"{_ATTACHMENT} WHERE a.state = ? AND NOT EXISTS (SELECT 1 FROM attachment_holder h"
            " WHERE h.hash = a.hash AND h.party = ?) ORDER BY a.hash",
            (attachment_state("held"), party),
        )
        return [_attachment(row) for row in rows]

    def attachments_size(self, party: str) -> int:
        """Bytes of all files, wanted or held, that a party's entries name."""
        row = self._first(
            "SELECT coalesce(sum(a.size), 0) FROM attachment a WHERE a.state IN (?, ?) AND EXISTS"
            " (SELECT 1 FROM attachment_name m JOIN log l ON l.id = m.origin_id"
            " WHERE m.hash = a.hash AND l.party = ?)",
            (attachment_state("wanted"), attachment_state("held"), party),
        )
        return row[0] if row else 0

    def attachment_bytes(self, file_hash: bytes, start: int, count: int) -> bytes:
        """Bytes of a file from `start` on, in the pieces in which they came."""
        rows = self._rows(
            "SELECT start, data FROM attachment_piece WHERE hash = ?1 AND start < ?3"
            " AND start + length(data) > ?2 ORDER BY start",
            (file_hash, start, start + count),
        )
        found = b"".join(data for _, data in rows)
        skip = start - rows[0][0] if rows else 0
        return found[skip : skip + count]

    def attachment_holders(self, file_hash: bytes) -> list[tuple[str, int]]:
        """Who said that they hold a file."""
        rows = self._rows(
            "SELECT party, at_s FROM attachment_holder WHERE hash = ? ORDER BY party", (file_hash,)
        )
        return [(party, at_s) for party, at_s in rows]


def attachment_state(state: str) -> int:
    """The stored spelling of a file's state."""
    try:
        return ATTACHMENT_STATES.index(state)
    except ValueError:
        raise StoreMisused(f"{state!r} is not a state of an attachment") from None


def _attachment(row: tuple[Any, ...]) -> AttachmentRow:
    file_hash, size, line_id, state, since_s, slip, got = row
    named = ATTACHMENT_STATES[state]
    return AttachmentRow(file_hash, size, line_id, named, since_s, slip or b"", got)


def state_number(state: str) -> int:
    """The stored spelling of an entry's state."""
    try:
        return STATES.index(state)
    except ValueError:
        raise StoreMisused(f"{state!r} is not a state of an entry") from None


def _log(row: tuple[Any, ...]) -> LogRow:
    origin, party, line_id, counter, nonce, size, frontier, root, note, status = row
    hashes = tuple(frontier[i : i + 32] for i in range(0, len(frontier), 32))
    return LogRow(
        origin, party, line_id, counter, nonce, size, hashes, root,
        unpack(note) if note is not None else b"", status,
    )  # fmt: skip


def _cosignature(row: tuple[Any, ...]) -> CosignatureRow:
    origin, size, name, time_s, lines = row
    return CosignatureRow(origin, size, name, time_s, unpack(lines))
