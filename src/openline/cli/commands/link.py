"""`openline link`: test the links to other members, ask them by hand, let them have a reseal.

Shapes   data is {"line", "tests": [{"peer", "up", "round_trip_ms", "last_up", "last_error"}],
         "answered"}
Units    round_trip_ms in milliseconds
Raises   LinkDown (exit 6) when a member did not answer
Source   docs/PROTOCOL.md part 7, "Hello"
Never    takes an HTTP status for an answer: only a signed hello counts
"""

from pathlib import Path
from typing import Any, ClassVar

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, heads, named, table, with_face
from openline.cli.files import write_out
from openline.cli.outgoing import (
    Content,
    Message,
    Signers,
    content_options,
    officer_options,
    say,
)
from openline.cli.places import find
from openline.errors import OpenlineError
from openline.formats.coded import said, worded

OUT = click.Path(dir_okay=False, path_type=Path)
# Every letter and digit once, and nothing that could be read as a message.
NEUTRAL = "THE QUICK BROWN FOX JUMPED OVER THE LAZY DOGS BACK 1234567890"
COLUMNS = (
    ("party", "word.party"), ("link", "column.link"), ("ms", "ms"),
    ("last answer", "head.last-answer"), ("last fault", "column.last-fault"),
)  # fmt: skip


class LinkDown(OpenlineError):
    """A member of the line did not answer a signed hello."""

    code: ClassVar[str] = "cli.link-down"
    remedy: ClassVar[str] = "Ask the other side by another way; messages wait and are sent again."


@click.group(cls=Group)
def link() -> None:
    """Links to the other members."""


@link.command("test")
@click.argument("line")
@with_face
def test(face: Face, line: str) -> None:
    """Exchange a signed hello with every other member of LINE, now.

    \b
    Example:  openline link test "North-South"
    """
    with client(face.home) as node:
        told = node.call("link_test", line=line)
    silent = [row["peer"] for row in told["tests"] if not row["up"]]
    rows = [link_row(row, face.lang) for row in told["tests"]]
    flaw = LinkDown(f"no answer from {', '.join(silent)}") if silent else None
    face.give("link-test", told, lambda: table(heads(COLUMNS, face.lang), rows), flaw)


@link.command("manned")
@click.argument("line")
@click.option("--answers", metavar="ENTRY", help="The other side's test that this one answers.")
@click.option("--text", "words", default=NEUTRAL, show_default=True, help="What is sent.")
@content_options
@officer_options
@with_face
def manned(
    face: Face,
    /,
    line: str,
    answers: str | None,
    words: str,
    content: Content,
    signers: Signers,
) -> None:
    """Send a test by a person on LINE, or answer one: people are there, not only machines.

    \b
    Example:  openline link manned "North-South" --officer anna.officer
    """
    with client(face.home) as node:
        refs = [find(node, answers, line).ref] if answers else []
        answer = "answer" if answers else "test"
        message = Message(line, "core/link-test@1", answer, refs, {"content": words})
        say(node, face, message, content, signers)


@link.command("ask")
@click.argument("party")
@click.argument("origin")
@click.option("--out", type=OUT, help="Write the signed head to this file.")
@with_face
def ask(face: Face, party: str, origin: str, out: Path | None) -> None:
    """Ask PARTY, by a signed ask, for its newest signed head of the log ORIGIN.

    ORIGIN is the name of a log, as `openline line show LINE` lists it.

    \b
    Example:  openline link ask south.example ORIGIN --out head.note
    """
    with client(face.home) as node:
        told = node.call("ask_head", party=party, origin=origin)
    if out is not None:
        write_out(out, told["note"].encode())
    terms = ("word.log", "column.entries", "column.root")
    head = list(zip(("log", "entries", "root"), terms, told["note"].split("\n"), strict=False))
    face.give("link-ask", told, lambda: named(head, face.lang))


@link.command("reseal")
@click.argument("party")
@click.option("--seconds", type=click.IntRange(1, 86_400), default=3600, show_default=True)
@with_face
def reseal(face: Face, party: str, seconds: int) -> None:
    """Let PARTY have entries and files' keys sealed anew that it had before, for a while.

    PARTY asks for this after it lost its keys. A thief of its node could ask too: speak first.

    \b
    Example:  openline link reseal south.example --seconds 3600
    """
    english = f"Did you speak with {party}, and did it really lose its keys?"
    face.confirm(said("ask.lost-keys", face.lang, english, party))
    with client(face.home) as node:
        told = node.call("reseal_allow", party=party, seconds=seconds)
    may = f"{told['party']} may ask for {told['seconds']} s"
    shown = said("talk.reseal-allowed", face.lang, may, told["party"], f"{told['seconds']} s")
    face.give("link-reseal", told, lambda: [shown])


def link_row(row: dict[str, Any], lang: str) -> list[object]:
    """One link."""
    state = (
        worded("heard.now", lang, "answers")
        if row["up"]
        else worded("heard.silent", lang, "SILENT")
    )
    took = row["round_trip_ms"] if row["up"] else "-"
    return [row["peer"], state, took, row["last_up"] or "-", row["last_error"]]
