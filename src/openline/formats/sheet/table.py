"""A row of a table from outside, and what is wrong with a field of it.

Shapes   Row(number, cells) · Cell(text, kind) · Fault(row, column, code, sentence)
Units    rows count as a person sees them, the heading being row 1
Raises   BadTable for a file that cannot be read as a table at all
Source   docs/decisions/0014-foreign-notations.md, "Tables"
Never    drops a row: a row is read, or it has a fault that names it
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.errors import OpenlineError

ROWS_MAX: Final = 100_000
COLUMNS_MAX: Final = 200
CELL_CHARACTERS_MAX: Final = 20_000
FILE_BYTES_MAX: Final = 64 * 1024 * 1024


class BadTable(OpenlineError):
    """A file that cannot be read as a table, or only by a guess that a person has to make."""

    code: ClassVar[str] = "formats.bad-table"
    remedy: ClassVar[str] = "Say in the column map what is meant, or save the table as UTF-8 CSV."

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `kind` is text, number, date or formula; a date's text is ISO, without a zone."""

    text: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the heading, by the names of its columns."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong with one field of one row; an empty column means the row as a whole."""

    row: int
    column: str
    code: str
    sentence: str


def heading(names: list[str]) -> list[str]:
    """The names of the columns: at least one, none empty, none twice."""
    found = [" ".join(name.split()) for name in names]
    while found and not found[-1]:
        found.pop()
    if not found:
        raise BadTable("no-heading", "the first row names no column")
    if len(found) > COLUMNS_MAX:
        raise BadTable("too-many-columns", f"more than {COLUMNS_MAX} columns")
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        named = twice[0] or "(empty)"
        raise BadTable("column-twice", f"two columns are named {named[:40]!r}")
    return found
