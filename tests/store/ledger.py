"""A log whose whole content follows from its indexes, so that any copy of it can be judged alone.

Every step writes entries, bodies, archived copies, the head, a receipt, a used draft and a count in
one transaction. Whatever a disk gives back must be the state after a whole number of steps.
"""

import functools
import hashlib
import random
from pathlib import Path

from openline.store.contract import (
    CosignatureRow,
    EntryRow,
    LogRow,
    OutboxRow,
    Store,
)
from openline.store.sqlite import SqliteStore

ORIGIN = "nrrc.example/openline/" + "a" * 52
PARTY = "nrrc.example"
RECEIPT = "peer.example/receipt"
LINE = hashlib.sha256(b"a line").digest()


@functools.cache
def noise(tag: str, size: int) -> bytes:
    """Bytes that follow from `tag`."""
    return random.Random(tag).randbytes(size)


def body_of(index: int) -> bytes:
    return noise(f"body {index}", 100 + (index * 997) % 5_000)


def archived_of(index: int) -> bytes:
    return noise(f"archived {index}", 100 + (index * 613) % 3_000)


def leaf_of(index: int) -> bytes:
    return b"leaf %d %s\n" % (index, hashlib.sha256(body_of(index)).hexdigest().encode())


def draft_of(index: int) -> bytes:
    return noise(f"draft {index}", 16)


@functools.cache
def log_row(size: int, origin: str = ORIGIN) -> LogRow:
    """The head of a log of this size."""
    hashes = tuple(hashlib.sha256(b"%d %d" % (size, i)).digest() for i in range(size.bit_count()))
    root = hashlib.sha256(b"root %d" % size).digest()
    note = note_of(size, origin) if size else b""
    return LogRow(origin, PARTY, LINE, 1, b"nonce..8", size, hashes, root, note)


def note_of(size: int, origin: str = ORIGIN) -> bytes:
    return f"{origin}\n{size}\n".encode() + noise(f"note {size}", 300)


@functools.cache
def entry_row(index: int, origin: str = ORIGIN, state: str = "opened") -> EntryRow:
    return EntryRow(
        origin, index, leaf_of(index), hashlib.sha256(body_of(index)).digest(), state, index * 7
    )


def begin(store: Store) -> None:
    with store.write() as tx:
        tx.add_log(log_row(0))


def step(store: Store, count: int) -> int:
    """Append `count` entries in one transaction; the new size."""
    log = store.log(ORIGIN)
    if log is None:
        raise LookupError("begin the ledger first")
    old, new = log.size, log.size + count
    with store.write() as tx:
        for index in range(old, new):
            tx.put_body(hashlib.sha256(body_of(index)).digest(), body_of(index))
        tx.advance(old, log_row(new), [entry_row(index) for index in range(old, new)])
        for index in range(old, new):
            tx.put_archived(ORIGIN, index, archived_of(index))
        tx.remove_outbox([draft_of(index) for index in range(old, new)])
        tx.add_outbox(OutboxRow(0, draft_of(new), LINE, b"sealed", 1))
        tx.put_cosignature(CosignatureRow(ORIGIN, new, RECEIPT, new, b"lines %d" % new))
        tx.set_meta("size", b"%d" % new)
    return new


def flaws(store: Store, size_min: int) -> list[str]:
    """What is wrong with a copy that must hold at least `size_min` entries; empty when nothing."""
    log = store.log(ORIGIN)
    if log is None:
        return ["the log is gone"] if size_min >= 0 else []
    size = log.size
    found = store.check(deep=True)
    if size < size_min:
        found.append(f"{size_min} entries were acknowledged, {size} are there")
    if log != log_row(size):
        found.append(f"the head of size {size} is another one")
    if list(store.entries(ORIGIN, 0, size + 10)) != [entry_row(i) for i in range(size)]:
        found.append("the entries are other ones")
    for index in range(size):
        if store.body(entry_row(index).body_hash) != body_of(index):
            found.append(f"body {index} is missing")
        if store.archived(ORIGIN, index) != archived_of(index):
            found.append(f"archived copy {index} is missing")
        if not store.draft_used(draft_of(index)):
            found.append(f"draft {index} could be sequenced again")
    if store.meta("size") != (b"%d" % size if size else None):
        found.append(f"half a transaction: size {size}, meta {store.meta('size')!r}")
    if size and (
        store.cosignature(ORIGIN, size, RECEIPT) is None
        or [row.draft for row in store.outbox()] != [draft_of(size)]
    ):
        found.append(f"half a transaction: receipt or outbox of size {size} is missing")
    return found


def open_store(path: Path, vfs: str | None = None, read_only: bool = False) -> SqliteStore:
    """The store of a test, with an id that is always the same."""
    return SqliteStore.open(path, random=lambda n: bytes(n), vfs=vfs, read_only=read_only)
