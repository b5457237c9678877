"""Composing: a form filled in, checked, kept as a draft.

Shapes   pages as routes of app.py; a form posts every input, and comes back with its flaws
Units    none
Raises   NotAllowed, NotHere; what the operation `draft` refuses is shown at the field
Source   docs/OPERATE.md, "Speaking"; GOV.UK error summary pattern (idea)
Never    loses what was typed: a refused form comes back as it was sent
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from openline.desk.acts import Json
from openline.desk.pages import form_fields
from openline.desk.pages.case_pages import shown
from openline.desk.pages.visit import NotHere, Visit
from openline.errors import OpenlineError
from openline.formats.check import check
from openline.formats.form import NO_CLASS, Format
from openline.formats.spell import utc

# What a duty officer's reply begins with, so that it takes two keys and a passkey.
_NOW = ("at_time",)
_POSITION = "position"


async def compose(visit: Visit) -> Response:
    """An empty form, or one begun as the reply to an entry."""
    form = form_of(visit, visit.query("format"))
    line_id, about = await line_and_entry(visit)
    visit.must("drafter", line_id)
    given = begun(visit, form)
    return await form_page(visit, form, line_id, about, given, {})


async def keep(visit: Visit) -> Response:
    """Check what was filled in; keep it as a draft, or give it back with its flaws."""
    given = visit.form
    form = form_of(visit, given.get("format", ""))
    line_id, about = await line_and_entry(visit)
    visit.must("drafter", line_id)
    fields, flaws = form_fields.values(form, given)
    answer = given.get("class", NO_CLASS) or NO_CLASS
    if not flaws:
        found = check(form, answer, fields, drafting=True)
        flaws = {flaw.path: flaw.sentence for flaw in found}
    if not flaws:
        try:
            made = await visit.call(
                "draft",
                line=line_id,
                format=form.id,
                answer=answer,
                fields=fields,
                refs=[about["ref"]] if about else [],
                withheld=form_fields.withheld(form, given, fields),
            )
        except OpenlineError as error:
            flaws = {"": f"{error} {error.remedy}"}
        else:
            return RedirectResponse(f"/drafts/{made['draft']}", HTTPStatus.SEE_OTHER)
    return await form_page(visit, form, line_id, about, given, flaws)


def form_of(visit: Visit, format_id: str) -> Format:
    """The form that the address names."""
    form = visit.context.desk.station.packs.format(format_id)
    if form is None or form.machine:
        raise NotHere("no such form")
    return form


async def line_and_entry(visit: Visit) -> tuple[str, Json | None]:
    """The line to speak on, and the entry that is answered or amended, if one is named."""
    origin = visit.query("o") or visit.form.get("o", "")
    index = visit.query("i") or visit.form.get("i", "")
    if origin and index.isascii() and index.isdigit():
        about = await shown(visit, [origin, int(index)])
        return about["line"], about
    line_id = visit.query("line") or visit.form.get("line", "")
    visit.sees(line_id)
    return line_id, None


def begun(visit: Visit, form: Format) -> dict[str, str]:
    """What can be filled in for the person: class, now, the position that has the watch."""
    given = {"class": visit.query("class")}
    paths = {item.path for item in form.items}
    for path in _NOW:
        if path in paths:
            given[f"f.{path}"] = utc(visit.context.desk.station.clock.now_s())[:16]
    if _POSITION in paths:
        given[f"f.{_POSITION}"] = visit.words("compose.position")
    return {**given, **{f"w.{item.path}": "on" for item in form.items if item.withheld}}


async def form_page(
    visit: Visit,
    form: Format,
    line_id: str,
    about: Json | None,
    given: Mapping[str, str],
    flaws: Mapping[str, str],
) -> Response:
    """The form with what was typed, an error summary on top and each error at its field."""
    line = await visit.call("line_show", line=line_id)
    rows = form_fields.inputs(form, visit.words, given, flaws)
    known = {row["path"] for row in rows}
    values: dict[str, Any] = {
        "form": form,
        "label": visit.words.term(form.term),
        "classes": [(name, visit.words.term(term)) for name, term in form.classes],
        "chosen": given.get("class", ""),
        "rows": rows,
        "own": len(form.items),
        "line": line,
        "about": about,
        "flaws": [(path if path in known else "", text) for path, text in flaws.items()],
        "languages_of_line": line["languages"],
        "marking": line["status"],
        "again": urlencode({"line": line_id, "format": form.id}),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if flaws else HTTPStatus.OK
    return visit.page("compose.html", status, **values)
