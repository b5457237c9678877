"""The forms and words that a command works with: the built-in ones and the node's own.

Shapes   forms() -> Packs of the node that the running command means
         class_term(format id, class) -> the term of a class of a form, "" where it has none;
         form_name(format id, lang) -> what a list calls a form
Units    none
Raises   nothing: a pack with a fault is left out, see Packs.left_out
Source   docs/formats.md, "A pack of your own"
Never    needs a node: without its folder the built-in packs answer
"""

from pathlib import Path
from typing import Final

import click

from openline.cli.face import HOME
from openline.exchange.membership.own_packs import packs_of
from openline.formats.pack import Packs, load_packs
from openline.formats.terms import ENGLISH

PACKS: Final = "openline.packs"


def forms() -> Packs:
    """The packs of the node of this command, read once; outside a command, the built-in ones."""
    context = click.get_current_context(silent=True)
    home = context.meta.get(HOME) if context is not None else None
    if context is None or not isinstance(home, Path):
        return load_packs()
    held = context.meta.get(PACKS)
    if not isinstance(held, Packs):
        held = context.meta[PACKS] = packs_of(home)
    return held


def class_term(format_id: str, answer: str) -> str:
    """What a form calls one of its classes; a matter that has stages is in one of them."""
    form = forms().format(format_id)
    return (form.class_term(answer) if form is not None else None) or ""


def form_name(format_id: str, lang: str) -> str:
    """A form in a list: its id in English, as commands take it; else its name for the reader."""
    packs = forms()
    form = packs.format(format_id) if lang != ENGLISH else None
    return format_id if form is None else str(packs.terms.label(form.term, lang))
