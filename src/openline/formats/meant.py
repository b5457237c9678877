"""An entry that a message names, in words: its name in lists, its form, its class, its subject.

Shapes   Meant.of(rows) -> Meant by (origin, index), of rows as the operation `meant` gives them;
         entries_in(form, fields) -> the entries that items name; with_entries(...) puts places
         for entries that were named as lists write them
Units    characters
Raises   nothing
Source   docs/formats.md, "What a reader sees"; G6 and G12 of
         docs/usability/2026-11-28-terminal.md
Never    translates a subject: it stands in the reader's language only if its writer gave it so
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from openline.formats.document.model import UNDETERMINED, Line, Span
from openline.formats.document.speaker import Speaker
from openline.formats.form import Format
from openline.formats.openjson import Value

SUBJECT_CHARACTERS: Final = 160
# Of how many entries that a message names it is said what they are.
ENTRIES_MAX: Final = 128
# A message may name 64 entries as what it is about; it is about the first of them.
ABOUT_MAX: Final = 4


class Meant(NamedTuple):
    """An entry that a message names: how lists write it, the terms of its form and its class, by
    what a list names it, and the id of its form."""

    name: str
    term: str = ""
    class_term: str = ""
    subject: Value = ""
    format: str = ""

    @staticmethod
    def of(rows: Iterable[Mapping[str, Any]]) -> "dict[tuple[str, int], Meant]":
        """By place, of rows as the operation `meant` gives them; those that are held here."""
        return {
            (str(row["ref"][0]), int(row["ref"][1])): Meant(
                row["name"], row["term"], row["class_term"], row["subject"], row["format"]
            )
            for row in rows
            if row["held"]
        }

    def line(self, speaker: Speaker) -> Line:
        """All of it in one language: name, form, class, and the subject in that language if its
        writer gave it."""
        said: list[Span] = [Span(self.name)]
        for term in (self.term, self.class_term):
            if term:
                said += [Span(", ", speaker.lang), *speaker.say(term)]
        for words in in_language(self.subject, speaker.lang):
            said += [Span(", ", speaker.lang), words]
        return tuple(said)


def in_language(subject: Value, lang: str) -> list[Span]:
    """What names a message in a list, in a language if its writer gave it, else as it was told."""
    if isinstance(subject, str):
        return [Span(first_line(subject), UNDETERMINED)] if subject else []
    parts = (
        [part for part in subject if isinstance(part, dict)] if isinstance(subject, list) else []
    )
    own = [part for part in parts if part.get("lang") == lang] or parts
    return [
        Span(first_line(str(part.get("text"))), str(part.get("lang") or UNDETERMINED))
        for part in own[:1]
    ]


def first_line(text: str) -> str:
    """As much of a text as a list shows of it."""
    line = text.partition("\n")[0]
    return line if len(line) <= SUBJECT_CHARACTERS else f"{line[:SUBJECT_CHARACTERS]} ..."


def entries_in(form: Format | None, fields: Mapping[str, Value]) -> list[tuple[str, int]]:
    """The entries that items of type `ref` name, in the order of the form."""
    found: list[tuple[str, int]] = []
    for item in form.written(fields) if form is not None else ():
        if item.type != "ref" or item.path not in fields:
            continue
        value = fields[item.path]
        listed = value if item.repeatable and isinstance(value, list) else [value]
        for each in listed[:ENTRIES_MAX]:
            match each:
                case [str(origin), int(index)] if not isinstance(index, bool):
                    found.append((origin, index))
    return found[:ENTRIES_MAX]


def with_entries(
    form: Format | None, fields: Mapping[str, Value], find: Callable[[str], Value]
) -> dict[str, Value]:
    """The same fields, with the place of every entry that an item names as lists write it."""
    found = dict(fields)
    for path, value in fields.items():
        item = form.item(path) if form is not None else None
        if item is None or item.type != "ref":
            continue
        if isinstance(value, list) and item.repeatable:
            found[path] = [find(each) if isinstance(each, str) else each for each in value]
        elif isinstance(value, str):
            found[path] = find(value)
    return found
