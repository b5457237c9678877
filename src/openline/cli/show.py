"""`openline show ENTRY`: one message, who holds it, how far it got, what came back.

Shapes   data is {"ref", "number", "party", "status", "format", "class", "fields", "rows",
         "receipts", "case"}
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry
Source   docs/cases.md
Never    shows received, understood, passed on and answered as one thing
"""

from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, pairs, table, with_face
from openline.cli.places import find

NOT_YET = "-"


@click.command(cls=Command)
@click.argument("entry")
@click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")
@with_face
def show(face: Face, entry: str, line: str | None) -> None:
    """Show ENTRY: PARTY:NUMBER as lists write it.

    \b
    Example:  openline show north.example:1.4 --lang fr
    """
    with client(face.home) as node:
        told = node.call("show", ref=find(node, entry, line).ref, lang=face.lang)
    face.give("message", told, lambda: lines_of(face, told))


def lines_of(face: Face, told: dict[str, Any]) -> list[str]:
    """A message as a person reads it; the status of the line stands above everything."""
    status = str(told["status"]).upper()
    head = pairs(
        [
            ("message", f"{told['party']}:{told['number']}"),
            ("form", told["format"] + ("" if told["class"] == "-" else f" ({told['class']})")),
            ("written", told["time"]),
            ("ref", f"{told['ref'][0]}:{told['ref'][1]}"),
        ]
    )
    body = pairs([(f"{number} {label}".strip(), value) for number, label, value in told["rows"]])
    receipts = [[party, time] for party, time in sorted(told["receipts"].items())]
    receipts += [[party, "no receipt"] for party in told.get("missing", [])]
    lines = [face.paint(status, "green" if status == "ACTUAL" else "yellow"), *head, "", *body, ""]
    lines += table(["party", "received (A0)"], receipts)
    for heading, rows in (("ladder", ladder(told)), ("answers", answers(told))):
        if rows:
            lines += ["", *table(rows[0], rows[1:])] if heading else []
    for odd in told.get("irregularities", []):
        lines.append(face.paint(f"irregularity: {odd['sentence']} [{odd['code']}]", "yellow"))
    return lines


def ladder(told: dict[str, Any]) -> list[list[str]]:
    """A1 to A4 per addressee, with a heading; empty where nobody is addressed."""
    rows = told.get("reception", [])
    if not rows:
        return []
    shown = [["party", "received (A1)", "read back (A2)", "passed on (A3)", "answered (A4)"]]
    for row in rows:
        shown.append(
            [
                row["party"],
                row["a1"].get("class", NOT_YET),
                row["a2"].get("result", NOT_YET),
                ", ".join(row["a3"].get("echelons", [])) or NOT_YET,
                row["a4"].get("class", "silent" if row["silent"] else NOT_YET),
            ]
        )
    return shown


def answers(told: dict[str, Any]) -> list[list[str]]:
    """The answers, with a heading; an answer says which version it answers."""
    rows = told.get("answers", [])
    if not rows:
        return []
    shown = [["answer", "party", "version", "message"]]
    for row in rows:
        version = f"{row['version']} of {row['of_versions']}"
        shown.append([row["class"], row["party"], version, f"{row['party']}:{row['number']}"])
    return shown
