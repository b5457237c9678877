"""Power cuts: every image of the disk that a crash may leave opens clean and has what was told.

The negative controls run the same judgement over a database that does not sync: if the images did
not catch that, they would prove nothing.
"""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from openline.store import opening
from openline.store.faults import StoreDamaged
from openline.store.opening import MEMORY_PAGE_BYTES, PAGE_BYTES
from openline.store.sqlite import SqliteStore
from tests.store import ledger
from tests.store.disks import Op, Recorder, images

# The pages of a node and, because they make smaller images, those of a database in memory.
SESSIONS = ((0, PAGE_BYTES), *((seed, MEMORY_PAGE_BYTES) for seed in range(1, 4)))
COMMITS = 7
IMAGES_MIN = 2_000


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder("recorder")
    yield recorder
    recorder.unregister()


def session(folder: Path, recorder: Recorder, seed: int, synchronous: str = "") -> dict[str, bytes]:
    """Write, now and then return the WAL, close; the files as they were before."""
    path = folder / "openline.db"
    start = {"openline.db": path.read_bytes()}
    recorder.ops.clear()
    dice = random.Random(seed)
    store = ledger.open_store(path, recorder.name)
    log = store.log(ledger.ORIGIN)
    recorder.ops.append(Op("ack", offset=log.size if log else 0))
    if synchronous:
        store._writer.execute(f"PRAGMA synchronous={synchronous}")
    for number in range(COMMITS):
        size = ledger.step(store, dice.choice((1, 1, 2, 5)))
        recorder.ops.append(Op("ack", offset=size))
        if number == COMMITS // 2:
            store.empty_wal()
    store.close()
    return start


def judged(folder: Path, files: dict[str, bytes], acked: int) -> list[str]:
    """What is wrong with one image."""
    for old in folder.iterdir():
        old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    try:
        store = ledger.open_store(folder / "openline.db", read_only=True)
    except StoreDamaged as error:
        return [str(error)]
    try:
        return ledger.flaws(store, acked)
    finally:
        store.close()


def made(folder: Path) -> Path:
    """A folder with a database that was made and closed."""
    folder.mkdir()
    store = ledger.open_store(folder / "openline.db")
    ledger.begin(store)
    store.close()
    return folder


def test_every_image_of_a_power_cut_holds_what_was_acknowledged(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    count, sizes, distinct = 0, set(), set()
    for seed, page_bytes in SESSIONS:
        monkeypatch.setattr(opening, "PAGE_BYTES", page_bytes)
        folder = made(tmp_path / f"home {seed}")
        start = session(folder, recorder, seed)
        for acked, files in images(recorder.ops, start, seed):
            count += 1
            sizes.add(acked)
            image = (seed, acked, *((name, hash(data)) for name, data in sorted(files.items())))
            if image not in distinct:
                distinct.add(image)
                assert judged(disk, files, acked) == [], (seed, count)
    assert len(distinct) >= IMAGES_MIN and len(sizes) > COMMITS


def test_an_image_can_be_written_on_after_recovery(tmp_path: Path, recorder: Recorder) -> None:
    folder, disk = made(tmp_path / "home"), tmp_path / "disk"
    disk.mkdir()
    start = session(folder, recorder, 99)
    for number, (acked, files) in enumerate(images(recorder.ops, start, 99)):
        if number % 40:
            continue
        assert judged(disk, files, acked) == []
        for round_number in range(2):
            store = ledger.open_store(disk / "openline.db")
            size = ledger.step(store, 2)
            assert size >= acked + 2 * (round_number + 1) and ledger.flaws(store, size) == []
            store.close()


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_a_database_that_does_not_sync_is_caught(
    tmp_path: Path, recorder: Recorder, synchronous: str
) -> None:
    folder, disk = made(tmp_path / "home"), tmp_path / "disk"
    disk.mkdir()
    start = session(folder, recorder, 1, synchronous)
    caught = 0
    for acked, files in images(recorder.ops, start, 1, ("none", "torn")):
        caught += bool(judged(disk, files, acked))
        if caught >= 3:
            return
    pytest.fail(f"synchronous={synchronous} went unnoticed: {caught} images")


def test_a_database_that_is_being_made_is_whole_or_not_there(
    tmp_path: Path, recorder: Recorder
) -> None:
    """It is made under another name; that name is renamed when all is synced."""
    home = tmp_path / "home"
    home.mkdir()
    path = home / "openline.db"
    for left in ("openline.db.new", "openline.db.new-wal", "openline.db.new-journal"):
        (home / left).write_bytes(b"left by a crash")
    ledger.open_store(path, recorder.name).close()
    made_as = [op for op in recorder.ops if op.file.startswith("openline.db.new")]
    *_, (_, last) = images(made_as, {}, 0, ("none",))
    finished = tmp_path / "finished.db"
    finished.write_bytes(last["openline.db.new"])
    store = ledger.open_store(finished)
    assert store.check(deep=True) == [] and store.logs() == []
    store.close()
    assert sorted(p.name for p in home.iterdir()) == ["openline.db"]


def test_a_copy_of_the_data_folder_taken_while_writing_stops_opens(tmp_path: Path) -> None:
    folder = made(tmp_path / "home")
    store = ledger.open_store(folder / "openline.db")
    size = ledger.step(store, 5)
    shutil.copytree(folder, tmp_path / "copy")
    store.close()
    copy = SqliteStore.open(tmp_path / "copy" / "openline.db", random=bytes)
    assert ledger.flaws(copy, size) == []
    copy.close()


def test_the_recorder_sees_what_the_database_does(tmp_path: Path, recorder: Recorder) -> None:
    folder = made(tmp_path / "home")
    session(folder, recorder, 3)
    kinds = {(op.what, op.file) for op in recorder.ops}
    assert {("write", "openline.db-wal"), ("sync", "openline.db-wal")} <= kinds
    assert {("write", "openline.db"), ("sync", "openline.db")} <= kinds
    assert ("delete", "openline.db-wal") in kinds
    assert apsw.SQLITE_VERSION_NUMBER >= 3_051_003
