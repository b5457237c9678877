"""`openline drop DRAFT`: throw away a draft that nobody shall sign.

Shapes   data is {"draft"}
Units    none
Raises   NoSuchDraft, Declined
Source   docs/OPERATE.md, "Saying something"
Never    touches what was released: that stays in the record
"""

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, named, with_face
from openline.formats.coded import said, worded


@click.command(cls=Command)
@click.argument("draft_id", metavar="DRAFT")
@with_face
def drop(face: Face, draft_id: str) -> None:
    """Throw DRAFT away, unsent; drafts stand in `openline queue --drafts`.

    \b
    Example:  openline drop 5b1c09d2a4f7
    """
    with client(face.home) as node:
        found = node.call("draft_show", draft=draft_id)
        given = int(found["releases"])
        signed = f", which {given} officer{'s' * (given > 1)} signed" if given else ""
        short = found["draft"][:12]
        beside = [f"{worded('word.signed', face.lang, '')}: {given}"] if given else []
        english = f"Throw draft {short} away{signed}?"
        face.confirm(said("ask.drop-draft", face.lang, english, short, *beside))
        told = node.call("draft_drop", draft=found["draft"])
    rows = [("dropped", "column.dropped", told["draft"])]
    face.give("draft-drop", told, lambda: named(rows, face.lang))
