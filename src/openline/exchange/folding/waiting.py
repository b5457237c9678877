"""The queue of a line, kept case by case: ten thousand open ones are not worked out each time.

Shapes   queue_of(station, line_id) -> rows of plain JSON, which nobody may change; ours_of(...) ->
         rows of what this party's own messages met with; late_of(...) -> who let a time pass;
         asked_of(...) -> what each addressee of one message has to do next
Units    times as RFC 3339 UTC text
Raises   UnknownLine
Source   docs/cases.md, "The queue"; docs/decisions/0045
Never    keeps a row beyond what it was made of: another fold of the case, another receipt, another
         clock or timer, or the instant at which a deadline passes makes it anew
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from openline.cases import shown
from openline.cases.agreed import Agreed
from openline.cases.case import Case, Matter
from openline.cases.due import due
from openline.cases.entry import Ref
from openline.cases.fold import LineState
from openline.cases.ladder import Row, reached
from openline.cases.moves import OVER
from openline.cases.obligations import Measure, measures
from openline.cases.ours import (
    NOT_RECEIVED,
    Concern,
    Unreceived,
    concerns,
    passed,
    unreceived,
    untimed,
)
from openline.cases.precedence import LEVELS, NO_DEADLINE, PAST_ASKED, PAST_OBJECTIVE, steps
from openline.cases.queue import (
    ANSWER,
    Wait,
    has_rule,
    is_answered_by_form,
    is_waited_for,
    waits,
)
from openline.cases.receipts import Receipts
from openline.cases.timing import OVERDUE, is_asked
from openline.exchange.folding import reading, receipts, timetable
from openline.exchange.station import Station

# So long a message may be without a receipt and still be on its way.
RECEIPT_S = 30
# Later than any deadline: what no deadline changes is good until something is said.
LATEST_S = 2**53
LATE = frozenset({OVERDUE, PAST_OBJECTIVE, PAST_ASKED})
Late = tuple[Ref, str]
Signature = tuple[tuple[int | None, int | None], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of one case with what they were made of; good from `made_s` to `until_s`."""

    case: Case
    received: Signature
    made_s: int
    until_s: int
    rows: tuple[Row, ...]
    ours: tuple[Row, ...] = ()

    def holds(self, case: Case, received: Signature, now_s: int) -> bool:
        """Whether making them anew would give the same."""
        is_same = case is self.case and received == self.received
        return is_same and self.made_s <= now_s <= self.until_s


@dataclass(slots=True)
class Queue:
    """What is kept of one line. Receipts are read again when one was seen or an entry came; `rows`
    are those of `state`, good from `made_s` to `until_s`."""

    agreed: Agreed
    origins: tuple[str, ...]
    mark: tuple[int, ...] = ()
    receipts: Receipts = field(default_factory=Receipts)
    cases: dict[Ref, Kept] = field(default_factory=dict)
    state: LineState | None = None
    made_s: int = 0
    until_s: int = -1
    rows: list[Row] = field(default_factory=list)
    ours: list[Row] = field(default_factory=list)


def queue_of(station: Station, line_id: bytes) -> list[Row]:
    """Rows of one line in which this party has something to do, the most urgent first."""
    state = reading.state(station, line_id)
    now_s = station.line_now(line_id)
    kept = kept_of(station, line_id)
    if kept.state is state and kept.made_s <= now_s <= kept.until_s:
        return kept.rows
    standing = measures(state)
    frame = frame_of(station, line_id)
    found: dict[Ref, Kept] = {}
    for case in state.cases:
        received = signature(case, kept.receipts)
        known = kept.cases.get(case.id)
        # What a party suspended may begin and end at any time: then nothing is kept.
        if standing or known is None or not known.holds(case, received, now_s):
            asking = Asking(station.party, kept.receipts, kept.agreed, now_s, standing)
            known = keep(case, received, asking, state, frame)
        found[case.id] = known
    kept.cases, kept.state, kept.made_s = found, state, now_s
    kept.until_s = now_s if standing else min((k.until_s for k in found.values()), default=LATEST_S)
    kept.rows = by_due(row for each in found.values() for row in each.rows)
    lacking = unreceived(state, station.party, kept.receipts)
    told = [not_received(each, state, frame) for each in lacking]
    met = by_since(row for each in found.values() for row in each.ours)
    left = {each.party for each in state.presences if each.left is not None}
    kept.ours = [*told, *by_party(met, left)]
    return kept.rows


def ours_of(station: Station, line_id: bytes) -> list[Row]:
    """What this party's messages on a line met with; first what did not arrive at all."""
    queue_of(station, line_id)
    return kept_of(station, line_id).ours


def late_of(station: Station, line_id: bytes, case: Case | None = None) -> frozenset[Late]:
    """Who let a time pass that was agreed or asked, for which message: on a line, or in a case."""
    state, kept = reading.state(station, line_id), kept_of(station, line_id)
    standing = measures(state)
    of = state.cases if case is None else (case,)
    over = {each for c in of for each in passed(c, kept.receipts, kept.agreed, standing)}
    if case is None:
        rows, ours = queue_of(station, line_id), ours_of(station, line_id)
    else:
        now_s = station.line_now(line_id)
        asking = Asking(station.party, kept.receipts, kept.agreed, now_s, standing)
        made = keep(case, (), asking, state, frame_of(station, line_id))
        rows, ours = [*made.rows], [*made.ours]
    own = {(Ref(*row["ref"]), station.party) for row in rows if row["state"] in LATE}
    theirs = {(Ref(*r["ref"]), str(r["party"])) for r in ours if r["kind"] in LATE}
    return frozenset(own | theirs | over)


def asked_of(station: Station, line_id: bytes, place: Ref) -> list[Row]:
    """What each addressee still has to do about a message that counts, the next step first, and by
    when: nobody who has done what was asked, or was asked for nothing. What the queue does not
    wait for is not asked; what the form said that it asks is, the answer behind the
    acknowledgement too."""
    state, kept = reading.state(station, line_id), kept_of(station, line_id)
    case, now_s = state.case(place), station.line_now(line_id)
    if case is None:
        return []
    matter = next((m for m in case.matters if m.current.entry.ref == place), None)
    if matter is None or not is_waited_for(case, matter):
        return []
    dues = due(case, kept.receipts, kept.agreed, now_s, measures(state))
    answers = {d.party: d for d in dues if d.entry.ref == place and d.kind == ANSWER}
    found: list[Row] = []
    for step in steps(case, kept.receipts, kept.agreed, now_s, dues):
        if step.entry.ref != place:
            continue
        owed = answers.get(step.party)
        has_answer = owed is not None or is_answered_by_form(matter, step)
        if step.next != ANSWER or has_answer:
            found.append(asked_row(step.party, step.next, step.due_s, step.state))
        if step.next != ANSWER and has_rule(matter, ANSWER) and is_asked(matter, ANSWER):
            due_s, said = (owed.due_s, owed.state) if owed else (None, step.state)
            found.append(asked_row(step.party, ANSWER, due_s, said))
    return found


def asked_row(party: str, kind: str, due_s: int | None, state: str) -> Row:
    """One thing that one addressee is asked for."""
    return {"party": party, "next": kind, "due": shown.spelled(due_s), "state": state}


def untimed_of(station: Station, line_id: bytes, case: Case) -> dict[Late, int]:
    """Since when who has said nothing to which message of a case, where no time was agreed."""
    state, kept = reading.state(station, line_id), kept_of(station, line_id)
    now_s = station.line_now(line_id)
    return untimed(case, kept.receipts, kept.agreed, now_s, measures(state))


def kept_of(station: Station, line_id: bytes) -> Queue:
    """What is kept of a line, emptied where something of the whole line has changed."""
    agreed = timetable.agreed(station, line_id)
    logs = station.logs_of(line_id)
    origins = tuple(log.origin for log in logs if log.size)
    kept = station.queues.get(line_id)
    if not isinstance(kept, Queue) or kept.agreed != agreed or kept.origins != origins:
        kept = station.queues[line_id] = Queue(agreed, origins)
    mark = (station.receipts_seen, len(station.pending_receipts), *(log.size for log in logs))
    if kept.mark != mark:
        kept.mark, kept.receipts = mark, Receipts.of(receipts.of_line(station, line_id))
        kept.state = None
    return kept


def signature(case: Case, given: Receipts) -> Signature:
    """What receipts say of the messages of a case, as far as its rows depend on them."""
    return tuple(
        (given.received_s(ref, party), given.available_s(ref, party))
        for ref in (matter.current.entry.ref for matter in case.matters)
        for party in case.members
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose rows are made, and what they are judged by."""

    party: str
    receipts: Receipts
    agreed: Agreed
    now_s: int
    standing: tuple[Measure, ...]


def keep(case: Case, received: Signature, asking: Asking, state: LineState, frame: Row) -> Kept:
    """The rows of a case as they are now, with the instant at which one of them changes."""
    party, given, agreed, now_s = asking.party, asking.receipts, asking.agreed, asking.now_s
    found = tuple(waits(case, party, given, agreed, now_s, asking.standing))
    met: tuple[Concern, ...] = ()
    ends = [wait.until_s for wait in found if wait.until_s is not None]
    if any(has_said(matter, party) for matter in case.matters):
        dues = due(case, given, agreed, now_s, asking.standing)
        met, end_s = concerns(case, party, given, agreed, now_s, dues)
        ends += [] if end_s is None else [end_s]
    rows = tuple(row_of(wait, state, frame) for wait in found)
    ours = tuple(concern_row(each, state, frame) for each in met)
    return Kept(case, received, now_s, min(ends, default=LATEST_S), rows, ours)


def has_said(matter: Matter, party: str) -> bool:
    """Whether a matter has something of a party that others can meet: all of it, or a side."""
    return matter.author == party or any(side.party == party for side in matter.sides)


def concern_row(concern: Concern, state: LineState, frame: Row) -> Row:
    """One thing that another party said to a message of ours, or did not do."""
    entry, about = concern.entry, concern.about
    return {
        **frame,
        "case": [concern.case.origin, concern.case.index],
        "ref": [entry.ref.origin, entry.ref.index],
        "number": state.number(entry),
        "from": entry.party,
        "format": entry.format,
        "class": entry.answer,
        "about": f"{about.party}:{state.number(about)}",
        "about_ref": [about.ref.origin, about.ref.index],
        "subject": shown.subject(about.fields),
        "kind": concern.kind,
        "party": concern.party,
        "precedence": concern.level,
        "since": shown.spelled(concern.since_s),
        "count": 1,
    }


def not_received(lacking: Unreceived, state: LineState, frame: Row) -> Row:
    """What one member has given no receipt for: the first of these messages, and how many."""
    entry = lacking.entry
    case = state.case(entry.ref)
    whole = Concern(
        case.id if case else entry.ref, entry, entry, NOT_RECEIVED, lacking.party, "", entry.time_s
    )
    return {**concern_row(whole, state, frame), "count": lacking.count}


def by_since(rows: Iterable[Row]) -> list[Row]:
    """What came first stands first."""
    return sorted(rows, key=lambda row: (row["since"] or "9999", *row["ref"], row["party"]))


def by_party(met: list[Row], left: Collection[str]) -> list[Row]:
    """What was met with, as it is; then for each party that let no agreed time pass and has long
    said nothing the first message of these, and how many: a list of them would hide the rest."""
    first: dict[str, Row] = {}
    for row in met:
        if row["kind"] == NO_DEADLINE and row["party"] not in left:
            held = first.setdefault(row["party"], {**row, "count": 0})
            held["count"] += 1
    return [*(row for row in met if row["kind"] != NO_DEADLINE), *first.values()]


def frame_of(station: Station, line_id: bytes) -> Row:
    """What all rows of a line say of it."""
    charter = station.charter(line_id)
    return {"line": line_id.hex(), "status": charter.status, "title": charter.title}


def row_of(wait: Wait, state: LineState, frame: Row) -> Row:
    """One row: the state of reception here and the state of the matter stand apart."""
    return {
        **frame,
        "case": [wait.case.origin, wait.case.index],
        "ref": wait.row["ref"],
        "number": state.number(wait.entry),
        "from": wait.entry.party,
        "format": wait.row["format"],
        "subject": shown.subject(wait.entry.fields),
        "received": wait.row["a0"].get("time", ""),
        "ladder": reached(wait.row),
        "life": wait.life,
        "next": wait.next,
        "precedence": wait.level,
        "due": shown.spelled(wait.due_s),
        "rule": wait.rule,
        "state": wait.state,
        "rest": shown.spelled(wait.rest_s),
    }


def by_due(rows: Iterable[Row]) -> list[Row]:
    """The most urgent first: by due time, whichever rule gives it.

    Of what has none, the higher precedence first, and what is over last.
    """
    return sorted(rows, key=urgency)


def urgency(row: Row) -> tuple[object, ...]:
    """Where a row stands in the queue; of two with one due time the one received first."""
    level = LEVELS.index(row["precedence"]) if row["precedence"] in LEVELS else len(LEVELS)
    without = () if row["due"] else (row["life"] in OVER, level)
    return (row["due"] or "9999", *without, row["received"], *row["ref"])
