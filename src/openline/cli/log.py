"""`openline log`: check every log that this node holds, from the stored bytes.

Shapes   data is {"logs": [{"origin", "party", "size", "checked", "flaws"}], "ok": bool}
Units    sizes count entries
Raises   LogBroken (exit 4)
Source   docs/OPERATE.md, "Checking the record"
Never    repairs: it says what does not hold
"""

from pathlib import Path
from typing import ClassVar

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, table, with_face
from openline.errors import OpenlineError


class LogBroken(OpenlineError):
    """A stored log does not give its signed head, or a signature or body does not hold."""

    code: ClassVar[str] = "cli.log-broken"
    remedy: ClassVar[str] = "Stop this node and keep its folder; other holders can reseal contents."


@click.group(cls=Group)
def log() -> None:
    """Check every log that this node holds."""


@log.command("verify")
@click.option("--opening", is_flag=True, help="Also open every entry (needs the archive key).")
@with_face
def verify(face: Face, opening: bool) -> None:
    """Recompute every root, check every signature, receipt and envelope hash."""
    with client(face.home, timeout_s=3600) as node:
        told = node.call("log_verify", opening=opening)
    rows = [[x["party"], x["size"], len(x["flaws"]) or "holds", x["origin"]] for x in told["logs"]]
    face.give("log-verify", told, lambda: table(["party", "entries", "verdict", "log"], rows))
    flaws = [f"{x['origin']}: {flaw}" for x in told["logs"] for flaw in x["flaws"]]
    for flaw in flaws:
        face.warn(flaw)
    if not told["ok"]:
        raise LogBroken(flaws[0] if flaws else "a log does not hold")


@log.command("export")
@click.argument("line")
@click.argument("folder", type=click.Path(path_type=Path))
@with_face
def export(face: Face, line: str, folder: Path) -> None:
    """Write our log on LINE as C2SP tiles into FOLDER, for tools that read tlog-tiles.

    \b
    Example:  openline log export "North-South" tiles
    """
    with client(face.home, timeout_s=3600) as node:
        told = node.call("log_export", line=line, folder=str(folder.absolute()))
    rows = [[told["origin"], told["size"], told["files"]]]
    face.give("log-export", told, lambda: table(["log", "entries", "files"], rows))
