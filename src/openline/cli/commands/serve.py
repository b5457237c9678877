"""`openline serve`: run the node until it is stopped.

Shapes   one line on stdout when it is ready: where it listens
Units    none
Raises   what the node refuses at start: folder in use, port taken, clock unsure, old library
Source   docs/OPERATE.md, "Running"
Never    returns while something acknowledged is not on disk
"""

from typing import Any

import click

from openline.cli.face import Command, Face, with_face
from openline.formats.coded import worded
from openline.formats.terms import ENGLISH


@click.command(cls=Command)
@click.option("--listen", metavar="HOST:PORT", help="Another address than the one given to init.")
@click.option("--desk", metavar="HOST:PORT", help="Serve the desk to browsers here.")
@with_face
def serve(face: Face, listen: str | None, desk: str | None) -> None:
    """Run the node in this terminal; Ctrl-C or SIGTERM stops it cleanly.

    \b
    Example:  openline serve --home north
    """
    from openline.cli.client import NoNode
    from openline.cli.commands.restore import receive_only
    from openline.node import serve as run

    if not face.home.is_dir():
        raise NoNode(f"{face.home}: no such folder")

    def ready(told: dict[str, Any]) -> None:
        shown = f"{told['party']} listens on {told['listen']}"
        if face.lang != ENGLISH:
            listens = worded("column.listens-on", face.lang, "")
            shown = f"{told['party']}: {listens}: {told['listen']}"
        face.give("serve", told, lambda: [shown])
        if told["desk"]:
            face.say(f"{worded('column.desk', face.lang, 'Desk')}: {told['desk']}")
        for title in told["receive_only"]:
            face.warn(f"{title}: {receive_only(face.lang)}")

    run(face.home, listen=listen or "", desk=desk or "", on_ready=ready)
