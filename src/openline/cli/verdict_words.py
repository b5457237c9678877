"""A verdict in the reader's language, below the verdict itself: its meaning, the proven fields.

Shapes   rows_of(verdict, lang) -> list of (number, label, value); lines_of(...) -> text lines;
         explained_lines(verdict as JSON, lang) -> sentences, each part of a bundle with its number
Units    none
Raises   nothing: a form that is not known here is shown by its paths
Source   docs/formats.md, "What a reader sees"
Never    changes the verdict, and never translates a free text: labels come from this program's own
         packs, the values from the file
"""

from collections.abc import Iterator
from typing import Any

from openline.cli.forms import forms
from openline.formats import openjson
from openline.formats.form import is_reserved
from openline.formats.legible import visible
from openline.formats.openjson import Value
from openline.formats.render import Row, render
from openline.formats.terms import label
from openline.record.verdict import REVEALED, Verdict

REVEALED_TERM = "mark.revealed-later"
STATUS_TERM = "status."
SHOWN_KINDS = ("proof",)


def explained_lines(table: dict[str, Any], lang: str, *, lacks_policy: bool) -> list[str]:
    """What the verdict means; the parts of a bundle one by one."""
    from openline.desk.pages.look import Words
    from openline.desk.verifier_words import explained, mark

    say = Words(lang)

    def said(each: dict[str, Any]) -> list[str]:
        meaning = explained(each, say, lacks_policy=lacks_policy)
        return [say(mark(each, lacks_policy=lacks_policy)), *meaning]

    lines = said(table)
    for number, part in enumerate(table.get("parts", ()), 1):
        kind = say(f"verify.as-{part['kind']}")
        lines += [say("verify.part", number=number, kind=kind), *said(part)]
    return lines


def rows_of(verdict: Verdict, lang: str) -> list[Row]:
    """Status, form, class and fields of every entry that is shown."""
    rows: list[Row] = []
    for part in verdict.parts or (verdict,):
        if part.kind in SHOWN_KINDS and "format" in part.facts:
            rows += entry_rows(part, lang)
    return rows


def entry_rows(part: Verdict, lang: str) -> Iterator[Row]:
    """One entry: its status and form first, then what was shown of it."""
    format_id, answer = str(part.facts["format"]), str(part.facts["class"])
    packs = forms()
    form = packs.format(format_id)
    status = str(label(STATUS_TERM + part.status, lang))
    fields, marks = contents(part.facts["fields"])
    if form is None:
        yield Row("", visible(format_id), status)
        yield from (Row("?", visible(path), visible(str(value))) for path, value in fields.items())
        return
    yield Row("", str(packs.terms.label(form.term, lang)), status)
    yield from render(form, answer, fields, lang, marks=marks, terms=packs.terms)


def contents(rows: Value) -> tuple[dict[str, Value], dict[str, str]]:
    """The content fields by path, and a mark for those that were revealed later."""
    fields: dict[str, Value] = {}
    marks: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, list) and len(row) == 4 and not is_reserved(str(row[1])):
            path = str(row[1])
            fields[path] = openjson.decode(str(row[2]).encode())
            if row[3] == REVEALED:
                marks[path] = REVEALED_TERM
    return fields, marks


def lines_of(verdict: Verdict, lang: str) -> list[str]:
    """The rows as lines, after an empty one; nothing if no entry is shown."""
    rows = rows_of(verdict, lang)
    return ["", *(line(row) for row in rows)] if rows else []


def line(row: Row) -> str:
    """One row; the lines of a long value are set in below it."""
    head = f"{row.number} {row.label}".strip()
    return f"{head}: {row.value}".replace("\n", "\n    ")
