"""What a register is made from, and the words that all rows share.

Shapes   Given holds a line's state, receipts, what was agreed and the time asked about
Units    now_s is unix seconds UTC
Raises   nothing
Source   docs/cases.md, "Registers"
Never    keeps anything: a register is worked out anew from the state each time
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from openline.cases import shown, views
from openline.cases.agreed import Agreed
from openline.cases.case import Case, Matter, Version
from openline.cases.entry import Entry
from openline.cases.fold import LineState
from openline.cases.ladder import Row, head
from openline.cases.obligations import Measure, is_said, matters, measures
from openline.cases.receipts import Receipts


@dataclass(frozen=True, slots=True)
class Given:
    """One question to a line: this state, these receipts, now."""

    state: LineState
    receipts: Receipts = field(default_factory=Receipts)
    agreed: Agreed = field(default_factory=Agreed)
    now_s: int = 0
    open_only: bool = False

    def cases(self) -> Iterator[Case]:
        """The cases asked about."""
        return (case for case in self.state.cases if case.is_open or not self.open_only)

    def head(self, entry: Entry) -> Row:
        """ref, number and claimed time of an entry."""
        return head(entry, self.state.number)

    def opening(self, case: Case, matter: Matter) -> Row:
        """case, ref, number, time, party, state and outcome of a matter."""
        return views.opening(case, matter, self.state.number)

    def matters(self, *names: str) -> Iterator[tuple[Case, Matter]]:
        """Matters of these formats that were said with effect."""
        return matters(self.state, *names)

    def said(self, *names: str) -> Iterator[tuple[Case, Matter]]:
        """The same, without what its author cancelled."""
        return (pair for pair in self.matters(*names) if is_said(pair[1]))

    def measures(self) -> tuple[Measure, ...]:
        """Suspensions and countermeasures of the line."""
        return measures(self.state)

    def stage(self, version: Version | None) -> Row:
        """One stage of something announced: its date and who told it where, {} if not told."""
        if version is None:
            return {}
        at_time = shown.string(version.entry.fields, "at_time")
        return {"at_time": at_time, **self.head(version.entry)}

    def said_by(self, entry: Entry) -> Row:
        """party, ref, number and time of an entry, with its text."""
        text = shown.texts(entry.fields, "text")
        return {"party": entry.party, "text": text, **self.head(entry)}
