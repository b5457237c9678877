"""The journal outside the database: what it remembers, and when it says that it cannot know."""

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.malformed import Malformed
from openline.store import anchor as anchor_module
from openline.store.anchor import (
    AnchorFailed,
    FileAnchor,
    Line,
    encode,
    machine_id,
    parse_journal,
    parse_line,
)
from openline.store.contract import Anchor, AnchorRecord, StoreFull
from openline.store.memory_anchor import MemoryAnchor, MemoryJournal

DATABASE, OTHER = b"d" * 16, b"o" * 16
MACHINE, ELSEWHERE = b"m" * 16, b"e" * 16
LOG, PEER = "a.example/openline/x", "b.example/openline/y"


def record(
    size: int, origin: str = LOG, time_s: int = 1_000, root: bytes = b"r" * 32
) -> AnchorRecord:
    return AnchorRecord(origin, size, root, time_s)


@dataclass
class Place:
    """Where journals of one kind are: `start` is one process's opening of it."""

    start: Callable[..., Anchor]
    change: Callable[[], None]
    lose: Callable[[], None]


def file_place(folder: Path) -> Place:
    path = folder / "journal"

    def start(**named: object) -> Anchor:
        return FileAnchor.open(path, **{"database": DATABASE, "machine": MACHINE, **named})  # type: ignore[arg-type]

    def change() -> None:
        """As a copy put back does: the file is changed now, its last record is old."""
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(line for line in lines if b" at " not in line))

    return Place(start, change, path.unlink)


def memory_place(_folder: Path) -> Place:
    held = [MemoryJournal()]

    def start(**named: object) -> Anchor:
        return MemoryAnchor(held[0], **{"database": DATABASE, "machine": MACHINE, **named})  # type: ignore[arg-type]

    def change() -> None:
        held[0] = held[0].copy()
        held[0].changed_s = 100_000

    def lose() -> None:
        held[0] = MemoryJournal()

    return Place(start, change, lose)


@pytest.fixture(params=[file_place, memory_place], ids=["file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    found: Place = request.param(tmp_path)
    return found


def test_the_largest_head_of_each_log_is_remembered_over_a_restart(place: Place) -> None:
    first = place.start()
    assert first.heads() == {} and first.is_stale() is None
    first.append([record(1), record(4, PEER)])
    first.append([record(3), record(2, PEER)])
    first.append([])
    expected = {LOG: record(3), PEER: record(4, PEER)}
    assert first.heads() == expected
    first.close()
    again = place.start()
    assert again.heads() == expected and again.is_stale() is None
    again.append([record(5)])
    again.close()
    assert place.start().heads() == {LOG: record(5), PEER: record(4, PEER)}


def test_heads_of_another_database_are_not_ours(place: Place) -> None:
    first = place.start()
    first.append([record(7)])
    first.close()
    other = place.start(database=OTHER)
    assert other.heads() == {} and other.is_stale() is None
    other.append([record(2)])
    other.close()
    assert place.start().heads() == {LOG: record(7)}


def test_a_journal_of_another_machine_is_stale_until_this_one_has_written(place: Place) -> None:
    first = place.start(machine=ELSEWHERE)
    first.append([record(7)])
    first.close()
    moved = place.start()
    assert "another machine" in str(moved.is_stale()) and moved.heads() == {}
    moved.append([record(8)])
    assert moved.is_stale() is not None, "judged when it was opened"
    moved.close()
    again = place.start()
    assert again.is_stale() is None and again.heads() == {LOG: record(8)}


def test_a_journal_that_was_put_back_is_stale_until_the_next_record(place: Place) -> None:
    first = place.start()
    first.append([record(7)])
    first.close()
    place.change()
    back = place.start()
    assert "after its last record" in str(back.is_stale()) and back.heads() == {LOG: record(7)}
    back.close()
    assert place.start().is_stale() is not None, "looking at it does not heal it"
    back = place.start()
    back.append([record(8)])
    back.close()
    if isinstance(back, FileAnchor):
        assert place.start().is_stale() is None


def put_back(path: Path) -> bytes:
    """A journal as a copy put back leaves it: old records in a file that was changed now."""
    old = [Line(1_000, DATABASE, MACHINE, 7, b"r" * 32, origin) for origin in (LOG, PEER)]
    path.write_bytes(b"".join(map(encode, old)))
    return path.read_bytes()


def test_a_journal_that_was_put_back_is_stale_until_all_records_of_the_next_append_are_in(
    path: Path,
) -> None:
    before = put_back(path)
    back = start(path)
    back.append([record(8, time_s=2_000_000_000), record(8, PEER, time_s=2_000_000_000)])
    back.close()
    whole = path.read_bytes()
    assert start(path).is_stale() is None
    cuts = 0
    for length in range(len(before), len(whole) + 1):
        path.write_bytes(whole[:length])
        torn = start(path)
        sizes = {head.size for head in torn.heads().values()}
        assert torn.is_stale() is not None or sizes == {8}, f"cut at byte {length}"
        cuts += sizes == {7, 8}
        torn.close()
    assert cuts > 100


def test_a_full_disk_does_not_make_a_stale_journal_look_current(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_back(path)
    back, write = start(path), os.write

    def filled(descriptor: int, data: bytes) -> int:
        if b" head " in bytes(data):
            return write(descriptor, data[:40])
        if b" at " not in bytes(data):
            raise OSError(errno.ENOSPC, "no space left on device")
        return write(descriptor, data)

    with monkeypatch.context() as full:
        full.setattr(os, "write", filled)
        with pytest.raises(StoreFull):
            back.append([record(8)])
    back.close()
    assert start(path).is_stale() is not None


def test_a_lost_journal_is_stale_for_a_database_that_has_signed(place: Place) -> None:
    assert place.start(signed_before=False).is_stale() is None
    assert "no record of this database" in str(place.start(signed_before=True).is_stale())
    first = place.start()
    first.append([record(1)])
    first.close()
    assert place.start(signed_before=True).is_stale() is None
    place.lose()
    assert place.start(signed_before=True).is_stale() is not None


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "journal"


def start(path: Path, **named: bool) -> FileAnchor:
    return FileAnchor.open(path, database=DATABASE, machine=MACHINE, **named)


def test_one_append_is_one_write_and_one_fsync(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    write, fsync = os.write, os.fsync
    anchor = start(path)
    now_s = int(path.stat().st_ctime)

    def noted_write(descriptor: int, data: bytes) -> int:
        calls.append("write")
        return write(descriptor, data)

    def noted_fsync(descriptor: int) -> None:
        calls.append("fsync")
        fsync(descriptor)

    monkeypatch.setattr(os, "write", noted_write)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    anchor.append([record(size, time_s=now_s) for size in range(40)])
    assert calls == ["write", "fsync"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_last_line_is_dropped_and_said_at_every_length(path: Path) -> None:
    whole = encode(Line(1_000, DATABASE, MACHINE, 1, b"r" * 32, LOG))
    following = encode(Line(2_000, DATABASE, MACHINE, 2, b"r" * 32, LOG))
    for length in range(1, len(following)):
        path.write_bytes(whole + following[:length])
        anchor = start(path)
        assert anchor.heads() == {LOG: record(1)} and len(anchor.notes) == 1
        assert path.read_bytes().startswith(whole) and path.read_bytes().endswith(b"\n")
        anchor.append([record(9)])
        anchor.close()
        again = start(path)
        assert again.heads() == {LOG: record(9)} and again.notes == ()
        assert again.is_stale() is None
        again.close()


def test_a_torn_line_written_just_now_does_not_make_the_journal_stale(path: Path) -> None:
    """A power cut in the middle of an append is no restore."""
    anchor = start(path)
    anchor.append([record(1)])
    anchor.close()
    whole = path.read_bytes().splitlines(keepends=True)[0]
    torn = encode(Line(int(path.stat().st_ctime), DATABASE, MACHINE, 2, b"r" * 32, LOG))
    path.write_bytes(whole + torn[:-20])
    for _ in range(2):
        anchor = start(path)
        assert anchor.is_stale() is None and anchor.heads() == {LOG: record(1)}
        anchor.close()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_damaged_line_makes_the_journal_stale_wherever_it_stands(path: Path, number: int) -> None:
    anchor = start(path)
    anchor.append([record(1), record(2), record(3)])
    anchor.close()
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number] = lines[number].replace(b"head", b"hoad")
    path.write_bytes(b"".join(lines))
    anchor = start(path)
    assert f"line {number + 1} " in str(anchor.is_stale()) and len(anchor.notes) == 1
    assert anchor.heads()[LOG].size == (2 if number == 2 else 3)
    anchor.close()


def test_every_flipped_bit_of_a_line_is_noticed() -> None:
    data = encode(Line(1_700_000_000, DATABASE, MACHINE, 12, b"r" * 32, LOG))
    assert parse_line(data).size == 12
    for at in range(len(data) - 1):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[at] ^= 1 << bit
            with pytest.raises(Malformed):
                parse_line(bytes(flipped))


ORIGINS = st.from_regex(r"[a-z0-9./-]{1,200}", fullmatch=True)
IDS = st.binary(min_size=16, max_size=16)
SIZES = st.integers(0, 2**53 - 1)
LINES = st.builds(Line, SIZES, IDS, IDS, SIZES, st.binary(min_size=32, max_size=32), ORIGINS) | (
    st.builds(Line, SIZES, IDS, IDS)
)


@given(LINES)
def test_a_line_reads_back_as_it_was_written(line: Line) -> None:
    assert parse_line(encode(line)) == line and len(encode(line)) <= anchor_module.LINE_BYTES_MAX


@given(st.binary(max_size=200) | LINES.map(encode).flatmap(lambda d: st.permutations(d).map(bytes)))
def test_any_bytes_are_one_spelling_of_a_line_or_refused(data: bytes) -> None:
    try:
        assert encode(parse_line(data)) == data
    except Malformed:
        pass


@given(st.lists(LINES, max_size=6), st.binary(max_size=40).filter(lambda b: b"\n" not in b))
def test_a_journal_is_its_lines_and_a_tail(lines: list[Line], tail: bytes) -> None:
    content = parse_journal(b"".join(map(encode, lines)) + tail)
    assert content.damaged == [] and content.torn == tail
    assert content.last == (lines[-1] if lines else None)


def test_a_long_journal_is_shortened_at_start_and_says_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor = start(path)
    for size in range(300):
        anchor.append([record(size), record(size * 2, PEER)])
    anchor.close()
    other = FileAnchor.open(path, database=OTHER, machine=ELSEWHERE)
    other.append([record(5)])
    other.close()
    monkeypatch.setattr(anchor_module, "COMPACT_ABOVE_BYTES", 10_000)
    before = path.stat().st_size
    for _ in range(2):
        anchor = start(path)
        assert anchor.heads() == {LOG: record(299), PEER: record(598, PEER)}
        assert anchor.is_stale() is None
        anchor.close()
    assert path.stat().st_size < before // 50
    other = FileAnchor.open(path, database=OTHER, machine=ELSEWHERE)
    assert other.heads() == {LOG: record(5)} and other.is_stale() is None
    other.append([record(6)])
    other.close()
    assert not path.with_name("journal.new").exists()


def test_a_stale_journal_is_never_shortened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    anchor = start(path)
    for size in range(100):
        anchor.append([record(size)])
    anchor.close()
    data = path.read_bytes().replace(b" at ", b" et ", 1)
    path.write_bytes(data)
    monkeypatch.setattr(anchor_module, "COMPACT_ABOVE_BYTES", 1_000)
    anchor = start(path)
    assert anchor.is_stale() is not None and path.read_bytes() == data
    anchor.close()


def test_a_full_disk_refuses_the_record_and_the_next_one_is_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor = start(path)
    anchor.append([record(1)])
    write = os.write

    def half(descriptor: int, data: bytes) -> int:
        if len(data) < 60:
            raise OSError(errno.ENOSPC, "no space left on device")
        return write(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(StoreFull):
            anchor.append([record(2), record(3)])
    assert anchor.heads() == {LOG: record(1)}
    anchor.append([record(4)])
    anchor.close()
    again = start(path)
    assert again.heads() == {LOG: record(4)} and again.notes == () and again.is_stale() is None
    again.close()


def test_after_a_failed_fsync_nothing_more_is_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor = start(path)

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    with monkeypatch.context() as failing:
        failing.setattr(os, "fsync", broken)
        with pytest.raises(AnchorFailed):
            anchor.append([record(2)])
    with pytest.raises(AnchorFailed):
        anchor.append([record(2)])
    anchor.close()
    with pytest.raises(AnchorFailed):
        anchor.append([record(2)])


def test_the_machine_has_an_id_that_does_not_show_the_systems_own(tmp_path: Path) -> None:
    one, two, empty = tmp_path / "1", tmp_path / "2", tmp_path / "empty"
    one.write_text("0123456789abcdef0123456789abcdef\n")
    two.write_text("fedcba9876543210fedcba9876543210\n")
    empty.write_text("\n")
    assert machine_id([one]) == machine_id([one]) != machine_id([two])
    assert machine_id([empty, two]) == machine_id([two])
    assert machine_id([tmp_path / "missing"]) == machine_id([])
    assert len(machine_id()) == 16 and machine_id([one]).hex() not in one.read_text()


def test_a_snapshot_of_a_memory_journal_goes_its_own_way() -> None:
    journal = MemoryJournal()
    anchor = MemoryAnchor(journal, database=DATABASE, machine=MACHINE)
    anchor.append([record(1)])
    snapshot = journal.copy()
    anchor.append([record(2)])
    rolled_back = MemoryAnchor(snapshot, database=DATABASE, machine=MACHINE)
    assert rolled_back.heads() == {LOG: record(1)} and rolled_back.is_stale() is None
    assert anchor.heads() == {LOG: record(2)}
