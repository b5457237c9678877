"""A reader's language: labels, times and names as spans, English beside where lives hang on it.

Shapes   Speaker.say(term) -> Line; each(speakers, say) -> Words with a line for each language
Units    time_s is unix seconds UTC; a zone is the reader's own, beside UTC and never instead of it
Raises   nothing
Source   docs/formats.md, "What a reader sees"; docs/decisions/0033-one-document.md
Never    translates, and never shows a label of another language without saying which
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from openline.formats.document.model import BESIDE, Line, Span, Words
from openline.formats.form import Format
from openline.formats.legible import show_local, show_offset, show_time
from openline.formats.malformed import Malformed
from openline.formats.names import NO_NAMES, Names
from openline.formats.spell import parse_utc
from openline.formats.terms import ENGLISH, Terms

Forms = Callable[[str], Format | None]


def no_forms(_format_id: str) -> None:
    """Where no forms are at hand, classes and items have the words that all forms share."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """One language of a document. `beside_english`: another column of it is English already."""

    terms: Terms
    lang: str
    zone: tzinfo | None = None
    names: Names = NO_NAMES
    beside_english: bool = False
    forms: Forms = no_forms

    def say(self, term: str) -> Line:
        """The label of a term; where it is not this language's or not sure, with what it is."""
        label = self.terms.label(term, self.lang)
        if label.is_fallback:
            mark = Span(f" [{label.lang}]", label.lang, BESIDE)
            return (Span(label.text, label.lang), mark)
        words = Span(label.text, self.lang)
        if not label.beside or self.beside_english:
            return (words,)
        return (words, Span(f" ({label.beside})", ENGLISH, BESIDE))

    def known(self, term: str, otherwise: str) -> Line:
        """The label of a term that the dictionary has, else the code itself."""
        return self.say(term) if term in self.terms.known else (Span(otherwise),)

    def said(self, format_id: str, code: str) -> Line:
        """A class in the words of its form, else in those that forms share, else the code."""
        form = self.forms(format_id)
        name = form.class_term(code) if form is not None else None
        return self.say(name) if name else self.known(f"class.{code}", code)

    def state(self, format_id: str, state: str) -> Line:
        """Where a matter stands; a stage of it is a class of its form."""
        known = f"life.{state}"
        return self.say(known) if known in self.terms.known else self.said(format_id, state)

    def item(self, format_id: str, path: str) -> Line:
        """An item with its number on the form; the path alone where no form here has it."""
        form = self.forms(format_id)
        item = form.item(path) if form is not None else None
        return (Span(path),) if item is None else (Span(f"{item.number} "), *self.say(item.term))

    def time(self, time_s: int) -> Line:
        """Zulu time, and beside it what the reader's wall clock shows."""
        local = show_local(time_s, self.zone) if self.zone not in (None, UTC) else ""
        zulu = Span(show_time(time_s))
        return (zulu, Span(" · "), Span(local, tone=BESIDE)) if local else (zulu,)

    def full(self, text: str) -> Line:
        """A time that is spelled as text; another text as it stands."""
        try:
            return self.time(parse_utc(text))
        except Malformed:
            return (Span(text),)

    def stamp(self, text: str) -> Line:
        """The same for a table: short, and with a place where the line may end."""
        try:
            time_s = parse_utc(text)
        except Malformed:
            return (Span(text),)
        local = show_offset(time_s, self.zone) if self.zone not in (None, UTC) else ""
        zulu = Span(text.replace("T", " "))
        return (zulu, Span(" · "), Span(local, tone=BESIDE)) if local else (zulu,)

    def party(self, name: str) -> Line:
        """A party as this node calls it, with the name that the record has."""
        return self._own(self.names.party(name, self.lang), name)

    def place(self, name: str) -> Line:
        """A place as this node calls it, with what the sender wrote."""
        return self._own(self.names.place(name, self.lang), name)

    def _own(self, own: str, written: str) -> Line:
        if not own:
            return (Span(written),)
        return (Span(own, self.lang), Span(f" ({written})", tone=BESIDE))


def speakers(
    terms: Terms,
    languages: Sequence[str],
    zone: tzinfo | None = None,
    names: Names = NO_NAMES,
    forms: Forms = no_forms,
) -> tuple[Speaker, ...]:
    """One for each language, in this order."""
    return tuple(
        Speaker(terms, lang, zone, names, ENGLISH in languages and lang != ENGLISH, forms)
        for lang in languages
    )


def each(of: Sequence[Speaker], say: Callable[[Speaker], Line]) -> Words:
    """One line for each language; what both say alike, or say in English, is said once."""
    found: dict[str, Line] = {}
    for speaker in of:
        line = say(speaker)
        found.setdefault("".join(s.text for s in line if s.tone != BESIDE), line)
    return tuple(found.values())


def term(of: Sequence[Speaker], name: str) -> Words:
    """A label in every language."""
    return each(of, lambda speaker: speaker.say(name))
