"""Registers: what a line says about one kind of thing, as plain JSON values.

Shapes   registers(state, receipts, timers, now_s) -> every register of a line by name;
         board_row(state, now_s) -> one line on the board of lines
Units    now_s is unix seconds UTC; times in rows are UTC text
Raises   nothing
Source   docs/cases.md, "Registers"
Never    shows what only this node knows beside what was told: `hidden` stays in the case view
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from openline.cases import ladder, views
from openline.cases.agreed import Agreed
from openline.cases.due import Timers
from openline.cases.fold import LineState
from openline.cases.ladder import Row
from openline.cases.receipts import Receipts, Rows
from openline.cases.registers import (
    agreements,
    checklists,
    contacts,
    duties,
    flash,
    line,
    notices,
    persons,
    quotas,
    standing,
    statements,
)
from openline.cases.registers.given import Given
from openline.cases.registers.line import board_row

__all__ = ["REGISTERS", "board_row", "registers"]


REGISTERS: Final[Mapping[str, Callable[[Given], Any]]] = {
    "cases": lambda given: _cases(given),
    "reception": lambda given: _reception(given),
    "guarantees": notices.guarantees,
    "contacts": contacts.contacts,
    "incidents": contacts.incidents,
    "warnings": statements.warnings,
    "assessments": statements.assessments,
    "demands": statements.demands,
    "statements": statements.statements,
    "announcements": statements.announcements,
    "claims": statements.claims,
    "positions": statements.positions,
    "texts": agreements.texts,
    "agreements": agreements.agreements,
    "checklists": checklists.checklists,
    "persons": persons.persons,
    "quotas": quotas.quotas,
    "obligations": agreements.obligations,
    "advisories": notices.advisories,
    "relays": notices.relays,
    "passed_back": notices.passed_back,
    "line": line.line,
    "due": duties.dues,
    "late": duties.lates,
    "next": flash.steps_of,
    "flash": flash.flash,
    "roster": flash.roster_rows,
    "duties": standing.duties,
    "limits": standing.limits,
    "matrix": standing.matrix,
    "levels": standing.levels,
    "waiting": line.waiting,
    "irregularities": line.irregularities,
}


def registers(
    state: LineState,
    receipts: Rows | Receipts | None = None,
    timers: Timers | None = None,
    now_s: int = 0,
    only: Collection[str] | None = None,
    open_only: bool = False,
) -> Row:
    """Every register of a line, or those named in `only`: a long line has long ones.

    With `open_only` the lists of cases, reception and lateness leave out what is closed.
    """
    given = Given(state, Receipts.of(receipts or {}), Agreed.of(timers or {}), now_s, open_only)
    names = REGISTERS if only is None else [name for name in REGISTERS if name in only]
    return {name: REGISTERS[name](given) for name in names}


def _cases(given: Given) -> list[Row]:
    """Every case of the line."""
    numbered = given.state.number
    return [views.case_view(case, given.receipts, given.now_s, numbered) for case in given.cases()]


def _reception(given: Given) -> list[Row]:
    """The ladder of what opened each case, and of every question in it."""
    return [
        row
        for case in given.cases()
        for matter in case.matters
        if matter is case.main or matter.family == "question"
        for row in ladder.of_matter(case, matter, given.receipts, given.state.number)
    ]
