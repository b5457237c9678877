"""`openline wait ENTRY`: wait until a message is held by everybody, or answered.

Shapes   data is {"ref", "number", "receipts": {party: time}, "missing": [party]}; with
         --until answered also {"answers": [...]}
Units    timeout_s in seconds
Raises   desk.waited-long (exit 7); NoSuchEntry when the entry has no number within the time
Source   docs/OPERATE.md, "The queue, the board, events, waiting"
Never    says received when only sent
"""

import time
from typing import Any

import click

from openline.cli.client import Client, client
from openline.cli.commands.show import case_of, matter_of
from openline.cli.face import Command, Face, pairs, with_face
from openline.cli.places import NoSuchEntry, Place, find
from openline.formats.coded import worded

LOOK_S = 0.2
UNTIL = ("sequenced", "receipted", "witnessed", "answered")


@click.command(cls=Command)
@click.argument("entry")
@click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")
@click.option("--until", type=click.Choice(UNTIL), default="receipted", show_default=True)
@click.option("--timeout", "timeout_s", type=click.IntRange(0, 600), help="Seconds (default 30).")
@with_face
def wait(face: Face, entry: str, line: str | None, until: str, timeout_s: int | None) -> None:
    """Wait until ENTRY is receipted by every addressee, witnessed as well, or answered.

    \b
    Example:  openline wait north.example:1.4 --until answered --timeout 600
    """
    limit_s = face.settings.number("timeout_s") if timeout_s is None else timeout_s
    with client(face.home) as node:
        place = find_in_time(node, entry, line, limit_s)
        asked = "receipted" if until == "witnessed" else until
        told = node.call("wait", ref=place.ref, until=asked, timeout_s=limit_s)
        if until == "witnessed":
            node.call("settle", witness=True, timeout_s=limit_s)
        if until == "answered":
            told["answers"] = answers_of(node, place)
    rows = rows_of(told, face.lang)
    if until == "witnessed":
        rows += [seen_by_witnesses(face.lang)]
    face.give("wait", told, lambda: pairs(rows))


def rows_of(told: dict[str, Any], lang: str) -> list[tuple[str, str]]:
    """Who received it when, who did not yet, who answered what."""
    received = worded("head.received", lang, "received")
    missing = worded("basis.not-received", lang, "not received yet")
    answered = worded("ladder.a4", lang, "answered")
    rows = [(party, f"{received} {time}") for party, time in sorted(told["receipts"].items())]
    rows += [(party, missing) for party in told["missing"]]
    for row in told.get("answers", []):
        said = worded(f"class.{row['class']}", lang, row["class"])
        rows.append((row["party"], f"{answered} {said}"))
    return rows


def seen_by_witnesses(lang: str) -> tuple[str, str]:
    """That the witnesses hold every head of ours."""
    words = worded("word.heads-witnessed", lang, "hold every own head")
    return worded("word.witness", lang, "witnesses"), words


def answers_of(node: Client, place: Place) -> list[dict[str, Any]]:
    """The current answers to a message."""
    matter = matter_of(case_of(node, place.ref), place.ref)
    return [row for row in matter.get("answers", []) if row["current"]]


def find_in_time(node: Client, entry: str, line: str | None, limit_s: float) -> Place:
    """The entry, which may not have its number yet."""
    until_s = time.monotonic() + limit_s
    while True:
        try:
            return find(node, entry, line)
        except NoSuchEntry:
            if time.monotonic() >= until_s:
                raise
        time.sleep(LOOK_S)
