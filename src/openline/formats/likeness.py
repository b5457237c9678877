"""Text as a search compares it: without case, accents and points, ten languages alike.

Shapes   folded(text) -> text; spaced(folded) -> the same with Chinese letters apart;
         asked(text) -> Word of a question; excerpt(text, words) -> Excerpt or None
Units    characters
Raises   nothing: any text is a question, at worst one that nothing answers
Source   Unicode Standard, 3.13 (case folding) and 2.12 (decomposition); docs/decisions/0046
Never    changes what is shown: it is the text as it was said
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

QUESTION_CHARACTERS_MAX: Final = 200
WORDS_MAX: Final = 12
# The shortest text that an index of three letters each can find.
PART_CHARACTERS: Final = 3
EXCERPT_CHARACTERS: Final = 80
# Arabic letters that writers use for one another, and the stroke that only makes a word longer.
_ALIKE: Final = str.maketrans({"\u0649": "\u064a", "\u0629": "\u0647", "\u0640": None})
# Marks on letters, and signs that nobody sees; a line's end stays, as it parts words.
_DROPPED: Final = frozenset({"Mn", "Cf"})
_HAN: Final = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f])")
_WORD: Final = re.compile(r"[^\W_]+")
_TERM: Final = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


@dataclass(frozen=True, slots=True)
class Word:
    """One thing asked for: a part of a word of three letters or more, else whole tokens."""

    text: str
    is_part: bool
    is_absent: bool

    @property
    def tokens(self) -> tuple[str, ...]:
        """What an index of words holds of it."""
        return tuple(_WORD.findall(spaced(self.text)))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What was found, with some of what stands around it."""

    before: str
    found: str
    after: str


def folded(text: str) -> str:
    """Without case, accents, vowel points and letters that only join."""
    lower = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", lower)
    kept = "".join(c for c in plain if unicodedata.category(c) not in _DROPPED)
    return kept.translate(_ALIKE)


def spaced(text: str) -> str:
    """Chinese letters stand apart: each is a word to an index of words."""
    return _HAN.sub(r" \1 ", text)


def asked(text: str) -> tuple[Word, ...]:
    """The words of a question: all have to be there; "some words" stay together; -word is not."""
    found = []
    for minus, phrase, word in _TERM.findall(text[:QUESTION_CHARACTERS_MAX]):
        wanted = " ".join(folded(phrase or word).split())
        if not _WORD.search(wanted):
            continue
        is_part = len(wanted) >= PART_CHARACTERS and not _HAN.search(wanted)
        found.append(Word(wanted, is_part, bool(minus)))
    return tuple(found[:WORDS_MAX])


def excerpt(text: str, words: Iterable[Word]) -> Excerpt | None:
    """The first place of a text where a word that is asked for stands."""
    plain, places = _mapped(text)
    for word in words:
        at = -1 if word.is_absent else plain.find(word.text)
        if at >= 0:
            start, stop = places[at], places[at + len(word.text) - 1] + 1
            # Points and accents belong to the letter before them.
            while stop < len(text) and not folded(text[stop]):
                stop += 1
            before = text[max(0, start - EXCERPT_CHARACTERS) : start]
            return Excerpt(before, text[start:stop], text[stop : stop + EXCERPT_CHARACTERS])
    return None


def _mapped(text: str) -> tuple[str, list[int]]:
    """The folded text with, for each of its letters, the place of the letter that it came from."""
    plain, places = [], []
    for at, letter in enumerate(text):
        own = folded(letter)
        plain.append(own)
        places += [at] * len(own)
    return "".join(plain), places
