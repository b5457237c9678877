"""One message as a document: what it says, how far it got, where it stands, how it is proven.

Shapes   message(told, matter, form, speakers, made) -> Document; `told` is what the
         operation `show` gives, `matter` the part of its case that is about it, {} for a reply
Units    times as RFC 3339 UTC text; `made` is (unix seconds, the party that makes the document)
Raises   nothing
Source   docs/cases.md; docs/decisions/0033-one-document.md
Never    puts a withheld value on paper unless it is asked for: a page is easily handed on
"""

from openline.cases.documents import parts, sides
from openline.cases.documents.differing import differences
from openline.cases.documents.irregular import irregular
from openline.cases.documents.parts import Row, Speakers
from openline.cases.guaranteed import WITHDRAWN
from openline.cases.moves import CANCELLED, OVER
from openline.formats.document.model import (
    ALARM,
    MARK,
    UNDETERMINED,
    Document,
    Item,
    Line,
    Section,
    Span,
    Table,
    Words,
)
from openline.formats.document.speaker import Speaker, each, term
from openline.formats.form import NO_CLASS, Format
from openline.formats.meant import ABOUT_MAX, Meant
from openline.formats.render import items


def message(
    told: Row,
    matter: Row,
    form: Format | None,
    of: Speakers,
    made: tuple[int, str],
    *,
    with_withheld: bool = False,
    read: Format | None = None,
) -> Document:
    """The whole document of one message."""
    reception = [
        parts.with_missing(row, told)
        for row in matter.get("reception", ())
        if row["ref"] == told["ref"]
    ]
    said = content(told, form, of, with_withheld=with_withheld, read=read)
    sections = [
        *([said] if said.items or said.notes else []),
        *attached(told, of),
        *_life(told, matter, of),
        _reception(told, reception, of, matter.get("family", "")),
    ]
    sections += sides.said_of(of, matter) if matter else ()
    if matter.get("answers"):
        table = parts.answers_table(of, matter["answers"])
        sections.append(Section(term(of, "ladder.a4"), tables=(table,)))
    number = f"{told['from']}:{told['number']}"
    sections += irregular(of, ({"about": number, **odd} for odd in told["odd"]))
    sections.append(
        Section(term(of, "word.proof"), items=proof(told, of, with_withheld=with_withheld))
    )
    head = (*stands(told, matter, of), *_head(told, of))
    return parts.document(
        of, told["status"], title(told, form, of), number, (head, tuple(sections)), made
    )


def title(told: Row, form: Format | None, of: Speakers) -> Words:
    """What kind of message it is; of an entry that no form describes its kind."""
    if form is not None:
        return term(of, form.term)
    if told["kind"] != "message":
        return each(of, lambda s: (*s.say("word.entry"), Span(f" {told['kind']}")))
    return each(of, lambda s: (Span(told["format"]), Span(" · "), *s.say("mark.unknown-form")))


def stands(told: Row, matter: Row, of: Speakers) -> tuple[Item, ...]:
    """First of all, that it does not stand any more: it ended, or a later version replaced it."""
    lines: list[Line] = []
    later = replaced_by(matter, told)
    if matter and matter["state"] in OVER:
        for line in each(of, lambda s: _how(s, str(matter["state"]), str(matter["outcome"]))):
            lines.append(parts.toned(_upper(line), ALARM))
    if later:
        last = Span(f": {matter['party']}:{later}")
        for line in term(of, "life.superseded"):
            lines.append(parts.toned((*_upper(line), last), ALARM))
    return (parts.coded_fact(of, "word.state", tuple(lines)),) if lines else ()


def replaced_by(matter: Row, told: Row) -> str:
    """The number of the version that stands in the place of this one, "" where this one stands."""
    versions = matter.get("versions", ())
    return next((str(v["replaced_by"]) for v in versions if v["ref"] == told["ref"]), "")


def _how(speaker: Speaker, state: str, outcome: str) -> Line:
    """How a matter ended; an outcome such as *completed* does not say by itself that it did."""
    if not outcome or outcome in (WITHDRAWN, CANCELLED):
        return parts.taken_back(speaker, outcome or state)
    return (
        *speaker.state("", state),
        Span(": ", speaker.lang),
        *parts.taken_back(speaker, outcome),
    )


def _upper(line: Line) -> Line:
    return tuple(Span(span.text.upper(), span.lang, span.tone) for span in line)


def _not_accepted(told: Row, of: Speakers) -> tuple[Item, ...]:
    """Members that have not accepted the charter: their nodes give receipts all the same."""
    names = ", ".join(told["not_accepted"])
    if not names:
        return ()
    return (parts.coded_fact(of, "line.not-accepted-by", parts.alarm(parts.code(names))),)


def _head(told: Row, of: Speakers) -> tuple[Item, ...]:
    """Who says it to whom, on which line, when."""
    addressed = list(told["addressed"])

    def to(party_rows: list[str]) -> Item:
        return parts.fact(
            of, "word.addressee", lambda s: tuple(s.party(party) for party in party_rows)
        )

    return (
        parts.fact(of, "word.sender", lambda s: (s.party(told["from"]),)),
        *([to(addressed)] if addressed else []),
        *_unsure(told, of),
        parts.fact(of, "word.line", lambda s: parts.text_of(told["title"])),
        *_not_accepted(told, of),
        *_before(told, of),
        parts.fact(of, "item.level", lambda s: (s.known(f"level.{told['level']}", told["level"]),)),
        parts.fact(of, "word.written", lambda s: (s.full(told["written"]),)),
        *_about(told, of),
    )


def _before(told: Row, of: Speakers) -> tuple[Item, ...]:
    """What its number was before a sibling of its log was known: papers of that time say it so."""
    names = ", ".join(f"{told['from']}:{each}" for each in told.get("before", ()))
    return parts.facts(of, [("word.number-before", names)])


def _about(told: Row, of: Speakers) -> tuple[Item, ...]:
    """What it is about: of the first few entries what they are, of the others their numbers."""
    known, pairs = Meant.of(told["meant"]), zip(told["refs"], told["about"], strict=True)
    named = [known.get((origin, index)) or Meant(name) for (origin, index), name in pairs]
    if not named:
        return ()
    rest = ", ".join(each.name for each in named[ABOUT_MAX:])

    def said(s: Speaker) -> Words:
        return (*(each.line(s) for each in named[:ABOUT_MAX]), *(parts.code(rest) if rest else ()))

    return (parts.fact(of, "word.about", said),)


def _unsure(told: Row, of: Speakers) -> tuple[Item, ...]:
    """Parties of the line whose keys nobody here has compared; a document must not hide it."""

    def said(speaker: Speaker) -> Words:
        lines = []
        for party, standing in told["unsure"].items():
            kind, _, by = standing.partition(" by ")
            words = speaker.known(f"party.{kind}", standing)
            whose = (Span(f": {by}"),) if by and f"party.{kind}" in speaker.terms.known else ()
            lines.append((*speaker.party(party), Span(" ("), *words, *whose, Span(")")))
        return tuple(lines)

    return (parts.fact(of, "word.not-compared", said),) if told["unsure"] else ()


def content(
    told: Row,
    form: Format | None,
    of: Speakers,
    *,
    with_withheld: bool,
    level: int = 1,
    read: Format | None = None,
) -> Section:
    """The items of the form, with marks on what was withheld and what was revealed later.

    `read` is the form of the message that this one reads back.
    """
    fields = {**told["fields"], **told["hidden"], **told["revealed"]}
    marks = dict.fromkeys(told["hidden"], "mark.withheld")
    marks |= dict.fromkeys(told["revealed"], "mark.revealed-later")
    covered = () if with_withheld else tuple(set(told["hidden"]) - set(told["revealed"]))
    shown: tuple[Item, ...] = ()
    notes: list[Words] = []
    if form is not None:
        said = Meant.of(told["meant"])
        shown = items(
            form, told["class"], fields, of, marks=marks, covered=covered, about=read, entries=said
        )
    elif told["class"] != NO_CLASS:
        shown = parts.facts(of, [("word.class", told["class"])])
    if told["state"] == "erased":
        notes.append(parts.alarm(term(of, "mark.erased")))
    elif told["state"] != "opened":
        notes.append(parts.alarm(each(of, lambda s: s.known(
            f"word.{told['entry_state']}", told["state"]))))  # fmt: skip
    unseen = told["withheld_items"] - len(set(told["hidden"]) | set(told["revealed"]))
    if unseen > 0:
        notes.append(each(of, lambda s: (*s.say("word.withheld-items"), Span(f": {unseen}"))))
    return Section(
        term(of, "word.message"), shown, notes=tuple(line for n in notes for line in n), level=level
    )


def attached(told: Row, of: Speakers) -> list[Section]:
    """How many of the files that it names are here, and what became of each: a receipt covers
    the names alone."""
    rows = told.get("attachments", ())
    if not rows:
        return []
    here = sum(row["state"] == "held" for row in rows)
    files = parts.facts(
        of,
        [
            (f"file.{row['state']}", f"{row['name']} · {row['size']} B · SHA-256 {row['sha256']}")
            for row in rows
        ],
    )
    count = parts.fact(of, "word.files-held", lambda s: parts.text_of(f"{here} / {len(rows)}"))
    return [Section(term(of, "item.attachments"), items=(count, *files))]


def _life(told: Row, matter: Row, of: Speakers) -> list[Section]:
    """Where its matter stands, and whether this is the version that counts."""
    if not matter:
        return []
    found = list(parts.life_items(of, matter, told["missing"]))
    versions = matter["versions"]
    if len(versions) > 1:
        nth = [version["ref"] for version in versions].index(told["ref"]) + 1
        later = replaced_by(matter, told)
        found.append(parts.fact(of, "item.version", lambda s: _nth(s, matter, nth, later)))
    closing = parts.closings(matter, of)
    life = Section(term(of, "word.life-cycle"), tuple(found))
    return [life, *([closing] if closing else [])]


def _nth(speaker: Speaker, matter: Row, nth: int, later: str) -> Words:
    said = Span(f"{nth} / {len(matter['versions'])}")
    if not later:
        return ((said,),)
    last = Span(f"{matter['party']}:{later}")
    words = (*speaker.say("life.superseded"), Span(": ", speaker.lang), last)
    replaced = parts.toned(words, ALARM)
    return ((said, Span(", "), *replaced),)


def _reception(told: Row, rows: list[Row], of: Speakers, family: str) -> Section:
    """The ladder where the case has one, else who holds it and who does not."""
    if rows:
        return Section(
            term(of, "family.ladder"),
            items=_committed(told, of),
            tables=(parts.ladder_table(of, rows, family), *_lying(told, of)),
            notes=differences(of, rows),
        )
    held: list[tuple[str, Words]] = [
        (party, (of[0].stamp(time),)) for party, time in sorted(told["receipts"].items())
    ]
    none = parts.alarm(term(of, "ladder.none"))
    held += [(party, none) for party in told["missing"]]
    heads = (term(of, "word.addressee"), term(of, "ladder.a0"))
    body = [(parts.party(of, party), words) for party, words in held]
    return Section(
        term(of, "family.ladder"),
        items=_committed(told, of),
        tables=(Table((), heads, tuple(body), term(of, "ladder.none")), *_lying(told, of)),
    )


def _committed(told: Row, of: Speakers) -> tuple[Item, ...]:
    """Since when the neutral quorum holds it, where the charter asks for one."""
    time = told.get("committed")
    if time is None:
        return ()
    if time:
        return (parts.fact(of, "word.committed", lambda s: (s.full(time),)),)
    return (parts.coded_fact(of, "word.committed", parts.alarm(term(of, "mark.not-witnessed"))),)


def _lying(told: Row, of: Speakers) -> tuple[Table, ...]:
    """At which relays it lies for whom, by their signed word; nothing where it lies nowhere."""
    names = ("word.addressee", "word.relay-station", "word.lies-there-since")
    body = [
        (parts.party(of, each["party"]), parts.code(each["relay"]), (of[0].stamp(each["since"]),))
        for each in told.get("lying", ())
    ]
    return (Table((), tuple(term(of, name) for name in names), tuple(body)),) if body else ()


def proof(told: Row, of: Speakers, *, with_withheld: bool) -> tuple[Item, ...]:
    """What finds the entry in its log and ties these words to it."""
    origin, index = told["ref"]
    proven = told["proof"]
    found = parts.facts(
        of,
        [
            ("word.line-id", told["line"]),
            ("word.log", origin),
            ("word.index", str(index)),
            ("word.entry-digest", proven["leaf"]),
            ("word.head-held", f"{proven['size']} {proven['root']}" if proven["size"] else ""),
            ("word.format", told["format"] if told["kind"] == "message" else ""),
            ("word.pack-digest", proven["pack"]),
        ],
    )
    officers = proven["released_by"]
    if not officers:
        return found
    by = parts.fact(of, "word.released-by", lambda s: _officers(s, officers, with_withheld))
    return (*found, by)


def _officers(speaker: Speaker, officers: list[Row], with_withheld: bool) -> Words:
    """Who released it; an officer whom the other side is not shown stays off paper as well."""
    mark = parts.toned(speaker.say("mark.withheld"), MARK)
    lines: list[Line] = []
    for row in officers:
        if not (row["shown"] or with_withheld):
            lines.append(mark)
            continue
        name = (Span(f"{row['name']} · ", UNDETERMINED),) if row["name"] else ()
        behind = () if row["shown"] else (Span(" ["), *mark, Span("]"))
        lines.append((*name, Span(row["person"]), *behind))
    return tuple(lines)
