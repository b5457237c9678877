"""Lists of persons: every row with what each party answered to it, and rows without an answer.

Shapes   persons: Given -> plain JSON
Units    counts are rows of a list
Raises   nothing
Source   docs/cases.md, "Lists of persons"; exchange of lists of December 2018: an answer per row
Never    shows a name: rows are named by their line in the list; never adds up two parties' answers
"""

from collections import Counter

from openline.cases import shown
from openline.cases.case import Case, Matter
from openline.cases.ladder import Row
from openline.cases.obligations import is_said
from openline.cases.registers.given import Given
from openline.formats.form import Format

LIST = "humanitarian/person-list"
REPLY = "humanitarian/person-reply"


def persons(given: Given) -> Row:
    """Every list, in its latest version, with the replies of each other party."""
    return {"rows": [_list(given, case, matter) for case, matter in given.said(LIST)]}


def _list(given: Given, case: Case, matter: Matter) -> Row:
    listed = _rows(matter.form, matter.current.entry.fields, "person")
    others = [party for party in given.state.members if party != matter.author]
    replies = {party: _replies(case, matter, party) for party in others}
    return {
        **given.opening(case, matter),
        "list": shown.string(matter.current.entry.fields, "list"),
        "count": shown.integer(matter.current.entry.fields, "count"),
        "listed": len(listed),
        "replies": [
            {
                "party": party,
                "by_status": dict(sorted(Counter(said.values()).items())),
                "unanswered": [row for row in listed if row not in said],
                "unknown_rows": sorted(set(said) - set(listed)),
            }
            for party, said in replies.items()
        ],
    }


def _rows(form: Format | None, fields: shown.Fields, group: str) -> list[str]:
    """The lines of a list that are shown, in their order."""
    item = form.item(group) if form is not None else None
    numbers = item.rows(fields) if item is not None else []
    return [shown.string(fields, f"{group}.{n}.row") for n in numbers]


def _replies(case: Case, matter: Matter, party: str) -> dict[str, str]:
    """What a party said last of each row, by its line; the later reply of its own log counts."""
    found: dict[str, str] = {}
    for each in case.matters:
        about = each.of is not None and matter.version_of(each.of)
        if each.name != REPLY or each.author != party or not about or not is_said(each):
            continue
        fields = each.current.entry.fields
        item = each.form.item("reply") if each.form is not None else None
        for n in item.rows(fields) if item is not None else ():
            row, status = (shown.string(fields, f"reply.{n}.{path}") for path in ("row", "status"))
            found[row] = status
    return found
