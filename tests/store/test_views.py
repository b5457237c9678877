"""Readable rows: sealed, bound to their place, disposable but for drafts."""

import os
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope.standard import StandardSuite
from openline.store.faults import StoreMisused
from openline.store.views import Views, ViewsUnreadable

KEY, SUITE = b"k" * 32, StandardSuite()
SECRET = "\N{CYRILLIC CAPITAL LETTER PE} the visit to the northern harbour".encode()


def start(path: Path, key: bytes = KEY) -> Views:
    return Views.open(path, suite=SUITE, key=key, random=os.urandom)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "views.db"


@pytest.fixture(params=["file", "memory"])
def views(request: pytest.FixtureRequest, path: Path) -> Iterator[Views]:
    if request.param == "file":
        views = start(path)
    else:
        views = Views.in_memory(suite=SUITE, key=KEY, random=os.urandom)
    yield views
    views.close()


def test_values_are_put_replaced_found_and_deleted(views: Views) -> None:
    assert views.get("queue", "a") is None and views.scan("queue") == []
    views.put("queue", "a", b"1")
    views.put("queue", "a", b"2")
    views.put("drafts", "a", b"")
    assert views.get("queue", "a") == b"2" and views.get("drafts", "a") == b""
    views.delete("queue", "a")
    views.delete("queue", "a")
    assert views.get("queue", "a") is None and views.get("drafts", "a") == b""


def test_all_keys_of_a_beginning_are_deleted_at_once_and_no_others(views: Views) -> None:
    views.put_many("t", [("a/1", b"1"), ("a/2", b"2"), ("b/1", b"3"), ("a", b"4")])
    views.put("other", "a/1", b"5")
    views.delete_all("t", "a/")
    assert views.scan("t") == [("a", b"4"), ("b/1", b"3")]
    assert views.get("other", "a/1") == b"5"


def test_a_scan_finds_a_prefix_in_order(views: Views) -> None:
    keys = ["b/1", "a/2", "a/10", "a", "a/1", "aa", "A/1", "a0"]
    views.put_many("cases", [(key, key.encode()) for key in keys])
    views.put("other", "a/3", b"")
    assert views.scan("cases", "a/") == [(k, k.encode()) for k in ("a/1", "a/10", "a/2")]
    assert [key for key, _ in views.scan("cases")] == sorted(keys)
    assert views.scan("cases", "c") == []


NAMES = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x10FFFE), max_size=6)


@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=8), NAMES)
def test_a_scan_is_the_sorted_prefix_of_a_dictionary(rows: dict[str, bytes], prefix: str) -> None:
    views = Views.in_memory(suite=SUITE, key=KEY, random=os.urandom)
    views.put_many("t", rows.items())
    expected = sorted((k, v) for k, v in rows.items() if k.startswith(prefix))
    assert views.scan("t", prefix) == expected


def test_the_stamp_says_of_what_rows_were_made_and_a_reset_keeps_drafts(views: Views) -> None:
    assert views.stamp() == b""
    views.put("queue", "a", b"1")
    views.put("drafts", "d", b"draft")
    views.reset(b"fold 2")
    assert views.stamp() == b"fold 2"
    assert views.scan("queue") == [] and views.get("drafts", "d") == b"draft"
    views.reset(b"fold 3", keep=())
    assert views.get("drafts", "d") is None and views.stamp() == b"fold 3"


def test_values_survive_a_restart_and_another_data_key_is_refused(path: Path) -> None:
    views = start(path)
    views.put("queue", "a", SECRET)
    views.reset(b"1", keep=("queue",))
    views.close()
    views.close()
    with pytest.raises(ViewsUnreadable):
        start(path, b"x" * 32)
    views = start(path)
    assert views.get("queue", "a") == SECRET and views.stamp() == b"1"
    views.close()


def test_nothing_readable_is_on_the_disk(path: Path) -> None:
    views = start(path)
    views.put("drafts", "id-1", SECRET * 50)
    views.put("cases", "id-2", SECRET)
    files = [file.read_bytes() for file in path.parent.iterdir()]
    assert any(b"id-1" in data for data in files), "keys are in the clear, so they are ids only"
    assert not any(SECRET[i : i + 12] in data for data in files for i in (0, 9, 20))
    modes = {oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert modes == {"0o600"}
    views.close()


@pytest.mark.parametrize("change", ["exchanged keys", "exchanged tables", "a flipped byte"])
def test_rows_that_were_moved_or_changed_are_refused(path: Path, change: str) -> None:
    views = start(path)
    views.put("queue", "a", b"for a")
    views.put("cases", "b", b"for b")
    views.close()
    other = apsw.Connection(str(path))
    if change == "exchanged keys":
        other.execute("UPDATE view SET key = 'c' WHERE key = 'a'")
    elif change == "exchanged tables":
        other.execute("UPDATE view SET tab = 'cases' WHERE key = 'a'")
    else:
        other.execute("UPDATE view SET value = CAST(value || x'00' AS BLOB) WHERE key = 'a'")
    other.close()
    views = start(path)
    moved = {"exchanged keys": ("queue", "c"), "exchanged tables": ("cases", "a")}
    with pytest.raises(ViewsUnreadable):
        views.get(*moved.get(change, ("queue", "a")))
    assert views.get("cases", "b") == b"for b"
    views.close()


def test_drafts_are_synced_and_other_rows_need_not_be(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = start(path)
    levels: list[tuple[str, int]] = []

    def put(table: str) -> None:
        views.put(table, "a", b"1")
        levels.append((table, views._connection.pragma("synchronous")))

    for table in ("drafts", "queue", "drafts", "queue", "queue"):
        put(table)
    assert levels == [(t, 2 if t == "drafts" else 1) for t, _ in levels]
    views.delete("drafts", "a")
    assert views._connection.pragma("synchronous") == 2
    views.close()


def test_damaged_or_foreign_views_are_refused_and_can_be_thrown_away(path: Path) -> None:
    for content in (b"no database " * 400, None):
        if content is None:
            other = apsw.Connection(str(path))
            other.execute("CREATE TABLE t (x)")
            other.close()
        else:
            path.write_bytes(content)
        with pytest.raises(ViewsUnreadable):
            start(path)
        Views.discard(path)
        assert list(path.parent.iterdir()) == []
    views = start(path)
    assert views.scan("queue") == []
    views.close()


def test_a_key_that_cannot_be_stored_is_refused_by_name(views: Views) -> None:
    with pytest.raises(StoreMisused):
        views.put("queue", "\ud800", b"")
    with pytest.raises(StoreMisused):
        views.get("queue", "\ud800")
