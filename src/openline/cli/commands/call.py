"""`openline call ENTRY CLASS`: enter that somebody rang about a message, and what came of it.

Shapes   sends core/call@1
Units    none
Raises   NoSuchEntry; what the officer or the node refuses
Source   docs/cases.md, "Flash"
Never    counts as a receipt or an answer: it is the word of who rang
"""

import click

from openline.cli.face import Command, Face, with_face
from openline.cli.local_times import MOMENT
from openline.cli.replies import Options, now, only_given, reply, reply_options, text_value

CLASSES = ("answered", "unanswered", "refused", "fault")


@click.command(cls=Command)
@click.option("--position", required=True, help="Who was rung, by position.")
@click.option("--at", "at_time", type=MOMENT, metavar="TIME", help="When (default: now).")
@click.option("--text", help="What was said, or the reason of a refusal.")
@reply_options
@click.argument("answer", metavar="CLASS", type=click.Choice(CLASSES))
@with_face
def call(
    face: Face,
    answer: str,
    position: str,
    at_time: str | None,
    text: str | None,
    options: Options,
) -> None:
    """Enter a telephone call about ENTRY: answered, unanswered, refused or fault.

    \b
    Example:  openline call north.example:1.4 unanswered --position "Duty officer"
              --officer anna.officer
    """
    said = {"position": position, "at_time": at_time or now(), "text": text_value(text)}
    reply(face, "core/call@1", answer, only_given(said), options)
