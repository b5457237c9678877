"""A document: what a reader is shown, in one language or two, before anything is drawn of it.

Shapes   Document -> sections -> items (number, label and value in each language) and tables;
         words are lines of spans, and a span is text in one language and one direction
Units    none: times and quantities are words already
Raises   nothing
Source   docs/ARCHITECTURE.md, "Documents"; docs/decisions/0033-one-document.md
Never    holds a letter that hides or turns: a span spells such letters out when it is made, so no
         writer can forget to
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NamedTuple

from openline.formats.legible import visible

# How a span is meant: said plainly; beside something; about it, as a mark; what has to be seen.
PLAIN: Final = ""
BESIDE: Final = "beside"
MARK: Final = "mark"
ALARM: Final = "alarm"
STRONG: Final = "strong"
TONES: Final = (PLAIN, BESIDE, MARK, ALARM, STRONG)
# Languages that are written from right to left, of the ten and of what a sender may write in.
RIGHT_TO_LEFT: Final = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
# A sender names the language of a text, and may name nonsense: that is an undetermined one.
UNDETERMINED: Final = "und"
_LANG: Final = re.compile(r"[a-z]{2,3}")
# A number with its signs, or words in Latin letters: from its first sign to its last.
_WORD: Final = (
    r"[+#A-Za-z0-9\u00c0-\u024f](?:[A-Za-z0-9\u00c0-\u024f.:/@_+°'%-]*[A-Za-z0-9\u00c0-\u024f°'%])?"
)
_APART: Final = re.compile(rf"{_WORD}(?: {_WORD})*")


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one language; without one it is a number, a name or a code."""

    text: str
    lang: str = ""
    tone: str = PLAIN

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", visible(self.text))
        if self.lang and not _LANG.fullmatch(self.lang):
            object.__setattr__(self, "lang", UNDETERMINED)

    @property
    def is_rtl(self) -> bool:
        """Whether the text runs from right to left: by its first letter; what is said to be in a
        language of that direction, by any letter; a text without letters, by its language."""
        kinds = [unicodedata.bidirectional(letter) for letter in self.text]
        strong = [kind != "L" for kind in kinds if kind in ("L", "R", "AL")]
        if self.lang in RIGHT_TO_LEFT:
            return any(strong) or not strong
        return bool(strong) and strong[0]

    @property
    def runs(self) -> tuple[tuple[str, bool], ...]:
        """The words in pieces, each with whether it has to be kept apart.

        Within a text from right to left a telephone number, a time or a name in Latin letters
        falls into pieces that change places: each is one piece here, with its own signs in it.
        """
        words = self.parted[1]
        if not self.is_rtl:
            return ((words, False),) if words else ()
        found = []
        at = 0
        for match in _APART.finditer(words):
            found += [(words[at : match.start()], False), (match[0], True)]
            at = match.end()
        found.append((words[at:], False))
        return tuple((text, is_apart) for text, is_apart in found if text)

    @property
    def parted(self) -> tuple[str, str, str]:
        """Blanks before, the words, blanks behind: only the words may be isolated, or a blank
        between two directions would end up on the wrong side."""
        words = self.text.strip(" ")
        before, _, behind = self.text.partition(words) if words else (self.text, "", "")
        return before, words, behind


Line = tuple[Span, ...]
Words = tuple[Line, ...]


class Cell(NamedTuple):
    """Label and value of an item in one language."""

    label: Line
    value: Words


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered item, with a cell for each language; a heading of rows has no value."""

    number: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads, all languages within one cell; `none` is said where there are no rows."""

    title: Words
    heads: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]
    none: Words = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under a title; level 1 is below that of the document itself."""

    title: Words
    items: tuple[Item, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: Words = ()
    level: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """All that is shown. `status` is that of the line, which `marking` says above everything."""

    status: str
    languages: tuple[str, ...]
    marking: Words
    title: Words
    number: str
    items: tuple[Item, ...]
    sections: tuple[Section, ...]
    foot: Words
    made_s: int
    name: str


def must_be_seen(line: Line) -> bool:
    """Whether any part of a line is an alarm."""
    return any(span.tone == ALARM for span in line)


def plain(line: Line) -> str:
    """A line as one string."""
    return "".join(span.text for span in line)


def plain_words(words: Words) -> str:
    """Words as text with a line for each line."""
    return "\n".join(map(plain, words))
