"""A case: one subject between parties, folded from the entries of their logs.

Shapes   Case holds matters; a Matter is one thing said in it that can be received, answered,
         amended and closed on its own: the notice, a question about it, an answer, a guarantee
Units    versions count from 1; entries keep their writers' claimed times
Raises   nothing
Source   docs/cases.md
Never    holds a receipt, a key or the time: reception() and due() are given those
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from openline.cases import moves
from openline.cases.entry import Entry, Ref
from openline.formats.form import Format, name_of
from openline.formats.openjson import Value

T = TypeVar("T")
# Relations by which a version takes the place of an earlier one.
REPLACING: Final = frozenset({"amends", "corrects", "cancels"})


@dataclass(frozen=True, slots=True)
class Irregularity:
    """What breaks a rule, shown beside the case. With `effect` the entry counts all the same."""

    ref: Ref
    party: str
    code: str
    about: Ref | None = None
    effect: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a matter; acknowledgements and answers name the version they mean."""

    entry: Entry
    number: int
    relation: str
    addressees: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did about a matter: a rung of the ladder, a closing, a move of a side.

    `version` is the version named, 0 where the entry named is not a version.
    """

    entry: Entry
    word: str
    names: Ref
    version: int


@dataclass(frozen=True, slots=True)
class Side:
    """What one party has said of a matter in which every party has a side of its own."""

    party: str
    state: str
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of one addressee; `ref` names the matter that it is, `version` what it answers."""

    party: str
    ref: Ref
    names: Ref
    version: int
    current: bool


@dataclass(frozen=True, slots=True)
class Revealed:
    """A withheld field whose value was given later: never shown as told before."""

    path: str
    value: Value
    of: Ref
    by: Entry


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing said, with its versions and everything done about it."""

    first: Entry
    form: Format | None
    course: str
    of: Ref | None
    state: str
    stage: str
    outcome: str
    versions: tuple[Version, ...]
    acts: tuple[Act, ...] = ()
    sides: tuple[Side, ...] = ()
    answers: tuple[Answer, ...] = ()
    revealed: tuple[Revealed, ...] = ()

    @property
    def ref(self) -> Ref:
        return self.first.ref

    @property
    def author(self) -> str:
        return self.first.party

    @property
    def current(self) -> Version:
        """The latest version."""
        return self.versions[-1]

    @property
    def family(self) -> str:
        return self.form.family if self.form else "unknown"

    @property
    def name(self) -> str:
        """The format without its version: "core/visit"."""
        return name_of(self.first.format)

    @property
    def answer(self) -> str:
        """The class of the latest version."""
        return self.current.entry.answer

    @property
    def is_open(self) -> bool:
        return self.state not in moves.OVER and self.state != "answered"

    def replacing(self, version: Version) -> Version | None:
        """The latest version that stands in the place of this one; None where this one stands.

        Where each party has a side, what comes next is a further step; another proposal replaces
        the one before, another account only where it says so.
        """
        later = self.versions[version.number :]
        if self.course in moves.SIDED:
            is_account = self.course == "incident"
            later = tuple(
                each
                for each in later
                if each.entry.answer == version.entry.answer
                if not is_account or each.relation in REPLACING
            )
        return later[-1] if later else None

    def version_of(self, ref: Ref) -> int:
        """The number of the version that this entry is, 0 if it is none."""
        for version in self.versions:
            if version.entry.ref == ref:
                return version.number
        return 0

    def closings(self) -> Iterator[Act]:
        """The acts that closed this matter or one side of it."""
        return (act for act in self.acts if act.word == moves.CLOSES)


class Memo(Generic[T]):
    """A place for what was worked out once from a frozen value; never part of that value."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: T | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One subject. Its id names its first entry; its first matter is what it is about."""

    matters: tuple[Matter, ...]
    irregularities: tuple[Irregularity, ...]
    entries: tuple[Entry, ...]
    members: tuple[str, ...] = ()
    memo: Memo[bytes] = field(default_factory=Memo, compare=False, repr=False)

    @property
    def id(self) -> Ref:
        return self.matters[0].ref

    @property
    def main(self) -> Matter:
        return self.matters[0]

    @property
    def is_open(self) -> bool:
        return self.main.is_open

    def matter(self, ref: Ref) -> Matter | None:
        """The matter that this entry opened, or of which it is a version."""
        for matter in self.matters:
            if matter.ref == ref or matter.version_of(ref):
                return matter
        return None
