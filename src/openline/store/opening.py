"""Opening the log database: the library that is safe, the settings that are durable, the tables.

Shapes   connect() -> a configured apsw connection; migrate() brings the tables up
Units    pages of 16,384 bytes on disk; busy_ms in milliseconds
Raises   LibraryTooOld, StoreTooNew, StoreDamaged, StoreReadOnly, StoreFull, DiskFailed
Source   sqlite.org/wal.html (the WAL-reset fault), docs/decisions (durable before visible)
Never    offers a setting weaker than fsync before acknowledgement for a database on disk
"""

import functools
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import apsw

from openline.store.durable import naming, sync_folder
from openline.store.faults import LibraryTooOld, StoreDamaged, StoreTooNew, named

# Before 3.51.3 a checkpoint that meets a reset of the WAL can lose or corrupt committed pages.
SQLITE_VERSION_MIN: Final = 3_051_003
APPLICATION_ID: Final = 0x4F4C4E31  # "OLN1"
PAGE_BYTES: Final = 16_384
# A copy in memory is taken and restored thousands of times by the simulator: small pages.
MEMORY_PAGE_BYTES: Final = 4_096
BUSY_MS: Final = 5_000
CACHE_KIB: Final = 8_192
WAL_BYTES_KEPT: Final = 64 * 1024 * 1024

Fill = Callable[[apsw.Connection], None]

_SETTINGS: Final = f"""
PRAGMA foreign_keys=ON;
PRAGMA trusted_schema=OFF;
PRAGMA cell_size_check=ON;
PRAGMA temp_store=MEMORY;
PRAGMA mmap_size=0;
PRAGMA cache_size=-{CACHE_KIB};
PRAGMA secure_delete=ON;
PRAGMA journal_size_limit={WAL_BYTES_KEPT};
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the tables; `digest` tells whether the step that ran is the step we have."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.sql.encode()).digest()


def check_library(version: int | None = None) -> None:
    """Refuse a SQLite that is known to lose data."""
    if version is None:
        major, minor, patch = map(int, apsw.sqlite_lib_version().split(".")[:3])
        version = major * 1_000_000 + minor * 1_000 + patch
    if version < SQLITE_VERSION_MIN:
        raise LibraryTooOld(f"SQLite {version} is below {SQLITE_VERSION_MIN} (3.51.3)")


@functools.cache
def migrations() -> tuple[Migration, ...]:
    """Every step that this version has, in order."""
    folder = resources.files("openline.store").joinpath("migrations")
    files = sorted(f.name for f in folder.iterdir() if f.name.endswith(".sql"))
    return tuple(
        Migration(int(name[:4]), name, folder.joinpath(name).read_text("utf-8")) for name in files
    )


def connect(path: Path, *, read_only: bool = False, vfs: str | None = None) -> apsw.Connection:
    """A connection to a database file with every setting that this room relies on."""
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE
    try:
        return _connect(str(path), flags, vfs)
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        if not read_only or _has_wal(path):
            raise
    # A folder that cannot be written and a database that was closed well: nothing can change it.
    return _connect(path.absolute().as_uri() + "?immutable=1", flags | apsw.SQLITE_OPEN_URI, vfs)


def connect_memory(data: bytes | None = None) -> apsw.Connection:
    """A database in memory, empty or with the content of an earlier one."""
    connection = apsw.Connection(":memory:", statementcachesize=200)
    if data is not None:
        if data[18:20] == b"\x02\x02":
            # These bytes say "WAL"; a database in memory has none.
            data = b"".join((data[:18], b"\x01\x01", data[20:]))
        connection.deserialize("main", data)
    run(connection, _SETTINGS + "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;")
    return connection


def create(path: Path, uuid: bytes, vfs: str | None = None) -> None:
    """Make the log database with all its tables."""

    def fill(connection: apsw.Connection) -> None:
        begin_database(connection, uuid, PAGE_BYTES)
        run(connection, "PRAGMA journal_mode=WAL")
        migrate(connection, migrations())

    create_aside(path, fill, vfs)


def create_aside(path: Path, fill: Fill, vfs: str | None = None) -> None:
    """Make a whole database aside and rename it: no crash leaves a half-made one at `path`.

    The rollback journal of the first steps belongs to the other name, so it can never be taken
    for a hot journal of the finished database.
    """
    aside = path.with_name(path.name + ".new")
    with naming(f"making {path}"):
        for ending in ("", "-wal", "-shm", "-journal"):
            aside.with_name(aside.name + ending).unlink(missing_ok=True)
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connection = apsw.Connection(str(aside), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
    try:
        run(connection, "PRAGMA synchronous=FULL")
        fill(connection)
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    finally:
        connection.close()
    with naming(f"making {path}"):
        descriptor = os.open(aside, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(aside, path)
    sync_folder(path.parent)


def begin_database(connection: apsw.Connection, uuid: bytes, page_bytes: int) -> None:
    """The first table: what this database is, and the list of migrations that ran on it."""
    run(
        connection,
        f"PRAGMA page_size={page_bytes}; PRAGMA application_id={APPLICATION_ID};"
        """BEGIN IMMEDIATE;
        CREATE TABLE migration (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL
        ) STRICT;
        CREATE TABLE database (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            uuid BLOB NOT NULL CHECK (length(uuid) = 16)
        ) STRICT;""",
    )
    connection.execute("INSERT INTO database VALUES (1, ?)", (uuid,))
    connection.execute("COMMIT")


def migrate(connection: apsw.Connection, steps: tuple[Migration, ...]) -> None:
    """Run the steps that have not run, each as one transaction with its row in the table."""
    for step in steps[check_migrations(connection, steps) :]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            run(connection, step.sql)
            connection.execute(
                "INSERT INTO migration VALUES (?, ?, ?)", (step.number, step.name, step.digest)
            )
            connection.execute("COMMIT")
        except apsw.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def run(connection: apsw.Connection, statements: str) -> None:
    """Execute statements to the end: the library pauses at the first one that gives a row."""
    connection.execute(statements).fetchall()


def check_migrations(connection: apsw.Connection, steps: tuple[Migration, ...]) -> int:
    """How many of the steps have run; refuse a database that other steps have made."""
    check_is_ours(connection)
    ran = connection.execute("SELECT number, digest FROM migration ORDER BY number").fetchall()
    for position, (number, digest) in enumerate(ran):
        step = steps[position] if position < len(steps) else None
        if step is None or (number, digest) != (step.number, step.digest):
            raise StoreTooNew(f"migration {number} of this database is not known to this version")
    return len(ran)


def check_is_ours(connection: apsw.Connection) -> None:
    """Refuse a file that is a database of something else."""
    try:
        found = connection.pragma("application_id")
    except apsw.Error as error:
        raise named(error, f"opening {connection.filename}") from error
    if found != APPLICATION_ID:
        raise StoreDamaged(f"{connection.filename} is not a log database of Openline")


def _connect(name: str, flags: int, vfs: str | None) -> apsw.Connection:
    connection = apsw.Connection(name, flags=flags, vfs=vfs, statementcachesize=200)
    try:
        connection.set_busy_timeout(BUSY_MS)
        run(connection, _SETTINGS + "PRAGMA synchronous=FULL;")
        # A first read: a file that cannot be opened says so here and not at the first message.
        connection.pragma("application_id")
    except apsw.Error:
        connection.close()
        raise
    return connection


def _has_wal(path: Path) -> bool:
    wal = path.with_name(path.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0
