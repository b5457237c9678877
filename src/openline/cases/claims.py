"""Answers that say more than their class: items of another answer, words that promise.

Shapes   claims(format_id, answer, fields, stems) -> Cautions; `stems` are beginnings of words by
         the names of STEMS, in any languages
Units    none
Raises   nothing
Source   docs/cases.md, "Before release"; D4 of docs/usability/2026-11-28-desk.md
Never    judges what a text means: it names the word that was found, also where the text denies it,
         and the person who drafts decides
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from openline.cases import shown
from openline.cases.ahead import Caution
from openline.formats.form import name_of
from openline.formats.likeness import folded
from openline.formats.openjson import Value

ANSWER: Final = "core/answer"
# Items of an answer that only some of its classes give a meaning.
BELONGS: Final[Mapping[str, frozenset[str]]] = {
    "conditions": frozenset({"conditional", "alternative-proposed"}),
    "alternative": frozenset({"alternative-proposed"}),
    "until": frozenset(
        {"accepted", "conditional", "alternative-proposed", "postponed", "under-study"}
    ),
}
GUARANTEE, PERMISSION = "guarantee", "permission"
STEMS: Final = (GUARANTEE, PERMISSION)
# Whoever agrees may speak of a permission; of a guarantee no answer may.
_MAY_PERMIT: Final = frozenset({"accepted", "conditional"})
_WORD: Final = re.compile(r"\w+")
# Longer is no word: Chinese has no spaces.
_WORD_MAX: Final = 24
_TEXTS: Final = ("text", "conditions", "alternative")


def claims(
    format_id: str,
    answer: str,
    fields: Mapping[str, Value],
    stems: Mapping[str, Sequence[str]],
) -> Iterator[Caution]:
    """What an answer holds that its class does not say."""
    if name_of(format_id) != ANSWER:
        return
    for path, classes in BELONGS.items():
        if path in fields and answer not in classes:
            words = (
                f"The item {path} belongs to the class {' or '.join(sorted(classes))}; beside"
                f" {answer} a reader may take it for more than was said."
            )
            yield Caution(path, "answer.item-of-another-class", words, False)
    wanted = [GUARANTEE] if answer in _MAY_PERMIT else [*STEMS]
    for path in _TEXTS:
        found = _said(fields, path, [stem for name in wanted for stem in stems[name]])
        if found:
            words = (
                f"The text says {found!r}: {answer} is no guarantee and no permission, whatever"
                " its text says."
            )
            yield Caution(path, "answer.text-promises", words, False)


def _said(fields: Mapping[str, Value], path: str, stems: Sequence[str]) -> str:
    """The first word that has one of these beginnings, anywhere in the texts of an item.

    All languages are looked for in every text: which one it is written in may be said wrongly.
    """
    given = shown.texts(fields, path)
    parts = given if isinstance(given, list) else [given]
    text = folded(" ".join(str(p.get("text", "") if isinstance(p, dict) else p) for p in parts))
    stem = next((each for each in map(folded, stems) if each in text), "")
    if not stem:
        return ""
    word = next((each for each in _WORD.findall(text) if stem in each), stem)
    return str(word) if len(word) <= _WORD_MAX else stem
