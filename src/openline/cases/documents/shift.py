"""A shift of the watch as a document: who had it, what began it, what was written in it.

Shapes   shift(told, status, speakers, made) -> Document; facts_of(handover, ...) and
         left_open(handover, status, ...) are its parts, for the page on which it is signed
Units    times are RFC 3339 UTC text
Raises   nothing
Source   docs/OPERATE.md, "The watch at the desk"; DESIGN, 11 and 12; docs/decisions/0048 and 0092
Never    chooses what its reader may see: it is given that of one shift, of lines of one status,
         and nothing else (desk/shift_sheet.py)
"""

from collections.abc import Sequence
from typing import Final

from openline.cases.documents import parts
from openline.cases.documents.parts import Row, Speakers
from openline.cases.documents.sheets import heading
from openline.formats.document.model import (
    ALARM,
    PLAIN,
    UNDETERMINED,
    Cell,
    Document,
    Item,
    Line,
    Section,
    Span,
    Table,
    Words,
)
from openline.formats.document.speaker import Speaker, each, term

LATEST: Final = "9999"


def shift(told: Row, status: str, of: Speakers, made: tuple[int, str]) -> Document:
    """All that one reader may see of one shift; `told` is of the lines of this status only."""
    number = str(told["number"])
    items = [
        parts.coded_fact(of, "shift.officer", parts.code(told["name"])),
        parts.coded_fact(of, "shift.began", (of[0].stamp(told["began"]),)),
    ]
    if told["ended"]:
        items.append(parts.coded_fact(of, "head.ended", (of[0].stamp(told["ended"]),)))
    title = each(of, lambda s: (*s.say("word.shift"), Span(f" {number}")))
    sections = (*begun_by(told["handover"], status, of), log(told["notes"], of))
    return parts.document(of, status, title, f"shift-{number}", (tuple(items), sections), made)


def begun_by(handover: Row, status: str, of: Speakers) -> tuple[Section, ...]:
    """The handover that began a shift, or that there was none."""
    title = term(of, "shift.handed-over")
    if not handover:
        return (Section(title, notes=parts.alarm(term(of, "shift.not-handed-over"))),)
    digits = parts.coded_fact(of, "word.digits", parts.code(handover["digits"]))
    items = (*facts_of(handover, of), digits)
    return (Section(title, items=items), *left_open(handover, status, of))


def facts_of(handover: Row, of: Speakers) -> tuple[Item, ...]:
    """From whom to whom, when, who signed when, and what is to be done about no single line."""
    signed = tuple((Span(f"{name} "), *of[0].stamp(at)) for name, at in handover["signed"])
    return (
        parts.coded_fact(of, "shift.from", parts.code(handover["from"])),
        parts.coded_fact(of, "shift.to", parts.code(handover["to"])),
        parts.coded_fact(of, "shift.drawn-up", (of[0].stamp(handover["at"]),)),
        parts.coded_fact(of, "item.signed-by", signed or parts.NOT_YET),
        parts.coded_fact(of, "shift.next-steps", typed(handover["notes"]) or parts.NOT_YET),
    )


def typed(text: str) -> Words:
    """What an officer typed: in a language that nobody named."""
    return tuple((Span(line, UNDETERMINED),) for line in text.split("\n")) if text else ()


def left_open(handover: Row, status: str, of: Speakers) -> tuple[Section, ...]:
    """What was handed over of the lines of one status: next steps, open rows, links."""
    lines = [line for line in handover["lines"] if line["status"] == status]
    if not lines:
        return ()
    steps = tuple(_steps(line, of) for line in lines if line["notes"])
    count = sum(line["count"] for line in lines)
    title = each(of, lambda s: (*s.say("shift.open"), Span(": ", s.lang), Span(str(count))))
    ways = {way["party"]: way for line in lines for way in line["links"]}
    found = [
        Section(title, tables=(_open(lines, of),)),
        Section(term(of, "shift.links"), items=tuple(_link(way, of) for way in ways.values())),
    ]
    if steps:
        found.insert(0, Section(term(of, "shift.next-steps"), items=steps))
    return tuple(found)


def _steps(line: Row, of: Speakers) -> Item:
    """What is to be done about one line."""
    title: Line = (Span(line["title"], UNDETERMINED),)
    return Item("", tuple(Cell(title, typed(line["notes"])) for _ in of))


def _open(lines: Sequence[Row], of: Speakers) -> Table:
    """Every open row, due first, with its form and its subject: a number alone says nothing."""
    rows = [(line, row) for line in lines for row in line["items"]]
    rows.sort(key=lambda pair: pair[1]["due"] or LATEST)
    names = ("word.deadline", heading("next"), "word.message", "word.line", "word.row-owner")
    body = [
        (
            _due(row, of),
            parts.coded(of, "timer", row["next"]),
            said(row, of),
            typed(line["title"]),
            parts.code(row["owner"]) if row["owner"] else term(of, "shift.nobody"),
        )
        for line, row in rows
    ]
    return Table((), tuple(term(of, name) for name in names), tuple(body), term(of, "word.none"))


def _due(row: Row, of: Speakers) -> Words:
    """When a row is due, and its standing where that is not merely that time runs."""
    if not row["due"]:
        return parts.NOT_YET
    stands = row["state"]
    words = parts.alarm(parts.coded(of, "due", stands)) if stands not in ("", "running") else ()
    return (of[0].stamp(row["due"]), *words)


def said(row: Row, of: Speakers) -> Words:
    """Which message a row is about: its number, its form, its subject."""
    lang, text = row["about"]
    about = ((Span(text, lang or UNDETERMINED),),) if text else ()
    return (*parts.code(row["message"]), *each(of, lambda s: _form(s, row["format"])), *about)


def _form(speaker: Speaker, format_id: str) -> Line:
    form = speaker.forms(format_id)
    return speaker.say(form.term) if form is not None else (Span(format_id),)


def _link(way: Row, of: Speakers) -> Item:
    """One link: whether the other node answered, and when it last did."""
    name = "line.connected" if way["up"] else "line.not-connected"
    tone = PLAIN if way["up"] else ALARM
    label = parts.party(of, way["party"])[0]
    heard = (Span(" "), *of[0].stamp(way["last_up"])) if way["last_up"] else ()
    cells = (Cell(label, ((*parts.toned(s.say(name), tone), *heard),)) for s in of)
    return Item("", tuple(cells))


def log(notes: Sequence[Row], of: Speakers) -> Section:
    """What was written in the shift: about the whole watch, and about single lines."""
    rows = [
        (
            (of[0].stamp(note["at"]),),
            parts.code(note["name"]),
            typed(note["title"]) if note["title"] else term(of, "shift.whole-watch"),
            typed(note["text"]),
        )
        for note in notes
    ]
    names = ("head.time", "word.officer", "word.line", "shift.note")
    heads = tuple(term(of, name) for name in names)
    table = Table((), heads, tuple(rows), term(of, "shift.no-notes"))
    return Section(term(of, "shift.log"), tables=(table,))
