"""Whole copies of the log database: made while it is written to, and put back as another file.

Shapes   back_up(source, target) while a node works; put_back(copy, target, marks); examine(copy)
Units    sizes in bytes
Raises   StoreFull, DiskFailed, StoreDamaged, StoreTooNew
Source   sqlite.org/backup.html; docs/decisions/0067-a-backup-is-no-database.md
Never    leaves a copy that a node would work on by itself: it is not in WAL mode, and `put_back`
         alone makes it a database again
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import apsw

from openline.record.tree import EMPTY, leaf_hash
from openline.store import opening
from openline.store.faults import named
from openline.store.reading import Reading
from openline.store.sqlite import SqliteStore

# Enough that a page is copied once and the disk is not held up by a thousand small steps.
ALL_PAGES = -1


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy holds, counted from its own rows."""

    uuid: bytes
    heads: tuple[tuple[str, str, int, bytes], ...]
    lines: int
    entries: int
    bodies: int
    body_bytes: int
    flaws: tuple[str, ...]


def back_up(source: Path, target: Path) -> None:
    """A consistent copy of a database that others may be writing to, as one plain file."""
    opening.check_library()

    def fill(copy: apsw.Connection) -> None:
        _copy_pages(copy, opening.connect(source, read_only=True))
        copy.pragma("journal_mode", "delete")

    _made(target, fill)


def put_back(copy: Path, target: Path, marks: Mapping[str, bytes]) -> None:
    """A working database with the content of a copy, and small values set before it is there."""

    def fill(made: apsw.Connection) -> None:
        _copy_pages(made, _connect_still(copy))
        made.pragma("journal_mode", "wal")
        opening.run(made, "PRAGMA synchronous=FULL")
        opening.migrate(made, opening.migrations())
        made.execute("BEGIN IMMEDIATE")
        for key, value in marks.items():
            made.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
        made.execute("COMMIT")

    _made(target, fill)


def _copy_pages(target: apsw.Connection, source: apsw.Connection) -> None:
    """All pages of one database into another; the source is closed."""
    try:
        with target.backup("main", source, "main") as work:
            while not work.done:
                work.step(ALL_PAGES)
    finally:
        source.close()


def examine(copy: Path, *, deep: bool = True) -> Contents:
    """Everything of a copy read once: its tables, every body's hash, every root from its leaves."""
    connection = _connect_still(copy)
    try:
        opening.check_migrations(connection, opening.migrations())
        store = SqliteStore(connection, None, str(copy))
        flaws = list(store.check(deep=deep))
        logs = store.logs()
        flaws += [flaw for log in logs if (flaw := _wrong_root(store, log.origin))]
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM line), (SELECT count(*) FROM entry),"
            " (SELECT count(*) FROM body), (SELECT coalesce(sum(length(data)), 0) FROM body)"
        ).fetchall()[0]
        heads = tuple(sorted((log.origin, log.party, log.size, log.root) for log in logs))
        lines, entries, bodies, size = (int(str(count)) for count in counts)
        return Contents(store.uuid(), heads, lines, entries, bodies, size, tuple(flaws))
    except apsw.Error as error:
        raise named(error, f"reading {copy}") from error
    finally:
        connection.close()


def own_lines(copy: Path, party: str) -> tuple[bytes, ...]:
    """The lines on which a party has an open log of its own in a copy."""
    connection = _connect_still(copy)
    try:
        store = SqliteStore(connection, None, str(copy))
        found = [
            log.line_id for log in store.logs() if log.party == party and log.status == "active"
        ]
        return tuple(sorted(set(found)))
    finally:
        connection.close()


def _wrong_root(store: Reading, origin: str) -> str:
    """What is wrong with a log whose leaves do not give its head, or ""."""
    log = store.log(origin)
    if log is None or not log.size:
        return ""
    frontier = EMPTY.extend(_hashes(store.leaves(origin, 0, log.size)))
    is_whole = (frontier.size, frontier.root) == (log.size, log.root)
    return "" if is_whole else f"log {origin}: its leaves do not give its head"


def _hashes(leaves: Iterable[bytes]) -> list[bytes]:
    return [leaf_hash(leaf) for leaf in leaves]


def _connect_still(copy: Path) -> apsw.Connection:
    """A copy that nobody writes to, opened so that nothing is made beside it."""
    name = copy.absolute().as_uri() + "?immutable=1"
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    try:
        connection = apsw.Connection(name, flags=flags)
        opening.check_is_ours(connection)
        return connection
    except apsw.Error as error:
        raise named(error, f"opening {copy}") from error


def _made(target: Path, fill: opening.Fill) -> None:
    try:
        opening.create_aside(target, fill)
    except apsw.Error as error:
        raise named(error, f"making {target}") from error
