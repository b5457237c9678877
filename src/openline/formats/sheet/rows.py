"""Rows of a table as the fields of messages, by a column map and the items of a form.

Shapes   read_row(row, form, plan, area) -> Message(row, fields) | tuple of Fault
Units    times become RFC 3339 UTC; degrees become integers of 1e-7
Raises   nothing: what is wrong with a row is a Fault with its row and column
Source   docs/decisions/0014-foreign-notations.md, "Tables"
Never    guesses: day and month, decimal comma, digits, zone and hemisphere are stated or asked
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from openline.errors import OpenlineError
from openline.formats.area import Area, area_value
from openline.formats.check import check
from openline.formats.form import Format, Item
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.place.read import BadPlace, read_place
from openline.formats.sheet.column_map import ColumnMap, Source
from openline.formats.sheet.table import CELL_CHARACTERS_MAX, Cell, Fault, Row
from openline.formats.spell import parse_utc

_ARABIC: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.")
_SLASHED: Final = re.compile(
    r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T](\d{1,2}):(\d\d)(?::(\d\d))?)?"
)
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?(?P<zone>Z|[+-]\d\d:\d\d)?")
_DAY_ALONE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:Z|[+-]\d\d:\d\d)?")
_ORDERS: Final = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}
_YES: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class _Wrong(ValueError):
    """What is wrong with one cell, inside this module only."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """A row as the fields of one message."""

    row: int
    fields: Mapping[str, Value]


def read_row(
    row: Row, form: Format, plan: ColumnMap, area: Area | None
) -> Message | tuple[Fault, ...]:
    """The message that a row says, or everything that is wrong with it."""
    fields: dict[str, Value] = {}
    faults: list[Fault] = []
    for path, source in plan.fields.items():
        item = form.item(path)
        named = source.column or source.place or source.latitude or path
        if item is None:
            faults.append(Fault(row.number, named, "unknown-path", f"{form.id} has no {path}"))
            continue
        try:
            value = _value(item, source, row, plan, area)
        except _Wrong as wrong:
            faults.append(Fault(row.number, named, wrong.code, str(wrong)))
            continue
        if value is not None:
            fields[path] = value
    if faults:
        return tuple(faults)
    columns = {path: s.column or s.place or s.latitude or path for path, s in plan.fields.items()}
    found = tuple(
        Fault(
            row.number, columns.get(flaw.path, flaw.path), flaw.code, f"{flaw.path} {flaw.sentence}"
        )
        for flaw in check(form, plan.answer, fields, drafting=True)
    )
    return found or Message(row.number, fields)


def _value(
    item: Item, source: Source, row: Row, plan: ColumnMap, area: Area | None
) -> Value | None:
    """One field, or None where its cell is empty."""
    if source.is_geometry:
        if area is None:
            raise _Wrong("no-geometry", "the feature has no geometry that is read")
        return area_value(area)
    if item.type == "area":
        return _place(source, row, plan)
    text = source.text or _cell(row, source.column, plan)
    if not text:
        return None
    if item.repeatable:
        parts = text.split(source.split) if source.split else [text]
        return [_single(item, source, part.strip(), plan) for part in parts if part.strip()]
    return _single(item, source, text, plan)


def _cell(row: Row, column: str, plan: ColumnMap) -> str:
    """The text of a cell; what is no plain value is refused by name."""
    cell = row.cells.get(column, Cell(""))
    text = cell.text.strip()
    if cell.kind == "formula" or (cell.kind == "text" and text.startswith("=")):
        raise _Wrong("formula", "a formula: only its result may stand there, as a value")
    if cell.kind == "error":
        raise _Wrong("bad-cell", f"the sheet itself shows an error: {text[:20]!r}")
    if len(text) > CELL_CHARACTERS_MAX:
        raise _Wrong("too-long", f"longer than {CELL_CHARACTERS_MAX} characters")
    if plan.digits == "arabic-indic":
        text = text.translate(_ARABIC)
    return text


def _single(item: Item, source: Source, text: str, plan: ColumnMap) -> Value:
    """One value by the type of its item."""
    if item.type == "code":
        return source.codes.get(text, text)
    if item.type in ("text", "text-or-string"):
        if item.type == "text-or-string":
            return text
        part: Value = {"lang": plan.lang, "status": "original", "text": text}
        return [part]
    if item.type == "int":
        return _whole(text)
    if item.type == "bool":
        if text.lower() not in _YES:
            raise _Wrong("bad-value", f"{text[:20]!r} is not true or false")
        return _YES[text.lower()]
    if item.type == "time":
        return _time(text, plan)
    if item.type in ("string", "block", "slug", "day", "hash", "party"):
        return text
    raise _Wrong("unknown-path", f"an item of type {item.type} cannot come from a table")


def _whole(text: str) -> int:
    if not text.isascii() and text.isdecimal():
        raise _Wrong("foreign-digits", "digits other than 0-9: say `digits` in the map")
    if not re.fullmatch(r"\d{1,15}", text):
        raise _Wrong("bad-value", f"{text[:20]!r} is not a whole number from 0")
    return int(text)


def _time(text: str, plan: ColumnMap) -> str:
    """A time in UTC; without a zone only if the map says which, never by guessing an order."""
    try:
        parse_utc(text)
    except Malformed:
        pass
    else:
        return text
    typed, iso = text, _ISO.fullmatch(text)
    if iso is None:
        text = _ordered(text, plan)
    if _DAY_ALONE.fullmatch(text):
        raise _Wrong("bad-value", f"{typed[:30]!r} is a day without its hour: write the hour too")
    if iso is None or iso["zone"] is None:
        if plan.zone != "UTC":
            raise _Wrong("ask-zone", 'a time without its zone: say `zone = "UTC"` in the map')
        text += "Z"
    try:
        moment = datetime.fromisoformat(text.replace(" ", "T"))
        offset = moment.utcoffset()
        if offset is None:
            raise ValueError("no zone")
        return (moment - offset).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    except (ValueError, OverflowError):
        raise _Wrong("bad-value", f"{typed[:30]!r} is no day or hour that exists") from None


def _ordered(text: str, plan: ColumnMap) -> str:
    """A date with its parts in the order that the map states."""
    match = _SLASHED.fullmatch(text)
    if match is None:
        raise _Wrong("bad-value", f"{text[:30]!r} is not a time")
    if plan.dates not in _ORDERS:
        raise _Wrong("ask-date-order", f"{text[:30]!r}: say `dates` in the map (dmy, mdy or ymd)")
    year, month, day = (match[1 + place] for place in _ORDERS[plan.dates])
    if len(year) != 4 or len(month) > 2 or len(day) > 2:
        raise _Wrong("bad-value", f"{text[:30]!r} is not in the order {plan.dates}")
    date = f"{year}-{int(month):02d}-{int(day):02d}"
    hour, minute, second = match[4], match[5], match[6] or "00"
    return f"{date}T{int(hour):02d}:{minute}:{second}" if hour else date


def _place(source: Source, row: Row, plan: ColumnMap) -> Value | None:
    """An area of one point, with the text that was typed and its radius."""
    if source.place:
        typed = _decimals(_cell(row, source.place, plan), plan)
    elif source.latitude:
        axes = ((source.latitude, "NS"), (source.longitude, "EW"))
        parts = [_axis(row, column, letters, plan) for column, letters in axes]
        typed = " ".join(parts) if all(parts) else ""
        if not typed and any(parts):
            raise _Wrong("half-place", "only one of latitude and longitude is there")
    else:
        raise _Wrong(
            "unknown-path", "an area comes from place, latitude with longitude, or geometry"
        )
    if not typed:
        return None
    try:
        place = read_place(typed, plan.datum)
    except BadPlace as error:
        raise _Wrong(error.reason, str(error)) from None
    except OpenlineError as error:
        raise _Wrong("bad-datum", str(error)) from None
    return area_value(Area((place.point,), _radius(source, row, plan)), typed)


def _axis(row: Row, column: str, letters: str, plan: ColumnMap) -> str:
    """One number of a column that the map calls latitude or longitude, with its letter."""
    text = _decimals(_cell(row, column, plan), plan)
    match = re.fullmatch(r"([+-]?)(\d{1,3}(?:\.\d{1,15})?)°?", text)
    if not text or match is None:
        return text
    digits = match[2][: match[2].find(".") + 13] if "." in match[2] else match[2]
    return f"{digits}{letters[match[1] == '-']}"


def _decimals(text: str, plan: ColumnMap) -> str:
    """With decimal points: commas only become points when the map says that they are such."""
    return re.sub(r"(?<=\d),(?=\d)", ".", text) if plan.decimal == "," else text


def _radius(source: Source, row: Row, plan: ColumnMap) -> int:
    if not source.radius_m:
        return 0
    return _whole(
        source.radius_m if source.radius_m.isdecimal() else _cell(row, source.radius_m, plan) or "0"
    )


def faults_in_words(faults: tuple[Fault, ...]) -> Iterator[str]:
    """Each fault as a line for a person."""
    for fault in faults:
        where = f"row {fault.row}" + (f", {fault.column}" if fault.column else "")
        yield f"{where}: {fault.sentence} [{fault.code}]"
