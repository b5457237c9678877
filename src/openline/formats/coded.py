"""What a code says, in the reader's language: irregularities, cautions, refusals, terminal words.

Shapes   phrased(kind, code, sentence, lang) -> (words, the English sentence to stand beside them);
         said(term, lang, english, *particulars) -> a sentence of the terminal
Units    none
Raises   nothing: without words in that language the English sentence stands alone
Source   docs/decisions/0072-sentences-by-code.md
Never    drops the English sentence where it says more than the words do, or where lives hang on it
"""

import re
from collections.abc import Mapping
from typing import Final

from openline.formats.terms import ENGLISH, load_terms

# Sentences on which lives hang: the English words stand beside them while nobody reviewed them.
GRAVE: Final = frozenset(
    {
        "remark.answer.no-guarantee",
        "remark.guarantee.another-place",
        "remark.guarantee.incomplete",
        "remark.guarantee.part-of-the-time",
        "remark.line.limited",
        "remark.line.not-accepted",
        "remark.place.open-ring",
        "remark.readback.stated-correct",
    }
)
EVENT_KINDS: Final = ("refused", "remark", "flaw")
# What a sentence quotes behind the words that all occasions have in common: as it was written, and
# so the same in every language, between that language's own marks.
_QUOTED: Final = re.compile("(?: “([^“”]+)”)?")
QUOTES: Final[Mapping[str, str]] = {
    "ar": "«{}»",
    "de": "„{}“",
    "en": "“{}”",
    "es": "«{}»",
    "fr": "«\u00a0{}\u00a0»",
    "it": "«{}»",
    "nl": "“{}”",
    "ru": "«{}»",
    "uk": "«{}»",
    "zh": "“{}”",
}


def phrased(kind: str, code: str, sentence: str, lang: str) -> tuple[str, str]:
    """The words for a code, and the English sentence where it has particulars or is grave.

    `sentence` is what the program says in English of this one occasion, names and numbers in it;
    the dictionary has what all occasions have in common, under `KIND.CODE`.
    """
    if lang == ENGLISH:
        return sentence, ""
    terms, term = load_terms(), f"{kind}.{code}"
    words = terms.label(term, lang)
    if words.is_fallback:
        return sentence, ""
    general = terms.label(term, ENGLISH).text
    quoted = _QUOTED.fullmatch(sentence.removeprefix(general))
    is_general = sentence.startswith(general) and quoted is not None
    is_settled = term not in GRAVE or words.review == "reviewed"
    is_quoting = is_general and quoted is not None and quoted[1] is not None
    word = (
        f" {QUOTES.get(lang, QUOTES[ENGLISH]).format(quoted[1])}" if is_quoting and quoted else ""
    )
    said = f"{words.text}{word}"
    return said, "" if is_general and is_settled else sentence


def in_line(kind: str, code: str, sentence: str, lang: str) -> str:
    """Both in one line."""
    words, beside = phrased(kind, code, sentence, lang)
    return f"{words} ({beside})" if beside else words


def of_event(code: str) -> tuple[str, str]:
    """Kind and code under which the dictionary has what an event's code says; "" and "" where it
    has nothing. All kinds of defect have the same words."""
    names = (f"{kind}.{name}" for name in (code, code.partition(".")[0]) for kind in EVENT_KINDS)
    kind, _, known = next(filter(load_terms().known.__contains__, names), "").partition(".")
    return kind, known


def said(term: str, lang: str, english: str, *particulars: object) -> str:
    """A sentence of the terminal: its own English one, or that of the dictionary with what is
    particular to this occasion in brackets behind it: no noun is put into a sentence."""
    words = load_terms().label(term, lang)
    if lang == ENGLISH or words.is_fallback:
        return english
    beside = ", ".join(map(str, particulars))
    return f"{words} ({beside})" if beside else str(words)


def worded(term: str, lang: str, english: str) -> str:
    """A word of the terminal: its own short English one, or that of the dictionary."""
    if lang == ENGLISH:
        return english
    words = load_terms().label(term, lang)
    return english if words.is_fallback else str(words)
