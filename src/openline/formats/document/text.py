"""A document as lines for a terminal: wrapped, aligned, two languages side by side.

Shapes   lines_of(document, columns) -> (tone, text) for each line
Units    columns of a terminal cell; two for a wide East Asian letter
Raises   nothing
Source   Unicode annex 9 (isolates); docs/OPERATE.md, "Documents"
Never    writes a control of direction that it does not close in the same line, and none at all
         where everything runs from left to right
"""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile, zip_longest
from typing import Final, NamedTuple

from openline.formats.document.model import (
    ALARM,
    PLAIN,
    RIGHT_TO_LEFT,
    STRONG,
    Document,
    Item,
    Line,
    Section,
    Span,
    Table,
    Words,
    must_be_seen,
    plain,
)
from openline.formats.legible import width

COLUMNS_MIN: Final = 40
_GAP: Final = 2
_NARROWEST: Final = 7
# A longer run of letters is no word, but a digest or the name of a log: it may be cut.
_WORD_MAX: Final = 30
_BETWEEN: Final = " │ "
# Left-to-right mark; isolates of either direction and what ends one.
_LRM: Final = "\u200e"
_LRI: Final = "\u2066"
_RLI: Final = "\u2067"
_PDI: Final = "\u2069"
_RTL_LETTER: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff]")

Told = tuple[str, str]


class Column(NamedTuple):
    """How wide a column is, and which way it runs."""

    width: int
    is_rtl: bool = False


def lines_of(document: Document, columns: int) -> list[Told]:
    """The whole document; the tone of a line says whether it has to be seen."""
    columns = max(columns, COLUMNS_MIN)
    marking = " · ".join(plain(line) for line in document.marking)
    told: list[Told] = [(STRONG if document.status == "actual" else ALARM, marking)]
    # That it does not stand any more is read before what it says.
    first = list(takewhile(_is_alarm, document.items))
    for item in first:
        words = tuple(dict.fromkeys(line for cell in item.cells for line in cell.value))
        told += _told(_row([words], [_whole(document, columns)]), ALARM)
    told += _told(_row([document.title], [_whole(document, columns)]), STRONG)
    told += [("", document.number)] if document.number else []
    told += _items(document, document.items[len(first) :], columns)
    for section in document.sections:
        told += [("", ""), *_section(document, section, columns)]
    if document.foot:
        told += [("", ""), *_told(_row([document.foot], [_whole(document, columns)]))]
    return told


def _told(lines: Sequence[str], tone: str = PLAIN) -> list[Told]:
    return [(tone, line) for line in lines]


def _is_alarm(item: Item) -> bool:
    """Whether an item says nothing but what has to be seen."""
    return all(cell.value and all(map(must_be_seen, cell.value)) for cell in item.cells)


def _is_rtl(document: Document) -> bool:
    """Whether the first language runs from right to left; it says where lines begin."""
    return document.languages[0] in RIGHT_TO_LEFT


def _whole(document: Document, columns: int) -> Column:
    return Column(columns, _is_rtl(document))


def _section(document: Document, section: Section, columns: int) -> list[Told]:
    told = _told(_row([section.title], [_whole(document, columns)]), STRONG)
    told += _items(document, section.items, columns)
    for table in section.tables:
        told += _told(_table(table, columns, is_rtl=_is_rtl(document)))
    for line in section.notes:
        alarm = ALARM if must_be_seen(line) else PLAIN
        told += _told(_row([(line,)], [_whole(document, columns)]), alarm)
    return told


def _items(document: Document, items: Sequence[Item], columns: int) -> list[Told]:
    if len(document.languages) > 1:
        return _told([line for item in items for line in _beside(document, item, columns)])
    labels = [_label(item, 0) for item in items]
    left = min(max((width(plain(each)) for each in labels), default=0), columns * 2 // 5)
    shape = [Column(left, _is_rtl(document)), Column(columns - left - _GAP, _is_rtl(document))]
    rows = [
        ((label,), item.cells[0].value or ((),)) for label, item in zip(labels, items, strict=True)
    ]
    return _told([line for row in rows for line in _row(row, shape)])


def _label(item: Item, nth: int) -> Line:
    """Number and label, with a colon where a value follows."""
    cell = item.cells[nth]
    number = (Span(f"{item.number} "),) if item.number else ()
    lang = cell.label[0].lang if cell.label else ""
    return (*number, *cell.label, *((Span(":", lang),) if cell.value else ()))


def _beside(document: Document, item: Item, columns: int) -> list[str]:
    """One item in two languages: label above value, each in its own half."""
    half = (columns - len(_BETWEEN)) // 2
    shape = [Column(half, lang in RIGHT_TO_LEFT) for lang in document.languages]
    cells: list[Words] = []
    for nth, cell in enumerate(item.cells):
        wrapped = (part for line in cell.value for part in wrapped_line(line, half - _GAP))
        indented = tuple((Span(" " * _GAP), *part) for part in wrapped)
        cells.append((_label(item, nth), *indented))
    return _row(cells, shape, _BETWEEN)


def _table(table: Table, columns: int, *, is_rtl: bool) -> list[str]:
    """A table whose cells are wrapped until it fits; one that cannot fit is told row by row."""
    title = _row([table.title], [Column(columns, is_rtl)]) if table.title else []
    if not table.rows:
        return title + (_row([table.none], [Column(columns, is_rtl)]) if table.none else [])
    grid = [table.heads, *table.rows]
    natural = [
        max((width(plain(line)) for row in grid for line in row[i]), default=0)
        for i in range(len(table.heads))
    ]
    least = [
        max((longest_word(plain(line)) for row in grid for line in row[i]), default=0)
        for i in range(len(table.heads))
    ]
    widths = fitting(natural, least, columns - _GAP * (len(natural) - 1))
    if widths is None:
        return title + [line for row in table.rows for line in _record(table, row, columns)]
    shape = [Column(each, is_rtl) for each in widths]
    return title + [line for row in grid for line in _row(row, shape)]


def fitting(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """Widths that fit into the room, the widest columns giving way first, none of them below the
    least that keeps its words whole; None if none do."""
    widths = [max(each, 1) for each in natural]
    while sum(widths) > room:
        may_give = [i for i, each in enumerate(widths) if each > max(least[i], _NARROWEST)]
        if not may_give:
            return None
        widest = max(may_give, key=widths.__getitem__)
        below = [each for each in widths if each < widths[widest]]
        step = widths[widest] - max(below, default=widths[widest] - 1)
        spare = widths[widest] - max(least[widest], _NARROWEST)
        widths[widest] -= min(step, sum(widths) - room, spare)
    return widths


def longest_word(text: str) -> int:
    """How wide a column has to be that cuts no word of a text; a digest may be cut."""
    narrow = "".join(letter if width(letter) == 1 else " " for letter in text)
    longest = max(map(width, narrow.split(" ")), default=0)
    return longest if longest <= _WORD_MAX else _NARROWEST


def _record(table: Table, row: Sequence[Words], columns: int) -> list[str]:
    """One row with each head before its value; rows are set apart by an empty line."""
    lines = []
    for head, words in zip(table.heads, row, strict=True):
        label = (*(head[0] if head else ()), Span(": "))
        first, *rest = words or ((),)
        lines += _row([((*label, *first), *rest)], [Column(columns)])
    return [*lines, ""]


def _row(cells: Sequence[Words], shape: Sequence[Column], between: str = " " * _GAP) -> list[str]:
    """Cells side by side; a row that runs from right to left has its first cell at the right."""
    wrapped = [
        [part for line in words for part in wrapped_line(line, column.width)]
        for words, column in zip(cells, shape, strict=True)
    ]
    order = list(range(len(shape)))
    if all(column.is_rtl for column in shape):
        order.reverse()
    lines = []
    for parts in zip_longest(*wrapped, fillvalue=()):
        shown = [_cell(parts[i], shape[i]) for i in order]
        line = between.join(shown).rstrip()
        lines.append(f"{_LRM}{line}" if _PDI in line else line)
    return lines


def wrapped_line(line: Line, limit: int) -> Iterator[Line]:
    """A line cut at blanks and between wide letters; a word that is too long is cut anywhere."""
    text = plain(line)
    for start, end in _cuts(text, max(limit, 2)):
        yield tuple(_slice(line, start, end))


def _cuts(text: str, limit: int) -> Iterator[tuple[int, int]]:
    start, used, last = 0, 0, 0
    for i, letter in enumerate(text):
        wide = width(letter)
        if used + wide > limit and i > start and letter != " ":
            end = last if last > start else i
            yield start, end
            start, used = end, width(text[end:i])
        used += wide
        if letter == " " or wide > 1:
            last = i + 1
    yield start, len(text)


def _slice(line: Line, start: int, end: int) -> Iterator[Span]:
    """The part of a line between two letters, trailing blanks left out."""
    end = start + len(plain(line)[start:end].rstrip(" ")) if end > start else end
    at = 0
    for span in line:
        cut = span.text[max(0, start - at) : max(0, end - at)]
        if cut:
            yield Span(cut, span.lang, span.tone)
        at += len(span.text)


def _isolated(span: Span) -> str:
    before, words, behind = span.parted
    return f"{before}{_RLI if span.is_rtl else _LRI}{words}{_PDI}{behind}" if words else before


def _cell(line: Line, column: Column) -> str:
    """One line of a cell, filled up; isolates keep it and its parts in their own order."""
    text = plain(line)
    fill = " " * (column.width - width(text))
    if not column.is_rtl and not _RTL_LETTER.search(text):
        return text + fill
    parts = "".join(span.text if span.is_rtl == column.is_rtl else _isolated(span) for span in line)
    whole = f"{_RLI if column.is_rtl else _LRI}{parts}{_PDI}" if text else ""
    return fill + whole if column.is_rtl else whole + fill
