"""Flash: what went out by one officer, who acknowledged it, who was rung, who confirmed it.

Shapes   flash(given), roster_rows(given), steps_of(given) -> plain JSON
Units    times are UTC text
Raises   nothing
Source   docs/cases.md, "Flash"; a strike went on for 27 minutes because one person was away
Never    takes a call for a receipt: what a call log says, its writer says
"""

from collections.abc import Iterator, Mapping

from openline.cases import shown, views
from openline.cases.case import Case, Matter
from openline.cases.due import due
from openline.cases.entry import Entry
from openline.cases.ladder import Row, climbed, of_matter
from openline.cases.obligations import is_said
from openline.cases.precedence import level_of, steps
from openline.cases.registers.given import Given
from openline.cases.reminders import ESCALATE_DEFAULT_S, ESCALATE_TIMER
from openline.cases.roster import posts, roster

CALL = "core/call"
CONFIRMATION = "core/confirmation"
CONFIRM_TIMER = "confirm.flash"
FLASH = "flash"


def steps_of(given: Given) -> list[Row]:
    """What every addressee has to do next, by which rule and until when; the earliest first."""
    measures = given.measures()
    found = []
    for case in given.state.cases:
        dues = due(case, given.receipts, given.agreed, given.now_s, measures)
        found += list(steps(case, given.receipts, given.agreed, given.now_s, dues))
    found.sort(key=lambda step: (step.due_s is None, step.due_s or 0, step.entry.ref, step.party))
    return [
        {
            "case": views.ref(step.case),
            **given.head(step.entry),
            "party": step.party,
            "to": step.author,
            "next": step.next,
            "precedence": step.level,
            "due": shown.spelled(step.due_s),
            "rule": step.rule,
            "state": step.state,
            "held": shown.spelled(step.held_s),
            "basis": step.basis,
        }
        for step in found
    ]


def roster_rows(given: Given) -> Row:
    """Who has the watch at each party, whom to ring first, and by which clock it lives."""
    rows = []
    for party in given.state.members:
        entry = roster(given.state, party, given.now_s)
        local = given.agreed.local(party)
        rows.append(
            {
                "party": party,
                "told": {} if entry is None else given.head(entry),
                "until": shown.string(entry.fields, "until") if entry else "",
                "local_zone": local.zone,
                "zone_known": local.is_known,
                "posts": _posts(given, party),
            }
        )
    return {"rows": rows}


def _posts(given: Given, party: str) -> list[Row]:
    found = posts(given.state, party, given.now_s)
    return [{"order": p.order, "position": p.position, "reach": p.reach} for p in found]


def flash(given: Given) -> Row:
    """Every message of precedence flash, with its addressees, calls and confirmation."""
    # Once for all messages: a line's rosters are looked for among all that it holds.
    on_duty = {party: _posts(given, party) for party in given.state.members}
    rows = []
    for case in given.cases():
        for matter in case.matters:
            entry = matter.current.entry
            if level_of(entry.fields) == FLASH:
                calls = [_call(given, each) for each in _about(given, case, matter, CALL)]
                rows.append(
                    {
                        **given.opening(case, matter),
                        "format": entry.format,
                        "subject": views.subject(matter),
                        "addressees": list(_addressees(given, case, matter, on_duty)),
                        "calls": calls,
                        **_confirmation(given, case, matter),
                    }
                )
    return {"rows": rows}


def _addressees(
    given: Given, case: Case, matter: Matter, on_duty: Mapping[str, list[Row]]
) -> Iterator[Row]:
    """Each addressee, and whom to ring when, until it has acknowledged."""
    every_s = given.agreed.seconds(ESCALATE_TIMER) or ESCALATE_DEFAULT_S
    for row in of_matter(case, matter, given.receipts, given.state.number):
        if not (row["current"] and row["addressed"]):
            continue
        held_s = given.receipts.received_s(matter.current.entry.ref, row["party"])
        said = [climbed(row, rung) for rung in ("a1", "a2", "a3", "a4")]
        acknowledged: Row = next(filter(None, said), {})
        ring = [
            {
                **post,
                "at": "" if held_s is None else shown.spelled(held_s + post["order"] * every_s),
            }
            for post in (on_duty.get(row["party"], ()) if not acknowledged else ())
        ]
        yield {
            "party": row["party"],
            "delivered": row["a0"],
            "acknowledged": acknowledged.get("time", ""),
            "ring": ring,
        }


def _about(given: Given, case: Case, matter: Matter, name: str) -> Iterator[Matter]:
    """What was said with effect about a version of this message, in this format."""
    for each in case.matters:
        if each.name == name and is_said(each) and each.of and matter.version_of(each.of):
            yield each


def _call(given: Given, call: Matter) -> Row:
    fields = call.current.entry.fields
    return {
        "class": call.answer,
        "position": shown.string(fields, "position"),
        "at_time": shown.string(fields, "at_time"),
        **given.said_by(call.current.entry),
    }


def _confirmation(given: Given, case: Case, matter: Matter) -> Row:
    """The word of a second officer of the same party, and until when the charter asks for it."""
    author = [
        each.current.entry
        for each in _about(given, case, matter, CONFIRMATION)
        if each.author == matter.author
    ]
    first: Entry | None = min(author, key=shown.written, default=None)
    seconds = given.agreed.seconds(CONFIRM_TIMER, matter.author)
    held = [
        held_s
        for party in matter.current.addressees
        if (held_s := given.receipts.received_s(matter.current.entry.ref, party)) is not None
    ]
    due_s = min(held) + seconds if held and seconds is not None else None
    return {
        "confirmed": {} if first is None else given.head(first),
        "confirm_due": shown.spelled(due_s),
        "confirm_state": _confirm_state(first, seconds, due_s, given.now_s),
    }


def _confirm_state(first: Entry | None, seconds: int | None, due_s: int | None, now_s: int) -> str:
    """Whether a confirmation is asked for, came, or is missing."""
    if first is not None:
        return "confirmed"
    if seconds is None:
        return "not-asked"
    return "overdue" if due_s is not None and now_s > due_s else "not-confirmed"
