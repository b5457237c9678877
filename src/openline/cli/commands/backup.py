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
from openline.cli.face import Command, Face, pairs, with_face
from openline.cli.files import FILE

LONG_S = 3600.0


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
        phrase = passphrase(face, passphrase_file, "the keyring's backup", twice=True)
        secrets = {"keyring": str(keyring.absolute()), "passphrase": phrase}
    with client(face.home, timeout_s=LONG_S) as node:
        told = node.call("backup", folder=str(folder.absolute()), **secrets)
    face.give("backup", told, lambda: lines_of(told))
    for lack in told["lacks"]:
        face.say(f"Not in it: {lack}.")


def lines_of(told: dict[str, Any]) -> list[str]:
    """What a backup holds."""
    return pairs(
        [
            ("backup", told["folder"]),
            ("of", f"{told['party']}, {told['made']}"),
            ("size", f"{told['bytes']} bytes in {len(told['files'])} files, read again"),
            ("holds", f"{told['lines']} lines, {told['logs']} logs, {told['entries']} entries"),
            *([("keyring", told["keyring"])] if told["keyring"] else []),
        ]
    )
