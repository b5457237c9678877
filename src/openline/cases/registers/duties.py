"""What is due and what came late, as rows.

Shapes   dues(given), lates(given) -> plain JSON
Units    due is UTC text, "" while its clock has not started; *_s are seconds
Raises   nothing
Source   docs/cases.md, "What is due"
Never    decides what is due: due.py does
"""

from openline.cases import shown, views
from openline.cases.due import due, late_by, line_dues
from openline.cases.ladder import Row
from openline.cases.registers.given import Given


def dues(given: Given) -> list[Row]:
    """Every duty of every open case, then the data owed on the days of an agreement."""
    measures = given.measures()
    found = [
        each
        for case in given.cases()
        for each in due(case, given.receipts, given.agreed, given.now_s, measures)
    ]
    found += line_dues(given.state, given.receipts, given.agreed, given.now_s, measures)
    return [
        {
            "case": views.ref(each.case),
            **given.head(each.entry),
            "kind": each.kind,
            "party": each.party,
            "to": each.to,
            "timer": each.timer,
            "due": shown.spelled(each.due_s),
            "state": each.state,
            "late_by_s": each.late_by_s,
            "suspended_by": list(each.suspended_by),
            "contested_by": list(each.contested_by),
            "basis": each.basis,
            "on_expiry": each.on_expiry,
            "warn": [shown.spelled(at_s) for at_s in each.warn_s],
            "rest": shown.spelled(each.rest_s),
        }
        for each in found
    ]


def lates(given: Given) -> list[Row]:
    """The lead time of every version to every addressee."""
    return [
        {
            "case": views.ref(each.case),
            **given.head(each.version.entry),
            "version": each.version.number,
            "party": each.party,
            "timer": each.timer,
            "asked_s": each.asked_s,
            "lead_s": 0 if each.lead_s is None else each.lead_s,
            "late_by_s": each.late_by_s,
            "basis": each.basis,
        }
        for case in given.cases()
        for each in late_by(case, given.receipts, given.agreed)
    ]
