"""What is due from whom, and what came late: the only file of the room that is given the time.

Shapes   due(case, receipts, timers, now_s) -> dues; late_by(case, receipts, timers) -> lead times
Units    times are unix seconds UTC; a charter's timers are seconds by name
Raises   nothing
Source   docs/cases.md, "What is due"; legal time is receipt time (DESIGN, 10)
Never    counts from a writer's claim where a receipt is asked; never calls a suspended duty overdue
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from openline.cases import moves, shown
from openline.cases.case import Case, Matter, Version
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState
from openline.cases.ladder import of_matter, plain_number
from openline.cases.obligations import Measure, covers, matters
from openline.cases.receipts import Receipts, Rows
from openline.formats.form import Format
from openline.formats.openjson import Value

RUNNING: Final = "running"
OVERDUE: Final = "overdue"
MET: Final = "met"
MET_LATE: Final = "met-late"
NOT_STARTED: Final = "not-started"
SUSPENDED: Final = "suspended"
# Where a format has stages, only these ask for an answer.
_ASKING: Final = {"contact": ("proposed", "agenda"), "inspection": ("intent",)}
# What a notice asks for (item `effect`): a party owes no more than it was asked.
_ASKED: Final = {"none": frozenset[str](), "acknowledge": frozenset({"acknowledge"})}
DATA_TIMER: Final = "lag.data"
_DAY_S: Final = 86_400
# Older data days than these are for the record, not for the watch.
_YEARS_BACK: Final = 2
_DAYS_MAX: Final = 24


@dataclass(frozen=True, slots=True)
class Due:
    """One duty: `due_s` is None until its clock has started."""

    case: Ref
    entry: Entry
    kind: str
    party: str
    to: str
    timer: str
    due_s: int | None
    state: str
    late_by_s: int = 0
    suspended_by: tuple[str, ...] = ()
    contested_by: tuple[str, ...] = ()


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


def late_by(case: Case, receipts: Rows | Receipts, timers: Mapping[str, int]) -> tuple[Late, ...]:
    """The lead time of every version to every addressee, against the charter's."""
    indexed = Receipts.of(receipts)
    found = []
    for matter in case.matters:
        timer = matter.form.timer("lead") if matter.form else None
        if timer is None or timer not in timers or matter.state == moves.WITHOUT_EFFECT:
            continue
        for version in matter.versions:
            event_s = _event_s(matter, version)
            for party in version.addressees if event_s is not None else ():
                held_s, basis = _held_s(version.entry.ref, party, indexed, timers)
                lead_s = None if held_s is None or event_s is None else event_s - held_s
                late_s = 0 if lead_s is None else max(0, timers[timer] - lead_s)
                found.append(
                    Late(case.id, version, party, timer, timers[timer], lead_s, late_s, basis)
                )
    return tuple(found)


def short_lead_s(
    form: Format, fields: Mapping[str, Value], timers: Mapping[str, int], now_s: int
) -> int:
    """How many seconds of its lead time a message would lack if it were received now."""
    asked_s = timers.get(form.timer("lead") or "")
    event_s = shown.time_s(fields, form.lead_item)
    return 0 if asked_s is None or event_s is None else max(0, asked_s - (event_s - now_s))


def due(
    case: Case,
    receipts: Rows | Receipts,
    timers: Mapping[str, int],
    now_s: int,
    measures: Sequence[Measure] = (),
) -> tuple[Due, ...]:
    """Everything that members owe each other in a case; what is over owes nothing more."""
    indexed = Receipts.of(receipts)
    found: list[Due] = []
    for matter in case.matters:
        if not matter.is_open or matter.form is None or not case.is_open:
            continue
        found += _lead_dues(case, matter, indexed, timers, now_s)
        found += _reply_dues(case, matter, indexed, timers, now_s)
    return tuple(_with_measures(each, measures, now_s) for each in found)


def data_dues(
    state: LineState, timers: Mapping[str, int], now_s: int, measures: Sequence[Measure] = ()
) -> tuple[Due, ...]:
    """Data that every member owes on the days of an agreement, if the charter has `lag.data`."""
    lag_s = timers.get(DATA_TIMER)
    if lag_s is None:
        return ()
    given = {
        (m.author, shown.string(v.entry.fields, "agreement"), shown.string(v.entry.fields, "as_of"))
        for _, m in matters(state, "agreements/data")
        for v in m.versions
    }
    found = []
    for case, matter in matters(state, "agreements/limits"):
        if not matter.is_open:
            continue
        agreement = shown.string(matter.current.entry.fields, "agreement")
        for day_s in _days(matter.current.entry, now_s):
            told = {p for p, a, at in given if a == agreement and at[:10] == _day(day_s)}
            for party in state.members:
                due_s = day_s + lag_s
                open_state = OVERDUE if now_s > due_s else RUNNING
                late_s = max(0, now_s - due_s)
                each = Due(
                    case.id, matter.current.entry, "data", party, "", DATA_TIMER, due_s,
                    MET if party in told else open_state, 0 if party in told else late_s,
                )  # fmt: skip
                found.append(_with_measures(each, measures, now_s, "agreements/data@1"))
    return tuple(found)


def _days(limits: Entry, now_s: int) -> Iterator[int]:
    """The data days from the day on which the limits were told until now."""
    try:
        first = datetime.fromtimestamp(limits.time_s, UTC).year
        last = datetime.fromtimestamp(now_s, UTC).year
    except (OverflowError, OSError, ValueError):  # a claimed time beyond the calendar
        return
    days = sorted(set(shown.strings(limits.fields, "data_days")))[:_DAYS_MAX]
    for year in range(max(first, last - _YEARS_BACK), last + 1):
        for day in days:
            day_s = shown.seconds(f"{year}-{day}T00:00:00Z")
            if day_s is not None and limits.time_s - _DAY_S < day_s <= now_s:
                yield day_s


def _day(day_s: int) -> str:
    return shown.spelled(day_s)[:10]


def _event_s(matter: Matter, version: Version) -> int | None:
    path = matter.form.lead_item if matter.form else ""
    return shown.time_s(version.entry.fields, path)


def _held_s(
    ref: Ref, party: str, receipts: Receipts, timers: Mapping[str, int]
) -> tuple[int | None, str]:
    """From when lead time and answers count: the receipt, or a deposit and the `collect` timer."""
    received_s = receipts.received_s(ref, party)
    if received_s is not None:
        return received_s, "received"
    available_s = receipts.available_s(ref, party)
    if available_s is not None and "collect" in timers:
        return available_s + timers["collect"], "deemed"
    return None, "not-received"


def _lead_dues(
    case: Case, matter: Matter, receipts: Receipts, timers: Mapping[str, int], now_s: int
) -> Iterator[Due]:
    """The author owes each addressee that it holds the current version early enough."""
    timer = matter.form.timer("lead") if matter.form else None
    version = matter.current
    event_s = _event_s(matter, version)
    if timer is None or timer not in timers or event_s is None:
        return
    due_s = event_s - timers[timer]
    for party in version.addressees:
        held_s, _ = _held_s(version.entry.ref, party, receipts, timers)
        state, late_s = _judged(due_s, held_s, now_s)
        yield Due(case.id, version.entry, "lead", matter.author, party, timer, due_s, state, late_s)


def _reply_dues(
    case: Case, matter: Matter, receipts: Receipts, timers: Mapping[str, int], now_s: int
) -> Iterator[Due]:
    """Each addressee owes an acknowledgement and an answer, counted from its own receipt."""
    rows = {
        row["party"]: row
        for row in of_matter(case, matter, receipts, plain_number)
        if row["current"] and row["addressed"] and row["version"]
    }
    for kind in ("acknowledge", "answer"):
        timer = matter.form.timer(kind) if matter.form else None
        if timer is None or timer not in timers or not _is_asked(matter, kind):
            continue
        for party in matter.current.addressees:
            held_s, _ = _held_s(matter.current.entry.ref, party, receipts, timers)
            due_s = None if held_s is None else held_s + timers[timer]
            rungs = ("a4",) if kind == "answer" else ("a1", "a2", "a3", "a4")
            replies = [rows[party][rung] for rung in rungs if rows[party][rung]]
            state, late_s = _replied(replies, matter.author, receipts, due_s, now_s)
            yield Due(
                case.id, matter.current.entry, kind, party, matter.author, timer, due_s, state,
                late_s,
            )  # fmt: skip


def _is_asked(matter: Matter, kind: str) -> bool:
    """Whether the current version asks for this kind of reply."""
    if kind == "answer" and matter.stage not in _ASKING.get(matter.course, (matter.stage,)):
        return False
    effect = shown.string(matter.current.entry.fields, "effect")
    return effect not in _ASKED or kind in _ASKED[effect]


def _replied(
    replies: list[dict[str, object]], author: str, receipts: Receipts, due_s: int | None, now_s: int
) -> tuple[str, int]:
    """State of a duty to reply: met by the earliest reply, as the author's receipts date it."""
    if not replies:
        return (NOT_STARTED, 0) if due_s is None else _judged(due_s, None, now_s)
    times = []
    for reply in replies:
        match reply["ref"]:
            case [str(origin), int(index)]:
                times.append(receipts.received_s(Ref(origin, index), author))
    known = [time_s for time_s in times if time_s is not None]
    if due_s is None or len(known) < len(times):
        return MET, 0  # where no receipt dates the reply, nobody is called late
    return _judged(due_s, min(known), now_s)


def _judged(due_s: int, done_s: int | None, now_s: int) -> tuple[str, int]:
    if done_s is not None:
        return (MET, 0) if done_s <= due_s else (MET_LATE, done_s - due_s)
    return (RUNNING, 0) if now_s <= due_s else (OVERDUE, now_s - due_s)


def _with_measures(each: Due, measures: Sequence[Measure], now_s: int, format_id: str = "") -> Due:
    """The duty as suspended, where its party says that it suspended the obligation."""
    if each.state not in (RUNNING, OVERDUE, NOT_STARTED):
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
    return Due(
        each.case, each.entry, each.kind, each.party, each.to, each.timer, each.due_s, SUSPENDED,
        0, (each.party,), tuple(contested),
    )  # fmt: skip
