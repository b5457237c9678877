"""`openline digest`: what is in force on a line, as one root that both sides can state.

Shapes   make and answer give a draft like `openline draft`; check gives {"ref", "result", "root",
         "count", "only_here", "only_there", "changed"}; list gives {"count", "root", "rows"}
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry, NotADigest; what the officer or the node refuses
Source   docs/OPERATE.md, "What is in force"
Never    takes the other side's list for ours: both are worked out from the entries
"""

from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, heads, in_one, named, table, with_face
from openline.cli.outgoing import Signers, officer_options, release_draft, report
from openline.cli.places import find
from openline.formats.coded import worded
from openline.formats.terms import ENGLISH

COLUMNS = (("entry", "word.entry"), ("until", "item.until"))
SCOPE = click.option(
    "--scope", multiple=True, metavar="FORM", help="A form to list; all notices if none."
)
WHERE = click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")


@click.group(cls=Group)
def digest() -> None:
    """What is in force on a line: list, make a digest, check one, answer one."""


@digest.command("list")
@click.argument("line")
@click.option("--party", metavar="PARTY", help="Whose notices; ours if not given.")
@SCOPE
@with_face
def list_(face: Face, line: str, party: str | None, scope: tuple[str, ...]) -> None:
    """Show what PARTY has in force on LINE now, as this node sees it.

    \b
    Example:  openline digest list "Notifications" --party cell.example
    """
    args: dict[str, Any] = {"line": line, "scope": list(scope)}
    with client(face.home) as node:
        told = node.call("digest_list", **(args if party is None else {**args, "party": party}))
    rows = [[":".join(map(str, row["ref"])), row["until"] or "-"] for row in told["rows"]]
    lang, counted = face.lang, f"{told['count']} in force, root {told['root']}"
    if lang != ENGLISH:
        counted = in_one((("head.in-force", told["count"]), ("column.root", told["root"])), lang)
    face.give("digest-list", told, lambda: [*table(heads(COLUMNS, lang), rows), counted])


@digest.command("make")
@click.argument("line")
@SCOPE
@officer_options
@with_face
def make(face: Face, line: str, scope: tuple[str, ...], signers: Signers) -> None:
    """Draft a digest of what we have in force on LINE; "none in force" is a digest too.

    \b
    Example:  openline digest make "Notifications" --officer anna.officer
    """
    with client(face.home) as node:
        draft = node.call("digest_make", line=line, scope=list(scope))
        report(node, face, release_draft(node, face, draft, signers))


@digest.command("check")
@click.argument("entry")
@WHERE
@with_face
def check(face: Face, entry: str, line: str | None) -> None:
    """Hold the digest ENTRY against what this node has of its sender's notices.

    \b
    Example:  openline digest check cell.example:1.260
    """
    with client(face.home) as node:
        told = node.call("digest_check", ref=find(node, entry, line).ref)
    face.give("digest-check", told, lambda: lines_of(told, face.lang))


@digest.command("answer")
@click.argument("entry")
@WHERE
@officer_options
@with_face
def answer(face: Face, entry: str, line: str | None, signers: Signers) -> None:
    """Answer the digest ENTRY: the same list, what differs, or that entries are missing here.

    \b
    Example:  openline digest answer cell.example:1.260 --officer boris.officer
    """
    with client(face.home) as node:
        draft = node.call("digest_answer", ref=find(node, entry, line).ref)
        for text in lines_of(draft["finding"], face.lang):
            face.say(text)
        report(node, face, release_draft(node, face, draft, signers))


def lines_of(finding: dict[str, Any], lang: str) -> list[str]:
    """What was found, for a person."""
    result = worded(f"class.digest-{finding['result']}", lang, finding["result"])
    rows: list[tuple[str, str, object]] = [
        ("result", "column.result", result),
        ("count", "item.count", finding["count"]),
    ]
    for key, label, term in (("only_here", "only here", "column.only-here"),
                             ("only_there", "only there", "column.only-there"),
                             ("changed", "another version", "column.another-version")):  # fmt: skip
        entries = ", ".join(":".join(map(str, ref)) for ref in finding[key])
        rows += [(label, term, entries)] if entries else []
    return named(rows, lang)
