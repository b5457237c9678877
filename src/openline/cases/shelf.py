"""A map that grows by copying a small part of itself, so that old states stay as they were.

Shapes   Shelf is read only; Shelf.edit() gives an Edit; Edit.done() gives the next Shelf
Units    none
Raises   KeyError for a key that is not there, like a dict
Source   docs/cases.md, "One more entry"
Never    orders anything: who shows the content of a shelf sorts it first
"""

from collections.abc import Hashable, Iterator
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# 100,000 keys on 1,024 boards: an edit copies about a hundred pairs and 1,024 pointers.
_BOARDS: Final = 1024
_MASK: Final = _BOARDS - 1


class Shelf(Generic[K, V]):
    """A persistent map: extending it leaves every earlier one intact."""

    __slots__ = ("_boards", "_count")

    def __init__(self) -> None:
        empty: dict[K, V] = {}
        self._boards: tuple[dict[K, V], ...] = (empty,) * _BOARDS
        self._count = 0

    def get(self, key: K) -> V | None:
        """The value, or None."""
        return self._boards[hash(key) & _MASK].get(key)

    def __getitem__(self, key: K) -> V:
        return self._boards[hash(key) & _MASK][key]

    def __contains__(self, key: object) -> bool:
        return key in self._boards[hash(key) & _MASK]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[K]:
        """Every key, in no order."""
        for board in self._boards:
            yield from board

    def values(self) -> Iterator[V]:
        """Every value, in no order."""
        for board in self._boards:
            yield from board.values()

    def items(self) -> Iterator[tuple[K, V]]:
        """Every pair, in no order."""
        for board in self._boards:
            yield from board.items()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Shelf):
            return NotImplemented
        return self._count == other._count and self._boards == other._boards

    def __hash__(self) -> int:
        return hash(self._count)

    def __repr__(self) -> str:
        return f"Shelf({dict(self.items())!r})"

    def edit(self) -> "Edit[K, V]":
        """A writer that starts from this content."""
        return Edit(self)


class Edit(Generic[K, V]):
    """The next content of a shelf while it is written; boards are copied when first touched."""

    __slots__ = ("_before", "_boards", "_count", "_own")

    def __init__(self, before: Shelf[K, V]) -> None:
        self._before = before
        self._boards: list[dict[K, V]] | None = None
        self._own: set[int] = set()
        self._count = len(before)

    def get(self, key: K) -> V | None:
        """The value as written so far, or None."""
        if self._boards is None:
            return self._before.get(key)
        return self._boards[hash(key) & _MASK].get(key)

    def __contains__(self, key: K) -> bool:
        if self._boards is None:
            return key in self._before
        return key in self._boards[hash(key) & _MASK]

    def put(self, key: K, value: V) -> None:
        """Write one pair."""
        board = self._board(key)
        self._count += key not in board
        board[key] = value

    def drop(self, key: K) -> None:
        """Take one pair away, if it is there."""
        if key in self:
            del self._board(key)[key]
            self._count -= 1

    def done(self) -> Shelf[K, V]:
        """The shelf as written; the one before is unchanged."""
        if self._boards is None:
            return self._before
        after: Shelf[K, V] = Shelf.__new__(Shelf)
        after._boards = tuple(self._boards)
        after._count = self._count
        self._boards, self._own = None, set()
        self._before = after
        return after

    def _board(self, key: K) -> dict[K, V]:
        if self._boards is None:
            self._boards = list(self._before._boards)
        at = hash(key) & _MASK
        if at not in self._own:
            self._boards[at] = dict(self._boards[at])
            self._own.add(at)
        return self._boards[at]
