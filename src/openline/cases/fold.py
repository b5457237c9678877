"""A line: the cases between its members, folded from the entries of their logs.

Shapes   fold(entries, forms, members) -> LineState; LineState.extended(entries) -> LineState;
         any order, any split and any duplicates of the same entries give the equal state
Units    positions count log entries from 0
Raises   nothing: a log is evidence, so an entry that breaks the rules becomes an Irregularity
         that the reader sees, never an exception that hides the rest
Source   docs/cases.md
Never    sees a key, a row, a socket or the time; "overdue" is due.py, which is given `now`
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from openline.cases import rules, shown
from openline.cases.case import Case, Irregularity, Matter, Memo
from openline.cases.entry import Entry, Ref
from openline.cases.presence import RANKS, UNREAD, Missing, Presence, ranges
from openline.cases.shelf import Shelf
from openline.cases.telling import Telling
from openline.formats.numbers import epoch, number

NO_FORMAT: Final = "-"
# From so many entries on a case is gone on with; a shorter one is folded whole in less than 0.2 ms.
GONE_ON_WITH: Final = 24


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that refers to one not held yet (or not readable): it joins when that comes."""

    entry: Entry
    refers_to: Ref
    reason: str


@dataclass(frozen=True, slots=True)
class File:
    """The entries of one case; it is folded when it is first read, and then kept.

    A long case is gone on with: `before` are the entries of the file that was last folded, `late`
    those that came since. The telling passes from file to file with the case; where it holds
    anything but `before`, the case is folded whole.
    """

    entries: frozenset[Ref]
    memo: Memo[Case] = field(default_factory=Memo, compare=False, repr=False)
    before: frozenset[Ref] = field(default=frozenset(), compare=False, repr=False)
    late: tuple[Ref, ...] = field(default=(), compare=False, repr=False)
    telling: Memo[Telling] = field(default_factory=Memo, compare=False, repr=False)

    def joined(self, refs: list[Ref]) -> "File":
        """The file with these entries as well."""
        entries = self.entries.union(refs)
        if self.memo.value is not None:
            return File(entries, before=self.entries, late=tuple(refs), telling=self.telling)
        return File(entries, before=self.before, late=(*self.late, *refs), telling=self.telling)


@dataclass(frozen=True, slots=True)
class LineState:
    """All that is known of a line. Extending it leaves this value as it was."""

    forms: rules.Forms = field(repr=False, compare=False)
    members: tuple[str, ...]
    entries: Shelf[Ref, Entry] = field(default_factory=Shelf, repr=False)
    owners: Shelf[Ref, Ref] = field(default_factory=Shelf, repr=False)
    files: Shelf[Ref, File] = field(default_factory=Shelf, repr=False)
    waits: Shelf[Ref, frozenset[Ref]] = field(default_factory=Shelf, repr=False)
    unread: Shelf[Ref, str] = field(default_factory=Shelf, repr=False)
    losses: Shelf[Ref, tuple[Missing, ...]] = field(default_factory=Shelf, repr=False)
    presences: tuple[Presence, ...] = ()
    memo: Memo[tuple[Case, ...]] = field(default_factory=Memo, repr=False, compare=False)
    named: Memo[Mapping[str, list[tuple[int, Case, Matter]]]] = field(
        default_factory=Memo, repr=False, compare=False
    )
    digested: Memo[dict[tuple[str, ...], bytes]] = field(
        default_factory=Memo, repr=False, compare=False
    )

    def extended(self, entries: Iterable[Entry]) -> "LineState":
        """The state with these entries as well: what folding all of them anew would give."""
        given = list(entries)
        gathering = _Gathering(self)
        for entry in given:
            if not gathering.add(entry):
                return self._anew(given)
        return gathering.state()

    def _anew(self, given: list[Entry]) -> "LineState":
        """Everything folded again, each entry in its latest state: when content was erased."""
        latest: dict[Ref, Entry] = {}
        for entry in (*self.entries.values(), *given):
            held = latest.get(entry.ref)
            if held is None or _says_more(entry, held):
                latest[entry.ref] = entry
        return fold(latest.values(), self.forms, self.members)

    # ------------------------------------------------------------------------------ reading

    def case(self, ref: Ref) -> Case | None:
        """The case that this entry belongs to."""
        owner = self.owners.get(ref)
        return None if owner is None else self._folded(self.files[owner])

    def _folded(self, file: File) -> Case:
        if file.memo.value is None:
            # Nobody else goes on with it meanwhile, nor after a fold that was broken off.
            telling, file.telling.value = file.telling.value, None
            late: Iterable[Ref] = file.late
            if telling is None or telling.held is not file.before:
                telling, late = Telling(self.forms, self.members), file.entries
            file.memo.value = telling.case([self.entries[ref] for ref in late])
            if len(file.entries) >= GONE_ON_WITH:
                telling.held, file.telling.value = file.entries, telling
        return file.memo.value

    def entry(self, ref: Ref) -> Entry | None:
        """The entry itself, whatever became of it."""
        return self.entries.get(ref)

    @property
    def cases(self) -> tuple[Case, ...]:
        """Every case, by the party that opened it and the place in that party's log."""
        if self.memo.value is None:
            found = (self._folded(file) for file in self.files.values())
            by_place = sorted(found, key=lambda case: shown.written(case.main.first))
            self.memo.value = tuple(by_place)
        return self.memo.value

    def of_names(self, names: Iterable[str]) -> Iterator[tuple[Case, Matter]]:
        """Every matter of these formats (without version), case by case; all are sought once."""
        if self.named.value is None:
            found: dict[str, list[tuple[int, Case, Matter]]] = {}
            every = ((case, matter) for case in self.cases for matter in case.matters)
            for nth, (case, matter) in enumerate(every):
                found.setdefault(matter.name, []).append((nth, case, matter))
            self.named.value = found
        rows = (self.named.value.get(name, ()) for name in dict.fromkeys(names))
        return ((case, matter) for _, case, matter in heapq.merge(*rows, key=itemgetter(0)))

    def presence(self, party: str) -> Presence:
        """What a party is on this line; a member that wrote nothing is there too."""
        for presence in self.presences:
            if presence.party == party:
                return presence
        return Presence(party)

    def number(self, entry: Entry) -> str:
        """The message number of an entry, as people use it."""
        epochs = self.presence(entry.party).epochs
        return number(entry.counter, *entry.ref, epochs)

    @property
    def called(self) -> dict[str, str]:
        """What the epoch of each log is called."""
        alike: dict[tuple[str, int], list[tuple[int, str]]] = {}
        for presence in self.presences:
            for counter, origin in presence.epochs:
                alike.setdefault((presence.party, counter), []).append((counter, origin))
        return {origin: epoch(n, origin, each) for each in alike.values() for n, origin in each}

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """Entries without a place yet, each with what it waits for."""
        found = [
            Waiting(self.entries[ref], missing, self._reason(missing))
            for missing, refs in self.waits.items()
            for ref in refs
        ]
        return tuple(sorted(found, key=lambda each: shown.written(each.entry)))

    def _reason(self, missing: Ref) -> str:
        trail: set[Ref] = set()
        at = missing
        while at not in trail:  # what it waits for may wait itself
            trail.add(at)
            held = self.entries.get(at)
            if held is None:
                return "not-held"
            if at in self.unread:
                return "not-readable"
            onward = rules.parent_of(held)
            if held.kind != "message" or onward is None:
                return "not-a-message"
            at = onward
        return "circle"

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What members say in their own logs that they cannot read."""
        return tuple(sorted({each for said in self.losses.values() for each in said}))

    @property
    def irregularities(self) -> tuple[Irregularity, ...]:
        """Everything on the line that breaks a rule, case by case, then party by party."""
        found = [odd for case in self.cases for odd in case.irregularities]
        found += [odd for presence in self.presences for odd in presence.irregularities()]
        return tuple(found)


def fold(entries: Iterable[Entry], forms: rules.Forms, members: Iterable[str]) -> LineState:
    """The state of a line from the set of its members' entries."""
    return LineState(forms, tuple(sorted(set(members)))).extended(entries)


class _Gathering:
    """The writing of the next state: which entry belongs to which case."""

    def __init__(self, before: LineState) -> None:
        self._before = before
        self._entries = before.entries.edit()
        self._owners = before.owners.edit()
        self._files = before.files.edit()
        self._waits = before.waits.edit()
        self._presences = {presence.party: presence for presence in before.presences}
        self._unread = before.unread.edit()
        self._losses = before.losses.edit()
        self._joining: dict[Ref, list[Ref]] = {}

    def add(self, entry: Entry) -> bool:
        """Take one entry in; False when it replaces one that moved something already."""
        ref = entry.ref
        held = self._entries.get(ref)
        if held is None:
            self._entries.put(ref, entry)
            presence = self._presences.get(entry.party, Presence(entry.party))
            self._presences[entry.party] = presence.extended(entry)
            if entry.kind in ("defect", "gap") and entry.effect:
                self._losses.put(ref, tuple(ranges(entry)))
            self._seat(entry)
            return True
        if not _says_more(entry, held):
            return True
        if ref not in self._unread or (held.kind, held.party) != ("message", entry.party):
            return False
        # Nothing but its content was missing, and of a message nothing else counted yet.
        self._entries.put(ref, entry)
        self._unread.drop(ref)
        self._seat(entry)
        return True

    def _seat(self, entry: Entry) -> None:
        """Find the case of an entry, or let it wait for the one that it refers to."""
        if entry.state in UNREAD or (entry.state == "erased" and entry.format == NO_FORMAT):
            self._unread.put(entry.ref, entry.state)
            return
        if entry.kind != "message":
            return
        parent = rules.parent_of(entry)
        owner = entry.ref if parent is None else self._owners.get(parent)
        if parent is not None and owner is None:
            self._waits.put(parent, (self._waits.get(parent) or frozenset()) | {entry.ref})
        elif owner is not None:
            self._join(entry.ref, owner)

    def _join(self, ref: Ref, owner: Ref) -> None:
        """Into its case, with all that waited for it."""
        joining = [ref]
        for each in joining:  # grows while it is read
            self._owners.put(each, owner)
            waited = self._waits.get(each)
            if waited is not None:
                self._waits.drop(each)
                joining.extend(waited)
        self._joining.setdefault(owner, []).extend(joining)

    def state(self) -> LineState:
        """The next state; a case that got an entry will be folded anew when it is read."""
        for owner, joined in self._joining.items():
            file = self._files.get(owner) or File(frozenset())
            self._files.put(owner, file.joined(joined))
        presences = sorted(self._presences.values(), key=lambda presence: presence.party)
        return LineState(
            self._before.forms,
            self._before.members,
            self._entries.done(),
            self._owners.done(),
            self._files.done(),
            self._waits.done(),
            self._unread.done(),
            self._losses.done(),
            tuple(presences),
        )


def _says_more(entry: Entry, held: Entry) -> bool:
    """Whether this state of an entry takes the place of the one held.

    An entry is opened later, or erased; two openings of one entry cannot be, and if a caller
    hands them all the same, every order of handing must end alike.
    """
    rank, before = RANKS.get(entry.state, 0), RANKS.get(held.state, 0)
    if rank != before or entry == held:
        return rank > before
    return _spelled(entry) > _spelled(held)


def _spelled(entry: Entry) -> str:
    fields = [sorted(each.items()) for each in (entry.fields, entry.hidden)]
    return repr((entry.format, entry.answer, entry.refs, fields, entry.flaws, entry))
