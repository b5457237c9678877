"""What each addressee has to do next and by when: the earliest of three rules decides.

Shapes   steps(case, ...) -> Step per addressee of every open matter; level_of(fields) -> precedence
Units    times are unix seconds UTC
Raises   nothing
Source   docs/cases.md, "Precedence"; RFC 6477 3.8 and the handling objectives of military messages
Never    calls an addressee overdue by a rule that no charter names: it is *past the objective* or
         *past the time asked*, which are other words
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from openline.cases import shown
from openline.cases.agreed import Agreed
from openline.cases.case import Case, Matter
from openline.cases.entry import Entry, Ref
from openline.cases.ladder import Row, is_acknowledged, of_matter, unnumbered
from openline.cases.receipts import Receipts
from openline.cases.timing import NOT_STARTED, OVERDUE, RUNNING, SUSPENDED, UNMET, Due, is_asked
from openline.cases.timing import held_s as counted_from
from openline.formats.openjson import Value

FLASH: Final = "flash"
LEVELS: Final = (FLASH, "immediate", "priority", "routine")
# How fast a message of each precedence is handled where people practise it; a charter may agree on
# other seconds with the timers `precedence.flash` to `precedence.routine`.
OBJECTIVES_S: Final[Mapping[str, int]] = {
    FLASH: 600,
    "immediate": 1_800,
    "priority": 10_800,
    "routine": 21_600,
}
PAST_OBJECTIVE: Final = "past-objective"
PAST_ASKED: Final = "past-asked"
# Received, and no rule gives it a time: another thing than not received.
NO_DEADLINE: Final = "no-deadline"
# Items by which a writer says until when it asks for a reply.
REPLY_DUE: Final = ("reply_due",)
Dues = Mapping[tuple[Ref, str, str], Due]


@dataclass(frozen=True, slots=True)
class Step:
    """What one addressee does next about one message. `rule` is format, precedence or reply-due;
    `is_silent` says that it has said nothing at all to it."""

    case: Ref
    entry: Entry
    author: str
    party: str
    next: str
    level: str
    held_s: int | None
    basis: str
    due_s: int | None
    rule: str
    state: str
    is_silent: bool

    @property
    def is_late(self) -> bool:
        return self.state in (OVERDUE, PAST_OBJECTIVE, PAST_ASKED)


def level_of(fields: Mapping[str, Value]) -> str:
    """The precedence that a message states, "" where it states none."""
    level = shown.string(fields, "precedence")
    return level if level in LEVELS else ""


def highest(levels: Iterable[str]) -> str:
    """The most urgent of these; routine where none is stated."""
    return min((each for each in levels if each), key=LEVELS.index, default=LEVELS[-1])


def steps(
    case: Case, receipts: Receipts, agreed: Agreed, now_s: int, dues: Iterable[Due]
) -> Iterator[Step]:
    """The next step of every addressee of every open matter of an open case."""
    if not case.is_open:
        return
    by_place = placed(dues)
    for matter in case.matters:
        if matter.is_open:
            yield from steps_of(case, matter, receipts, agreed, now_s, by_place)


def placed(dues: Iterable[Due]) -> Dues:
    """Duties by message, kind and party."""
    return {(each.entry.ref, each.kind, each.party): each for each in dues}


def steps_of(
    case: Case, matter: Matter, receipts: Receipts, agreed: Agreed, now_s: int, by_place: Dues
) -> Iterator[Step]:
    """The next step of every addressee of one matter."""
    if matter.form is None:
        return
    for row in of_matter(case, matter, receipts, unnumbered):
        if not (row["current"] and row["addressed"] and row["version"]) or row["a4"]:
            continue
        step = _step(matter, row, case, receipts, agreed)
        if step is not None:
            yield _timed(step, by_place, agreed, now_s)


def _step(matter: Matter, row: Row, case: Case, receipts: Receipts, agreed: Agreed) -> Step | None:
    entry, party = matter.current.entry, row["party"]
    word = "answer" if is_acknowledged(row) else "acknowledge"
    if not is_asked(matter, word):
        return None
    held, basis = counted_from(entry.ref, party, receipts, agreed.timers)
    return Step(
        case.id, entry, matter.author, party, word, level_of(entry.fields), held, basis, None, "",
        NOT_STARTED, row["silent"],
    )  # fmt: skip


def _timed(step: Step, dues: Dues, agreed: Agreed, now_s: int) -> Step:
    """The step with the earliest time that any rule gives it, and which rule that is."""
    found = list(_rules(step, dues, agreed))
    if not found:
        return step if step.held_s is None else replace(step, state=NO_DEADLINE)
    due_s, rule, state_after = min(found)
    own = dues.get((step.entry.ref, step.next, step.party))
    state = RUNNING if now_s <= due_s else state_after
    if own is not None and own.state == SUSPENDED:
        state = SUSPENDED
    return replace(step, due_s=due_s, rule=rule, state=state)


def _rules(step: Step, dues: Dues, agreed: Agreed) -> Iterator[tuple[int, str, str]]:
    """When each rule wants the step done, and what it is called after that."""
    own = dues.get((step.entry.ref, step.next, step.party))
    if own is not None and own.due_s is not None and own.state in UNMET | {SUSPENDED}:
        yield own.due_s, "format", OVERDUE
    if step.next == "acknowledge" and step.level and step.held_s is not None:
        timer = f"precedence.{step.level}"
        agreed_s = agreed.seconds(timer, step.party)
        seconds = OBJECTIVES_S[step.level] if agreed_s is None else agreed_s
        after = PAST_OBJECTIVE if agreed_s is None else OVERDUE
        yield step.held_s + seconds, "precedence", after
    for path in REPLY_DUE:
        asked_s = shown.time_s(step.entry.fields, path)
        if asked_s is not None:
            yield asked_s, "reply-due", PAST_ASKED
