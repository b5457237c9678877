"""A case as a document: each matter in it with its versions, its reception and its answers.

Shapes   thread(case, entries, forms, speakers, made) -> Document; `case` is a case view, `entries`
         gives the operation `show` for each version by its number as people write it
Units    times as RFC 3339 UTC text
Raises   nothing
Source   docs/cases.md, "Views"
Never    merges what two parties said, nor leaves out an irregularity
"""

from collections.abc import Callable, Mapping

from openline.cases.documents import parts, sides
from openline.cases.documents.differing import differences
from openline.cases.documents.irregular import irregular
from openline.cases.documents.message import content, title
from openline.cases.documents.parts import Row, Speakers
from openline.formats.document.model import Document, Item, Section, Span, Table, Words
from openline.formats.document.speaker import each, term
from openline.formats.form import Format

Forms = Callable[[str], Format | None]


def thread(
    case: Row,
    entries: Mapping[str, Row],
    forms: Forms,
    of: Speakers,
    made: tuple[int, str],
    *,
    with_withheld: bool = False,
) -> Document:
    """The whole case; `entries` has every version of every matter, and each entry for the proof."""
    number = f"{case['party']}:{case['number']}"
    first = entries[number]
    sections: list[Section] = []
    for matter in case["matters"]:
        sections += _matter(matter, entries, forms, of, with_withheld=with_withheld)
    sections += irregular(of, ({**odd, "about": odd["number"]} for odd in case["irregularities"]))
    sections.append(
        Section(term(of, "word.proof"), facts_of(first, of), (proofs(list(entries.values()), of),))
    )
    name = title(first, forms(case["format"]), of)
    case_word = each(of, lambda s: (*s.say("word.case"), Span(": "), *_for(name, s.lang)))
    found = parts.document(
        of, first["status"], case_word, number, (_head(case, entries, of), tuple(sections)), made
    )
    return found


def _for(name: Words, lang: str) -> tuple[Span, ...]:
    """The words of one language among those of all."""
    return next((line for line in name if line and line[0].lang == lang), name[0])


def facts_of(told: Row, of: Speakers) -> tuple[Item, ...]:
    """What every entry of the case has in common."""
    return parts.facts(of, [("word.line-id", told["line"])])


def _life(matter: Row, entries: Mapping[str, Row], of: Speakers) -> tuple[Item, ...]:
    """Where a matter stands, and who has not received the version that counts."""
    last = entries[f"{matter['party']}:{matter['versions'][-1]['number']}"]
    return parts.life_items(of, matter, last["missing"])


def _head(case: Row, entries: Mapping[str, Row], of: Speakers) -> tuple[Item, ...]:
    first = entries[f"{case['party']}:{case['number']}"]
    parties = [str(party) for party in case["parties"]]
    return (
        parts.fact(of, "word.line", lambda s: parts.text_of(first["title"])),
        parts.fact(of, "word.party", lambda s: tuple(s.party(party) for party in parties)),
        *([parts.fact(of, "item.subject", lambda s: parts.text_of(case["subject"]))]
          if case["subject"] else []),
        *parts.facts(of, [("item.topic", case["topic"])]),
        *_life(case["matters"][0], entries, of),
    )  # fmt: skip


def _matter(
    matter: Row, entries: Mapping[str, Row], forms: Forms, of: Speakers, *, with_withheld: bool
) -> list[Section]:
    """One thing said: under its own name the life cycle, each version, the ladder, the answers."""
    form = forms(matter["format"])
    number = f"{matter['party']}:{matter['number']}"
    name = title(entries[number], form, of)
    head = each(of, lambda s: (*_for(name, s.lang), Span(f" · {number}")))
    sections = [Section(head, _life(matter, entries, of))]
    for version in matter["versions"]:
        told = entries[f"{matter['party']}:{version['number']}"]
        shown = content(
            told,
            forms(told["format"]),
            of,
            with_withheld=with_withheld,
            level=2,
            read=forms(told["about_format"]),
        )
        name = _version(version, len(matter["versions"]), of)
        sections.append(Section(name, shown.items, notes=shown.notes, level=2))
    reception = [
        parts.with_missing(row, entries[f"{matter['party']}:{row['number']}"])
        for row in matter["reception"]
        if f"{matter['party']}:{row['number']}" in entries
    ]
    ladder = parts.ladder_table(of, reception, matter["family"])
    sections.append(
        Section(
            term(of, "family.ladder"),
            tables=(ladder,),
            notes=differences(of, matter["reception"]),
            level=2,
        )
    )
    sections += sides.said_of(of, matter, level=2)
    if matter["answers"]:
        table = parts.answers_table(of, matter["answers"])
        sections.append(Section(term(of, "ladder.a4"), tables=(table,), level=2))
    closing = parts.closings(matter, of, level=2)
    return [*sections, *([closing] if closing else [])]


def _version(version: Row, count: int, of: Speakers) -> Words:
    """Which version it is, and when it was written."""
    nth = Span(f" {version['version']} / {count} · ")
    return each(of, lambda s: (*s.say("item.version"), nth, *s.stamp(version["time"])))


def proofs(entries: list[Row], of: Speakers) -> Table:
    """Each entry by its place in its log and its digest."""
    heads = ("word.number", "word.sent", "word.log", "word.index", "word.entry-digest")
    body = [
        (
            parts.code(f"{told['from']}:{told['number']}"),
            (of[0].stamp(told["written"]),),
            parts.code(told["ref"][0]),
            parts.code(str(told["ref"][1])),
            parts.code(told["proof"]["leaf"]),
        )
        for told in entries
    ]
    return Table((), tuple(term(of, head) for head in heads), tuple(body))
