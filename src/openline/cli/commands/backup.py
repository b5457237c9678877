"""`openline backup`: the record as it is now, in a folder that `openline restore` puts back.

Shapes   data is {"folder", "party", "made", "bytes", "files", "lines", "logs", "entries", "bodies",
         "own", "lacks", "keyring"}
Units    bytes
Raises   what the node refuses: a folder that is there, a full disk, a copy that is not whole
Source   docs/OPERATE.md, "Backups"
Never    stops the node, and never copies the anchor
"""

from pathlib import Path
from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, in_one, named, with_face
from openline.cli.files import FILE
from openline.formats.coded import said, worded
from openline.formats.terms import ENGLISH

LONG_S = 3600.0
# By which word each thing is known that a backup leaves out.
LACKS = ("anchor", "keyring", "officers", "drafts")


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--keyring",
    type=click.Path(path_type=Path),
    help="Also write the keyring here, locked by a passphrase; keep it apart from FOLDER.",
)
@click.option("--passphrase-file", type=FILE, help="Holds the passphrase (or OPENLINE_PASSPHRASE).")
@with_face
def backup(face: Face, folder: Path, keyring: Path | None, passphrase_file: Path | None) -> None:
    """Write a backup into FOLDER while the node works, and read it again.

    \b
    Example:  openline backup /mnt/backup/north-monday --keyring /mnt/safe/north.keyring
    """
    from openline.cli.signing import passphrase

    secrets: dict[str, str] = {}
    if keyring is not None:
        owner = keyring.name if face.lang != ENGLISH else "the keyring's backup"
        phrase = passphrase(face, passphrase_file, owner, twice=True)
        secrets = {"keyring": str(keyring.absolute()), "passphrase": phrase}
    with client(face.home, timeout_s=LONG_S) as node:
        told = node.call("backup", folder=str(folder.absolute()), **secrets)
    face.give("backup", told, lambda: lines_of(told, face.lang))
    for lack in told["lacks"]:
        not_in = worded("talk.backup-lacks", face.lang, "Not in it")
        face.say(f"{not_in}: {lack_of(lack, face.lang)}.")


def lack_of(lack: str, lang: str) -> str:
    """What a backup leaves out by its nature."""
    kind = next((each for each in LACKS if each in lack.partition(",")[0].partition(":")[0]), "")
    return said(f"talk.lacks-{kind}", lang, lack)


def lines_of(told: dict[str, Any], lang: str) -> list[str]:
    """What a backup holds."""
    size, count = told["bytes"], len(told["files"])
    english = f"{size} bytes in {count} files, read again"
    holds = f"{told['lines']} lines, {told['logs']} logs, {told['entries']} entries"
    if lang != ENGLISH:
        holds = in_one(
            [(f"column.{name}", told[name]) for name in ("lines", "logs", "entries")], lang
        )
    rows = [
        ("backup", "column.backup", told["folder"]),
        ("of", "column.of-whom", f"{told['party']}, {told['made']}"),
        ("size", "column.size", said("talk.backup-size", lang, english, size, count)),
        ("holds", "column.holds", holds),
        *([("keyring", "column.keyring", told["keyring"])] if told["keyring"] else []),
    ]
    return named(rows, lang)
