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
from openline.cli.face import Face, Group, named, with_face
from openline.cli.files import FILE
from openline.formats.coded import said
from openline.formats.terms import ENGLISH

LONG_S = 6 * 3600.0


# What an export counts: the terminal's own English and the term, by the name in the data.
LABELS = {
    "folder": ("folder", "column.folder"), "logs": ("logs", "column.logs"),
    "entries": ("entries", "column.entries"),
    "closed": ("entries not readable here", "column.not-readable"),
    "files": ("files", "column.files"), "attachments": ("attachments", "item.attachments"),
    "missing": ("files not here", "column.files-missing"), "file": ("file", "word.file"),
    "recipient": ("recipient", "column.recipient"),
}  # fmt: skip


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
    face.give("archive-export", told, lambda: labelled(told, face.lang))
    read, key_by = f"{folder}/README.txt", "openline archive key"
    english = f"Read {read}; the key that opens the entries: `{key_by}`."
    face.say(said("talk.read-archive", face.lang, english, read, key_by))


def labelled(told: dict[str, object], lang: str) -> list[str]:
    """What an operation told, under its names."""
    return named([(*LABELS[name], str(value)) for name, value in told.items()], lang)


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

    owner = file.name if face.lang != ENGLISH else "the archive's key"
    phrase = passphrase(face, passphrase_file, owner, twice=True)
    with client(face.home) as node:
        told = node.call("archive_key", file=str(file.absolute()), passphrase=phrase)
    face.give("archive-key", told, lambda: labelled(told, face.lang))
    english = f"Whoever has {file} and its passphrase reads the archive. Keep it apart from it."
    face.say(said("talk.archive-key", face.lang, english, file))
