"""Answers that say more than their class: items of another answer, words that promise.

Shapes   claims(format_id, answer, fields, stems, denials) -> Cautions; `stems` are beginnings of
         words by the names of STEMS, in any languages; `denials` the words that deny, by language
Units    none
Raises   nothing
Source   docs/cases.md, "Before release"; D4 of docs/usability/2026-11-28-desk.md
Never    judges what a text means: it names the word that was found, unless the sentence can only be
         a denial (`denial.py`), and the person who drafts decides
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from openline.cases import shown
from openline.cases.ahead import Caution
from openline.cases.denial import Denial, told_apart
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
# In English what the dictionary has under these codes in every language.
ANOTHER_CLASS: Final = "It holds an item that belongs to another kind of answer."
PROMISES: Final = "Its text speaks of a guarantee or a permission; this answer is neither."
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
    denials: Sequence[Denial] = (),
) -> Iterator[Caution]:
    """What an answer holds that its class does not say."""
    if name_of(format_id) != ANSWER:
        return
    for path, classes in BELONGS.items():
        if path in fields and answer not in classes:
            yield Caution(path, "answer.item-of-another-class", ANOTHER_CLASS, False)
    wanted = [GUARANTEE] if answer in _MAY_PERMIT else [*STEMS]
    for path in _TEXTS:
        text = ". ".join(told_apart(each, denials) for each in _texts(fields, path))
        found = _said(text, [stem for name in wanted for stem in stems[name]])
        if found:
            # What is quoted needs no translation: `formats/coded.py` sets it behind the words.
            yield Caution(path, "answer.text-promises", f"{PROMISES} “{found}”", False)


def _texts(fields: Mapping[str, Value], path: str) -> list[str]:
    """The texts of an item in each of its languages."""
    given = shown.texts(fields, path)
    parts = given if isinstance(given, list) else [given]
    return [str(each.get("text", "") if isinstance(each, dict) else each) for each in parts]


def _said(text: str, stems: Sequence[str]) -> str:
    """The first word of a text that has one of these beginnings.

    All languages are looked for in every text: which one it is written in may be said wrongly.
    """
    plain = folded(text)
    stem = next((each for each in map(folded, stems) if each in plain), "")
    if not stem:
        return ""
    word = next((each for each in _WORD.findall(text) if stem in folded(each)), stem)
    return str(word) if len(word) <= _WORD_MAX else stem
