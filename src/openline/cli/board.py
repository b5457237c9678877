"""`openline board`: every line at a glance, and the link to every other party.

Shapes   data is {"lines": [...], "links": [...]}, as the operation `board` gives them
Units    times as RFC 3339 UTC text
Raises   nothing
Source   docs/OPERATE.md, "The queue, the board, events, waiting"
Never    calls a line quiet that is silent: silence is shown with its beginning
"""

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face
from openline.cli.line import state_of
from openline.cli.link import COLUMNS as LINK_COLUMNS
from openline.cli.link import link_row

COLUMNS = ("status", "line", "title", "state", "cases", "odd", "in force", "last message")


@click.command(cls=Command)
@with_face
def board(face: Face) -> None:
    """Show every line and every link."""
    with client(face.home) as node:
        told = node.call("board")
    rows = [
        [
            str(row["status"]).upper(),
            row["line"][:12],
            row["title"],
            state_of(row),
            row["open_cases"],
            row["irregularities"],
            row["in_force"],
            row["silent_since"] or "never heard",
        ]
        for row in told["lines"]
    ]
    links = [link_row(row) for row in told["links"]]
    face.give("board", told, lambda: [*table(COLUMNS, rows), "", *table(LINK_COLUMNS, links)])
