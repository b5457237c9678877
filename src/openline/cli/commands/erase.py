"""`openline erase ENTRY`: remove the content of a closed case from this node.

Shapes   data is {"ref", "entries", "fields"}
Units    none
Raises   NoSuchEntry, NotErasable
Source   docs/PROTOCOL.md part 11, "Erasure"; docs/OPERATE.md, "Passing on for others"
Never    touches what proves that something was said, by whom and when
"""

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, named, with_face
from openline.cli.places import find
from openline.formats.coded import said


@click.command(cls=Command)
@click.argument("entry")
@click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")
@with_face
def erase(face: Face, entry: str, line: str | None) -> None:
    """Erase what the closed case of ENTRY told; numbers, times, classes and proofs stay.

    Only when every member has stated that it holds the closing. What others hold or have backed
    up is theirs to erase. It cannot be undone.

    \b
    Example:  openline erase cell.example:1.4 --yes
    """
    with client(face.home) as node:
        place = find(node, entry, line)
        english = f"Erase the content of the case of {entry} here, for ever?"
        face.confirm(said("ask.erase-case", face.lang, english, entry))
        told = node.call("erase", ref=place.ref)
    rows = [
        ("entries", "column.entries", told["entries"]),
        ("fields erased", "column.fields-erased", told["fields"]),
    ]
    face.give("erased", told, lambda: named(rows, face.lang))
