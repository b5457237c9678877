"""`openline verifier-page`: write the one HTML file with which anybody checks a disclosure.

Shapes   data is {"file", "bytes", "sha256"}
Units    bytes
Raises   nothing of its own
Source   docs/PROTOCOL.md part 9; docs/decisions/0050-a-verifier-of-one-file.md
Never    needs a node, and writes nothing of this node into the page: it is the same for everybody
"""

import hashlib
from pathlib import Path

import click

from openline.cli.face import Command, Face, named, with_face
from openline.cli.files import write_out

OUT = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.option(
    "--out",
    type=OUT,
    default=Path("openline-verifier.html"),
    show_default=True,
    help="The page to write.",
)
@with_face
def verifier_page(face: Face, out: Path) -> None:
    """Write the verifier page: it checks a proof in a browser, from a file, without any server.

    \b
    Example:  openline verifier-page --out verifier.html
    """
    from openline.desk.verifier_page import verifier_page as page

    data = page()
    write_out(out, data)
    digest = hashlib.sha256(data).hexdigest()
    value = {"file": str(out), "bytes": len(data), "sha256": digest}
    rows = [
        ("file", "word.file", out),
        ("bytes", "word.bytes", len(data)),
        ("SHA-256", "SHA-256", digest),
    ]
    face.give("verifier-page", value, lambda: named(rows, face.lang))
