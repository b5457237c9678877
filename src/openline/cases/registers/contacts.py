"""Contacts by level, and incidents: matters in which every party has a side of its own.

Shapes   contacts(given), incidents(given) -> plain JSON rows
Units    minutes as told; times are UTC text
Raises   nothing
Source   docs/cases.md, "Contact", "Incident"
Never    shows one side's readout or account as the other's; never merges two
"""

from collections import Counter

from openline.cases import moves, readback, shown, views
from openline.cases.case import Case, Matter, Side
from openline.cases.entry import Entry
from openline.cases.ladder import Row
from openline.cases.registers.given import Given

_TOP: tuple[str, ...] = ("at_time", "minutes", "place")


def contacts(given: Given) -> Row:
    """Every contact with its stage, and each side's record of it."""
    rows = [_contact(given, case, matter) for case, matter in given.matters("core/contact")]
    counts = Counter(row["state"] for row in rows)
    readouts = [t for row in rows for s in row["sides"] for t in s["texts"] if _is_readout(t)]
    return {
        "counts": dict(sorted(counts.items())),
        "agreed_texts": sum(row["agreed_text"] == "agreed" for row in rows),
        "readouts": len(readouts),
        "rows": rows,
    }


def _is_readout(text: Row) -> bool:
    return bool(text["class"] == "readout")


def _contact(given: Given, case: Case, matter: Matter) -> Row:
    level, told = (views.told(matter, path) for path in ("level", "told"))
    named = shown.strings(matter.first.fields, "with")
    others = [party for party in named if party in given.state.members]
    sides = {side.party: side for side in matter.sides}
    parties = sorted({matter.author, *others, *sides})
    rows = [_contact_side(given, party, sides.get(party)) for party in parties]
    return {
        **given.opening(case, matter),
        "state": moves.CANCELLED if matter.state == moves.CANCELLED else matter.stage,
        "level": level if isinstance(level, str) else "",
        "with": list(named),
        "parties": sorted({matter.author, *named}),
        "subject": views.told(matter, "subject") or "",
        "told": told if isinstance(told, str) else "line",
        **_top(matter, rows),
        "agreed_text": _agreed_text(matter),
        "sides": rows,
    }


def _top(matter: Matter, sides: list[Row]) -> Row:
    """Time, duration and place as the opener told them, else as the first side that did."""
    ordered = sorted(sides, key=lambda side: side["party"] != matter.author)
    return {path: next((s[path] for s in ordered if s[path]), ordered[0][path]) for path in _TOP}


def _contact_side(given: Given, party: str, side: Side | None) -> Row:
    acts = [act.entry for act in side.acts] if side else []
    return {
        "party": party,
        "silent": not acts,
        "state": side.state if side else moves.SILENT,
        "at_time": _latest(acts, "at_time"),
        "minutes": next(
            (n for e in reversed(acts) if (n := shown.integer(e.fields, "minutes"))), 0
        ),
        "place": _latest(acts, "place"),
        "texts": [_text(given, entry) for entry in acts if shown.texts(entry.fields, "text")],
        "acts": [{"class": entry.answer, **given.head(entry)} for entry in acts],
    }


def _latest(entries: list[Entry], path: str) -> str:
    return next((v for e in reversed(entries) if (v := shown.string(e.fields, path))), "")


def _text(given: Given, entry: Entry) -> Row:
    return {
        "class": entry.answer,
        "text": shown.texts(entry.fields, "text"),
        "speaker": shown.string(entry.fields, "speaker"),
        **given.head(entry),
    }


def _agreed_text(matter: Matter) -> str:
    """agreed only where two sides gave the same words; one side alone claims."""
    texts = [
        [act.entry.fields.get("text", "") for act in side.acts if act.entry.answer == "agreed-text"]
        for side in matter.sides
    ]
    latest = [each[-1] for each in texts if each]
    if not latest:
        return "none"
    same = len(latest) > 1 and all(readback.is_same(latest[0], each) for each in latest)
    return "agreed" if same else "claimed"


def incidents(given: Given) -> Row:
    """Every incident with the accounts of each member, silent ones included."""
    rows = []
    for case, matter in given.matters("core/incident", "humanitarian/incident"):
        sides = {side.party: side for side in matter.sides}
        parties = sorted({*given.state.members, *sides})
        spoken = [_incident_side(given, party, sides.get(party)) for party in parties]
        first = matter.first.fields
        rows.append(
            {
                **given.opening(case, matter),
                "subject": views.subject(matter),
                "at_time": shown.string(first, "at_time"),
                "place": shown.string(first, "place"),
                "object": shown.string(first, "object"),
                "accounts": sum(bool(side["accounts"]) for side in spoken),
                "protests": sum(len(side["protests"]) for side in spoken),
                "sides": spoken,
            }
        )
    return {"rows": rows}


def _incident_side(given: Given, party: str, side: Side | None) -> Row:
    entries = [act.entry for act in side.acts] if side else []
    reports = [e for e in entries if e.answer in ("report", "counter-account")]
    return {
        "party": party,
        "silent": not entries,
        "closed": side is not None and side.state == moves.CLOSED,
        "accounts": [_account(given, e, e is not reports[-1]) for e in reports],
        "protests": [_account(given, e, False) for e in entries if e.answer == "protest"],
        "demands": [_account(given, e, False) for e in entries if e.answer == "demand"],
    }


def _account(given: Given, entry: Entry, superseded: bool) -> Row:
    """What one party says happened; actors are as it claims, none is confirmed by this."""
    fields = entry.fields
    return {
        "class": entry.answer,
        "account": shown.texts(fields, "account"),
        "actors": list(shown.strings(fields, "actors")),
        "at_time": shown.string(fields, "at_time"),
        "place": shown.string(fields, "place"),
        "object": shown.string(fields, "object"),
        **given.head(entry),
        "superseded": superseded,
    }
