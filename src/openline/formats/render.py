"""A message in the reader's language: numbered rows of label and value, never sentences.

Shapes   render(form, answer, fields, lang) -> rows of (number, label, value)
Units    degrees are shown with seven decimals and N, S, E or W; times as UTC
Raises   nothing: a value of another type than the form says is shown as its Openline JSON
Source   docs/formats.md, "What a reader sees"
Never    inserts a noun into a sentence (ten languages, ten grammars); never translates free text;
         never lets a value turn the line or hide itself: such letters are spelled out
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from openline.formats import spell
from openline.formats.area import Area, read_area
from openline.formats.form import NO_CLASS, Format, Item
from openline.formats.legible import show_json, show_position, show_time, visible, visible_lines
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.place.show import also_written
from openline.formats.terms import Terms, load_terms

UNKNOWN_NUMBER: Final = "?"
_ONE_LINE: Final = frozenset({"party", "day", "code", "int"})


class Row(NamedTuple):
    """One line of a form as a reader sees it; `number` is "" for the class of the answer."""

    number: str
    label: str
    value: str


def render(
    form: Format,
    answer: str,
    fields: Mapping[str, Value],
    lang: str,
    *,
    marks: Mapping[str, str] | None = None,
    terms: Terms | None = None,
) -> tuple[Row, ...]:
    """The rows of one message: its class, the form's items, common items, then unknown paths.

    `marks` gives a term for a path ("mark.withheld", "mark.revealed-later"), shown behind it.
    """
    reader = _Reader(terms or load_terms(), lang)
    rows: list[Row] = []
    if answer != NO_CLASS:
        term = form.class_term(answer)
        value = reader.say(term) if term else visible(answer)
        rows.append(Row("", reader.say(form.term), value))
    known = form.written(fields)
    for item in known:
        has_value = item.path in fields  # a row of a group begins with its name alone
        value = reader.value(item, fields[item.path]) if has_value else ""
        label = reader.say(item.term)
        rows.append(Row(item.number, label, reader.marked(value, item.path, marks)))
    for path in sorted(set(fields) - {item.path for item in known} - {"expires"}):
        value = reader.marked(show_json(fields[path]), path, marks)
        rows.append(Row(UNKNOWN_NUMBER, visible(path), value))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Values in one language."""

    terms: Terms
    lang: str

    def say(self, term: str) -> str:
        return str(self.terms.label(term, self.lang))

    def marked(self, value: str, path: str, marks: Mapping[str, str] | None) -> str:
        term = (marks or {}).get(path)
        return f"{value} [{self.say(term)}]" if term else value

    def value(self, item: Item, value: Value) -> str:
        """The whole value of an item; a list has its entries on lines, short ones with commas."""
        if not item.repeatable:
            return self.single(item, value)
        if not isinstance(value, list):
            return show_json(value)
        shown = [self.single(item, each) for each in value]
        return (", " if item.type in _ONE_LINE else "\n").join(shown)

    def single(self, item: Item, value: Value) -> str:
        spelled = SPELLINGS.get(item.type)
        shown = spelled(self, item, value) if spelled else None
        return show_json(value) if shown is None else shown

    # Each of these gives None for a value that is not of its type.

    def string(self, item: Item, value: Value) -> str | None:
        if not isinstance(value, str):
            return None
        term = f"{item.vocabulary}.{value}"
        if item.vocabulary and term in self.terms.known:
            return self.say(term)
        return visible(value)

    def block(self, item: Item, value: Value) -> str | None:
        return visible_lines(value) if isinstance(value, str) else None

    def code(self, item: Item, value: Value) -> str | None:
        term = item.code_term(value) if isinstance(value, str) else None
        return self.say(term) if term else None

    def time(self, item: Item, value: Value) -> str | None:
        try:
            return show_time(spell.parse_utc(value)) if isinstance(value, str) else None
        except Malformed:
            return None

    def number(self, item: Item, value: Value) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        return f"{value} {self.say(f'unit.{item.unit}')}" if item.unit else str(value)

    def yes_no(self, item: Item, value: Value) -> str | None:
        if not isinstance(value, bool):
            return None
        return self.say("word.yes" if value else "word.no")

    def text(self, item: Item, value: Value) -> str | None:
        if isinstance(value, str):
            return visible_lines(value)
        if not isinstance(value, list) or not value:
            return None
        parts = [self.part(part) for part in value]
        return "\n".join(parts)

    def part(self, part: Value) -> str:
        match part:
            case {"lang": str(lang), "status": str(status), "text": str(words)}:
                term = f"text.{status}"
                kind = self.say(term) if term in self.terms.known else visible(status)
                return f"[{visible(lang)}, {kind}] {visible_lines(words)}"
            case _:
                return show_json(part)

    def area(self, item: Item, value: Value) -> str | None:
        try:
            area = read_area(value)
        except Malformed:
            return None
        positions = ", ".join(show_position(*point) for point in area.points)
        rows = [f"{self.say(f'area.{area.kind}')}: {positions}"]
        typed = value.get("typed") if isinstance(value, dict) else None
        if isinstance(typed, str):
            rows.append(f"{self.say('area.typed')}: {visible(typed)}")
        if area.kind == "point":
            rows.append(f"{self.say('area.also')}: {' · '.join(also_written(*area.points[0]))}")
        if area.radius_m:
            rows.append(f"{self.say('area.radius')}: {self.metres(area.radius_m)}")
        rows.extend(self.limits(area))
        return "\n".join(rows)

    def limits(self, area: Area) -> list[str]:
        above = self.say(f"area.{area.reference}")
        return [
            f"{self.say(term)}: {self.metres(metres)}, {above}"
            for term, metres in (("area.lower", area.lower_m), ("area.upper", area.upper_m))
            if metres is not None
        ]

    def metres(self, metres: int) -> str:
        return f"{metres} {self.say('unit.m')}"

    def pair(self, item: Item, value: Value) -> str | None:
        match value:
            case [str(left), right]:
                return f"{visible(left)}: {self.bare(right)}"
            case _:
                return None

    def bare(self, value: Value) -> str:
        """A value whose item is not at hand: a string as it is, the rest as Openline JSON."""
        return visible(value) if isinstance(value, str) else show_json(value)

    def ref(self, item: Item, value: Value) -> str | None:
        match value:
            case [str(origin), int(index)]:
                return f"{visible(origin)} {index}"
            case _:
                return None

    def opening(self, item: Item, value: Value) -> str | None:
        match value:
            case [str(origin), int(index), _, _, str(path), revealed]:
                return f"{visible(origin)} {index}, {visible(path)}: {self.bare(revealed)}"
            case _:
                return None


SPELLINGS: Final[Mapping[str, Callable[[_Reader, Item, Value], str | None]]] = {
    "text": _Reader.text,
    "text-or-string": _Reader.text,
    "string": _Reader.string,
    "block": _Reader.block,
    "slug": _Reader.string,
    "code": _Reader.code,
    "time": _Reader.time,
    "day": _Reader.string,
    "int": _Reader.number,
    "bool": _Reader.yes_no,
    "hash": _Reader.string,
    "party": _Reader.string,
    "area": _Reader.area,
    "amount": _Reader.pair,
    "ref": _Reader.ref,
    "reading": _Reader.pair,
    "opening": _Reader.opening,
}
