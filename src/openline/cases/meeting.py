"""One message that another one comes near: which, how far, and during what time.

Shapes   Meeting.row() -> what lists and JSON have of it; spoken(row, say) -> one line, of
         called(row, say) and extent(row)
Units    metres; times in rows as RFC 3339 UTC text, "" for an open end
Raises   nothing: the rows are this program's own
Source   docs/DESIGN.md, "The watch"; docs/decisions/0072-sentences-by-code.md
Never    makes a sentence of it: names, numbers and times read alike in every language
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openline.cases import shown
from openline.cases.entry import Entry
from openline.formats.legible import date_time_group
from openline.formats.spell import parse_utc

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Meeting:
    """The other message as its line calls it, and the nearest of what the two take at one time;
    `term` names its form, "" where the form is not known here."""

    entry: Entry
    number: str
    term: str
    distance_m: int
    start_s: int
    end_s: int | None

    def row(self) -> dict[str, Any]:
        """The same for lists and JSON."""
        return {
            "number": self.number,
            "ref": [*self.entry.ref],
            "format": self.entry.format,
            "term": self.term,
            "subject": shown.subject(self.entry.fields),
            "distance_m": self.distance_m,
            "from": shown.spelled(self.start_s),
            "until": shown.spelled(self.end_s),
        }


def spoken(row: Row, say: Callable[[str], str]) -> str:
    """All of it in one line; `say` gives the label of a term."""
    return f"{called(row, say)}: {extent(row)}"


def called(row: Row, say: Callable[[str], str]) -> str:
    """Form, number and subject of the other message."""
    form = say(row["term"]) if row["term"] else row["format"]
    return " · ".join(filter(None, (form, row["number"], row["subject"])))


def extent(row: Row) -> str:
    """How far away it is, and from when to when both are there."""
    until = date_time_group(parse_utc(row["until"])) if row["until"] else "…"
    return f"{row['distance_m']} m, {date_time_group(parse_utc(row['from']))} – {until}"
