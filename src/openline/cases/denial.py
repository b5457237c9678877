"""Sentences that only deny a promise: "No guarantee is given", in ten languages, clause by clause.

Shapes   told_apart(text, denials) -> the text without the sentences that only deny; a Denial is one
         language's lists: promising words, clauses that deny, clauses that say nothing to it, what
         a clause may speak about, what links promising words or clauses, and what turns round
Units    none
Raises   nothing
Source   docs/decisions/0098-a-denial-is-a-whole-clause.md; docs/cases.md, "Before release"
Never    judges what a text means: a sentence denies if every clause of it stands in a list whole,
         and one of them denies. A word more, a question, a quotation, and nobody is certain
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openline.formats.likeness import folded, spaced

# Longer is nothing that anybody would check clause by clause.
SENTENCE_CHARACTERS_MAX: Final = 300
ABOUT_MAX, CLAUSES_MAX, LINKED_MAX = 8, 5, 3
# A line break alone ends no sentence: mail is wrapped in mid-sentence.
_END: Final = re.compile(r"[.!。！]|\n\s*\n")
_PAUSES: Final = re.compile(r"\s*[,:;()、，：；،؛–—-][\s,:;()、，：；،؛–—-]*")
_APOSTROPHES: Final = re.compile("['’ʼ]")
GUARANTEES, PERMISSIONS, CLAUSES = "guarantees", "permissions", "clauses"
BESIDE, ABOUT, LINK, AND, TURN = "beside", "about", "link", "and", "turn"
LISTS: Final = (GUARANTEES, PERMISSIONS, CLAUSES, BESIDE, ABOUT, LINK, AND, TURN)
# What stands for words in a clause: a promise of either kind, a guarantee alone, its matter.
_PROMISE, _GUARANTEE, _MATTER = "*", "#", "~"
_PAUSE: Final = ","

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Denial:
    """One language's lists, each phrase as its folded words."""

    lists: Mapping[str, tuple[Words, ...]]

    @classmethod
    def of(cls, lists: Mapping[str, Sequence[str]]) -> "Denial":
        """From the lists as people write them."""
        return cls({name: tuple(map(words, lists[name])) for name in LISTS})

    def denies(self, sentence: str) -> bool:
        """Whether a sentence promises nothing and says so; False wherever that is not certain."""
        return _denies_or_is_beside(self, sentence) is True

    def turns(self, sentence: str) -> bool:
        """Whether a later sentence may take back what an earlier one denies: "It is given"."""
        said = words(sentence)
        is_known = _denies_or_is_beside(self, sentence) is not None
        return not is_known and any(
            said[at : at + len(each)] == each
            for each in self.lists[TURN]
            for at in range(len(said))
        )


def words(text: str) -> Words:
    """The text as it is compared: its folded words, and a comma for each pause between them.

    A Chinese letter is a word; "n'est" is two.
    """
    parted = _PAUSES.sub(f" {_PAUSE} ", spaced(_APOSTROPHES.sub("' ", folded(text))))
    return tuple(parted.strip(f" {_PAUSE}").split())


def told_apart(text: str, denials: Sequence[Denial]) -> str:
    """What is left of a text without the sentences that only deny."""
    sentences = _END.split(text)
    kept = []
    for n, each in enumerate(sentences):
        in_force = (d for d in denials if d.denies(each))
        if not any(not any(map(d.turns, sentences[n + 1 :])) for d in in_force):
            kept.append(each)
    return ". ".join(kept)


def _denies_or_is_beside(denial: Denial, sentence: str) -> bool | None:
    """True if every clause is in a list and one of them denies; False if none does; else None."""
    if len(sentence) > SENTENCE_CHARACTERS_MAX:
        return None
    said = words(sentence)
    # Where the clauses so far may end, and whether one of them denied.
    reached: set[tuple[int, bool]] = {(0, False)}
    whole: set[bool] = set()
    for _ in range(CLAUSES_MAX):
        ends = {
            (end, has_denied or name == CLAUSES)
            for at, has_denied in reached
            for name in (CLAUSES, BESIDE)
            for clause in denial.lists[name]
            for end in _ends(denial, clause, said, at)
            if end > at
        }
        whole |= {has_denied for end, has_denied in ends if end == len(said)}
        reached = {
            (begin, has_denied) for end, has_denied in ends for begin in _after(denial, said, end)
        }
    return max(whole, default=None)


def _ends(denial: Denial, clause: Words, said: Words, begin: int) -> set[int]:
    """Where a clause may end that begins here."""
    places = {begin}
    for word in clause:
        if word == _MATTER:
            places = _repeated(places, denial.lists[ABOUT], said)
        elif word in (_PROMISE, _GUARANTEE):
            kinds = (GUARANTEES, PERMISSIONS) if word == _PROMISE else (GUARANTEES,)
            promising = [each for kind in kinds for each in denial.lists[kind]]
            places = _linked(places, promising, denial.lists[LINK], said)
        else:
            places = _past(places, [(word,)], said)
    return places


def _after(denial: Denial, said: Words, end: int) -> set[int]:
    """Where the next clause begins: behind a pause, a word like "and", or both."""
    paused = _past({end}, [(_PAUSE,)], said)
    return paused | _past(paused | {end}, denial.lists[AND], said)


def _linked(
    places: set[int], promising: Sequence[Words], links: Sequence[Words], said: Words
) -> set[int]:
    """Past one promising word or several that are linked: "guarantee or permission"."""
    found = last = _past(places, promising, said)
    for _ in range(LINKED_MAX - 1):
        last = _past(_past(last, links, said), promising, said)
        found = found | last
    return found


def _repeated(places: set[int], phrases: Sequence[Words], said: Words) -> set[int]:
    found = last = places
    for _ in range(ABOUT_MAX):
        last = _past(last, phrases, said)
        found = found | last
    return found


def _past(places: set[int], phrases: Sequence[Words], said: Words) -> set[int]:
    return {at + len(p) for at in places for p in phrases if said[at : at + len(p)] == p}
