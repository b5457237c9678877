"""What of a party's notices is in force: told, not ended, not run out.

Shapes   below(state, party, sizes) -> that party's own entries folded; in_force(...) -> rows
Units    sizes count entries of a log by its origin; times are unix seconds UTC
Raises   nothing
Source   docs/cases.md, "In force"; docs/PROTOCOL.md part 11, "In-force digest"
Never    looks at another party's entries: only its author can change or end a notice, so two nodes
         that hold the same of the author's logs must come to the same list
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from openline.cases import moves, shown
from openline.cases.case import Case
from openline.cases.entry import Ref
from openline.cases.fold import LineState, fold


class InForce(NamedTuple):
    """A notice in force: its first entry, its latest version, and when it runs out."""

    ref: Ref
    version: Ref
    until_s: int | None


def below(state: LineState, party: str, sizes: Mapping[str, int]) -> LineState:
    """The state of a line from nothing but one party's entries below the given sizes."""
    entries = (
        entry
        for ref, entry in state.entries.items()
        if entry.party == party and ref.index < sizes.get(ref.origin, 0)
    )
    return fold(entries, state.forms, state.members)


def in_force(
    state: LineState, party: str, scope: Collection[str], as_of_s: int
) -> tuple[InForce, ...]:
    """The party's notices of these formats (without version) that stand at a time.

    A notice of something still to come is in force too: it was told and holds.
    """
    found = []
    for case in state.cases:
        if case.main.author != party or case.main.name not in scope:
            continue
        row = _standing(case)
        if row is not None and (row.until_s is None or row.until_s > as_of_s):
            found.append(row)
    return tuple(sorted(found))


def _standing(case: Case) -> InForce | None:
    """The row of a notice that its author has not ended."""
    main = case.main
    if main.state in moves.OVER:
        return None
    until_s = shown.time_s(main.current.entry.fields, "until")
    return InForce(main.ref, main.current.entry.ref, until_s)


def is_readable(state: LineState, party: str, sizes: Mapping[str, int]) -> bool:
    """Whether all of a party's entries below these sizes are held and open here."""
    held = dict.fromkeys(sizes, 0)
    for ref, entry in state.entries.items():
        if ref.origin in held and entry.party == party and ref.index < sizes[ref.origin]:
            # Content is erased of closed cases only, and of these the closing is still known.
            held[ref.origin] += entry.state in ("opened", "erased")
    return held == dict(sizes)
