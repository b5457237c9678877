"""What each party says of one matter: accounts of an incident, positions on items of a checklist.

Shapes   each takes Speakers, a matter of a case view and its form, and gives a Section, or None
         where nobody said anything
Units    times in views are RFC 3339 UTC text
Raises   nothing
Source   docs/cases.md, "Views"; G5 of docs/usability/2026-11-28-terminal.md: what contradicts the
         sender stood two pages away from what it contradicts
Never    merges what two parties said, nor leaves out who said it and why
"""

from collections.abc import Iterator
from typing import Final

from openline.cases.documents import parts
from openline.cases.documents.parts import Row, Speakers
from openline.formats.document.model import Section, Span, Table, Words
from openline.formats.document.speaker import each, term
from openline.formats.form import Format

_REJECTS: Final = "reject"
_STUDIES: Final = "under-study"


def said_of(of: Speakers, matter: Row, form: Format | None, *, level: int = 1) -> Iterator[Section]:
    """Everything that parties say of a matter beside it: accounts, then positions."""
    for found in (accounts(of, matter, form, level), positions(of, matter, form, level)):
        if found is not None:
            yield found


def accounts(of: Speakers, matter: Row, form: Format | None, level: int = 1) -> Section | None:
    """Every act of every side, each in its own party's order; None while only one has spoken."""
    if len(matter["sides"]) < 2:
        return None
    heads = ("word.party", "word.class", "word.number", "word.sent", "word.content")
    body = [
        (
            parts.party(of, side["party"]),
            classed(of, form, act["class"]),
            parts.code(f"{side['party']}:{act['number']}"),
            (of[0].stamp(act["time"]),),
            parts.text_of(act["text"]),
        )
        for side in matter["sides"]
        for act in side["acts"]
    ]
    table = Table((), tuple(term(of, head) for head in heads), tuple(body))
    return Section(term(of, "word.accounts"), tables=(table,), level=level)


def positions(of: Speakers, matter: Row, form: Format | None, level: int = 1) -> Section | None:
    """Who accepts and who rejects which items of which version, and why."""
    if not matter["positions"]:
        return None
    heads = (
        "word.party", "word.class", "item.items-meant", "head.answers-version", "word.number",
        "word.sent", "word.content",
    )  # fmt: skip
    body = [
        (
            parts.party(of, row["party"]),
            _position(of, row["class"]),
            tuple(line for path in row["items"] for line in named(of, form, path)),
            parts.code(f"{row['version']} / {len(matter['versions'])}"),
            parts.code(f"{row['party']}:{row['number']}"),
            (of[0].stamp(row["time"]),),
            parts.text_of(row["text"]),
        )
        for row in matter["positions"]
    ]
    table = Table((), tuple(term(of, head) for head in heads), tuple(body))
    return Section(term(of, "format.item-position"), tables=(table,), level=level)


def _position(of: Speakers, answer: str) -> Words:
    """The class of a position; a rejection has to be seen."""
    words = parts.coded(of, "class", answer if answer == _STUDIES else f"item-{answer}")
    return parts.alarm(words) if answer == _REJECTS else words


def classed(of: Speakers, form: Format | None, answer: str) -> Words:
    """A class in the words of its own form."""
    name = form.class_term(answer) if form is not None else None
    return term(of, name) if name else parts.code(answer)


def named(of: Speakers, form: Format | None, path: str) -> Words:
    """An item by its number and label; one that the form does not have by its path."""
    item = form.item(path) if form is not None else None
    if item is None:
        return parts.code(path)
    return each(of, lambda s: (Span(f"{item.number} "), *s.say(item.term)))
