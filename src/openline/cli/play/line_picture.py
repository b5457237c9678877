"""What one node shows of one line, made small enough to be read and compared.

Shapes   line_picture(stage, party, registers, board row, sections) -> those that hold anything
Units    times are RFC 3339 UTC text; lateness is in seconds; "-" says that nothing was said
Raises   nothing
Source   docs/SOURCES.md; the end states of the five histories
Never    adds up what two nodes hold; never shows one party's words as another's
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from openline.cli.play.stage import Stage, number, rows, table, text, texts
from openline.cli.play.standing_picture import together
from openline.formats.openjson import Value

NOTHING: Final = "-"
# Paths of a message that say how to handle it and not what it tells.
HANDLING: Final = frozenset({"mark", "source", "remark", "expires"})
Row = Mapping[str, Value]
Section = Callable[[Stage, Row], Value]


def line_picture(
    stage: Stage, party: str, found: Row, board: Row, sections: Mapping[str, Section]
) -> dict[str, Value]:
    """The sections of one line that hold anything, as `party` shows them."""
    picture: dict[str, Value] = {"board": board_section(board)}
    for name, section in sections.items():
        value = section(stage, found)
        if value not in ([], {}, 0, ""):
            picture[name] = value
    told = advisories(stage, found, party)
    return picture | ({"advisories": told} if told else {})


def words(value: Value) -> str:
    """The original words of a text, else the first that there are."""
    if isinstance(value, str):
        return value
    parts = [p for p in value if isinstance(p, dict)] if isinstance(value, list) else []
    originals = [p for p in parts if p.get("status") == "original"]
    return text((originals or parts)[0], "text") if parts else ""


def sorted_texts(found: Iterable[str]) -> list[Value]:
    """Names in alphabetical order."""
    return [*sorted(found)]


def step(stage: Stage, row: Row, key: str = "ref") -> str:
    """The step behind a reference, for a reader of the expected files."""
    return stage.step_of(row.get(key, ""))


def board_section(board: Row) -> Value:
    last, test = table(board, "last_message"), table(board, "last_link_test")
    contact = table(board, "last_contact")
    return {
        "last_message": f"{text(last, 'party')} {text(last, 'time')}".strip() or NOTHING,
        "last_contact": f"{text(contact, 'level')} {text(contact, 'at_time')}".strip() or NOTHING,
        "last_link_test": (
            f"{text(test, 'time')} {'answered' if test.get('answered') is True else 'waiting'}"
            if test
            else NOTHING
        ),
        "silent_since": text(board, "silent_since") or NOTHING,
    }


def said(stage: Stage, found: Row) -> Value:
    """Messages in each party's log; key entries and the like are not messages."""
    return {text(p, "party"): number(p, "messages") for p in rows(table(found, "line"), "parties")}


def status(stage: Stage, found: Row) -> Value:
    """What each party has stated of the line, side by side."""
    return {
        text(p, "party"): text(table(p, "status"), "class") or "no statement"
        for p in rows(table(found, "line"), "parties")
    }


def epochs(stage: Stage, found: Row) -> Value:
    """Parties that had to begin a new log."""
    parties = rows(table(found, "line"), "parties")
    return {text(p, "party"): number(p, "epochs") for p in parties if number(p, "epochs") > 1}


def ladder(row: Row) -> Value:
    """Reception by one addressee: five separate facts, none implied by another."""
    return {
        "delivered": text(table(row, "a0"), "time") or NOTHING,
        "received": text(table(row, "a1"), "class") or NOTHING,
        "read_back": text(table(row, "a2"), "result") or NOTHING,
        "passed_on": ", ".join(texts(table(row, "a3"), "echelons")) or NOTHING,
        "answered": text(table(row, "a4"), "class") or NOTHING,
    }


def notices(stage: Stage, found: Row) -> Value:
    """Notices and questions, each with its reception per addressee."""
    late = {step(stage, row): number(row, "late_by_s") for row in rows(found, "late")}
    shown: list[dict[str, Value]] = []
    for case in rows(found, "cases"):
        for matter in rows(case, "matters"):
            family, form = text(matter, "family"), text(matter, "format")
            if family not in ("notice", "question") or form == "core/advisory@1":
                continue
            name = step(stage, matter)
            version = (rows(matter, "versions") or ({},))[-1]
            entry: dict[str, Value] = {
                "step": name,
                "by": text(matter, "party"),
                "state": text(matter, "state"),
                "outcome": text(matter, "outcome") or NOTHING,
                "tells": sorted_texts(set(table(version, "fields")) - HANDLING),
                "reception": {text(r, "party"): ladder(r) for r in rows(matter, "reception")},
            }
            if name in late:
                entry["late_by_s"] = late[name]
            if number(version, "withheld"):
                entry["withheld"] = number(version, "withheld")
            if table(version, "hidden"):
                entry["withheld_by_us"] = sorted_texts(table(version, "hidden"))
            shown.append(entry)
    return together(shown)


def guarantees(stage: Stage, found: Row) -> Value:
    """Guarantees in force, and how many messages of each log are one, where there was a notice."""
    if not notices(stage, found) and not rows(table(found, "guarantees"), "rows"):
        return {}
    given = [text(row, "party") for row in rows(table(found, "guarantees"), "rows")]
    parties = rows(table(found, "line"), "parties")
    return {
        "in_force": number(table(found, "guarantees"), "in_force"),
        "in_log_of": {
            text(p, "party"): f"{given.count(text(p, 'party'))} of {number(p, 'messages')}"
            for p in parties
        },
    }


def contacts(stage: Stage, found: Row) -> Value:
    """Contacts with what each side recorded of them, as entered."""
    register = table(found, "contacts")
    shown: list[Value] = []
    for row in rows(register, "rows"):
        sides: dict[str, Value] = {}
        for side in rows(row, "sides"):
            acts = [text(act, "class") for act in rows(side, "acts")]
            told = [f"{text(t, 'class')}: {words(t.get('text', ''))}" for t in rows(side, "texts")]
            sides[text(side, "party")] = [*acts, *told]
        entry: dict[str, Value] = {
            "step": step(stage, row),
            "level": text(row, "level"),
            "parties": list(texts(row, "parties")),
            "state": text(row, "state"),
            "told": text(row, "told"),
            "agreed_text": text(row, "agreed_text"),
            "sides": sides,
        }
        if number(row, "minutes"):
            entry["minutes"] = number(row, "minutes")
        shown.append(entry)
    if not shown:
        return {}
    return {
        "counts": dict(table(register, "counts")),
        "agreed_texts": number(register, "agreed_texts"),
        "rows": shown,
    }


def incidents(stage: Stage, found: Row) -> Value:
    """Accounts of incidents side by side; actors are as claimed, and nobody confirms them."""
    shown: list[Value] = []
    for row in rows(table(found, "incidents"), "rows"):
        sides = rows(row, "sides")
        claimed = {a for s in sides for acc in rows(s, "accounts") for a in texts(acc, "actors")}
        shown.append(
            {
                "step": step(stage, row),
                "state": text(row, "state"),
                "object": text(row, "object") or NOTHING,
                "accounts": {text(s, "party"): len(rows(s, "accounts")) for s in sides},
                "protests": {text(s, "party"): len(rows(s, "protests")) for s in sides},
                "actors_as_claimed": sorted_texts(claimed),
            }
        )
    return shown


def warnings(stage: Stage, found: Row) -> Value:
    return [
        {
            "step": step(stage, row),
            "by": text(row, "party"),
            "topic": text(row, "topic"),
            "kind": text(row, "kind"),
            "state": text(row, "state"),
            "from": text(row, "from") or NOTHING,
            "until": text(row, "until") or NOTHING,
            "manner": words(row.get("manner", "")) or NOTHING,
            "observed": words(row.get("observed", "")) or NOTHING,
        }
        for row in rows(table(found, "warnings"), "rows")
    ]


def statements(stage: Stage, found: Row) -> Value:
    """Statements of every kind, as entered; demands and claims have sections of their own too."""
    return [
        {
            "step": step(stage, row),
            "by": text(row, "party"),
            "what": text(row, "format").partition("@")[0],
            "topic": text(row, "topic"),
        }
        for row in rows(table(found, "statements"), "rows")
    ]


def demands(stage: Stage, found: Row) -> Value:
    """Demands and conditions against the answers of each addressee, silence included."""
    return [
        {
            "topic": text(row, "topic"),
            "by": text(row, "party"),
            "answers": {
                text(a, "party"): text(a, "class") or NOTHING for a in rows(row, "answers")
            },
        }
        for row in rows(table(found, "demands"), "rows")
    ]


def claims(stage: Stage, found: Row) -> Value:
    return [
        {
            "topic": text(row, "topic"),
            "asserted_by": list(texts(row, "asserted_by")),
            "contested_by": list(texts(row, "contested_by")),
        }
        for row in rows(table(found, "claims"), "rows")
    ]


def positions(stage: Stage, found: Row) -> Value:
    """Who says what about a fact, per party and office; contradictions stay and are shown."""
    return [
        {
            "fact": text(fact, "fact"),
            "by": text(row, "party"),
            "office": text(row, "office"),
            "position": text(row, "class"),
            "contradicts": [
                stage.step_of(ref)
                for ref in (row["contradicts"] if isinstance(row["contradicts"], list) else [])
            ],
        }
        for fact in rows(table(found, "positions"), "facts")
        for row in rows(fact, "rows")
    ]


def advisories(stage: Stage, found: Row, party: str) -> list[Value]:
    """Advisories: of our own, whether every member holds them; of others, whether we do.

    A node holds the receipts that it was given and those that it gave: what others hold of a
    third party's advisory is for that third party to show.
    """
    shown: list[Value] = []
    for row in rows(table(found, "advisories"), "rows"):
        entry: dict[str, Value] = {
            "step": step(stage, row),
            "by": text(row, "party"),
            "action": text(row, "action"),
        }
        if text(row, "party") == party:
            entry["held"] = f"{number(row, 'held')} of {len(rows(row, 'members'))}"
            entry["not_reached"] = list(texts(row, "not_reached"))
        else:
            ours = [m for m in rows(row, "members") if text(m, "party") == party]
            entry["held_here"] = any(m.get("held") is True for m in ours)
        entry |= {key: number(row, key) for key in ("within_h", "count") if number(row, key)}
        shown.append(entry)
    return shown


def relays(stage: Stage, found: Row) -> Value:
    """What was relayed, who holds it, and whose receipts the relay has passed back."""
    held = {
        step(stage, matter): {
            text(r, "party"): text(table(r, "a0"), "time") or NOTHING
            for r in rows(matter, "reception")
        }
        for case in rows(found, "cases")
        for matter in rows(case, "matters")
    }
    return [
        {
            "step": step(stage, row),
            "relayed_by": text(row, "party"),
            "originator": text(row, "originator"),
            "consent": row.get("consent") is True,
            "delivered": dict[str, Value](held.get(step(stage, row), {})),
            "receipts_passed_back": [
                f"{text(r, 'party')} {text(r, 'receipt_time')}" for r in rows(row, "receipts")
            ],
        }
        for row in rows(table(found, "relays"), "rows")
    ]


def due(stage: Stage, found: Row) -> Value:
    """How many duties stand in which state."""
    counts: dict[str, Value] = {"overdue": 0}
    for row in rows(found, "due"):
        state = text(row, "state")
        counts[state] = number(counts, state) + 1
    return counts if rows(found, "due") else {}


def odd(stage: Stage, found: Row) -> Value:
    """What does not fit, by code; and entries that wait for another."""
    broken: list[Value] = [text(row, "code") for row in rows(found, "irregularities")]
    waiting = [f"waiting: {text(row, 'reason')}" for row in rows(found, "waiting")]
    return [*broken, *waiting]


SECTIONS: Final[dict[str, Section]] = {
    "said": said,
    "status": status,
    "epochs": epochs,
    "notices": notices,
    "guarantees": guarantees,
    "contacts": contacts,
    "incidents": incidents,
    "warnings": warnings,
    "statements": statements,
    "demands": demands,
    "claims": claims,
    "positions": positions,
    "relays": relays,
    "due": due,
    "irregularities": odd,
}
