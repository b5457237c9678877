"""Who at this desk has taken a row of the queue: one officer, or nobody yet.

Shapes   owners(book) -> Owner by place; take(), let_go(), orphan(). All are called on the lane
Units    times are unix seconds UTC
Raises   nothing of its own
Source   docs/OPERATE.md, "The watch at the desk"
Never    says that anybody acknowledged anything: owning is this desk's own word, told to nobody
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from openline.desk.deskbook import Deskbook, Record

KIND: Final = "owners"
OWNED_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Owner:
    """The officer who has a row, "" when nobody; `before` had it when the watch was handed over."""

    person: str
    name: str
    since_s: int
    before: str = ""


def place_of(origin: str, index: int) -> str:
    """How the book names an entry."""
    return f"{origin}#{index}"


def owners(book: Deskbook) -> dict[str, Owner]:
    """Every row that somebody has or had."""
    record = book.read(KIND).get(KIND, {"rows": []})
    return {place: Owner(*rest) for place, *rest in record["rows"]}


def take(book: Deskbook, place: str, owner: Owner, queued: Collection[str]) -> None:
    """This officer has the row from now on. What has left the queue is forgotten by the way."""
    kept = {p: each for p, each in owners(book).items() if p in queued and p != place}
    while len(kept) >= OWNED_MAX:
        del kept[next(iter(kept))]
    book.write(KIND, _record({**kept, place: owner}))


def let_go(book: Deskbook, place: str) -> None:
    """Nobody has the row."""
    kept = {p: each for p, each in owners(book).items() if p != place}
    book.write(KIND, _record(kept))


def orphan(book: Deskbook, now_s: int) -> int:
    """At a handover nobody has anything: the next watch accepts one row after the other."""
    held = owners(book)
    freed = {place: Owner("", "", now_s, each.name or each.before) for place, each in held.items()}
    book.write(KIND, _record(freed))
    return sum(bool(each.person) for each in held.values())


def _record(rows: dict[str, Owner]) -> Record:
    listed = [[p, o.person, o.name, o.since_s, o.before] for p, o in rows.items()]
    return {"id": KIND, "rows": listed}
