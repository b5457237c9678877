"""`openline draft`: put a message into its form and keep it for release.

Shapes   data is the draft object: id, statement, digits, flaws
Units    none
Raises   BadField, and what the form or the charter refuses
Source   docs/OPERATE.md, "Saying something"
Never    sends: only releases by officers do
"""

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, with_face
from openline.cli.outgoing import Content, Message, Signers, content_options, say
from openline.cli.places import find


@click.command(cls=Command)
@click.argument("line")
@click.argument("format_id", metavar="FORMAT")
@click.option("--class", "answer", default="-", help="The class, where the form has classes.")
@click.option("--ref", "refs", multiple=True, metavar="ENTRY", help="An entry that this refers to.")
@content_options
@with_face
def draft(
    face: Face,
    line: str,
    format_id: str,
    answer: str,
    refs: tuple[str, ...],
    content: Content,
) -> None:
    """Put a message of FORMAT on LINE into its form; nothing is sent.

    \b
    Example:  openline draft "North-South" core/visit@1 --field subject="Visit to the bridge"
              --field place=Riverside --field from=2026-12-01T08:00:00Z
              --field until=2026-12-01T12:00:00Z --field effect=acknowledge
    """
    with client(face.home) as node:
        places = [find(node, ref, line).ref for ref in refs]
        message = Message(line, format_id, answer, places, {})
        say(node, face, message, content, Signers((), None))
