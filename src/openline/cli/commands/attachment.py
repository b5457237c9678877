"""`openline attachment`: the files that messages name: what is here of them, and into which file.

Shapes   data of list: {"attachments": [{"number", "name", "size", "state", "got", "holders",
         "lacking", ...}]}; of save: {"file", "name", "bytes", "plain"}
Units    bytes; hashes in hexadecimal
Raises   what the node refuses: not held, a file that is there
Source   docs/OPERATE.md, "Attachments"
Never    calls a file received because its message was
"""

from pathlib import Path
from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, heads, named, table, with_face
from openline.cli.places import find
from openline.formats.coded import said, worded

Json = dict[str, Any]
COLUMNS = (
    ("message", "word.message"), ("name", "column.file-name"),
    ("bytes sealed", "column.bytes-sealed"), ("here", "column.here"), ("held by", "head.held-by"),
    ("not yet said by", "column.not-said-by"), ("SHA-256", "SHA-256"),
)  # fmt: skip
# What a saved file is told with, by the name in the data.
SAVED = {
    "file": ("file", "word.file"), "name": ("name", "column.file-name"),
    "bytes": ("bytes", "word.bytes"), "plain": ("plain", "column.plain-digest"),
}  # fmt: skip
STATES = {
    "held": "yes",
    "wanted": "NOT YET",
    "unopened": "NOT OPEN YET: its key is asked for",
    "unopened-yes": "NOT OPEN: the other side must allow its key",
    "unopenable": "CANNOT BE OPENED: nobody has its key; ask for it anew",
    "refused": "REFUSED",
    "erased": "erased",
}
# What a member that has a file and cannot open it is waiting for.
KEYS = {
    "key-given": "cannot open it; its key was sent",
    "key-yes": "cannot open it; ring, then: openline link reseal",
    "key-gone": "cannot open it, and its key is not here: attach it anew",
}


@click.group(cls=Group)
def attachment() -> None:
    """Files that messages name; they are sent apart, and no receipt covers them."""


@attachment.command("list")
@click.argument("entry", required=False)
@click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")
@click.option("--missing", is_flag=True, help="Only files that are not here yet.")
@with_face
def list_(face: Face, entry: str | None, line: str | None, missing: bool) -> None:
    """Show the files of ENTRY, or of all messages: how much is here, and who holds them.

    \b
    Example:  openline attachment list --missing
    """
    with client(face.home) as node:
        args: Json = {"ref": find(node, entry, line).ref} if entry else {}
        told = node.call("attachments", missing=missing, **args)
    face.give("attachments", told, lambda: lines_of(told["attachments"], face.lang))


def lines_of(rows: list[Json], lang: str) -> list[str]:
    """How many are held, then one line for each."""
    held = sum(row["state"] == "held" for row in rows)
    head = worded("word.files-held", lang, "Files held here")
    shown = [
        [
            row["number"], row["name"], row["size"], here(row, lang), ", ".join(row["holders"]),
            lacking(row, lang), row["sha256"][:16],
        ]
        for row in rows
    ]  # fmt: skip
    return [f"{head}: {held} / {len(rows)}", *(table(heads(COLUMNS, lang), shown) if rows else [])]


def lacking(row: Json, lang: str) -> str:
    """Who did not say that it holds a file; of one that asked for its key what became of that."""
    keys = dict(row["keys"])
    told = [
        f"{party} ({worded(f'file.{keys[party]}', lang, KEYS[keys[party]])})"
        if party in keys
        else party
        for party in row["lacking"]
    ]
    return ", ".join(told) or "-"


def here(row: Json, lang: str) -> str:
    """What is here of a file; of one under way how many bytes."""
    state = str(row["state"])
    words = worded(f"file.{state}", lang, STATES[state]) if lang != "en" else STATES[state]
    return f"{words} ({row['got']} B)" if state == "wanted" and row["got"] else words


@attachment.command("save")
@click.argument("entry")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--name", default="", metavar="NAME", help="Which file, where ENTRY names several.")
@click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")
@click.option(
    "--sealed", is_flag=True, help="The sealed file itself, as its hash is in the record."
)
@with_face
def save(face: Face, entry: str, file: Path, name: str, line: str | None, sealed: bool) -> None:
    """Write a file that ENTRY names into FILE, after both of its hashes were checked.

    \b
    Example:  openline attachment save north.example:1.4 plate.jpg
    """
    with client(face.home) as node:
        place = find(node, entry, line).ref
        path = str(file.absolute())
        told = node.call("attachment_save", ref=place, file=path, name=name, sealed=sealed)
    rows = [(*SAVED[name], str(value)) for name, value in told.items()]
    face.give("attachment-save", told, lambda: named(rows, face.lang))
    if not sealed:
        english = f"{file} comes from another party: open it as you would open their mail."
        face.say(said("talk.foreign-file", face.lang, english, file))
