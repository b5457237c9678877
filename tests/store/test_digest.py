"""Two looks at a store: equal when only the beat wrote between them, else not."""

from pathlib import Path

import pytest

from openline.store.contract import EventRow, NotebookRow
from openline.store.digest import content_digest
from openline.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "openline.db"


@pytest.fixture
def store(path: Path) -> SqliteStore:
    return SqliteStore.open(path, random=lambda size: bytes(size))


def test_what_the_beat_writes_leaves_the_digest_alone(path: Path, store: SqliteStore) -> None:
    before = content_digest(path)
    with store.write() as tx:
        tx.set_meta("clock/high-water", b"1700000000")
        tx.add_event(EventRow(0, 1, "link-test", "south.example", "hello", "answered"))
    assert content_digest(path) == before
    store.close()


@pytest.mark.parametrize("kind", ["meta", "event", "notebook"])
def test_anything_else_changes_it(path: Path, store: SqliteStore, kind: str) -> None:
    before = content_digest(path)
    with store.write() as tx:
        if kind == "meta":
            tx.set_meta("witness/north.example", b"head")
        elif kind == "event":
            tx.add_event(EventRow(0, 1, "alarm", "south.example", "fork", "two heads"))
        else:
            tx.put_notebook(NotebookRow("a", "public", b"sealed", 1))
    assert content_digest(path) != before
    store.close()


def test_it_is_read_while_a_node_writes(path: Path, store: SqliteStore) -> None:
    before = content_digest(path)
    with store.write() as tx:
        tx.set_meta("a", b"b")
        assert content_digest(path) == before, "an open transaction is not seen"
    assert content_digest(path) != before
    store.close()
