"""What two stores hold, told as one hash: for the question whether anything was written at all.

Shapes   content_digest(database) -> 64 hex digits over every row of every table of ours
Units    none
Raises   what opening refuses
Source   docs/THREAT_MODEL.md: who is not on a line cannot tell that it exists
Never    counts what the fixed beat writes: the time that was last confirmed, and link tests

The database may be open in a node: this reads one committed state of it.
"""

import hashlib
from pathlib import Path
from typing import Final

import apsw

from openline.store.opening import connect

# Written by the beat at its own pace, whatever happens on the lines.
BEAT: Final = {"meta": "key != 'clock/high-water'", "event": "kind != 'link-test'"}


def content_digest(database: Path) -> str:
    """SHA-256 over the rows of all tables, in the order of their own hashes."""
    digest = hashlib.sha256()
    connection = connect(database, read_only=True)
    try:
        with connection:
            for table in tables(connection):
                where = BEAT.get(table, "true")
                rows = connection.execute(f"SELECT * FROM {table} WHERE {where}")
                hashes = sorted(hashlib.sha256(repr(row).encode()).digest() for row in rows)
                digest.update(f"{table} {len(hashes)}\n".encode() + b"".join(hashes))
    finally:
        connection.close()
    return digest.hexdigest()


def tables(connection: apsw.Connection) -> list[str]:
    """The tables of our own, by name."""
    found = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    return sorted(str(row[0]) for row in found)
