"""A document as one HTML file: no script, nothing fetched, every part with language and direction.

Shapes   page(document) -> the file's text; POLICY is what a server may say about it
Units    none
Raises   nothing
Source   WHATWG HTML, `bdi` and `dir`; WCAG 2.2, 3.1; docs/decisions/0033-one-document.md
Never    puts a text anywhere but between tags, escaped
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from typing import Final

from openline.formats.document.model import (
    RIGHT_TO_LEFT,
    Document,
    Item,
    Line,
    Section,
    Span,
    Table,
    Words,
    plain,
)

STYLE: Final = (resources.files("openline.formats.document") / "document.css").read_text("utf-8")
_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
# Nothing may be run or fetched; the one style sheet is the one that is named by its digest.
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'"


def page(document: Document) -> str:
    """The whole file."""
    lang = document.languages[0]
    marking = " · ".join(_line(line) for line in document.marking)
    bar = f'<p class="marking {escape(document.status)}">{marking}</p>'
    body = [
        f"<header>{bar}</header>",
        "<main>",
        f"<h1>{inline(document.title)}</h1>",
        f'<p class="number"><bdi dir="ltr">{escape(document.number)}</bdi></p>',
        *_items(document, document.items),
        *(part for section in document.sections for part in _section(document, section)),
        "</main>",
        f"<footer>{lines(document.foot)}{bar}</footer>",
    ]
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{escape(title(document))}</title>",
        f"<style>{STYLE}</style>",
    ]
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(lang)}" dir="{_direction(lang)}">',
            "<head>",
            *head,
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


def title(document: Document) -> str:
    """What the file is called where its content is not seen; the marking comes first."""
    marking = plain(document.marking[0]) if document.marking else ""
    words = plain(document.title[0]) if document.title else ""
    return " · ".join(filter(None, [marking, words, document.number]))


def _direction(lang: str) -> str:
    return "rtl" if lang in RIGHT_TO_LEFT else "ltr"


def _span(span: Span) -> str:
    lang = f' lang="{escape(span.lang)}"' if span.lang else ' translate="no"'
    tone = f' class="{escape(span.tone)}"' if span.tone else ""
    direction = "rtl" if span.is_rtl else "ltr"
    before, _, behind = span.parted
    words = "".join(
        f'<bdi dir="ltr">{escape(text)}</bdi>' if is_apart else escape(text)
        for text, is_apart in span.runs
    )
    whole = f'<bdi{lang} dir="{direction}"{tone}>{words}</bdi>' if words else ""
    return f"{before}{whole}{behind}"


def _line(line: Line) -> str:
    return "".join(map(_span, line))


def lines(words: Words) -> str:
    """Words as paragraphs, for a page that has a frame of its own."""
    return "".join(f"<p>{_line(line)}</p>" for line in words)


def inline(words: Words) -> str:
    """Words as one run of text, for a heading, a link or a cell of a page."""
    return "<br>".join(_line(line) for line in words)


def _items(document: Document, items: Sequence[Item]) -> Iterator[str]:
    """Items as a table: number, then label and value in each language."""
    if not items:
        return
    yield f'<table class="items of-{len(document.languages)}"><tbody>'
    for item in items:
        yield f'<tr><td class="no"><bdi dir="ltr">{escape(item.number)}</bdi></td>'
        for lang, cell in zip(document.languages, item.cells, strict=True):
            at = f'lang="{escape(lang)}" dir="{_direction(lang)}"'
            yield f'<th scope="row" {at}>{_line(cell.label)}</th>'
            yield f"<td {at}>{lines(cell.value)}</td>"
        yield "</tr>"
    yield "</tbody></table>"


def _section(document: Document, section: Section) -> Iterator[str]:
    level = section.level + 1
    yield f"<section><h{level}>{inline(section.title)}</h{level}>"
    yield from _items(document, section.items)
    for table in section.tables:
        yield from _table(table)
    if section.notes:
        yield f'<div class="notes">{lines(section.notes)}</div>'
    yield "</section>"


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        yield f'<div class="none">{lines(table.title)}{lines(table.none)}</div>'
        return
    yield '<div class="wide"><table class="rows">'
    if table.title:
        yield f"<caption>{lines(table.title)}</caption>"
    heads = "".join(f'<th scope="col">{lines(head)}</th>' for head in table.heads)
    yield f"<thead><tr>{heads}</tr></thead><tbody>"
    for row in table.rows:
        first, *rest = row
        cells = "".join(f"<td>{lines(words)}</td>" for words in rest)
        yield f'<tr><th scope="row">{lines(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"
