"""A history as data: parties, lines, dated steps each with its mark, faults, checks and stops.

Shapes   frozen values made only by loading.load_history; a Step holds exactly one action
Units    times are int unix seconds UTC on the scenario clock; timers and offsets are seconds
Raises   nothing
Source   docs/SOURCES.md lists every fact with its step, mark and format
Never    opens a file or calls a node; never holds a private person's name
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from openline.formats.openjson import Value

# Where a fact comes from: the report says it; history outside it; put in so that the play works.
MARKS = ("R", "H", "P")
MARK_WORDS: Mapping[str, str] = {
    "R": "R: the report says so.",
    "H": "H: history from outside the report.",
    "P": "P: put in so that the play works.",
}
NO_CLASS = "-"


@dataclass(frozen=True, slots=True)
class Party:
    """A party by its public role. `node` is False for those only spoken of."""

    name: str
    label: str
    node: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A line to open. `at_setup` is False where a step opens it in the course of the play."""

    id: str
    mark: str
    title: str
    level: str
    purpose: str
    members: tuple[str, ...]
    packs: tuple[str, ...]
    languages: tuple[str, ...]
    timers: Mapping[str, int]
    officers: Mapping[str, int]
    visible: tuple[str, ...]
    witnessed: bool
    at_setup: bool = True
    batch: tuple[str, ...] = ()
    relays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """One message: who says what, on which line, in reply to which steps.

    A value in `fields` may be a marker that only the player can fill in: {"$ref": step} becomes
    the entry's [origin, index]; {"$receipt": step, "by": party, "part": head|lines|time} a receipt;
    {"$consent": step} the name of a consent, as the sender's node gives it.
    `warns` are the codes that the sender's node must raise at drafting without refusing.
    """

    sender: str
    line: str
    format: str
    answer: str = NO_CLASS
    refs: tuple[str, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Many messages of one sender on one line, released by one signature of each officer.

    Row n of step s is named `s#n`. `warns` are codes raised for any of the rows.
    """

    sender: str
    line: str
    rows: tuple[Send, ...]
    warns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest of what its sender has in force on a line, or its answer to the one of a step."""

    sender: str
    line: str
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Erase:
    """Each of `nodes` erases the content of the closed case of a step."""

    nodes: tuple[str, ...]
    step: str


@dataclass(frozen=True, slots=True)
class Note:
    """A local notebook record (public statement, dossier), entered at each of `nodes`."""

    kind: str
    nodes: tuple[str, ...]
    record: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong, or is mended, at this point of the play."""

    kind: str
    party: str = ""
    other: str = ""
    seconds: int = 0
    name: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Something the nodes must show at this point of the play."""

    kind: str
    nodes: tuple[str, ...]
    line: str = ""
    step: str = ""
    party: str = ""
    count: int = 0
    at_s: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """A line is opened in the course of the play."""

    line: str


Action = Send | Batch | Digest | Erase | Note | Fault | Check | Open


@dataclass(frozen=True, slots=True)
class Step:
    """One dated step. `marks` holds every mark its facts may carry: its own and its fields'."""

    id: str
    at_s: int
    mark: str
    tells: str
    action: Action
    only: tuple[str, ...] = ()
    field_marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def marks(self) -> frozenset[str]:
        return frozenset({self.mark, *self.field_marks.values()})

    @property
    def format(self) -> str:
        """What the table of sources shows: the message format, or the kind of what is done."""
        match self.action:
            case Send(format=format_id):
                return format_id
            case Batch(rows=rows):
                return f"{rows[0].format}, {len(rows)} in one batch"
            case Digest(answers=answers):
                return f"humanitarian/digest{'-answer' if answers else ''}@1"
            case Erase():
                return "erase"
            case Note(kind="public"):
                return "public statement"
            case Note(kind=kind):
                return kind
            case Fault(kind=kind):
                return f"fault: {kind}"
            case Check(kind=kind):
                return f"check: {kind}"
            case Open():
                return "open"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the page that this history retells; `steps` are step ids or line:<id>."""

    id: str
    mark: str
    text: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """Where end states are compared: after which step, and of which parties."""

    id: str
    after: str
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """One run of a history on fresh nodes. Steps without `only` belong to every play."""

    id: str
    parties: tuple[str, ...]
    lines: tuple[str, ...]
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class History:
    """One of the histories, with all its plays."""

    number: str
    title: str
    report: str
    days: str
    parties: tuple[Party, ...]
    lines: tuple[Line, ...]
    plays: tuple[Play, ...]
    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]

    def line(self, line_id: str) -> Line:
        """The line of that id; the loader has made sure that it exists."""
        return next(line for line in self.lines if line.id == line_id)

    def play(self, play_id: str) -> Play:
        """The play of that id."""
        return next(play for play in self.plays if play.id == play_id)

    def steps_of(self, play: Play) -> tuple[Step, ...]:
        """The steps of one play, in their order."""
        return tuple(s for s in self.steps if not s.only or play.id in s.only)
