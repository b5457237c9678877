"""What became of one matter: every party's acts, each read in the order of its own log.

Shapes   settled(Draft, members) -> the Matter and what in it breaks a rule
Units    versions count from 1; an act that names no version has version 0
Raises   nothing
Source   docs/cases.md; the tables are in moves.py
Never    lets the act of one party depend on when another party wrote
"""

from dataclasses import dataclass, field, replace
from typing import Final

from openline.cases import moves, rules, shown
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


@dataclass(slots=True)
class Draft:
    """A matter while its acts are collected; `acts` pairs each entry with its word."""

    first: Entry
    form: Format | None
    of: Ref | None
    faulty: bool
    acts: list[tuple[Entry, str]] = field(default_factory=list)

    @property
    def course(self) -> str:
        return moves.course_of(self.first.format)


def settled(draft: Draft, members: tuple[str, ...]) -> tuple[Matter, list[Irregularity]]:
    """The matter after all acts, and what in it breaks a rule."""
    draft.acts.sort(key=lambda act: shown.written(act[0]))
    kind = _Sided if draft.course in moves.SIDED and not draft.faulty else _Authored
    settling = kind(draft, members)
    return settling.matter(), settling.odd


class _Settling:
    """What both kinds of matters share: versions, acts that count, refusals."""

    def __init__(self, draft: Draft, members: tuple[str, ...]) -> None:
        self.odd: list[Irregularity] = []
        self._draft, self._course, self._members = draft, draft.course, members
        self._opener = draft.first.party
        self._versions: list[Version] = []
        self._numbers: dict[Ref, int] = {}
        self._acts: list[Act] = []
        self._outcome = ""

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

    def _refuse(self, act: Act, code: str) -> None:
        about = None if act.entry is self._draft.first else act.names
        self.odd.append(Irregularity(act.entry.ref, act.entry.party, code, about))

    def _built(self, state: str, stage: str, sides: tuple[Side, ...] = ()) -> Matter:
        return Matter(
            self._draft.first, self._draft.form, self._course, self._draft.of, state, stage,
            self._outcome, tuple(self._versions), tuple(self._acts), sides,
        )  # fmt: skip


class _Authored(_Settling):
    """A matter that only its author moves."""

    def matter(self) -> Matter:
        first = self._draft.first
        self._tell(first)
        state = WITHOUT_EFFECT
        if not self._draft.faulty:
            state = moves.author_move(self._course, SILENT, self._step(first)) or WITHOUT_EFFECT
            if state == WITHOUT_EFFECT:
                self._refuse(self._act(first, AMENDS), "move.not-permitted")
        stage = state
        for entry, word in self._draft.acts:
            act = self._act(entry, word)
            if word in (AMENDS, CANCELS, CLOSES):
                code, state = self._moved(act, state)
                if code:
                    self._refuse(act, code)
                    continue
                stage = stage if state in moves.OVER else state
            self._acts.append(act)
        # A rung of the ladder may stand in another log than the version that it names.
        self._acts = [_about(act, self._numbers.get(act.names, 0)) for act in self._acts]
        return self._built(state, stage)

    def _moved(self, act: Act, state: str) -> tuple[str, str]:
        """Why an act does not move the matter ("" if it does), and the state after it."""
        if act.entry.party != self._opener:
            kind = "closing" if act.word == CLOSES else "amendment"
            return f"{kind}.not-author", state
        if act.word != CLOSES and not act.version:
            return "amendment.names-no-version", state
        step = self._step(act.entry) if act.word == AMENDS else act.word
        moved = moves.author_move(self._course, state, step)
        if moved is None:
            return "move.not-permitted", state
        if act.word == CLOSES:
            self._outcome = act.entry.answer
        else:
            self._tell(act.entry)
            self._outcome = "observed" if moved == moves.CLOSED else ""
        return "", moved

    def _step(self, entry: Entry) -> str:
        """The act that a version is: its class where the course has stages."""
        return AMENDS if self._course == moves.STANDING else entry.answer


class _Sided(_Settling):
    """A matter in which every party concerned has a side; sides stand beside each other."""

    def __init__(self, draft: Draft, members: tuple[str, ...]) -> None:
        super().__init__(draft, members)
        self._state = _OPEN
        self._sides: dict[str, str] = {}
        self._said: dict[str, list[Ref]] = {}

    def matter(self) -> Matter:
        first = self._draft.first
        own = Act(first, SAYS, first.ref, 0)
        code = self._say(own)
        if code:
            self._refuse(own, code)
            self._tell(first)
            self._state = WITHOUT_EFFECT
        for entry, word in self._draft.acts:
            act = self._act(entry, word)
            code = ""
            if word == CANCELS or (word == CLOSES and self._course != "incident"):
                code = self._end(act)
            elif word in (CLOSES, SAYS):
                code = self._say(act)
            if code:
                self._refuse(act, code)
            else:
                self._acts.append(act)
        sides = self._with_versions(own)
        stage = _stage(self._course, sides, self._opener, self._versions)
        return self._built(self._joint(sides, stage), stage, sides)

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
        self._said.setdefault(party, []).append(act.entry.ref)
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

    def _with_versions(self, own: Act) -> tuple[Side, ...]:
        """The sides, each act with the version that it is about: directly or through another act.

        Known only when all acts are: an act may name one that stands in a later log.
        """
        names = {act.entry.ref: act.names for act in self._acts}
        found = dict(self._numbers)
        for ref in names:
            trail = [ref]
            while trail[-1] not in found and names.get(trail[-1], trail[-1]) not in trail:
                trail.append(names[trail[-1]])
            end = found.get(trail[-1], 0)
            found.update((each, end) for each in trail if each not in found)
        self._acts = [_about(act, found.get(act.names, 0)) for act in self._acts]
        by_ref = {act.entry.ref: act for act in (_about(own, 1), *self._acts)}
        return tuple(
            Side(party, self._sides[party], tuple(by_ref[ref] for ref in said))
            for party, said in sorted(self._said.items())
        )

    def _joint(self, sides: tuple[Side, ...], stage: str) -> str:
        """The state of the whole; a side is never changed by it."""
        if self._state != _OPEN:
            return self._state
        if self._course == "incident":
            if any(side.state != moves.CLOSED for side in sides):
                return _OPEN
            said = {side.acts[-1].entry.answer for side in sides}
            self._outcome = min(said) if len(said) == 1 else "closed-by-each"
            return moves.CLOSED
        if self._course == "link-test":
            asked = set(self._versions[-1].addressees)
            answered = {side.party for side in sides if side.state == "answered"}
            return "answered" if asked and asked <= answered else "waiting"
        return stage


def _about(act: Act, version: int) -> Act:
    return act if act.version == version else replace(act, version=version)


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
