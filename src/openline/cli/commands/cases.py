"""`openline cases`: every case of a line, folded from the entries of its members.

Shapes   data is {"cases": [case view]}, as docs/cases.md describes them
Units    times as RFC 3339 UTC text
Raises   nothing
Source   docs/cases.md
Never    merges what two parties said: a case has as many sides as parties spoke
"""

from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, heads, marked, status_of, table, with_face
from openline.cli.forms import class_term, form_name, forms
from openline.formats.coded import worded
from openline.formats.document.model import plain as spoken
from openline.formats.document.speaker import Speaker
from openline.formats.terms import ENGLISH

COLUMNS = (
    ("case", "word.case"), ("status", "head.status"), ("line", "word.line"),
    ("form", "word.format"), ("state", "word.state"), ("outcome", "word.outcome"),
    ("subject", "item.subject"), ("entries", "column.entries"),
    ("odd", "register.irregularities"),
)  # fmt: skip


@click.command(cls=Command)
@click.option("--line", metavar="LINE", help="Only this line.")
@click.option("--open", "only_open", is_flag=True, help="Only cases that are not closed.")
@click.option("--history", is_flag=True, help="With --line: of the lines before and after it too.")
@with_face
def cases(face: Face, line: str | None, only_open: bool, history: bool) -> None:
    """Show the cases of a line, or of all lines.

    \b
    Example:  openline cases --line "North-South"
    """
    args: dict[str, Any] = {"line": line, "history": history} if line else {}
    with client(face.home) as node:
        told = node.call("cases", **args)
        lines = {row["line"]: row for row in node.call("line_list")["lines"]}
    found = [case for case in told["cases"] if case["open"] or not only_open]
    rows = [row_of(case, lines.get(case["line"], {}), face.lang) for case in found]
    face.give("cases", {"cases": found}, lambda: table(heads(COLUMNS, face.lang), rows))


def row_of(case: dict[str, Any], line: dict[str, Any], lang: str) -> list[object]:
    """One case; before its form whether it is real, and the line that its number is of."""
    return [
        marked(f"{case['party']}:{case['number']}", case["standing"], lang),
        status_of(line, lang) if line else "?",
        line.get("title", case["line"][:12]),
        form_name(case["format"], lang),
        reached(case, lang),
        ended(case, lang) if case["outcome"] else "-",
        in_language(case["subject"] or case["topic"], lang),
        case["entries"],
        len(case["irregularities"]) or "-",
    ]


def reached(case: dict[str, Any], lang: str) -> str:
    """Where a case stands; before anything else who has not received what we said in it."""
    packs, state = forms(), str(case["state"])
    if lang != ENGLISH:
        state = spoken(Speaker(packs.terms, lang, forms=packs.format).state(case["format"], state))
    missing = ", ".join(case["not_received"])
    not_received = worded("met.not-received", lang, "NOT RECEIVED by")
    return f"{not_received} {missing}; {state}" if missing else state


def ended(case: dict[str, Any], lang: str) -> str:
    """How a case ended, as a class of its form, its closing or its life says it."""
    outcome = str(case["outcome"])
    name = class_term(case["format"], outcome) or f"class.{outcome}"
    return worded(name, lang, worded(f"life.{outcome}", lang, outcome))


def in_language(value: Any, lang: str) -> str:
    """A text in the reader's language if its writer gave it, else in the first that is there."""
    if not isinstance(value, list):
        return str(value)
    parts = {part["lang"]: str(part["text"]) for part in value}
    return parts.get(lang) or next(iter(parts.values()), "")
