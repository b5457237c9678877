"""Quotas of inspections: what was agreed, transferred, used, not counted, and said to be filled.

Shapes   quotas: Given -> plain JSON
Units    inspections
Raises   nothing
Source   docs/cases.md, "Quotas"; Open Skies format 1; Vienna Document 1992 paras 105-109
Never    takes the inspecting party's own word that an inspection does not count
"""

from collections import Counter
from typing import Final

from openline.cases import moves, shown, views
from openline.cases.case import Case, Matter
from openline.cases.entry import Entry, Ref
from openline.cases.ladder import Row
from openline.cases.registers.caps import sides
from openline.cases.registers.given import Given

QUOTA: Final = "agreements/quota"
_FIGURES: Final = ("objects", "percent", "share", "at_once")
HELD: Final = frozenset({"held", "report", "countersigned"})


def quotas(given: Given) -> Row:
    """Inspections used against the number agreed; refused and cancelled ones do not count."""
    stated: dict[str, list[Row]] = {}
    for _, matter in given.said("agreements/limits"):
        fields = matter.current.entry.fields
        if number := shown.integer(fields, "inspections"):
            row = {"party": matter.author, "inspections": number}
            stated.setdefault(shown.string(fields, "agreement"), []).append(row)
    found: dict[tuple[str, str], list[Row]] = {}
    for case, matter in given.matters("agreements/inspection"):
        agreement = shown.string(matter.first.fields, "agreement")
        found.setdefault((agreement, matter.author), []).append(_inspection(given, case, matter))
    said = [_said(given, case, matter) for case, matter in given.said(QUOTA)]
    named = {*stated, *(row["agreement"] for row in said if row["class"] == "stated")}
    asking = {*found, *((a, party) for a in named for party in given.state.members)}
    rows = []
    for agreement, party in sorted(asking):
        row = _quota((agreement, party), stated, found.get((agreement, party), []), said)
        everybodys = _counted(agreement, found, said)
        own = [each for each in said if _is_own(each, agreement, party)]
        rows.append({**row, **sides(party, everybodys, own)})
    return {"rows": rows}


def _is_own(row: Row, agreement: str, party: str) -> bool:
    """Whether a party states a quota of its own here."""
    return (row["class"], row["agreement"], row["party"]) == ("stated", agreement, party)


def _counted(agreement: str, found: dict[tuple[str, str], list[Row]], said: list[Row]) -> list[Row]:
    """Every inspection under an agreement: who inspects, and whether it counts."""
    about = [row for row in said if row["agreement"] == agreement]
    return [
        {**row, "by": by, "counts": by in row["held_by"] and not _is_excused(row, about)}
        for (name, by), rows in sorted(found.items())
        if name == agreement
        for row in rows
    ]


def _quota(
    key: tuple[str, str], stated: dict[str, list[Row]], inspections: list[Row], said: list[Row]
) -> Row:
    agreement, party = key
    numbers = {row["inspections"] for row in stated.get(agreement, [])}
    by_state = Counter(row["state"] for row in inspections)
    about = [row for row in said if row["agreement"] == agreement]
    given_away = [row for row in about if row["class"] == "transferred"]
    agreed = min(numbers) if len(numbers) == 1 else 0
    moved = sum(row["number"] for row in given_away if row["receiver"] == party)
    moved -= sum(row["number"] for row in given_away if row["party"] == party)
    held = [row for row in inspections if party in row["held_by"]]
    excused = [row for row in held if _is_excused(row, about)]
    return {
        "agreement": agreement,
        "party": party,
        "used": len(held) - len(excused),
        "of": max(0, agreed + moved) if agreed else 0,
        "not_counted": len(excused),
        "transferred": moved,
        "filled_by": sorted({row["party"] for row in about if row["class"] == "filled"}),
        "stated": stated.get(agreement, []),
        "by_state": dict(sorted(by_state.items())),
        "inspections": inspections,
        "said": [row for row in about if party in (row["party"], row["receiver"])],
    }


def _is_excused(inspection: Row, said: list[Row]) -> bool:
    """Whether one of the inspected parties has said that it does not count."""
    return any(
        row["class"] == "does-not-count"
        and row["about"] == inspection["ref"]
        and row["party"] in inspection["inspected"]
        for row in said
    )


def _said(given: Given, case: Case, matter: Matter) -> Row:
    """One message about a quota; `about` is the inspection that it names."""
    fields = matter.current.entry.fields
    of = case.matter(matter.of) if matter.of is not None else None
    return {
        **given.said_by(matter.current.entry),
        "agreement": shown.string(fields, "agreement"),
        "period": shown.string(fields, "period"),
        "class": matter.answer,
        "number": shown.integer(fields, "number"),
        "receiver": shown.string(fields, "receiver"),
        "side": shown.string(fields, "side"),
        **{path: shown.integer(fields, path) for path in _FIGURES},
        "reason": shown.texts(fields, "reason"),
        "about": [] if of is None else list(Ref(*of.ref)),
    }


def _inspection(given: Given, case: Case, matter: Matter) -> Row:
    reasons = [a.entry for side in matter.sides for a in side.acts if _reason(a.entry)]
    site, start = (views.told(matter, path) for path in ("site", "from"))
    hosts = [side.party for side in matter.sides if side.party != matter.author]
    return {
        **given.opening(case, matter),
        "state": moves.CANCELLED if matter.state == moves.CANCELLED else matter.stage,
        "site": site if isinstance(site, str) else "",
        "from": start if isinstance(start, str) else "",
        "reason": _reason(reasons[-1]) if reasons else "",
        "hosts": hosts,
        "inspected": hosts or list(matter.versions[0].addressees),
        "held_by": [side.party for side in matter.sides if side.state in HELD],
    }


def _reason(entry: Entry) -> object:
    return shown.texts(entry.fields, "reason")
