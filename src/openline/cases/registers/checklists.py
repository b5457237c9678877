"""Checklists: agreed only when every item is given and every member has accepted it.

Shapes   checklists: Given -> plain JSON
Units    versions count from 1
Raises   nothing
Source   docs/cases.md, "Checklists"; Mariupol, March 2022: agreed in principle, without routes,
         times, who may leave or what goes in
Never    judges a word itself: what each member says of each leaf is decided in cases/composed.py
"""

from openline.cases.case import Case, Matter
from openline.cases.composed import Composed, Part, composed
from openline.cases.ladder import Row
from openline.cases.obligations import is_said
from openline.cases.registers.given import Given

_NOT_GIVEN = frozenset({"empty", "not-shown"})


def checklists(given: Given) -> Row:
    """Every checklist of the line, item by item."""
    rows = [
        _checklist(given, case, matter, record)
        for case in given.state.cases
        for matter in case.matters
        if matter.form is not None and matter.form.checklist and is_said(matter)
        if (record := composed(case, matter)) is not None
    ]
    return {"rows": rows}


def _checklist(given: Given, case: Case, matter: Matter, record: Composed) -> Row:
    items = [_item(item) for item in record.items]
    return {
        **given.opening(case, matter),
        "version": matter.current.number,
        "agreed": matter.is_open and record.state == "accepted",
        "weakest": record.state,
        "empty": [row["item"] for row in items if not row["given"]],
        "not_accepted": [row["item"] for row in items if row["state"] != "accepted"],
        "items": items,
    }


def _item(item: Part) -> Row:
    """One item: what stands of it, and who said what of every leaf below it."""
    return {
        "item": item.path,
        "given": item.state not in _NOT_GIVEN,
        "state": item.state,
        "accepted_by": sorted(party for party, word in item.parties if word == "accepted"),
        "rejected_by": sorted(party for party, word in item.parties if word == "rejected"),
    }
