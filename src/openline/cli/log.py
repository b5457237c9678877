"""`openline log`: check every log that this node holds, from the stored bytes; export tiles.

Shapes   data of verify: {"logs", "leaves", "envelopes", "checkpoints", "receipts", "opened",
         "findings", "clean"}
Units    counts
Raises   LogBroken (exit 4)
Source   docs/OPERATE.md, "Checking the record"
Never    repairs: it says what does not hold
"""

from pathlib import Path
from typing import ClassVar

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, pairs, table, with_face
from openline.errors import OpenlineError

COUNTS = ("logs", "leaves", "envelopes", "checkpoints", "receipts", "opened")
LONG_S = 3600.0


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
    with client(face.home, timeout_s=LONG_S) as node:
        told = node.call("log_verify", opening=opening)
    verdict = "holds" if told["clean"] else "DOES NOT HOLD"
    face.give(
        "log-verify",
        told,
        lambda: pairs([("record", verdict), *[(name, told[name]) for name in COUNTS]]),
    )
    for finding in told["findings"]:
        face.warn(str(finding))
    if not told["clean"]:
        raise LogBroken(f"{len(told['findings'])} findings, the first: {told['findings'][0]}")


@log.command("export")
@click.argument("line")
@click.argument("folder", type=click.Path(path_type=Path))
@with_face
def export(face: Face, line: str, folder: Path) -> None:
    """Write the logs of LINE as C2SP tiles into FOLDER, for tools that read tlog-tiles.

    \b
    Example:  openline log export "North-South" tiles
    """
    with client(face.home, timeout_s=LONG_S) as node:
        told = node.call("log_export", line=line, folder=str(folder.absolute()))
    rows = [[origin, count] for origin, count in sorted(told["files"].items())]
    face.give("log-export", told, lambda: table(["log", "files"], rows))
