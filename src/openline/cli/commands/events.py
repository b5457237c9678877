"""`openline events`: what happened to this node and must be seen.

Shapes   data is {"events": [{"at", "kind", "subject", "code", "text"}]}
Units    times as RFC 3339 UTC text
Raises   nothing
Source   docs/OPERATE.md, "The queue, the board, events, waiting"
Never    shows content of messages: subjects are parties, lines and logs
"""

from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, heads, marked, table, with_face
from openline.formats.coded import in_line, of_event, worded

COLUMNS = (
    ("time", "head.time"), ("kind", "head.kind"), ("code", "column.code"),
    ("about", "word.about"), ("what", "word.what-happened"),
)  # fmt: skip


@click.command(cls=Command)
@click.option("--kind", help="Only refused, alarm, reminder, notice.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--standing", is_flag=True, help="Only alarms that nobody has seen yet.")
@click.option("--seen", is_flag=True, help="Say that you have seen the alarms that stand.")
@with_face
def events(face: Face, kind: str | None, limit: int, standing: bool, seen: bool) -> None:
    """Show refusals, alarms and notices, the newest last.

    \b
    Example:  openline events --standing
    """
    args = {"kind": kind} if kind else {}
    with client(face.home) as node:
        if standing or seen:
            told = {
                "events": [as_event(row) for row in reversed(node.call("alarm_list")["alarms"])]
            }
        else:
            told = node.call("events", limit=limit, **args)
        for row in told["events"] if seen else ():
            node.call("alarm_seen", serial=row["serial"])
    rows = [row_of(event, face.lang) for event in told["events"]]
    none = worded("word.nothing-to-report", face.lang, "Nothing to report.")
    face.give("events", told, lambda: table(heads(COLUMNS, face.lang), rows) if rows else [none])


def as_event(alarm: dict[str, Any]) -> dict[str, Any]:
    """An alarm that stands, like the newest of its events."""
    return {**alarm, "standing": ""}


def row_of(event: dict[str, Any], lang: str) -> list[str]:
    """One event; in words what its code says, where the dictionary has it."""
    code, text = str(event["code"]), str(event["text"])
    kind, term = of_event(code)
    return [
        event["at"],
        worded(f"event.{event['kind']}", lang, event["kind"]),
        code,
        marked(event["subject"], event["standing"], lang),
        in_line(kind, term, text, lang) if kind else text,
    ]
