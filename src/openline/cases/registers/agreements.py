"""Texts, limits against holdings, reservations and obligations under agreements.

Shapes   texts, agreements, obligations: Given -> plain JSON
Units    amounts are [category, number] as told
Raises   nothing
Source   docs/cases.md, "Agreements", "Obligations"
Never    corrects a party's data by another's reservation: both counts stand side by side
"""

import re
from collections.abc import Iterator
from typing import Final

from openline.cases import moves, shown, views
from openline.cases.case import Case, Matter, Version
from openline.cases.ladder import Row
from openline.cases.obligations import COUNTERMEASURE, RESUMPTION, STAGES, SUSPENSION, Measure
from openline.cases.registers.given import Given

# A reserved item spelled so is the reserving party's own count.
_COUNT: Final = re.compile(r"(?P<category>.{1,200}): (?P<number>0|[1-9][0-9]{0,14})")


def texts(given: Given) -> Row:
    """Texts by version, article by article with the position of each party."""
    rows = []
    for case, matter in given.matters("agreements/text"):
        latest = matter.current.entry.fields
        articles: list[Row] = [
            {"article": article, "positions": _on_article(given, case, matter, article)}
            for article in dict.fromkeys(shown.strings(latest, "articles"))
        ]
        rows.append(
            {
                **given.opening(case, matter),
                "title": shown.texts(latest, "title"),
                "versions": [_text_version(given, version) for version in matter.versions],
                "articles": articles,
                "articles_count": len(articles),
                "with_position": sum(_any_current(each["positions"]) for each in articles),
            }
        )
    return {"rows": rows}


def _any_current(positions: list[Row]) -> bool:
    """Whether at least one position stands."""
    return any(row["current"] for row in positions)


def _text_version(given: Given, version: Version) -> Row:
    fields = version.entry.fields
    return {
        "version": shown.string(fields, "version"),
        "document": shown.string(fields, "document"),
        "articles": list(shown.strings(fields, "articles")),
        **given.head(version.entry),
    }


def _on_article(given: Given, case: Case, matter: Matter, article: str) -> list[Row]:
    rows = []
    for answer in matter.answers:
        said = case.matter(answer.ref)
        if said is None or said.name != "agreements/text-position":
            continue
        entry = said.current.entry
        if shown.string(entry.fields, "article") != article:
            continue
        version = shown.string(entry.fields, "version")
        place = {"class": entry.answer, "version": version, **given.said_by(entry)}
        rows.append({**place, "current": answer.current})
    return rows


def agreements(given: Given) -> Row:
    """Per agreement: limits as each party told them, and data against them."""
    names: dict[str, Row] = {}
    for case, matter in given.said("agreements/limits"):
        row = _agreement(names, matter)
        row["limits"].append(_limits(given, case, matter))
    for case, matter in given.said("agreements/data"):
        row = _agreement(names, matter)
        row["data"].append(_data(given, case, matter, _limit_of(row)))
    for case, matter in given.said("agreements/change"):
        row = _agreement(names, matter)
        row["changes"].append(_change(given, case, matter, _limit_of(row)))
    for case, matter in given.said("agreements/entry-into-force", "agreements/withdrawal"):
        _agreement(names, matter)["standing"].append(_standing(given, case, matter))
    return {"rows": [row for _, row in sorted(names.items())]}


def _agreement(names: dict[str, Row], matter: Matter) -> Row:
    name = shown.string(matter.current.entry.fields, "agreement")
    empty: Row = {"limits": [], "data": [], "changes": [], "standing": []}
    return names.setdefault(name, {"agreement": name, **empty})


def _standing(given: Given, case: Case, matter: Matter) -> Row:
    """What a party says of the agreement's own life: signed, in force, withdrawn from."""
    fields = matter.current.entry.fields
    said = matter.answer if matter.name == "agreements/entry-into-force" else "withdrawal"
    at_time = shown.string(fields, "at_time")
    return {**given.opening(case, matter), "says": said, "at_time": at_time}


def _change(given: Given, case: Case, matter: Matter, limits: dict[str, int]) -> Row:
    """Holdings after a change, told between two exchanges of data, with what is reserved."""
    fields = matter.current.entry.fields
    holdings = shown.amounts(fields, "holdings")
    return {
        **given.opening(case, matter),
        "at_time": shown.string(fields, "at_time"),
        "holdings": [list(pair) for pair in holdings],
        "against": [_against(category, held, limits) for category, held in holdings],
        "reservations": [
            _reservation(given, matter, each)
            for each in _about(case, matter, "agreements/reservation")
        ],
    }


def _limits(given: Given, case: Case, matter: Matter) -> Row:
    fields = matter.current.entry.fields
    accepted = [
        row["party"]
        for each in matter.answers
        if (row := views.answer_row(case, matter, each, given.state.number))["current"]
        and row["class"] == "accepted"
        and row["version"] == len(matter.versions)
    ]
    return {
        **given.opening(case, matter),
        "limits": [list(pair) for pair in shown.amounts(fields, "limits")],
        "inspections": shown.integer(fields, "inspections"),
        "data_days": list(shown.strings(fields, "data_days")),
        "change_days": shown.integer(fields, "change_days"),
        "launch_hours": shown.integer(fields, "launch_hours"),
        "accepted_by": sorted(accepted),
    }


def _limit_of(row: Row) -> dict[str, int]:
    """The limit of a category, where all who told one told the same."""
    told: dict[str, set[int]] = {}
    for limits in row["limits"]:
        for category, number in limits["limits"]:
            told.setdefault(category, set()).add(number)
    return {category: min(numbers) for category, numbers in told.items() if len(numbers) == 1}


def _data(given: Given, case: Case, matter: Matter, limits: dict[str, int]) -> Row:
    fields = matter.current.entry.fields
    holdings = shown.amounts(fields, "holdings")
    reservations = [
        _reservation(given, matter, each) for each in _about(case, matter, "agreements/reservation")
    ]
    quotations = [
        {**given.said_by(each.current.entry), "reservations": reservations}
        for each in _about(case, matter, "agreements/quotation")
    ]
    return {
        **given.opening(case, matter),
        "as_of": shown.string(fields, "as_of"),
        "version": matter.current.number,
        "holdings": [list(pair) for pair in holdings],
        "against": [_against(category, held, limits) for category, held in holdings],
        "reservations": reservations,
        "quotations": quotations,
    }


def _against(category: str, held: int, limits: dict[str, int]) -> Row:
    if category not in limits:
        return {"category": category, "held": held}
    limit = limits[category]
    return {"category": category, "held": held, "limit": limit, "over": max(0, held - limit)}


def _about(case: Case, matter: Matter, name: str) -> Iterator[Matter]:
    """Matters of a format that name a version of this one, unless cancelled or without effect."""
    for each in case.matters:
        stands = each.state not in (moves.CANCELLED, moves.WITHOUT_EFFECT)
        if stands and each.name == name and each.of and matter.version_of(each.of):
            yield each


def _reservation(given: Given, data: Matter, matter: Matter) -> Row:
    """A reservation; where it counts a category itself, its count stands beside the holding."""
    entry = matter.current.entry
    items = shown.strings(entry.fields, "items")
    known = {category for category, _ in shown.amounts(data.current.entry.fields, "holdings")}
    counts = [
        [match["category"], int(match["number"])]
        for item in items
        if (match := _COUNT.fullmatch(item)) and match["category"] in known
    ]
    named = data.version_of(matter.of) if matter.of else 0
    said = given.said_by(entry)
    return {**said, "items": list(items), "counts": counts, "version": named}


def obligations(given: Given) -> Row:
    """Suspensions, contests, countermeasures and resumptions, agreement by agreement."""
    rows: dict[str, Row] = {}
    for measure in given.measures():
        row = _obligation(rows, measure.agreement)
        kind = "suspensions" if measure.matter.name == SUSPENSION else "countermeasures"
        row[kind].append(_measure(given, measure))
    for case, matter in given.matters(RESUMPTION):
        fields = matter.current.entry.fields
        row = _obligation(rows, shown.string(fields, "agreement"))
        listed = list(shown.strings(fields, "obligations"))
        row["resumptions"].append({**given.opening(case, matter), "obligations": listed})
    return {"rows": [row for _, row in sorted(rows.items())]}


def _obligation(rows: dict[str, Row], agreement: str) -> Row:
    empty: Row = {"suspensions": [], "countermeasures": [], "resumptions": []}
    return rows.setdefault(agreement, {"agreement": agreement, **empty})


def _measure(given: Given, measure: Measure) -> Row:
    fields = measure.matter.current.entry.fields
    row = {
        **given.opening(measure.case, measure.matter),
        "obligations": list(measure.obligations),
        "contested_by": [given.said_by(entry) for entry in measure.contests],
        "resumed": [each for each in measure.obligations if each in measure.resumed],
        "suspended": list(measure.suspended),
    }
    if measure.matter.name == COUNTERMEASURE:
        from_s = measure.from_s
        stands = measure.matter.is_open and from_s is not None and from_s <= given.now_s
        return row | {
            "reversible": shown.flag(fields, "reversible"),
            "condition": shown.texts(fields, "condition"),
            "from": shown.string(fields, "from"),
            "in_effect": stands,
        }
    stages = {name.replace("-", "_"): given.stage(measure.stage(name)) for name in STAGES}
    return row | {"ground": shown.texts(fields, "ground"), **stages}
