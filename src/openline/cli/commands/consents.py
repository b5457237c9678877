"""`openline consents`: what others let us pass on, to whom, and what must end.

Shapes   data is {"consents": [{"line", "ref", "consent", "originator", "recipients", "state",
         "stands", "until", "passed_on", "still_open", "to_close"}]}
Units    times as RFC 3339 UTC text
Raises   nothing
Source   docs/OPERATE.md, "Passing on for others"
Never    shows a recipient which line an originator speaks on
"""

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, heads, table, with_face, yes_no

COLUMNS = (
    ("originator", "item.originator"), ("recipients", "item.recipients"),
    ("stands", "column.stands"), ("until", "item.until"), ("passed on", "column.passed-on"),
    ("to close", "column.to-close"), ("consent", "item.consent"),
)  # fmt: skip


@click.command(cls=Command)
@with_face
def consents(face: Face) -> None:
    """Show the consents that originators gave us, and the notices that must end with them.

    \b
    Example:  openline consents
    """
    with client(face.home) as node:
        told = node.call("consents")
    rows = [
        [
            row["originator"],
            ", ".join(row["recipients"]),
            yes_no(True, face.lang) if row["stands"] else yes_no(False, face.lang).upper(),
            row["until"] or "-",
            row["passed_on"],
            len(row["to_close"]) or "-",
            row["consent"],
        ]
        for row in told["consents"]
    ]
    face.give("consents", told, lambda: table(heads(COLUMNS, face.lang), rows))
