"""What waits for one party in a case: what it has to acknowledge or to answer, and by when.

Shapes   waits(case, party, receipts, agreed, now_s, measures) -> Wait per message of the case
Units    times are unix seconds UTC
Raises   nothing
Source   docs/cases.md, "The queue"; DESIGN "received is not understood is not agreed"
Never    drops what was acknowledged before it is answered, or what is closed before anybody here
         has said a word to it: it may not have been seen
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openline.cases import shown
from openline.cases.agreed import Agreed
from openline.cases.case import Case, Matter
from openline.cases.due import due
from openline.cases.entry import Entry, Ref
from openline.cases.guaranteed import taken_back
from openline.cases.ladder import Row, is_acknowledged, of_entry, of_matter, unnumbered
from openline.cases.obligations import Measure
from openline.cases.precedence import (
    FLASH,
    OBJECTIVES_S,
    PAST_OBJECTIVE,
    Step,
    steps,
)
from openline.cases.receipts import Receipts
from openline.cases.timing import OVERDUE, RUNNING, Due

ACKNOWLEDGE = "acknowledge"
ANSWER = "answer"
# The state of what an ending is about, where it took a guarantee back.
TAKEN_BACK = "guarantee-withdrawn"


@dataclass(frozen=True, slots=True)
class Wait:
    """One message that waits for a party. `row` is the party's row of the ladder; `until_s` is when
    `state` becomes another word by itself, None when it does not."""

    case: Ref
    entry: Entry
    next: str
    row: Row
    life: str
    level: str
    due_s: int | None
    rule: str
    state: str
    rest_s: int | None
    until_s: int | None


def waits(
    case: Case,
    party: str,
    receipts: Receipts,
    agreed: Agreed,
    now_s: int,
    measures: Sequence[Measure] = (),
) -> Iterator[Wait]:
    """Every message of a case that waits for this party."""
    yield from _taken_back(case, party, receipts, agreed, now_s)
    asked = [each for each in case.matters if is_waited_for(case, each)]
    if not any(party in matter.current.addressees for matter in asked):
        return
    dues = due(case, receipts, agreed, now_s, measures)
    own = {(d.entry.ref, d.kind): d for d in dues if d.party == party}
    mine = [s for s in steps(case, receipts, agreed, now_s, dues) if s.party == party]
    by_place = {step.entry.ref: step for step in mine}
    for matter in asked:
        for row in of_matter(case, matter, receipts, unnumbered):
            if row["party"] == party and row["current"] and not row["a4"]:
                step = by_place.get(matter.current.entry.ref) if row["version"] else None
                found = _wait(case, matter, row, step, own, now_s)
                if found is not None:
                    yield found


def _taken_back(
    case: Case, party: str, receipts: Receipts, agreed: Agreed, now_s: int
) -> Iterator[Wait]:
    """A guarantee that was taken back: as urgent as a flash message, until it is acknowledged.

    Somebody may be on the way under it. Once its time would be over in a closed case, nobody is.
    """
    for matter, end in taken_back(case, now_s):
        if party == matter.author or party not in matter.versions[0].addressees:
            continue
        until_s = shown.time_s(matter.versions[0].entry.fields, "until")
        if not case.is_open and (until_s is None or until_s <= now_s):
            continue
        row = of_entry(case, matter, end, party, receipts)
        if row["a4"] or is_acknowledged(row):
            continue
        held_s = receipts.received_s(end.ref, party)
        agreed_s = agreed.seconds(f"precedence.{FLASH}", party)
        seconds = OBJECTIVES_S[FLASH] if agreed_s is None else agreed_s
        due_s = (end.time_s if held_s is None else held_s) + seconds
        late = PAST_OBJECTIVE if agreed_s is None else OVERDUE
        is_running = now_s <= due_s
        ends = [at_s for at_s in (due_s, until_s) if at_s is not None and at_s >= now_s]
        yield Wait(
            case.id, end, ACKNOWLEDGE, row, TAKEN_BACK, FLASH, due_s, "precedence",
            RUNNING if is_running else late, None, min(ends, default=None),
        )  # fmt: skip


def _wait(
    case: Case,
    matter: Matter,
    row: Row,
    step: Step | None,
    own: dict[tuple[Ref, str], Due],
    now_s: int,
) -> Wait | None:
    if not case.is_open and not row["silent"]:
        return None
    ref = Ref(*row["ref"])
    entry = next((each for each in case.entries if each.ref == ref), matter.current.entry)
    word = ANSWER if is_acknowledged(row) else ACKNOWLEDGE
    owed = own.get((ref, word))
    if word == ANSWER and owed is None and not is_answered_by_form(matter, step):
        return None
    is_timed = step is not None and step.due_s is not None
    due_s = step.due_s if step is not None and is_timed else owed.due_s if owed else None
    state = step.state if step is not None and is_timed else owed.state if owed else ""
    return Wait(
        case.id,
        entry,
        word,
        row,
        matter.state,
        step.level if step else "",
        due_s,
        step.rule if step is not None and is_timed else "format" if owed else "",
        state,
        owed.rest_s if owed else None,
        due_s if state == RUNNING and due_s is not None and due_s >= now_s else None,
    )


def is_waited_for(case: Case, matter: Matter) -> bool:
    """Whether a matter asks its addressees for something: what a case is about does, and a
    question in it; an answer does not."""
    return matter is case.main or matter.family == "question"


def is_answered_by_form(matter: Matter, step: Step | None) -> bool:
    """Whether an answer is still to come after the acknowledgement: a rule gives it a time, or the
    form has a rule for answers that this charter gives no seconds."""
    return step is not None and (step.due_s is not None or has_rule(matter, ANSWER))


def has_rule(matter: Matter, kind: str) -> bool:
    """Whether the form of a matter has a rule of time of this kind."""
    return matter.form is not None and any(timer.kind == kind for timer in matter.form.timers)
