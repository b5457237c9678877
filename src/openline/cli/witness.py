"""`openline witness serve`: a neutral witness, which sees heads and never content.

Shapes   one line on stdout when it is ready: its policy line, for charters
Units    none
Raises   what the folder and the port refuse
Source   docs/PROTOCOL.md parts 1 and 8, "Witness"
Never    learns what is said: origins, sizes, roots and times only
"""

from pathlib import Path

import click

from openline.cli.face import Face, Group, with_face
from openline.cli.outgoing import FILE


@click.group(cls=Group)
def witness() -> None:
    """Run a neutral witness."""


@witness.command("serve")
@click.argument("name")
@click.option("--listen", default="127.0.0.1:8560", metavar="HOST:PORT", show_default=True)
@click.option("--card", "cards", multiple=True, type=FILE, help="A card whose logs it follows.")
@with_face
def serve(face: Face, name: str, listen: str, cards: tuple[Path, ...]) -> None:
    """Run a witness called NAME in the folder --home; it makes its keys on the first start.

    \b
    Example:  openline witness serve witness.example --home witness --card north.card
    """
    from openline.node import serve_witness

    def ready(told: dict[str, object]) -> None:
        face.give("witness", told, lambda: [str(told.get("policy", ""))])

    serve_witness(
        face.home, name, listen=listen, cards=[c.read_bytes() for c in cards], on_ready=ready
    )
