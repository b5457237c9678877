"""Where every obligation stands, what is held against which limit, how long which level was silent.

Shapes   duties, limits, matrix, levels: Given -> plain JSON rows, one line of a table each
Units    times are UTC text; silence_s counts from the last contact held
Raises   nothing
Source   docs/cases.md, "Obligations", "Registers"; the life of an obligation in domain pages
Never    says who is right: *suspended* is what its party claims, and who contests stands beside it
"""

from collections.abc import Iterator
from typing import Final

from openline.cases import shown, views
from openline.cases.due import due, line_dues
from openline.cases.ladder import Row
from openline.cases.obligations import COUNTERMEASURE, RESUMPTION, Measure, covers
from openline.cases.registers.agreements import agreements
from openline.cases.registers.contacts import contacts
from openline.cases.registers.given import Given
from openline.cases.registers.statements import positions
from openline.cases.timing import MET, MET_LATE, OVERDUE, RUNNING, Due

WITHDRAWAL: Final = "agreements/withdrawal"
IN_FORCE: Final = "in-force"
SUSPENDED: Final = "suspended"
MEASURED: Final = "countermeasure"
ENDED: Final = "ended"

_Key = tuple[str, str, str]


def duties(given: Given) -> Row:
    """Every obligation by agreement and party: in force, due, overdue, suspended, ended.

    An obligation is listed when a party named it in a suspension or countermeasure, or when the
    charter's timers make it due.
    """
    measures = given.measures()
    rows: dict[_Key, Row] = {}
    for measure in measures:
        for obligation in measure.obligations:
            key = (measure.agreement, measure.party, obligation)
            _measured(rows.setdefault(key, _row(*key)), given, measure, obligation)
    for each in _timed(given, measures):
        agreement = shown.string(each.entry.fields, "agreement")
        if agreement:
            row = _row_of(rows, agreement, each)
            _due(row, each)
    for case, matter in given.said(RESUMPTION):
        fields = matter.current.entry.fields
        for obligation in shown.strings(fields, "obligations"):
            key = (shown.string(fields, "agreement"), matter.author, obligation)
            if key in rows:
                rows[key]["resumed"] = given.head(matter.current.entry)
                rows[key]["case"] = rows[key]["case"] or views.ref(case.id)
    ended = _ended(given)
    for (agreement, party, _), row in rows.items():
        at_time, entry_row = ended.get((agreement, party), ("", {}))
        if at_time:
            row |= {"state": ENDED, "ended": {"at_time": at_time, **entry_row}}
    return {"rows": [row for _, row in sorted(rows.items())]}


def _row(agreement: str, party: str, obligation: str) -> Row:
    return {
        "agreement": agreement,
        "party": party,
        "obligation": obligation,
        "state": IN_FORCE,
        "since": "",
        "claimed_by": [],
        "contested_by": [],
        "reversible": False,
        "due": "",
        "overdue": 0,
        "resumed": {},
        "ended": {},
        "case": [],
    }


def _measured(row: Row, given: Given, measure: Measure, obligation: str) -> None:
    """What a suspension or countermeasure makes of one obligation, at the time asked about."""
    row["case"] = views.ref(measure.case.id)
    stands = measure.from_s is not None and measure.from_s <= given.now_s
    if obligation not in measure.suspended or not stands:
        return
    is_counter = measure.matter.name == COUNTERMEASURE
    # Of two measures about one obligation the suspension is the wider claim.
    if row["state"] != SUSPENDED:
        row["state"] = MEASURED if is_counter else SUSPENDED
    row["since"] = max(row["since"], shown.spelled(measure.from_s))
    row["claimed_by"] = sorted({*row["claimed_by"], measure.party})
    row["contested_by"] = sorted({*row["contested_by"], *measure.contested_by})
    fields = measure.matter.current.entry.fields
    row["reversible"] = row["reversible"] or (is_counter and shown.flag(fields, "reversible"))


def _timed(given: Given, measures: tuple[Measure, ...]) -> Iterator[Due]:
    for case in given.state.cases:
        yield from due(case, given.receipts, given.agreed, given.now_s, measures)
    yield from line_dues(given.state, given.receipts, given.agreed, given.now_s, measures)


def _row_of(rows: dict[_Key, Row], agreement: str, each: Due) -> Row:
    """The row of the obligation that this duty belongs to, as its party spelled it, or its own."""
    for (name, party, obligation), row in sorted(rows.items()):
        if (name, party) == (agreement, each.party) and covers(
            (obligation,), each.entry.format, each.timer
        ):
            return row
    key = (agreement, each.party, each.timer)
    return rows.setdefault(key, _row(*key))


def _due(row: Row, each: Due) -> None:
    if each.state in (MET, MET_LATE):
        return
    if each.state == OVERDUE:
        row["overdue"] += 1
        row["state"] = OVERDUE if row["state"] in (IN_FORCE, "due") else row["state"]
    if each.state in (RUNNING, OVERDUE) and each.due_s is not None:
        row["state"] = "due" if row["state"] == IN_FORCE else row["state"]
        spelled = shown.spelled(each.due_s)
        row["due"] = min(row["due"] or spelled, spelled)


def _ended(given: Given) -> dict[tuple[str, str], tuple[str, Row]]:
    """Agreements that a party has withdrawn from with effect by now."""
    found = {}
    for _, matter in given.said(WITHDRAWAL):
        fields = matter.current.entry.fields
        at_s = shown.time_s(fields, "at_time")
        if at_s is not None and at_s <= given.now_s and matter.is_open:
            key = (shown.string(fields, "agreement"), matter.author)
            found[key] = (shown.spelled(at_s), given.head(matter.current.entry))
    return found


def limits(given: Given) -> Row:
    """Every category that a party told its holdings of, against the limit, with other counts.

    Per party and agreement the data that counts is the latest by the day that it is as of.
    """
    rows = []
    for agreement in agreements(given)["rows"]:
        latest: dict[str, Row] = {}
        for data in agreement["data"]:
            held = latest.get(data["party"])
            if held is None or (data["as_of"], data["ref"]) > (held["as_of"], held["ref"]):
                latest[data["party"]] = data
        for party, data in sorted(latest.items()):
            for each in data["against"]:
                counts = [
                    f"{reservation['party']}: {number}"
                    for reservation in data["reservations"]
                    for category, number in reservation["counts"]
                    if category == each["category"]
                ]
                rows.append(
                    {
                        "agreement": agreement["agreement"],
                        "party": party,
                        "category": each["category"],
                        "held": each["held"],
                        "limited": "limit" in each,
                        "limit": each.get("limit", 0),
                        "over": each.get("over", 0),
                        "as_of": data["as_of"],
                        "counted_by_others": counts,
                        "number": data["number"],
                        "ref": data["ref"],
                    }
                )
    return {"rows": rows}


def matrix(given: Given) -> Row:
    """Facts against offices: what each office of each party says now, "" where it says nothing."""
    facts = positions(given)["facts"]
    standing = [(fact["fact"], row) for fact in facts for row in fact["rows"] if row["current"]]
    offices = sorted({f"{row['party']} {row['office']}" for _, row in standing})
    rows = []
    for fact in dict.fromkeys(name for name, _ in standing):
        cells: dict[str, list[str]] = {office: [] for office in offices}
        for name, row in standing:
            if name == fact:
                cells[f"{row['party']} {row['office']}"].append(row["class"])
        rows.append({"fact": fact, "says": [" / ".join(cells[office]) for office in offices]})
    return {"offices": offices, "rows": rows}


def levels(given: Given) -> Row:
    """Contacts by level: how many were proposed, declined and held, and since when none was."""
    found: dict[str, list[Row]] = {}
    for row in contacts(given)["rows"]:
        found.setdefault(row["level"], []).append(row)
    rows = []
    for level, of_level in sorted(found.items()):
        held = sorted(row["at_time"] for row in of_level if row["state"] == "held")
        last_s = shown.seconds(held[-1]) if held else None
        rows.append(
            {
                "level": level,
                "contacts": len(of_level),
                **{
                    state: sum(row["state"] == state for row in of_level)
                    for state in ("proposed", "announced", "accepted", "declined", "held")
                },
                "agreed_texts": sum(row["agreed_text"] == "agreed" for row in of_level),
                "last_held": held[-1] if held else "",
                "silence_s": 0 if last_s is None else max(0, given.now_s - last_s),
            }
        )
    return {"rows": rows}
