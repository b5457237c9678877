"""Receiving: acknowledge with two keys and a passkey, read critical fields back, log a call.

Shapes   pages as routes of app.py
Units    times are typed as UTC
Raises   NotAllowed, NotHere
Source   docs/OPERATE.md, "Answering"; docs/cases.md, "The ladder"
Never    shows the officer who reads back what was told before it was typed
"""

import re
import unicodedata
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from openline.cases.readback import is_asked, is_read_back
from openline.desk.acts import Json
from openline.desk.pages import form_fields, spoken
from openline.desk.pages.begun_forms import int_of
from openline.desk.pages.case_pages import READBACK, place_of, shown
from openline.desk.pages.figures import marked
from openline.desk.pages.form_values import read, typed, values
from openline.desk.pages.form_words import flat, named_flaws, time_example, understood, unread_in
from openline.desk.pages.sign_pages import preferred
from openline.desk.pages.typed_times import Unread
from openline.desk.pages.visit import NotHere, Visit
from openline.desk.pages.watch_pages import label
from openline.formats.form import Format, Item
from openline.formats.openjson import Value
from openline.formats.spell import utc

ACKNOWLEDGE: Final = "core/acknowledge@1"
_SENDS_ANYWAY: Final = "differs"
# The button behind language and light, which takes along what was typed.
_PREFERS: Final = "prefer"
# What was told stands for what was read, where only signs, case and blanks differ.
_AS_TOLD: Final = "as-told"
# Texts, in which a comma is no difference of meaning; a name that a machine reads is none.
_TEXTS: Final = frozenset({"string", "text", "text-or-string", "block"})
# A number keeps its signs: 5.5 is not 55. Everything else between words is only punctuation.
_TOKEN: Final = re.compile(r"(?:(?<!\w)[-+])?\d+(?:[.,:/-]\d+)*|[^\W\d_]+")


async def acknowledge(visit: Visit) -> Response:
    """Draft that the duty position received a message; the passkey is asked on the next page."""
    origin, index = visit.form.get("o", ""), int_of(visit.form.get("i", ""))
    told = await shown(visit, [origin, index])
    visit.must("drafter", told["line"])
    made = await visit.call(
        "draft",
        line=told["line"],
        format=ACKNOWLEDGE,
        answer="received",
        refs=[told["ref"]],
        fields={
            "position": visit.words("compose.position"),
            "at_time": utc(line_now(visit, told)),
        },
        by=visit.person.person.hex(),
    )
    return RedirectResponse(f"/drafts/{made['draft']}", HTTPStatus.SEE_OTHER)


def line_now(visit: Visit, told: Json) -> int:
    """The time that the line of a message has."""
    return visit.context.desk.station.line_now(bytes.fromhex(told["line"]))


async def readback(visit: Visit) -> Response:
    """Empty inputs for the critical fields of a message."""
    told, form = await told_and_form(visit, place_of(visit))
    return page(visit, told, form, {}, {})


async def told_and_form(visit: Visit, place: list[object]) -> tuple[Json, Format]:
    """A message that may be read back, with its form."""
    told = await shown(visit, place)
    visit.must("drafter", told["line"])
    form = visit.context.desk.station.packs.format(told["format"])
    if form is None or READBACK not in form.replies or not critical(form, told):
        raise NotHere("this message has nothing to be read back")
    return told, form


def critical(form: Format, told: Json) -> list[Item]:
    """The items of a message that are read back, row by row."""
    given = typed(form, told["fields"], "en")
    return [
        item
        for item in form_fields.leaves(form_fields.items_of(form), given)
        if item.path in told["fields"] and is_asked(item)
    ]


async def compare(visit: Visit) -> Response:
    """What was typed against what was told; equal is drafted, a difference is shown first."""
    place: list[object] = [visit.form.get("o", ""), int_of(visit.form.get("i", ""))]
    if visit.form.get("act") == _PREFERS:
        visit.prefer()
        told, form = await told_and_form(visit, place)
        return preferred(visit, page(visit, told, form, {}, {}))
    told, form = await told_and_form(visit, place)
    readings: dict[str, Value] = {}
    flaws: dict[str, str] = {}
    for item in critical(form, told):
        try:
            value = read(item, visit.form, visit.words.lang)
        except Unread as unread:
            flaws[item.path] = unread_in(visit.words, unread, line_now(visit, told))
        else:
            if value is not None:
                readings[item.path] = value
    if not readings and not flaws:
        flaws[critical(form, told)[0].path] = visit.words("readback.nothing")
    if visit.form.get("act") == _AS_TOLD:
        alike = [item.path for item in critical(form, told) if item.type in _TEXTS]
        for path in filter(readings.__contains__, alike):
            if is_alike(told["fields"][path], readings[path]):
                readings[path] = told["fields"][path]
    differs = [p for p, value in readings.items() if not is_read_back(told["fields"][p], value)]
    if flaws or (differs and visit.form.get("act") != _SENDS_ANYWAY):
        return page(visit, told, form, flaws, readings if not flaws else {})
    made = await visit.call(
        "draft",
        line=told["line"],
        format=READBACK,
        answer="differs" if differs else "correct",
        refs=[told["ref"]],
        fields={"fields": [[path, value] for path, value in readings.items()]},
        by=visit.person.person.hex(),
    )
    return RedirectResponse(f"/drafts/{made['draft']}", HTTPStatus.SEE_OTHER)


def is_alike(told: Value, read: Value) -> bool:
    """Whether two texts in the same languages differ in signs, case and blanks alone."""
    one, other = tokens(told), tokens(read)
    return any(len(words) > 1 for words in one) and one == other


def tokens(value: Value) -> list[list[str]]:
    """The words and numbers of a text, language by language."""
    parts = value if isinstance(value, list) else [{"text": value}]
    return [
        [str(part.get("lang", "")), *_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())]
        for part in parts
        if isinstance(part, dict) and isinstance(text := part.get("text"), str)
    ]


def page(
    visit: Visit, told: Json, form: Format, flaws: dict[str, str], readings: dict[str, Value]
) -> Response:
    """The inputs with what was typed; where something differs, both values side by side."""
    items = critical(form, told)
    rows = [
        each
        for each in flat(form_fields.inputs(form, visit.words, with_rows(form, told, visit), flaws))
        if each["input"] != "group" and each["path"] in {item.path for item in items}
    ]
    differs = []
    for path, value in readings.items():
        said = told["fields"][path]
        if not is_read_back(said, value):
            name, ours = shown_value(visit, form, path, said)
            item = form.item(path)
            alike = item is not None and item.type in _TEXTS and is_alike(said, value)
            theirs = shown_value(visit, form, path, value)[1]
            differs.append((name, ours, marked(ours, theirs), alike))
    wrong = flaws or differs
    return visit.page(
        "readback.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        message=told,
        label=label(visit, told["format"]),
        rows=rows,
        understood=understood(visit.words, form, values(form, visit.form, visit.words.lang)),
        time_example=time_example(visit.words, line_now(visit, told)),
        differs=differs,
        alike=all(each[-1] for each in differs),
        prefer_form="readback",
        flaws=named_flaws(rows, flaws, flaws),
        begin_at="",
        reading=True,
        marking=told["status"],
    )


def with_rows(form: Format, told: Json, visit: Visit) -> dict[str, str]:
    """What was typed on this page, with as many rows as the message has."""
    rows = {n: c for n, c in typed(form, told["fields"], "en").items() if n.startswith("n.")}
    return {**rows, **{n: text for n, text in visit.form.items() if n.startswith("f.")}}


def shown_value(visit: Visit, form: Format, path: str, value: Any) -> tuple[str, str]:
    """A label and a value as readers see them."""
    last = spoken.rows(visit, form, "-", {path: value})[-1]
    return last.label, last.value
