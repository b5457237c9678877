"""`openline pass-on ENTRY`: say to which echelons a message was passed on (A3).

Shapes   sends core/pass-on@1
Units    none
Raises   NoSuchEntry; what the officer or the node refuses
Source   docs/GLOSSARY.md, "ladder"
Never    claims that an echelon agreed
"""

import click

from openline.cli.face import Command, Face, with_face
from openline.cli.local_times import MOMENT
from openline.cli.replies import Options, now, reply, reply_options


@click.command(cls=Command, name="pass-on")
@click.option("--to", "echelons", multiple=True, required=True, help="An echelon that has it now.")
@click.option("--at", "at_time", type=MOMENT, metavar="TIME", help="When (default: now).")
@reply_options
@with_face
def pass_on(face: Face, echelons: tuple[str, ...], at_time: str | None, options: Options) -> None:
    """Say to whom ENTRY was passed on.

    \b
    Example:  openline pass-on north.example:1.4 --to "air defence, sector 3"
              --officer clara.officer
    """
    said = {"echelons": list(echelons), "at_time": at_time or now()}
    reply(face, "core/pass-on@1", "-", said, options)
