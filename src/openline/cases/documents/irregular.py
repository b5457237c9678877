"""What is odd about a message: rules that it breaks, what does not fit together, what is near.

Shapes   irregular(of, rows) -> sections; a row has `about`, `code` and `sentence`, and `meeting`,
         `of` and `path` where another message is near
Units    none
Raises   nothing
Source   docs/decisions/0072-sentences-by-code.md
Never    says in English what can be said in the reader's language: of what is near, all of it can
"""

from collections.abc import Iterable
from typing import Final

from openline.cases.documents.parts import Row, Speakers
from openline.cases.meeting import spoken
from openline.formats.coded import phrased
from openline.formats.document.model import ALARM, BESIDE, Line, Section, Span, Words
from openline.formats.document.speaker import Speaker, each, term
from openline.formats.terms import ENGLISH

REMARK: Final = "remark"


def irregular(of: Speakers, found: Iterable[Row]) -> tuple[Section, ...]:
    """What breaks a rule, in the words of the rule."""
    notes = [line for row in found for line in _broken_by(of, row)]
    if not notes:
        return ()
    return (Section(term(of, "word.irregularity"), notes=tuple(dict.fromkeys(notes))),)


def _broken_by(of: Speakers, row: Row) -> Words:
    return each(of, lambda s: _near(s, row) if row.get("meeting") else _broken(s, row))


def _broken(speaker: Speaker, row: Row) -> Line:
    """One of them: whose, the words of its code, and the English ones where they say more."""
    kind = "flaw" if f"flaw.{row['code']}" in speaker.terms.known else REMARK
    words, beside = phrased(kind, row["code"], row["sentence"], speaker.lang)
    lang = speaker.lang if words != row["sentence"] else ENGLISH
    said = (Span(f"{row['about']}: ", tone=ALARM), Span(words, lang, ALARM))
    return (*said, Span(f" ({beside})", ENGLISH, BESIDE)) if beside else said


def _near(speaker: Speaker, row: Row) -> Line:
    """That another message is near: item, the words of the code, which one, how far, how long."""
    said = [Span(f"{row['about']}: ", tone=ALARM)]
    if row["path"]:
        said += [*speaker.item(row["of"], row["path"]), Span(": ")]
    label = speaker.terms.label(f"{REMARK}.{row['code']}", speaker.lang)
    return (
        *said,
        Span(label.text, label.lang, ALARM),
        Span(" "),
        Span(spoken(row["meeting"], lambda t: speaker.terms.label(t, speaker.lang).text)),
    )
