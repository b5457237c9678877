"""`openline close ENTRY CLASS`: close one's own matter with its outcome.

Shapes   sends core/close@1
Units    none
Raises   NoSuchEntry; what the officer or the node refuses
Source   docs/cases.md, "Closing"
Never    closes for the other side
"""

import click

from openline.cli.face import Command, Face, with_face
from openline.cli.replies import Options, only_given, reply, reply_options, text_value

CLASSES = (
    "completed",
    "cancelled",
    "recalled",
    "lapsed",
    "withdrawn",
    "resolved",
    "observed",
    "unresolved",
)


@click.command(cls=Command)
@click.option("--observed", help="What was seen to happen.")
@reply_options
@click.argument("outcome", metavar="CLASS", type=click.Choice(CLASSES))
@with_face
def close(face: Face, outcome: str, observed: str | None, options: Options) -> None:
    """Close ENTRY, our own, with the outcome CLASS.

    \b
    Example:  openline close north.example:1.4 completed --officer anna.officer
    """
    said = only_given({"observed": text_value(observed)})
    reply(face, "core/close@1", outcome, said, options)
