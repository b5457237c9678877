"""`openline confirm ENTRY`: a second officer confirms what one officer sent as flash.

Shapes   sends core/confirmation@1
Units    none
Raises   NoSuchEntry; SameOfficer; what the node refuses
Source   docs/cases.md, "Flash"
Never    takes the officer who sent the message for the second one
"""

import click

from openline.cli.face import Command, Face, with_face
from openline.cli.replies import Options, only_given, reply, reply_options, text_value


@click.command(cls=Command)
@click.option("--text", help="A remark of the second officer.")
@reply_options
@with_face
def confirm(face: Face, text: str | None, options: Options) -> None:
    """Confirm our own flash message ENTRY as its second officer.

    \b
    Example:  openline confirm north.example:1.4 --officer boris.officer
    """
    said = only_given({"text": text_value(text)})
    reply(face, "core/confirmation@1", "-", said, options)
