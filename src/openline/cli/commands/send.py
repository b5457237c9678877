"""`openline send`: draft and release in one step, for what one officer may send alone.

Shapes   data is the draft object, released when enough officers signed
Units    none
Raises   BadField; what the form, the charter or the officer refuses
Source   docs/OPERATE.md, "Saying something"
Never    lowers the number of officers: a form that asks two waits for the second
"""

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, with_face
from openline.cli.outgoing import (
    Content,
    Message,
    Signers,
    content_options,
    officer_options,
    say,
)
from openline.cli.places import find


@click.command(cls=Command)
@click.argument("line")
@click.argument("format_id", metavar="FORMAT")
@click.option("--class", "answer", default="-", help="The class, where the form has classes.")
@click.option("--ref", "refs", multiple=True, metavar="ENTRY", help="An entry that this refers to.")
@content_options
@officer_options
@with_face
def send(
    face: Face,
    line: str,
    format_id: str,
    answer: str,
    refs: tuple[str, ...],
    content: Content,
    signers: Signers,
) -> None:
    """Draft a message of FORMAT on LINE and release it.

    \b
    Example:  openline send "North-South" core/visit@1 --field subject="Visit to the bridge"
              --field place=Riverside --field from=2026-12-01T08:00:00Z
              --field until=2026-12-01T12:00:00Z --field effect=acknowledge
              --officer anna.officer
    """
    with client(face.home) as node:
        places = [find(node, ref, line).ref for ref in refs]
        message = Message(line, format_id, answer, places, {})
        say(node, face, message, content, signers)
