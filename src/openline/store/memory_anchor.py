"""The anchor of the simulator: the same promises as the file, without a file.

Shapes   MemoryJournal outlives a simulated crash; MemoryAnchor(journal, ...) is one start on it
Units    times are unix seconds UTC
Raises   nothing
Source   docs/PROTOCOL.md part 8 (anchor)
Never    forgets a record by itself: a simulated snapshot takes `copy`, a restore sets `changed_s`
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from openline.store.anchor import Content, Line, why_stale
from openline.store.contract import AnchorRecord


@dataclass(slots=True)
class MemoryJournal:
    """What stands for the file: its content and the time of its last change."""

    content: Content = field(default_factory=Content)
    changed_s: int = 0

    def copy(self) -> "MemoryJournal":
        """The journal as a volume snapshot or a copied file would hold it."""
        held = self.content
        copied = Content(
            dict(held.largest), dict(held.ended), held.last, dict(held.machines), list(held.damaged)
        )
        return MemoryJournal(copied, self.changed_s)


class MemoryAnchor:
    """One process's view of a journal, judged when it was opened."""

    def __init__(
        self,
        journal: MemoryJournal,
        *,
        database: bytes,
        machine: bytes,
        signed_before: bool = False,
    ) -> None:
        self._journal, self._database, self._machine = journal, database, machine
        self._stale = why_stale(
            journal.content, database, machine, journal.changed_s, signed_before
        )

    def append(self, records: Sequence[AnchorRecord]) -> None:
        """Durable at once."""
        for r in records:
            line = Line(r.time_s, self._database, self._machine, r.size, r.root, r.origin)
            self._journal.content.add(line)
            self._journal.changed_s = r.time_s

    def heads(self) -> dict[str, AnchorRecord]:
        """The largest record of each log that this database signed on this machine."""
        return self._journal.content.heads(self._database, self._machine)

    def signed(self) -> dict[str, AnchorRecord]:
        """The largest head of each log that was really signed, of ended logs too."""
        return self._journal.content.signed(self._database, self._machine)

    def ever(self) -> dict[str, AnchorRecord]:
        """The same whichever database and machine wrote it."""
        return self._journal.content.ever(self._database, self._machine)

    def is_stale(self) -> str | None:
        """Why the journal cannot be trusted, as judged when it was opened."""
        return self._stale

    def close(self) -> None:
        """Nothing is held open."""
