"""A frozen log as a page for whoever has the watch: what happened, what to do, whom to ring.

Shapes   fork(line, told, posts, speakers, made) -> Document; `told` is a row of the operation
         `frozen`, `line` what `line_show` gives, `posts` those of the roster
Units    times in views are RFC 3339 UTC text
Raises   nothing
Source   docs/PROTOCOL.md part 10; docs/OPERATE.md, "Two histories of one log"
Never    accuses anybody where no evidence is held; never says which history came first
"""

from typing import Final

from openline.cases.documents import parts
from openline.cases.documents.parts import Row, Speakers
from openline.cases.documents.sheets import heading
from openline.formats.document.model import (
    ALARM,
    Document,
    Item,
    Line,
    Section,
    Span,
    Table,
    Words,
)
from openline.formats.document.speaker import each, term

FORKED: Final = "forked"
SAVE: Final = "openline disclose --evidence {name}"


def fork(line: Row, told: Row, posts: list[Row], of: Speakers, made: tuple[int, str]) -> Document:
    """The whole page about one frozen log."""
    is_forked = told["status"] == FORKED
    sections = (
        Section(term(of, "fork.happened"), items=happened(told, of), notes=what(told, of)),
        Section(term(of, "fork.heads"), tables=(heads(told, of),)),
        Section(term(of, "fork.to-do"), notes=to_do(told, of)),
        Section(term(of, "fork.ring"), tables=(ring(posts, of),)),
        Section(term(of, "fork.safe"), notes=safe(told, of)),
    )
    items = (
        parts.coded_fact(of, "word.party", parts.party(of, told["party"])),
        parts.fact(of, "word.line", lambda s: parts.text_of(line["title"])),
        *parts.facts(of, [("word.log", told["origin"])]),
    )
    title = term(of, "fork.title-forked" if is_forked else "fork.title-unexplained")
    number = f"frozen-{told['party']}"
    return parts.document(of, line["status"], title, number, (items, sections), made)


def what(told: Row, of: Speakers) -> Words:
    """In one sentence what happened; that it is over, where it is."""
    said = parts.alarm(term(of, f"fork.{told['status']}"))
    return (*said, *(term(of, "fork.way-back") if told["after"] else ()))


def happened(told: Row, of: Speakers) -> tuple[Item, ...]:
    """Since when, from which entry on, and which file proves it."""
    index = "" if told["index"] is None else str(told["index"])
    since = (of[0].stamp(told["since"]),) if told["since"] else ()
    found = (parts.coded_fact(of, "item.since", since),) if since else ()
    rows = [("fork.from-entry", index), ("fork.evidence", told["evidence"])]
    return (*found, *parts.facts(of, rows))


def heads(told: Row, of: Speakers) -> Table:
    """Every head that was signed, beside each other."""
    rows = [
        (parts.party(of, told["party"]), parts.code(str(size)), parts.code(root))
        for size, root in told["heads"]
    ]
    names = ("word.party", "fork.entries", "fork.root")
    return Table((), tuple(term(of, name) for name in names), tuple(rows))


def to_do(told: Row, of: Speakers) -> Words:
    """Steps in their order, and the command where one is needed."""
    steps = ["fork.do-not-rely", "fork.do-ring"]
    steps += ["fork.do-save" if told["status"] == FORKED else "fork.do-ask", "fork.do-wait"]
    lines: list[Line] = []
    for number, step in enumerate(steps, 1):
        lines += [(Span(f"{number}. "), *line) for line in term(of, step)]
        if step == "fork.do-save":
            lines.append((Span(SAVE.format(name=told["evidence"])),))
    return tuple(lines)


def ring(posts: list[Row], of: Speakers) -> Table:
    """The party's watch as the line has it, first number first."""
    ranked = sorted(posts, key=lambda row: row["order"])
    rows = [(parts.text_of(row["position"]), parts.text_of(row["reach"])) for row in ranked]
    names = (heading("position"), heading("reach"))
    nobody = each(of, lambda s: tuple(_seen(span) for span in s.say("fork.nobody")))
    return Table((), tuple(term(of, name) for name in names), tuple(rows), nobody)


def _seen(span: Span) -> Span:
    return Span(span.text, span.lang, ALARM)


def safe(told: Row, of: Speakers) -> Words:
    """What may be relied on as before."""
    names = ["fork.safe-others", "fork.safe-ours"]
    if told["index"]:
        names.insert(0, "fork.safe-before")
    return tuple(words for name in names for words in term(of, name))
