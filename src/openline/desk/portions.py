"""A long case in portions: which rows of which part of it stand on which page.

Shapes   portions([(part, [weight of each row])]) -> Portion per page, one at least;
         Portion.of(part, rows) -> those of them that stand there; weight_of(value) -> letters
Units    weights are letters, markup counted as ROW
Raises   nothing
Source   docs/decisions/0089-what-one-party-sends-hides-nothing.md
Never    leaves a row out, shows one twice or changes their order; a row that is longer than a page
         has one of its own
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

# What a browser lays out at once on a small machine, and what an officer still scrolls through.
PAGE: Final = 100_000
# The markup of one row counts as so many letters.
ROW: Final = 200

Part = Hashable
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Portion:
    """What stands on one page: of each part that is there the first row and the one after the
    last."""

    rows: dict[Part, tuple[int, int]]

    def has(self, part: Part) -> bool:
        return part in self.rows

    def of(self, part: Part, rows: Sequence[T]) -> Sequence[T]:
        """Those rows of a part that stand here."""
        start, stop = self.rows.get(part, (0, 0))
        return rows[start:stop]


def portions(parts: Iterable[tuple[Part, Sequence[int]]], page: int = PAGE) -> list[Portion]:
    """The rows of all parts in their order, cut where a page is full."""
    found: list[dict[Part, tuple[int, int]]] = [{}]
    used = 0
    for part, weights in parts:
        for at, weight in enumerate(weights):
            cost = weight + ROW
            if used and used + cost > page:
                found.append({})
                used = 0
            start, _ = found[-1].get(part, (at, at))
            found[-1][part] = (start, at + 1)
            used += cost
    return [Portion(rows) for rows in found]


def weight_of(value: object) -> int:
    """About how many letters a value has on a page."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(weight_of, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(weight_of, value))
    return 8
