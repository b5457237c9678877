"""`openline queue`: what is to be done, the most urgent first.

Shapes   data is {"queue": [{"ref", "number", "from", "line", "title", "status", "format",
         "received", "ladder", "next", "due", "state"}], "lines": those that wait to be accepted
         or reopened}, with --drafts also {"drafts": [...]}
Units    times as RFC 3339 UTC text
Raises   Overdue with --check, for monitors
Source   docs/OPERATE.md, "The queue, the board, events, waiting"
Never    orders by arrival: by what is due first, by whichever rule. Never calls overdue what no
         charter asks for: past the objective of its precedence and past the time asked are others
"""

from typing import Any, ClassVar

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face
from openline.cli.line import state_of
from openline.errors import OpenlineError

COLUMNS = (
    "due", "by", "precedence", "next", "message", "status", "form", "line", "ladder", "received",
)  # fmt: skip
# What each rule of time is called in the queue.
RULES = {"format": "charter", "precedence": "precedence", "reply-due": "asked", "": "-"}
LATE = {
    "overdue": "OVERDUE",
    "past-objective": "PAST OBJECTIVE",
    "past-asked": "PAST TIME ASKED",
    "suspended": "SUSPENDED",
}


class Overdue(OpenlineError):
    """At least one thing in the queue is overdue."""

    code: ClassVar[str] = "cli.overdue"
    remedy: ClassVar[str] = "Acknowledge or answer what stands first in `openline queue`."


@click.command(cls=Command)
@click.option("--line", metavar="LINE", help="Only this line.")
@click.option("--drafts", is_flag=True, help="Also drafts that wait for an officer.")
@click.option("--check", is_flag=True, help="Exit 7 when something is overdue, for monitors.")
@with_face
def queue(face: Face, line: str | None, drafts: bool, check: bool) -> None:
    """Show what is to be done."""
    args: dict[str, Any] = {"line": line} if line else {}
    with client(face.home) as node:
        told = node.call("queue", **args)
        told["lines"] = [row for row in node.call("line_list", **args)["lines"] if next_of(row)]
        if drafts:
            told |= node.call("draft_list", **args)
    face.give("queue", told, lambda: lines_of(face, told))
    overdue = [row for row in told["queue"] if is_overdue(row)]
    if check and overdue:
        raise Overdue(f"{len(overdue)} overdue, the first since {overdue[0]['due']}")


def is_overdue(row: dict[str, Any]) -> bool:
    """Whether the time for the next step has passed."""
    return str(row["state"]) == "overdue"


def lines_of(face: Face, told: dict[str, Any]) -> list[str]:
    """The queue as a table, overdue rows in red."""
    rows = told["queue"]
    shown = table(COLUMNS, [row_of(row) for row in rows])
    lines = [shown[0]] if rows else []
    for row, text in zip(rows, shown[1:], strict=True):
        lines.append(face.paint(text, "red") if is_overdue(row) else text)
    if told["lines"]:
        todo = [[r["line"][:12], r["title"], state_of(r), next_of(r)] for r in told["lines"]]
        lines += ["", *table(["line", "title", "state", "next"], todo)]
    if told.get("drafts"):
        waiting = [[d["draft"][:12], d["format"], d["title"], d["waits"]] for d in told["drafts"]]
        lines += ["", *table(["draft", "form", "line", "waits for"], waiting)]
    return lines[not rows :] or ["Nothing is waiting."]


def next_of(row: dict[str, Any]) -> str:
    """What a line itself waits for from us: a new epoch, or that we accept its charter."""
    if row["suspect"]:
        return f"openline line reopen {row['line'][:12]}"
    ours = [m["party"] for m in row["members"] if m["standing"] == "self" and not m["opened"]]
    waits = row["state"] == "proposed" and ours and row["proposed_by"] not in ours
    return f"openline line accept {row['line'][:12]}" if waits else ""


def rest_of(row: dict[str, Any]) -> str:
    """Advice for a deadline on a day of rest."""
    return f" (rest day: by {row['rest']})" if row["rest"] else ""


def row_of(row: dict[str, Any]) -> list[str]:
    """One row of the queue."""
    said = LATE.get(str(row["state"]), "")
    return [
        " ".join((row["due"] or "-", said)).strip() + rest_of(row),
        RULES.get(row["rule"], row["rule"]),
        (row["precedence"] or "-").upper()
        if row["precedence"] == "flash"
        else row["precedence"] or "-",
        row["next"],
        f"{row['from']}:{row['number']}",
        str(row["status"]).upper(),
        row["format"],
        row["title"],
        row["ladder"],
        row["received"] or "-",
    ]
