"""`openline disclose`: write a file that proves chosen fields of chosen messages, offline.

Shapes   FILE is a C2SP tlog-proof for one ENTRY, else a bundle; data is {"file", "bytes", "policy"}
Units    a range is [from, to) in entry indexes
Raises   NoSuchEntry; what cannot be shown (withheld by another, erased)
Source   docs/PROTOCOL.md part 9
Never    shows a field that was not named, and asks a person before it writes
"""

import base64
from pathlib import Path
from typing import Any

import click

from openline.cli.client import Client, client
from openline.cli.face import Command, Face, pairs, with_face
from openline.cli.places import find

OUT = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.argument("entries", nargs=-1)
@click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")
@click.option(
    "--show", "paths", multiple=True, metavar="PATH", help="A field to show; all if none."
)
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="ENTRY..ENTRY",
    help="All entries of one log from first to last, kinds and classes only.",
)
@click.option("--out", type=OUT, required=True, help="The proof to write.")
@click.option("--policy-out", type=OUT, help="The policy that the verifier needs beside it.")
@with_face
def disclose(
    face: Face,
    entries: tuple[str, ...],
    line: str | None,
    paths: tuple[str, ...],
    ranges: tuple[str, ...],
    out: Path,
    policy_out: Path | None,
) -> None:
    """Prove ENTRY (and more) to somebody who trusts neither side.

    \b
    Example:  openline disclose north.example:1.4 south.example:1.3
              --show subject --show place --out visit.openline-proof --policy-out visit.policy
    """
    if not entries and not ranges:
        raise click.UsageError("name at least one ENTRY or --range")
    with client(face.home) as node:
        parts = entry_parts(node, entries, line, paths)
        parts += [range_part(node, text, line) for text in ranges]
        shown = ", ".join(paths) if paths else "every field"
        face.confirm(f"Disclose {shown} of {len(parts)} part(s) to whoever gets {out}?")
        told = node.call("disclose", parts=parts, bundle=len(parts) > 1)
    data = base64.b64decode(told["file"])
    out.write_bytes(data)
    if policy_out is not None:
        policy_out.write_text(told["policy"], "utf-8")
    value = {"file": str(out), "bytes": len(data), "policy": told["policy"]}
    face.give("disclosure", value, lambda: pairs([("file", out), ("bytes", len(data))]))


def entry_parts(
    node: Client, entries: tuple[str, ...], line: str | None, paths: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Each entry with the fields to show of it: a path goes to the entries that have it."""
    refs = [find(node, text, line).ref for text in entries]
    if not paths:
        return [{"kind": "proof", "ref": ref} for ref in refs]
    have = [set(node.call("show", ref=ref)["fields"]) for ref in refs]
    known = set[str]().union(*have)
    return [
        {"kind": "proof", "ref": ref, "paths": [p for p in paths if p in mine or p not in known]}
        for ref, mine in zip(refs, have, strict=True)
    ]


def range_part(node: Client, text: str, line: str | None) -> dict[str, Any]:
    """A range of one log, from its first entry to its last."""
    first, _, last = text.partition("..")
    start, end = find(node, first, line), find(node, last, line)
    if start.origin != end.origin or start.index > end.index:
        raise click.UsageError(f"--range {text}: two entries of one log, in order")
    return {"kind": "range", "origin": start.origin, "from": start.index, "to": end.index + 1}
