"""`openline release DRAFT`: an officer sees what is said, compares 40 digits, signs.

Shapes   data is the draft object after the signature; with the last one it has a number
Units    none
Raises   StatementDiffers, CannotOpen, Declined; what the node refuses
Source   docs/PROTOCOL.md part 6, "Release"
Never    signs what it has not recomputed from the draft's own fields
"""

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, with_face
from openline.cli.outgoing import Signers, officer_options, release_draft, report, unsigned


@click.command(cls=Command)
@click.argument("draft_id", metavar="DRAFT")
@officer_options
@with_face
def release(face: Face, draft_id: str, signers: Signers) -> None:
    """Sign DRAFT as an officer; without --officer only show what would be signed.

    \b
    Example:  openline release 5b1c09d2a4f7 --officer boris.officer
    """
    with client(face.home) as node:
        draft = node.call("draft_show", draft=draft_id)
        if not signers.officers:
            face.give("draft", draft, lambda: unsigned(node, face, draft))
            return
        report(node, face, release_draft(node, face, draft, signers))
