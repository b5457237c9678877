"""How a person names an entry: `PARTY:NUMBER` on a line, or the full `ORIGIN:INDEX`.

Shapes   find(client, text, line) -> Place(ref, line); Place.ref is [origin, index]
Units    a number is `<epoch>.<index>`, the epoch with letters where logs share a counter
Raises   NoSuchEntry, WhichEntry, WhichEpoch
Source   docs/PROTOCOL.md part 5, "Numbers"; docs/decisions/0087
Never    guesses between two lines, nor between two logs of one epoch number: it names them
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from openline.cli.client import Client
from openline.errors import OpenlineError
from openline.formats.numbers import Log, is_name, named, read


class NoSuchEntry(OpenlineError):
    """No entry here has the name that was given."""

    code: ClassVar[str] = "cli.no-such-entry"
    remedy: ClassVar[str] = "Names stand in `openline queue` and `openline cases`."


class WhichEntry(OpenlineError):
    """Entries of several lines have the name that was given."""

    code: ClassVar[str] = "cli.which-entry"
    remedy: ClassVar[str] = "Add --line LINE: each line numbers its messages by itself."


class WhichEpoch(OpenlineError):
    """Since another log with the same epoch number came to light, the name can mean more."""

    code: ClassVar[str] = "cli.which-epoch"
    remedy: ClassVar[str] = "Write one of the names that are offered; papers of before have both."


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
    if not is_name(text):
        raise NoSuchEntry(f"{text[:160]!r}: neither PARTY:NUMBER nor ORIGIN:INDEX")
    lines = [line] if line else [row["line"] for row in client.call("line_list")["lines"]]
    found, offered = [], list[str]()
    for each in lines:
        shown = client.call("line_show", line=each)
        logs = logs_of(shown)
        meant = read(text, logs.values())
        offered += [named(logs[origin], index, logs.values()) for origin, index in meant.offered]
        if meant.place is not None:
            found.append(Place(*meant.place, shown["line"]))
    if offered and not found:
        raise WhichEpoch(f"{text[:160]!r}: can mean {', '.join(offered)}")
    if not found:
        raise NoSuchEntry(f"{text[:160]!r}: no such entry on {'this line' if line else 'any line'}")
    if len(found) > 1 or offered:
        ids = ", ".join(place.line[:12] for place in found)
        more = f"; can mean {', '.join(offered)} as well" if offered else ""
        raise WhichEntry(f"{text[:160]!r}: stands on {len(found)} lines: {ids}{more}")
    return found[0]


def logs_of(shown: Mapping[str, Any]) -> dict[str, Log]:
    """The logs of a line by origin, as `line_show` gives them."""
    rows = (
        Log(row["origin"], row["party"], row["counter"], row["entries"]) for row in shown["logs"]
    )
    return {log.origin: log for log in rows}
