"""`openline stamp`: a witness's signature on a line's head by hand, where no network leads to it.

Shapes   data is {"heads", "witnesses"}; with --request {"witness", "size", "request"}; with
         --answer {"witness", "origin", "size"}
Units    sizes count entries
Raises   what the node refuses: a witness that the charter does not name, an answer that is not its
Source   docs/OPERATE.md, "A stamp by hand"
Never    writes over a file
"""

from pathlib import Path

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, heads, in_fives, named, table, with_face
from openline.cli.files import FILE, write_out
from openline.formats.spell import b64, unb64

HEADS = (
    ("log of", "column.log-of"), ("entries", "column.entries"), ("digits", "word.digits"),
    ("signed by", "column.signed-by"),
)  # fmt: skip
OUT = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.argument("line")
@click.option("--witness", metavar="NAME", help="A witness that the charter of LINE names.")
@click.option("--request", type=OUT, help="Write here what NAME is to sign, or what it answered.")
@click.option("--answer", type=FILE, help="What NAME answered to the file of --request.")
@with_face
def stamp(
    face: Face, line: str, witness: str | None, request: Path | None, answer: Path | None
) -> None:
    """Show the heads of LINE; have NAME sign ours by way of two files.

    The digits of a head may be read out, printed or deposited with a notary as well: whoever has
    the log can show later that they are of this head.

    \b
    Example:  openline stamp "North-South" --witness witness.example --request head.request
              openline stamp "North-South" --witness witness.example --request head.request \\
                --answer head.answer
    """
    if (witness is None) != (request is None) or (answer is not None and request is None):
        raise click.UsageError("--witness and --request go together, --answer with both")
    with client(face.home) as node:
        if witness is None or request is None:
            told = node.call("stamp_heads", line=line)
            rows = [
                [h["party"], h["size"], in_fives(h["digits"]), ", ".join(h["signed_by"]) or "-"]
                for h in told["heads"]
            ]
            shown = table(heads(HEADS, face.lang), rows)
            by = [("witnesses", "column.witnesses", ", ".join(told["witnesses"]) or "-")]
            face.give("stamp", told, lambda: [*shown, "", *named(by, face.lang)])
        elif answer is None:
            told = node.call("stamp_ask", line=line, witness=witness)
            write_out(request, unb64(str(told["request"])))
            asked = [
                ("file", "word.file", str(request)),
                ("for", "column.for-whom", told["witness"]),
                ("entries", "column.entries", told["size"]),
            ]
            face.give("stamp-request", told, lambda: named(asked, face.lang))
        else:
            files = {"request": b64(request.read_bytes()), "answer": b64(answer.read_bytes())}
            told = node.call("stamp_take", line=line, witness=witness, **files)
            kept = [
                ("signed by", "column.signed-by", told["witness"]),
                ("entries", "column.entries", told["size"]),
            ]
            face.give("stamp-answer", told, lambda: named(kept, face.lang))
