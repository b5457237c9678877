"""`openline registers LINE`: what a line holds, by register; one in full, or the watch sheet.

Shapes   data is the operation's table of registers, or {"register", "rows"} with --show
Units    times as RFC 3339 UTC text
Raises   BadField for a register that does not exist
Source   docs/cases.md; docs/OPERATE.md, "Registers" and "Documents"
Never    adds up what two parties claim
"""

from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face
from openline.cli.fields import BadField
from openline.cli.paper import Paper, with_paper
from openline.formats.coded import worded
from openline.formats.terms import label


@click.command(cls=Command)
@click.argument("line")
@click.option("--show", "name", metavar="REGISTER", help="One register in full.")
@click.option("--watch", is_flag=True, help="What a shift hands over: line, roster, next, due.")
@with_paper
@with_face
def registers(face: Face, /, line: str, name: str | None, watch: bool, **paper: Any) -> None:
    """Show how much stands in each register of LINE; with --json all there is.

    \b
    Example:  openline registers "North-South" --show guarantees
              openline registers "North-South" --watch --pdf shift.pdf
    """
    with client(face.home) as node:
        told = node.call("registers", line=line)
        if name is not None and name not in told:
            raise BadField(f"{name[:40]!r}: one of {', '.join(told)}")
        if watch:
            Paper(**paper).give(
                face, node, {"of": "watch", "line": line}, "registers", lambda: told
            )
            return
        if name is not None:
            wanted = {"of": "register", "line": line, "register": name}
            value = {"register": name, "rows": told[name]}
            Paper(**paper).give(face, node, wanted, "register", lambda: value)
            return
    lang = face.lang
    rows = [
        [key, label(f"register.{key.replace('_', '-')}", lang), size(value)]
        for key, value in told.items()
    ]
    columns = [("register", "word.register"), ("name", "item.title"), ("rows", "item.count")]
    heads = [worded(term, lang, english) for english, term in columns]
    face.give("registers", told, lambda: table(heads, rows))


def size(value: Any) -> int:
    """How many rows a register has, however it is divided."""
    if isinstance(value, dict):
        rows = [part for part in value.values() if isinstance(part, list)]
        return sum(len(part) for part in rows)
    return len(value)
