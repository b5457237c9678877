"""`openline hold`: keep a case, or a whole line, from being erased here.

Shapes   data of place is the hold; of list {"holds": [{"at", "by", "reason", "line", "ref"}]}
Units    times as RFC 3339 UTC text
Raises   OnHold stands in the way of `openline erase`; NoSuchHold
Source   docs/OPERATE.md, "Legal hold"
Never    reaches another node: what others hold is theirs to keep or to erase
"""

from typing import Any

import click

from openline.cli.client import Client, client
from openline.cli.face import Face, Group, heads, named, table, with_face
from openline.cli.places import find
from openline.formats.coded import said, worded

COLUMNS = (
    ("since", "item.since"), ("by", "head.by"), ("line", "word.line"), ("what", "head.kind"),
    ("reason", "item.reason"),
)  # fmt: skip
REASON = click.option("--reason", required=True, help="Why, in a few words.")
BY = click.option("--by", required=True, metavar="NAME", help="Who says so.")
LINE = click.option("--line", metavar="LINE", help="The whole line, or where ENTRY stands.")


@click.group(cls=Group)
def hold() -> None:
    """Legal holds: what must not be erased here."""


def subject(node: Client, entry: str | None, line: str | None) -> dict[str, Any]:
    """The case of ENTRY, or a whole line."""
    if entry is not None:
        return {"ref": find(node, entry, line).ref}
    if line is None:
        raise click.UsageError("an ENTRY, or --line LINE, is needed")
    return {"line": line}


@hold.command("place")
@click.argument("entry", required=False)
@LINE
@REASON
@BY
@with_face
def place(face: Face, entry: str | None, line: str | None, reason: str, by: str) -> None:
    """Put the case of ENTRY on hold, or everything on --line LINE.

    \b
    Example:  openline hold place cell.example:1.4 --reason "inquiry 7/2026" --by "Jane Roe"
    """
    with client(face.home) as node:
        told = node.call("hold_place", **subject(node, entry, line), reason=reason, by=by)
    rows = [
        ("on hold", "column.on-hold", told["subject"]),
        ("since", "item.since", told["at"]),
        ("by", "head.by", told["by"]),
        ("reason", "item.reason", told["reason"]),
    ]
    face.give("hold", told, lambda: named(rows, face.lang))


@hold.command("lift")
@click.argument("entry", required=False)
@LINE
@REASON
@BY
@with_face
def lift(face: Face, entry: str | None, line: str | None, reason: str, by: str) -> None:
    """End a hold; what it kept may be erased again, and is not by itself.

    \b
    Example:  openline hold lift cell.example:1.4 --reason "inquiry closed" --by "Jane Roe"
    """
    face.confirm(said("ask.lift-hold", face.lang, "Lift this hold?"))
    with client(face.home) as node:
        told = node.call("hold_lift", **subject(node, entry, line), reason=reason, by=by)
    rows = [("lifted", "column.hold-lifted", told["line"])]
    face.give("hold-lifted", told, lambda: named(rows, face.lang))


@hold.command("list")
@with_face
def list_(face: Face) -> None:
    """Everything on hold here, with who placed it and why.

    \b
    Example:  openline hold list
    """
    with client(face.home) as node:
        told = node.call("hold_list")
    kinds = {True: worded("word.case", face.lang, "case"),
             False: worded("word.line", face.lang, "line")}  # fmt: skip
    rows = [
        [each["at"], each["by"], each["line"][:12], kinds[bool(each["ref"])], each["reason"]]
        for each in told["holds"]
    ]
    none = said("talk.no-hold", face.lang, "Nothing is on hold.")
    face.give("hold-list", told, lambda: table(heads(COLUMNS, face.lang), rows) if rows else [none])
