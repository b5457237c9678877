"""`openline draft`: put a message into its form and keep it for release.

Shapes   data is the draft object: id, statement, digits, flaws
Units    none
Raises   BadField, and what the form or the charter refuses
Source   docs/OPERATE.md, "Saying something"
Never    sends: only releases by officers do
"""

import click

from openline.cli.face import Command, Face, with_face
from openline.cli.outgoing import (
    Content,
    Opening,
    Signers,
    content_options,
    opening_options,
    say_opening,
)


@click.command(cls=Command)
@opening_options
@content_options
@with_face
def draft(face: Face, opening: Opening, content: Content) -> None:
    """Put a message of FORMAT on LINE into its form; nothing is sent.

    \b
    Example:  openline draft "North-South" core/visit@1 --field subject="Visit to the bridge"
              --field place=Riverside --field from=2026-12-01T08:00:00Z
              --field until=2026-12-01T12:00:00Z --field effect=acknowledge
    """
    say_opening(face, opening, content, Signers((), None))
