"""`openline board`: every line at a glance, and the link to every other party.

Shapes   data is {"lines": [...], "links": [...]}, as the operation `board` gives them
Units    times as RFC 3339 UTC text
Raises   nothing
Source   docs/OPERATE.md, "The queue, the board, events, waiting"
Never    calls a line quiet that is silent: silence is shown with its beginning. Never makes one
         flag of what the parties say of a line: each has its own row
"""

from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face
from openline.cli.line import state_of
from openline.cli.link import COLUMNS as LINK_COLUMNS
from openline.cli.link import link_row

PARTY_COLUMNS = (
    "line", "party", "says of the line", "heard", "last message", "last test", "next test",
)  # fmt: skip
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
    parties = [party_row(row, each) for row in told["lines"] for each in row["parties"]]
    links = [link_row(row) for row in told["links"]]
    face.give(
        "board",
        told,
        lambda: [
            *table(COLUMNS, rows), "", *table(PARTY_COLUMNS, parties), "",
            *table(LINK_COLUMNS, links),
        ],
    )  # fmt: skip


def party_row(line: dict[str, Any], row: dict[str, Any]) -> list[str]:
    """One party's side of one line: what it says of it, and what others see of it."""
    said = row["status"]
    state = f"{said['class']} since {said['time']}" if said else "says nothing"
    if row["left"]:
        state = "left"
    heard = "this node" if row["is_us"] else "answers now"
    if row["not_heard_since"]:
        heard = f"NOT HEARD since {row['not_heard_since']}"
    missed = f", {row['tests_missed']} MISSED" if row["tests_missed"] else ""
    tested = row["last_test"] or "never"
    if row["last_answer"] > row["last_test"]:
        tested = f"answered {row['last_answer']}"
    return [
        line["line"][:12], row["party"], state, heard, row["last_message"] or "never",
        tested + missed, row["next_test"] or "-",
    ]  # fmt: skip
