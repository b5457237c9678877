"""The forms and words that a command works with: the built-in ones and the node's own.

Shapes   forms() -> Packs of the node that the running command means
Units    none
Raises   nothing: a pack with a fault is left out, see Packs.left_out
Source   docs/formats.md, "A pack of your own"
Never    needs a node: without its folder the built-in packs answer
"""

from pathlib import Path

import click

from openline.cli.face import HOME
from openline.exchange.membership.own_packs import packs_of
from openline.formats.pack import Packs, load_packs


def forms() -> Packs:
    """The packs of the node of this command; outside a command, the built-in ones."""
    context = click.get_current_context(silent=True)
    home = context.meta.get(HOME) if context is not None else None
    return packs_of(home) if isinstance(home, Path) else load_packs()
