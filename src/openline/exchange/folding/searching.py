"""Search over everything said: the index kept in step with what was opened, and questions to it.

Shapes   step(station) -> whether there is more to read; find(station, lines, ...) -> plain JSON
Units    times are unix seconds UTC inside, RFC 3339 UTC text in rows
Raises   nothing of its own
Source   DESIGN, "Readable views are separate"; docs/decisions/0046
Never    looks at a line that is not named; never keeps the text of what was erased
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from openline.cases import shown
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState
from openline.exchange.folding import reading
from openline.exchange.kept import keeping
from openline.exchange.station import Station
from openline.formats.likeness import Word, asked, excerpt, folded, spaced
from openline.formats.numbers import before, is_name, read
from openline.formats.openjson import Value
from openline.store.texts import Question, Said, Sought, Texts

Row = dict[str, Any]
# Entries that are read in one turn, so that a long line keeps nobody waiting.
STEP: Final = 1_000
ROWS_PER_PAGE: Final = 50
EXCERPTS_MAX: Final = 3
# What is no words of a person: when it lapses, names of logs, hashes.
_NO_WORDS: Final = frozenset({"expires", "refs", "seen", "at"})


@dataclass(slots=True)
class Searching:
    """The index, the entries that it holds, the state of each line up to which it is whole, and
    what each log was called when its entries were read."""

    texts: Texts = field(default_factory=Texts)
    called: dict[str, str] = field(default_factory=dict)
    held: dict[Ref, Entry] = field(default_factory=dict)
    whole: dict[bytes, LineState] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a person put it."""

    text: str = ""
    party: str = ""
    form: str = ""
    from_s: int | None = None
    until_s: int | None = None
    skip: int = 0


def searching(station: Station) -> Searching:
    """The index of a station, empty at first."""
    if not isinstance(station.search, Searching):
        station.search = Searching()
    return station.search


def step(station: Station) -> bool:
    """Read some of what the index does not have yet; False when it has everything."""
    index = searching(station)
    left = STEP
    for row in station.lines():
        state = reading.state(station, row.line_id)
        if index.whole.get(row.line_id) is state:
            continue
        _call_anew(index, state)
        left -= _read(index, state, row.line_id.hex(), left)
        if left <= 0:
            return True
        index.whole[row.line_id] = state
    return False


def _call_anew(index: Searching, state: LineState) -> None:
    """Entries of a log that is called otherwise since a sibling of it came are read again."""
    called = state.called
    changed = {x for x, said in called.items() if index.called.get(x, said) != said}
    if changed:
        index.held = {ref: entry for ref, entry in index.held.items() if ref.origin not in changed}
    index.called |= called


def _read(index: Searching, state: LineState, line: str, most: int) -> int:
    """Take in at most so many entries that are new or not what they were."""
    changed: list[Entry] = []
    for ref, entry in state.entries.items():
        if index.held.get(ref) is not entry:
            changed.append(entry)
            if len(changed) >= most:
                break
    said = [entry for entry in changed if entry.state == "opened" and entry.kind == "message"]
    gone = [entry.ref for entry in changed if entry.state != "opened"]
    index.texts.drop([(ref.origin, ref.index) for ref in gone])
    index.texts.put([_said(state, entry, line) for entry in said])
    index.held.update({entry.ref: entry for entry in changed})
    return len(changed)


def _said(state: LineState, entry: Entry, line: str) -> Said:
    number = state.number(entry)
    names = [f"{entry.party}:{each}" for each in (number, *before(number))]
    text = folded("\n".join([*names, *words_of(entry)]))
    place = (entry.ref.origin, entry.ref.index)
    return Said(
        place, line, entry.party, entry.format, entry.answer, entry.time_s, text, spaced(text)
    )


def words_of(entry: Entry) -> Iterator[str]:
    """Everything in words in a message, what only this node knows of it included."""
    for path, value in {**entry.fields, **entry.hidden}.items():
        if path not in _NO_WORDS:
            yield from _words(value)


def _words(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
    elif isinstance(value, dict):
        for name in ("text", "typed"):
            yield from _words(value.get(name, ""))


# ---- asking -------------------------------------------------------------------------------------


def find(station: Station, lines: Collection[bytes], question: Asked) -> Row:
    """Messages on these lines that answer a question, newest first, with public statements."""
    words = asked(as_called(station, lines, question.text))
    if question.text.strip() and not words:
        return {"count": 0, "rows": [], "public": [], "skip": 0}
    found = searching(station).texts.find(
        Question(
            tuple(line.hex() for line in lines),
            tuple(_sought(station, word) for word in words),
            question.party, question.form, question.from_s, question.until_s, question.skip,
            ROWS_PER_PAGE,
        )
    )  # fmt: skip
    rows = [_row(station, Ref(*place), words) for place in found.places]
    return {
        "count": found.count,
        "rows": [row for row in rows if row is not None],
        "public": public(station, lines, words) if words else [],
        "skip": question.skip,
    }


def as_called(station: Station, lines: Collection[bytes], text: str) -> str:
    """A question that is the name of one entry, as that entry is called here."""
    for line_id in lines if is_name(text.strip()) else ():
        place = read(text.strip(), station.called(line_id)).place
        log = station.log(place[0]) if place else None
        if place and log:
            return f"{log.party}:{station.number(Ref(*place))}"
    return text


def _sought(station: Station, word: Word) -> Sought:
    """A word with the forms, and the classes of forms, whose name in any language holds it."""
    if not word.is_part:
        return Sought("", word.tokens, is_absent=word.is_absent)
    forms = station.packs.formats
    named = [form.id for form in forms if word.text in _labels(station, form.term)]
    classes = [
        (form.id, name)
        for form in forms
        for name, term in form.classes
        if word.text in _labels(station, term)
    ]
    return Sought(word.text, word.tokens, tuple(named), tuple(classes), word.is_absent)


def _labels(station: Station, term: str) -> str:
    """A label in every language, as a search compares it."""
    known = searching(station).labels
    if term not in known:
        terms = station.packs.terms
        known[term] = folded("\n".join(str(terms.label(term, lang)) for lang in terms.languages))
    return known[term]


def _row(station: Station, ref: Ref, words: tuple[Word, ...]) -> Row | None:
    log = station.log(ref.origin)
    state = reading.state(station, log.line_id) if log else None
    entry = state.entry(ref) if state else None
    if log is None or state is None or entry is None:
        return None
    return {
        "line": log.line_id.hex(),
        "ref": [ref.origin, ref.index],
        "number": state.number(entry),
        "from": entry.party,
        "format": entry.format,
        "class": entry.answer,
        "written": shown.spelled(entry.time_s),
        "subject": shown.subject(entry.fields),
        "excerpts": excerpts(words_of(entry), words),
    }


def excerpts(texts: Iterator[str], words: tuple[Word, ...]) -> list[Row]:
    """The first places where words stand, as they were written."""
    found = []
    for text in texts:
        each = excerpt(text, words)
        if each is not None:
            found.append({"before": each.before, "found": each.found, "after": each.after})
        if len(found) == EXCERPTS_MAX:
            break
    return found


def public(station: Station, lines: Collection[bytes], words: tuple[Word, ...]) -> list[Row]:
    """Public statements in the notebook on topics of these lines in which all words stand."""
    topics = {topic for line in lines for topic in topics_of(reading.state(station, line))}
    return [
        {"id": note["id"], **note["record"]}
        for note in keeping.read_notes(station, "public")
        if note["record"].get("topic") in topics and holds(note["record"], words)
    ]


def topics_of(state: LineState) -> set[str]:
    """The topics of which something was said on a line."""
    told = (shown.string(case.main.first.fields, "topic") for case in state.cases)
    return {topic for topic in told if topic}


def holds(record: Mapping[str, Any], words: tuple[Word, ...]) -> bool:
    """Whether all words that are asked for stand in a record, and none that is not wanted."""
    text = folded("\n".join(each for value in record.values() for each in _words(value)))
    return all((word.text in text) != word.is_absent for word in words)
