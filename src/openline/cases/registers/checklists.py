"""Checklists: agreed only when every item is given and every member has accepted it.

Shapes   checklists: Given -> plain JSON
Units    versions count from 1
Raises   nothing
Source   docs/cases.md, "Checklists"; Mariupol, March 2022: agreed in principle, without routes,
         times, who may leave or what goes in
Never    takes an acceptance of an earlier version for one of the version that counts
"""

from openline.cases import shown
from openline.cases.case import Case, Matter
from openline.cases.ladder import Row
from openline.cases.obligations import is_said
from openline.cases.registers.given import Given
from openline.formats.form import GROUP, Format, Item

POSITION = "humanitarian/item-position"


def checklists(given: Given) -> Row:
    """Every checklist of the line, item by item."""
    rows = [
        _checklist(given, case, matter, matter.form)
        for case in given.state.cases
        for matter in case.matters
        if matter.form is not None and matter.form.checklist and is_said(matter)
    ]
    return {"rows": rows}


def _checklist(given: Given, case: Case, matter: Matter, form: Format) -> Row:
    fields = matter.current.entry.fields
    others = [party for party in given.state.members if party != matter.author]
    said = _positions(case, matter)
    items: list[Row] = [
        {
            "item": item.path,
            "given": _is_given(item, tuple(fields)),
            "accepted_by": [p for p in others if said.get((p, item.path)) == "accept"],
            "rejected_by": [p for p in others if said.get((p, item.path)) == "reject"],
        }
        for item in form.items
    ]
    empty = [row["item"] for row in items if not row["given"]]
    lacking = [row["item"] for row in items if row["accepted_by"] != others]
    agreed = matter.is_open and not empty and not lacking
    return {
        **given.opening(case, matter),
        "version": matter.current.number,
        "agreed": agreed,
        "empty": empty,
        "not_accepted": lacking,
        "items": items,
    }


def _is_given(item: Item, paths: tuple[str, ...]) -> bool:
    """Whether an item, or anything of a group, stands in the current version."""
    return item.path in paths or (item.type == GROUP and bool(item.rows(paths)))


def _positions(case: Case, matter: Matter) -> dict[tuple[str, str], str]:
    """What each party said last of each item, on the version that counts."""
    found: dict[tuple[str, str], str] = {}
    for each in case.matters:
        about = each.of is not None and matter.version_of(each.of) == matter.current.number
        if each.name == POSITION and about and is_said(each):
            for item in shown.strings(each.current.entry.fields, "items"):
                found[each.author, item] = each.answer
    return found
