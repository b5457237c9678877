"""Notices that are here with the classical signature only: rows of queue and watch, and the alarm.

Shapes   rows(visit) -> rows like those of the queue, with the whole content beside them
Units    times as RFC 3339 UTC text
Raises   nothing of its own
Source   docs/PROTOCOL.md part 11, "Narrow links"; docs/decisions/0069-early-is-not-received.md
Never    calls one received, numbered in a case or acknowledged: nothing can be done with it but to
         read it, and to be woken by it
"""

from openline.cases.precedence import level_of
from openline.cases.shown import subject as subject_of
from openline.desk.acts import Json
from openline.desk.alarms import ACKNOWLEDGE
from openline.desk.pages.case_pages import subject
from openline.desk.pages.visit import Visit
from openline.desk.pages.watch_pages import label
from openline.formats.render import render


async def rows(visit: Visit) -> list[Json]:
    """Every early notice on lines that this officer has a role on."""
    told = (await visit.call("early_list"))["early"]
    if not told:
        return []
    lines = {row["line"]: row for row in await visit.lines()}
    return [row_of(visit, row, lines[row["line"]]) for row in told if row["line"] in lines]


def row_of(visit: Visit, told: Json, line: Json) -> Json:
    """One early notice with what a row of the queue has; it asks for nothing by a time."""
    form = visit.context.desk.station.packs.format(told["format"])
    fields = told["fields"]
    about = {"subject": subject_of(fields)}
    return {
        **told,
        **about,
        "is_early": True,
        "next": ACKNOWLEDGE,
        "precedence": level_of(fields),
        "status": line["status"],
        "title": line["title"],
        "due": "",
        "label": label(visit, told["format"]),
        "words": subject(about)[:1],
        "content": render(
            form, told["class"], fields, visit.lang, terms=visit.context.desk.station.packs.terms
        )
        if form is not None
        else [("", path, str(value)) for path, value in fields.items()],
    }
