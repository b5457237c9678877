"""`openline board`: every line at a glance, and the link to every other party.

Shapes   data is {"lines": [...], "declined": [...], "links": [...], "relays": [...],
         "witnesses": [...]}: what the operation gives
Units    times as RFC 3339 UTC text
Raises   nothing
Source   docs/OPERATE.md, "The queue, the board, events, waiting"
Never    calls a line quiet that is silent: silence is shown with its beginning. Never makes one
         flag of what the parties say of a line: each has its own row
"""

from typing import Any

import click

from openline.cli.client import SocketClient, client
from openline.cli.commands.line import state_of
from openline.cli.commands.link import COLUMNS as LINK_COLUMNS
from openline.cli.commands.link import link_row
from openline.cli.face import Command, Face, heads, marked, status_of, table, with_face
from openline.formats.coded import worded
from openline.formats.terms import ENGLISH

COLUMNS = (
    ("status", "head.status"), ("line", "word.line"), ("title", "item.subject"),
    ("state", "word.state"), ("open cases", "column.open-cases"),
    ("odd", "register.irregularities"),
    ("guarantees in force", "word.guarantees-in-force"),
    ("last message", "word.last-message"),
)  # fmt: skip
PARTY_COLUMNS = (
    ("line", "word.line"), ("party", "word.party"), ("says of the line", "column.says-of-line"),
    ("heard", "column.heard"), ("last message", "word.last-message"),
    ("last test", "head.last-test"), ("next test", "head.next-test"),
)  # fmt: skip
RELAY_COLUMNS = (
    ("relay", "word.relay-station"), ("heard", "column.heard"),
    ("last fault", "column.last-fault"),
)  # fmt: skip
WITNESS_COLUMNS = (("witness", "word.witness"), *RELAY_COLUMNS[1:])
# What the operation says of a party of which nothing was ever heard.
NEVER = "never"


@click.command(cls=Command)
@with_face
def board(face: Face) -> None:
    """Show every line and every link.

    \b
    Example:  openline board
    """
    with client(face.home) as node:
        told = node.call("board")
        runs = isinstance(node, SocketClient)
    face.give("board", told, lambda: lines_of(told, face.lang, runs=runs))


def lines_of(told: dict[str, Any], lang: str, *, runs: bool) -> list[str]:
    """Lines, what each party says of each, links; links are tested only by a node that runs."""
    rows = [line_row(row, lang) for row in told["lines"]]
    parties = [party_row(row, each, lang) for row in told["lines"] for each in row["parties"]]
    links = table(heads(LINK_COLUMNS, lang), [link_row(row, lang) for row in told["links"]])
    none = worded("word.no-node-runs", lang, "No node runs in this folder: no link is tested.")
    return [
        *table(heads(COLUMNS, lang), rows), "",
        *table(heads(PARTY_COLUMNS, lang), parties), "",
        *declined_lines(told["declined"], lang),
        *([*links, *services(told, lang)] if runs else [none]),
    ]  # fmt: skip


def declined_lines(rows: list[dict[str, Any]], lang: str) -> list[str]:
    """Lines that were declined here, apart from those that ask something; nothing where none is."""
    columns = (COLUMNS[0], COLUMNS[1], COLUMNS[2], COLUMNS[3], PARTY_COLUMNS[1])
    shown = [
        [status_of(row, lang), row["line"][:12], row["title"], state_of(row, lang),
         row["proposed_by"]]
        for row in rows
    ]  # fmt: skip
    return [*table(heads(columns, lang), shown), ""] if rows else []


def services(told: dict[str, Any], lang: str) -> list[str]:
    """The relays and witnesses of our lines, and since when one was not heard; nothing where there
    are none."""
    found = []
    for name, columns in (("relay", RELAY_COLUMNS), ("witness", WITNESS_COLUMNS)):
        rows = [
            [row[name], heard_at(row["answers"], row["heard"], lang), row["fault"] or "-"]
            for row in told["witnesses" if name == "witness" else "relays"]
        ]
        found += ["", *table(heads(columns, lang), rows)] if rows else []
    return found


def line_row(row: dict[str, Any], lang: str) -> list[object]:
    """One line."""
    return [
        status_of(row, lang),
        row["line"][:12],
        row["title"],
        state_of(row, lang),
        row["open_cases"],
        row["irregularities"],
        row["in_force"],
        row["silent_since"] or worded("word.never", lang, "never"),
    ]


def party_row(line: dict[str, Any], row: dict[str, Any], lang: str) -> list[str]:
    """One party's side of one line: what it says of it, and what others see of it."""
    said, never = row["status"], worded("word.never", lang, "never")
    state = worded("line.no-statement", lang, "says nothing")
    if said:
        word = worded(f"line.{said['class']}", lang, said["class"])
        state = f"{word} {worded('item.since', lang, 'since')} {said['since']}"
    if row["left"]:
        state = worded("line.left", lang, "left")
    missed = row["tests_missed"]
    missed_word = worded("head.tests-missed", lang, "MISSED")
    count = f", {missed} MISSED" if lang == ENGLISH else f", {missed_word.upper()}: {missed}"
    tested = row["last_test"] or never
    if row["last_answer"] > row["last_test"]:
        tested = f"{worded('ladder.a4', lang, 'answered')} {row['last_answer']}"
    return [
        line["line"][:12], marked(row["party"], row["standing"], lang), state, heard(row, lang),
        row["last_message"] or never, tested + (count if missed else ""), row["next_test"] or "-",
    ]  # fmt: skip


def heard(row: dict[str, Any], lang: str) -> str:
    """Whether a party's node answers now, else since when nothing was heard of it."""
    if row["is_us"]:
        return worded("heard.this-node", lang, "this node")
    since = row["not_heard_since"]
    return heard_at(not since, since, lang)


def heard_at(is_up: bool, since: str, lang: str) -> str:
    """Whether something answers now, else since when nothing was heard of it."""
    if is_up:
        return worded("heard.now", lang, "answers now")
    if since == NEVER:
        return worded("heard.never", lang, "NEVER HEARD")
    return f"{worded('heard.not-since', lang, 'NOT HEARD since')} {since}"
