"""What people read: drafts, queue rows, folded cases. Sealed row by row, and all but drafts
can be thrown away and made again.

Shapes   Views.open(path, suite=..., key=..., random=...); values are bytes under (table, key)
Units    none
Raises   ViewsUnreadable, StoreFull, StoreReadOnly, StoreBusy, DiskFailed
Source   docs/ARCHITECTURE.md (readable views are separate); envelope/suite.py protect and disclose
Never    stores a value in the clear. Table names and keys are in the clear, because `scan` needs
         their order: a key is an id or a reference, never words
"""

import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import apsw

from openline.envelope.suite import CannotOpen, Randomness, Suite
from openline.errors import OpenlineError
from openline.store.durable import naming
from openline.store.faults import UNSTORABLE, StoreMisused, named
from openline.store.opening import BUSY_MS, check_library, create_aside, run

APPLICATION_ID: Final = 0x4F4C5631  # "OLV1"
VERSION: Final = 1
# Nothing else remembers a draft, or a batch of them, before it is released, who made it, the form
# that it was typed into, and what was taken out of its files: these commits are synced.
DURABLE_TABLES: Final = frozenset({"attached", "batches", "drafts", "handling", "unfinished"})
_PROBE: Final = ("", "probe")
_BEGINNING: Final = "tab = ?1 AND key >= ?2 AND key < ?2 || char(1114111)"
_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE view (
    tab TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (tab, key)
) STRICT;
CREATE TABLE stamp (one INTEGER PRIMARY KEY CHECK (one = 1), stamp BLOB NOT NULL) STRICT;
INSERT INTO stamp VALUES (1, x'');
PRAGMA application_id={APPLICATION_ID};
PRAGMA user_version={VERSION};
COMMIT;
"""


class ViewsUnreadable(OpenlineError):
    """The file of views is damaged, of another version, or sealed under another data key."""

    code: ClassVar[str] = "store.views-unreadable"
    remedy: ClassVar[str] = (
        "Give the right data key, or delete data/views.db: only drafts are lost."
    )


class Views:
    """Sealed rows in one file. The stamp says of what they were made."""

    def __init__(
        self, connection: apsw.Connection, suite: Suite, key: bytes, random: Randomness
    ) -> None:
        """Use `open` or `in_memory`."""
        self._connection, self._suite, self._key, self._random = connection, suite, key, random
        self._turn = threading.Lock()
        self._on_disk = bool(connection.filename)

    @classmethod
    def open(cls, path: Path, *, suite: Suite, key: bytes, random: Randomness) -> Self:
        """Open the views at `path`, or begin them."""
        check_library()
        with _naming_views(f"opening {path}"):
            if not path.exists():
                create_aside(path, _fill)
            connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
            try:
                connection.set_busy_timeout(BUSY_MS)
                return cls._begin(connection, suite, key, random)
            except BaseException:
                connection.close()
                raise

    @classmethod
    def in_memory(cls, *, suite: Suite, key: bytes, random: Randomness) -> Self:
        """Views that end with the process: tests and the simulator."""
        connection = apsw.Connection(":memory:")
        _fill(connection)
        return cls._begin(connection, suite, key, random)

    @staticmethod
    def discard(path: Path) -> None:
        """Delete the files of views that nobody has open."""
        with naming(f"deleting {path}"):
            for ending in ("-wal", "-shm", ""):
                path.with_name(path.name + ending).unlink(missing_ok=True)

    def put(self, table: str, key: str, value: bytes) -> None:
        """Keep a value; of a durable table it is synced when this returns."""
        self.put_many(table, [(key, value)])

    def put_many(self, table: str, rows: Iterable[tuple[str, bytes]]) -> None:
        """Keep several values in one transaction."""
        sealed = [(table, key, self._seal(table, key, value)) for key, value in rows]
        with self._writing(table in DURABLE_TABLES):
            self._connection.executemany(
                "INSERT INTO view VALUES (?, ?, ?)"
                " ON CONFLICT (tab, key) DO UPDATE SET value = excluded.value",
                sealed,
            )

    def get(self, table: str, key: str) -> bytes | None:
        """A value, or None."""
        rows = self._rows("SELECT key, value FROM view WHERE tab = ? AND key = ?", (table, key))
        return self._open_row(table, *rows[0]) if rows else None

    def delete(self, table: str, key: str) -> None:
        """Forget a value; one that is not there is no error."""
        with self._writing(table in DURABLE_TABLES):
            self._connection.execute("DELETE FROM view WHERE tab = ? AND key = ?", (table, key))

    def delete_all(self, table: str, prefix: str) -> None:
        """Forget every key that begins with `prefix`, in one transaction."""
        with self._writing(table in DURABLE_TABLES):
            self._connection.execute(f"DELETE FROM view WHERE {_BEGINNING}", (table, prefix))

    def scan(self, table: str, prefix: str = "") -> list[tuple[str, bytes]]:
        """Keys that begin with `prefix`, in order, with their values (no key holds U+10FFFF)."""
        rows = self._rows(
            f"SELECT key, value FROM view WHERE {_BEGINNING} ORDER BY key",
            (table, prefix),
        )
        return [(key, self._open_row(table, key, value)) for key, value in rows]

    def stamp(self) -> bytes:
        """Of what the rows were made (fold version, database id); empty for new views."""
        found = self._rows("SELECT stamp FROM stamp")
        return found[0][0] if found else b""

    def reset(self, stamp: bytes, keep: Collection[str] = DURABLE_TABLES) -> None:
        """Throw away all tables but those of `keep` and say of what the next rows are made."""
        with self._writing(durable=True):
            kept = ("", *keep)
            marks = ", ".join("?" * len(kept))
            self._connection.execute(f"DELETE FROM view WHERE tab NOT IN ({marks})", kept)
            self._connection.execute("UPDATE stamp SET stamp = ?", (stamp,))

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with self._turn, _naming_views("closing the views"):
            self._connection.close()

    @classmethod
    def _begin(
        cls, connection: apsw.Connection, suite: Suite, key: bytes, random: Randomness
    ) -> Self:
        found = (connection.pragma("application_id"), connection.pragma("user_version"))
        if found != (APPLICATION_ID, VERSION):
            raise ViewsUnreadable(f"not views of version {VERSION}: {connection.filename}")
        run(
            connection,
            "PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;"
            " PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0; PRAGMA cache_size=-4096",
        )
        views = cls(connection, suite, key, random)
        views._prove_key()
        return views

    def _prove_key(self) -> None:
        """A row that only the right data key opens, so that a wrong one is noticed at the start."""
        if self.get(*_PROBE) is None:
            self.put_many(_PROBE[0], [(_PROBE[1], b"openline/v1 views\n")])

    @contextmanager
    def _writing(self, durable: bool) -> Iterator[None]:
        """One transaction, synced if `durable`; the WAL keeps the order of all of them."""
        level = "FULL" if durable else "NORMAL"
        with self._turn, _naming_views("writing views"):
            if self._on_disk:
                # Takes effect when it is compiled: a cached statement would do nothing.
                self._connection.execute(f"PRAGMA synchronous={level}", can_cache=False)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _rows(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._turn, _naming_views("reading views"):
            return self._connection.execute(sql, values).fetchall()

    def _seal(self, table: str, key: str, value: bytes) -> bytes:
        return self._suite.protect(self._key, value, _context(table, key), self._random)

    def _open_row(self, table: str, key: str, sealed: bytes) -> bytes:
        try:
            return self._suite.disclose(self._key, sealed, _context(table, key))
        except CannotOpen as error:
            raise ViewsUnreadable(f"row {key!r} of {table!r}: {error}") from error


def _fill(connection: apsw.Connection) -> None:
    run(connection, f"PRAGMA page_size=4096; PRAGMA journal_mode=WAL; {_SCHEMA}")


def _context(table: str, key: str) -> bytes:
    """A row is bound to its place: two rows cannot be exchanged by whoever owns the disk."""
    try:
        return f"openline/v1 view\n{len(table)} {table}\n{key}".encode()
    except UnicodeEncodeError as error:
        raise StoreMisused(f"a view cannot have this key: {error}") from error


@contextmanager
def _naming_views(what: str) -> Iterator[None]:
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise ViewsUnreadable(f"{what}: {error}") from error
    except apsw.Error as error:
        raise named(error, what) from error
    except UNSTORABLE as error:
        raise StoreMisused(f"{what}: {error}") from error
