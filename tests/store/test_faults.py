"""A disk that fails while it is written: what is said, what is kept, and what goes on."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from openline.store.contract import HeadMoved, OutcomeUnknown, StoreFull
from openline.store.faults import (
    DiskFailed,
    StoreBusy,
    StoreDamaged,
    StoreMisused,
    StoreReadOnly,
    StoreStopped,
    named,
)
from openline.store.sqlite import WAL_PAGES_MAX, SqliteStore
from tests.store import ledger
from tests.store.disks import Failing

STEPS_MAX = 60


@pytest.fixture
def disk() -> Iterator[Failing]:
    disk = Failing("failing")
    yield disk
    disk.unregister()


@pytest.fixture
def store(tmp_path: Path, disk: Failing) -> Iterator[SqliteStore]:
    store = ledger.open_store(tmp_path / "openline.db", disk.name)
    ledger.begin(store)
    ledger.step(store, 2)
    yield store
    disk.heal()
    store.close()


def test_a_full_disk_at_every_write_loses_nothing_and_ends_without_a_restart(
    store: SqliteStore, disk: Failing
) -> None:
    size = 2
    for number in range(STEPS_MAX):
        disk.fail_at(number, apsw.FullError, "write")
        try:
            size = ledger.step(store, 2)
        except StoreFull:
            assert disk.failed
            assert ledger.flaws(store, size) == [], "reading works on a full disk"
            disk.heal()
            size = ledger.step(store, 1)
        assert ledger.flaws(store, size) == []
        if not disk.failed and not disk.left < 0:
            break
    else:
        pytest.fail("a step took more writes than this test tries")
    assert number > 10, "the fault met every write of a step"


def test_a_full_disk_while_the_wal_is_returned_leaves_the_commit(
    store: SqliteStore, disk: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openline.store.sqlite.WAL_PAGES_MAX", 1)
    disk.fail_at(1_000_000, apsw.FullError, "write")
    ledger.step(store, 1)
    writes = disk.count
    for number in range(writes):
        log = store.log(ledger.ORIGIN)
        disk.fail_at(number, apsw.FullError, "write")
        try:
            ledger.step(store, 1)
        except StoreFull:
            assert store.log(ledger.ORIGIN) == log
        disk.heal()
        ledger.step(store, 1)
    assert ledger.flaws(store, 3 + writes) == []


@pytest.mark.parametrize("kinds", [("write",), ("sync",), ("write", "sync")])
def test_an_io_error_at_a_commit_stops_the_store_and_the_disk_decides(
    tmp_path: Path, disk: Failing, kinds: tuple[str, ...]
) -> None:
    unknown, size = 0, 0
    path = tmp_path / "openline.db"
    store = ledger.open_store(path, disk.name)
    ledger.begin(store)
    for number in range(STEPS_MAX):
        size = ledger.step(store, 1)
        disk.fail_at(number, apsw.IOError, *kinds)
        try:
            size = ledger.step(store, 2)
        except (OutcomeUnknown, DiskFailed) as error:
            unknown += isinstance(error, OutcomeUnknown)
            with pytest.raises(StoreStopped), store.write():
                pass
            assert ledger.flaws(store, size) == [], "reading goes on"
            with pytest.raises(StoreStopped):
                store.empty_wal()
        failed = disk.failed
        disk.heal()
        store.close()
        store = ledger.open_store(path, disk.name)
        log = store.log(ledger.ORIGIN)
        assert log is not None and log.size in ((size, size + 2) if failed else (size,))
        assert ledger.flaws(store, size) == []
        if not failed:
            break
    store.close()
    assert unknown, "no commit failed in the disk"


def test_a_commit_that_failed_at_its_sync_can_come_back_to_life(
    tmp_path: Path, disk: Failing
) -> None:
    """Why the store stops: to go on as if it had failed could sign a second entry of one index."""
    path = tmp_path / "openline.db"
    store = ledger.open_store(path, disk.name)
    ledger.begin(store)
    ledger.step(store, 1)
    disk.fail_at(0, apsw.IOError, "sync")
    with pytest.raises(OutcomeUnknown):
        ledger.step(store, 1)
    disk.heal()
    log = store.log(ledger.ORIGIN)
    assert log is not None and log.size == 1
    store.close()
    again = ledger.open_store(path)
    assert ledger.flaws(again, 2) == []
    again.close()


def test_a_failed_return_of_the_wal_keeps_the_commit_and_stops_the_next(
    store: SqliteStore, disk: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openline.store.sqlite.WAL_PAGES_MAX", 1)
    # The first sync of a step is its commit; the second belongs to the return of the WAL.
    disk.fail_at(1, apsw.IOError, "sync")
    assert ledger.step(store, 1) == 3
    disk.heal()
    with pytest.raises(StoreStopped):
        ledger.step(store, 1)
    assert ledger.flaws(store, 3) == []


def test_the_wal_is_returned_before_it_grows_long(tmp_path: Path) -> None:
    path = tmp_path / "openline.db"
    store = ledger.open_store(path)
    with store.write() as tx:
        tx.set_meta("x", b"")
    longest = 0
    for number in range(40):
        with store.write() as tx:
            tx.set_meta("x", bytes([number]) * 16_384 * 60)
        longest = max(longest, path.with_name("openline.db-wal").stat().st_size)
    assert longest < 16_384 * (WAL_PAGES_MAX + 200)
    assert path.stat().st_size > 16_384 * 60, "the pages are in the database"
    store.empty_wal()
    assert path.with_name("openline.db-wal").stat().st_size == 0
    store.close()


def test_erased_bytes_are_gone_from_the_files(tmp_path: Path) -> None:
    store = ledger.open_store(tmp_path / "openline.db")
    ledger.begin(store)
    ledger.step(store, 3)
    with store.write() as tx:
        tx.put_archived(ledger.ORIGIN, 1, b"what may stay")
        tx.drop_body(ledger.entry_row(2).body_hash)
    store.empty_wal()
    kept = b"".join(file.read_bytes() for file in sorted(tmp_path.iterdir()))
    assert ledger.archived_of(0) in kept and ledger.body_of(0) in kept
    assert ledger.archived_of(1)[50:90] not in kept
    assert ledger.body_of(2)[50:90] not in kept
    store.close()


def test_a_rotten_body_is_named_and_mended_by_the_right_bytes(tmp_path: Path) -> None:
    store = ledger.open_store(tmp_path / "openline.db")
    ledger.begin(store)
    ledger.step(store, 3)
    wanted = ledger.entry_row(1).body_hash
    store._writer.execute(
        "UPDATE body SET data = CAST(substr(data, 1, 20) || x'00' || substr(data, 22) AS BLOB)"
        " WHERE hash = ?",
        (wanted,),
    )
    with pytest.raises(StoreDamaged, match=wanted.hex()):
        store.body(wanted)
    assert len(store.check(deep=True)) == 1 and store.check() == []
    with store.write() as tx:
        tx.put_body(wanted, ledger.body_of(1))
    assert ledger.flaws(store, 3) == []
    store.close()


def test_a_log_whose_rows_were_deleted_is_named(tmp_path: Path) -> None:
    store = ledger.open_store(tmp_path / "openline.db")
    ledger.begin(store)
    ledger.step(store, 3)
    store._writer.execute("DELETE FROM entry WHERE idx = 1")
    assert store.check() == [f"log {ledger.ORIGIN}: size 3, 2 entries up to index 2"]
    store.close()


def test_pages_overwritten_by_another_program_are_named(tmp_path: Path) -> None:
    path = tmp_path / "openline.db"
    store = ledger.open_store(path)
    ledger.begin(store)
    for _ in range(30):
        ledger.step(store, 2)
    store.close()
    data = bytearray(path.read_bytes())
    for page in range(3, len(data) // 16_384):
        data[page * 16_384 : page * 16_384 + 200] = b"\xff" * 200
    path.write_bytes(data)
    damaged = ledger.open_store(path)
    found = damaged.check()
    assert found
    with pytest.raises(StoreDamaged):
        list(damaged.leaves(ledger.ORIGIN, 0, 60))
    damaged.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (apsw.FullError, StoreFull),
        (apsw.IOError, DiskFailed),
        (apsw.ReadOnlyError, StoreReadOnly),
        (apsw.CorruptError, StoreDamaged),
        (apsw.NotADBError, StoreDamaged),
        (apsw.BusyError, StoreBusy),
        (apsw.ConstraintError, StoreMisused),
    ],
)
def test_every_error_of_the_library_has_a_name_here(
    error: type[apsw.Error], kind: type[Exception]
) -> None:
    found = named(error("what the library says"), "reading")
    assert type(found) is kind and "what the library says" in str(found)


def test_the_primary_key_stops_a_second_entry_of_one_index_when_the_head_was_set_back(
    tmp_path: Path,
) -> None:
    """The head's comparison is undone on purpose: unique(origin, index) is the guard below it."""
    store = ledger.open_store(tmp_path / "openline.db")
    ledger.begin(store)
    ledger.step(store, 3)
    store._writer.execute("UPDATE log SET size = 2")
    with pytest.raises(HeadMoved, match="already"), store.write() as tx:
        tx.advance(2, ledger.log_row(3), [ledger.entry_row(2)])
    assert [row.index for row in store.entries(ledger.ORIGIN, 0, 9)] == [0, 1, 2]
    store.close()
