"""`openline shifts`: who had the watch at this desk; one shift with its log and its handover.

Shapes   data is {"shifts": [...]}, or {"shift": {...}} with a number
Units    times as RFC 3339 UTC text
Raises   what the operation refuses
Source   docs/OPERATE.md, "The watch at the desk"
Never    shows lines of another status beside those that were asked for
"""

from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, heads, table, with_face
from openline.cli.paper import Paper, with_paper
from openline.formats.charter import STATUSES

COLUMNS = (
    ("number", "word.number"), ("officer", "shift.officer"), ("began", "shift.began"),
    ("ended", "head.ended"), ("hands over", "shift.from"),
)  # fmt: skip


@click.command(cls=Command)
@click.argument("number", type=click.IntRange(1), required=False)
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    default=STATUSES[0],
    show_default=True,
    help="Of which lines, with NUMBER.",
)
@with_paper
@with_face
def shifts(face: Face, /, number: int | None, status: str, **paper: Any) -> None:
    """List the shifts of this desk, or show shift NUMBER: its log and the handover it began with.

    \b
    Example:  openline shifts
              openline shifts 2 --pdf shift.pdf
    """
    with client(face.home) as node:
        if number is not None:
            wanted = {"number": number, "status": status}
            Paper(**paper).give(
                face,
                node,
                {"of": "shift", **wanted},
                "shift",
                lambda: node.call("shifts", **wanted),
            )
            return
        told = node.call("shifts")
    names = ("number", "name", "began", "ended", "from")
    rows = [[str(row[name]) for name in names] for row in told["shifts"]]
    face.give("shifts", told, lambda: table(heads(COLUMNS, face.lang), rows))
