"""`openline line compare LINE`: whether its members hold and understand it equally, as of now.

Shapes   data is {"status", "line", "title", "compared": [{"party", "result", "time", "logs",
         "cards", "why", "unread"}]}; with --out {"party", "line", "file"}
Units    sizes count entries
Raises   NotAlike (exit 4), NotCompared (exit 6); of a hello what is wrong with it
Source   docs/OPERATE.md, "Links"
Never    says *equal* of what was not compared: silence is told as silence
"""

from pathlib import Path
from typing import Any, ClassVar

import click

from openline.cli.clean import clean
from openline.cli.client import client
from openline.cli.face import Command, Face, heads, named, status_of, table, with_face
from openline.cli.files import FILE, bounded, write_out
from openline.errors import OpenlineError
from openline.formats.coded import worded
from openline.formats.spell import b64, unb64
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
OUT = click.Path(dir_okay=False, path_type=Path)
COLUMNS = (
    ("party", "word.party"), ("result", "column.result"), ("it says so at", "column.said-at"),
    ("as of", "column.as-of"),
)  # fmt: skip
DIFFERING = (
    ("party", "word.party"), ("what", "head.kind"), ("here", "column.here"),
    ("there", "column.there"), ("origin", "word.log"),
)  # fmt: skip
RESULTS = {
    "equal": "equal",
    "holds-otherwise": "HOLDS OTHERWISE",
    "understands-otherwise": "UNDERSTANDS OTHERWISE",
    "unknown": "not known",
}


class NotAlike(OpenlineError):
    """Members of a line hold other entries of it, or understand the same ones otherwise."""

    code: ClassVar[str] = "cli.not-alike"
    remedy: ClassVar[str] = (
        "What is on its way arrives by itself: compare again. What stays: `openline log verify` on"
        " both sides, `openline digest make LINE` for what is in force, and ring the other side."
    )


class NotCompared(OpenlineError):
    """A member has said nothing with which the line could be compared."""

    code: ClassVar[str] = "cli.not-compared"
    remedy: ClassVar[str] = (
        "Start `openline serve` and look at the link: `openline board`; without a network"
        " `openline line compare LINE --out FILE --for PARTY` there and `--with FILE` here."
    )


@click.command("compare", cls=Command)
@click.argument("line_name", metavar="LINE")
@click.option("--out", type=OUT, help="Write our signed hello here, for another member.")
@click.option("--for", "reader", metavar="PARTY", help="Who is to compare it.")
@click.option("--with", "hello", type=FILE, help="Compare with a hello that a member has written.")
@with_face
def compare(
    face: Face, /, line_name: str, out: Path | None, reader: str | None, hello: Path | None
) -> None:
    """Say whether the other members of LINE hold the same of it and understand it alike.

    *equal* means: the same entries of every log, the same cards, and the same digest of all open
    cases, as far as both can read them. By hellos now; or by a file that the other side has
    written with --out and --for us.

    \b
    Example:  openline line compare "North-South"
              openline line compare "North-South" --out north.hello --for south.example
              openline line compare "North-South" --with north.hello
    """
    if (out is None) != (reader is None) or (out is not None and hello is not None):
        raise click.UsageError("--out and --for go together, --with stands alone")
    if out is not None and reader is not None:
        write(face, line_name, out, reader)
        return
    args = {} if hello is None else {"hello": b64(bounded(hello))}
    with client(face.home) as node:
        told = node.call("line_compare", line=line_name, **args)
    face.give("line-compare", told, lambda: lines_of(face, told), flaw_of(told["compared"]))


def write(face: Face, line_name: str, out: Path, reader: str) -> None:
    """Our hello as a file."""
    with client(face.home) as node:
        told = node.call("line_hello", line=line_name, party=reader)
    write_out(out, unb64(str(told["hello"])))
    rows = [("file", "word.file", out), ("for", "column.for-whom", told["party"])]
    value = {"party": told["party"], "line": told["line"], "file": str(out)}
    face.give("line-hello", value, lambda: named(rows, face.lang))


def flaw_of(rows: list[Json]) -> OpenlineError | None:
    """What is exited with: a difference before what is not known."""
    by = {each: [row["party"] for row in rows if row["result"] == each] for each in RESULTS}
    if by["understands-otherwise"]:
        return NotAlike(f"understood otherwise by {', '.join(by['understands-otherwise'])}")
    if by["holds-otherwise"]:
        return NotAlike(f"not the same entries or cards at {', '.join(by['holds-otherwise'])}")
    if by["unknown"]:
        return NotCompared(f"nothing to compare with of {', '.join(by['unknown'])}")
    return None


def lines_of(face: Face, told: Json) -> list[str]:
    """A row for each member, then what differs."""
    lang = face.lang
    rows = [
        [row["party"], result_of(row, lang), row["time"] or "-", as_of(row, lang)]
        for row in told["compared"]
    ]
    head = f"{status_of(told, lang)}: {clean(told['title'])} ({told['line'][:12]})"
    return [head, *table(heads(COLUMNS, lang), rows), *differences(told["compared"], lang)]


def result_of(row: Json, lang: str) -> str:
    """Equal or not, in a word."""
    return worded(f"compare.{row['result']}", lang, RESULTS[row["result"]])


def as_of(row: Json, lang: str) -> str:
    """Up to where two are equal, by the heads of all logs; else why it is not known."""
    if row["result"] == "unknown":
        return str(row["why"])
    sizes = [f"{each['party']} {each['epoch']}: {each['here']}" for each in row["logs"]]
    if not all_same(row):
        return worded("compare.see-below", lang, "see below")
    counted, unread = ", ".join(sizes), row["unread"]
    if lang == ENGLISH:
        lost = f"; {unread} of them CANNOT BE READ by one of the two, and are left out"
        return f"entries of {counted}{lost if unread else ''}"
    lost = f"; {worded('compare.unread', lang, '')}: {unread}"
    return f"{worded('column.entries', lang, '')}: {counted}{lost if unread else ''}"


def all_same(row: Json) -> bool:
    """Whether what the two hold is the same."""
    return all(each["same"] for each in (*row["logs"], *row["cards"]))


def differences(rows: list[Json], lang: str) -> list[str]:
    """Every log and card that the two do not hold alike."""
    found = [
        [
            row["party"],
            f"{kind} of {pair['party']}" if lang == ENGLISH else f"{whose}: {pair['party']}",
            pair["here"],
            pair["there"],
            pair["origin"],
        ]
        for row in rows
        for kind, term, pairs_ in (
            ("log", "column.log-of", row["logs"]),
            ("cards", "column.card-of", row["cards"]),
        )
        for whose in [worded(term, lang, kind)]
        for pair in pairs_
        if not pair["same"]
    ]
    return ["", *table(heads(DIFFERING, lang), found)] if found else []
