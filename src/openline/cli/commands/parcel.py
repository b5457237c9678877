"""`openline parcel`: what a link would carry, as a file for a stick, a mail or a messenger.

Shapes   data of export: {"party", "file", "bytes"}; of import: {"party", "entries", "receipts",
         "answers", "refused", "reply"}
Units    bytes; at most 65 MiB
Raises   what the node refuses: a link, a device, a file that is there, one that is too long
Source   docs/PROTOCOL.md part 11; docs/OPERATE.md, "Bad links"
Never    unpacks anything, follows a link or writes over a file
"""

from pathlib import Path
from typing import Final

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, pairs, with_face
from openline.cli.files import FILE

LONG_S: Final = 600.0
OUT = click.Path(dir_okay=False, path_type=Path)


@click.group(cls=Group)
def parcel() -> None:
    """Carry what a link would carry: files for a party, files from a party."""


@parcel.command("export")
@click.argument("party")
@click.argument("file", type=OUT)
@click.option("--everything", is_flag=True, help="Assume that PARTY lost all it had.")
@with_face
def export(face: Face, party: str, file: Path, everything: bool) -> None:
    """Write FILE with all that PARTY lacks, sealed to its card.

    \b
    Example:  openline parcel export south.example to-south.parcel
    """
    with client(face.home, timeout_s=LONG_S) as node:
        path = str(file.absolute())
        told = node.call("parcel_export", party=party, file=path, everything=everything)
    face.give("parcel-export", told, lambda: pairs([(k, str(v)) for k, v in told.items()]))


@parcel.command("import")
@click.argument("file", type=FILE)
@click.option("--reply", type=OUT, help="Write here what the sender waits for.")
@with_face
def import_(face: Face, file: Path, reply: Path | None) -> None:
    """Take the parcel FILE as if each thing in it had come over the link.

    \b
    Example:  openline parcel import from-north.parcel --reply to-north.parcel
    """
    answer = str(reply.absolute()) if reply is not None else ""
    with client(face.home, timeout_s=LONG_S) as node:
        told = node.call("parcel_import", file=str(file.absolute()), reply=answer)
    rows = [(k, str(told[k])) for k in ("party", "entries", "receipts", "answers")]
    rows += [("files", str(told["files"]))] if told["files"] else []
    face.give("parcel-import", told, lambda: pairs(rows))
    for kind, code, sentence in told["refused"]:
        face.warn(f"{kind} not taken: {sentence} [{code}]")
