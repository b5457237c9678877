"""What a watch is reminded of: warning points, deadlines, arrivals, and whom it rings next.

Shapes   reminders(state, receipts, agreed, now_s, party) -> Reminder in order of time, future ones
         included; equal states give equal reminders, each with a key that never changes
Units    times are unix seconds UTC
Raises   nothing
Source   docs/cases.md, "Reminders"
Never    knows which were given already: watch/reminding.py keeps that. Never says what a message is
         about: a reminder is a place, a kind and a time
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from openline.cases.agreed import Agreed
from openline.cases.case import Case, Matter
from openline.cases.due import due, line_dues
from openline.cases.entry import Ref
from openline.cases.fold import LineState
from openline.cases.guaranteed import taken_back
from openline.cases.ladder import of_matter, unnumbered
from openline.cases.obligations import measures
from openline.cases.ours import (
    CONTRADICTED,
    NOT_RECEIVED,
    READ_OTHERWISE,
    Unreceived,
    against,
    misheard,
    unreceived,
)
from openline.cases.precedence import FLASH, REPLY_DUE, Step, level_of, steps
from openline.cases.queue import TAKEN_BACK
from openline.cases.readback import DIFFERS
from openline.cases.receipts import Receipts
from openline.cases.roster import posts
from openline.cases.rules import READBACK
from openline.cases.timing import DEEMED_ACCEPTED, ENDED, LAPSED, SUSPENDED, UNMET, Due
from openline.formats.form import Format, name_of

ESCALATE_TIMER: Final = "escalate"
ESCALATE_DEFAULT_S: Final = 300
# Where a party told no roster, the watch itself is rung so often.
ESCALATE_TIMES: Final = 3
# So long after it was written a message without a receipt is told to be without one.
NOT_RECEIVED_S: Final = 300
# These ring when they arrive; what is slower waits in the queue.
RINGING: Final = frozenset({"flash", "immediate"})
_WATCHED: Final = UNMET | {LAPSED, DEEMED_ACCEPTED, ENDED}


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to be told once. `point` is arrived, warning, due or escalate; `step` its number.

    `party` is who has to act: this node's own party, or another one whose silence is told.
    """

    key: str
    at_s: int
    point: str
    step: int
    kind: str
    party: str
    case: Ref
    entry: Ref
    level: str
    rule: str = ""


def reminders(
    state: LineState, receipts: Receipts, agreed: Agreed, now_s: int, party: str
) -> tuple[Reminder, ...]:
    """Everything that this party's watch is reminded of on a line, now and later."""
    standing = measures(state)
    every_s = agreed.seconds(ESCALATE_TIMER) or ESCALATE_DEFAULT_S
    rounds = {each: len(posts(state, each, now_s)) or ESCALATE_TIMES for each in state.members}
    found: list[Reminder] = []
    timed = {form.id for form in state.forms.formats if _is_timed(form, agreed)}
    for lacking in unreceived(state, party, receipts):
        found.append(_not_received(lacking, state))
    for case in state.cases:
        found += _alarms(case, party, receipts)
        if not case.is_open or not any(_may_remind(each, timed) for each in case.matters):
            continue
        dues = due(case, receipts, agreed, now_s, standing)
        for each in dues:
            found += _of_due(each, party, every_s, rounds)
        for step in steps(case, receipts, agreed, now_s, dues):
            found += _of_step(step, party, every_s, rounds)
    for each in line_dues(state, receipts, agreed, now_s, standing):
        found += _of_due(each, party, every_s, rounds)
    return tuple(sorted(found, key=lambda each: (each.at_s, each.key)))


def _not_received(lacking: Unreceived, state: LineState) -> Reminder:
    """That a member has no receipt given for a message of ours: told when it has lasted."""
    entry, case = lacking.entry, state.case(lacking.entry.ref)
    at_s = entry.time_s + NOT_RECEIVED_S
    key = _key(entry.ref, NOT_RECEIVED, lacking.party, "due", 0)
    of_case, level = case.id if case else entry.ref, level_of(entry.fields)
    return Reminder(
        key, at_s, "due", 0, NOT_RECEIVED, lacking.party, of_case, entry.ref, level
    )  # fmt: skip


def _alarms(case: Case, party: str, receipts: Receipts) -> Iterator[Reminder]:
    """What takes away what this party relies on: a guarantee withdrawn, its words misread or
    contradicted."""
    for matter, end in taken_back(case, 0):
        if party == matter.author or party not in matter.versions[0].addressees:
            continue
        at_s = receipts.received_s(end.ref, party)
        if at_s is not None:
            key = _key(end.ref, TAKEN_BACK, end.party, "arrived", 0)
            yield Reminder(
                key, at_s, "arrived", 0, TAKEN_BACK, end.party, case.id, end.ref, FLASH
            )  # fmt: skip
    contradicted = ((entry, about, CONTRADICTED) for entry, about in against(case, party))
    for entry, about, kind in (*contradicted, *misheard(case, party)):
        at_s = receipts.received_s(entry.ref, party)
        if at_s is not None:
            key = _key(entry.ref, kind, entry.party, "arrived", 0)
            level = level_of(about.fields)
            yield Reminder(
                key, at_s, "arrived", 0, kind, entry.party, case.id, entry.ref, level
            )  # fmt: skip
    for matter in case.matters:
        is_read = any(name_of(act.entry.format) == READBACK for act in matter.acts)
        if matter.author != party or not matter.is_open or not is_read:
            continue
        for row in of_matter(case, matter, receipts, unnumbered):
            if row["version"] and row["current"] and row["a2"].get("result") == DIFFERS:
                ref = Ref(*row["a2"]["ref"])
                at_s = receipts.received_s(ref, party)
                if at_s is not None:
                    key = _key(ref, READ_OTHERWISE, row["party"], "arrived", 0)
                    level = level_of(matter.current.entry.fields)
                    yield Reminder(
                        key, at_s, "arrived", 0, READ_OTHERWISE, row["party"], case.id, ref, level
                    )  # fmt: skip


def _is_timed(form: Format, agreed: Agreed) -> bool:
    """Whether the charter gives seconds to any rule of time of this form."""
    return any(agreed.names(timer.name) for timer in form.timers)


def _may_remind(matter: Matter, timed: set[str]) -> bool:
    """Whether anything of a matter can fall due: most matters of a long line cannot."""
    fields = matter.current.entry.fields
    is_urgent = "precedence" in fields or any(path in fields for path in REPLY_DUE)
    return matter.is_open and (is_urgent or matter.first.format in timed)


def _of_due(each: Due, party: str, every_s: int, rounds: dict[str, int]) -> Iterator[Reminder]:
    """Our own duties with their warnings; what is owed to us when it was not done."""
    is_ours = each.party == party
    if each.due_s is None or each.state not in _WATCHED or not (is_ours or each.to in ("", party)):
        return
    due_s = each.due_s
    for at_s in each.warn_s if is_ours else ():
        yield _reminder(each, "warning", due_s - at_s, at_s)
    yield _reminder(each, "due", 0, due_s)
    if each.on_expiry == "escalate":
        for step in range(1, rounds.get(each.party, ESCALATE_TIMES) + 1):
            yield _reminder(each, "escalate", step, due_s + step * every_s)


def _reminder(each: Due, point: str, step: int, at_s: int) -> Reminder:
    occasion = each.due_s if each.basis == "calendar" else 0
    level = level_of(each.entry.fields)
    name = f"{each.kind} {each.to} {each.timer} {occasion}"
    return Reminder(
        _key(each.entry.ref, name, each.party, point, step),
        at_s, point, step, each.kind, each.party, each.case, each.entry.ref, level,
    )  # fmt: skip


def _of_step(step: Step, party: str, every_s: int, rounds: dict[str, int]) -> Iterator[Reminder]:
    """What came to us with a precedence that rings; what we sent so and nobody acknowledged."""
    if party not in (step.party, step.author) or step.held_s is None or step.state == SUSPENDED:
        return
    is_ours, is_ringing = step.party == party, step.level in RINGING
    is_unacknowledged = step.next == "acknowledge"
    points: list[tuple[str, int, int]] = []
    if is_ours and is_ringing and is_unacknowledged:
        points.append(("arrived", 0, step.held_s))
    if step.due_s is not None and step.rule != "format" and (is_ours or is_ringing):
        points.append(("due", 0, step.due_s))
    if step.level == "flash" and is_unacknowledged:
        times = rounds.get(step.party, ESCALATE_TIMES)
        points += [("escalate", n, step.held_s + n * every_s) for n in range(1, times + 1)]
    for point, number, at_s in points:
        # Only a deadline depends on the rule that makes it; an arrival is one, whatever comes.
        rule = step.rule if point == "due" else ""
        yield Reminder(
            _key(step.entry.ref, f"speed {step.next} {rule}", step.party, point, number),
            at_s, point, number, step.next, step.party, step.case, step.entry.ref, step.level, rule,
        )  # fmt: skip


def _key(ref: Ref, name: str, party: str, point: str, step: int) -> str:
    """The name of a reminder, the same on every computation and after every restart."""
    text = f"{ref.origin}\n{ref.index}\n{name}\n{party}\n{point}\n{step}\n"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
