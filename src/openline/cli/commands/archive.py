"""`openline archive`: the record as a folder that needs no Openline, and the key that opens it.

Shapes   data of export: {"folder", "logs", "entries", "closed", "files",
         "attachments", "missing"}; of key: {"file", "recipient"}
Units    counts
Raises   what the node refuses: a folder or file that is there, a full disk
Source   docs/OPERATE.md, "The archive"
Never    writes the key beside what it opens
"""

from pathlib import Path

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, pairs, with_face
from openline.cli.files import FILE

LONG_S = 6 * 3600.0


LABELS = {"closed": "entries not readable here", "missing": "files not here"}


@click.group(cls=Group)
def archive() -> None:
    """The record for whoever has no node: a folder, and apart from it the key."""


@archive.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@with_face
def export(face: Face, folder: Path) -> None:
    """Write everything that this node holds into FOLDER: age files, trees, signatures.

    \b
    Example:  openline archive export north-2026
    """
    with client(face.home, timeout_s=LONG_S) as node:
        told = node.call("archive_export", folder=str(folder.absolute()))
    rows = [(LABELS.get(k, k), str(v)) for k, v in told.items()]
    face.give("archive-export", told, lambda: pairs(rows))
    face.say(f"Read {folder}/README.txt; the key that opens the entries: `openline archive key`.")


@archive.command("key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--passphrase-file", type=FILE, help="Holds the passphrase (or OPENLINE_PASSPHRASE).")
@with_face
def key(face: Face, file: Path, passphrase_file: Path | None) -> None:
    """Write the identity that opens the archive into FILE, locked by a passphrase.

    \b
    Example:  openline archive key north.identity.age
    """
    from openline.cli.signing import passphrase

    phrase = passphrase(face, passphrase_file, "the archive's key", twice=True)
    with client(face.home) as node:
        told = node.call("archive_key", file=str(file.absolute()), passphrase=phrase)
    face.give("archive-key", told, lambda: pairs([(k, str(v)) for k, v in told.items()]))
    face.say(f"Whoever has {file} and its passphrase reads the archive. Keep it apart from it.")
