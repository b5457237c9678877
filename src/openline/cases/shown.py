"""What an entry shows at a path, or nothing: readers that no counterpart's value can break.

Shapes   each takes an entry's shown fields and a path and gives one plain type
Units    times are unix seconds UTC
Raises   nothing: a value of another type reads as an absent one
Source   docs/formats.md (types of items)
Never    reads `hidden`: what only this node knows moves nothing
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from openline.cases.entry import Entry, Ref
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import parse_utc, utc

# Paths that say how a message is handled, not what it tells: nobody reads them back.
HANDLING: Final = frozenset(
    {"precedence", "to", "info", "exempt", "relation", "authority", "source", "mark", "remark"}
    | {"basis", "reached", "takes_effect"}
    | {"expires"}
)
# By what a list names a message: its subject, the name that it gives a thing, else its words.
SUBJECTS: Final = (
    "subject", "title", "site", "movement", "corridor", "list", "incident", "activities", "text",
    "agreement",
)  # fmt: skip
_HEADER_FIELDS: Final = 6

Fields = Mapping[str, Value]


def string(fields: Fields, path: str) -> str:
    """A string, or ""."""
    value = fields.get(path)
    return value if isinstance(value, str) else ""


def texts(fields: Fields, path: str) -> Value:
    """A text (list of renderings) or a one-line string as it stands; [] when absent."""
    value = fields.get(path)
    return value if isinstance(value, (str, list)) else []


def subject(fields: Fields) -> Value:
    """What a list shows of a message: a text or one line as it stands, [] where it has none."""
    return next((told for path in SUBJECTS if (told := titled(fields.get(path)))), [])


def titled(value: Value | None) -> Value:
    """A value by which something is named in a list: one line, or a text whose parts say their
    languages; [] for anything else."""
    if isinstance(value, str):
        return value
    return [
        part
        for part in (value if isinstance(value, list) else [])
        if isinstance(part, dict)
        if isinstance(part.get("lang"), str) and isinstance(part.get("text"), str)
    ]


def strings(fields: Fields, path: str) -> tuple[str, ...]:
    """The strings of a list, or ()."""
    value = fields.get(path)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def integer(fields: Fields, path: str) -> int:
    """An integer, or 0."""
    value = fields.get(path)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def flag(fields: Fields, path: str) -> bool:
    """Whether the value is exactly true."""
    return fields.get(path) is True


def time_s(fields: Fields, path: str) -> int | None:
    """A time, or None; `*` in a path stands for any row, and the earliest time counts."""
    if "*" not in path:
        return seconds(fields.get(path))
    times = [seconds(value) for each, value in fields.items() if _anywhere(path).fullmatch(each)]
    return min((each for each in times if each is not None), default=None)


@lru_cache(maxsize=256)
def _anywhere(path: str) -> re.Pattern[str]:
    """Paths of any row of a group."""
    return re.compile(re.escape(path).replace(r"\*", "[1-9][0-9]*"))


def seconds(value: Value | None) -> int | None:
    """A UTC text as seconds, or None."""
    if not isinstance(value, str):
        return None
    try:
        return parse_utc(value)
    except Malformed:
        return None


def amounts(fields: Fields, path: str) -> tuple[tuple[str, int], ...]:
    """Pairs of a category and a number."""
    value = fields.get(path)
    found = []
    for each in value if isinstance(value, list) else []:
        match each:
            case [str(category), int(number)] if not isinstance(number, bool):
                found.append((category, number))
    return tuple(found)


def rows(fields: Fields, path: str) -> tuple[dict[str, Value], ...]:
    """The rows of a repeatable group, `path.1.item` first; what stands after a gap is no row."""
    found: list[dict[str, Value]] = []
    by_row: dict[str, dict[str, Value]] = {}
    for each, value in fields.items():
        if each.startswith(f"{path}."):
            number, _, item = each[len(path) + 1 :].partition(".")
            by_row.setdefault(number, {})[item] = value
    while (row := by_row.get(str(len(found) + 1))) is not None:
        found.append(row)
    return tuple(found)


def refs(fields: Fields, path: str) -> tuple[Ref, ...]:
    """References, as content fields hold them."""
    value = fields.get(path)
    found = []
    for each in value if isinstance(value, list) else []:
        match each:
            case [str(origin), int(index)] if not isinstance(index, bool):
                found.append(Ref(origin, index))
    return tuple(found)


def content(entry: Entry) -> dict[str, Value]:
    """What the message tells, without how it is to be handled."""
    return {p: v for p, v in sorted(entry.fields.items()) if p not in HANDLING}


def withheld_count(entry: Entry) -> int:
    """How many content fields are withheld; the releases, withheld as a rule, do not count.

    The releases stand behind `expires`, the last content field; so an index belongs to the
    content while fewer shown content fields stand before it than there are. Of an erased entry
    nothing is left by which to tell the two apart.
    """
    if entry.state == "erased":
        return 0
    if "expires" not in entry.fields:
        return len(entry.withheld)
    shown = len(entry.fields)
    return sum(1 for i, at in enumerate(sorted(entry.withheld)) if at - _HEADER_FIELDS - i < shown)


def written(entry: Entry) -> tuple[str, int, str, int]:
    """The place of an entry in the record of its party: what its own log says is later."""
    return entry.party, entry.counter, entry.nonce, entry.ref.index


@lru_cache(maxsize=16_384)
def spelled(at_s: int | None) -> str:
    """A time as text, "" for none; a claim beyond the calendar is shown as the number it is."""
    if at_s is None:
        return ""
    try:
        return utc(at_s)
    except Malformed:
        return str(at_s)
