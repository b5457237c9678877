"""What comes again by the calendar: data on fixed days, reports of a period, link tests.

Shapes   recurring(state, receipts, agreed, now_s) -> the last times and the next one, per member;
         data_dues(...) -> data owed on the days that the limits of an agreement name
Units    times are unix seconds UTC; a calendar is read on UTC, or on the clock of the party
Raises   nothing
Source   docs/cases.md, "The twelve kinds of timer": calendar, period, beat
Never    starts before the party opened the line; never lets one party's test meet another's duty
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from openline.cases import shown
from openline.cases.agreed import Agreed
from openline.cases.calendar import DAY_S, day_of, occurrences
from openline.cases.case import Case, Version
from openline.cases.entry import Entry
from openline.cases.fold import LineState
from openline.cases.obligations import is_said, matters
from openline.cases.receipts import Receipts
from openline.cases.timing import (
    NOT_DONE,
    Done,
    Due,
    dressed,
    expired,
    is_recurring,
    judged,
    timers_of,
)
from openline.formats.days import Days, days_of
from openline.formats.form import Format, Timer, name_of

DATA_TIMER: Final = "lag.data"
LINK_TEST: Final = "core/link-test"
# Older days than these are for the record, not for the watch.
_YEARS_BACK: Final = 2
_DAYS_MAX: Final = 24
# Of beats and days only so many last ones are shown, and the next one.
_TIMES_MAX: Final = 24
_LOOK_BACK_S: Final = {"calendar": 2 * 366 * DAY_S, "period": 2 * 366 * DAY_S, "beat": 8 * DAY_S}
_LOOK_AHEAD_S: Final = {"calendar": 366 * DAY_S, "period": 366 * DAY_S, "beat": 8 * DAY_S}


@dataclass(frozen=True, slots=True)
class Slot:
    """One time of a calendar: what is said from `opens_s` on and before `shuts_s` is for it."""

    at_s: int
    due_s: int
    opens_s: int
    shuts_s: int


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the format: by whom, when it was written and received, about what day."""

    party: str
    time_s: int
    received_s: int | None
    item_s: int | None
    case: Case
    entry: Entry

    @property
    def dated_s(self) -> int:
        """When it counts as said: when it was received, else when its author claims."""
        return self.time_s if self.received_s is None else self.received_s


def recurring(state: LineState, receipts: Receipts, agreed: Agreed, now_s: int) -> tuple[Due, ...]:
    """Every duty that comes again, of every format of the packs, as far as the charter times it."""
    found: list[Due] = []
    for form in state.forms.formats:
        for timer in timers_of(form):
            if is_recurring(timer) and agreed.names(timer.name):
                found += _dues(state, form, timer, receipts, agreed, now_s)
    return tuple(found)


def _dues(
    state: LineState, form: Format, timer: Timer, receipts: Receipts, agreed: Agreed, now_s: int
) -> Iterator[Due]:
    said = list(_said(state, form, timer, receipts))
    for party in state.members:
        first = state.presence(party).first
        seconds = agreed.seconds(timer.name, party)
        if first is None or seconds is None:
            continue
        own = [each for each in said if each.party == party]
        if timer.kind == "period" and not timer.days:
            slots = _since_last(first.time_s, own, seconds)
        else:
            slots = _SLOTS[timer.kind](timer, seconds, agreed, party, now_s)
        for slot in _newest([s for s in slots if s.at_s >= first.time_s], now_s):
            done, entry, case = _met(slot, own, timer, agreed, party)
            opening = state.entry(first.ref) if entry is None else entry
            if opening is None:
                continue
            due_state, late_s = judged(slot.due_s, done, now_s, expired(timer))
            each = Due(
                first.ref if case is None else case.id, opening, timer.kind, party, "", timer.name,
                slot.due_s, due_state, late_s, basis="calendar",
            )  # fmt: skip
            yield dressed(each, timer, agreed)


def _newest(slots: list[Slot], now_s: int) -> list[Slot]:
    """The last ones that have begun, and the next."""
    begun = [slot for slot in slots if slot.at_s <= now_s]
    return [*begun[-_TIMES_MAX:], *slots[len(begun) : len(begun) + 1]]


def _said(state: LineState, form: Format, timer: Timer, receipts: Receipts) -> Iterator[Said]:
    """Messages of the format; of a link test the tests, not the answers to them."""
    for case, matter in matters(state, name_of(form.id)):
        if not is_said(matter):
            continue
        for version in matter.versions:
            entry = version.entry
            received = [s for p in state.members if (s := receipts.received_s(entry.ref, p))]
            yield Said(
                entry.party, entry.time_s, min(received, default=None),
                shown.time_s(entry.fields, timer.item), case, entry,
            )  # fmt: skip


def _met(
    slot: Slot, own: list[Said], timer: Timer, agreed: Agreed, party: str
) -> tuple[Done, Entry | None, Case | None]:
    """The message that is for this time: by its item where the timer has one, else by when."""
    zone = agreed.clock(timer, party)
    for each in own:
        if timer.item:
            day = None if each.item_s is None else day_of(each.item_s, zone)
            about = {day_of(slot.at_s, zone)}
            if timer.kind == "period":  # as of the last day of the period, or of the day after
                about.add(day_of(slot.at_s - 1, zone))
            is_for = day is not None and day in about
        else:
            is_for = slot.opens_s <= each.dated_s < slot.shuts_s
        if is_for:
            return (True, each.received_s), each.entry, each.case
    return NOT_DONE, None, None


def _by_days(timer: Timer, seconds: int, agreed: Agreed, party: str, now_s: int) -> list[Slot]:
    """Days of the year or of the week; the charter's seconds are the time allowed after each.

    What is said for a day may come before it, a report of a period only when that is over.
    """
    times = _times(timer, days_of(timer.days), agreed, party, now_s)
    opens = [
        at_s if timer.kind == "period" else at_s - min((at_s - before_s) // 2, _EARLY_MAX_S)
        for before_s, at_s in zip([times[0] - 2 * _EARLY_MAX_S, *times], times, strict=False)
    ] if times else []  # fmt: skip
    shuts = [*opens[1:], times[-1] + seconds + _EARLY_MAX_S] if times else []
    return [
        Slot(at_s, at_s + seconds, opens_s, shuts_s)
        for at_s, opens_s, shuts_s in zip(times, opens, shuts, strict=True)
    ]


# How long before its day something may be said for it.
_EARLY_MAX_S: Final = 30 * DAY_S


def _since_last(first_s: int, own: list[Said], seconds: int) -> list[Slot]:
    """Without days a period has no calendar: it runs from what the party said last, and from the
    opening of its log before that."""
    told = sorted(each.dated_s for each in own)
    begins = [first_s, *(told_s for told_s in told if told_s > first_s)]
    return [
        Slot(begin, begin + seconds, begin + 1, shut + 1)
        for begin, shut in zip(begins, [*begins[1:], _NEVER_S], strict=True)
    ]


# Later than every time that can be written.
_NEVER_S: Final = 1 << 62


def _beats(timer: Timer, seconds: int, agreed: Agreed, party: str, now_s: int) -> list[Slot]:
    """Tests: at times of day with the seconds allowed on both sides, else one in every interval."""
    days = days_of(timer.days)
    if days.times:
        times = _times(timer, days, agreed, party, now_s)
        return [Slot(t, t + seconds, t - seconds, t + seconds + 1) for t in times]
    if seconds < _INTERVAL_MIN_S:
        return []
    zone = agreed.clock(timer, party)
    every = tuple(range(0, DAY_S, seconds)) if seconds < DAY_S else (0,)
    each_day = Days(days.dates, days.weekdays, every)
    back_s = min(max(_TIMES_MAX * seconds, 8 * DAY_S) + seconds, _BEATS_BACK_MAX_S)
    ahead_s = min(max(seconds, 8 * DAY_S), _BEATS_BACK_MAX_S)
    times = list(occurrences(each_day, zone, now_s - back_s, now_s + ahead_s))
    if seconds > DAY_S:  # an interval of days: every so many days since the epoch
        step = -(-seconds // DAY_S)
        times = [t for t in times if (d := day_of(t, zone)) and d.toordinal() % step == 0]
    return [Slot(t, t + seconds, t, t + seconds) for t in times]


# An interval of years, in a charter that somebody else wrote, is not counted day by day for ever.
_BEATS_BACK_MAX_S: Final = 8 * 366 * DAY_S
# A test more often than once a minute is no duty of people.
_INTERVAL_MIN_S: Final = 60


def _times(timer: Timer, days: Days, agreed: Agreed, party: str, now_s: int) -> list[int]:
    zone = agreed.clock(timer, party)
    start_s, stop_s = now_s - _LOOK_BACK_S[timer.kind], now_s + _LOOK_AHEAD_S[timer.kind]
    return list(occurrences(days, zone, start_s, stop_s)) if timer.days else []


_SLOTS: Final[Mapping[str, Callable[[Timer, int, Agreed, str, int], list[Slot]]]] = {
    "calendar": _by_days,
    "period": _by_days,
    "beat": _beats,
}


# ---- data on the days of an agreement ----------------------------------------------------------


def data_dues(state: LineState, agreed: Agreed, now_s: int) -> tuple[Due, ...]:
    """Data that every member owes on the days of an agreement, if the charter has `lag.data`."""
    given = {
        (m.author, shown.string(v.entry.fields, "agreement"), shown.string(v.entry.fields, "as_of"))
        for _, m in matters(state, "agreements/data")
        for v in m.versions
    }
    found = []
    for case, matter in matters(state, "agreements/limits"):
        limits = matter.current
        for day_s in _data_days(limits, now_s) if matter.is_open else ():
            day = shown.spelled(day_s)[:10]
            agreement = shown.string(limits.entry.fields, "agreement")
            told = {p for p, a, at in given if a == agreement and at[:10] == day}
            for party in state.members:
                seconds = agreed.seconds(DATA_TIMER, party)
                if seconds is None:
                    continue
                done: Done = (party in told, None)
                due_state, late_s = judged(day_s + seconds, done, now_s)
                found.append(
                    Due(
                        case.id, limits.entry, "data", party, "", DATA_TIMER, day_s + seconds,
                        due_state, late_s, basis="calendar",
                    )
                )  # fmt: skip
    return tuple(found)


def _data_days(limits: Version, now_s: int) -> Iterator[int]:
    """The data days from the day on which the limits were told until now."""
    told_s = limits.entry.time_s
    tokens = tuple(sorted(set(shown.strings(limits.entry.fields, "data_days"))))[:_DAYS_MAX]
    first, last = (day_of(at_s, UTC) for at_s in (told_s, now_s))
    if first is None or last is None:  # a claimed time beyond the calendar
        return
    for year in range(max(first.year, last.year - _YEARS_BACK), last.year + 1):
        for token in tokens:
            day_s = shown.seconds(f"{year}-{token}T00:00:00Z")
            if day_s is not None and told_s - DAY_S < day_s <= now_s:
                yield day_s
