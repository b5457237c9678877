"""What was typed into a form as values, and values as what would be typed.

Shapes   values(form, given, lang) -> Filled; typed(form, fields) -> given, which undoes the first
Units    times are typed as UTC, degrees as decimal degrees
Raises   TooLong, CannotHold; what cannot be read is no error but a flaw at its field
Source   docs/formats.md, "Types"
Never    checks meaning: `formats/check.py` does, when the draft is made
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar, Final

from openline.desk.pages.form_fields import (
    INPUTS,
    PARTS_MAX,
    ROWS_MAX,
    Given,
    items_of,
    leaves,
    numbers,
)
from openline.desk.pages.typed_times import Unread, plain, read_time
from openline.desk.pages.typed_values import is_label, read_amount, read_int, read_points
from openline.errors import OpenlineError
from openline.formats import openjson
from openline.formats.area import HEIGHT_MAX_M, RADIUS_MAX_M
from openline.formats.check_value import TEXT_STATUSES
from openline.formats.form import GROUP, Format, Item
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value

# A page posts at most 2,000 inputs (visit.py); a form that is longer is imported.
INPUTS_MAX: Final = 1_900
# A text as messages show it.
_MARKED: Final = re.compile(
    r"\[(?P<lang>[a-z]{2,3}), ?(?P<status>[^\]\n]{1,60})\] ?(?P<text>.+)", re.DOTALL
)
_UNIT_DIGITS: Final = 7
# With fewer a place is too coarse to be read: `formats/place/read.py`.
_DECIMALS_MIN: Final = 4
# Three corners, and the first again.
_RING_MIN: Final = 4


class TooLong(OpenlineError):
    """A message has more rows than a page can hold."""

    code: ClassVar[str] = "desk.form-too-long"
    remedy: ClassVar[str] = "Tell it from a table: `openline import table`."


class CannotHold(OpenlineError):
    """A new version begun on a page would lose a part of what the message says."""

    code: ClassVar[str] = "desk.form-cannot-hold"
    remedy: ClassVar[str] = "Amend it with `openline amend`, which keeps every item as it is."


@dataclass(slots=True)
class Filled:
    """The fields that were filled in, and a flaw for each input that cannot be read.

    Rows that were left empty are no rows: those after them move up. `inputs` gives for a path of
    `fields` the path at which it was typed.
    """

    fields: dict[str, Value] = field(default_factory=dict)
    flaws: dict[str, Unread] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)

    def at(self, path: str) -> str:
        """Where on the page a field or a row of it was typed."""
        return self.inputs.get(path, path)


def values(form: Format, given: Given, lang: str = "") -> Filled:
    """What was filled in by somebody who works in a language."""
    filled = Filled()
    for item in items_of(form):
        _fill(item, item, given, lang, filled)
    return filled


def _fill(shown: Item, kept: Item, given: Given, lang: str, filled: Filled) -> bool:
    """Read one item as shown on the page into its place; whether anything was typed there."""
    filled.inputs[kept.path] = shown.path
    if shown.type != GROUP:
        try:
            value = read(shown, given, lang)
        except Unread as unread:
            filled.flaws[shown.path] = unread
            return True
        if value is not None:
            filled.fields[kept.path] = value
        return value is not None
    rows = 0
    for n in numbers(shown, given):
        place = rows + 1 if n else 0
        if n:
            filled.inputs[f"{kept.path}.{place}"] = f"{shown.path}.{n}"
        pairs = zip(shown.row(n), kept.row(place), strict=True)
        rows += sum(_fill(one, other, given, lang, filled) for one, other in pairs) > 0
    return rows > 0


def withheld(form: Format, given: Given, filled: Filled) -> list[str]:
    """The filled-in paths that the author withholds."""
    return [path for path in filled.fields if f"w.{filled.at(path)}" in given]


def read(item: Item, given: Given, lang: str = "") -> Value | None:
    """The value of one input, None where nothing was entered."""
    if INPUTS.get(item.type) == "text":
        return read_text(item, given)
    if item.type == "area":
        return read_area(item, given)
    if item.type == "code" and item.repeatable:
        codes: list[Value] = []
        codes.extend(code for code, _ in item.codes if f"f.{item.path}.code.{code}" in given)
        return codes or None
    entered = given.get(f"f.{item.path}", "")
    if item.type != "block":
        entered = entered.strip()
    if not entered:
        return None
    if not item.repeatable:
        return read_one(item, entered, lang)
    rows = [row.strip() for row in entered.split("\n") if row.strip()]
    return [read_one(item, row, lang) for row in rows]


def read_one(item: Item, entered: str, lang: str = "") -> Value:
    """A single value; a name of a code that stands in a list of words may be given by its label."""
    if item.type == "int":
        return read_int(entered, item.unit)
    if item.type == "time":
        return read_time(entered, lang)
    reader = READERS.get(item.type)
    return reader(entered) if reader else entered


def read_bool(entered: str) -> Value:
    return entered == "true"


def read_ref(entered: str) -> Value:
    """An entry by its place; as lists write it, it stays text until the line is asked for it."""
    origin, space, index = entered.rpartition(" ")
    if space:
        return [origin.strip(), read_int(index)]
    if ":" not in entered:
        raise Unread("ref")
    return entered


def read_attachment(entered: str) -> Value:
    """What a form holds of a file that was attached before: its names and hashes."""
    try:
        return openjson.decode(entered.encode())
    except Malformed:
        raise Unread("attachment") from None


READERS: Final[Mapping[str, Callable[[str], Value]]] = {
    "day": plain,
    "bool": read_bool,
    "amount": read_amount,
    "ref": read_ref,
    "attachment": read_attachment,
}


def read_text(item: Item, given: Given) -> Value | None:
    """The parts of a free text, each with language and status.

    A short phrase may stand without a language where the form takes one; nobody gives it another.
    """
    found: list[Value] = []
    for n in range(1, PARTS_MAX + 1):
        prefix = f"f.{item.path}.{n}."
        said = given.get(f"{prefix}text", "").strip()
        if said:
            lang = given.get(f"{prefix}lang", "").strip()
            status = given.get(f"{prefix}status", "original")
            lang, status, said = as_shown(lang, status, said)
            if not lang and (item.type != "text-or-string" or n > 1):
                raise Unread("language", typed=said[:40])
            found.append({"lang": lang, "status": status, "text": said})
    match found:
        case [{"lang": "", "text": str(phrase)}]:
            return phrase
        case [{"lang": "", "text": str(first)}, *_]:  # in which language is each of them?
            raise Unread("language", typed=first[:40])
    return found or None


def as_shown(lang: str, status: str, said: str) -> tuple[str, str, str]:
    """A text with the language and status that a message sets before it: [ar, original] …"""
    match = _MARKED.fullmatch(said)
    if match is None:
        return lang, status, said
    named = [each for each in TEXT_STATUSES if is_label(match["status"], f"text.{each}")]
    return (match["lang"], named[0], match["text"]) if named else (lang, status, said)


def read_area(item: Item, given: Given) -> Value | None:
    """Positions, one a line, in any spelling; perhaps radius, heights."""
    parts = {name: given.get(f"f.{item.path}.{name}", "").strip() for name in AREA_NUMBERS}
    entered = given.get(f"f.{item.path}.points", "").strip()
    if not entered:
        if any(parts.values()):
            raise Unread("no-position")
        return None
    area: dict[str, Value] = {"points": in_part("points", read_shape, entered)}
    for name, key in AREA_NUMBERS.items():
        if parts[name]:
            area[key] = in_part(name, read_metres, parts[name], name)
    lower, upper = area.get("lower_m"), area.get("upper_m")
    if isinstance(lower, int) and isinstance(upper, int) and upper < lower:
        raise Unread("upper-below", part="upper", typed=parts["upper"])
    reference = given.get(f"f.{item.path}.reference", "")
    if reference:
        area["reference"] = reference
    return area


AREA_NUMBERS: Final = {"radius": "radius_m", "lower": "lower_m", "upper": "upper_m"}


def read_shape(entered: str) -> Value:
    """Positions that make a point, a track or an area."""
    points = read_points(entered)
    for one, other in pairwise(points):
        if one == other:
            raise Unread("place-twice", typed=spell_point(one))
    if 1 < len(points) < _RING_MIN and points[0] == points[-1]:
        raise Unread("ring-corners")
    return points


def in_part(part: str, reader: Callable[..., Value], *typed: str) -> Value:
    """What a reader reads in one part of a field; its fault names the part."""
    try:
        return reader(*typed)
    except Unread as unread:
        raise unread.of(part) from None


def read_metres(entered: str, name: str) -> Value:
    """Whole metres; a height may lie below its reference, a radius is a length."""
    is_height = name != "radius"
    is_below = is_height and plain(entered).startswith("-")
    number = read_int(entered[1:] if is_below else entered, "m")
    most = HEIGHT_MAX_M if is_height else RADIUS_MAX_M
    if number > most:
        raise Unread("int-beyond", typed=entered[:40], most=most)
    return -number if is_below else number


# ---- the other way: a former message begins a new one -----------------------------------------


def typed(form: Format, fields: Mapping[str, Value], lang: str) -> dict[str, str]:
    """What somebody would type to say these fields; TooLong where a page cannot hold it."""
    given = dict(_rows(items_of(form), fields))
    for item in leaves(items_of(form), given):
        if item.path in fields:
            given.update(spelled(item, fields[item.path], lang))
    if len(given) > INPUTS_MAX:
        raise TooLong(f"{len(given)} inputs would be needed; a page holds {INPUTS_MAX}")
    return given


def refuse_loss(form: Format, fields: Mapping[str, Value], lang: str) -> None:
    """CannotHold where what would be typed does not say all of these fields: who begins a new
    version would leave a part out unseen. Blanks at its ends are no part of a text."""
    told = values(form, typed(form, fields, lang), lang).fields
    lost = [path for path in fields if path not in told or trim(told[path]) != trim(fields[path])]
    if lost:
        raise CannotHold(f"a page cannot hold all of {', '.join(lost)[:200]}")


def trim(value: Value) -> Value:
    """A value whose texts have no blanks at their ends."""
    match value:
        case str():
            return value.strip()
        case list():
            return [trim(each) for each in value]
        case dict():
            return {name: trim(each) for name, each in value.items()}
    return value


def _rows(items: Any, fields: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """How many rows each group has in these fields."""
    for item in items:
        if item.type != GROUP:
            continue
        rows = item.rows(fields)
        if item.repeatable and rows:
            if rows[-1] > ROWS_MAX:
                raise TooLong(f"{item.path} has {rows[-1]} rows; a page holds {ROWS_MAX}")
            yield f"n.{item.path}", str(rows[-1])
        for n in rows:
            yield from _rows(item.row(n), fields)


def spelled(item: Item, value: Value, lang: str) -> dict[str, str]:
    """One value as it is typed; a value of another type than the item says is left out."""
    name = f"f.{item.path}"
    if INPUTS.get(item.type) == "text":
        return spell_text(name, value, "" if item.type == "text-or-string" else lang)
    if item.type == "area":
        return spell_area(name, value)
    if item.type == "code" and item.repeatable:
        known = value if isinstance(value, list) else []
        return {f"{name}.code.{code}": "on" for code in known if isinstance(code, str)}
    if not item.repeatable:
        return {name: spell_one(item, value)}
    rows = value if isinstance(value, list) else []
    return {name: "\n".join(spell_one(item, row) for row in rows)}


def spell_one(item: Item, value: Value) -> str:
    """A single value of a type that is typed in one piece."""
    match item.type, value:
        case "time", str(time):
            spoken = time.replace("T", " ").removesuffix("Z")
            return spoken[:-3] if spoken.endswith(":00") and len(spoken) == 19 else spoken
        case "bool", bool(yes):
            return "true" if yes else "false"
        case "amount", [str(category), int(number)]:
            return f"{category}: {number}"
        case "attachment", dict():
            return openjson.encode(value).decode()
        case "ref", [str(origin), int(index)]:
            return f"{origin} {index}"
        case _, str() | int():
            return str(value)
        case _:
            return ""


def spell_text(name: str, value: Value, lang: str) -> dict[str, str]:
    """A free text part by part; `lang` is that of a phrase that names none."""
    if isinstance(value, str):
        value = [{"lang": lang, "status": "original", "text": value}]
    given = {}
    for n, part in enumerate(value if isinstance(value, list) else [], 1):
        if isinstance(part, dict) and n <= PARTS_MAX:
            for key in ("lang", "status", "text"):
                given[f"{name}.{n}.{key}"] = str(part.get(key, ""))
    return given


def spell_area(name: str, value: Value) -> dict[str, str]:
    """An area as positions, latitude first, with radius and heights."""
    if not isinstance(value, dict) or not isinstance(value.get("points"), list):
        return {}
    points = value["points"] if isinstance(value["points"], list) else []
    given = {f"{name}.points": "\n".join(filter(None, map(spell_point, points)))}
    for part, key in AREA_NUMBERS.items():
        if key in value:
            given[f"{name}.{part}"] = str(value[key])
    if "reference" in value:
        given[f"{name}.reference"] = str(value["reference"])
    return given


def spell_point(point: Value) -> str:
    """A position, latitude first; "" for what is none."""
    match point:
        case [int(longitude), int(latitude)]:
            return f"{decimal(latitude)}, {decimal(longitude)}"
        case _:
            return ""


def decimal(units: int) -> str:
    """Units of 1e-7 degree as decimal degrees, exact enough to be read again."""
    whole, part = divmod(abs(units), 10**_UNIT_DIGITS)
    decimals = f"{part:07}".rstrip("0").ljust(_DECIMALS_MIN, "0")
    return f"{'-' if units < 0 else ''}{whole}.{decimals}"
