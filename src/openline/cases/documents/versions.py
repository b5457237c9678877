"""Several contents of one form beside one another: versions of a message, accounts of two parties.

Shapes   beside(contents, heads, speakers) -> Table of a row for each item, a column for each
         content; changes(...) -> the rows of it in which they differ
Units    none
Raises   nothing
Source   docs/cases.md, "Case, matter, version" and "Statements"
Never    puts one account above another, nor shows what a content itself keeps covered
"""

from collections.abc import Sequence

from openline.cases.documents.parts import NOT_YET, Speakers
from openline.formats.document.model import Item, Section, Span, Table, Words, plain_words
from openline.formats.document.speaker import term


def beside(contents: Sequence[Section], heads: Sequence[Words], of: Speakers) -> Table:
    """Every item of any of them, in the order of the form."""
    columns = [_by_place(each) for each in contents]
    places = list(dict.fromkeys(place for column in columns for place in column))
    rows = [
        (_label(next(c[place] for c in columns if place in c)),
         *(_value(column.get(place)) for column in columns))
        for place in sorted(places, key=_order)
    ]  # fmt: skip
    return Table((), (term(of, "word.content"), *heads), tuple(rows), term(of, "word.none"))


def changes(before: Section, after: Section, heads: Sequence[Words], of: Speakers) -> Table:
    """What the later of two says otherwise than the earlier."""
    whole = beside((before, after), heads, of)
    differing = tuple(row for row in whole.rows if plain_words(row[1]) != plain_words(row[2]))
    return Table(whole.title, whole.heads, differing, whole.none)


def _by_place(section: Section) -> dict[tuple[str, str], Item]:
    """Items by number and label: where a form gives no numbers, the label says which it is."""
    return {(each.number, plain_words((each.cells[0].label,))): each for each in section.items}


def _order(place: tuple[str, str]) -> list[tuple[bool, int, str]]:
    """Items by their numbers as people count: 3.10 after 3.9, what has no number first."""
    parts = place[0].split(".") if place[0] else []
    return [(not p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts]


def _label(item: Item) -> Words:
    number = (Span(f"{item.number} "),) if item.number else ()
    return tuple((*number, *cell.label) for cell in item.cells)


def _value(item: Item | None) -> Words:
    """The value in every language, said once where it is the same."""
    if item is None:
        return NOT_YET
    found = {plain_words(cell.value): cell.value for cell in item.cells}
    return tuple(line for words in found.values() for line in words)
