"""What is opened, what is refused, and how the tables grow."""

import os
import re
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from openline.store import opening
from openline.store.faults import (
    LibraryTooOld,
    StoreBusy,
    StoreDamaged,
    StoreReadOnly,
    StoreTooNew,
)
from openline.store.opening import Migration, check_library, migrations
from openline.store.sqlite import SqliteStore
from tests.store import ledger


@pytest.mark.parametrize("version", [3_040_001, 3_050_007, 3_051_002])
def test_a_library_with_the_wal_reset_fault_is_refused(version: int) -> None:
    with pytest.raises(LibraryTooOld):
        check_library(version)


@pytest.mark.parametrize("version", [None, 3_051_003, 3_053_000])
def test_a_mended_library_is_taken(version: int | None) -> None:
    check_library(version)


def test_the_database_on_disk_syncs_every_commit(tmp_path: Path) -> None:
    store = ledger.open_store(tmp_path / "openline.db")
    for connection in (store._writer, store._reader):
        assert connection is not None
        assert connection.pragma("journal_mode") == "wal"
        assert connection.pragma("synchronous") == 2
        assert connection.pragma("page_size") == 16_384
        assert connection.pragma("foreign_keys") == 1
        assert connection.pragma("secure_delete") == 1
        assert connection.pragma("mmap_size") == 0
    store.close()


def test_the_files_are_for_the_owner_only(tmp_path: Path) -> None:
    store = ledger.open_store(tmp_path / "openline.db")
    ledger.begin(store)
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    assert set(modes.values()) == {"0o600"} and len(modes) == 3, modes
    store.close()


def test_migrations_are_numbered_without_gaps_and_run_once(tmp_path: Path) -> None:
    steps = migrations()
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.sql", step.name) for step in steps)
    for _ in range(2):
        store = ledger.open_store(tmp_path / "openline.db")
        rows = store._writer.execute("SELECT number, name, digest FROM migration").fetchall()
        assert rows == [(s.number, s.name, s.digest) for s in steps]
        store.close()


@pytest.mark.parametrize("ran", range(len(migrations()) + 1))
def test_a_database_of_any_earlier_version_comes_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: int
) -> None:
    path = tmp_path / "openline.db"
    with monkeypatch.context() as earlier:
        earlier.setattr(opening, "migrations", lambda: migrations()[:ran])
        opening.create(path, bytes(16))
    with pytest.raises(StoreReadOnly) if ran < len(migrations()) else not_raising():
        ledger.open_store(path, read_only=True).close()
    store = ledger.open_store(path)
    ledger.begin(store)
    assert ledger.flaws(store, ledger.step(store, 3)) == []
    store.close()


class not_raising:
    """The other half of a conditional `pytest.raises`."""

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


def test_a_database_with_data_comes_up_with_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "openline.db"
    store = ledger.open_store(path)
    ledger.begin(store)
    size = ledger.step(store, 9)
    store.close()
    later = Migration(
        len(migrations()) + 1,
        "9999_later.sql",
        "ALTER TABLE entry ADD COLUMN later INTEGER NOT NULL DEFAULT 7;"
        "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;",
    )
    with monkeypatch.context() as newer:
        newer.setattr(opening, "migrations", lambda: (*migrations(), later))
        store = ledger.open_store(path)
        assert ledger.flaws(store, size) == []
        assert store._rows("SELECT sum(later) FROM entry") == [(7 * size,)]
        assert ledger.flaws(store, ledger.step(store, 2)) == []
        store.close()
    with pytest.raises(StoreTooNew):
        ledger.open_store(path)


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "openline.db"
    store = ledger.open_store(path)
    ledger.begin(store)
    store.close()
    broken = Migration(
        len(migrations()) + 1, "9999_broken.sql", "CREATE TABLE half (x); SELECT nothing;"
    )
    with monkeypatch.context() as newer:
        newer.setattr(opening, "migrations", lambda: (*migrations(), broken))
        with pytest.raises(Exception, match="nothing"):
            ledger.open_store(path)
    store = ledger.open_store(path)
    assert not store._writer.table_exists("main", "half") and ledger.flaws(store, 0) == []
    store.close()


def test_a_migration_that_was_changed_after_it_ran_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "openline.db"
    ledger.open_store(path).close()
    other = apsw.Connection(str(path))
    other.execute("UPDATE migration SET digest = x'00' WHERE number = 1")
    other.close()
    with pytest.raises(StoreTooNew):
        ledger.open_store(path)


def test_a_file_of_something_else_is_refused_and_not_changed(tmp_path: Path) -> None:
    other, text = tmp_path / "other.db", tmp_path / "text.db"
    connection = apsw.Connection(str(other))
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    text.write_bytes(b"this is no database at all, but it is longer than a header" * 40)
    for path in (other, text):
        before = path.read_bytes()
        with pytest.raises(StoreDamaged):
            ledger.open_store(path)
        assert path.read_bytes() == before


def test_a_missing_database_is_not_made_for_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly):
        ledger.open_store(tmp_path / "openline.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_database_opened_for_reading_refuses_writes_by_name(tmp_path: Path) -> None:
    store = ledger.open_store(tmp_path / "openline.db")
    ledger.begin(store)
    size = ledger.step(store, 2)
    reader = ledger.open_store(tmp_path / "openline.db", read_only=True)
    assert ledger.flaws(reader, size) == []
    with pytest.raises(StoreReadOnly), reader.write():
        pass
    size = ledger.step(store, 1)
    assert ledger.flaws(reader, size) == [], "it follows the writer"
    reader.close()
    store.close()


# Runs as a user who may read the folder and not write it; root would be refused nothing.
AS_READER = """
import os, sys
from pathlib import Path
from openline.store.faults import StoreReadOnly
from openline.store.sqlite import SqliteStore
from tests.store import ledger
from openline.store.opening import migrations
folder, size = Path(sys.argv[1]), int(sys.argv[2])
migrations()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
store = ledger.open_store(folder / "openline.db", read_only=True)
assert ledger.flaws(store, size) == []
for kind in ("write", "open", "make"):
    try:
        if kind == "write":
            with store.write() as tx:
                tx.set_meta("x", b"1")
        elif kind == "make":
            SqliteStore.open(folder / "new.db", random=bytes)
        else:
            with ledger.open_store(folder / "openline.db").write() as tx:
                tx.set_meta("x", b"1")
    except StoreReadOnly as error:
        print(kind, error.code)
"""


def test_a_read_only_folder_is_read_and_every_write_is_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    store = ledger.open_store(folder / "openline.db")
    ledger.begin(store)
    size = ledger.step(store, 3)
    store.close()
    (folder / "openline.db").chmod(0o444)
    folder.chmod(0o555)
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_uid == os.geteuid() and not above.stat().st_mode & 0o001:
            above.chmod(0o755)
    done = run_python(AS_READER, str(folder), str(size))
    folder.chmod(0o755)
    assert done.split() == [
        word for kind in ("write", "open", "make") for word in (kind, "store.read-only")
    ]


def run_python(source: str, *arguments: str) -> str:
    """Run a script with this interpreter and these import paths; what it printed."""
    places = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_second_writer_is_told_that_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_MS", 10)
    first = ledger.open_store(tmp_path / "openline.db")
    second = ledger.open_store(tmp_path / "openline.db")
    with first.write() as tx:
        tx.set_meta("x", b"1")
        with pytest.raises(StoreBusy), second.write():
            pass
    with second.write() as tx:
        assert tx.meta("x") == b"1"
    first.close()
    second.close()


def test_room_that_was_kept_in_reserve_is_given_up_to_open_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, reserve = tmp_path / "openline.db", tmp_path / "reserve"
    ledger.open_store(path).close()
    reserve.write_bytes(bytes(1000))
    connect = opening.connect

    def full(name: Path, **settings: object) -> apsw.Connection:
        if reserve.exists():
            raise apsw.IOError("no room for the index of the WAL")
        return connect(name)

    monkeypatch.setattr(opening, "connect", full)
    with pytest.raises(Exception, match="no room"):
        ledger.open_store(path)
    store = SqliteStore.open(path, random=bytes, reserve=reserve)
    assert store.logs() == [] and not reserve.exists()
    store.close()
