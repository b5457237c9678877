"""`openline log`: check every log that this node holds; which are frozen, and why; export tiles.

Shapes   data of verify: {"logs", "leaves", "envelopes", "checkpoints", "receipts",
         "cosignatures", "opened", "findings", "clean"}; of frozen: rows of the operation of
         that name
Units    counts
Raises   LogBroken (exit 4), NothingFrozen
Source   docs/OPERATE.md, "Checking the record"
Never    repairs: it says what does not hold
"""

from pathlib import Path
from typing import Any, ClassVar

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, heads, named, table, with_face
from openline.cli.paper import Paper, with_paper
from openline.errors import OpenlineError
from openline.formats.coded import said, worded

FROZEN = (
    ("line", "word.line"), ("party", "word.party"), ("status", "word.state"),
    ("since", "item.since"), ("log", "word.log"),
)  # fmt: skip
EXPORTED = (("log", "word.log"), ("files", "column.files"))
COUNTS = ("logs", "leaves", "envelopes", "checkpoints", "receipts", "opened")
LONG_S = 3600.0


class LogBroken(OpenlineError):
    """A stored log does not give its signed head, or a signature or body does not hold."""

    code: ClassVar[str] = "cli.log-broken"
    remedy: ClassVar[str] = "Stop this node and keep its folder; other holders can reseal contents."


class NothingFrozen(OpenlineError):
    """A page about a frozen log was asked for, and there is no single one to write it about."""

    code: ClassVar[str] = "cli.nothing-frozen"
    remedy: ClassVar[str] = "`openline log frozen` lists them; give one as ORIGIN."


@click.group(cls=Group)
def log() -> None:
    """Check every log that this node holds."""


@log.command("verify")
@click.option("--opening", is_flag=True, help="Also open every entry (needs the archive key).")
@with_face
def verify(face: Face, opening: bool) -> None:
    """Recompute every root, check every signature, receipt and envelope hash.

    \b
    Example:  openline log verify --opening
    """
    with client(face.home, timeout_s=LONG_S) as node:
        told = node.call("log_verify", opening=opening)
    verdict = worded("talk.not-holds", face.lang, "DOES NOT HOLD")
    if told["clean"]:
        verdict = worded("talk.holds", face.lang, "holds")
    counts = [(name, f"column.{name}", told[name]) for name in COUNTS]
    for finding in told["findings"]:
        face.warn(str(finding))
    found = f"{len(told['findings'])} findings, the first: {next(iter(told['findings']), '')}"
    face.give(
        "log-verify",
        told,
        lambda: named([("record", "column.record", verdict), *counts], face.lang),
        None if told["clean"] else LogBroken(found),
    )


@log.command("frozen")
@click.argument("origin", required=False)
@with_paper
@with_face
def frozen(face: Face, /, origin: str | None, **paper: Any) -> None:
    """List the logs that are taken no further; with ORIGIN, or where there is one only, what
    happened, what to do now, whom to ring and what is not affected.

    \b
    Example:  openline log frozen --lang fr
              openline log frozen --languages en,ru --html fork.html
    """
    with client(face.home) as node:
        rows = node.call("frozen")["frozen"]
        chosen = origin or (rows[0]["origin"] if len(rows) == 1 else "")
        if not chosen and any(paper[kind] for kind in ("html", "pdf")):
            why = "name the log: several are frozen" if rows else "no log is frozen here"
            raise NothingFrozen(f"no page was written: {why}")
        if not rows and not chosen:
            none = said("talk.no-frozen", face.lang, "No log is frozen here.")
            face.give("frozen", {"frozen": []}, lambda: [none])
            return
        if not chosen:
            shown = [
                [r["title"], r["party"], state_of(r["status"], face.lang), r["since"], r["origin"]]
                for r in rows
            ]
            face.give("frozen", {"frozen": rows}, lambda: table(heads(FROZEN, face.lang), shown))
            return
        found = [row for row in rows if row["origin"] == chosen]
        wanted = {"of": "fork", "origin": chosen}
        Paper(**paper).give(face, node, wanted, "frozen", lambda: {"frozen": found})


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
    face.give("log-export", told, lambda: table(heads(EXPORTED, face.lang), rows))


def state_of(status: str, lang: str) -> str:
    """Why a log is frozen, in a word."""
    return worded(f"fork.title-{status}", lang, status)
