"""`openline registers LINE`: what a line holds, by register; one register in full with --show.

Shapes   data is the operation's table of registers, or {"register", "rows"} with --show
Units    times as RFC 3339 UTC text
Raises   BadField for a register that does not exist
Source   docs/cases.md
Never    adds up what two parties claim
"""

from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face
from openline.cli.fields import BadField
from openline.cli.register_tables import lines_of


@click.command(cls=Command)
@click.argument("line")
@click.option("--show", "name", metavar="REGISTER", help="One register in full.")
@with_face
def registers(face: Face, line: str, name: str | None) -> None:
    """Show how much stands in each register of LINE; with --json all there is.

    \b
    Example:  openline registers "North-South" --show guarantees
    """
    with client(face.home) as node:
        told = node.call("registers", line=line)
    if name is None:
        rows = [[key, size(value)] for key, value in told.items()]
        face.give("registers", told, lambda: table(["register", "rows"], rows))
        return
    if name not in told:
        raise BadField(f"{name[:40]!r}: one of {', '.join(told)}")
    value = {"register": name, "rows": told[name]}
    face.give("register", value, lambda: lines_of(name, told[name], face.lang))


def size(value: Any) -> int:
    """How many rows a register has, however it is divided."""
    if isinstance(value, dict):
        rows = [part for part in value.values() if isinstance(part, list)]
        return sum(len(part) for part in rows)
    return len(value)
