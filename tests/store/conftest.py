"""The stores that keep the contract: every test of it is asked of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from openline.store.contract import Store
from openline.store.sqlite import SqliteStore
from tests.store.ledger import open_store


@dataclass(frozen=True)
class Kind:
    """One implementation. `committed_reads`: reads beside an open transaction are answered."""

    name: str
    make: Callable[[Path], Store]
    committed_reads: bool


# PostgreSQL joins this list with its own `make`.
KINDS = [
    Kind("sqlite-file", lambda folder: open_store(folder / "openline.db"), True),
    Kind("sqlite-memory", lambda folder: SqliteStore.in_memory(b"0123456789abcdef"), False),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def store(kind: Kind, tmp_path: Path) -> Iterator[Store]:
    store = kind.make(tmp_path)
    yield store
    store.close()
