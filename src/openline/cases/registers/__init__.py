"""Registers: what a line says about one kind of thing, as plain JSON values.

Shapes   registers(state, receipts, timers, now_s) -> every register of a line by name;
         board_row(state, now_s) -> one line on the board of lines
Units    now_s is unix seconds UTC; times in rows are UTC text
Raises   nothing
Source   docs/cases.md, "Registers"
Never    shows what only this node knows beside what was told: `hidden` stays in the case view
"""

from collections.abc import Mapping

from openline.cases import ladder, views
from openline.cases.fold import LineState
from openline.cases.ladder import Row
from openline.cases.receipts import Receipts, Rows
from openline.cases.registers import (
    agreements,
    contacts,
    duties,
    line,
    notices,
    statements,
)
from openline.cases.registers.given import Given
from openline.cases.registers.line import board_row

__all__ = ["board_row", "registers"]


def registers(
    state: LineState,
    receipts: Rows | Receipts | None = None,
    timers: Mapping[str, int] | None = None,
    now_s: int = 0,
) -> Row:
    """Every register of a line."""
    given = Given(state, Receipts.of(receipts or {}), timers or {}, now_s)
    return {
        "cases": [
            views.case_view(case, given.receipts, now_s, state.number) for case in state.cases
        ],
        "reception": _reception(given),
        "guarantees": notices.guarantees(given),
        "contacts": contacts.contacts(given),
        "incidents": contacts.incidents(given),
        "warnings": statements.warnings(given),
        "assessments": statements.assessments(given),
        "demands": statements.demands(given),
        "statements": statements.statements(given),
        "announcements": statements.announcements(given),
        "claims": statements.claims(given),
        "positions": statements.positions(given),
        "texts": agreements.texts(given),
        "agreements": agreements.agreements(given),
        "quotas": agreements.quotas(given),
        "obligations": agreements.obligations(given),
        "advisories": notices.advisories(given),
        "relays": notices.relays(given),
        "line": line.line(given),
        "due": duties.dues(given),
        "late": duties.lates(given),
        "waiting": line.waiting(given),
        "irregularities": line.irregularities(given),
    }


def _reception(given: Given) -> list[Row]:
    """The ladder of what opened each case, and of every question in it."""
    return [
        row
        for case in given.state.cases
        for matter in case.matters
        if matter is case.main or matter.family == "question"
        for row in ladder.of_matter(case, matter, given.receipts, given.state.number)
    ]
