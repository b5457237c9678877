"""Which obligations stand suspended, by whom, since when, contested by whom.

Shapes   measures(state) -> suspensions and countermeasures, each beside what others say of it
Units    times are unix seconds UTC as the party that suspends stated them
Raises   nothing
Source   docs/cases.md, "Obligations": announced, formal and in effect are three dates
Never    says who is right: a contest stands beside a suspension and lifts nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from openline.cases import moves, shown
from openline.cases.case import Case, Matter, Version
from openline.cases.entry import Entry
from openline.cases.fold import LineState
from openline.formats.form import name_of

SUSPENSION: Final = "agreements/suspension"
COUNTERMEASURE: Final = "agreements/countermeasure"
RESUMPTION: Final = "agreements/resumption"
CONTEST: Final = "agreements/contest"
LINE_STATUS: Final = "core/line-status"
STAGES: Final = ("announced", "formal", "in-effect")


@dataclass(frozen=True, slots=True)
class Measure:
    """A suspension or countermeasure of one party, with what became of each obligation."""

    case: Case
    matter: Matter
    contests: tuple[Entry, ...]
    resumed: tuple[str, ...]

    @property
    def party(self) -> str:
        return self.matter.author

    @property
    def agreement(self) -> str:
        return shown.string(self.matter.current.entry.fields, "agreement")

    @property
    def obligations(self) -> tuple[str, ...]:
        """What the latest version lists."""
        return shown.strings(self.matter.current.entry.fields, "obligations")

    @property
    def suspended(self) -> tuple[str, ...]:
        """What is still not done: listed, and neither resumed nor ended with the measure."""
        if not self.matter.is_open:
            return ()
        return tuple(each for each in self.obligations if each not in self.resumed)

    @property
    def contested_by(self) -> tuple[str, ...]:
        return tuple(sorted({entry.party for entry in self.contests}))

    def stage(self, name: str) -> Version | None:
        """The latest version that told this stage."""
        return stage_of(self.matter, name)

    @property
    def from_s(self) -> int | None:
        """Since when it stands, as its party says; an announcement alone suspends nothing."""
        if self.matter.name == COUNTERMEASURE:
            return shown.time_s(self.matter.current.entry.fields, "from")
        version = self.stage("in-effect") or self.stage("formal")
        return None if version is None else shown.time_s(version.entry.fields, "at_time")


def stage_of(matter: Matter, name: str) -> Version | None:
    """The latest version of a matter that told this stage."""
    told = [version for version in matter.versions if version.entry.answer == name]
    return told[-1] if told else None


def is_said(matter: Matter) -> bool:
    """Whether it was said with effect; a statement that was cancelled is no longer said."""
    return matter.state not in (moves.WITHOUT_EFFECT, moves.CANCELLED)


def matters(state: LineState, *names: str) -> Iterator[tuple[Case, Matter]]:
    """Every matter of these formats (without version) that has effect, case by case."""
    for case, matter in state.of_names(names):
        if matter.state != moves.WITHOUT_EFFECT:
            yield case, matter


def measures(state: LineState) -> tuple[Measure, ...]:
    """Every suspension and countermeasure of a line."""
    resumptions = [each for _, each in matters(state, RESUMPTION) if is_said(each)]
    contests = [each for _, each in matters(state, CONTEST) if is_said(each)]
    found = []
    for case, matter in matters(state, SUSPENSION, COUNTERMEASURE):
        about = [c.current.entry for c in contests if c.of and matter.version_of(c.of)]
        resumed = [
            obligation
            for resumption in resumptions
            if _resumes(resumption, matter)
            for obligation in shown.strings(resumption.current.entry.fields, "obligations")
        ]
        found.append(Measure(case, matter, tuple(about), tuple(dict.fromkeys(resumed))))
    return tuple(found)


def _resumes(resumption: Matter, measure: Matter) -> bool:
    """A party resumes what it suspended earlier in its own log, under the same agreement."""
    if resumption.author != measure.author:
        return False
    names = (shown.string(m.current.entry.fields, "agreement") for m in (resumption, measure))
    is_later = shown.written(resumption.first) > shown.written(measure.current.entry)
    return is_later and len(set(names)) == 1


def status_of(state: LineState, party: str) -> Entry | None:
    """The latest statement of a party about the line, in its own log's order; None for none."""
    entries = [
        matter.current.entry
        for _, matter in matters(state, LINE_STATUS)
        if matter.author == party and is_said(matter)
    ]
    return max(entries, key=shown.written, default=None)


def stated_since(status: Entry) -> str:
    """Since when a line is as a party says, by its own word; else since it said so."""
    since_s = shown.time_s(status.fields, "from")
    return shown.spelled(status.time_s if since_s is None else since_s)


def covers(obligations: tuple[str, ...], format_id: str, timer: str) -> bool:
    """Whether a listed obligation names this format or timer.

    Spelled as the timer ("answer.inspection"), the format with or without its version, or the
    bare word of either ("inspection").
    """
    name = name_of(format_id)
    words = {timer, format_id, name, name.rpartition("/")[2], timer.partition(".")[2]}
    return any(obligation in words for obligation in obligations)
