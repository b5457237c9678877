"""What became of one matter: every party's acts, each read in the order of its own log.

Shapes   settle(Draft, members) takes the late acts in: then the draft holds its matter and what in
         it breaks a rule, the same in whatever pieces and order the acts came
Units    versions count from 1; an act that names no version has version 0
Raises   nothing
Source   docs/cases.md; the tables are in moves.py
Never    lets the act of one party depend on when another party wrote
"""

from abc import ABC, abstractmethod
from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from openline.cases import moves, rules, shown
from openline.cases.answering import Answers
from openline.cases.case import Act, Irregularity, Matter, Side, Version
from openline.cases.entry import Entry, Ref
from openline.cases.moves import AMENDS, CANCELS, CLOSES, SILENT, WITHOUT_EFFECT
from openline.formats.form import Format

# A side says something of its own in a matter that has sides.
SAYS: Final = "says"
_OPEN: Final = "open"
# What a side said about one version does not hold for the next proposal.
_OF_ONE_VERSION: Final = frozenset({"accepted", "declined", "granted", "new-time", "refused"})
_PROPOSALS: Final = frozenset({"proposed", "intent"})


# What moves no matter and is never refused: a rung of the ladder, a reveal.
_STILL: Final = frozenset({"ladder", "reveal"})

T = TypeVar("T")
Place = tuple[str, int, str, int]


@dataclass(slots=True, eq=False)
class Draft:
    """A matter while its acts are collected; `acts` pairs each entry with its word.

    `late` are acts not yet taken in, each after the one that it names. What this matter answers,
    and what answers it, stand beside it; `whole` is the matter with that.
    """

    first: Entry
    form: Format | None
    of: Ref | None
    faulty: bool
    answers_to: "Draft | None" = None
    acts: list[tuple[Entry, str]] = field(default_factory=list)
    late: list[tuple[Entry, str]] = field(default_factory=list)
    settling: "_Settling | None" = None
    matter: Matter | None = None
    answering: list["Draft"] = field(default_factory=list)
    answers: Answers | None = None
    misread: list[tuple[Entry, Ref]] = field(default_factory=list)
    whole: Matter | None = None

    @property
    def course(self) -> str:
        return moves.course_of(self.first.format)

    @property
    def odd(self) -> Sequence[Irregularity]:
        """What breaks a rule in what was settled."""
        return self.settling.odd if self.settling else ()


def settle(draft: Draft, members: tuple[str, ...]) -> None:
    """Take the late acts in: from where it stood, or all acts anew where one is not the latest of
    its party."""
    late, draft.late = draft.late, []
    draft.acts += late
    if draft.settling is None or not draft.settling.may_go_on(late):
        kind = _Sided if draft.course in moves.SIDED and not draft.faulty else _Authored
        draft.settling, late = kind(draft, members), draft.acts
    draft.settling.take(late)
    draft.matter = draft.settling.matter()


def put_in_order(held: list[T], late: Sequence[T], place: Callable[[T], Any]) -> None:
    """One is put where it belongs; of several on, sorting all of them is the shorter way."""
    if len(late) == 1:
        insort(held, late[0], key=place)
    elif late:
        held.extend(late)
        held.sort(key=place)


def _place(act: tuple[Entry, str]) -> Place:
    return shown.written(act[0])


def _written(act: Act) -> Place:
    return shown.written(act.entry)


class _Settling(ABC):
    """What both kinds of matters share: versions, acts that count, refusals."""

    def __init__(self, draft: Draft, members: tuple[str, ...]) -> None:
        self.odd: list[Irregularity] = []
        self._draft, self._course, self._members = draft, draft.course, members
        self._opener = draft.first.party
        self._versions: list[Version] = []
        self._numbers: dict[Ref, int] = {}
        self._acts: list[Act] = []
        self._outcome = ""
        self._latest: dict[str, Place] = {}

    def may_go_on(self, late: Sequence[tuple[Entry, str]]) -> bool:
        """Whether each act that moves something is later in its party's log than those before."""
        return all(
            word in _STILL or _place((entry, word)) > self._latest.get(entry.party, ())
            for entry, word in late
        )

    def take(self, late: Sequence[tuple[Entry, str]]) -> list[Act]:
        """These acts as well, given each after the one that it names; those that count."""
        refused: set[Ref] = set()
        for entry, word in sorted((act for act in late if act[1] not in _STILL), key=_place):
            self._latest[entry.party] = shown.written(entry)
            act = self._act(entry, word)
            code = self._moved(act)
            if code:
                self._refuse(act, code)
                refused.add(entry.ref)
        # Now all versions are known: a rung may stand in another log than the one that it names.
        said = [self._counted(entry, word) for entry, word in late if entry.ref not in refused]
        put_in_order(self._acts, said, _written)
        return said

    @abstractmethod
    def matter(self) -> Matter:
        """The matter after what was taken in."""

    @abstractmethod
    def _moved(self, act: Act) -> str:
        """Why an act does not move the matter, or "" if it did."""

    def _tell(self, entry: Entry) -> None:
        """One version more."""
        relation = shown.string(entry.fields, "relation")
        number = len(self._versions) + 1
        asked = rules.addressees(entry, self._members)
        self._versions.append(Version(entry, number, relation, asked))
        self._numbers[entry.ref] = number

    def _act(self, entry: Entry, word: str) -> Act:
        names = entry.refs[0] if entry.refs else self._draft.first.ref
        return Act(entry, word, names, self._numbers.get(names, 0))

    def _counted(self, entry: Entry, word: str) -> Act:
        return self._act(entry, word)

    def _refuse(self, act: Act, code: str) -> None:
        about = None if act.entry is self._draft.first else act.names
        self.odd.append(Irregularity(act.entry.ref, act.entry.party, code, about))

    def _built(self, state: str, stage: str, outcome: str, sides: tuple[Side, ...] = ()) -> Matter:
        return Matter(
            self._draft.first, self._draft.form, self._course, self._draft.of, state, stage,
            outcome, tuple(self._versions), tuple(self._acts), sides,
        )  # fmt: skip


class _Authored(_Settling):
    """A matter that only its author moves."""

    def __init__(self, draft: Draft, members: tuple[str, ...]) -> None:
        super().__init__(draft, members)
        first = draft.first
        self._tell(first)
        self._state = WITHOUT_EFFECT
        if not draft.faulty:
            moved = moves.author_move(self._course, SILENT, self._step(first))
            self._state = moved or WITHOUT_EFFECT
            if self._state == WITHOUT_EFFECT:
                self._refuse(self._act(first, AMENDS), "move.not-permitted")
        self._stage = self._state

    def matter(self) -> Matter:
        return self._built(self._state, self._stage, self._outcome)

    def _moved(self, act: Act) -> str:
        if act.word == SAYS:  # a side of what has no effect
            return ""
        if act.entry.party != self._opener:
            kind = "closing" if act.word == CLOSES else "amendment"
            return f"{kind}.not-author"
        if act.word != CLOSES and not act.version:
            return "amendment.names-no-version"
        step = self._step(act.entry) if act.word == AMENDS else act.word
        moved = moves.author_move(self._course, self._state, step)
        if moved is None:
            return "move.not-permitted"
        if act.word == CLOSES:
            self._outcome = act.entry.answer
        else:
            self._tell(act.entry)
            self._outcome = "observed" if moved == moves.CLOSED else ""
        self._state = moved
        self._stage = self._stage if moved in moves.OVER else moved
        return ""

    def _step(self, entry: Entry) -> str:
        """The act that a version is: its class where the course has stages."""
        return AMENDS if self._course == moves.STANDING else entry.answer


class _Sided(_Settling):
    """A matter in which every party concerned has a side; sides stand beside each other."""

    def __init__(self, draft: Draft, members: tuple[str, ...]) -> None:
        super().__init__(draft, members)
        self._state = _OPEN
        self._sides: dict[str, str] = {}
        self._said: dict[str, list[Act]] = {}
        # The acts by which a side says something, until their version is known.
        self._saying: set[Ref] = set()
        first = draft.first
        own = Act(first, SAYS, first.ref, 1)
        code = self._say(own)
        if code:
            self._refuse(own, code)
            self._tell(first)
            self._state = WITHOUT_EFFECT
        else:
            self._said[first.party] = [own]

    def take(self, late: Sequence[tuple[Entry, str]]) -> list[Act]:
        self._saying = set()
        said = super().take(late)
        for act in sorted((act for act in said if act.entry.ref in self._saying), key=_written):
            self._said.setdefault(act.entry.party, []).append(act)
        return said

    def _counted(self, entry: Entry, word: str) -> Act:
        """An act is about a version directly, or through the act that it names."""
        act = self._act(entry, word)
        self._numbers.setdefault(entry.ref, act.version)
        return act

    def matter(self) -> Matter:
        sides = tuple(
            Side(party, self._sides[party], tuple(said))
            for party, said in sorted(self._said.items())
        )
        stage = _stage(self._course, sides, self._opener, self._versions)
        return self._built(*self._joint(sides, stage), sides)

    def _moved(self, act: Act) -> str:
        if act.word == CANCELS or (act.word == CLOSES and self._course != "incident"):
            return self._end(act)
        return self._say(act)

    def _end(self, act: Act) -> str:
        """The opener cancels or closes the whole; why not, or ""."""
        if act.entry.party != self._opener:
            return "closing.not-author" if act.word == CLOSES else "amendment.not-author"
        moved = moves.author_move(self._course, self._state, act.word)
        if moved is None:
            return "move.not-permitted"
        self._state = moved
        self._outcome = act.entry.answer if act.word == CLOSES else ""
        return ""

    def _say(self, act: Act) -> str:
        """A party moves its own side; why not, or ""."""
        party = act.entry.party
        role = moves.OPENER if party == self._opener else moves.OTHER
        if role == moves.OTHER and not self._is_concerned(party):
            return "side.not-concerned"
        step = "close" if act.word == CLOSES else act.entry.answer
        before = self._sides.get(party, SILENT)
        moved = moves.side_move(self._course, role, before, step)
        # What another party says never depends on when the opener ended it: only its own does.
        if moved is None or (role == moves.OPENER and self._state != _OPEN):
            return "move.not-permitted"
        self._sides[party] = moved
        self._saying.add(act.entry.ref)
        if role == moves.OPENER and act.word == SAYS:
            self._tell(act.entry)
        return ""

    def _is_concerned(self, party: str) -> bool:
        first = self._draft.first
        if self._course == "contact":
            return party in shown.strings(first.fields, "with")
        if self._course in ("inspection", "link-test"):
            return party in rules.addressees(first, self._members)
        return True

    def _joint(self, sides: tuple[Side, ...], stage: str) -> tuple[str, str, str]:
        """State, stage and outcome of the whole; a side is never changed by it."""
        if self._state != _OPEN:
            return self._state, stage, self._outcome
        if self._course == "incident":
            if any(side.state != moves.CLOSED for side in sides):
                return _OPEN, stage, ""
            said = {side.acts[-1].entry.answer for side in sides}
            return moves.CLOSED, stage, min(said) if len(said) == 1 else "closed-by-each"
        if self._course == "link-test":
            asked = set(self._versions[-1].addressees)
            answered = {side.party for side in sides if side.state == "answered"}
            state = "answered" if asked and asked <= answered else "waiting"
            return state, stage, self._outcome
        return stage, stage, self._outcome


def _stage(course: str, sides: tuple[Side, ...], opener: str, versions: list[Version]) -> str:
    """What any side has said, in the order of STAGES.

    That a side accepted, declined or refused counts only from the latest proposal on.
    """
    proposed = [v.number for v in versions if v.entry.answer in _PROPOSALS]
    latest = max(proposed, default=1)
    words = {
        side.state
        for side in sides
        if side.party == opener
        or side.state not in _OF_ONE_VERSION
        or side.acts[-1].version >= latest
    }
    return next((word for word in moves.STAGES.get(course, ()) if word in words), _OPEN)
