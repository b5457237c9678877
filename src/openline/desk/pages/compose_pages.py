"""Composing: a form filled in, kept as it is typed, checked, made into a draft.

Shapes   pages as routes of app.py; a form posts every input, and comes back with its flaws
Units    none
Raises   NotAllowed, NotHere, AlreadyReleased; other flaws are shown at their fields
Source   docs/OPERATE.md, "Speaking"; GOV.UK error summary pattern (idea)
Never    loses what was typed: it is kept before anything is checked
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import JSONResponse, RedirectResponse, Response

from openline.cases import rules
from openline.cases.moves import CANCELS
from openline.desk.acts import Json
from openline.desk.amending import LaterVersion
from openline.desk.pages import form_fields, form_files, form_values
from openline.desk.pages.begun_forms import (
    CHOICE,
    ID_CHARACTERS,
    Sheet,
    form_of,
    line_and_entry,
    opened,
)
from openline.desk.pages.case_pages import about_said
from openline.desk.pages.form_values import Filled
from openline.desk.pages.form_words import (
    cautions,
    in_words,
    named_flaws,
    time_example,
    times_shown,
    tongues,
    understood,
    unread_in,
)
from openline.desk.pages.multipart import FILES_BYTES_MAX
from openline.desk.pages.visit import Visit
from openline.errors import OpenlineError
from openline.exchange.drafting.unfinished import AlreadyReleased
from openline.formats.attachment import FILE_BYTES_MAX
from openline.formats.coded import in_line
from openline.formats.form import Format
from openline.formats.place.read import STEP_MAX_M
from openline.formats.spell import utc

# Of what a form posts, the inputs of the form itself; the rest says which form it is.
_TYPED: Final = ("f.", "w.", "n.", form_files.CHOICE)
# Buttons after which the form goes on: a row more or less, a file more or less.
ROW_ACTS: Final = ("add", "remove", "attach", "remove-file")


# ---- which form -------------------------------------------------------------------------------


async def compose(visit: Visit) -> Response:
    """The form that the address asks for, for whoever may draft on its line."""
    sheet = await opened(visit)
    visit.must("drafter", sheet.line)
    return await form_page(sheet, {})


# ---- what was typed ---------------------------------------------------------------------------


async def posted(visit: Visit) -> Sheet:
    """The form as the browser sent it."""
    form = form_of(visit, visit.form.get("format", ""))
    line_id, about = await line_and_entry(visit)
    visit.must("drafter", line_id)
    sheet = Sheet(visit, form, line_id, about)
    typed = {name: text for name, text in visit.form.items() if name.startswith(_TYPED)}
    sheet.given = {**typed, CHOICE: visit.form.get(CHOICE, "")}
    name, revision = visit.form.get("u", ""), visit.form.get("rev", "")
    if len(name) == ID_CHARACTERS and set(name) <= set("0123456789abcdef"):
        sheet.id = name
    sheet.revision = int(revision) if revision.isascii() and revision.isdigit() else 0
    return sheet


async def keep(visit: Visit) -> Response:
    """Keep what was typed, then do what the button says: a row more or less, or the check."""
    sheet = await posted(visit)
    flaws = await form_files.attach(visit, sheet.form, sheet.line, sheet.given)
    act, _, path = visit.form.get("act", "").partition(":")
    if act == "remove-file":
        sheet.given = form_files.without_file(sheet.given, path)
    elif act == "add":
        sheet.given = form_fields.with_row(sheet.form, sheet.given, path)
    elif act == "remove":
        sheet.given = form_fields.without_row(sheet.form, sheet.given, path)
    try:
        await sheet.keep()
    except AlreadyReleased as released:
        return await released_page(sheet, released)
    if act in ROW_ACTS:
        return await form_page(sheet, flaws, moved=(act, path))
    if sheet.notice["parted"]:
        return await form_page(sheet, flaws, status=HTTPStatus.CONFLICT)
    return await drafted(sheet, flaws)


async def drafted(sheet: Sheet, unfit: Mapping[str, str]) -> Response:
    """The draft, if nothing is wrong; else the form with its flaws, `unfit` files among them."""
    visit = sheet.visit
    filled, found = await sheet.check()
    named = await files_in(sheet)
    flaws = flaws_at(sheet, filled, found["flaws"]) | foreign(sheet, named)
    flaws |= await form_files.choose(visit, sheet.line, sheet.given, named)
    flaws |= dict(unfit)
    flaws |= await overtaken(sheet)
    if not flaws:
        try:
            made = await visit.call(
                "draft",
                line=sheet.line,
                format=sheet.form.id,
                answer=sheet.answer,
                fields=filled.fields,
                refs=sheet.refs,
                withheld=form_values.withheld(sheet.form, sheet.given, filled),
                by=visit.person.person.hex(),
                form=sheet.id,
            )
        except OpenlineError as error:
            flaws = {"": visit.words.refusal(error)}
        else:
            return RedirectResponse(f"/drafts/{made['draft']}", HTTPStatus.SEE_OTHER)
    return await form_page(sheet, flaws)


async def overtaken(sheet: Sheet) -> dict[str, str]:
    """A flaw where another version was sent while this one was typed: its words would be undone."""
    if sheet.change:
        try:
            is_end = sheet.change == CANCELS
            await sheet.visit.call("amendment", ref=sheet.refs[0], cancel=is_end)
        except LaterVersion as later:
            return {"": in_line("refused", later.code, str(later), sheet.visit.lang)}
        except OpenlineError:
            return {}  # it is over: the check of the draft says so, and how it ended
    return {}


async def files_in(sheet: Sheet) -> dict[str, list[Json]]:
    """The files that the form names by the path of their item."""
    items = form_fields.leaves(form_fields.items_of(sheet.form), sheet.given)
    return {
        item.path: await form_files.files_at(sheet.visit, sheet.line, sheet.given, item)
        for item in items
        if item.type == form_files.TYPE
    }


def foreign(sheet: Sheet, named: Mapping[str, list[Json]]) -> dict[str, str]:
    """A flaw where a file is named that was not attached here for this line."""
    return {
        path: sheet.visit.words("files.foreign")
        for path, files in named.items()
        if not all(each["here"] for each in files)
    }


def flaws_at(sheet: Sheet, filled: Filled, found: list[Json]) -> dict[str, str]:
    """Each flaw at the input that has it; what cannot be read at all comes first."""
    words, now_s = sheet.visit.words, line_now(sheet)
    flaws = {path: unread_in(words, unread, now_s) for path, unread in filled.flaws.items()}
    for each in found:
        item = sheet.form.item(each["path"]) if each["path"] else None
        flaws.setdefault(filled.at(each["path"]), in_words(words, each, item))
    return flaws


def line_now(sheet: Sheet) -> int:
    """The time that the line of a form has."""
    return sheet.visit.context.desk.station.line_now(bytes.fromhex(sheet.line))


async def released_page(sheet: Sheet, released: AlreadyReleased) -> Response:
    """The back button after release: nothing is said twice, and the message is a click away."""
    ref = released.kept.ref
    return sheet.visit.page(
        "released.html",
        HTTPStatus.CONFLICT,
        error=released,
        ref=ref if ref and ref[0] else None,
        line=sheet.line,
    )


# ---- the page ---------------------------------------------------------------------------------


async def form_page(
    sheet: Sheet,
    flaws: Mapping[str, str],
    *,
    moved: tuple[str, str] = ("", ""),
    status: int = 0,
) -> Response:
    """The form with what was typed, an error summary on top and each error at its field."""
    visit, form = sheet.visit, sheet.form
    line = await visit.call("line_show", line=sheet.line)
    rows = form_fields.inputs(form, visit.words, sheet.given, flaws)
    known = {item.path for item in form_fields.leaves(form_fields.items_of(form), sheet.given)}
    filled, found = await sheet.check()
    values: dict[str, Any] = {
        "form": form,
        "sheet": sheet,
        "label": visit.words.term(form.term),
        "classes": [(name, visit.words.term(term)) for name, term in form.classes],
        "meanings": [
            (visit.words.term(term), visit.words(f"meaning.{name}"))
            for name, term in form.classes
            if visit.words.says(f"meaning.{name}")
        ],
        "chosen": sheet.given.get(CHOICE, ""),
        "rows": rows,
        "own": len(form.items),
        "must_show": rules.never_withheld(form.id),
        "files": await files_in(sheet),
        "understood": understood(visit.words, form, filled),
        "time_example": time_example(visit.words, line_now(sheet)),
        "file_bytes_max": FILE_BYTES_MAX,
        "post_bytes_max": FILES_BYTES_MAX,
        "file_most": form_files.FILE_MOST,
        "has_places": form_fields.has_places(form_fields.items_of(form)),
        "step_max_m": STEP_MAX_M,
        "line": line,
        "tongues": tongues(visit.words, form, line["languages"]),
        "about": sheet.about,
        "about_said": about_said(visit, sheet.about) if sheet.about else {},
        "flaws": named_flaws(rows, known, flaws),
        "times": times_shown(visit.words, found["times"]),
        "warnings": cautions(visit.words, sheet.form, found),
        "begin_at": begin_at(form, sheet.given, moved),
        "marking": line["status"],
    }
    wrong = HTTPStatus.UNPROCESSABLE_ENTITY if flaws else HTTPStatus.OK
    return visit.page("compose.html", status or wrong, **values)


def begin_at(form: Format, given: Mapping[str, str], moved: tuple[str, str]) -> str:
    """Where the person goes on typing after a row was added: its first input."""
    act, path = moved
    item = form_fields.group_at(form, path) if act == "add" else None
    if item is None:
        return ""
    row = item.row(form_fields.count(item, given))
    return next((each.path for each in form_fields.leaves(row, given)), "")


# ---- while typing -----------------------------------------------------------------------------


async def check(visit: Visit) -> Response:
    """Keep what was typed so far, and say what is wrong with it; the script shows it in place."""
    sheet = await posted(visit)
    await sheet.keep()
    filled, found = await sheet.check()
    told: Json = {
        "form": sheet.id,
        "revision": sheet.revision,
        "at": utc(visit.context.desk.station.clock.now_s())[11:19] + "Z",
        "flaws": flaws_at(sheet, filled, found["flaws"]),
        "understood": understood(visit.words, sheet.form, filled),
        "times": times_shown(visit.words, found["times"]),
        "warnings": cautions(visit.words, sheet.form, found),
    }
    parted = sheet.notice["parted"]
    if parted:
        told["parted"] = {
            "words": visit.words("compose.parted", name=sheet.notice["name"], at=parted["at"]),
            "both": f"/forms/{sheet.id}/beside",
        }
    return JSONResponse(told)


async def token(visit: Visit) -> Response:
    """The form secret of this session, for a page that was open when its officer signed in anew."""
    return JSONResponse({"form": visit.session.form_token if visit.session else ""})
