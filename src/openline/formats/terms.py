"""Terms: one dictionary of words per language; every label that a reader sees comes from here.

Shapes   load_terms() -> Terms; label(term, lang) -> Label (str(label) is what is shown)
Units    lengths are characters, not bytes
Raises   BadTerms for a dictionary file; label() raises nothing: an unknown term shows itself
Source   data/terms/<lang>.toml; docs/formats.md lists every term that a format uses
Never    translates: a missing label is the English one, marked as English
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.phrases import BESIDE

ENGLISH: Final = "en"
REVIEWS: Final = ("unreviewed", "reviewed")
TERMS_BYTES_MAX: Final = 262_144
TERMS_MAX: Final = 2_000
LABEL_CHARACTERS_MAX: Final = 200
BASIS_CHARACTERS_MAX: Final = 400

_TERM: Final = re.compile(r"[a-z][a-z0-9-]{0,31}(\.[a-z0-9]+(-[a-z0-9]+)*)+")
_LANG: Final = re.compile(r"[a-z]{2,3}")
# Letters that change the order of what stands around them, or cannot be seen at all.
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


class BadTerms(OpenlineError):
    """A dictionary file that cannot be used, with the file, the term and the reason."""

    code: ClassVar[str] = "formats.bad-terms"
    remedy: ClassVar[str] = "Correct the named term of the dictionary file; none of it was loaded."

    def __init__(self, file: str, term: str, reason: str) -> None:
        super().__init__(f"{file}: {term}: {reason}")
        self.file, self.term, self.reason = file, term, reason


@dataclass(frozen=True, slots=True)
class Label:
    """The words for one term. `lang` is the language of `text`, which may not be the one asked."""

    term: str
    text: str
    lang: str
    asked: str
    review: str
    # The English words of a phrase on which lives hang, while nobody has reviewed these ones.
    beside: str = ""

    @property
    def is_fallback(self) -> bool:
        """Whether the reader gets another language than asked."""
        return self.lang != self.asked

    def __str__(self) -> str:
        if self.is_fallback:
            return f"{self.text} [{self.lang}]"
        return f"{self.text} ({self.beside})" if self.beside else self.text


@dataclass(frozen=True, slots=True)
class Language:
    """One dictionary file: its words, who has looked at them, and the exceptions it explains."""

    lang: str
    name: str
    direction: str
    scripts: tuple[str, ...]
    is_complete: bool
    labels: Mapping[str, tuple[str, str]]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """All dictionaries of this node."""

    languages: Mapping[str, Language]

    @property
    def known(self) -> frozenset[str]:
        """Every term that exists: the English dictionary is the list."""
        return frozenset(self.languages[ENGLISH].labels)

    def with_labels(self, more: Mapping[str, Mapping[str, tuple[str, str]]]) -> "Terms":
        """These dictionaries with more labels, language by language."""
        return Terms(
            {
                lang: replace(language, labels={**language.labels, **more.get(lang, {})})
                for lang, language in self.languages.items()
            }
        )

    def label(self, term: str, lang: str) -> Label:
        """The label in this language, else in English, else the bare term: each says which."""
        for spoken in (lang, ENGLISH):
            language = self.languages.get(spoken)
            if language is not None and term in language.labels:
                text, review = language.labels[term]
                return Label(term, text, spoken, lang, review, self._beside(term, spoken, review))
        return Label(term, term, "term", lang, REVIEWS[0])

    def _beside(self, term: str, spoken: str, review: str) -> str:
        if spoken == ENGLISH or review == "reviewed" or term not in BESIDE:
            return ""
        return self.languages[ENGLISH].labels[term][0]


@cache
def load_terms() -> Terms:
    """The dictionaries that ship with Openline; English first, for it is the list of terms."""
    folder = resources.files("openline.formats") / "data" / "terms"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    languages = [parse_terms((folder / name).read_bytes(), name) for name in names]
    return dictionary(languages)


def label(term: str, lang: str) -> Label:
    """The label of a term in the built-in dictionaries."""
    return load_terms().label(term, lang)


def dictionary(languages: list[Language]) -> Terms:
    """Dictionaries that belong together: none may know a term that English does not."""
    by_lang = {language.lang: language for language in languages}
    if ENGLISH not in by_lang:
        raise BadTerms("terms", ENGLISH, "there is no English dictionary, so there are no terms")
    english = by_lang[ENGLISH].labels
    for language in languages:
        file = f"{language.lang}.toml"
        for term in sorted(set(language.labels) - set(english)):
            raise BadTerms(file, term, "is a term that the English dictionary does not have")
        for term in sorted(set(english) - set(language.labels)) if language.is_complete else ():
            raise BadTerms(file, term, "is missing, though the file says that it is complete")
    return Terms(by_lang)


def parse_table(data: bytes, file: str) -> dict[str, Any]:
    """The TOML of a file of words, bounded before it is read."""
    if len(data) > TERMS_BYTES_MAX:
        raise BadTerms(file, "file", f"longer than {TERMS_BYTES_MAX} bytes")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadTerms(file, "file", f"is not TOML in UTF-8 ({error})") from None


def parse_terms(data: bytes, file: str) -> Language:
    """Read one dictionary file strictly."""
    table = parse_table(data, file)
    for key in sorted(set(table) ^ _FILE_KEYS):
        raise BadTerms(file, key, "is unknown or missing at the top of the file")
    lang = table["lang"]
    if not isinstance(lang, str) or not _LANG.fullmatch(lang) or file != f"{lang}.toml":
        raise BadTerms(file, "lang", "is not the language code that the file is named for")
    labels = _labels(table["terms"], file)
    reasons = _reasons(table["reasons"], file, labels)
    if table["direction"] not in ("ltr", "rtl") or not isinstance(table["complete"], bool):
        raise BadTerms(file, "direction", "is not ltr or rtl, or complete is not true or false")
    scripts = table["scripts"]
    if not isinstance(scripts, list) or not all(isinstance(each, str) for each in scripts):
        raise BadTerms(file, "scripts", "is not a list of script names")
    name = _checked(table["name"], file, "name")
    return Language(
        lang, name, table["direction"], tuple(scripts), table["complete"], labels, reasons
    )


_FILE_KEYS: Final = frozenset(
    {"lang", "name", "direction", "scripts", "complete", "terms", "reasons"}
)


def _labels(table: Any, file: str) -> dict[str, tuple[str, str]]:
    if not isinstance(table, dict) or len(table) > TERMS_MAX:
        raise BadTerms(file, "terms", f"is not a table of at most {TERMS_MAX} terms")
    labels: dict[str, tuple[str, str]] = {}
    for term, value in table.items():
        if not _TERM.fullmatch(term):
            raise BadTerms(file, term, f"a term is spelled {_TERM.pattern}")
        match value:
            case [str(text), str(review)] if review in REVIEWS:
                labels[term] = (_checked(text, file, term), review)
            case _:
                raise BadTerms(file, term, f"is not a label and one of {', '.join(REVIEWS)}")
    return labels


def _reasons(table: Any, file: str, labels: Mapping[str, object]) -> dict[str, str]:
    if not isinstance(table, dict):
        raise BadTerms(file, "reasons", "is not a table")
    for term, reason in table.items():
        if term not in labels:
            raise BadTerms(file, term, "has a reason but no label")
        _checked(reason, file, term)
    return table


def _checked(text: Any, file: str, term: str) -> str:
    if not isinstance(text, str):
        raise BadTerms(file, term, "is not text")
    reason = hostile(text, LABEL_CHARACTERS_MAX)
    if reason:
        raise BadTerms(file, term, reason)
    return text


def is_term(term: str) -> bool:
    """Whether a term is spelled as one."""
    return _TERM.fullmatch(term) is not None


def hostile(text: str, characters_max: int) -> str | None:
    """Why a text may not be shown as a label, or None.

    A label stands beside what a counterpart wrote: one that turns the reading direction, hides
    letters or carries markup could make the reader see another answer than was given.
    """
    if not text.strip() or text != text.strip():
        return "is empty or begins or ends with a space"
    if len(text) > characters_max:
        return f"is longer than {characters_max} characters"
    for letter in text:
        if unicodedata.category(letter) in _HIDDEN_CATEGORIES:
            return f"holds U+{ord(letter):04X}, which is hidden or turns the reading direction"
    if any(letter in text for letter in "<>&"):
        return "holds markup (<, > or &)"
    if unicodedata.normalize("NFC", text) != text:
        return "is not in Unicode form NFC"
    return None
