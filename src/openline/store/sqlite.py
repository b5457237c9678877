"""The log database of one node in one SQLite file (or in memory, with the same code).

Shapes   SqliteStore.open(path, random=...), .in_memory(), .from_snapshot(bytes); see contract.Store
Units    pages of 16,384 bytes on disk; WAL thresholds in pages
Raises   all of store/faults.py, HeadMoved, StoreFull, OutcomeUnknown
Source   docs/PROTOCOL.md part 8, docs/decisions (durable before visible)
Never    says that a write is done before it is synced; writes again after a commit that failed in
         the disk, because such a commit can come back to life after a crash
"""

import functools
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import apsw

from openline.envelope.suite import Randomness
from openline.store import opening
from openline.store.contract import OutcomeUnknown, StoreFull
from openline.store.durable import naming
from openline.store.faults import (
    UNSTORABLE,
    DiskFailed,
    StoreDamaged,
    StoreMisused,
    StoreReadOnly,
    StoreStopped,
    named,
)
from openline.store.reading import Reading
from openline.store.writing import Transaction, is_disk_failure

# 16 MiB of WAL: copying it back takes some ten milliseconds; the file is kept and written anew.
WAL_PAGES_MAX: Final = 1_024
UUID_BYTES: Final = 16
FILE_PIECE_BYTES: Final = 1024 * 1024


class SqliteStore(Reading):
    """One writer connection; on disk also one reader, which sees committed transactions only."""

    def __init__(self, writer: apsw.Connection, reader: apsw.Connection | None, name: str) -> None:
        """Use `open`, `in_memory` or `from_snapshot`. No reader means a database in memory."""
        self._writer, self._reader, self._name = writer, reader, name
        self._turn = threading.RLock()
        self._reading = threading.Lock()
        self._busy = False
        self._closed = False
        self._read_only = False
        self._stopped = ""
        self._wal_pages = 0
        self._uuid = self._read_uuid()
        if reader is not None:
            writer.wal_autocheckpoint(0)
            writer.set_wal_hook(self._committed_pages)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        random: Randomness,
        read_only: bool = False,
        vfs: str | None = None,
        reserve: Path | None = None,
    ) -> Self:
        """Open the database at `path`; make it when it is not there and may be written.

        Opening takes a little room. On a full disk the file `reserve` is given up for it, because
        reading must go on.
        """
        opening.check_library()
        try:
            return cls._open(path, random, read_only, vfs)
        except (StoreFull, DiskFailed):
            if reserve is None or not reserve.exists():
                raise
            with naming(f"freeing {reserve}"):
                reserve.unlink()
            return cls._open(path, random, read_only, vfs)

    @classmethod
    def _open(cls, path: Path, random: Randomness, read_only: bool, vfs: str | None) -> Self:
        if not read_only and not path.exists():
            with _naming_sql(f"making {path}"):
                opening.create(path, random(UUID_BYTES), vfs)
        if not path.is_file():
            raise StoreReadOnly(f"{path} is not there and may not be made")
        opened: list[apsw.Connection] = []
        with _naming_sql(f"opening {path}"):
            try:
                opened.append(opening.connect(path, read_only=read_only, vfs=vfs))
                _bring_up(opened[0], read_only)
                opened.append(opening.connect(path, read_only=read_only, vfs=vfs))
                opened[1].pragma("query_only", True)
                store = cls(opened[0], opened[1], str(path))
            except BaseException:
                for connection in opened:
                    connection.close()
                raise
        store._read_only = read_only
        return store

    @classmethod
    def in_memory(cls, uuid: bytes = bytes(UUID_BYTES)) -> Self:
        """An empty database in memory: for tests and the simulator, never durable."""
        store = cls.from_snapshot(_blank())
        store._writer.execute("UPDATE database SET uuid = ?", (uuid,))
        store._uuid = uuid
        return store

    @classmethod
    def from_snapshot(cls, data: bytes) -> Self:
        """A database in memory with the content of `snapshot()`: what a restore brings back."""
        with _naming_sql("reading a snapshot"):
            connection = opening.connect_memory(data)
            opening.check_is_ours(connection)
            return cls(connection, None, "memory")

    def snapshot(self) -> bytes:
        """The whole committed content, for `from_snapshot`."""
        with self._turn, _naming_sql("taking a snapshot"):
            self._check_usable()
            if self._busy:
                raise StoreMisused("a snapshot inside a transaction would hold half of it")
            return self._writer.serialize("main")

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction; durable when the block has been left without an error."""
        with self._turn:
            self._check_writable()
            with _naming_sql("beginning to write"):
                self._writer.execute("BEGIN IMMEDIATE")
            tx = Transaction(self._writer)
            self._busy = True
            try:
                yield tx
            except BaseException:
                self._roll_back(tx)
                raise
            finally:
                self._busy = False
            failed = tx.finish()
            if failed is not None:
                self._roll_back(tx)
                raise failed
            self._commit()
            self._return_wal()

    def uuid(self) -> bytes:
        """16 bytes drawn when the database was made."""
        return self._uuid

    def empty_wal(self) -> None:
        """Bring the WAL back into the database and empty it (after an erasure, before a copy)."""
        with self._turn:
            self._check_usable()
            if self._reader is not None:
                self._check_writable()
                with self._reading, _naming_sql("emptying the WAL"):
                    self._writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def check(self, deep: bool = False) -> list[str]:
        """What is wrong with the stored bytes, in words; empty when nothing is.

        `deep` also hashes every body and every file. Roots are the caller's part: `leaves` gives
        what they need.
        """
        try:
            found = self._flawed_tables()
            return [*found, *self._damaged_bodies(), *self._damaged_files()] if deep else found
        except StoreDamaged as error:
            return [str(error)]

    def _flawed_tables(self) -> list[str]:
        found = [row[0] for row in self._rows("PRAGMA integrity_check") if row[0] != "ok"]
        found += [f"{row[0]}: a row refers to nothing" for row in self._rows(
            "PRAGMA foreign_key_check")]  # fmt: skip
        return found + [
            f"log {origin}: size {size}, {count} entries up to index {last}"
            for origin, size, count, last in self._rows(
                "SELECT n.name, l.size, count(e.idx), coalesce(max(e.idx), -1) FROM log l"
                " JOIN name n ON n.id = l.id LEFT JOIN entry e ON e.log_id = l.id GROUP BY l.id"
                " HAVING count(e.idx) > 0 AND (count(e.idx) <> l.size OR max(e.idx) + 1 <> l.size)"
            )
        ]

    def close(self) -> None:
        """Close both connections; a stopped store leaves its WAL for the next start to read."""
        with self._turn:
            if self._busy:
                raise StoreMisused("the store is closed inside a transaction")
            if self._closed:
                return
            self._closed = True
            if self._stopped:
                self._writer.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            with self._reading, _naming_sql(f"closing {self._name}"):
                if self._reader is not None:
                    self._reader.close()
                self._writer.close()

    def _rows(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        if self._reader is not None:
            with self._reading:
                return self._fetch(self._reader, sql, values)
        with self._turn:
            if self._busy:
                # On disk this would show the last commit, here the open one: refuse to guess.
                raise StoreMisused("inside write() read through the transaction, not the store")
            return self._fetch(self._writer, sql, values)

    def _fetch(
        self, connection: apsw.Connection, sql: str, values: tuple[object, ...]
    ) -> list[tuple[Any, ...]]:
        self._check_usable()
        try:
            return connection.execute(sql, values).fetchall()
        except apsw.Error as error:
            raise named(error, f"reading {self._name}") from error
        except UNSTORABLE as error:
            raise StoreMisused(f"no row can have this key: {error}") from error

    def _check_usable(self) -> None:
        if self._closed:
            raise StoreMisused("the store is used after it was closed")

    def _check_writable(self) -> None:
        self._check_usable()
        if self._busy:
            raise StoreMisused("a transaction is open: one cannot begin inside another")
        if self._read_only:
            raise StoreReadOnly(f"{self._name} was opened for reading only")
        if self._stopped:
            raise StoreStopped(f"{self._name} takes no writes: {self._stopped}")

    def _read_uuid(self) -> bytes:
        found = self._writer.execute("SELECT uuid FROM database").fetchall()
        if len(found) != 1 or not isinstance(found[0][0], bytes):
            raise StoreDamaged(f"{self._name} has no database id")
        return found[0][0]

    def _commit(self) -> None:
        try:
            self._writer.execute("COMMIT")
        except (apsw.FullError, apsw.BusyError, apsw.ReadOnlyError) as error:
            # Refused before the commit record: known to be absent.
            self._end_transaction()
            raise named(error, f"committing to {self._name}") from error
        except apsw.Error as error:
            self._stopped = f"a commit failed: {error}"
            self._end_transaction()
            raise OutcomeUnknown(f"committing to {self._name}: {error}") from error

    def _roll_back(self, tx: Transaction) -> None:
        failed = tx.finish()
        if is_disk_failure(failed):
            self._stopped = f"a write failed: {failed}"
        self._end_transaction()

    def _end_transaction(self) -> None:
        """Leave no transaction open; on many errors SQLite has ended it already."""
        if self._writer.in_transaction:
            try:
                self._writer.execute("ROLLBACK")
            except apsw.Error as error:
                self._stopped = self._stopped or f"a rollback failed: {error}"

    def _committed_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _return_wal(self) -> None:
        """Copy a long WAL back; the commit before it is durable whatever happens here."""
        if self._wal_pages < WAL_PAGES_MAX:
            return
        try:
            self._writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except (apsw.FullError, apsw.BusyError):
            return  # the WAL grows on; the next commit tries again
        except apsw.Error as error:
            self._stopped = f"returning the WAL failed: {error}"

    def _damaged_bodies(self) -> list[str]:
        found: list[str] = []
        last = 0
        while rows := self._rows(
            "SELECT id, hash FROM body WHERE id > ? ORDER BY id LIMIT 1000", (last,)
        ):
            last = rows[-1][0]
            for _, body_hash in rows:
                try:
                    self.body(body_hash)
                except StoreDamaged as error:
                    found.append(str(error))
        return found

    def _damaged_files(self) -> list[str]:
        """Files that are held whole and read back with another hash, a piece at a time."""
        found: list[str] = []
        for row in self.attachments("held"):
            digest, at = hashlib.sha256(), 0
            while part := self.attachment_bytes(row.hash, at, FILE_PIECE_BYTES):
                digest.update(part)
                at += len(part)
            if digest.digest() != row.hash:
                found.append(f"attachment {row.hash.hex()} reads back with another hash")
        return found


def _bring_up(connection: apsw.Connection, read_only: bool) -> None:
    """The tables of this version, or a reason why not."""
    steps = opening.migrations()
    ran = opening.check_migrations(connection, steps)
    if read_only and ran < len(steps):
        raise StoreReadOnly(f"{connection.filename} is of an earlier version: open it to write")
    if not read_only:
        if connection.pragma("journal_mode") != "wal":
            raise StoreDamaged(
                f"{connection.filename} is not in WAL mode: a backup is put back by"
                " `openline restore`, never by hand"
            )
        opening.migrate(connection, steps)


@functools.cache
def _blank() -> bytes:
    """An empty database with all its tables, made once per process."""
    opening.check_library()
    connection = opening.connect_memory()
    try:
        opening.begin_database(connection, bytes(UUID_BYTES), opening.MEMORY_PAGE_BYTES)
        opening.migrate(connection, opening.migrations())
        return connection.serialize("main")
    finally:
        connection.close()


@contextmanager
def _naming_sql(what: str) -> Iterator[None]:
    """Errors of the SQL library inside the block get a name of this room."""
    try:
        yield
    except apsw.CantOpenError as error:
        raise StoreReadOnly(f"{what}: {error}") from error
    except apsw.Error as error:
        raise named(error, what) from error
