"""What stands on the command line for a message, turned into its fields.

Shapes   read_fields(form, texts, file, lang) -> {path: value}
         PATH=VALUE by the item's type · PATH@LANG=VALUE one language of a text ·
         PATH@LANG.official=VALUE with its status · PATH:=JSON as it stands
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
from openline.formats.form import Format
from openline.formats.place.read import read_place

Value = Any
TEXT_STATUSES: Final = ("original", "official", "courtesy")
FILE_BYTES_MAX: Final = 1024 * 1024
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


def read_fields(
    form: Format | None, texts: Iterable[str], file: Path | None, lang: str
) -> dict[str, Value]:
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
        if match["sign"] == ":=":
            fields[path] = from_json(path, said)
        elif match["lang"]:
            part = text_part(path, match["lang"], match["status"], said, is_first=is_first)
            fields[path] = [part] if is_first else [*as_list(path, fields[path]), part]
        else:
            value = typed(form, path, said, lang)
            repeats = form is not None and (item := form.item(path)) and item.repeatable
            fields[path] = (
                [*as_list(path, fields[path]), *value] if repeats and not is_first else value
            )
    return fields


def typed(form: Format | None, path: str, said: str, lang: str) -> Value:
    """A value spelled as the form asks; text where the form is not known."""
    item = form.item(path) if form is not None else None
    kind = item.type if item is not None else "string"
    if kind == "text":
        return [text_part(path, lang, None, said, is_first=True)]
    value: Value = said
    if kind == "int":
        if not re.fullmatch(r"-?[0-9]+", said):
            raise BadField(f"{path}: {said[:40]!r} is not a whole number")
        value = int(said)
    elif kind == "time" and is_local(said):
        value = utc_of(said)
    elif kind == "bool":
        if said not in ("true", "false"):
            raise BadField(f"{path}: true or false")
        value = said == "true"
    elif kind == "area" and not said.lstrip().startswith("{"):
        value = area_value(Area((read_place(said).point,)), said)
    elif kind in ("area", "amount", "ref", "reading", "opening"):
        value = from_json(path, said)
    return [value] if item is not None and item.repeatable else value


def text_part(path: str, lang: str, status: str | None, said: str, *, is_first: bool) -> Value:
    """One language of a free text; the first is the original unless it says otherwise."""
    if status is not None and status not in TEXT_STATUSES:
        raise BadField(f"{path}@{lang}.{status}: one of {', '.join(TEXT_STATUSES)}")
    return {
        "lang": lang,
        "status": status or ("original" if is_first else "courtesy"),
        "text": said,
    }


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
        raise BadField(f"{path}: not JSON: {error}") from None


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
