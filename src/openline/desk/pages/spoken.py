"""Messages on pages: each value in one language, one direction, whole.

Shapes   rows(visit, form, answer, fields) -> Spoken of number, label and value as markup;
         speaker_of(visit) -> who says codes to this reader
Units    none
Raises   nothing
Source   docs/formats.md, "What a reader sees"; Unicode Standard Annex 9, 2.4 (isolates)
Never    lets a value turn what stands beside it: every span of a document has its own direction
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from openline.desk.acts import Json
from openline.desk.pages.visit import Visit
from openline.exchange.folding.entries import NoSuchEntry
from openline.formats.document.html import inline
from openline.formats.document.speaker import Speaker
from openline.formats.form import Format
from openline.formats.meant import Meant
from openline.formats.openjson import Value
from openline.formats.render import items


class Spoken(NamedTuple):
    """One item of a message; `number` is "" for the class of an answer."""

    number: str
    label: Markup
    value: Markup


def speaker_of(visit: Visit, lang: str = "") -> Speaker:
    """Who says codes in the words of their forms: in the reader's language, if in no other."""
    packs = visit.context.desk.station.packs
    return Speaker(packs.terms, lang or visit.words.lang, forms=packs.format)


def rows(
    visit: Visit,
    form: Format,
    answer: str,
    fields: Mapping[str, Value],
    *,
    lang: str = "",
    marks: Mapping[str, str] | None = None,
    covered: Collection[str] = (),
    about: Format | None = None,
    entries: Mapping[tuple[str, int], Meant] | None = None,
) -> list[Spoken]:
    """The items of one message; `about` is the form of a message that it reads back, `entries` says
    what is meant by those that items name."""
    speaker = speaker_of(visit, lang)
    found = items(
        form, answer, fields, (speaker,), marks=marks, covered=covered, about=about, entries=entries
    )
    return [
        Spoken(item.number, Markup(inline((cell.label,))), Markup(inline(cell.value)))
        for item in found
        for cell in item.cells
    ]


def of_message(visit: Visit, told: Json, lang: str = "") -> list[Spoken]:
    """A message as the operation `show` gives it, in the reader's language or in another."""
    packs = visit.context.desk.station.packs
    form = packs.format(told["format"])
    if form is None:
        return []
    marks = dict.fromkeys(told["hidden"], "mark.withheld")
    marks |= dict.fromkeys(told["revealed"], "mark.revealed-later")
    fields = {**told["fields"], **told["hidden"], **told["revealed"]}
    about = packs.format(told["about_format"])
    said = Meant.of(told["meant"])
    return rows(
        visit, form, told["class"], fields, lang=lang, marks=marks, about=about, entries=said
    )


async def form_about(visit: Visit, line: str, refs: Sequence[Any]) -> Format | None:
    """The form of the message of this line that is referred to first, where it is held here."""
    if not refs:
        return None
    try:
        told = await visit.call("show", ref=list(refs[0]), lang=visit.words.lang)
    except NoSuchEntry:
        return None
    return visit.context.desk.station.packs.format(told["format"]) if told["line"] == line else None
