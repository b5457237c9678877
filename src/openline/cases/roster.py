"""Who has the watch: the duty roster that each party tells, and the clock it lives by.

Shapes   posts(state, party, now_s) -> Post, the first to ring first; locals_of(state) -> clocks
Units    times are unix seconds UTC
Raises   nothing: a roster that says nonsense is shown as it is and moves no clock
Source   docs/cases.md, "Flash"; Deir ez-Zor, 17 September 2016: whoever rang waited for one person
Never    names a person: a roster names positions. Never takes one party's roster for another's
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from openline.cases import shown
from openline.cases.agreed import Local, rest_of
from openline.cases.entry import Entry
from openline.cases.fold import LineState
from openline.cases.obligations import is_said, matters

ROSTER: Final = "core/duty-roster"
# More than these nobody rings one after another.
POSTS_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Post:
    """One position on duty and how it is reached; `order` counts from 1."""

    order: int
    position: str
    reach: str


def roster(state: LineState, party: str, now_s: int) -> Entry | None:
    """The roster of a party that counts now: the latest in its own log whose time has come."""
    told = [
        version.entry
        for _, matter in matters(state, ROSTER)
        if matter.author == party and is_said(matter)
        for version in matter.versions
        if (shown.time_s(version.entry.fields, "from") or 0) <= now_s
    ]
    return max(told, key=shown.written, default=None)


def posts(state: LineState, party: str, now_s: int) -> tuple[Post, ...]:
    """The positions of a party in the order in which they are rung."""
    entry = roster(state, party, now_s)
    if entry is None:
        return ()
    until_s = shown.time_s(entry.fields, "until")
    if until_s is not None and until_s <= now_s:
        return ()
    rows = shown.rows(entry.fields, "position")[:POSTS_MAX]
    return tuple(
        Post(number, shown.string(row, "name"), shown.string(row, "reach"))
        for number, row in enumerate(rows, 1)
    )


def locals_of(state: LineState, now_s: int) -> Mapping[str, Local]:
    """The clock and the days of rest of every party that told them."""
    found = {}
    for party in state.members:
        entry = roster(state, party, now_s)
        zone = shown.string(entry.fields, "local_zone") if entry else ""
        rest = rest_of(shown.strings(entry.fields, "rest_days")) if entry else frozenset()
        if zone or rest:
            found[party] = Local(zone or "UTC", rest)
    return found
