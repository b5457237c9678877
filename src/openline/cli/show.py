"""`openline show ENTRY`: one message, who holds it, how far it got, what came back.

Shapes   data is the operation's {"ref", "number", "from", "status", "format", "class", "fields",
         "rows", "receipts", ...} with "matter": the part of its case that is about this entry
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry
Source   docs/cases.md
Never    shows received, understood, passed on and answered as one thing
"""

from typing import Any

import click

from openline.cli.client import Client, client
from openline.cli.face import Command, Face, pairs, table, with_face
from openline.cli.places import find

Json = dict[str, Any]
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
        told["matter"] = matter_of(node, told)
    face.give("message", told, lambda: lines_of(face, told))


def matter_of(node: Client, told: Json) -> Json:
    """The matter that this entry opened or is a version of; empty for a reply."""
    for case in node.call("cases", line=told["line"])["cases"]:
        for matter in case["matters"]:
            if told["ref"] in [version["ref"] for version in matter["versions"]]:
                found: Json = matter
                return {**found, "irregularities": case["irregularities"]}
    return {}


def lines_of(face: Face, told: Json) -> list[str]:
    """A message as a person reads it; the status of the line stands above everything."""
    status, matter = str(told["status"]).upper(), told["matter"]
    form = told["format"] if told["class"] == "-" else f"{told['format']} ({told['class']})"
    lines = [
        face.paint(status, "green" if status == "ACTUAL" else "yellow"),
        *pairs(
            [
                ("message", f"{told['from']}:{told['number']}"),
                ("line", told["title"]),
                ("form", form if told["kind"] == "message" else told["kind"]),
                ("written", told["written"]),
                *([("state", matter["state"])] if matter else []),
            ]
        ),
        "",
        *pairs([(f"{number} {label}".strip(), value) for number, label, value in told["rows"]]),
        "",
        *table(["party", "received (A0)"], sorted(told["receipts"].items())),
    ]
    if matter:
        lines += [*ladder(matter, told["ref"]), *answers(matter)]
    odd = [row["sentence"] for row in matter.get("irregularities", [])]
    return lines + [
        face.paint(f"irregularity: {text}", "yellow") for text in [*told["flaws"], *odd]
    ]


def ladder(matter: Json, ref: list[Any]) -> list[str]:
    """A1 to A4 per addressee of this version; silence is a row too."""
    rows = [
        [
            row["party"],
            row["a1"].get("class", NOT_YET),
            row["a2"].get("result", NOT_YET),
            ", ".join(row["a3"].get("echelons", [])) or NOT_YET,
            row["a4"].get("class", "silent" if row["silent"] else NOT_YET),
        ]
        for row in matter["reception"]
        if row["ref"] == ref
    ]
    heads = ["party", "received (A1)", "read back (A2)", "passed on (A3)", "answered (A4)"]
    return ["", *table(heads, rows)] if rows else []


def answers(matter: Json) -> list[str]:
    """The answers; each says which version it answers."""
    rows = [
        [
            row["class"],
            f"{row['party']}:{row['number']}",
            f"{row['version']} of {row['of_versions']}",
            "" if row["current"] else "superseded",
        ]
        for row in matter["answers"]
    ]
    return ["", *table(["answer", "message", "to version", ""], rows)] if rows else []
