"""A notice on its way out: where, when, and in which status, taken from the fields of a message.

Shapes   notice_of(...) -> Notice; refuse_mixed(notices) -> the one status of all
Units    unix seconds UTC; degrees are integers of 1e-7
Raises   MixedStatus
Source   docs/DESIGN.md, "Exercise is never mistaken for real"; docs/decisions/0014
Never    puts exercise and actual into one file; never exports a field that was withheld
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.area import read_area
from openline.formats.foreign.heard import Window, Zone
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import parse_utc

_WINDOW: Final = re.compile(r"(?P<prefix>(?:.*\.)?)(?P<group>window|alternate)\.\d+\.from")


class MixedStatus(OpenlineError):
    """An export would hold notices of lines of different status, exercise and actual."""

    code: ClassVar[str] = "formats.mixed-status"
    remedy: ClassVar[str] = "Export each line on its own; an exercise never shares a file."


class NothingToExport(OpenlineError):
    """No notice on these lines can be written in the notation that was asked for."""

    code: ClassVar[str] = "formats.nothing-to-export"
    remedy: ClassVar[str] = "Choose another notation, or a line with notices in force."


@dataclass(frozen=True, slots=True)
class Notice:
    """One message as exports need it. `name` is PARTY:NUMBER."""

    status: str
    title: str
    name: str
    party: str
    format: str
    written_s: int
    state: str
    subject: str
    rows: tuple[tuple[str, str, str], ...]
    zones: tuple[Zone, ...]
    cancels: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """What stands before everything else, empty only on an actual line."""
        return "" if self.status == "actual" else self.status.upper()

    @property
    def marked_subject(self) -> str:
        """The subject with the status before it."""
        return f"{self.mark}: {self.subject}" if self.mark else self.subject


def refuse_mixed(notices: Sequence[Notice]) -> str:
    """The status of all notices; there is one."""
    found = sorted({notice.status for notice in notices})
    if not found:
        raise NothingToExport("no notice to export")
    if len(found) > 1:
        raise MixedStatus(f"these lines are of status {' and '.join(found)}")
    return found[0]


def zones_of(fields: Mapping[str, Value]) -> tuple[Zone, ...]:
    """Every area of a message with the windows that stand beside it, else those of the message."""
    windows = list(_windows(fields))
    whole = [window for prefix, window in windows if not prefix]
    zones: list[Zone] = []
    for path, value in fields.items():
        if not isinstance(value, dict) or "points" not in value:
            continue
        try:
            area = read_area(value)
        except Malformed:
            continue
        prefix = path.rpartition(".")[0]
        prefix = f"{prefix}." if prefix else ""
        beside = [window for of, window in windows if prefix and of == prefix]
        name = fields.get(f"{prefix}name") if prefix else path
        zones.append(Zone(str(name or path), (area,), tuple(beside or whole)))
    return tuple(zones)


def _windows(fields: Mapping[str, Value]) -> Iterable[tuple[str, Window]]:
    """Pairs of from and until with the prefix of what they belong to."""
    for path in fields:
        match = _WINDOW.fullmatch(path)
        if match is None and path != "from" and not path.endswith(".from"):
            continue
        until = f"{path[:-4]}until"
        start_s, end_s = _time(fields.get(path)), _time(fields.get(until))
        if start_s is None or (until in fields and end_s is None):
            continue
        prefix = match["prefix"] if match else path[:-4]
        yield prefix, Window(start_s, end_s, match is not None and match["group"] == "alternate")


def _time(value: Value | None) -> int | None:
    try:
        return parse_utc(value) if isinstance(value, str) else None
    except Malformed:
        return None
