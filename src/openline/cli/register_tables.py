"""Registers as tables for whoever has the watch: which rows, which columns, in which words.

Shapes   lines_of(name, register, lang) -> lines; SHEETS says for each register what is shown
Units    times as RFC 3339 UTC text, durations in words
Raises   nothing: a register without a sheet of its own is shown with all that it has
Source   docs/OPERATE.md, "Registers"; docs/cases.md
Never    leaves out a row, or adds up what two parties claim; with --json everything is there
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from openline.cli.cases import in_language
from openline.cli.clean import clean
from openline.cli.face import table

Row = dict[str, Any]
# Names of logs, which a number stands for; and the part of a value that says most about it.
LONG: Final = ("case", "ref", "refs")
TELLING: Final = ("class", "result", "echelons", "at_time", "time", "last_test", "deemed")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: the lists to walk down, then columns as `heading=path.to.value`."""

    title: str
    walk: tuple[str, ...]
    columns: tuple[str, ...]


def _sheet(title: str, walk: str, columns: str) -> Sheet:
    return Sheet(title, tuple(filter(None, walk.split("/"))), tuple(columns.split()))


SHEETS: Final[Mapping[str, tuple[Sheet, ...]]] = {
    "guarantees": (
        _sheet(
            "guarantees", "rows",
            "by=party number state in_force scope from until authority answers_version=version",
        ),
    ),
    "agreements": (
        _sheet(
            "limits as told", "rows/limits", "agreement by=party number limits inspections_a_year"
            "=inspections accepted_by",
        ),
        _sheet(
            "data as told", "rows/data", "agreement by=party number as_of holdings reservations",
        ),
    ),
    "limits": (
        _sheet(
            "holdings against limits", "rows",
            "agreement party category held limit over as_of others_count=counted_by_others number",
        ),
    ),
    "quotas": (
        _sheet(
            "quotas", "rows",
            "agreement inspecting=party used of transferred not_counted filled_by by_state",
        ),
        _sheet(
            "active and passive", "rows",
            "agreement party may_inspect=active.of made=active.used active_left=active.left"
            " must_accept=passive.of received=passive.used passive_left=passive.left"
            " over=passive.over teams_now=passive.at_once teams_at_most=passive.at_once_max",
        ),
        _sheet(
            "shares", "rows/passive/shares",
            "agreement inspected=party inspecting used cap over",
        ),
        _sheet(
            "inspections", "rows/inspections",
            "agreement inspecting=party number state site from held_by reason",
        ),
    ),
    "duties": (
        _sheet(
            "obligations", "rows",
            "agreement party obligation state since claimed_by contested_by due overdue resumed"
            " ended",
        ),
    ),
    "obligations": (
        _sheet(
            "suspensions", "rows/suspensions",
            "agreement by=party number suspended announced formal in_effect contested_by resumed",
        ),
        _sheet(
            "countermeasures", "rows/countermeasures",
            "agreement by=party number obligations from in_effect reversible contested_by resumed",
        ),
        _sheet("resumptions", "rows/resumptions", "agreement by=party number obligations time"),
    ),
    "contacts": (
        _sheet(
            "contacts", "rows",
            "number level state with at_time minutes place told agreed_text subject",
        ),
    ),
    "levels": (
        _sheet(
            "contacts by level", "rows",
            "level contacts proposed announced accepted declined held agreed_texts last_held"
            " silence=silence_s",
        ),
    ),
    "positions": (
        _sheet("positions by fact", "facts/rows", "fact party office class current number text"),
    ),
    "due": (
        _sheet("due", "", "due state kind party to number timer late=late_by_s suspended_by"
               " contested_by basis on_expiry rest_day_by=rest"),
    ),
    "late": (_sheet("lead times", "", "number version to=party asked=asked_s lead=lead_s"
                    " late=late_by_s basis"),),
    "next": (
        _sheet(
            "what is next", "", "due rule state next party from=to number precedence held basis",
        ),
    ),
    "flash": (
        _sheet("flash", "rows", "number by=party confirm_state confirmed confirm_due calls"),
        _sheet("addressees", "rows/addressees", "number to=party delivered acknowledged ring"),
        _sheet("calls", "rows/calls", "number by=party class position at_time text"),
    ),
    "roster": (
        _sheet("watch", "rows/posts", "party order position reach local_zone until"),
    ),
    "line": (
        _sheet(
            "what each party says of the line", "parties",
            "party status left last_message silence=silence_s last_test last_answer tests_missed"
            " next_test",
        ),
    ),
    "public": (
        _sheet(
            "public statements (kept by this node, told by nobody on this line)", "rows",
            "date topic source office language text",
        ),
    ),
}  # fmt: skip


def lines_of(name: str, register: Any, lang: str) -> list[str]:
    """A register as tables."""
    if name == "matrix":
        return _matrix(register, lang)
    if name not in SHEETS:
        return everything(register, lang)
    lines: list[str] = []
    for sheet in SHEETS[name]:
        rows = list(_walk(register, sheet.walk, {}))
        heads = [column.partition("=")[0].replace("_", " ") for column in sheet.columns]
        paths = [column.partition("=")[2] or column for column in sheet.columns]
        cells = [[_cell(path, _at(row, path), lang) for path in paths] for row in rows]
        lines += [*([""] if lines else []), f"{sheet.title}:"]
        lines += table(heads, cells) if rows else ["none"]
    return lines


def _matrix(register: Row, lang: str) -> list[str]:
    """Facts down, offices across."""
    if not register["rows"]:
        return ["none"]
    return table(
        ["fact", *register["offices"]], [[r["fact"], *r["says"]] for r in register["rows"]]
    )


def _walk(value: Any, path: tuple[str, ...], above: Row) -> Iterator[Row]:
    """The rows at the end of a path of lists; a row knows what the rows above it say."""
    if not path:
        for row in value if isinstance(value, list) else []:
            yield {**above, **row}
        return
    first, *rest = path
    inner = value.get(first, []) if isinstance(value, dict) else []
    if rest and isinstance(inner, dict):
        inner = [inner]
    if not rest:
        yield from _walk(inner, (), above)
        return
    for row in inner:
        plain = {key: each for key, each in row.items() if not isinstance(each, list)}
        yield from _walk(row, tuple(rest), {**above, **plain})


def _at(row: Row, path: str) -> Any:
    value: Any = row
    for part in path.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return value


def _cell(path: str, value: Any, lang: str) -> str:
    """One value; seconds as people say them."""
    if path.endswith("_s") and isinstance(value, int):
        return spoken(value) if value else "-"
    return cell(value, lang)


def spoken(seconds: int) -> str:
    """A duration in its two largest units: "3 d 4 h"."""
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def everything(register: Any, lang: str) -> list[str]:
    """A register as tables: one for each list of rows in it, with every column."""
    if isinstance(register, list):
        return rows_of(register, lang)
    lines: list[str] = []
    for key, value in register.items():
        if isinstance(value, list):
            lines += ["", f"{key}:", *(f"  {line}" for line in rows_of(value, lang))]
        else:
            lines.append(f"{key}: {cell(value, lang)}")
    return lines


def rows_of(rows: list[Any], lang: str) -> list[str]:
    """Rows as a table of what they have; where a number is, the log's long name is left out."""
    if not rows:
        return ["none"]
    if not all(isinstance(row, dict) for row in rows):
        return [cell(row, lang) for row in rows]
    keys = dict.fromkeys(key for row in rows for key in row)
    columns = [key for key in keys if key not in (LONG if "number" in keys else ())]
    heads = [key.replace("_", " ") for key in columns]
    return table(heads, [[cell(row.get(key, ""), lang) for key in columns] for row in rows])


def cell(value: Any, lang: str) -> str:
    """One value in a table: of what has parts the one that says most, of rows how many."""
    if isinstance(value, dict):
        parts = [value[key] for key in TELLING if key in value]
        if not parts and value and all(isinstance(each, int) for each in value.values()):
            return clean(", ".join(f"{key} {each}" for key, each in value.items()))
        return cell(parts[0], lang) if parts else "-"
    if isinstance(value, list):
        return clean(_listed(value, lang)) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value)) or "-"


def _listed(value: list[Any], lang: str) -> str:
    if value and all(isinstance(one, dict) and {"lang", "text"} <= one.keys() for one in value):
        return in_language(value, lang)
    if value and all(isinstance(one, dict) and "party" in one for one in value):
        return "; ".join(dict.fromkeys(str(one["party"]) for one in value))
    if value and all(isinstance(one, list) and len(one) == 2 for one in value):
        return "; ".join(f"{one[0]} {one[1]}" for one in value)
    if any(isinstance(one, dict | list) for one in value):
        return str(len(value))
    return "; ".join(map(str, value))
