"""Guarantees, advisories and relayed messages.

Shapes   guarantees, advisories, relays, passed_back: Given -> plain JSON
Units    times are UTC text; whether something is in force is asked of a time
Raises   nothing
Source   docs/cases.md, "Guarantees", "Advisories", "Relaying"
Never    counts anything but a message of format core/guarantee as a guarantee
"""

from openline.cases import moves, shown, views
from openline.cases.case import Case, Matter
from openline.cases.guaranteed import IN_FORCE, standing
from openline.cases.ladder import Row, delivered
from openline.cases.registers.given import Given

GUARANTEE = "core/guarantee"
RELAYED = "core/relayed"


def guarantees(given: Given) -> Row:
    """Guarantees given, each with its scope and times; those in force at the time asked about."""
    rows = [_guarantee(given, *pair) for pair in given.matters(GUARANTEE)]
    return {"in_force": sum(row["in_force"] for row in rows), "rows": rows}


def _guarantee(given: Given, case: Case, matter: Matter) -> Row:
    fields = matter.current.entry.fields
    answered = _answered(case, matter)
    versions, named, is_current = answered if answered else (0, 0, True)
    state = _guarantee_state(matter, is_current)
    stands = standing(matter, is_current, given.now_s)
    return {
        **given.opening(case, matter),
        "state": state,
        "stands": stands,
        "scope": shown.texts(fields, "scope"),
        "from": shown.string(fields, "from"),
        "until": shown.string(fields, "until"),
        "authority": shown.string(fields, "authority"),
        "in_force": stands == IN_FORCE,
        "version": named,
        "of_versions": versions,
    }


def _answered(case: Case, matter: Matter) -> tuple[int, int, bool] | None:
    """Versions of the message answered, the one named, and whether it is the current answer."""
    for other in case.matters:
        for answer in other.answers:
            if answer.ref == matter.ref:
                return len(other.versions), answer.version, answer.current
    return None


def _guarantee_state(matter: Matter, is_current: bool) -> str:
    if matter.state == moves.CANCELLED:
        return moves.CANCELLED
    if matter.state == moves.CLOSED:
        return "withdrawn"
    return "given" if is_current else "superseded"


def advisories(given: Given) -> Row:
    """Advisories, and which members hold the current version: the others were not reached."""
    rows = []
    for case, matter in given.matters("core/advisory"):
        fields = matter.current.entry.fields
        members = [_member(given, matter, party) for party in given.state.members]
        rows.append(
            {
                **given.opening(case, matter),
                "action": shown.string(fields, "action"),
                "subject": shown.texts(fields, "subject"),
                "from": shown.string(fields, "from"),
                "until": shown.string(fields, "until"),
                "within_h": shown.integer(fields, "within_h"),
                "count": shown.integer(fields, "count"),
                "reason": shown.texts(fields, "reason"),
                "members": members,
                "held": sum(row["held"] for row in members),
                "not_reached": [row["party"] for row in members if not row["held"]],
            }
        )
    return {"rows": rows}


def _member(given: Given, matter: Matter, party: str) -> Row:
    if party == matter.author:
        return {"party": party, "held": True, "time": ""}
    time = delivered(matter.current.entry.ref, party, given.receipts).get("time", "")
    return {"party": party, "held": bool(time), "time": time}


def passed_back(given: Given) -> Row:
    """Notices passed on for their author, with the recipients' receipts that came back."""
    rows = [
        {**given.opening(case, matter), "format": matter.first.format, "receipts": receipts}
        for case in given.state.cases
        for matter in case.matters
        if matter.name != RELAYED and (receipts := _receipts_of(given, case, matter))
    ]
    return {"rows": rows}


def _receipts_of(given: Given, case: Case, matter: Matter) -> list[Row]:
    """The receipts passed back that name a version of a matter."""
    return [
        _relay_receipt(given, each)
        for each in case.matters
        if each.name == "core/relay-receipt"
        and each.state != moves.WITHOUT_EFFECT
        and each.of
        and matter.version_of(each.of)
    ]


def relays(given: Given) -> Row:
    """What a relay passed on for an originator, and the far side's receipts that came back."""
    rows = []
    for case, matter in given.matters(RELAYED):
        fields = matter.current.entry.fields
        receipts = _receipts_of(given, case, matter)
        rows.append(
            {
                **given.opening(case, matter),
                "originator": shown.string(fields, "originator"),
                "text": shown.texts(fields, "text"),
                "consent": shown.flag(fields, "consent"),
                "original": [views.ref(each) for each in shown.refs(fields, "original")],
                "receipts": receipts,
            }
        )
    return {"rows": rows}


def _relay_receipt(given: Given, matter: Matter) -> Row:
    entry = matter.current.entry
    fields = entry.fields
    return {
        "party": shown.string(fields, "party"),
        "head": shown.string(fields, "head"),
        "lines": shown.string(fields, "lines"),
        "receipt_time": shown.string(fields, "time"),
        "by": entry.party,
        **given.head(entry),
    }
