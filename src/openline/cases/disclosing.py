"""Before something is disclosed: which positions of the line it would go against.

Shapes   positions_on(state, refs) -> rows of plain JSON, those about the entries first
Units    times are UTC text
Raises   nothing
Source   docs/cases.md, "Fact positions"; DESIGN: a disclosure is a file for people outside the line
Never    forbids: a party may break its own position, but not without having been told
"""

from collections.abc import Collection
from typing import Final

from openline.cases import shown
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState
from openline.cases.ladder import Row
from openline.cases.registers.given import Given
from openline.cases.registers.statements import positions

# Who stands by one of these says that the fact, or its details, are not told to outsiders.
SILENT: Final = frozenset({"denied", "not-commented", "refuses-details", "does-not-say"})


def positions_on(state: LineState, refs: Collection[Ref]) -> list[Row]:
    """Positions that stand on the line; `about` if one names, or answers in, a case of `refs`."""
    cases = {case.id for case in map(state.case, refs) if case is not None}
    texts = [shown.string(entry.fields, "fact") for entry in map(state.entry, refs) if entry]
    rows = []
    for fact in positions(Given(state))["facts"]:
        for row in fact["rows"]:
            entry = state.entry(Ref(*row["ref"]))
            if row["current"] and entry is not None:
                about = is_about(state, entry, cases) or fact["fact"] in texts
                silent = row["class"] in SILENT
                rows.append({**row, "fact": fact["fact"], "about": about, "silent": silent})
    return sorted(rows, key=lambda row: (not row["about"], row["fact"], row["office"]))


def is_about(state: LineState, position: Entry, cases: Collection[Ref]) -> bool:
    """Whether a position is part of one of the cases, or names an entry of one."""
    named = (position.ref, *position.refs)
    return any(case is not None and case.id in cases for case in map(state.case, named))
