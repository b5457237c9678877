"""`openline send`: draft and release in one step, for what one officer may send alone.

Shapes   data is the draft object, released when enough officers signed
Units    none
Raises   BadField; what the form, the charter or the officer refuses
Source   docs/OPERATE.md, "Saying something"
Never    lowers the number of officers: a form that asks two waits for the second
"""

from pathlib import Path

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, with_face
from openline.cli.fields import read_fields
from openline.cli.outgoing import Message, content_options, officer_options, say
from openline.cli.places import find
from openline.formats.pack import load_packs


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
    fields: tuple[str, ...],
    fields_file: Path | None,
    withhold: tuple[str, ...],
    expires: str | None,
    officers: tuple[Path, ...],
    passphrase_file: Path | None,
) -> None:
    """Draft a message of FORMAT on LINE and release it.

    \b
    Example:  openline send "North-South" core/visit@1 --field subject="Visit to the bridge"
              --field place=Riverside --field from=2026-12-01T08:00:00Z
              --field until=2026-12-01T12:00:00Z --field effect=acknowledge
              --officer anna.officer
    """
    form = load_packs().format(format_id)
    with client(face.home) as node:
        message = Message(
            line,
            format_id,
            read_fields(form, fields, fields_file, face.lang),
            answer,
            [find(node, ref, line).ref for ref in refs],
            withhold or None,
            expires,
        )
        say(node, face, message, officers, passphrase_file)
