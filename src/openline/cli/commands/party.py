"""`openline party`: our card to give away, others' cards to add, compare and list.

Shapes   party rows are {"party", "standing", "digits", "cards", "urls", "officers"}
Units    comparison digits: six groups of five
Raises   what the node refuses: a look-alike name, digits that differ, two cards for one place
Source   docs/PROTOCOL.md part 4; docs/OPERATE.md, "Knowing each other"
Never    calls a party compared unless a person compared the digits
"""

import base64
from pathlib import Path
from typing import Any

import click

from openline.cli.ceremony import ceremony_options, finished, safe
from openline.cli.client import client
from openline.cli.face import Face, Group, heads, named, sure, table, with_face
from openline.cli.files import FILE, write_out
from openline.envelope.tls_key import pin_of
from openline.formats.coded import said, worded
from openline.formats.spell import b64

OUT = click.Path(dir_okay=False, path_type=Path)


@click.group(cls=Group)
def party() -> None:
    """Cards: ours to give, others' to add and compare."""


COLUMNS = (
    ("party", "word.party"), ("standing", "column.how-sure"), ("address", "column.address"),
    ("officers", "column.officers"),
)  # fmt: skip


@party.command("card")
@click.option("--out", type=OUT, help="Write the card file that the other party adds.")
@click.option("--qr", "with_qr", is_flag=True, help="Draw the code that the other party scans.")
@with_face
def card(face: Face, out: Path | None, with_qr: bool) -> None:
    """Our card: the digits to read out, the code to show, with --out the file to hand over.

    \b
    Example:  openline party card --out north.card --qr
    """
    from openline.cli.qr import drawn

    with client(face.home) as node:
        told = node.call("party_card")
    if out is not None:
        write_out(out, base64.b64decode(told["file"]))
        english = f"Written: {out}. Read the digits to the other party by voice."
        face.say(said("talk.read-digits", face.lang, english, out))
    rows = [
        ("party", "word.party", told["party"]),
        ("digits", "word.digits", told["digits"]),
        ("code", "column.scan-code", told["qr"]),
    ]
    code = drawn(told["qr"]) if with_qr else []
    face.give("party-card", told, lambda: [*named(rows, face.lang), *code])


@party.command("add")
@click.argument("file", type=FILE)
@with_face
def add(face: Face, file: Path) -> None:
    """Add another party's card from its file; it stays provisional until compared.

    \b
    Example:  openline party add south.card
    """
    args: dict[str, Any] = {"file": base64.b64encode(file.read_bytes()).decode()}
    if face.settings.is_on("yes"):
        args["meant"] = True
    with client(face.home) as node:
        row = node.call("party_add", **args)
    face.give("party", row, lambda: described(row, face.lang))
    if row["standing"] == "provisional":
        then = f"openline party compare {row['party']} DIGITS"
        english = f"Next: {then}, as they read them to you."
        face.say(said("talk.compare-next", face.lang, english, then))


@party.command("compare")
@click.argument("party_name", metavar="PARTY")
@click.argument("digits")
@with_face
def compare(face: Face, party_name: str, digits: str) -> None:
    """Check the DIGITS that PARTY reads to you, or the code scanned from its screen or paper.

    Over a path that is not the network.

    \b
    Example:  openline party compare south.example "25992 81934 10577 20411 66120 93745"
    """
    what = "code" if digits.startswith("openline:") else "digits"
    with client(face.home) as node:
        row = node.call("party_compare", party=party_name, **{what: digits})
    face.give("party", row, lambda: described(row, face.lang))


@party.command("list")
@with_face
def list_(face: Face) -> None:
    """All parties known here, and how sure we are of each.

    \b
    Example:  openline party list
    """
    with client(face.home) as node:
        told = node.call("party_list")
    rows = [
        [r["party"], sure_of(r, face.lang), ", ".join(r["urls"]), r["officers"]]
        for r in told["parties"]
    ]
    face.give("party-list", told, lambda: table(heads(COLUMNS, face.lang), rows))


@party.command("move")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--tls-key",
    "tls_keys",
    type=FILE,
    multiple=True,
    help="A PEM certificate or public key: only whoever has it answers there for others.",
)
@click.option("--unpin", is_flag=True, help="Name no TLS key; authorities vouch for it again.")
@ceremony_options
@with_face
def move(
    face: Face,
    urls: tuple[str, ...],
    tls_keys: tuple[Path, ...],
    unpin: bool,
    ceremony: Path | None,
    ceremony_passphrase_file: Path | None,
) -> None:
    """Put other addresses on our card; members learn them with the next hello.

    \b
    Example:  openline party move https://line.north.example --tls-key proxy.pem --tls-key next.pem
    """
    if tls_keys and unpin:
        raise click.UsageError("--tls-key names keys and --unpin none: give one of the two")
    pins = {"pins": [b64(pin_of(file.read_bytes())) for file in tls_keys]}
    with client(face.home) as node:
        told = node.call("party_move", urls=list(urls), **(pins if tls_keys or unpin else {}))
        told = finished(node, face, told, safe(ceremony, ceremony_passphrase_file))
    none = said("talk.none-pinned", face.lang, "none pinned")
    rows = [
        ("card", "word.card", told["card"]),
        ("address", "column.address", ", ".join(told["urls"])),
        ("TLS keys", "column.tls-keys", ", ".join(told["pins"]) or none),
    ]
    face.give("party-move", told, lambda: named(rows, face.lang))


def sure_of(row: dict[str, Any], lang: str) -> str:
    """How sure we are of a party; of ourselves in the words of the data."""
    if row["standing"] == "self":
        return worded("heard.this-node", lang, "self")
    return sure(row["standing"], lang)


def described(row: dict[str, Any], lang: str) -> list[str]:
    """One party in lines."""
    return named(
        [
            ("party", "word.party", row["party"]),
            ("standing", "column.how-sure", sure_of(row, lang)),
            ("digits", "word.digits", row["digits"]),
            ("cards", "column.cards", row["cards"]),
            ("officers", "column.officers", row["officers"]),
            ("address", "column.address", ", ".join(row["urls"]) or "-"),
        ],
        lang,
    )
