"""What stands on the command line for a message, turned into its fields.

Shapes   read_fields(form, texts, file) -> {path: value}; in_language(fields, lang) -> the same
         spelled(item) -> an example, as it stands after --field
         PATH=VALUE by the item's type · PATH@LANG=VALUE one language of a text ·
         PATH@LANG.official=VALUE with its status · PATH:=JSON as it stands
         a text without LANG has the language UNSAID until `in_language` says which it is; an entry
         stands as it was named until `formats.meant.with_entries` looks it up
Units    times are written as RFC 3339 UTC, as in the message, or as a local time with its zone
Raises   BadField, BadLocalTime
Source   docs/OPERATE.md, "Fields on the command line"
Never    checks meaning: the node's own check judges what was read
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from openline.cli.local_times import is_local, utc_of
from openline.errors import OpenlineError
from openline.formats.area import Area, area_value
from openline.formats.form import Format, Item
from openline.formats.place.datum import BadDatum
from openline.formats.place.read import BadPlace, read_place

Value = Any
UNSAID: Final = ""
SEVERAL_PLACES: Final = 'A track is "A; B; C"; a ring ends as it began: "A; B; C; A".'
TEXT_STATUSES: Final = ("original", "official", "courtesy")
FILE_BYTES_MAX: Final = 1024 * 1024
_AMOUNT: Final = re.compile(r"(?P<category>[^:]+): ?(?P<number>[0-9]+)")
_WIDE: Final = re.compile(r"(?P<places>.+), *(?P<radius>[0-9]+) ?(?P<unit>k?m)")
# A time to the minute, which is enough: the seconds are then none.
_TO_THE_MINUTE: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)Z")
TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}
# What else is JSON where it is not spelled in a shorter way.
JSON_KINDS: Final = frozenset({"area", "amount", "reading", "opening", "attachment"})
# One value per type, as a person writes it after --field.
EXAMPLES: Final = {
    "text": '="Words as they are signed"',
    "text-or-string": '="A short phrase"',
    "string": '="One line"',
    "block": '="Lines"',
    "slug": "=bridge-1",
    "time": "=2030-12-01T08:00:00Z",
    "day": "=12-31",
    "int": "=2",
    "bool": "=yes",
    "hash": f"={'A' * 43}=",
    "party": "=north.example",
    "area": '="35.0867N 33.1750E, 150 m"',
    "amount": "=tanks:31",
    "ref": "=north.example:1.4",
    "reading": ':=\'["place","Riverside"]\'',
    "attachment": f':=\'{{"age":"{"A" * 43}=","name":"a.jpg","plain":"{"A" * 43}=","size":4096}}\'',
    "opening": f':=\'["north.example/openline/{"a" * 52}",1,9,"{"A" * 43}=","place","A"]\'',
}
_FIELD: Final = re.compile(
    r"(?P<path>[a-z0-9._-]{1,100}?)(?:@(?P<lang>[a-z]{2,3})(?:\.(?P<status>[a-z]+))?)?"
    r"(?P<sign>:?=)(?P<value>.*)",
    re.DOTALL,
)


class BadField(OpenlineError):
    """A field on the command line cannot be read."""

    code: ClassVar[str] = "cli.bad-field"
    remedy: ClassVar[str] = (
        "Write PATH=VALUE, PATH@LANG=TEXT or PATH:=JSON; see `openline formats`."
    )


def read_fields(form: Format | None, texts: Iterable[str], file: Path | None) -> dict[str, Value]:
    """All fields of a message: the file's first, then what the command line says."""
    fields = read_file(file) if file is not None else {}
    given: set[str] = set()
    for text in texts:
        match = _FIELD.fullmatch(text)
        if match is None:
            raise BadField(f"{text[:80]!r}: not PATH=VALUE")
        path, said = match["path"], match["value"]
        is_first = path not in given
        given.add(path)
        if not is_first and not match["lang"] and not repeats(form, path):
            raise BadField(f"{path}: given twice, and it has one value")
        if match["sign"] == ":=":
            fields[path] = from_json(path, said)
        elif match["lang"]:
            part = text_part(path, match["lang"], match["status"], said, is_first=is_first)
            fields[path] = [part] if is_first else [*as_list(path, fields[path]), part]
        else:
            value = typed(form, path, said)
            before = [] if is_first else as_list(path, fields[path])
            fields[path] = [*before, *as_list(path, value)] if before else value
    return fields


def repeats(form: Format | None, path: str) -> bool:
    """Whether an item may be given several times, one value each."""
    item = form.item(path) if form is not None else None
    return item is not None and item.repeatable


def typed(form: Format | None, path: str, said: str) -> Value:
    """A value spelled as the form asks; text where the form is not known."""
    item = form.item(path) if form is not None else None
    kind = item.type if item is not None else "string"
    if kind == "text":
        return [text_part(path, UNSAID, None, said, is_first=True)]
    value: Value = said
    if kind == "int":
        if not re.fullmatch(r"-?[0-9]+", said):
            raise BadField(f"{path}: {said[:40]!r} is not a whole number")
        value = int(said)
    elif kind == "time":
        value = utc_of(said) if is_local(said) else _TO_THE_MINUTE.sub(r"\1:00Z", said)
    elif kind == "bool":
        if said.lower() not in TRUTHS:
            raise BadField(f"{path}: yes or no")
        value = TRUTHS[said.lower()]
    elif kind == "area" and not said.lstrip().startswith("{"):
        value = area(path, said)
    elif kind == "amount" and not said.lstrip().startswith("["):
        value = amount(path, said)
    elif kind in JSON_KINDS or (kind == "ref" and said.lstrip().startswith("[")):
        value = from_json(path, said)
    return [value] if item is not None and item.repeatable else value


def area(path: str, said: str) -> Value:
    """A place; a track `A; B; C`; a ring `A; B; C; A`; each perhaps with how far around it, as in
    `35.0867N 33.1750E, 150 m`.
    """
    found, radius_m = _WIDE.fullmatch(said), 0
    if found is not None:
        radius_m = int(found["radius"]) * (1_000 if found["unit"] == "km" else 1)
    places = said if found is None else found["places"]
    try:
        points = tuple(read_place(each.strip()).point for each in places.split(";"))
    except (BadPlace, BadDatum) as fault:
        raise BadField(f"{path}: {fault}. {fault.remedy} {SEVERAL_PLACES}") from None
    return area_value(Area(points, radius_m), said)


def amount(path: str, said: str) -> Value:
    """How many of what: `tanks:31`."""
    found = _AMOUNT.fullmatch(said)
    if found is None:
        raise BadField(f"{path}: {said[:40]!r} is not CATEGORY:NUMBER, as in tanks:31")
    return [found["category"], int(found["number"])]


def spelled(item: Item) -> str:
    """How a person writes a value of this item: a code as its first code, a row as the first."""
    written = f"={item.codes[0][0]}" if item.codes else EXAMPLES[item.type]
    if item.repeatable and written.startswith(":='"):
        written = f":='[{written[3:-1]}]'"
    return item.path.replace(".N.", ".1.") + written


def text_part(path: str, lang: str, status: str | None, said: str, *, is_first: bool) -> Value:
    """One language of a free text; the first is the original unless it says otherwise."""
    if status is not None and status not in TEXT_STATUSES:
        raise BadField(f"{path}@{lang}.{status}: one of {', '.join(TEXT_STATUSES)}")
    return {
        "lang": lang,
        "status": status or ("original" if is_first else "courtesy"),
        "text": said,
    }


def lacks_language(fields: Mapping[str, Value]) -> list[str]:
    """The paths of texts whose language nobody has said."""
    return [path for path, value in fields.items() if any(is_unsaid(part) for part in parts(value))]


def in_language(fields: Mapping[str, Value], lang: str) -> dict[str, Value]:
    """The same fields, with that language for texts whose language nobody has said."""
    said = dict(fields)
    for path in lacks_language(fields):
        said[path] = [{**p, "lang": lang} if is_unsaid(p) else p for p in parts(fields[path])]
    return said


def parts(value: Value) -> list[Value]:
    """A text's parts; nothing for what is no list."""
    return value if isinstance(value, list) else []


def is_unsaid(part: Value) -> bool:
    return isinstance(part, Mapping) and part.get("lang") == UNSAID


def as_list(path: str, value: Value) -> list[Value]:
    """What is there already, when more of it comes."""
    if not isinstance(value, list):
        raise BadField(f"{path}: given twice, and it is not a list")
    return value


def from_json(path: str, said: str) -> Value:
    """A value that was given as JSON; a name twice is refused, as in a message."""
    try:
        return json.loads(said, object_pairs_hook=once)
    except ValueError as error:
        raise BadField(
            f"{path}: {said[:40]!r} is not JSON ({error}); `openline formats show` has an example"
        ) from None


def once(members: list[tuple[str, Value]]) -> dict[str, Value]:
    """A JSON object whose names are distinct."""
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a name occurs twice")
    return found


def decoded(path: Path, data: bytes) -> str:
    """A file's bytes as text."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadField(f"{path}: not UTF-8 text") from None


def read_file(path: Path) -> dict[str, Value]:
    """Fields from a JSON file: one object from path to value."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise BadField(f"{path}: longer than {FILE_BYTES_MAX} bytes")
    try:
        value = json.loads(path.read_text("utf-8"), object_pairs_hook=once)
    except ValueError as error:
        raise BadField(f"{path}: not JSON: {error}") from None
    if not isinstance(value, Mapping):
        raise BadField(f"{path}: one object from path to value is expected")
    return dict(value)
