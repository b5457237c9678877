"""Two values side by side: which figures and words of the second one differ.

Shapes   marked(told, read) -> (text, whether it differs) in turn; together they are `read`
Units    characters
Raises   nothing
Source   docs/OPERATE.md, "Receiving"; F10 of docs/usability/2026-11-28-desk-third.md
Never    leaves a difference without a mark: what was left out is marked at the word beside it
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

Marked = list[tuple[str, bool]]
# A number with its point, a word, or a sign.
_TOKEN: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W\d_]+|.", re.DOTALL)
# Only these can be marked one by one: a letter may join the one beside it.
_FIGURES: Final = re.compile(r"[0-9.,]+")


def marked(told: str, read: str) -> Marked:
    """The second value in pieces, line by line where both have as many."""
    one, other = told.split("\n"), read.split("\n")
    if len(one) != len(other):
        return _joined(_compared(told, read))
    pieces: Marked = []
    for n, (first, second) in enumerate(zip(one, other, strict=True)):
        pieces += [("\n", False)] if n else []
        pieces += _compared(first, second)
    return _joined(pieces)


def _compared(told: str, read: str) -> Marked:
    one, other = _TOKEN.findall(told), _TOKEN.findall(read)
    pieces: Marked = []
    is_lacking = False  # something was left out before the next word
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        before, words = one[i1:i2], other[j1:j2]
        if tag == "equal":
            pieces += [(words[0], is_lacking), *((word, False) for word in words[1:])]
            is_lacking = False
        elif tag == "replace" and len(before) == len(words):
            pieces += [piece for pair in zip(before, words, strict=True) for piece in _word(*pair)]
        elif words:
            pieces += [(word, True) for word in words]
        else:
            is_lacking = True
    if is_lacking and pieces:
        pieces[-1] = (pieces[-1][0], True)
    return pieces


def _word(told: str, read: str) -> Marked:
    """A number of as many figures is marked figure by figure, anything else as a whole."""
    is_number = _FIGURES.fullmatch(told) and _FIGURES.fullmatch(read)
    if not is_number or len(told) != len(read):
        return [(read, told != read)]
    return [(new, old != new) for old, new in zip(told, read, strict=True)]


def _joined(pieces: Iterable[tuple[str, bool]]) -> Marked:
    """Pieces of one kind beside each other as one."""
    return [
        ("".join(text for text, _ in group), is_marked)
        for is_marked, group in groupby(pieces, key=lambda piece: piece[1])
    ]
