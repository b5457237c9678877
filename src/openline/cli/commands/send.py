"""`openline send`: draft and release in one step, for what one officer may send alone.

Shapes   data is the draft object, released when enough officers signed
Units    none
Raises   BadField; what the form, the charter or the officer refuses
Source   docs/OPERATE.md, "Saying something"
Never    lowers the number of officers: a form that asks two waits for the second
"""

import click

from openline.cli.face import Command, Face, with_face
from openline.cli.outgoing import (
    Content,
    Opening,
    Signers,
    content_options,
    officer_options,
    opening_options,
    say_opening,
)


@click.command(cls=Command)
@opening_options
@content_options
@officer_options
@with_face
def send(face: Face, opening: Opening, content: Content, signers: Signers) -> None:
    """Draft a message of FORMAT on LINE and release it.

    \b
    Example:  openline send "North-South" core/visit@1 --field subject="Visit to the bridge"
              --field place=Riverside --field from=2026-12-01T08:00:00Z
              --field until=2026-12-01T12:00:00Z --field effect=acknowledge
              --officer anna.officer
    """
    say_opening(face, opening, content, signers)
