"""`openline registers LINE`: what a line holds, by register; one register in full with --show.

Shapes   data is the operation's table of registers, or {"register", "rows"} with --show
Units    times as RFC 3339 UTC text
Raises   BadField for a register that does not exist
Source   docs/cases.md
Never    adds up what two parties claim
"""

from typing import Any

import click

from openline.cli.cases import in_language
from openline.cli.clean import clean
from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face
from openline.cli.fields import BadField

# Names of logs, which a number stands for; and the part of a value that says most about it.
LONG = ("case", "ref", "refs")
TELLING = ("class", "result", "echelons", "time", "last_test", "deemed")


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
    face.give("register", value, lambda: lines_of(told[name], face.lang))


def lines_of(register: Any, lang: str) -> list[str]:
    """A register as tables: one for each list of rows in it."""
    if isinstance(register, list):
        return rows_of(register, lang)
    lines: list[str] = []
    for key, value in register.items():
        if isinstance(value, list):
            lines += ["", f"{key}:", *(f"  {line}" for line in rows_of(value, lang))]
        else:
            lines.append(f"{key}: {cell(value, lang)}")
    return lines


def rows_of(rows: list[Any], lang: str) -> list[str]:
    """Rows as a table of what they have; where a number is, the log's long name is left out."""
    if not rows:
        return ["none"]
    if not all(isinstance(row, dict) for row in rows):
        return [cell(row, lang) for row in rows]
    keys = dict.fromkeys(key for row in rows for key in row)
    columns = [key for key in keys if key not in (LONG if "number" in keys else ())]
    heads = [key.replace("_", " ") for key in columns]
    return table(heads, [[cell(row.get(key, ""), lang) for key in columns] for row in rows])


def cell(value: Any, lang: str) -> str:
    """One value in a table: of what has parts the one that says most, of rows how many."""
    if isinstance(value, dict):
        parts = [value[key] for key in TELLING if key in value]
        return cell(parts[0], lang) if parts else "-"
    if isinstance(value, list):
        if value and all(isinstance(one, dict) and {"lang", "text"} <= one.keys() for one in value):
            return clean(in_language(value, lang))
        is_plain = not any(isinstance(one, dict | list) for one in value)
        return clean("; ".join(map(str, value)) if is_plain else str(len(value))) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value)) or "-"


def size(value: Any) -> int:
    """How many rows a register has, however it is divided."""
    if isinstance(value, dict):
        rows = [part for part in value.values() if isinstance(part, list)]
        return sum(len(part) for part in rows)
    return len(value)
