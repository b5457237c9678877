"""What became of what one party said: not received, garbled, misread, contradicted, answered, late.

Shapes   unreceived(state, party, receipts) -> Unreceived per other member; concerns(case, ...) ->
         Concern in the order of the case
Units    times are unix seconds UTC
Raises   nothing
Source   docs/cases.md, "The queue"; F3 and F10 of docs/usability/2026-11-27-terminal.md: who sends
         has to see what did not arrive; G5 of 2026-11-28-terminal.md: and who says otherwise
Never    calls silent who has given no receipt, nor late whom no agreed or stated time binds. Never
         drops an answer or a contradiction before somebody here has said something to it
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from openline.cases import composed, rules, shown
from openline.cases.agreed import Agreed
from openline.cases.case import Case, Matter
from openline.cases.due import due, with_measures
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState
from openline.cases.guaranteed import CANCELLED, WITHDRAWN, ending, standing
from openline.cases.ladder import GARBLED, LADDER, NOT_UNDERSTOOD, of_matter, unnumbered
from openline.cases.moves import CLOSED
from openline.cases.obligations import Measure
from openline.cases.phrases import EXPECTED, PHRASE
from openline.cases.precedence import NO_DEADLINE, Step, level_of, placed, steps, steps_of
from openline.cases.readback import DIFFERS
from openline.cases.receipts import Receipts
from openline.cases.settling import SAYS
from openline.cases.timing import OVERDUE, RECEIVED, RUNNING, Due, dues_of
from openline.formats.form import name_of

NOT_RECEIVED: Final = "not-received"
READ_OTHERWISE: Final = "read-otherwise"
# An addressee says that it came garbled, or that it is not understood; it has to be said again.
CAME_GARBLED: Final = "garbled"
MISUNDERSTOOD: Final = "not-understood"
# An answer that its party took back, and a coded phrase that has phrases to be answered by.
ANSWER_ENDED: Final = "answer-ended"
PHRASE_WAITS: Final = "phrase"
ANSWERED: Final = "answered"
CONTRADICTED: Final = "contradicted"
ITEMS_REJECTED: Final = "items-rejected"
ACKNOWLEDGE: Final = "core/acknowledge"
# Where no time was agreed it is said after a day since when nothing came: nobody is late by it.
UNTIMED_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Unreceived:
    """What one member has given no receipt for: so many messages, from `entry` on."""

    party: str
    entry: Entry
    count: int


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that another party said, or did not do, about what this party said.

    `entry` is what has to be looked at, `since_s` when it came or fell due, `kind` not-received,
    garbled, not-understood, read-otherwise, contradicted, items-rejected, answered, answer-ended,
    phrase, no-deadline for a long silence without an agreed time, or the state of a duty not done.
    """

    case: Ref
    entry: Entry
    about: Entry
    kind: str
    party: str
    level: str
    since_s: int | None


def unreceived(state: LineState, party: str, receipts: Receipts) -> tuple[Unreceived, ...]:
    """Every other member that has not received all of this party's messages, the first of them."""
    by_log: dict[str, list[Entry]] = {}
    for entry in state.entries.values():
        if entry.party == party and entry.kind == "message":
            by_log.setdefault(entry.ref.origin, []).append(entry)
    found = []
    for other in state.members:
        if other == party or state.presence(other).left is not None:
            continue
        missing = [
            entry
            for log in by_log.values()
            # A receipt covers all below it: where the last entry has one, none is missing.
            if receipts.received_s(max(log, key=lambda e: e.ref.index).ref, other) is None
            for entry in log
            if receipts.received_s(entry.ref, other) is None
        ]
        if missing:
            found.append(Unreceived(other, min(missing, key=shown.written), len(missing)))
    return tuple(found)


def concerns(
    case: Case,
    party: str,
    receipts: Receipts,
    agreed: Agreed,
    now_s: int,
    dues: Iterable[Due],
) -> tuple[tuple[Concern, ...], int | None]:
    """What this party's own messages of a case met with; and when that changes by itself."""
    found = [
        _concern(case, entry, about, kind, receipts, party)
        for entry, about, kind in misheard(case, party)
    ]
    if not case.is_open:
        return tuple(found), None
    dues = tuple(dues)
    heard = heard_of(case, party)
    found += _contradicted(case, party, receipts, heard)
    found += _phrases(case, party, receipts, heard)
    for matter in case.matters:
        if matter.author == party and matter.is_open:
            found += _misread(case, matter, party, receipts)
        found += _answered(case, matter, party, receipts, heard)
    ends = []
    late: dict[tuple[Ref, str], Concern] = {}
    quiet: list[Concern] = []
    timed = timed_of(dues)
    for owed in dues:
        if owed.party == party or owed.to not in ("", party):
            continue
        if owed.state == RUNNING and owed.due_s is not None:
            ends.append(owed.due_s)
        elif owed.state == OVERDUE:
            _first(late, Concern(
                case.id, owed.entry, owed.entry, OVERDUE, owed.party, level_of(owed.entry.fields),
                owed.due_s,
            ))  # fmt: skip
    for step in steps(case, receipts, agreed, now_s, dues):
        if step.author != party or step.party == party:
            continue
        if step.state == RUNNING and step.due_s is not None:
            ends.append(step.due_s)
        elif step.is_late:
            _first(late, Concern(
                case.id, step.entry, step.entry, step.state, step.party, step.level, step.due_s
            ))  # fmt: skip
        since_s = quiet_since(step, timed)
        if since_s is not None:
            ends.append(since_s + UNTIMED_S - 1)
            if now_s - since_s >= UNTIMED_S:
                quiet.append(Concern(
                    case.id, step.entry, step.entry, NO_DEADLINE, step.party, "", since_s
                ))  # fmt: skip
    ahead = [end for end in ends if end >= now_s]
    return (*found, *(late[key] for key in sorted(late)), *quiet), min(ahead, default=None)


def timed_of(dues: Iterable[Due]) -> frozenset[tuple[Ref, str]]:
    """Which party has an agreed time for anything that a message asks of it."""
    return frozenset((each.entry.ref, each.party) for each in dues if each.due_s is not None)


def quiet_since(step: Step, timed: Collection[tuple[Ref, str]]) -> int | None:
    """Since when a party has had a message that asks it for something, said nothing to it, and has
    no time by which it should; None of all others."""
    is_quiet = step.state == NO_DEADLINE and step.is_silent and step.basis == RECEIVED
    return step.held_s if is_quiet and (step.entry.ref, step.party) not in timed else None


def untimed(
    case: Case, receipts: Receipts, agreed: Agreed, now_s: int, measures: Sequence[Measure]
) -> dict[tuple[Ref, str], int]:
    """Since when who has said nothing in a case, where that is long and no time was agreed."""
    dues = due(case, receipts, agreed, now_s, measures)
    timed = timed_of(dues)
    found = {
        (step.entry.ref, step.party): since_s
        for step in steps(case, receipts, agreed, now_s, dues)
        if (since_s := quiet_since(step, timed)) is not None
    }
    return {place: at_s for place, at_s in found.items() if now_s - at_s >= UNTIMED_S}


def passed(
    case: Case, receipts: Receipts, agreed: Agreed, measures: Sequence[Measure]
) -> Iterator[tuple[Ref, str]]:
    """Who let a time pass in a matter before that was over: it stays so, whoever ended it."""
    for matter in case.matters:
        end = _end_of(matter) or _end_of(case.main)
        if end is None:
            continue
        ends: dict[int, set[str]] = {}
        for party in matter.current.addressees:
            known_s = receipts.received_s(end.ref, party)
            # Its author may have claimed too late a time: whoever knew of the end was not late.
            end_s = end.time_s if known_s is None else min(end.time_s, known_s)
            ends.setdefault(end_s, set()).add(party)
        for end_s, parties in ends.items():
            found = dues_of(case, matter, receipts, agreed, end_s)
            dues = placed(with_measures(each, measures, end_s) for each in found)
            for step in steps_of(case, matter, receipts, agreed, end_s, dues):
                if step.party in parties and step.is_late:
                    yield step.entry.ref, step.party


def _end_of(matter: Matter) -> Entry | None:
    """The entry that ended a matter."""
    acts = [act.entry for act in matter.closings()] if matter.state == CLOSED else []
    return acts[-1] if acts else None


def _first(late: dict[tuple[Ref, str], Concern], found: Concern) -> None:
    """One row for each message and party: what is overdue, else what passed first."""

    def rank(each: Concern) -> tuple[bool, int]:
        return each.kind != OVERDUE, each.since_s or 0

    place = (found.entry.ref, found.party)
    held = late.get(place)
    if held is None or rank(found) < rank(held):
        late[place] = found


def _misread(case: Case, matter: Matter, party: str, receipts: Receipts) -> Iterator[Concern]:
    """Readbacks of the version that counts in which an item still differs."""
    by_ref = {act.entry.ref: act.entry for act in matter.acts}
    for row in of_matter(case, matter, receipts, unnumbered):
        read = row["a2"]
        if row["version"] and row["current"] and read and read["result"] == DIFFERS:
            entry = by_ref[Ref(*read["ref"])]
            yield _concern(case, entry, matter.current.entry, READ_OTHERWISE, receipts, party)


def _answered(
    case: Case, matter: Matter, party: str, receipts: Receipts, heard: Collection[Ref]
) -> Iterator[Concern]:
    """Answers to what this party said that nobody here has said anything to."""
    if matter.author != party:
        return
    for answer in matter.answers:
        found = case.matter(answer.ref)
        end = _taken_back(found) if found is not None else None
        if end is not None:
            if end.ref not in heard:
                yield _concern(case, end, matter.current.entry, ANSWER_ENDED, receipts, party)
            continue
        is_stale = 0 < answer.version < len(matter.versions)
        if found is None or not answer.current or is_stale:
            continue
        if found.current.entry.ref not in heard:  # what was said to an earlier version is no reply
            answered, about = found.current.entry, matter.current.entry
            yield _concern(case, answered, about, ANSWERED, receipts, party)


def _taken_back(answer: Matter) -> Entry | None:
    """The entry by which its party took an answer back; a guarantee that was taken back stands in
    the queue itself (queue.py), and what came to its end as it was said is no news."""
    is_back = standing(answer, False, 0) in (WITHDRAWN, CANCELLED)
    return ending(answer) if is_back and answer.name != rules.GUARANTEE else None


def misheard(case: Case, party: str) -> Iterator[tuple[Entry, Entry, str]]:
    """Acknowledgements that say of an entry of this party that it came garbled or is not
    understood, each with that entry and its kind: until its writer says better, somebody here says
    something to it, or the entry counts no more. What ended a matter counts for ever."""
    kinds = {GARBLED: CAME_GARBLED, NOT_UNDERSTOOD: MISUNDERSTOOD}
    heard: frozenset[Ref] | None = None
    for matter in case.matters:
        if not any(act.word == LADDER and act.entry.answer in kinds for act in matter.acts):
            continue
        heard = heard_of(case, party) if heard is None else heard
        for (names, _), entry in last_said(case, matter).items():
            kind = kinds.get(entry.answer) if name_of(entry.format) == ACKNOWLEDGE else None
            told = next((each for each in case.entries if each.ref == names), None)
            if kind is None or told is None or told.party != party or entry.ref in heard:
                continue
            if counts(matter, told):
                yield entry, told, kind


def last_said(case: Case, matter: Matter) -> dict[tuple[Ref, str], Entry]:
    """What each other party said last for the ladder of each entry of a matter; its answer too."""
    said = [(act.names, act.entry) for act in matter.acts if act.word == LADDER]
    answers = ((each.names, case.matter(each.ref)) for each in matter.answers if each.current)
    said += [(names, found.current.entry) for names, found in answers if found is not None]
    return {
        (names, entry.party): entry
        for names, entry in sorted(said, key=lambda pair: shown.written(pair[1]))
    }


def counts(matter: Matter, told: Entry) -> bool:
    """Whether an entry of a matter still says something: the version that stands, what was done
    about it while it is open, and whatever ended it."""
    end = ending(matter)
    is_end = end is not None and end.ref == told.ref
    if matter.version_of(told.ref):
        return told.ref == matter.current.entry.ref and (matter.is_open or is_end)
    return matter.is_open or is_end


def heard_of(case: Case, party: str) -> frozenset[Ref]:
    """The entries to which somebody of a party has said anything."""
    return frozenset(ref for entry in case.entries if entry.party == party for ref in entry.refs)


def _contradicted(
    case: Case, party: str, receipts: Receipts, heard: Collection[Ref]
) -> Iterator[Concern]:
    """What others say against it that nobody here has said anything to."""
    for entry, about in against(case, party):
        if entry.ref not in heard:
            is_item = name_of(entry.format) == composed.POSITION
            kind = ITEMS_REJECTED if is_item else CONTRADICTED
            yield _concern(case, entry, about, kind, receipts, party)


def _phrases(
    case: Case, party: str, receipts: Receipts, heard: Collection[Ref]
) -> Iterator[Concern]:
    """Coded phrases of others to what this party said that wait for a phrase, or for any word."""
    own = {entry.ref: entry for entry in case.entries if entry.party == party}
    for matter in case.matters:
        is_theirs = matter.author != party and matter.name == PHRASE and matter.of in own
        if is_theirs and matter.is_open and EXPECTED.get(matter.answer):
            entry = matter.current.entry
            if matter.of is not None and entry.ref not in heard:
                yield _concern(case, entry, own[matter.of], PHRASE_WAITS, receipts, party)


def against(case: Case, party: str) -> Iterator[tuple[Entry, Entry]]:
    """What others say against what a party said, and what that is, as far as both stand: an account
    of their own, or a message of their own about it."""
    own = {entry.ref: entry for entry in case.entries if entry.party == party}
    # A party may take a thousand positions on one record: its parts are worked out once.
    records: dict[Ref, composed.Composed | None] = {}
    for matter in case.matters:
        for act in matter.acts if matter.is_open else ():
            is_theirs = act.word == SAYS and act.entry.party != party
            if is_theirs and act.names in own and rules.contradicts(act.entry):
                yield act.entry, own[act.names]
        is_theirs = matter.author != party and matter.of in own
        if is_theirs and matter.is_open and rules.contradicts(matter.first):
            about = case.matter(matter.of) if matter.of is not None else None
            if about is None or not about.is_open:
                continue
            if about.ref not in records:
                records[about.ref] = composed.composed(case, about)
            if _still_holds(records[about.ref], matter):
                yield matter.current.entry, about.current.entry


def _still_holds(record: composed.Composed | None, position: Matter) -> bool:
    """Whether an item of a checklist that a position rejects still stands rejected by its party."""
    if record is None or position.name != composed.POSITION:
        return True
    named = frozenset(shown.strings(position.current.entry.fields, "items"))
    return any(
        dict(part.parties).get(position.author) == composed.REJECTED
        and composed.is_named(part.path, named)
        for part in record.parts
    )


def _concern(
    case: Case, entry: Entry, about: Entry, kind: str, receipts: Receipts, party: str
) -> Concern:
    since_s = receipts.received_s(entry.ref, party)
    return Concern(case.id, entry, about, kind, entry.party, level_of(about.fields), since_s)
