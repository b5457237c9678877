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
from openline.cli.face import Face, Group, named, with_face
from openline.cli.files import FILE
from openline.formats.coded import said

LONG_S: Final = 600.0
OUT = click.Path(dir_okay=False, path_type=Path)
# The terms of what is told, by the name in the data.
LABELS: Final = {
    "party": "word.party", "file": "word.file", "bytes": "word.bytes",
    "entries": "column.entries", "receipts": "column.receipts", "answers": "column.answers",
    "files": "column.files",
}  # fmt: skip


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
    rows = [(k, LABELS[k], str(v)) for k, v in told.items()]
    face.give("parcel-export", told, lambda: named(rows, face.lang))


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
    names = ("party", "entries", "receipts", "answers", *(["files"] if told["files"] else []))
    rows = [(name, LABELS[name], str(told[name])) for name in names]
    face.give("parcel-import", told, lambda: named(rows, face.lang))
    for kind, code, sentence in told["refused"]:
        why = f"{sentence} [{code}]"
        face.warn(said("talk.not-taken", face.lang, f"{kind} not taken: {why}", kind, why))
