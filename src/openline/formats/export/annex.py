"""A printable annex: notices as numbered text, the status on every page and before every notice.

Shapes   write_annex(notices, lines_a_page) -> text with form feeds between pages
Units    lines of at most WIDTH characters
Raises   MixedStatus, NothingToExport
Source   docs/decisions/0014-foreign-notations.md, "Exports"
Never    leaves a page without its status
"""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from openline.formats.export.notice import Notice, refuse_mixed
from openline.formats.spell import utc

WIDTH: Final = 78
LINES: Final = 60


def write_annex(notices: Sequence[Notice], lines_a_page: int = LINES) -> str:
    """All notices, page by page; a page begins with status, title and its number."""
    status = refuse_mixed(notices).upper()
    titles = " / ".join(dict.fromkeys(notice.title for notice in notices))
    body = [line for notice in notices for line in _lines(notice)]
    room = lines_a_page - 3
    pages = [body[at : at + room] for at in range(0, len(body), room)]
    shown = []
    for number, page in enumerate(pages, 1):
        head = [f"{status}   {titles}"[:WIDTH], f"page {number} of {len(pages)}", ""]
        shown.append("\n".join([*head, *page]) + "\n")
    return "\f".join(shown)


def _lines(notice: Notice) -> Iterator[str]:
    yield from textwrap.wrap(notice.marked_subject, WIDTH) or [""]
    yield f"{notice.name}   {notice.format}   {notice.state}   {utc(notice.written_s)}"
    for number, label, value in notice.rows:
        head = f"{number} {label}: ".lstrip()
        for at, line in enumerate(value.split("\n") or [""]):
            lead = head if at == 0 else "    "
            yield from textwrap.wrap(line, WIDTH, initial_indent=lead,
                                     subsequent_indent="    ") or [lead.rstrip()]  # fmt: skip
    yield ""
