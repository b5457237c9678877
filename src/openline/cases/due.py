"""What is due from whom, and what came late: the only file of the room that is given the time.

Shapes   due(case, receipts, timers, now_s) -> dues; late_by(case, receipts, timers) -> lead times
Units    times are unix seconds UTC; a charter's timers are seconds by name
Raises   nothing
Source   docs/cases.md, "What is due"; legal time is receipt time (DESIGN, 10)
Never    counts from a writer's claim where a receipt is asked; never calls a suspended duty overdue
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from openline.cases import moves, shown
from openline.cases.agreed import Agreed
from openline.cases.case import Case, Version
from openline.cases.entry import Ref
from openline.cases.fold import LineState
from openline.cases.obligations import Measure, covers, status_of
from openline.cases.receipts import Receipts, Rows
from openline.cases.recurring import data_dues, recurring
from openline.cases.timing import SUSPENDED, UNMET, Due, dues_of, event_of, held_s, timers_of
from openline.formats.form import Format, Timer
from openline.formats.openjson import Value

Timers = Mapping[str, int] | Agreed
# What a party says of a line that it does not use.
AWAY: Final = frozenset({"suspended", "left"})


@dataclass(frozen=True, slots=True)
class Late:
    """How long before the event an addressee held a version. `lead_s` None: it never did."""

    case: Ref
    version: Version
    party: str
    timer: str
    asked_s: int
    lead_s: int | None
    late_by_s: int
    basis: str


def late_by(case: Case, receipts: Rows | Receipts, timers: Timers) -> tuple[Late, ...]:
    """The lead time of every version to every addressee, against the charter's."""
    indexed, agreed = Receipts.of(receipts), Agreed.of(timers)
    found = []
    for matter in case.matters:
        timer = lead_of(matter.form)
        asked_s = None if timer is None else agreed.seconds(timer.name, matter.author)
        if timer is None or asked_s is None or matter.state == moves.WITHOUT_EFFECT:
            continue
        for version in matter.versions:
            event_s = event_of(version.entry.fields, timer)
            for party in version.addressees if event_s is not None else ():
                held, basis = held_s(version.entry.ref, party, indexed, agreed.timers)
                lead_s = None if held is None or event_s is None else event_s - held
                late_s = 0 if lead_s is None else max(0, asked_s - lead_s)
                found.append(
                    Late(case.id, version, party, timer.name, asked_s, lead_s, late_s, basis)
                )
    return tuple(found)


def lead_of(form: Format | None) -> Timer | None:
    """The rule of a format that counts to an event."""
    return next((timer for timer in timers_of(form) if timer.kind == "lead"), None)


def short_lead_s(form: Format, fields: Mapping[str, Value], timers: Timers, now_s: int) -> int:
    """How many seconds of its lead time a message would lack if it were received now."""
    timer = lead_of(form)
    asked_s = None if timer is None else Agreed.of(timers).seconds(timer.name)
    event_s = None if timer is None else event_of(fields, timer)
    return 0 if asked_s is None or event_s is None else max(0, asked_s - (event_s - now_s))


def due(
    case: Case,
    receipts: Rows | Receipts,
    timers: Timers,
    now_s: int,
    measures: Sequence[Measure] = (),
) -> tuple[Due, ...]:
    """Everything that members owe each other in a case; what is over owes nothing more."""
    if not case.is_open:
        return ()
    indexed, agreed = Receipts.of(receipts), Agreed.of(timers)
    found = [
        each
        for matter in case.matters
        if matter.is_open
        for each in dues_of(case, matter, indexed, agreed, now_s)
    ]
    return tuple(with_measures(each, measures, now_s) for each in found)


def line_dues(
    state: LineState,
    receipts: Rows | Receipts,
    timers: Timers,
    now_s: int,
    measures: Sequence[Measure] = (),
) -> tuple[Due, ...]:
    """What members owe by the calendar, in no case: data, reports of a period, link tests."""
    indexed, agreed = Receipts.of(receipts), Agreed.of(timers)
    found = [
        with_measures(each, measures, now_s, "agreements/data@1")
        for each in data_dues(state, agreed, now_s)
    ]
    found += [
        _with_status(with_measures(each, measures, now_s), state)
        for each in recurring(state, indexed, agreed, now_s)
    ]
    return tuple(found)


def _with_status(each: Due, state: LineState) -> Due:
    """A party that says that it suspended the line, or left, owes no tests from then on."""
    said = status_of(state, each.party) if each.state in UNMET else None
    if said is None or said.answer not in AWAY or (each.due_s or 0) < said.time_s:
        return each
    return replace(each, state=SUSPENDED, late_by_s=0, suspended_by=(each.party,))


def with_measures(each: Due, measures: Sequence[Measure], now_s: int, format_id: str = "") -> Due:
    """The duty as suspended, where its party says that it suspended the obligation."""
    if each.state not in UNMET or not measures:
        return each
    agreement = shown.string(each.entry.fields, "agreement")
    standing = [
        measure
        for measure in measures
        if measure.party == each.party
        and (not agreement or measure.agreement == agreement)
        and measure.from_s is not None
        and measure.from_s <= now_s
        and (each.due_s is None or measure.from_s <= each.due_s)
        and covers(measure.suspended, format_id or each.entry.format, each.timer)
    ]
    if not standing:
        return each
    contested = sorted({party for measure in standing for party in measure.contested_by})
    return replace(
        each, state=SUSPENDED, late_by_s=0, suspended_by=(each.party,),
        contested_by=tuple(contested),
    )  # fmt: skip
