"""Many notices made small: rows of a batch that look alike are one row, and what stands is counted.

Shapes   together(rows) -> the same with like rows of a batch as one; STANDING_SECTIONS
Units    none
Raises   nothing
Source   docs/SOURCES.md; the end state of history 6
Never    puts two rows together that differ in anything but their number and how late they were
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from openline.cli.play.repeating import row_name
from openline.cli.play.stage import Stage, number, rows, table, text
from openline.formats.openjson import Value

Row = Mapping[str, Value]
# What a line with such notices shows in numbers; other lines have no such section.
LISTED: Final = "humanitarian/"


def together(shown: Iterable[Row]) -> list[Value]:
    """Rows of one batch with equal content as one row, named by their numbers."""
    found: dict[str, list[int]] = {}
    first: dict[str, dict[str, Value]] = {}
    for row in shown:
        step, sign, n = text(row, "step").partition("#")
        rest = {key: value for key, value in row.items() if key != "step"}
        late = rest.pop("late_by_s", 0) if sign else 0
        key = json.dumps([step, bool(sign), bool(late), rest], sort_keys=True)
        if not sign:
            key = json.dumps([text(row, "step"), len(first), rest], sort_keys=True)
        found.setdefault(key, []).append(int(n or 0))
        first.setdefault(key, {"step": step, **rest, **({"late": True} if late else {})})
    return [
        {**row, "step": row_of(str(row["step"]), found[key])} if found[key] != [0] else row
        for key, row in first.items()
    ]


def row_of(step: str, numbers: list[int]) -> str:
    """`step#1-7,9`: the rows of a batch that look alike."""
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    spelled = ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
    return row_name(step, 0).removesuffix("0") + spelled


def standing(stage: Stage, found: Row) -> Value:
    """How many cases of each form are open and how many are over, by their author."""
    counts: dict[str, Value] = {}
    for case in rows(found, "cases"):
        form = text(case, "format")
        if form.startswith(LISTED):
            name = f"{text(case, 'party')} {form}"
            row = dict(table(counts, name)) or {"open": 0, "over": 0}
            word = "open" if case.get("open") is True else "over"
            counts[name] = {**row, word: number(row, word) + 1}
    return counts


def passed_back(stage: Stage, found: Row) -> Value:
    """Receipts of recipients that a conduit passed back to the author of a notice."""
    return [
        {
            "step": stage.step_of(row["ref"]),
            "receipts": [
                f"{text(r, 'party')} {text(r, 'receipt_time')}" for r in rows(row, "receipts")
            ],
        }
        for row in rows(table(found, "passed_back"), "rows")
    ]


STANDING_SECTIONS: Final = {"standing": standing, "passed_back": passed_back}
