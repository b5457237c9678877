"""`openline answer ENTRY CLASS`: answer a message (A4).

Shapes   sends core/answer@1; for the class `guarantee` sends core/guarantee@1
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry, a usage error for a guarantee without its bounds
Source   docs/GLOSSARY.md, "answer"
Never    gives a guarantee by accident: it has its own form, bounds and two officers
"""

import click

from openline.cli.face import Command, Face, with_face
from openline.cli.local_times import MOMENT
from openline.cli.replies import Options, only_given, reply, reply_options, text_value

GUARANTEE = "guarantee"
CLASSES = (
    "noted-without-guarantee",
    "accepted",
    "conditional",
    "alternative-proposed",
    "declined",
    "cannot-process",
    "postponed",
    "under-study",
    "not-within-our-obligations",
    "answered-elsewhere",
    GUARANTEE,
)


@click.command(cls=Command)
@click.option("--text", help="What else is said, in the language of --lang.")
@click.option("--conditions", help="For `conditional`.")
@click.option("--alternative", help="For `alternative-proposed`.")
@click.option("--scope", help="For `guarantee`: what exactly is guaranteed.")
@click.option("--from", "from_", type=MOMENT, metavar="TIME", help="For `guarantee`: from when.")
@click.option(
    "--until", type=MOMENT, metavar="TIME", help="Until when the answer or guarantee holds."
)
@click.option("--authority", help="By whose authority.")
@reply_options
@click.argument("answer_class", metavar="CLASS", type=click.Choice(CLASSES))
@with_face
def answer(
    face: Face,
    answer_class: str,
    options: Options,
    text: str | None,
    conditions: str | None,
    alternative: str | None,
    scope: str | None,
    from_: str | None,
    until: str | None,
    authority: str | None,
) -> None:
    """Answer ENTRY with a CLASS; `openline formats show core/answer@1` lists them.

    \b
    Example:  openline answer north.example:1.4 noted-without-guarantee
              --text "Noted. No permission, no guarantee." --officer clara.officer
    """
    if answer_class == GUARANTEE:
        if not (scope and from_ and until):
            raise click.UsageError("a guarantee needs --scope, --from and --until")
        bounds = {"scope": scope, "from": from_, "until": until, "authority": authority}
        reply(face, "core/guarantee@1", GUARANTEE, only_given(bounds), options)
        return
    if scope or from_:
        raise click.UsageError("--scope and --from belong to the class `guarantee`")
    said = {
        "text": text_value(text),
        "conditions": text_value(conditions),
        "alternative": text_value(alternative),
        "until": until,
        "authority": authority,
    }
    reply(face, "core/answer@1", answer_class, only_given(said), options)
