"""A form in a browser: which inputs a format has, group by group and row by row.

Shapes   inputs(form, words, given, flaws) -> rows for the template; a group holds rows of inputs
Units    none
Raises   nothing
Source   docs/formats.md, "Groups"
Never    reads a value: form_values.py does
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from openline.cases.claims import ANSWER, BELONGS
from openline.desk.acts import Json
from openline.desk.pages.look import Words
from openline.formats.form import GROUP, Format, Item, name_of

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
    "attachment": "files",
    GROUP: "group",
}
# Free text: several renderings, each with its language.
TEXTS: Final = frozenset({"text", "text-or-string"})
AREA_PARTS: Final = ("points", "radius", "lower", "upper", "reference")
PARTS_MAX: Final = 4
# What a page can hold; longer lists are imported (`openline import`).
ROWS_MAX: Final = 200
_ROW: Final = re.compile(r"[1-9][0-9]{0,3}")
_COUNT: Final = re.compile(r"[0-9]{1,4}")

Given = Mapping[str, str]


def inputs(form: Format, words: Words, given: Given, flaws: Mapping[str, str]) -> list[Json]:
    """Every item as the template needs it, with what was typed before."""
    rows = [_input(item, words, given, flaws) for item in items_of(form)]
    belongs = BELONGS if name_of(form.id) == ANSWER else {}
    for row in rows:
        # Which classes of an answer an item belongs to, as they are called; none: to every class.
        row["classes"] = [
            (name, words.term(term))
            for name, term in form.classes
            if name in belongs.get(row["path"], ())
        ]
    return rows


def items_of(form: Format) -> tuple[Item, ...]:
    """The form's own items, then those of the pack's header that it has not itself."""
    own = {item.path for item in form.items}
    return (*form.items, *(item for item in form.common if item.path not in own))


def _input(item: Item, words: Words, given: Given, flaws: Mapping[str, str]) -> Json:
    row: Json = {
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
        "flaw": flaws.get(item.path, ""),
        "classes": [],
    }
    if item.type == GROUP:
        row["rows"] = [_row(item, n, words, given, flaws) for n in numbers(item, given)]
    elif item.type == "area":
        row["area"] = {name: given.get(f"f.{item.path}.{name}", "") for name in AREA_PARTS}
    elif row["input"] == "text":
        row["parts"] = parts(item, given, words.lang)
    elif item.type == "code" and item.repeatable:
        row["chosen"] = [code for code, _ in item.codes if f"f.{item.path}.code.{code}" in given]
    return row


def _row(item: Item, n: int, words: Words, given: Given, flaws: Mapping[str, str]) -> Json:
    head = f".{n}" if n else ""
    path = f"{item.path}{head}"
    return {
        "n": n,
        "path": path,
        "number": f"{item.number}{head}",
        "flaw": flaws.get(path, "") if n else "",
        "items": [_input(each, words, given, flaws) for each in item.row(n)],
    }


def numbers(item: Item, given: Given) -> list[int]:
    """The numbers of the rows that a group shows: [0] for one without rows."""
    return list(range(1, count(item, given) + 1)) if item.repeatable else [0]


def count(item: Item, given: Given) -> int:
    """How many rows of a group were begun or asked for."""
    typed = given.get(f"n.{item.path}", "")
    asked = int(typed) if _COUNT.fullmatch(typed) else 0
    start = f"f.{item.path}."
    heads = (name[len(start) :].partition(".")[0] for name in given if name.startswith(start))
    highest = max((int(head) for head in heads if _ROW.fullmatch(head)), default=0)
    return min(max(asked, highest, 1 if item.required else 0), ROWS_MAX)


def group_at(form: Format, path: str) -> Item | None:
    """The repeatable group at a path, rows of groups above it included."""
    item = form.item(path)
    return item if item is not None and item.type == GROUP and item.repeatable else None


def with_row(form: Format, given: Given, path: str) -> dict[str, str]:
    """What was typed, with one more row of a group."""
    item = group_at(form, path)
    if item is None:
        return dict(given)
    n = min(count(item, given) + 1, ROWS_MAX)
    return {**given, f"n.{path}": str(n), **hidden_in(item.row(n), given)}


def hidden_in(items: Iterable[Item], given: Given) -> dict[str, str]:
    """The inputs among these that are withheld unless the author decides otherwise."""
    return {f"w.{item.path}": "on" for item in leaves(items, given) if item.withheld}


def without_row(form: Format, given: Given, path: str) -> dict[str, str]:
    """What was typed, without the row at a path; those after it move up."""
    above, _, last = path.rpartition(".")
    item = group_at(form, above)
    if item is None or not _ROW.fullmatch(last):
        return dict(given)
    n, found = int(last), {}
    for name, value in given.items():
        moved = _moved(name, above, n)
        if moved is not None:
            found[moved] = value
    found[f"n.{above}"] = str(max(count(item, given) - 1, 0))
    return found


def _moved(name: str, above: str, n: int) -> str | None:
    """The name of an input when row n of a group is gone; None for one of that row."""
    kind, _, rest = name.partition(".")
    if kind not in ("f", "w", "n") or not rest.startswith(f"{above}."):
        return name
    head, dot, tail = rest[len(above) + 1 :].partition(".")
    if not _ROW.fullmatch(head) or int(head) < n:
        return name
    return None if int(head) == n else f"{kind}.{above}.{int(head) - 1}{dot}{tail}"


def parts(item: Item, given: Given, lang: str) -> list[Json]:
    """The languages of a free text: the original, those that a person added, and one to add."""
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


def has_places(items: Iterable[Item]) -> bool:
    """Whether a place can be typed among these items or in a row of theirs."""
    return any(item.type == "area" or has_places(item.items) for item in items)


def leaves(items: Iterable[Item], given: Given) -> Iterable[Item]:
    """Every input that the page shows, with its whole path."""
    for item in items:
        if item.type != GROUP:
            yield item
            continue
        for n in numbers(item, given):
            yield from leaves(item.row(n), given)
