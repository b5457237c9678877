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
from openline.cli.face import Command, Face, table, with_face

COLUMNS = ("case", "form", "state", "outcome", "subject", "entries", "odd")


@click.command(cls=Command)
@click.option("--line", metavar="LINE", help="Only this line.")
@click.option("--open", "only_open", is_flag=True, help="Only cases that are not closed.")
@with_face
def cases(face: Face, line: str | None, only_open: bool) -> None:
    """Show the cases of a line, or of all lines."""
    args = {"line": line} if line else {}
    with client(face.home) as node:
        told = node.call("cases", **args)
    found = [case for case in told["cases"] if case["open"] or not only_open]
    rows = [row_of(case, face.lang) for case in found]
    face.give("cases", {"cases": found}, lambda: table(COLUMNS, rows))


def row_of(case: dict[str, Any], lang: str) -> list[object]:
    """One case."""
    return [
        f"{case['party']}:{case['number']}",
        case["format"],
        case["state"],
        case["outcome"] or "-",
        in_language(case["subject"] or case["topic"], lang),
        case["entries"],
        len(case["irregularities"]) or "-",
    ]


def in_language(value: Any, lang: str) -> str:
    """A text in the reader's language if its writer gave it, else in the first that is there."""
    if not isinstance(value, list):
        return str(value)
    parts = {part["lang"]: str(part["text"]) for part in value}
    return parts.get(lang) or next(iter(parts.values()), "")
