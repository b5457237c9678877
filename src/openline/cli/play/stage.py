"""What is known while a play runs: which line is which, which entry came from which step.

Shapes   Stage is the one mutable value of a run; Trouble is one thing that went otherwise
Units    times are unix seconds UTC
Raises   HandsRefused from the nodes; KeyError never: the loader has checked every name
Source   docs/SOURCES.md
Never    keeps what a node said as truth for another: every picture is asked of the node itself
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from openline.cli.play.hands import EVERYBODY, Answer, Hands
from openline.cli.play.scenario import History, Line, Play
from openline.formats.openjson import Value

QUIET_S: Final = 30.0
WAIT_S: Final = 20


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as the history says. `where` is a step or a stop and a party."""

    where: str
    what: str


@dataclass(slots=True)
class Stage:
    """One play under way on its nodes."""

    history: History
    play: Play
    hands: Hands
    line_ids: dict[str, str] = field(default_factory=dict)
    refs: dict[str, tuple[str, int]] = field(default_factory=dict)
    senders: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    warned: dict[str, tuple[str, ...]] = field(default_factory=dict)
    digests: dict[tuple[str, str], str] = field(default_factory=dict)
    consents: dict[tuple[str, str], Value] = field(default_factory=dict)
    cuts: set[tuple[str, str]] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    relays: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    sticks: int = 0
    cloned_at: dict[tuple[str, str], int] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)

    def call(self, party: str, operation: str, args: Mapping[str, Value]) -> Answer:
        return self.hands.call(party, operation, args)

    def trouble(self, where: str, what: str) -> None:
        self.troubles.append(Trouble(where, what))

    def lines_of(self, party: str) -> tuple[Line, ...]:
        """The lines of this play that are open and that a party is a member of."""
        open_lines = (self.history.line(x) for x in self.play.lines if x in self.line_ids)
        return tuple(line for line in open_lines if party in line.members)

    def up(self) -> tuple[str, ...]:
        return tuple(party for party in self.play.parties if party not in self.down)

    def reaches(self, party: str, other: str) -> bool:
        """Whether bytes pass between two parties now."""
        blocked = {(party, other), (other, party), (party, EVERYBODY), (other, EVERYBODY)}
        return not blocked & self.cuts and not {party, other} & self.down

    def settle(self) -> None:
        """Wait until nothing is on its way between nodes that are up."""
        self.hands.wait_quiet(self.up(), QUIET_S)

    def sign_off(self, party: str, draft: Answer) -> Answer:
        """Release a draft with as many officers as it asks for; the answer to the last release,
        which says where the entry stands in the log."""
        needed, officer = number(draft, "officers_needed"), 1
        while draft.get("released") is not True and officer <= needed:
            assertion = self.hands.sign(party, draft, officer)
            draft = self.call(party, "release", {"draft": draft["draft"], "assertion": assertion})
            officer += 1
        return draft

    def sign_off_batch(self, party: str, batch: Answer) -> Answer:
        """Release a batch: one signature of each officer over all of it."""
        needed, officer = number(batch, "officers_needed"), 1
        while batch.get("released") is not True and officer <= needed:
            assertion = self.hands.sign_batch(party, batch, officer)
            args: dict[str, Value] = {"batch": batch["batch"], "assertion": assertion}
            batch = self.call(party, "release_batch", args)
            officer += 1
        return batch

    def consent(self, party: str, step: str) -> Value:
        """How the node that passes notices on names the consent that a step gave."""
        if (party, step) not in self.consents:
            self.consents[party, step] = self._consent(party, step)
        return self.consents[party, step]

    def _consent(self, party: str, step: str) -> Value:
        for row in rows(self.call(party, "consents", {}), "consents"):
            if row.get("ref") == list(self.refs[step]):
                return row["consent"]
        return ""

    def resolve(self, value: Value, sender: str) -> Value:
        """A field value of a sender's message with its markers filled in (scenario.Send)."""
        match value:
            case {"$ref": str(step)}:
                return list(self.refs[step])
            case {"$consent": str(step)}:
                return self.consent(sender, step)
            case {"$receipt": str(step), "by": str(party), "part": str(part)}:
                args: dict[str, Value] = {"ref": list(self.refs[step]), "party": party}
                return self.call(self.senders[step], "receipt", args)[part]
            case list():
                return [self.resolve(item, sender) for item in value]
            case dict():
                return {key: self.resolve(item, sender) for key, item in value.items()}
        return value

    def step_of(self, ref: Value) -> str:
        """Which step made this entry; "" where none did."""
        if isinstance(ref, list) and len(ref) == 2:
            for step, known in self.refs.items():
                if list(known) == ref:
                    return step
        return ""


def text(table: Mapping[str, Value], key: str) -> str:
    """A text of an answer, or "" where it is missing or something else."""
    value = table.get(key)
    return value if isinstance(value, str) else ""


def number(table: Mapping[str, Value], key: str) -> int:
    """A number of an answer, or 0."""
    value = table.get(key)
    return value if isinstance(value, int) else 0


def table(value: Mapping[str, Value], key: str) -> Mapping[str, Value]:
    """A table of an answer, or an empty one."""
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def rows(value: Mapping[str, Value], key: str) -> tuple[Mapping[str, Value], ...]:
    """The rows of a list in an answer; an empty tuple where there is none."""
    inner = value.get(key)
    items: Sequence[Value] = inner if isinstance(inner, list) else ()
    return tuple(item for item in items if isinstance(item, dict))


def texts(value: Mapping[str, Value], key: str) -> tuple[str, ...]:
    """The texts of a list in an answer."""
    inner = value.get(key)
    items: Iterable[Value] = inner if isinstance(inner, list) else ()
    return tuple(item for item in items if isinstance(item, str))
