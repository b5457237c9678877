"""`openline show ENTRY`: one message, who holds it, how far it got, what came back; or its case.

Shapes   data is the operation's {"ref", "number", "from", "status", "format", "class", "fields",
         "rows", "receipts", ...} with "matter": the part of its case that is about this entry
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry
Source   docs/cases.md; docs/OPERATE.md, "Documents"
Never    shows received, understood, passed on and answered as one thing
"""

from typing import Any

import click

from openline.cli.client import Client, client
from openline.cli.face import Command, Face, with_face
from openline.cli.paper import Paper, with_paper
from openline.cli.places import find

Json = dict[str, Any]


@click.command(cls=Command)
@click.argument("entry")
@click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")
@click.option("--case", "whole", is_flag=True, help="The whole case that ENTRY belongs to.")
@with_paper
@with_face
def show(face: Face, /, entry: str, line: str | None, whole: bool, **paper: Any) -> None:
    """Show ENTRY: PARTY:NUMBER as lists write it.

    \b
    Example:  openline show north.example:1.4 --lang fr
              openline show north.example:1.4 --languages en,ar --pdf visit.pdf
    """
    with client(face.home) as node:
        place = find(node, entry, line).ref
        wanted = {"of": "case" if whole else "message", "ref": place}
        schema = "case" if whole else "message"

        def value() -> Json:
            return case_of(node, place) if whole else message_of(node, place, face.lang)

        Paper(**paper).give(face, node, wanted, schema, value)


def message_of(node: Client, place: list[Any], lang: str) -> Json:
    """The message with the matter that it opened or is a version of; {} for a reply."""
    told = node.call("show", ref=place, lang=lang)
    return {**told, "matter": matter_of(case_of(node, place), place)}


def case_of(node: Client, place: list[Any]) -> Json:
    """The case that an entry belongs to; {} for an entry that belongs to none."""
    found: list[Json] = node.call("cases", of=place)["cases"]
    return found[0] if found else {}


def matter_of(case: Json, place: list[Any]) -> Json:
    """The matter that has this entry as a version."""
    for matter in case.get("matters", ()):
        if place in [version["ref"] for version in matter["versions"]]:
            return {**matter, "irregularities": case["irregularities"]}
    return {}
