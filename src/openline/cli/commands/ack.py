"""`openline ack ENTRY`: the duty position says that it received a message (A1).

Shapes   sends core/acknowledge@1
Units    none
Raises   NoSuchEntry; what the officer or the node refuses
Source   docs/GLOSSARY.md, "ladder"
Never    says understood, passed on or agreed: those are other messages
"""

import click

from openline.cli.face import Command, Face, with_face
from openline.cli.local_times import MOMENT
from openline.cli.replies import Options, now, reply, reply_options

CLASSES = ("received", "received-not-understood", "garbled")


@click.command(cls=Command)
@click.option(
    "--class", "answer", type=click.Choice(CLASSES), default="received", show_default=True
)
@click.option("--position", default="Duty officer", show_default=True, help="Who received it.")
@click.option("--at", "at_time", type=MOMENT, metavar="TIME", help="When (default: now).")
@reply_options
@with_face
def ack(face: Face, answer: str, position: str, at_time: str | None, options: Options) -> None:
    """Say that the duty position received ENTRY.

    \b
    Example:  openline ack north.example:1.4 --officer clara.officer
    """
    said = {"position": position, "at_time": at_time or now()}
    reply(face, "core/acknowledge@1", answer, said, options)
