"""What parties state without being asked: each stands beside the others and none is merged.

Shapes   one function per register, Given -> plain JSON
Units    times are UTC text
Raises   nothing
Source   docs/cases.md, "Statements", "Fact positions"
Never    moves another party's state; never calls a statement an outcome
"""

from collections import Counter
from typing import Final

from openline.cases import moves, shown, views
from openline.cases.case import Case, Matter, Version
from openline.cases.ladder import Row
from openline.cases.obligations import stage_of
from openline.cases.registers.given import Given

_STATEMENTS: Final = tuple(
    f"positions/{name}"
    for name in (
        "warning", "consequences", "demand", "demand-answer", "condition", "offer", "assurance",
        "denial", "assessment", "accusation", "announcement", "claim",
    )
)  # fmt: skip
FACT_POSITION: Final = "positions/fact-position"
# Positions of one party on one fact that go together; all other pairs contradict each other.
GO_TOGETHER: Final = frozenset(
    {
        frozenset({"confirmed", "refuses-details"}),
        frozenset({"not-commented", "refuses-details"}),
        frozenset({"not-commented", "does-not-say"}),
        frozenset({"refuses-details", "does-not-say"}),
    }
)


def statement(given: Given, case: Case, matter: Matter) -> Row:
    """One statement as its latest version has it."""
    fields = matter.current.entry.fields
    return {
        **given.opening(case, matter),
        "format": matter.first.format,
        "class": matter.answer,
        "topic": shown.string(fields, "topic"),
        "text": views.subject(matter),
        "about": list(shown.strings(fields, "about")),
        "speaker": shown.string(fields, "speaker"),
        "object": shown.string(fields, "object"),
        "at_time": shown.string(fields, "at_time"),
        "of": [] if matter.of is None else views.ref(matter.of),
    }


def statements(given: Given) -> Row:
    """Every statement of the line."""
    return {"rows": [statement(given, *pair) for pair in given.matters(*_STATEMENTS)]}


def assessments(given: Given) -> Row:
    """Assessments by topic: as many rows as were said, from as many parties."""
    topics: dict[str, list[Row]] = {}
    for pair in given.said("positions/assessment"):
        row = statement(given, *pair)
        topics.setdefault(row["topic"], []).append(row)
    return {
        "topics": [
            {"topic": topic, "count": len({row["party"] for row in rows}), "rows": rows}
            for topic, rows in sorted(topics.items())
        ]
    }


def warnings(given: Given) -> Row:
    """Warnings with a window or an open end, and what was observed when one was closed."""
    rows = []
    for case, matter in given.matters("positions/warning"):
        telling = [v for v in matter.versions if v.entry.answer in ("open", "window")]
        fields = telling[-1].entry.fields
        observed = [row["observed"] for row in views.closings(matter, given.state.number)]
        rows.append(
            {
                **given.opening(case, matter),
                "topic": shown.string(fields, "topic"),
                "subject": shown.texts(fields, "subject"),
                "manner": shown.texts(fields, "manner"),
                "kind": matter.stage,
                "from": shown.string(fields, "from"),
                "until": shown.string(fields, "until"),
                "confidence": shown.string(fields, "confidence"),
                "observed": observed[-1] if observed else "",
                "phase": views.phase(matter, given.now_s),
            }
        )
    return {"rows": rows}


def demands(given: Given) -> Row:
    """Demands and conditions against answers; an addressee that gave none stands there silent."""
    rows = []
    for case, matter in given.matters("positions/demand", "positions/condition"):
        answers = [
            {**views.answer_row(case, matter, each, given.state.number), "silent": False}
            for each in matter.answers
        ]
        spoken = {row["party"] for row in answers}
        silent = [p for p in matter.current.addressees if p not in spoken]
        rows.append(
            {
                **given.opening(case, matter),
                "format": matter.first.format,
                "topic": shown.string(matter.current.entry.fields, "topic"),
                "text": views.subject(matter),
                "answers": [_demand_answer(row) for row in answers] + [_silent(p) for p in silent],
            }
        )
    current = Counter(a["class"] for row in rows for a in row["answers"] if a["current"])
    return {"rows": rows, "counts": dict(sorted(current.items()))}


def _demand_answer(row: Row) -> Row:
    paths = ("party", "class", "text", "ref", "number", "time", "current", "silent")
    return {path: row[path] for path in paths}


def _silent(party: str) -> Row:
    empty: Row = {"class": "", "text": "", "ref": [], "number": "", "time": ""}
    return {"party": party, **empty, "current": False, "silent": True}


def announcements(given: Given) -> Row:
    """Announcements with three dates: planned, formal, in effect."""
    rows = []
    for case, matter in given.matters("positions/announcement"):
        stages = {
            name.replace("-", "_"): given.stage(stage_of(matter, name))
            for name in ("planned", "formal", "in-effect")
        }
        topic = shown.string(matter.current.entry.fields, "topic")
        said = {"topic": topic, "text": views.subject(matter)}
        rows.append({**given.opening(case, matter), **said, **stages})
    return {"rows": rows}


def claims(given: Given) -> Row:
    """Claims about a status: who asserts, who contests, side by side."""
    rows = []
    for case, matter in given.matters("positions/claim"):
        sides = [
            {"class": side.acts[-1].entry.answer, **given.said_by(side.acts[-1].entry)}
            for side in matter.sides
        ]
        fields = matter.first.fields
        rows.append(
            {
                **given.opening(case, matter),
                "topic": shown.string(fields, "topic"),
                "object": shown.string(fields, "object"),
                "sides": sides,
                "asserted_by": [s["party"] for s in sides if s["class"] == "asserted"],
                "contested_by": [s["party"] for s in sides if s["class"] == "contested"],
            }
        )
    return {"rows": rows}


def positions(given: Given) -> Row:
    """Positions by fact; what does not go with another position of the same party says so."""
    facts: dict[str, list[tuple[Case, Matter, Version]]] = {}
    for case, matter in given.matters(FACT_POSITION):
        for version in matter.versions:
            fact = shown.string(version.entry.fields, "fact")
            facts.setdefault(fact, []).append((case, matter, version))
    return {
        "facts": [
            {"fact": fact, "rows": [_position(given, each, rows) for each in rows]}
            for fact, rows in sorted(facts.items())
        ]
    }


def _position(
    given: Given,
    each: tuple[Case, Matter, Version],
    rows: list[tuple[Case, Matter, Version]],
) -> Row:
    case, matter, version = each
    entry = version.entry
    against = [
        views.ref(other.entry.ref)
        for _, their, other in rows
        if their is not matter
        and _stands(matter, version)
        and _stands(their, other)
        and their.author == matter.author
        and is_contradiction(entry.answer, other.entry.answer)
    ]
    return {
        "party": entry.party,
        "office": shown.string(entry.fields, "office"),
        "speaker": shown.string(entry.fields, "speaker"),
        "class": entry.answer,
        "text": shown.texts(entry.fields, "text"),
        "case": views.ref(case.id),
        **given.head(entry),
        "current": _stands(matter, version),
        "contradicts": against,
    }


def _stands(matter: Matter, version: Version) -> bool:
    """Whether a position is still its party's: the latest version, not cancelled or closed."""
    return version is matter.current and matter.state not in moves.OVER


def is_contradiction(one: str, other: str) -> bool:
    """Whether two positions of one party on one fact do not go together."""
    return one != other and frozenset({one, other}) not in GO_TOGETHER
