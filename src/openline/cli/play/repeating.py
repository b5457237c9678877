"""Many messages from one table of a scenario file: what differs from row to row is a marker.

Shapes   rows(count, fields) -> one mapping of fields for each row, counted from 1
Units    times become RFC 3339 UTC text; `$plus` steps are whole numbers
Raises   ScenarioRefused through the table that is being read
Source   docs/SOURCES.md, "How a scenario file is read"
Never    draws anything: the same file gives the same rows on every machine

In a text `{n}` is the number of the row and `{nnn}` the same in three digits. `{"$plus" = 10,
"each" = 3}` is 10, 13, 16 ...; with `columns = 5` it starts anew every five rows, with `rows = 5`
it goes on after every five. `{"$time" = <time>, "each" = 60}` counts seconds, `{"$cycle" = [...]}`
takes one after the other, `{"$row" = "step"}` names the row of the same number of an earlier batch.
"""

from collections.abc import Mapping
from typing import Any, Final

from openline.cli.play.reading import Table
from openline.formats.openjson import Value
from openline.formats.spell import parse_utc, utc

ROWS_MAX: Final = 500
NUMBER: Final = "{n}"
THREE: Final = "{nnn}"


def row_name(step: str, number: int) -> str:
    """How a row of a batch is named where steps are named."""
    return f"{step}#{number}"


def rows(table: Table, count: int, fields: Mapping[str, Value]) -> list[dict[str, Value]]:
    """The fields of every row."""
    if not 1 <= count <= ROWS_MAX:
        raise table.refuse(f"count is not 1 to {ROWS_MAX}")
    return [
        {path: filled(table, path, value, number) for path, value in fields.items()}
        for number in range(1, count + 1)
    ]


def filled(table: Table, path: str, value: Any, number: int) -> Value:
    """One value of one row."""
    match value:
        case str():
            return value.replace(THREE, f"{number:03}").replace(NUMBER, str(number))
        case {"$plus": int(base), "each": int(each), **more}:
            return base + each * at(table, path, more, number)
        case {"$time": str(base), "each": int(each), **more}:
            return utc(parse_utc(base) + each * at(table, path, more, number))
        case {"$cycle": [*items], **more} if items and not more:
            return filled(table, path, items[(number - 1) % len(items)], number)
        case {"$row": str(step), **more} if not more:
            return {"$ref": row_name(step, number)}
        case list():
            return [filled(table, path, each, number) for each in value]
        case dict():
            return {key: filled(table, path, each, number) for key, each in value.items()}
    whole: Value = value
    return whole


def at(table: Table, path: str, more: Mapping[Any, Any], number: int) -> int:
    """How many steps a row is from the first."""
    if not more:
        return number - 1
    match dict(more):
        case {"columns": int(width), **rest} if width > 0 and not rest:
            return (number - 1) % width
        case {"rows": int(width), **rest} if width > 0 and not rest:
            return (number - 1) // width
    raise table.refuse(f"{path}: a step has `columns` or `rows` and nothing else")
