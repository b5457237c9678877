"""A message in the reader's language: numbered items of label and value, never sentences.

Shapes   items(form, answer, fields, speakers) -> document items with a cell for each language;
         render(form, answer, fields, lang) -> the same as rows of text
Units    degrees are shown with seven decimals and N, S, E or W; times as UTC
Raises   nothing: a value of another type than the form says is shown as its Openline JSON
Source   docs/formats.md, "What a reader sees"
Never    inserts a noun into a sentence (ten languages, ten grammars); never translates free text;
         never lets a value turn the line or hide itself: such letters are spelled out
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from openline.formats import spell
from openline.formats.area import Area, read_area
from openline.formats.attachment import read_attached
from openline.formats.document.model import (
    BESIDE,
    MARK,
    UNDETERMINED,
    Cell,
    Line,
    Span,
    Words,
    plain,
    plain_words,
)
from openline.formats.document.model import Item as Shown
from openline.formats.document.speaker import Speaker
from openline.formats.form import NO_CLASS, Format, Item
from openline.formats.legible import show_json, show_position
from openline.formats.malformed import Malformed
from openline.formats.meant import Meant
from openline.formats.openjson import Value
from openline.formats.place.show import also_written
from openline.formats.terms import Terms, load_terms

UNKNOWN_NUMBER: Final = "?"
_ONE_LINE: Final = frozenset({"party", "day", "code", "int"})


# The term of a code at a path, or None.
CodeTerm = Callable[[str, str], str | None]


def _no_code(_path: str, _code: str) -> None:
    """Where no forms are at hand, no code is known."""


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
    about: Format | None = None,
    code_term: CodeTerm | None = None,
    entries: Mapping[tuple[str, int], Meant] | None = None,
) -> tuple[Row, ...]:
    """The items of one message in one language, as text.

    `code_term` says what a code of another message's item means, where one was read back.
    """
    speaker = Speaker(terms or load_terms(), lang)
    found = items(
        form,
        answer,
        fields,
        (speaker,),
        marks=marks,
        about=about,
        code_term=code_term,
        entries=entries,
    )
    return tuple(
        Row(item.number, plain(cell.label), plain_words(cell.value))
        for item in found
        for cell in item.cells
    )


def items(
    form: Format,
    answer: str,
    fields: Mapping[str, Value],
    speakers: Sequence[Speaker],
    *,
    marks: Mapping[str, str] | None = None,
    covered: Collection[str] = (),
    about: Format | None = None,
    code_term: CodeTerm | None = None,
    entries: Mapping[tuple[str, int], Meant] | None = None,
) -> tuple[Shown, ...]:
    """One message: its class, the form's items, common items, then unknown paths.

    `about` is the form of the message that this one reads back: it names and spells the items that
    were read. `marks` gives a term for a path ("mark.withheld", "mark.revealed-later"), shown
    behind it; of a path in `covered` the mark alone is shown and the value is not. `entries` says
    what is meant by entries that items name.
    """
    hidden, known_code = frozenset(covered), code_term or _no_code
    readers = [
        _Reader(each, marks or {}, hidden, known_code, about, entries or {}) for each in speakers
    ]
    rows: list[Shown] = []
    if answer != NO_CLASS:
        rows.append(Shown("", tuple(reader.classed(form, answer) for reader in readers)))
    known = form.written(fields)
    for item in known:
        rows.append(Shown(item.number, tuple(reader.cell(item, fields) for reader in readers)))
    for path in sorted(set(fields) - {item.path for item in known} - {"expires"}):
        value: Words = ((Span(show_json(fields[path])),),)
        cells = (Cell((Span(path),), reader.marked(value, path)) for reader in readers)
        rows.append(Shown(UNKNOWN_NUMBER, tuple(cells)))
    return tuple(rows)


def spoken(item: Item, value: Value, speaker: Speaker) -> Words:
    """One value of an item in the reader's words."""
    return _Reader(speaker, {}, frozenset(), _no_code, None, {}).value(item, value)


def lines(text: str, lang: str = "") -> Words:
    """Text that may have several lines."""
    return tuple((Span(line, lang),) for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Values in one language."""

    speaker: Speaker
    marks: Mapping[str, str]
    covered: frozenset[str]
    code_term: CodeTerm
    about: Format | None
    entries: Mapping[tuple[str, int], Meant]

    def say(self, term: str) -> Line:
        return self.speaker.say(term)

    def knows(self, term: str) -> bool:
        return term in self.speaker.terms.known

    def note(self, text: str) -> Span:
        """Words of ours beside what a sender wrote."""
        return Span(text, self.speaker.lang, BESIDE)

    def classed(self, form: Format, answer: str) -> Cell:
        """What kind of message it is, and its class."""
        term = form.class_term(answer)
        return Cell(self.say(form.term), (self.say(term) if term else (Span(answer),),))

    def cell(self, item: Item, fields: Mapping[str, Value]) -> Cell:
        """One item; a row of a group begins with its name alone."""
        value = self.value(item, fields[item.path]) if item.path in fields else ()
        return Cell(self.say(item.term), value or self.marked((), item.path))

    def marked(self, value: Words, path: str) -> Words:
        term = self.marks.get(path)
        if term is None:
            return value
        mark = tuple(Span(span.text, span.lang, MARK) for span in self.say(term))
        if path in self.covered:
            return (mark,)
        *above, last = value or ((),)
        # Of the reader's language: a bracket without one faces left to right in any text.
        opening, closing = (Span(sign, self.speaker.lang, MARK) for sign in (" [", "]"))
        return (*above, (*last, opening, *mark, closing))

    def value(self, item: Item, value: Value) -> Words:
        """The whole value of an item; a list has its entries on lines, short ones with commas.

        Each entry has its mark: behind the last alone it would read as a mark of that one.
        """
        if not item.repeatable or item.path in self.covered:
            return self.marked(self.single(item, value), item.path)
        if not isinstance(value, list):
            return self.marked(lines(show_json(value)), item.path)
        shown = [self.marked(self.single(item, each), item.path) for each in value]
        if item.type not in _ONE_LINE:
            return tuple(line for words in shown for line in words)
        joined: list[Span] = []
        for words in shown:
            joined += [Span(", "), *words[0]] if joined else words[0]
        return (tuple(joined),)

    def single(self, item: Item, value: Value) -> Words:
        spelled = SPELLINGS.get(item.type)
        shown = spelled(self, item, value) if spelled else None
        return lines(show_json(value)) if shown is None else shown

    # Each of these gives None for a value that is not of its type.

    def string(self, item: Item, value: Value) -> Words | None:
        if not isinstance(value, str):
            return None
        term = f"{item.vocabulary}.{value}"
        if item.vocabulary and self.knows(term):
            return (self.say(term),)
        return (self.speaker.place(value),)

    def bare_string(self, item: Item, value: Value) -> Words | None:
        return ((Span(value),),) if isinstance(value, str) else None

    def party(self, item: Item, value: Value) -> Words | None:
        return (self.speaker.party(value),) if isinstance(value, str) else None

    def block(self, item: Item, value: Value) -> Words | None:
        return lines(value) if isinstance(value, str) else None

    def code(self, item: Item, value: Value) -> Words | None:
        term = item.code_term(value) if isinstance(value, str) else None
        return (self.say(term),) if term else None

    def time(self, item: Item, value: Value) -> Words | None:
        try:
            return (self.speaker.time(spell.parse_utc(value)),) if isinstance(value, str) else None
        except Malformed:
            return None

    def number(self, item: Item, value: Value) -> Words | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        unit = (Span(" "), *self.say(f"unit.{item.unit}")) if item.unit else ()
        return ((Span(str(value)), *unit),)

    def yes_no(self, item: Item, value: Value) -> Words | None:
        if not isinstance(value, bool):
            return None
        return (self.say("word.yes" if value else "word.no"),)

    def text(self, item: Item, value: Value) -> Words | None:
        if isinstance(value, str):
            return lines(value, UNDETERMINED)
        if not isinstance(value, list) or not value:
            return None
        return tuple(line for part in value for line in self.part(part))

    def part(self, part: Value) -> Words:
        match part:
            case {"lang": str(lang), "status": str(status), "text": str(words)}:
                term = f"text.{status}"
                kind = plain(self.say(term)) if self.knows(term) else status
                first, *rest = lines(words, lang or UNDETERMINED)
                return ((self.note(f"[{lang}, {kind}] "), *first), *rest)
            case _:
                return lines(show_json(part))

    def area(self, item: Item, value: Value) -> Words | None:
        try:
            area = read_area(value)
        except Malformed:
            return None
        positions = ", ".join(show_position(*point) for point in area.points)
        rows = [self.named(f"area.{area.kind}", Span(positions))]
        typed = value.get("typed") if isinstance(value, dict) else None
        if isinstance(typed, str):
            rows.append(self.named("area.typed", Span(typed)))
        if area.kind == "point":
            others = " · ".join(also_written(*area.points[0]))
            rows.append(self.named("area.also", Span(others)))
        if area.radius_m:
            rows.append(self.named("area.radius", *self.metres(area.radius_m)))
        return (*rows, *self.limits(area))

    def named(self, term: str, *value: Span) -> Line:
        """A line of an area: what it gives, and the value."""
        return (*self.say(term), Span(": ", self.speaker.lang), *value)

    def limits(self, area: Area) -> list[Line]:
        above = self.say(f"area.{area.reference}")
        return [
            self.named(term, *self.metres(metres), Span(", ", self.speaker.lang), *above)
            for term, metres in (("area.lower", area.lower_m), ("area.upper", area.upper_m))
            if metres is not None
        ]

    def metres(self, metres: int) -> Line:
        return (Span(f"{metres} "), *self.say("unit.m"))

    def pair(self, item: Item, value: Value) -> Words | None:
        match value:
            case [str(left), right]:
                return ((Span(f"{left}: {bare(right)}"),),)
            case _:
                return None

    def reading(self, item: Item, value: Value) -> Words | None:
        match value:
            case [str(path), read]:
                told = self.about.item(path) if self.about is not None else None
                shown = self.by_shape(item, path, read) if told is None else self.value(told, read)
                first, *rest = shown
                if told is None:
                    return ((Span(f"{path}: "), *first), *rest)
                head = (Span(f"{told.number} "), *self.say(told.term))
                return ((*head, Span(": ", self.speaker.lang), *first), *rest)
            case _:
                return None

    def by_shape(self, item: Item, path: str, value: Value) -> Words:
        """A value whose item is in another message: places and times are told by their shape,
        codes by what every form means by them, and as they are signed beside it."""
        term = self.code_term(path, value) if isinstance(value, str) else None
        if term is not None:
            return ((*self.say(term), Span(f" ({value})")),)
        for spelled in (self.time, self.yes_no, self.area):
            shown = spelled(item, value)
            if shown is not None:
                return shown
        parts = isinstance(value, list) and any(isinstance(part, dict) for part in value)
        return (self.text(item, value) if parts else None) or lines(bare(value))

    def ref(self, item: Item, value: Value) -> Words | None:
        """An entry by what it is, where that is known; by its place in its log where it is not."""
        match value:
            case [str(origin), int(index)]:
                known = self.entries.get((origin, index))
                return (known.line(self.speaker),) if known else ((Span(f"{origin} {index}"),),)
            case _:
                return None

    def attachment(self, item: Item, value: Value) -> Words | None:
        """Name, size of the sealed file, its hash; whether it is here stands beside the message."""
        try:
            found = read_attached(value)
        except Malformed:
            return None
        name, told = Span(found.name), f" · {found.size} B · SHA-256 {found.age.hex()}"
        return ((name, Span(told)),)

    def opening(self, item: Item, value: Value) -> Words | None:
        match value:
            case [str(origin), int(index), _, _, str(path), revealed]:
                return ((Span(f"{origin} {index}, {path}: {bare(revealed)}"),),)
            case _:
                return None


def bare(value: Value) -> str:
    """A value whose item is not at hand: a string as it is, the rest as Openline JSON."""
    return value if isinstance(value, str) else show_json(value)


SPELLINGS: Final[Mapping[str, Callable[[_Reader, Item, Value], Words | None]]] = {
    "text": _Reader.text,
    "text-or-string": _Reader.text,
    "string": _Reader.string,
    "block": _Reader.block,
    "slug": _Reader.string,
    "code": _Reader.code,
    "time": _Reader.time,
    "day": _Reader.bare_string,
    "int": _Reader.number,
    "bool": _Reader.yes_no,
    "hash": _Reader.bare_string,
    "party": _Reader.party,
    "area": _Reader.area,
    "amount": _Reader.pair,
    "ref": _Reader.ref,
    "reading": _Reader.reading,
    "opening": _Reader.opening,
    "attachment": _Reader.attachment,
}
