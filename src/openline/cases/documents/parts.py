"""Parts that documents share: facts, life cycle, the ladder of reception, answers, marking, foot.

Shapes   each takes Speakers and plain JSON of views, and gives items, tables or words
Units    times in views are RFC 3339 UTC text
Raises   nothing
Source   docs/cases.md, "Views"; DESIGN, "What must always hold" 2 and 11
Never    shows how far a message got and where its case stands as one mark
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from openline.cases.composed import AGREED, REJECTED
from openline.cases.moves import TOLD
from openline.formats.document.model import (
    ALARM,
    BESIDE,
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
from openline.formats.lasting import lasting
from openline.formats.legible import show_json

Row = dict[str, Any]
Speakers = Sequence[Speaker]
# The state of what no addressee gave a receipt for: "told" would say too much of it.
UNHEARD: Final = "awaiting-receipt"
RUNGS: Final = ("a0", "a1", "a2", "a3", "a4")
FOOT: Final = (
    "receipt-is-not-agreement",
    "silence-is-not-consent",
    "only-a-guarantee-guarantees",
    "other-channels",
)
# Guarantees that hold at some time from now on; every other standing has to be seen.
_HOLDS: Final = frozenset({"in-force", "not-begun"})
# What a party says of items of a checklist, in the words of its form.
_ITEMS: Final = {
    REJECTED: "class.item-reject",
    "under-study": "class.under-study",
    "accepted": "class.item-accept",
}
# The rung is reached by a correct readback; its column also holds those that differ.
_HEADS: Final = {"a2": "ladder.read-back"}
NOT_YET: Final[Words] = ((Span("–", tone=BESIDE),),)


def fact(of: Speakers, name: str, value: Callable[[Speaker], Words]) -> Item:
    """An item without a number: the label of a term, and what is so."""
    return Item("", tuple(Cell(speaker.say(name), value(speaker)) for speaker in of))


def code(text: str) -> Words:
    """A name, a number or a digest: the same in every language."""
    return ((Span(text),),)


def facts(of: Speakers, rows: Iterable[tuple[str, str]]) -> tuple[Item, ...]:
    """Facts that are codes; empty ones are left out."""
    return tuple(coded_fact(of, name, code(text)) for name, text in rows if text)


def coded_fact(of: Speakers, name: str, value: Words) -> Item:
    """An item whose value is the same in every language."""
    return fact(of, name, lambda _: value)


def party(of: Speakers, name: str) -> Words:
    """A party as this node calls it."""
    return each(of, lambda s: s.party(name))


def coded(of: Speakers, category: str, name: str) -> Words:
    """A code in the words of a category, else the code itself."""
    return each(of, lambda s: s.known(f"{category}.{name}", name))


def said_class(of: Speakers, row: Row) -> Words:
    """The class of what a row tells of, in the words of its form."""
    return each(of, lambda s: s.said(form_of(row), str(row.get("class"))))


def lasting_words(of: Speakers, seconds: int) -> Words:
    """A length of time in every language."""
    return each(of, lambda s: (Span(lasting(s.terms, s.lang, seconds), s.lang),))


def toned(line: Line, tone: str) -> Line:
    """The same words, meant otherwise."""
    return tuple(Span(span.text, span.lang, tone) for span in line)


def alarm(words: Words) -> Words:
    """Words that have to be seen."""
    return tuple(toned(line, ALARM) for line in words)


def text_of(value: Any) -> Words:
    """A text with its renderings, each in its own language; another value as it stands."""
    if isinstance(value, list):
        parts = [part for part in value if isinstance(part, dict) and "text" in part]
        if parts and len(parts) == len(value):
            return tuple(
                (Span(line, str(part.get("lang") or UNDETERMINED)),)
                for part in parts
                for line in str(part["text"]).split("\n")
            )
        return ((Span(show_json(value)),),) if value else ()
    return tuple((Span(line, UNDETERMINED),) for line in str(value).split("\n")) if value else ()


def marking(of: Speakers, status: str) -> Words:
    """The status of the line, which stands above everything."""
    return term(of, f"status.{status}")


def life_items(of: Speakers, matter: Row, unreceived: Sequence[str] = ()) -> tuple[Item, ...]:
    """Where the matter stands: its state, how it ended, and what stands beside its state.

    `unreceived` are parties without a receipt for the version that counts: nobody is told what
    nobody received, so that it awaits a receipt then.
    """
    state, outcome = stated(matter, unreceived), str(matter["outcome"])

    def said(s: Speaker) -> Words:
        return (s.state(form_of(matter), state), *not_received(s, unreceived))

    found = [fact(of, "word.state", said)]
    if outcome:
        found.append(fact(of, "word.outcome", lambda s: (s.said(form_of(matter), outcome),)))
    return (*found, *_guarantee(of, matter), *_not_agreed(of, matter), *_beside(of, matter))


def form_of(row: Row) -> str:
    """The format of a row, which says what its classes and items are called."""
    return str(row.get("format", ""))


def stated(matter: Row, unreceived: Sequence[str]) -> str:
    """The state of a matter; "told" only where somebody received it."""
    state = str(matter["state"])
    is_unheard = bool(unreceived) and set(unreceived) >= set(matter["addressees"])
    return UNHEARD if state == TOLD and is_unheard else state


def not_received(speaker: Speaker, unreceived: Sequence[str]) -> Words:
    """That these parties have not received it; nothing where there are none."""
    if not unreceived:
        return ()
    names = Span(", ".join(unreceived))
    return alarm(((*speaker.say("ladder.not-received"), Span(": ", speaker.lang), names),))


def _guarantee(of: Speakers, matter: Row) -> tuple[Item, ...]:
    """Which guarantees a message has; where one was asked and none is given, that there is none."""
    told = matter.get("guarantee", {"asked": False, "rows": []})
    if not told["rows"]:
        none = alarm(term(of, "word.none"))
        return (coded_fact(of, "word.guarantee", none),) if told["asked"] else ()
    lines: list[Line] = []
    for row in told["rows"]:
        standing = term(of, f"guarantee.{row['standing']}")
        words = standing if row["standing"] in _HOLDS else alarm(standing)
        number = Span(f"{row['party']}:{row['number']}: ")
        stamps = [_stamp(of, row[name]) for name in ("from", "until") if row[name]]
        if row["ended"]:
            stamps = [_stamp(of, row["ended"])]
        times = [span for stamp in stamps for span in (Span(" "), *stamp)]
        lines += [(number, *line, *times) for line in words]
        lines += text_of(row["reason"])
    return (coded_fact(of, "word.guarantee", tuple(lines)),)


def _not_agreed(of: Speakers, matter: Row) -> tuple[Item, ...]:
    """That a record of many parts is not agreed while one of them is not, and which these are."""
    if matter.get("composed") in (None, *AGREED):
        return ()
    state = str(matter["composed"])
    weak = [str(part["path"]) for part in matter["parts"] if part["state"] == state]
    done, count = matter["agreed"]
    items = Span(f" {done} / {count}")
    words = alarm(each(of, lambda s: s.say("mark.not-agreed")))
    accepted = each(of, lambda s: (*s.say("word.items-agreed"), items))
    parts = each(of, lambda s: (*s.state("", state), Span(": ", s.lang), *_items(s, matter, weak)))
    return (coded_fact(of, "word.as-a-whole", (*words, *accepted, *parts)),)


def _items(speaker: Speaker, matter: Row, paths: Sequence[str]) -> Line:
    """Items of a message one after the other, as its form numbers and calls them."""
    found: list[Span] = []
    for path in paths:
        comma = [Span(", ", speaker.lang)] if found else []
        found += [*comma, *speaker.item(form_of(matter), path)]
    return tuple(found)


def _beside(of: Speakers, matter: Row) -> tuple[Item, ...]:
    """Stage, motion, strength against thresholds, the weakest part of a record."""
    rows: list[Item] = []
    if matter.get("asked"):
        rows.append(fact(of, "word.asked", lambda s: _by_party(s, "", matter["asked"])))
    if "motion" in matter:
        rows.append(fact(of, "word.motion", lambda s: (s.state("", matter["motion"]),)))
        if matter["outcomes"]:
            ends = matter["outcomes"]
            rows.append(fact(of, "life.ended", lambda s: _by_party(s, OUTCOME, ends)))
    for category, strength, most, reached in matter.get("gauge", ()):
        mark = " ≥" if reached else " <"
        rows += facts(of, [("word.threshold", f"{category}: {strength}{mark} {most}")])
    if matter.get("composed") in AGREED:
        rows.append(fact(of, "word.as-a-whole", lambda s: (s.state("", matter["composed"]),)))
    return tuple(rows)


# The form in which each side says how a movement ended.
OUTCOME: Final = "humanitarian/outcome@1"


def _by_party(speaker: Speaker, format_id: str, words: dict[str, str]) -> Words:
    """What each party says, a line for each."""
    return tuple(
        (*speaker.party(party), Span(": ", speaker.lang), *speaker.state(format_id, word))
        for party, word in words.items()
    )


def ladder_table(of: Speakers, rows: Sequence[Row], family: str = "") -> Table:
    """Reception by each addressee, a column for each rung; silence is said as silence.

    Nobody owes an answer to an answer: whoever says nothing to one is not silent.
    """
    heads = [term(of, "word.addressee")]
    several = len({row["number"] for row in rows}) > 1  # then each says which entry it is about
    for rung in RUNGS:
        words = term(of, _HEADS.get(rung, f"ladder.{rung}"))
        heads.append(((Span(f"{rung.upper()} "), *words[0]), *words[1:]))
    body = [
        (
            (*party(of, row["party"]), *(code(row["number"]) if several else ())),
            *(_rung(of, row, rung, is_awaited=family != "answer") for rung in RUNGS),
        )
        for row in rows
    ]
    return Table((), tuple(heads), tuple(body), term(of, "ladder.none"))


def _rung(of: Speakers, row: Row, rung: str, *, is_awaited: bool) -> Words:
    """What is known of one rung, or that nothing is.

    Silent is who received, said nothing and let a time pass; before that there is no answer yet,
    and where no time was agreed since when. Of who did not receive, nothing else is known. Between
    two other members there is no answer yet, and whether it was received is not known here.
    """
    found = row[rung]
    if not found and rung == "a0":
        if row.get("missing"):
            return alarm(term(of, "ladder.not-received"))
        return term(of, "due.receipt-elsewhere") if row.get("elsewhere") else NOT_YET
    if not found:
        if rung == "a4" and row["ended"]:
            return _ended(of, row["ended"][-1])
        if rung == "a4" and row.get("items"):
            return _of_items(of, row["items"])
        is_known = bool(row["a0"])
        is_silent = is_awaited and row["silent"] and (is_known or row.get("elsewhere"))
        if rung != "a4" or not is_silent:
            return NOT_YET
        if not is_known or not row.get("late"):
            # Of what is over nothing more is to come: no "yet".
            return _no_answer_yet(of, row) if row.get("awaited", True) else NOT_YET
        return alarm(term(of, "life.silent"))
    if rung == "a0":
        if "deemed" in found:
            return (*alarm(term(of, "mark.deemed")), _stamp(of, found["deemed"]))
        return (_stamp(of, found["time"]),)
    if rung == "a3":
        words: Words = code(", ".join(found["echelons"]))
    elif rung == "a2":
        words = _read_back(of, found)
    else:
        words = said_class(of, found)
    return (*words, _stamp(of, found["time"]))


def _no_answer_yet(of: Speakers, row: Row) -> Words:
    """That nothing was said; after a while without an agreed time also that, and since when."""
    words = term(of, "life.no-answer-yet")
    if not row.get("silent_since"):
        return words
    since = each(
        of, lambda s: (*s.say("word.silent-since"), Span(" "), *s.stamp(row["silent_since"]))
    )
    return (*words, *term(of, "due.no-deadline"), *since)


def _of_items(of: Speakers, counts: dict[str, int]) -> Words:
    """How many items of a checklist a party accepts, rejects, studies: no answer to the whole."""
    words: Words = ()
    for word, name in _ITEMS.items():
        if word in counts:
            said = _counted(of, name, counts[word])
            words += alarm(said) if word == REJECTED else said
    return words


def _counted(of: Speakers, name: str, count: int) -> Words:
    return each(of, lambda s: (*s.say(name), Span(f": {count}")))


def _read_back(of: Speakers, found: Row) -> Words:
    """A difference before anything else; else how many items were read, before that they were
    read correctly: one item never stands for the message. Where a form says which items are to be
    read back only these count, for nobody is asked for the others."""
    words = coded(of, "class", found["result"])
    if not found["of"]:
        return words
    name, read, asked = "ladder.items-read", found["compared"], found["of"]
    if found.get("asked"):
        name, read, asked = "ladder.critical-read", found["asked_read"], found["asked"]
    counted = Span(f" {read} / {asked}")
    count = each(of, lambda s: (*s.say(name), counted))
    return (*count, *words) if found["result"] == "correct" else (*alarm(words), *count)


def _ended(of: Speakers, row: Row) -> Words:
    """An answer that its party took back, and when: it answers no more."""
    name = str(row["outcome"])
    words = each(
        of,
        lambda s: (
            *s.said(form_of(row), row["class"]),
            Span(": ", s.lang),
            *taken_back(s, name),
        ),
    )
    return (*alarm(words), _stamp(of, row["time"]))


def taken_back(speaker: Speaker, outcome: str) -> Line:
    """How something ended, in a word that has to be seen."""
    if f"guarantee.{outcome}" in speaker.terms.known:
        return speaker.say(f"guarantee.{outcome}")
    if f"life.{outcome}" in speaker.terms.known:
        return speaker.say(f"life.{outcome}")
    return speaker.known(f"class.{outcome}", outcome)


def _stamp(of: Speakers, text: str) -> Line:
    """A time of a view; its zone is the reader's, so it is one line for all languages."""
    return of[0].stamp(text)


def answers_table(of: Speakers, answers: Sequence[Row]) -> Table:
    """The answers; each says which version it answers, and whether that is still the one."""
    heads = ("ladder.a4", "word.number", "head.answers-version", "word.sent", "word.content")
    body = [
        (
            said_class(of, row),
            code(f"{row['party']}:{row['number']}"),
            (*code(f"{row['version']} / {row['of_versions']}"), *_standing(of, row)),
            (_stamp(of, row["time"]),),
            _said(of, row),
        )
        for row in answers
    ]
    return Table((), tuple(term(of, head) for head in heads), tuple(body))


def _standing(of: Speakers, row: Row) -> Words:
    stale = alarm(term(of, "word.earlier-version")) if row["stale"] else ()
    if row["ended"]:
        how = str(row["outcome"] or row["state"])
        words = each(of, lambda s: (*taken_back(s, how), Span(" "), *s.stamp(row["ended"])))
        return (*stale, *alarm(words))
    return stale if row["current"] else (*stale, *alarm(term(of, "life.superseded")))


def _said(of: Speakers, row: Row) -> Words:
    """What an answer says: text, conditions, alternative, and the bounds of a guarantee."""
    found: list[Line] = []
    for name in ("text", "conditions", "alternative", "scope"):
        found += text_of(row[name])
    for name, label in (("from", "item.from"), ("until", "item.until")):
        if row[name]:
            found += _labelled(of, label, _stamp(of, row[name]))
    for line in text_of(row["reason"]):
        found += _labelled(of, "item.reason", line)
    if row["authority"]:
        found += _labelled(of, "item.authority", (Span(row["authority"], UNDETERMINED),))
    return tuple(found)


def _labelled(of: Speakers, label: str, value: Line) -> Words:
    return each(of, lambda s: (*s.say(label), Span(" "), *value))


def closings(matter: Row, of: Speakers, *, level: int = 1) -> Section | None:
    """Every act that closed it, with what was observed."""
    if not matter["closings"]:
        return None
    heads = ("word.party", "word.class", "word.number", "word.sent", "word.content")
    body = [
        (
            party(of, row["party"]),
            said_class(of, row),
            code(f"{row['party']}:{row['number']}"),
            (of[0].stamp(row["time"]),),
            (*text_of(row["observed"]), *text_of(row["reason"])),
        )
        for row in matter["closings"]
    ]
    table = Table((), tuple(term(of, head) for head in heads), tuple(body))
    return Section(term(of, "family.closing"), tables=(table,), level=level)


def with_missing(row: Row, told: Row) -> Row:
    """A row of the ladder with whether its party's receipt for this entry of ours is missing."""
    return {**row, "missing": row["party"] in told["missing"]}


def foot(of: Speakers, made_s: int, by: str) -> Words:
    """What a reader may not take it for, and who made it when."""
    said: list[Line] = []
    for wording in FOOT:
        said += term(of, f"wording.{wording}")
    made = each(
        of,
        lambda s: (*s.say("word.made-by"), Span(" "), *s.party(by), Span(", "), *s.time(made_s)),
    )
    return (*said, *made)


def file_name(*parts: str) -> str:
    """A name for the file, of letters that every system takes."""
    words = "-".join(parts).lower()
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in words)[:100]


def document(
    of: Speakers,
    status: str,
    title: Words,
    number: str,
    parts: tuple[tuple[Item, ...], tuple[Section, ...]],
    made: tuple[int, str],
) -> Document:
    """All of it under its marking; the name of the file says the status as well."""
    items, sections = parts
    return Document(
        status=status,
        languages=tuple(speaker.lang for speaker in of),
        marking=marking(of, status),
        title=title,
        number=number,
        items=items,
        sections=sections,
        foot=foot(of, *made),
        made_s=made[0],
        name=file_name(status, number.replace(":", "-")),
    )
