"""What the typesetter is given: a document as plain data, in letters that can be drawn.

Shapes   data_of(document, by) -> JSON object for page.typ; drawn(text), broken(text, longest)
Units    letters of text
Raises   TooLongToPrint from `bounded`
Source   docs/decisions/0035-paper.md
Never    leaves a letter to chance: one that no font has is spelled out, for none may go missing
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any, ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.document.html import title
from openline.formats.document.model import (
    RIGHT_TO_LEFT,
    Document,
    Item,
    Line,
    Span,
    Table,
    Words,
    plain_words,
)

LETTERS_MAX: Final = 500_000
# Measured: a table of 24,000 cells takes half a minute and more than a gigabyte.
CELLS_MAX: Final = 4_000
# A table of more columns turns the page.
COLUMNS_UPRIGHT_MAX: Final = 7
# A row of items as long as this stays on one page.
TOGETHER_MAX: Final = 500
# Longer words than these get places where a line may end, first of all behind a joint.
WORD_MAX: Final = 30
CELL_WORD_MAX: Final = 12
_BREAK: Final = "\u200b"
_JOINTS: Final = re.compile(r"(?<=[./:@_-])(?=[^./:@_-])")


class TooLongToPrint(OpenlineError):
    """A document is longer than the press takes at one time."""

    code: ClassVar[str] = "desk.too-long-to-print"
    remedy: ClassVar[str] = "Print single messages, cases or registers, or make an HTML file."


def bounded(document: Document) -> Document:
    """The same document, unless setting it would take too long."""
    letters = sum(len(span.text) for span in _spans(document))
    if letters > LETTERS_MAX:
        raise TooLongToPrint(f"{letters} letters; at most {LETTERS_MAX}")
    cells = sum(len(t.heads) * len(t.rows) for s in document.sections for t in s.tables)
    if cells > CELLS_MAX:
        raise TooLongToPrint(f"{cells} cells of tables; at most {CELLS_MAX}")
    return document


@cache
def covered() -> frozenset[int]:
    """Every letter that the fonts draw."""
    text = (resources.files("openline.desk.paper") / "fonts" / "covered.txt").read_text("ascii")
    found: set[int] = set()
    for line in text.splitlines():
        first, last = line.split()
        found.update(range(int(first, 16), int(last, 16) + 1))
    return frozenset(found)


def drawn(text: str) -> str:
    """Text of letters that can be drawn; others are spelled out, for none may go missing."""
    known = covered()
    return "".join(c if ord(c) in known else f"\\u{{{ord(c):04X}}}" for c in text)


def broken(text: str, longest: int) -> str:
    """Text in which a line may end within words that are longer than a line may be."""
    words = drawn(text).split(" ")
    return " ".join(_cut(word, longest) if len(word) > longest else word for word in words)


def _cut(word: str, longest: int) -> str:
    """A word with places to end a line; letters that join each other are never parted."""
    parts = []
    for part in _JOINTS.split(word):
        size = longest if part.isascii() or len(part) > WORD_MAX * 2 else len(part)
        parts += [part[i : i + size] for i in range(0, len(part), size)]
    return _BREAK.join(parts)


def _spans(document: Document) -> Iterator[Span]:
    """Every span that is set as often as its document is long; titles and marks are short."""
    items = [*document.items, *(item for each in document.sections for item in each.items)]
    words = [
        words for item in items for cell in item.cells for words in ((cell.label,), cell.value)
    ]
    for section in document.sections:
        words.append(section.notes)
        words += [cell for table in section.tables for row in table.rows for cell in row]
    return (span for each in words for line in each for span in line)


def data_of(document: Document, by: str) -> dict[str, Any]:
    wide = any(
        len(table.heads) > COLUMNS_UPRIGHT_MAX
        for section in document.sections
        for table in section.tables
    )
    return {
        "status": document.status,
        "languages": document.languages,
        "directions": [lang in RIGHT_TO_LEFT for lang in document.languages],
        "marking": _words(document.marking),
        "title": _heading(document.title),
        "title-text": drawn(title(document)),
        "by": drawn(by),
        "number": drawn(document.number),
        "wide": wide,
        "items": _items(document.items),
        "sections": [
            {
                "title": _heading(section.title),
                "level": section.level,
                "items": _items(section.items),
                "tables": [_table(table) for table in section.tables],
                "notes": _words(section.notes),
            }
            for section in document.sections
        ],
        "foot": _words(document.foot),
    }


def _span(span: Span, longest: int) -> list[Any]:
    before, words, behind = span.parted
    return [broken(words, longest), span.lang, span.is_rtl, span.tone, before, behind]


def _line(line: Line, longest: int = WORD_MAX) -> list[Any]:
    return [_span(span, longest) for span in line]


def _words(words: Words, longest: int = WORD_MAX) -> list[Any]:
    return [_line(line, longest) for line in words]


def _heading(words: Words) -> list[Any]:
    """A heading that reads as nothing gets a dash: PDF/UA has no empty ones."""
    return _words(words if plain_words(words).strip() else ((Span("–"),),))


def _items(items: Sequence[Item]) -> list[Any]:
    return [_item(item) for item in items]


def _item(item: Item) -> dict[str, Any]:
    """An item; what is the same in both languages is set once, as wide as the page."""
    values = {cell.value for cell in item.cells}
    is_code = all(not span.lang for words in values for line in words for span in line)
    return {
        "number": item.number,
        "cells": [[_line(cell.label), _words(cell.value)] for cell in item.cells],
        "once": len(item.cells) > 1 and len(values) == 1 and is_code,
        "together": sum(len(plain_words(words)) for words in values) <= TOGETHER_MAX,
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": _words(table.title),
        "heads": [_words(head, CELL_WORD_MAX) for head in table.heads],
        "rows": [[_words(words, CELL_WORD_MAX) for words in row] for row in table.rows],
        "none": _words(table.none),
    }
