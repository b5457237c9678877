"""What was read back otherwise than it was told, in the reader's words.

Shapes   differences(speakers, rows of the ladder) -> Words, a line for each difference
Units    positions are shown in degrees with N, S, E or W
Raises   nothing: a value of no known item is shown as its JSON
Source   docs/cases.md, "The ladder"
Never    says which of the two is right
"""

from collections.abc import Iterable
from typing import Final

from openline.cases.documents.parts import Row, Speakers, form_of, toned
from openline.formats.area import read_area
from openline.formats.document.model import ALARM, Line, Span, Words
from openline.formats.document.speaker import Speaker
from openline.formats.legible import show_json, show_position
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.render import spoken

# Types whose values are codes for the reader, and fill one line.
_SPOKEN: Final = frozenset({"code", "time", "bool", "int"})


def differences(of: Speakers, rows: Iterable[Row]) -> Words:
    """What was read back otherwise than it was told: to be seen at once."""
    found: list[Line] = []
    for row in rows:
        for odd in row["a2"].get("differs", []):
            for speaker in of:
                found.append(toned(_difference(speaker, row, odd), ALARM))
    return tuple(dict.fromkeys(found))


def _difference(speaker: Speaker, row: Row, odd: Row) -> Line:
    told, form, path = odd.get("told"), form_of(row), odd["path"]
    return (
        *speaker.party(row["party"]),
        Span(", ", speaker.lang),
        *speaker.item(form, path),
        Span(": ", speaker.lang),
        *speaker.say("word.read"),
        Span(" "),
        *_one(speaker, form, path, odd["read"]),
        Span("; ", speaker.lang),
        *speaker.say("word.told"),
        Span(" "),
        *(_one(speaker, form, path, told) if told is not None else (Span("–"),)),
    )


def _one(speaker: Speaker, format_id: str, path: str, value: Value) -> Line:
    """One value on one line: a code, a time or a truth in the reader's words."""
    form = speaker.forms(format_id)
    item = form.item(path) if form is not None else None
    if item is None or item.type not in _SPOKEN:
        return (Span(plain_value(value)),)
    lines = spoken(item, value, speaker)
    return tuple(span for line in lines for span in line)


def plain_value(value: Value) -> str:
    """A value without its item; a place has its letters, and whatever else differs stays seen."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return show_json(value)
    try:
        area = read_area(value)
    except Malformed:
        return show_json(value)
    rest = {key: more for key, more in value.items() if key != "points"}
    positions = ", ".join(show_position(*point) for point in area.points)
    return f"{positions} {show_json(rest)}" if rest else positions
