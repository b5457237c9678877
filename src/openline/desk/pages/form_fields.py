"""A form in a browser: which inputs a format has, and the values that its inputs give.

Shapes   inputs(form, w, given) -> rows for the template; values(form, given) -> (fields, flaws)
Units    times are typed as UTC, degrees as decimal degrees
Raises   nothing: what cannot be read is a flaw at its field
Source   docs/formats.md, "Types"
Never    checks meaning: `formats/check.py` does, when the draft is made
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from openline.desk.acts import Json
from openline.desk.pages.look import Words
from openline.formats.form import Format, Item
from openline.formats.openjson import Value

# Which input a type is typed into; everything else is one line of text.
INPUTS: Final = {
    "text": "text",
    "text-or-string": "text",
    "block": "block",
    "code": "code",
    "time": "time",
    "int": "int",
    "bool": "bool",
    "area": "area",
}
PARTS_MAX: Final = 4
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?Z?")
_DEGREE: Final = re.compile(r"([+-]?)(\d{1,3})(?:\.(\d{1,7}))?")
_UNIT_DIGITS: Final = 7


class Unread(ValueError):
    """What was typed is not spelled as the field asks; the text says how it is."""


def inputs(
    form: Format, words: Words, given: Mapping[str, str], flaws: Mapping[str, str]
) -> list[Json]:
    """Every item as the template needs it, with what was typed before."""
    return [
        {
            "number": item.number,
            "path": item.path,
            "label": words.term(item.term),
            "input": INPUTS.get(item.type, "line"),
            "type": item.type,
            "required": item.required,
            "repeatable": item.repeatable,
            "withheld": f"w.{item.path}" in given if given else item.withheld,
            "unit": words.term(f"unit.{item.unit}") if item.unit else "",
            "codes": [(code, words.term(term)) for code, term in item.codes],
            "value": given.get(f"f.{item.path}", ""),
            "parts": parts(item, given, words.lang),
            "area": {name: given.get(f"f.{item.path}.{name}", "") for name in ("points", "radius")},
            "flaw": flaws.get(item.path, ""),
        }
        for item in (*form.items, *common_of(form))
    ]


def common_of(form: Format) -> tuple[Item, ...]:
    """Items of the pack's header, where the form has none of its own at the same path."""
    own = {item.path for item in form.items}
    return tuple(item for item in form.common if item.path not in own)


def parts(item: Item, given: Mapping[str, str], lang: str) -> list[Json]:
    """The languages of a free text: the original, and those that a person added."""
    if INPUTS.get(item.type) != "text":
        return []
    found = []
    for n in range(1, PARTS_MAX + 1):
        prefix = f"f.{item.path}.{n}."
        if n == 1 or given.get(f"{prefix}text"):
            found.append(
                {
                    "n": n,
                    "lang": given.get(f"{prefix}lang", lang),
                    "status": given.get(f"{prefix}status", "original" if n == 1 else "courtesy"),
                    "text": given.get(f"{prefix}text", ""),
                }
            )
    if len(found) < PARTS_MAX:
        more = len(found) + 1
        found.append({"n": more, "lang": "", "status": "courtesy", "text": ""})
    return found


def values(form: Format, given: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
    """The fields that were filled in, and a flaw for each that cannot be read."""
    fields: dict[str, Value] = {}
    flaws: dict[str, str] = {}
    for item in (*form.items, *common_of(form)):
        try:
            value = read(item, given)
        except Unread as unread:
            flaws[item.path] = str(unread)
        else:
            if value is not None:
                fields[item.path] = value
    return fields, flaws


def withheld(form: Format, given: Mapping[str, str], fields: Mapping[str, Value]) -> list[str]:
    """The filled-in paths that the author withholds."""
    return [item.path for item in form.items if f"w.{item.path}" in given and item.path in fields]


def read(item: Item, given: Mapping[str, str]) -> Value | None:
    """The value of one item, None where nothing was entered."""
    if INPUTS.get(item.type) == "text":
        return read_text(item, given)
    if item.type == "area":
        return read_area(item, given)
    typed = given.get(f"f.{item.path}", "")
    if item.type != "block":
        typed = typed.strip()
    if not typed:
        return None
    if not item.repeatable:
        return READERS.get(item.type, as_text)(typed)
    rows = [row.strip() for row in typed.split("\n") if row.strip()]
    return [READERS.get(item.type, as_text)(row) for row in rows]


def as_text(typed: str) -> Value:
    return typed


def read_time(typed: str) -> Value:
    match = _TIME.fullmatch(typed)
    if match is None:
        raise Unread("a time is written 2026-05-01 14:30, in UTC")
    return f"{match[1]}T{match[2]}{match[3] or ':00'}Z"


def read_int(typed: str) -> Value:
    if not re.fullmatch(r"[0-9]{1,15}", typed):
        raise Unread("a whole number is expected")
    return int(typed)


def read_bool(typed: str) -> Value:
    return typed == "true"


def read_amount(typed: str) -> Value:
    category, colon, count = typed.rpartition(":")
    if not colon:
        raise Unread("one line each: category: number")
    return [category.strip(), read_int(count.strip())]


def read_ref(typed: str) -> Value:
    origin, space, index = typed.rpartition(" ")
    if not space:
        raise Unread("an entry is written: origin, a space, index")
    return [origin.strip(), read_int(index)]


READERS: Final[Mapping[str, Callable[[str], Value]]] = {
    "time": read_time,
    "int": read_int,
    "bool": read_bool,
    "amount": read_amount,
    "ref": read_ref,
}


def read_text(item: Item, given: Mapping[str, str]) -> Value | None:
    """The parts of a free text, each with language and status."""
    found: list[Value] = []
    for n in range(1, PARTS_MAX + 1):
        prefix = f"f.{item.path}.{n}."
        said = given.get(f"{prefix}text", "").strip()
        if said:
            lang = given.get(f"{prefix}lang", "").strip()
            if not lang:
                raise Unread("say in which language this is")
            status = given.get(f"{prefix}status", "original")
            found.append({"lang": lang, "status": status, "text": said})
    return found or None


def read_area(item: Item, given: Mapping[str, str]) -> Value | None:
    """Positions, one a line as latitude, longitude in decimal degrees; perhaps a radius."""
    typed = given.get(f"f.{item.path}.points", "").strip()
    radius = given.get(f"f.{item.path}.radius", "").strip()
    if not typed:
        return None
    points: list[Value] = []
    for row in typed.split("\n"):
        latitude, comma, longitude = row.partition(",")
        if not comma:
            raise Unread("one position a line: latitude, longitude, such as 48.2082, 16.3738")
        points.append([degrees(longitude.strip()), degrees(latitude.strip())])
    area: dict[str, Value] = {"points": points}
    if radius:
        area["radius_m"] = read_int(radius)
    return area


def degrees(typed: str) -> int:
    """Decimal degrees as units of 1e-7, without a float in between."""
    match = _DEGREE.fullmatch(typed)
    if match is None:
        raise Unread(f"{typed[:30]!r}: decimal degrees with at most seven decimals are expected")
    units = int(match[2]) * 10**_UNIT_DIGITS + int((match[3] or "").ljust(_UNIT_DIGITS, "0"))
    return -units if match[1] == "-" else units
