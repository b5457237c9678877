"""`openline amend ENTRY`: a new version of one's own message, with what has changed.

Shapes   sends the same form again, refs[0] the entry, fields of the last version with changes
Units    none
Raises   NoSuchEntry; NotOurMessage, LaterVersion, CannotAmend; what the form, the officer or the
         node refuses
Source   docs/cases.md, "Versions"
Never    changes what was sent: both versions stay, and answers name the one they answer. What
         changes is shown before it is signed (outgoing.py)
"""

from dataclasses import replace

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, with_face
from openline.cli.places import find
from openline.cli.replies import Options, reply, reply_options


@click.command(cls=Command)
@click.option("--cancel", is_flag=True, help="Cancel the message instead of changing it.")
@click.option("--drop", multiple=True, metavar="PATH", help="Leave this field out.")
@reply_options
@with_face
def amend(face: Face, cancel: bool, drop: tuple[str, ...], options: Options) -> None:
    """Send a new version of ENTRY with the fields that --field gives.

    \b
    Example:  openline amend north.example:1.4 --field until=2026-12-01T15:00:00Z
              --officer anna.officer
    """
    with client(face.home) as node:
        place = find(node, options.entry, options.line)
        begun = node.call("amendment", ref=place.ref, cancel=cancel)
    fields = {path: value for path, value in begun["fields"].items() if path not in drop}
    still_withheld = [path for path in begun["withheld"] if path in fields]
    content = replace(options.content, withhold=[*options.content.withhold, *still_withheld])
    options = replace(options, content=content)
    reply(face, begun["format"], begun["answer"], fields, options)
