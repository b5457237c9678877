"""How a person names an entry: `PARTY:NUMBER` on a line, or the full `ORIGIN:INDEX`.

Shapes   find(client, text, line) -> Place(ref, line); Place.ref is [origin, index]
Units    a number is `<epoch>.<index>`, the epoch with a letter where two share a counter
Raises   NoSuchEntry, WhichEntry
Source   docs/PROTOCOL.md part 5, "Numbers"
Never    guesses between two lines: it names them and asks for --line
"""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from openline.cli.client import Client
from openline.errors import OpenlineError

_NUMBER: Final = re.compile(r"(?P<party>[a-z0-9.-]+):(?P<epoch>[0-9]+[a-z]?)\.(?P<index>[0-9]+)")
_FULL: Final = re.compile(r"(?P<origin>[a-z0-9.-]+/openline/[a-z2-7]{52}):(?P<index>[0-9]+)")


class NoSuchEntry(OpenlineError):
    """No entry here has the name that was given."""

    code: ClassVar[str] = "cli.no-such-entry"
    remedy: ClassVar[str] = "Names stand in `openline queue` and `openline cases`."


class WhichEntry(OpenlineError):
    """Entries of several lines have the name that was given."""

    code: ClassVar[str] = "cli.which-entry"
    remedy: ClassVar[str] = "Add --line LINE: each line numbers its messages by itself."


@dataclass(frozen=True, slots=True)
class Place:
    """An entry and the line it stands on."""

    origin: str
    index: int
    line: str

    @property
    def ref(self) -> list[Any]:
        return [self.origin, self.index]


def find(client: Client, text: str, line: str | None) -> Place:
    """The entry that a person means."""
    lines = [line] if line else [row["line"] for row in client.call("line_list")["lines"]]
    found = []
    for each in lines:
        shown = client.call("line_show", line=each)
        for log in shown["logs"]:
            index = matches(text, log)
            if index is not None:
                found.append(Place(log["origin"], index, shown["line"]))
    if len(found) == 1:
        return found[0]
    if not found:
        raise NoSuchEntry(f"{text[:160]!r}: no such entry on {'this line' if line else 'any line'}")
    ids = ", ".join(place.line[:12] for place in found)
    raise WhichEntry(f"{text[:160]!r}: stands on {len(found)} lines: {ids}")


def matches(text: str, log: dict[str, Any]) -> int | None:
    """The index in this log that the text names, or None."""
    match = _FULL.fullmatch(text)
    if match is not None:
        index = int(match["index"])
        return index if match["origin"] == log["origin"] and index < log["entries"] else None
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise NoSuchEntry(f"{text[:160]!r}: neither PARTY:NUMBER nor ORIGIN:INDEX")
    index = int(match["index"])
    same = match["party"] == log["party"] and match["epoch"] == str(log["epoch"])
    return index if same and index < log["entries"] else None


def name(party: str, number: str) -> str:
    """How lists write an entry, so that it can be typed back."""
    return f"{party}:{number}"
