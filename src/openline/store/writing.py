"""One transaction on the log database: all of it is kept, or none.

Shapes   `Transaction` implements the contract's `Tx`; it lives in a `SqliteStore.write` block
Units    as in the contract
Raises   HeadMoved, StoreFull, StoreMisused, StoreDamaged, DiskFailed, StoreReadOnly
Source   docs/PROTOCOL.md part 8 (one signer, unique origin and index), store/contract.py
Never    commits by itself. After a failed call the transaction cannot be committed any more,
         even by a caller that swallowed the error
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

import apsw

from openline.errors import OpenlineError
from openline.store.contract import (
    AttachmentRow,
    CardRow,
    CosignatureRow,
    DepositRow,
    EntryRow,
    EventRow,
    HeadMoved,
    LineRow,
    LogRow,
    NotebookRow,
    OutboxRow,
    PartyRow,
    PrekeyRow,
)
from openline.store.faults import UNSTORABLE, DiskFailed, StoreMisused, is_duplicate, named
from openline.store.packed import pack, pack_leaf
from openline.store.reading import Reading, attachment_state, state_number

EVENTS_OF_A_KIND_MAX: Final = 10_000
RECEIPT_ENDING: Final = "/receipt"

_ID: Final = "(SELECT id FROM name WHERE name = ?)"


class Transaction(Reading):
    """Writes and the reads that see them."""

    __slots__ = ("_connection", "_failed", "_open")

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._failed: OpenlineError | None = None
        self._open = True

    def finish(self) -> OpenlineError | None:
        """Take no more calls; the first error of the block, if there was one."""
        self._open = False
        return self._failed

    def set_meta(self, key: str, value: bytes) -> None:
        """Keep a small value under a name."""
        self._run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def add_log(self, row: LogRow) -> None:
        """A log that is new here; HeadMoved when it is not."""
        self._intern(row.origin)
        self._run(
            f"INSERT INTO log VALUES ({_ID}, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.origin, row.party, row.line_id, row.counter, row.nonce, row.size,
             b"".join(row.frontier), row.root, row.status),
            duplicate=f"log {row.origin} is held already",
        )  # fmt: skip
        if row.note:
            self.put_checkpoint(row.origin, row.size, row.note)

    def advance(self, old_size: int, row: LogRow, entries: Sequence[EntryRow]) -> None:
        """Extend a log; the comparison with `old_size` is made by the database itself."""
        self._check_run(old_size, row, entries)
        states = [self._state(e.state) for e in entries]
        changed = self._run(
            f"UPDATE log SET size = ?, frontier = ?, root = ? WHERE id = {_ID} AND size = ?",
            (row.size, b"".join(row.frontier), row.root, row.origin, old_size),
        )
        if changed != 1:
            raise self._fail(HeadMoved(f"log {row.origin} is not at size {old_size}"))
        if entries:
            found = self._first(f"SELECT {_ID}", (row.origin,))
            log_id = found[0] if found else None
            self._run_all(
                "INSERT INTO entry (log_id, idx, state, received_s, body_hash, leaf)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        log_id,
                        e.index,
                        state,
                        e.received_s,
                        e.body_hash,
                        pack_leaf(e.leaf, e.body_hash),
                    )
                    for e, state in zip(entries, states, strict=True)
                ],
                duplicate=f"log {row.origin} has an entry from index {old_size} on already",
            )
        if row.note:
            self.put_checkpoint(row.origin, row.size, row.note)

    def set_log_status(self, origin: str, status: str) -> None:
        """Close, freeze or thaw a log."""
        changed = self._run(f"UPDATE log SET status = ? WHERE id = {_ID}", (status, origin))
        self._expect(changed, f"log {origin}")

    def set_entry_state(self, origin: str, index: int, state: str) -> None:
        """What became of an entry's contents."""
        changed = self._run(
            f"UPDATE entry SET state = ? WHERE log_id = {_ID} AND idx = ?",
            (self._state(state), origin, index),
        )
        self._expect(changed, f"entry {index} of {origin}")

    def put_body(self, body_hash: bytes, body: bytes) -> None:
        """Keep a body under its SHA-256; one that is held and whole already is left alone."""
        if hashlib.sha256(body).digest() != body_hash:
            raise self._fail(StoreMisused(f"body has another hash than {body_hash.hex()}"))
        data = pack(body)
        held = self._first(
            "SELECT id, data FROM body WHERE substr(hash, 1, 8) = substr(?1, 1, 8) AND hash = ?1",
            (body_hash,),
        )
        if held is None:
            self._run("INSERT INTO body (hash, data) VALUES (?, ?)", (body_hash, data))
        elif held[1] != data:
            # The stored copy is damaged and a holder gave us the right bytes: mend it.
            self._run("UPDATE body SET data = ? WHERE id = ?", (data, held[0]))

    def drop_body(self, body_hash: bytes) -> None:
        """Forget a body; the leaf and its hash stay."""
        self._run(
            "DELETE FROM body WHERE substr(hash, 1, 8) = substr(?1, 1, 8) AND hash = ?1",
            (body_hash,),
        )

    def put_archived(self, origin: str, index: int, file: bytes) -> None:
        """Keep (or replace) the own sealed copy of an entry's opened lines."""
        found = self._first(
            f"SELECT archive_id FROM entry WHERE log_id = {_ID} AND idx = ?", (origin, index)
        )
        self._expect(len(found or ()), f"entry {index} of {origin}")
        held = found[0] if found else None
        if held is not None:
            self._run("UPDATE archive SET data = ? WHERE id = ?", (pack(file), held))
            return
        self._run("INSERT INTO archive (data) VALUES (?)", (pack(file),))
        self._run(
            f"UPDATE entry SET archive_id = ? WHERE log_id = {_ID} AND idx = ?",
            (self._connection.last_insert_rowid(), origin, index),
        )

    def put_attachment(self, row: AttachmentRow) -> None:
        """Know a file; what is here of it stays with its line, what was refused begins anew."""
        held, refused = attachment_state("held"), attachment_state("refused")
        begins = (
            f"state = {refused}"
            f" OR (state = {attachment_state('erased')} AND line_id = excluded.line_id)"
        )
        self._run(
            "INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO UPDATE SET"
            f" size = CASE state WHEN {held} THEN size ELSE max(size, excluded.size) END,"
            f" line_id = CASE state WHEN {refused} THEN excluded.line_id ELSE line_id END,"
            f" state = CASE WHEN {begins} THEN excluded.state ELSE state END",
            (row.hash, row.size, row.line_id, attachment_state(row.state), row.since_s,
             row.slip or None),
        )  # fmt: skip

    def set_attachment(
        self, file_hash: bytes, state: str, slip: bytes = b"", line_id: bytes = b""
    ) -> None:
        """What became of a file."""
        changed = self._run(
            "UPDATE attachment SET state = ?, slip = coalesce(?, slip),"
            " line_id = coalesce(?, line_id) WHERE hash = ?",
            (attachment_state(state), slip or None, line_id or None, file_hash),
        )
        self._expect(changed, f"attachment {file_hash.hex()}")

    def name_attachment(self, file_hash: bytes, origin: str, index: int, shown: bool) -> None:
        """An entry names a file."""
        self._intern(origin)
        self._run(
            f"INSERT INTO attachment_name VALUES (?, {_ID}, ?, ?) ON CONFLICT DO NOTHING",
            (file_hash, origin, index, int(shown)),
        )

    def add_attachment_piece(self, file_hash: bytes, start: int, data: bytes) -> None:
        """The next bytes of a file."""
        row = self.attachment(file_hash)
        if row is None or row.got != start or start + len(data) > row.size:
            raise self._fail(StoreMisused(f"attachment {file_hash.hex()}: no piece due at {start}"))
        self._run(
            "INSERT INTO attachment_piece (hash, start, data) VALUES (?, ?, ?)",
            (file_hash, start, data),
        )

    def drop_attachment_pieces(self, file_hash: bytes) -> None:
        """Forget the bytes and the key of a file."""
        self._run("DELETE FROM attachment_piece WHERE hash = ?", (file_hash,))
        self._run("UPDATE attachment SET slip = NULL WHERE hash = ?", (file_hash,))

    def forget_attachment(self, file_hash: bytes) -> None:
        """Forget a file that was never said."""
        if not self.attachment_names(file_hash):
            self._run("DELETE FROM attachment_piece WHERE hash = ?", (file_hash,))
            self._run("DELETE FROM attachment_holder WHERE hash = ?", (file_hash,))
            self._run("DELETE FROM attachment WHERE hash = ?", (file_hash,))

    def put_attachment_holder(self, file_hash: bytes, party: str, at_s: int) -> None:
        """A party said that it holds a file."""
        self._run(
            "INSERT INTO attachment_holder VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (file_hash, party, at_s),
        )

    def put_cosignature(self, row: CosignatureRow) -> None:
        """The first receipt stays for ever; a witness's later time replaces its earlier one."""
        self._intern(row.origin)
        self._intern(row.name)
        sql = (
            "INSERT INTO cosignature (origin_id, size, name_id, time_s, lines)"
            f" VALUES ({_ID}, ?, {_ID}, ?, ?) ON CONFLICT (origin_id, size, name_id) DO "
        )
        if row.name.endswith(RECEIPT_ENDING):
            sql += "NOTHING"
        else:
            sql += (
                "UPDATE SET time_s = excluded.time_s, lines = excluded.lines"
                " WHERE excluded.time_s > time_s"
            )
        self._run(sql, (row.origin, row.size, row.name, row.time_s, pack(row.lines)))

    def put_deposit(self, row: DepositRow) -> None:
        """Keep a relay's word; the first one of a relay for a head and party stays."""
        self._intern(row.origin)
        self._run(
            "INSERT INTO deposit (origin_id, size, party, relay, time_s, note)"
            f" VALUES ({_ID}, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (row.origin, row.size, row.party, row.relay, row.time_s, row.note),
        )

    def put_checkpoint(self, origin: str, size: int, note: bytes) -> None:
        """Keep the note of a size; the first one stays, because receipts are over its text."""
        self._intern(origin)
        self._run(
            f"INSERT INTO checkpoint (origin_id, size, note) VALUES ({_ID}, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (origin, size, pack(note)),
        )

    def put_card(self, row: CardRow) -> None:
        """Keep card n; the same card again changes nothing, another one is refused."""
        held = self._first("SELECT leaf FROM card WHERE party = ? AND n = ?", (row.party, row.n))
        if held is None:
            self._run(
                "INSERT INTO card VALUES (?, ?, ?, ?)",
                (row.party, row.n, row.leaf, pack(row.note)),
            )
        elif held[0] != row.leaf:
            raise self._fail(StoreMisused(f"another card {row.n} of {row.party} is held already"))

    def drop_cards(self, party: str, n: int) -> None:
        """Forget the cards of a party from card n on: others stand in their place."""
        self._run("DELETE FROM card WHERE party = ? AND n >= ?", (party, n))

    def put_party(self, row: PartyRow) -> None:
        """Keep what is known of a party now."""
        self._run(
            "INSERT INTO party VALUES (?, ?, ?, ?, ?) ON CONFLICT (party) DO UPDATE SET"
            " fingerprint = excluded.fingerprint, standing = excluded.standing,"
            " introduced_by = excluded.introduced_by, label = excluded.label",
            (row.party, row.fingerprint, row.standing, row.introduced_by, row.label),
        )

    def put_line(self, row: LineRow) -> None:
        """Keep what is known of a line now."""
        self._run(
            "INSERT INTO line VALUES (?, ?, ?, ?, ?) ON CONFLICT (line_id) DO UPDATE SET"
            " charter = excluded.charter, state = excluded.state,"
            " proposed_by = excluded.proposed_by, since_s = excluded.since_s",
            (row.line_id, row.charter, row.state, row.proposed_by, row.since_s),
        )

    def add_outbox(self, row: OutboxRow) -> None:
        """Queue a released draft; one that waits or was used already changes nothing."""
        self._run(
            "INSERT INTO outbox (draft, line_id, sealed, released_s) SELECT ?1, ?2, ?3, ?4"
            " WHERE NOT EXISTS (SELECT 1 FROM draft_used WHERE draft = ?1)"
            " ON CONFLICT (draft) DO NOTHING",
            (row.draft, row.line_id, pack(row.sealed), row.released_s),
        )

    def remove_outbox(self, drafts: Sequence[bytes]) -> None:
        """Take drafts out and remember them as used."""
        rows = [(draft,) for draft in drafts]
        self._run_all("DELETE FROM outbox WHERE draft = ?", rows)
        self._run_all("INSERT INTO draft_used VALUES (?) ON CONFLICT DO NOTHING", rows)

    def put_prekey(self, row: PrekeyRow) -> None:
        """Keep a public prekey where a log named it; the first one stays."""
        self._intern(row.origin)
        self._run(
            f"INSERT INTO prekey (line_id, party, origin_id, idx, public)"
            f" VALUES (?, ?, {_ID}, ?, ?) ON CONFLICT DO NOTHING",
            (row.line_id, row.party, row.origin, row.index, row.public),
        )

    def put_notebook(self, row: NotebookRow) -> None:
        """Keep a local record; the same id again replaces it."""
        self._run(
            "INSERT INTO notebook VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " kind = excluded.kind, sealed = excluded.sealed, at_s = excluded.at_s",
            (row.id, row.kind, pack(row.sealed), row.at_s),
        )

    def add_event(self, row: EventRow) -> None:
        """Keep an event; beyond the limit of its kind, forget the oldest of the largest heap."""
        self._run(
            "INSERT INTO event (at_s, kind, subject, code, text) VALUES (?, ?, ?, ?, ?)",
            (row.at_s, row.kind, row.subject, row.code, row.text),
        )
        (count,) = self._first("SELECT count(*) FROM event WHERE kind = ?", (row.kind,)) or (0,)
        if count > EVENTS_OF_A_KIND_MAX:
            # By age alone, whoever makes a node tell one thing for ever would push out the rest.
            self._run(
                "DELETE FROM event WHERE serial = (SELECT min(serial) FROM event WHERE kind = ?"
                " GROUP BY code, subject ORDER BY count(*) DESC, min(serial) LIMIT 1)",
                (row.kind,),
            )

    def put_evidence(self, name: str, data: bytes) -> None:
        """Keep evidence; what is held under a name is never replaced."""
        self._run("INSERT INTO evidence VALUES (?, ?) ON CONFLICT DO NOTHING", (name, data))

    def _check_run(self, old_size: int, row: LogRow, entries: Sequence[EntryRow]) -> None:
        """Entries fill old_size..row.size-1, or the log holds heads only (a witness's)."""
        wanted = range(old_size, row.size)
        if any(e.origin != row.origin for e in entries) or row.size < old_size:
            raise self._fail(StoreMisused(f"log {row.origin}: rows do not belong to this step"))
        if [e.index for e in entries] == list(wanted):
            before, rule = old_size - 1, "holds no entry before this one"
            ok = old_size == 0 or not wanted or self._holds(row.origin, before)
        else:
            rule = f"entries do not fill {old_size} to {row.size - 1}"
            ok = not entries and not self._holds(row.origin, None)
        if not ok:
            # When another writer moved the log, that is the fact to tell, not our numbers.
            size = self._first(f"SELECT size FROM log WHERE id = {_ID}", (row.origin,))
            if size is None or size[0] != old_size:
                raise self._fail(HeadMoved(f"log {row.origin} is not at size {old_size}"))
            raise self._fail(StoreMisused(f"log {row.origin}: {rule}"))

    def _holds(self, origin: str, index: int | None) -> bool:
        """Whether the log holds this entry, or any."""
        where = "AND idx = ?" if index is not None else ""
        values = (origin, index) if index is not None else (origin,)
        found = self._first(f"SELECT 1 FROM entry WHERE log_id = {_ID} {where} LIMIT 1", values)
        return found is not None

    def _intern(self, name: str) -> None:
        self._run("INSERT INTO name (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))

    def _state(self, state: str) -> int:
        try:
            return state_number(state)
        except StoreMisused as error:
            raise self._fail(error) from None

    def _expect(self, changed: int, what: str) -> None:
        if changed != 1:
            raise self._fail(StoreMisused(f"{what} is not held here"))

    def _rows(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        self._check_open()
        try:
            return self._connection.execute(sql, values).fetchall()
        except apsw.Error as error:
            raise self._fail(named(error, "reading")) from error
        except UNSTORABLE as error:
            raise self._fail(StoreMisused(f"no row can have this key: {error}")) from error

    def _run(self, sql: str, values: tuple[object, ...], duplicate: str = "") -> int:
        """Execute one statement; the number of rows it changed."""
        self._check_open()
        try:
            self._connection.execute(sql, values)
        except apsw.Error as error:
            raise self._fail(_writing(error, duplicate)) from error
        except UNSTORABLE as error:
            raise self._fail(StoreMisused(f"a value cannot be stored: {error}")) from error
        return self._connection.changes()

    def _run_all(self, sql: str, rows: Iterable[tuple[object, ...]], duplicate: str = "") -> None:
        self._check_open()
        try:
            self._connection.executemany(sql, rows)
        except apsw.Error as error:
            raise self._fail(_writing(error, duplicate)) from error
        except UNSTORABLE as error:
            raise self._fail(StoreMisused(f"a value cannot be stored: {error}")) from error

    def _check_open(self) -> None:
        if not self._open:
            raise StoreMisused("a transaction is used after its block")
        if self._failed is not None:
            raise StoreMisused(f"a transaction is used after it failed: {self._failed}")

    def _fail(self, error: OpenlineError) -> OpenlineError:
        if self._failed is None:
            self._failed = error
        return self._failed


def _writing(error: apsw.Error, duplicate: str) -> OpenlineError:
    if duplicate and is_duplicate(error):
        return HeadMoved(duplicate)
    return named(error, "writing")


def is_disk_failure(error: OpenlineError | None) -> bool:
    """Whether the disk itself failed, so that nothing more may be written before a restart."""
    return isinstance(error, DiskFailed)
