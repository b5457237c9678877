"""Sentences that only deny a promise: "No guarantee is given", in ten languages, word by word.

Shapes   told_apart(text, stems, denials) -> the text without the sentences that only deny;
         a Denial is one language's words in five lists: those that stand before a promising word
         and those behind it, what links two of these, what links two denials, and the frame
Units    none
Raises   nothing
Source   docs/cases.md, "Before release"; E7 of docs/usability/2026-11-28-desk-again.md
Never    judges what a text means: a sentence denies if each promising word stands directly beside
         one denying word, and every other word is of a short list of words that turn nothing
         round. "Needed", "doubt", "except", a question or one denial of another are not of it
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from openline.formats.likeness import folded

# Longer is nothing that anybody would check word by word.
SENTENCE_CHARACTERS_MAX: Final = 300
# A line break alone ends no sentence: mail is wrapped in mid-sentence.
_END: Final = re.compile(r"[.!。！]|\n\s*\n")
_WORD: Final = re.compile(r"\w+")
_BLANK: Final = re.compile(r"\s+")
_SIGN: Final = re.compile(r"[,:;()«»\"“”„、，：；،؛–—-]")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_APOSTROPHES: Final = str.maketrans({"’": "'", "ʼ": "'"})
_PROMISE, _PAUSE = "promise", "pause"
BEFORE, BEHIND, LINK, AND, FRAME = "before", "behind", "link", "and", "frame"
LISTS: Final = (BEFORE, BEHIND, LINK, AND, FRAME)


@dataclass(frozen=True, slots=True)
class Denial:
    """The words of one language, folded, longest first, each with the lists that it stands in."""

    words: tuple[tuple[str, frozenset[str]], ...]

    @classmethod
    def of(cls, lists: dict[str, Sequence[str]]) -> "Denial":
        """From the lists as people write them."""
        found: dict[str, frozenset[str]] = {}
        for name, words in lists.items():
            for word in map(plain, words):
                found[word] = found.get(word, frozenset()) | {name}
        return cls(tuple(sorted(found.items(), key=lambda each: -len(each[0]))))


def plain(text: str) -> str:
    """The text as it is compared: folded, with one kind of apostrophe and single blanks."""
    return _BLANK.sub(" ", folded(text).translate(_APOSTROPHES)).strip()


def told_apart(text: str, stems: Sequence[str], denials: Sequence[Denial]) -> str:
    """What is left of a text without the sentences that only deny what the folded stems name."""
    sentences = _END.split(text)
    return ". ".join(
        each for each in sentences if not any(denies(plain(each), stems, d) for d in denials)
    )


def denies(sentence: str, stems: Sequence[str], denial: Denial) -> bool:
    """Whether a sentence promises nothing and says so; False wherever that is not certain."""
    if len(sentence) > SENTENCE_CHARACTERS_MAX:
        return False
    tokens = list(_tokens(sentence, stems, denial))
    used: set[int] = set()
    at = 0
    while at < len(tokens):
        if _PROMISE not in tokens[at]:
            at += 1
            continue
        end = _group(tokens, at)
        beside = [n for n, name in ((at - 1, BEFORE), (end, BEHIND)) if name in _at(tokens, n)]
        if len(beside) != 1 or beside[0] in used:
            return False
        # "No guarantee without our word": the second denial turns the first one round.
        if used and not _at(tokens, min(at, *beside) - 1) & {_PAUSE, AND}:
            return False
        used |= {*range(at, end), *beside}
        at = end
    # A denying word that belongs to no promise may turn round another: "not without guarantee".
    rest = [kinds for n, kinds in enumerate(tokens) if n not in used]
    is_frame = all(kinds & {FRAME, LINK, AND, _PAUSE} for kinds in rest)
    return bool(used) and is_frame and not any(kinds & {BEFORE, BEHIND} for kinds in rest)


def _group(tokens: Sequence[frozenset[str]], at: int) -> int:
    """Where a run of promising words ends that are linked: "guarantee or permission"."""
    end = at + 1
    while LINK in _at(tokens, end) and _PROMISE in _at(tokens, end + 1):
        end += 2
    return end


def _at(tokens: Sequence[frozenset[str]], n: int) -> frozenset[str]:
    return tokens[n] if 0 <= n < len(tokens) else frozenset()


def _tokens(text: str, stems: Sequence[str], denial: Denial) -> Iterator[frozenset[str]]:
    """The kinds of each word or phrase in turn; a word that is not known is of no kind."""
    at = 0
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank:
            at = blank.end()
            continue
        promise = _promise(text, at, stems)
        if promise > at:
            yield frozenset({_PROMISE})
            at = promise
            continue
        said = next((each for each in denial.words if _stands(text, at, each[0])), None)
        if said is not None:
            yield said[1]
            at += len(said[0])
            continue
        yield frozenset({_PAUSE} if _SIGN.match(text, at) else ())
        word = _WORD.match(text, at)
        at = word.end() if word and not _HAN.match(text, at) else at + 1


def _promise(text: str, at: int, stems: Sequence[str]) -> int:
    """Where a promising word ends that begins here; `at` where none does."""
    word = _WORD.match(text, at)
    if word is None:
        return at
    if _HAN.match(text, at):
        return max((at + len(stem) for stem in stems if text.startswith(stem, at)), default=at)
    for stem in stems:
        if stem in word[0]:
            return word.end()
        if text.startswith(stem, at):
            rest = _WORD.match(text, at + len(stem))
            return rest.end() if rest else at + len(stem)
    return at


def _stands(text: str, at: int, phrase: str) -> bool:
    """Whether a phrase stands here whole; Chinese has no ends of words."""
    end = at + len(phrase)
    is_whole = bool(_HAN.search(phrase)) or not _WORD.match(text, end)
    return text.startswith(phrase, at) and is_whole
