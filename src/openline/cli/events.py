"""`openline events`: what happened to this node and must be seen.

Shapes   data is {"events": [{"at", "kind", "subject", "code", "text"}]}
Units    times as RFC 3339 UTC text
Raises   nothing
Source   docs/OPERATE.md, "The queue, the board, events, waiting"
Never    shows content of messages: subjects are parties, lines and logs
"""

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face


@click.command(cls=Command)
@click.option("--kind", help="Only refused, alarm, reminder, notice.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@with_face
def events(face: Face, kind: str | None, limit: int) -> None:
    """Show refusals, alarms and notices, the newest last."""
    args = {"kind": kind} if kind else {}
    with client(face.home) as node:
        told = node.call("events", limit=limit, **args)
    rows = [[e["at"], e["kind"], e["code"], e["subject"], e["text"]] for e in told["events"]]
    heads = ["time", "kind", "code", "about", "what"]
    face.give("events", told, lambda: table(heads, rows) if rows else ["Nothing to report."])
