"""One rule of time against one matter: from when it counts, until when, and who met it.

Shapes   asked(...) -> Asked; dues(Asked) -> the duties of one timer of one matter
Units    times are unix seconds UTC
Raises   nothing
Source   docs/cases.md, "The twelve kinds of timer"; legal time is receipt time (DESIGN, 10)
Never    counts from a writer's claim where a receipt is asked; never calls a suspended duty overdue
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from openline.cases import shown
from openline.cases.agreed import Agreed
from openline.cases.calendar import DAY_S, counted, resting
from openline.cases.case import Case, Matter, Version
from openline.cases.entry import Entry, Ref
from openline.cases.ladder import Row, climbed, of_matter, unnumbered
from openline.cases.receipts import Receipts
from openline.formats.days import days_of
from openline.formats.form import Format, Timer
from openline.formats.openjson import Value

RUNNING: Final = "running"
OVERDUE: Final = "overdue"
MET: Final = "met"
MET_LATE: Final = "met-late"
NOT_STARTED: Final = "not-started"
SUSPENDED: Final = "suspended"
LAPSED: Final = "lapsed"
DEEMED_ACCEPTED: Final = "deemed-accepted"
ENDED: Final = "ended"
# What lead times count from: the receipt, where there is one.
RECEIVED: Final = "received"
# What is still to be done, or was not done in time.
UNMET: Final = frozenset({RUNNING, OVERDUE, NOT_STARTED})
# Where a format has stages, only these ask for an answer.
_ASKING: Final = {"contact": ("proposed", "agenda"), "inspection": ("intent",)}
# What a notice asks for (item `effect`): a party owes no more than it was asked.
_ASKED: Final = {
    "none": frozenset[str](),
    "acknowledge": frozenset({"acknowledge"}),
    "information": frozenset({"acknowledge"}),
}
# Stages at which what was announced has happened.
HELD: Final = frozenset({"held", "report", "countersigned"})
# A kind that ends by itself says so, whatever its format says of the expiry.
_BY_KIND: Final = {"lapse": LAPSED, "deemed": DEEMED_ACCEPTED}
_BY_EXPIRY: Final = {"lapsed": LAPSED, "deemed-accepted": DEEMED_ACCEPTED}
_RUNGS: Final = {
    "acknowledge": ("a1", "a2", "a3", "a4"),
    "answer": ("a4",),
    "deemed": ("a4",),
    "relay": ("a3",),
}


@dataclass(frozen=True, slots=True)
class Due:
    """One duty: `due_s` is None until its clock has started.

    `basis` says from what it counts: received, deemed, event, told or calendar. `warn_s` are the
    instants at which a watch is warned; `rest_s`, for a duty that ends on a day of rest, when the
    last working day before it ends.
    """

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
    basis: str = ""
    on_expiry: str = "record"
    warn_s: tuple[int, ...] = ()
    rest_s: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One timer of one matter, with everything that it is judged by."""

    case: Case
    matter: Matter
    timer: Timer
    receipts: Receipts
    agreed: Agreed
    now_s: int
    rows: Mapping[str, Row] = field(default_factory=dict)

    @property
    def version(self) -> Version:
        return self.matter.current

    @property
    def event_s(self) -> int | None:
        """When what the message announces begins, by the item that the timer names."""
        return event_of(self.version.entry.fields, self.timer)

    def held(self, party: str, ref: Ref | None = None) -> tuple[int | None, str]:
        """From when duties of this party count."""
        return held_s(ref or self.version.entry.ref, party, self.receipts, self.agreed.timers)

    def seconds(self, party: str) -> int | None:
        """The charter's seconds for this party; None: nothing is due."""
        return self.agreed.seconds(self.timer.name, party)

    def after(self, start_s: int | None, party: str) -> int | None:
        """So many seconds later; where the timer names weekdays only those count."""
        seconds = self.seconds(party)
        if start_s is None or seconds is None:
            return None
        weekdays = days_of(self.timer.days).weekdays
        return counted(start_s, seconds, weekdays, self.agreed.clock(self.timer, party))

    def due(self, party: str, to: str, due_s: int | None, done: "Done", basis: str) -> Due:
        """A duty in the state that it has now."""
        state, late_s = judged(due_s, done, self.now_s, expired(self.timer))
        found = dressed(
            Due(
                self.case.id, self.version.entry, self.timer.kind, party, to, self.timer.name,
                due_s, state, late_s, basis=basis,
            ),
            self.timer,
            self.agreed,
        )  # fmt: skip
        # Nobody can do before a day of rest what came on that day.
        is_gone = found.rest_s is not None and found.rest_s <= (self.held(party)[0] or 0)
        return replace(found, rest_s=None) if is_gone else found


# Whether a duty was done, and when: None where nobody's receipt dates what was done.
Done = tuple[bool, int | None]
NOT_DONE: Final[Done] = (False, None)


def timers_of(form: Format | None) -> tuple[Timer, ...]:
    """The rules of time of a format, in the order of the pack."""
    return () if form is None else form.timers


def event_of(fields: Mapping[str, Value], timer: Timer) -> int | None:
    """The time that a timer counts to or from; of the rows of a group (`segment.*.enter`) the
    earliest."""
    group, is_rows, inner = timer.item.partition(".*.")
    if not is_rows:
        return shown.time_s(fields, timer.item)
    times = [shown.time_s(row, inner) for row in shown.rows(fields, group)]
    return min((each for each in times if each is not None), default=None)


def is_recurring(timer: Timer) -> bool:
    """Whether a rule follows the calendar of a line, and not one of its messages."""
    return timer.kind == "calendar" or (
        timer.kind in ("period", "beat") and (bool(timer.days) or not timer.item)
    )


def held_s(
    ref: Ref, party: str, receipts: Receipts, timers: Mapping[str, int]
) -> tuple[int | None, str]:
    """From when lead time and answers count: the receipt, or a deposit and the `collect` timer."""
    received_s = receipts.received_s(ref, party)
    if received_s is not None:
        return received_s, RECEIVED
    available_s = receipts.available_s(ref, party)
    if available_s is not None and "collect" in timers:
        return available_s + timers["collect"], "deemed"
    return None, "not-received"


def expired(timer: Timer) -> str:
    """What a duty is called when its time has passed and it was not done."""
    return _BY_KIND.get(timer.kind, _BY_EXPIRY.get(timer.on_expiry, OVERDUE))


def judged(due_s: int | None, done: Done, now_s: int, after: str = OVERDUE) -> tuple[str, int]:
    """State and lateness. What was done, but is dated by no receipt, makes nobody late."""
    is_done, done_s = done
    if is_done:
        late_s = 0 if done_s is None or due_s is None else max(0, done_s - due_s)
        return (MET_LATE, late_s) if late_s else (MET, 0)
    if due_s is None:
        return NOT_STARTED, 0
    if now_s <= due_s:
        return RUNNING, 0
    return after, now_s - due_s if after == OVERDUE else 0


def dressed(each: Due, timer: Timer, agreed: Agreed) -> Due:
    """The duty with its warning points, its expiry and advice about a day of rest.

    Whoever has hours or minutes is on duty whatever day it is: advice is for deadlines of days.
    """
    if each.due_s is None:
        return _with(each, on_expiry=timer.on_expiry)
    local = agreed.local(each.party)
    is_of_days = bool(timer.days) or (agreed.seconds(timer.name, each.party) or 0) >= DAY_S
    return _with(
        each,
        on_expiry=timer.on_expiry,
        warn_s=tuple(each.due_s - seconds for seconds in timer.warn),
        rest_s=resting(each.due_s, local.rest, local.clock) if is_of_days else None,
    )


def _with(
    each: Due, on_expiry: str, warn_s: tuple[int, ...] = (), rest_s: int | None = None
) -> Due:
    """Spelled out: `dataclasses.replace` takes as long as all the rest of a duty together."""
    return Due(
        each.case, each.entry, each.kind, each.party, each.to, each.timer, each.due_s, each.state,
        each.late_by_s, each.suspended_by, each.contested_by, each.basis, on_expiry, warn_s, rest_s,
    )  # fmt: skip


def dues_of(
    case: Case, matter: Matter, receipts: Receipts, agreed: Agreed, now_s: int
) -> Iterator[Due]:
    """Every duty of one open matter, by the timers that its format has and the charter names."""
    running = [
        timer
        for timer in timers_of(matter.form)
        if timer.kind in RULES and agreed.names(timer.name) and not is_recurring(timer)
    ]
    if not running:
        return
    rows: dict[str, Row] = {}
    if any(timer.kind in _RUNGS for timer in running):
        rows = {
            row["party"]: row
            for row in of_matter(case, matter, receipts, unnumbered)
            if row["current"] and row["addressed"] and row["version"]
        }
    running.sort(key=lambda timer: _ORDER.index(timer.kind))
    for timer in running:
        yield from RULES[timer.kind](Asked(case, matter, timer, receipts, agreed, now_s, rows))


# ---- the rules, one for each kind ------------------------------------------------------------


def _lead(asked: Asked) -> Iterator[Due]:
    """The author owes each addressee that it holds the current version early enough."""
    seconds, event_s = asked.seconds(asked.matter.author), asked.event_s
    if event_s is None or seconds is None:
        return
    for party in asked.version.addressees:
        held, basis = asked.held(party)
        done = (held is not None, held)
        yield asked.due(asked.matter.author, party, event_s - seconds, done, basis)


def _lag(asked: Asked) -> Iterator[Due]:
    """The author owes each addressee that it heard soon enough after the event.

    The first version that names the event counts: a correction is not a late notice.
    """
    author, timer = asked.matter.author, asked.timer
    telling = [v for v in asked.matter.versions if event_of(v.entry.fields, timer) is not None]
    if not telling:
        return
    due_s = asked.after(event_of(telling[0].entry.fields, timer), author)
    if due_s is None:
        return
    for party in telling[0].addressees:
        held, _ = asked.held(party, telling[0].entry.ref)
        yield asked.due(author, party, due_s, (held is not None, held), "event")


def _reply(asked: Asked) -> Iterator[Due]:
    """Each addressee owes an acknowledgement, an answer or the passing on, from its own receipt."""
    kind, author = asked.timer.kind, asked.matter.author
    if not is_asked(asked.matter, kind):
        return
    for party in asked.version.addressees:
        held, basis = asked.held(party)
        done = _replied(asked, party)
        if asked.seconds(party) is not None:
            yield asked.due(party, author, asked.after(held, party), done, basis)


def is_asked(matter: Matter, kind: str) -> bool:
    """Whether the current version asks for this kind of reply."""
    staged = kind not in ("acknowledge", "relay")
    if staged and matter.stage not in _ASKING.get(matter.course, (matter.stage,)):
        return False
    return asks_for(matter.current.entry.fields, kind)


def asks_for(fields: Mapping[str, Value], kind: str) -> bool:
    """Whether a notice asks for this kind of reply: by its item `effect`, where it has one."""
    effect = shown.string(fields, "effect")
    return kind == "relay" or effect not in _ASKED or kind in _ASKED[effect]


def _replied(asked: Asked, party: str) -> Done:
    """Whether there is such a reply; dated by the earliest, as the author's receipts date it."""
    row = asked.rows.get(party, {})
    rungs = _RUNGS[asked.timer.kind] if row else ()
    replies = [said for rung in rungs if (said := climbed(row, rung))]
    if not replies:
        return NOT_DONE
    times = []
    for reply in replies:
        match reply["ref"]:
            case [str(origin), int(index)]:
                times.append(asked.receipts.received_s(Ref(origin, index), asked.matter.author))
    known = [time_s for time_s in times if time_s is not None]
    return True, min(known) if len(known) == len(times) and known else None


def _window(asked: Asked) -> Iterator[Due]:
    """What was announced happens inside its window; when that is over the author says what was.

    Without an item the window opens when the first addressee holds the message.
    """
    author = asked.matter.author
    held = [s for p in asked.version.addressees if (s := asked.held(p)[0]) is not None]
    opens_s = asked.event_s if asked.timer.item else min(held, default=None)
    if opens_s is not None or not asked.timer.item:
        done = (asked.matter.stage in HELD, None)
        basis = "event" if asked.timer.item else RECEIVED
        yield asked.due(author, "", asked.after(opens_s, author), done, basis)


def _period(asked: Asked) -> Iterator[Due]:
    """So long after a date something may still be said; nobody is late when that is over."""
    for each in _window(asked) if asked.timer.item else ():
        is_over = each.due_s is not None and asked.now_s > each.due_s
        yield replace(each, state=ENDED, late_by_s=0) if is_over else each


def _supplement(asked: Asked) -> Iterator[Due]:
    """Until the matter is ended the author owes a supplement, counted from the last one received.

    Where nobody's receipt dates the last one, the writer's claim does: it can only make it earlier.
    """
    author = asked.matter.author
    held = [s for p in asked.version.addressees if (s := asked.held(p)[0]) is not None]
    start_s = min(held, default=asked.version.entry.time_s)
    due_s = asked.after(start_s, author)
    if due_s is not None:
        yield asked.due(author, "", due_s, NOT_DONE, RECEIVED if held else "told")


def _progress(asked: Asked) -> Iterator[Due]:
    """From its beginning on, the author says every so often how it goes: any word in the case."""
    author, event_s = asked.matter.author, asked.event_s
    if event_s is None:
        return
    said = [each.time_s for each in asked.case.entries if each.party == author]
    due_s = asked.after(max(event_s, *said, event_s), author)
    if due_s is not None:
        yield asked.due(author, "", due_s, NOT_DONE, "told" if max(said) > event_s else "event")


def _ending(asked: Asked) -> Iterator[Due]:
    """A notice of ending is held early enough before its date; without one it makes the date."""
    author = asked.matter.author
    if asked.event_s is not None:
        yield from _lead(asked)
        return
    for party in asked.version.addressees:
        held, basis = asked.held(party)
        due_s = asked.after(held, author)
        if due_s is None or asked.now_s <= due_s:
            yield asked.due(author, party, due_s, NOT_DONE, basis)
        else:
            each = asked.due(author, party, due_s, (True, due_s), basis)
            yield Due(
                each.case, each.entry, each.kind, author, party, each.timer, due_s, ENDED,
                basis=basis, on_expiry=each.on_expiry, warn_s=each.warn_s, rest_s=each.rest_s,
            )  # fmt: skip


RULES: Final[Mapping[str, Callable[[Asked], Iterator[Due]]]] = {
    "lead": _lead,
    "lag": _lag,
    "acknowledge": _reply,
    "answer": _reply,
    "relay": _reply,
    "deemed": _reply,
    "window": _window,
    "lapse": _window,
    "period": _period,
    "beat": _progress,
    "supplement": _supplement,
    "ending": _ending,
}
_ORDER: Final = tuple(RULES)
