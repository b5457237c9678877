"""`openline queue`: what is to be done, the most urgent first.

Shapes   data is {"items": [{"ref", "number", "party", "line", "status", "format", "subject",
         "state", "due", "left_s"}], "drafts": [...] with --drafts}
Units    left_s in seconds, negative when overdue
Raises   Overdue with --check, for monitors
Source   docs/OPERATE.md, "The queue"
Never    orders by arrival: by what is due
"""

from typing import Any, ClassVar

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face
from openline.errors import OpenlineError

COLUMNS = ("due", "left", "message", "status", "form", "subject", "state")


class Overdue(OpenlineError):
    """At least one thing in the queue is overdue."""

    code: ClassVar[str] = "cli.overdue"
    remedy: ClassVar[str] = "Answer or acknowledge what stands first in `openline queue`."


@click.command(cls=Command)
@click.option("--line", metavar="LINE", help="Only this line.")
@click.option("--drafts", is_flag=True, help="Also drafts that wait for an officer.")
@click.option("--check", is_flag=True, help="Exit 7 when something is overdue, for monitors.")
@with_face
def queue(face: Face, line: str | None, drafts: bool, check: bool) -> None:
    """Show what is to be done."""
    args: dict[str, Any] = {"line": line} if line else {}
    with client(face.home) as node:
        told = node.call("queue", drafts=drafts, lang=face.lang, **args)
    face.give("queue", told, lambda: lines_of(face, told))
    overdue = [item for item in told["items"] if int(item.get("left_s", 0)) < 0]
    if check and overdue:
        raise Overdue(f"{len(overdue)} overdue, the first since {overdue[0]['due']}")


def lines_of(face: Face, told: dict[str, Any]) -> list[str]:
    """The queue as a table, overdue rows in red."""
    items = told["items"]
    shown = table(COLUMNS, [row_of(item) for item in items])
    lines = [shown[0]]
    for item, text in zip(items, shown[1:], strict=True):
        lines.append(face.paint(text, "red") if int(item.get("left_s", 0)) < 0 else text)
    if not items:
        lines = ["Nothing is waiting."]
    if told.get("drafts"):
        rows = [[d["draft"][:12], d["format"], d["line"][:12], d["waits"]] for d in told["drafts"]]
        lines += ["", *table(["draft", "form", "line", "waits for"], rows)]
    return lines


def row_of(item: dict[str, Any]) -> list[str]:
    """One row of the queue."""
    return [
        item.get("due") or "-",
        left(item),
        f"{item['party']}:{item['number']}",
        str(item["status"]).upper(),
        item["format"],
        item.get("subject", ""),
        item["state"],
    ]


def left(item: dict[str, Any]) -> str:
    """Time left in the largest useful unit."""
    if not item.get("due"):
        return "-"
    seconds = int(item["left_s"])
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{sign}{seconds // size} {unit}"
    return f"{sign}{seconds} s"
