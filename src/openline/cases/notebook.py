"""A node's own notebook: what was said in public, and dossiers over several lines.

Shapes   public_of(record), dossier_of(record) read records; dossier_view(...) lays them beside
         what the lines hold
Units    dates are unix seconds UTC, spelled as UTC text in records
Raises   BadRecord for a record that cannot be kept
Source   docs/cases.md, "Notebook"; DESIGN, "dossier", "public statement"
Never    becomes a message, a fact of a line or part of a digest: it is this node's and local
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.cases import views
from openline.cases.entry import Ref
from openline.cases.fold import LineState
from openline.cases.ladder import Row
from openline.cases.registers import contacts, notices, statements
from openline.cases.registers.given import Given
from openline.errors import OpenlineError
from openline.formats import openjson
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import b64, parse_utc, utc

TEXT_STATUSES: Final = ("original", "official", "courtesy", "translation-by-others")
# What the record of a line holds beside a public claim, by the position that was taken.
BEHIND: Final[Mapping[str, str]] = {
    "claims-guarantee": "guarantees",
    "denies-guarantee": "guarantees",
    "claims-contact": "contacts",
    "denies-contact": "contacts",
    "refused-to-talk": "contacts",
    "told-beforehand": "notices",
}
_PUBLIC: Final = (
    "topic", "source", "party", "office", "speaker", "lang", "date", "text_status", "text",
    "text_hash", "position", "mark",
)  # fmt: skip
_PUBLIC_NEEDED: Final = frozenset({"topic", "source", "date", "text_status", "text"})
_TEXT_CHARACTERS_MAX: Final = 20_000
_ITEMS_MAX: Final = 1_000


class BadRecord(OpenlineError):
    """A record of the notebook that cannot be kept, with the item and the reason."""

    code: ClassVar[str] = "cases.bad-record"
    remedy: ClassVar[str] = "Correct the named item of the record and add it again."

    def __init__(self, item: str, reason: str) -> None:
        super().__init__(f"{item}: {reason}")
        self.item = item


@dataclass(frozen=True, slots=True)
class PublicStatement:
    """What was said outside any line, with where it comes from. Never mixed with messages."""

    id: str
    topic: str
    source: str
    party: str
    office: str
    speaker: str
    lang: str
    date_s: int
    text_status: str
    text: str
    text_hash: str
    position: str
    mark: str

    def record(self) -> Row:
        """The record as it was read; public_of(record) gives the equal statement."""
        row: Row = {path: getattr(self, path) for path in _PUBLIC if path != "date"}
        return {"id": self.id, "date": utc(self.date_s), **row}


@dataclass(frozen=True, slots=True)
class Dossier:
    """A grouping of cases over several lines; `lines` and `cases` name lines by hex id."""

    id: str
    title: str
    topics: tuple[str, ...]
    lines: tuple[str, ...]
    cases: tuple[tuple[str, Ref], ...]

    def record(self) -> Row:
        """The record as it was read; dossier_of(record) gives the equal dossier."""
        cases = [[line, ref.origin, ref.index] for line, ref in self.cases]
        listed = {"topics": list(self.topics), "lines": list(self.lines), "cases": cases}
        return {"id": self.id, "title": self.title, **listed}


def public_of(record: Mapping[str, Value]) -> PublicStatement:
    """Read a public statement strictly: who said what, where, when, and in which language."""
    _known(record, {"id", *_PUBLIC}, _PUBLIC_NEEDED)
    told = {path: _string(record, path) for path in ("id", *_PUBLIC)}
    if told["text_status"] not in TEXT_STATUSES:
        raise BadRecord("text_status", f"is not one of {', '.join(TEXT_STATUSES)}")
    try:
        date_s = parse_utc(told["date"])
        text_hash = b64(hashlib.sha256(told["text"].encode()).digest())
    except (Malformed, UnicodeEncodeError):
        raise BadRecord("date", "or text cannot be spelled") from None
    if told["text_hash"] not in ("", text_hash):
        raise BadRecord("text_hash", "is not the SHA-256 of the text")
    told["text_hash"] = text_hash
    del told["date"]
    told["id"] = told["id"] or _id("public", {**told, "date": utc(date_s)})
    return PublicStatement(date_s=date_s, **told)


def dossier_of(record: Mapping[str, Value]) -> Dossier:
    """Read a dossier strictly."""
    _known(record, {"id", "title", "topics", "lines", "cases"}, frozenset({"title"}))
    topics, lines = (_strings(record, path) for path in ("topics", "lines"))
    cases = []
    value = record.get("cases", [])
    for each in value if isinstance(value, list) else [value]:
        match each:
            case [str(line), str(origin), int(index)] if not isinstance(index, bool):
                cases.append((line, Ref(origin, index)))
            case _:
                raise BadRecord("cases", "holds something else than [line, origin, index]")
    title = _string(record, "title")
    found = Dossier("", title, topics, lines, tuple(cases))
    named = _string(record, "id") or _id("dossier", found.record())
    return Dossier(named, title, topics, lines, tuple(cases))


def _known(record: Mapping[str, Value], known: set[str], needed: frozenset[str]) -> None:
    for path in sorted(set(record) - known):
        raise BadRecord(path, "is not an item of this record")
    for path in sorted(needed - set(record)):
        raise BadRecord(path, "is missing")


def _string(record: Mapping[str, Value], path: str) -> str:
    value = record.get(path, "")
    if not isinstance(value, str) or len(value) > _TEXT_CHARACTERS_MAX:
        raise BadRecord(path, f"is not text of at most {_TEXT_CHARACTERS_MAX} characters")
    return value


def _strings(record: Mapping[str, Value], path: str) -> tuple[str, ...]:
    value = record.get(path, [])
    listed = value if isinstance(value, list) else [value]
    strings = tuple(each for each in listed if isinstance(each, str))
    if not isinstance(value, list) or len(strings) != len(value) or len(value) > _ITEMS_MAX:
        raise BadRecord(path, f"is not a list of at most {_ITEMS_MAX} texts")
    return strings


def _id(kind: str, record: Mapping[str, Value]) -> str:
    """An id that the content gives: the same record added twice is one record."""
    return f"{kind}-{hashlib.sha256(openjson.encode(dict(record))).hexdigest()[:16]}"


# ------------------------------------------------------------------------------- the view


def dossier_view(
    dossier: Dossier,
    states: Mapping[str, LineState],
    public: Iterable[PublicStatement],
    now_s: int = 0,
) -> Row:
    """What is claimed on the topics of a dossier beside what its lines hold.

    `states` are the lines that this node is a member of; of others it shows not even that they
    are named.
    """
    lines = {line: Given(states[line], now_s=now_s) for line in dossier.lines if line in states}
    held = _all(lines, lambda given: contacts.contacts(given)["rows"])
    given_guarantees = _all(lines, lambda given: notices.guarantees(given)["rows"])
    said = _on_topics(dossier, _all(lines, lambda given: statements.statements(given)["rows"]))
    told = _notices(dossier, states)
    beside = {
        "guarantees": given_guarantees,
        "contacts": [row for row in held if row["state"] == "held"],
        "notices": told,
    }
    return {
        "id": dossier.id,
        "title": dossier.title,
        "topics": list(dossier.topics),
        "lines": list(lines),
        "public": [
            {**each.record(), "behind": _behind(each, beside)}
            for each in sorted(public, key=lambda each: (each.date_s, each.id))
            if each.topic in dossier.topics
        ],
        "statements": said,
        "claims": [row for row in said if _is_claim(row)],
        "assessments": _by_topic(dossier, [row for row in said if _is(row, "assessment")]),
        "demands": _on_topics(dossier, _all(lines, lambda g: statements.demands(g)["rows"])),
        "warnings": _on_topics(dossier, _all(lines, lambda g: statements.warnings(g)["rows"])),
        "announcements": _on_topics(
            dossier, _all(lines, lambda given: statements.announcements(given)["rows"])
        ),
        "positions": [
            row
            for row in _all(lines, lambda given: statements.positions(given)["facts"])
            if row["fact"] in dossier.topics
        ],
        "contacts": held,
        "contacts_held": len(beside["contacts"]),
        "guarantees": given_guarantees,
        "cases": told,
    }


def _all(lines: Mapping[str, Given], rows: Callable[[Given], list[Row]]) -> list[Row]:
    """The rows of one register of every line, each with its line."""
    return [{"line": line, **row} for line, given in lines.items() for row in rows(given)]


def _on_topics(dossier: Dossier, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["topic"] in dossier.topics]


def _is(row: Row, name: str) -> bool:
    return str(row["format"]).startswith(f"positions/{name}@")


def _is_claim(row: Row) -> bool:
    return any(_is(row, name) for name in ("claim", "accusation", "offer", "denial"))


def _by_topic(dossier: Dossier, rows: list[Row]) -> list[Row]:
    """Rows by topic with the number of parties; rows of several lines stay apart."""
    found = []
    for topic in dossier.topics:
        of_topic = [row for row in rows if row["topic"] == topic]
        if of_topic:
            count = len({row["party"] for row in of_topic})
            found.append({"topic": topic, "count": count, "rows": of_topic})
    return found


def _notices(dossier: Dossier, states: Mapping[str, LineState]) -> list[Row]:
    """The cases that the dossier names, as far as this node holds them."""
    rows = []
    for line, ref in dossier.cases:
        case = states[line].case(ref) if line in states else None
        if case is not None:
            place = views.opening(case, case.main, states[line].number)
            what = {"format": case.main.first.format, "subject": views.subject(case.main)}
            rows.append({"line": line, **place, **what})
    return rows


def _behind(each: PublicStatement, beside: Mapping[str, list[Row]]) -> Row:
    register = BEHIND.get(each.position)
    if register is None:
        return {}
    rows = beside[register]
    return {"register": register, "count": len(rows), "rows": rows}
