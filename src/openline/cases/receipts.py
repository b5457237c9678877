"""When an addressee held an entry: the earliest receipt above its place.

Shapes   Receipts(rows, deposits); rows: origin -> (addressee, size, time_s)...
Units    times are unix seconds UTC; a receipt of size n covers entries 0 to n - 1
Raises   nothing
Source   PROTOCOL part 8 ("received", "available"); DESIGN, "Deemed receipt"
Never    turns a deposit into a receipt: a deemed one is another word wherever it is shown
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from openline.cases.entry import Ref

Rows = Mapping[str, Sequence[tuple[str, int, int]]]


class Receipts:
    """Receipts and deposits of one line; indexed per log when first asked."""

    __slots__ = ("_deposits", "_indexed", "_rows")

    def __init__(self, rows: Rows | None = None, deposits: Rows | None = None) -> None:
        self._rows = rows or {}
        self._deposits = deposits or {}
        self._indexed: dict[tuple[bool, str], dict[str, tuple[list[int], list[int]]]] = {}

    @classmethod
    def of(cls, receipts: "Rows | Receipts") -> "Receipts":
        """The same value, indexed."""
        return receipts if isinstance(receipts, Receipts) else cls(receipts)

    def received_s(self, ref: Ref, party: str) -> int | None:
        """When this party had given a receipt that covers the entry; None: not received."""
        return self._earliest(False, ref, party)

    def available_s(self, ref: Ref, party: str) -> int | None:
        """When the entry lay at a relay of the charter for this party; None: it did not."""
        return self._earliest(True, ref, party)

    def _earliest(self, is_deposit: bool, ref: Ref, party: str) -> int | None:
        by_party = self._index(is_deposit, ref.origin)
        if party not in by_party:
            return None
        sizes, earliest = by_party[party]
        at = bisect_right(sizes, ref.index)
        return earliest[at] if at < len(sizes) else None

    def _index(self, is_deposit: bool, origin: str) -> dict[str, tuple[list[int], list[int]]]:
        """Per party the sizes in order, and for each the earliest time from there on."""
        key = (is_deposit, origin)
        if key not in self._indexed:
            rows = (self._deposits if is_deposit else self._rows).get(origin, ())
            by_party: dict[str, list[tuple[int, int]]] = {}
            for party, size, time_s in rows:
                by_party.setdefault(party, []).append((size, time_s))
            self._indexed[key] = {party: _suffix(pairs) for party, pairs in by_party.items()}
        return self._indexed[key]


def _suffix(pairs: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    pairs.sort()
    earliest = [time_s for _, time_s in pairs]
    for i in range(len(earliest) - 2, -1, -1):
        earliest[i] = min(earliest[i], earliest[i + 1])
    return [size for size, _ in pairs], earliest
