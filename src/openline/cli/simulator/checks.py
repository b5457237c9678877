"""What must hold in every history, watched from outside while it runs and proven at its end.

Shapes   Observer sees every byte that leaves a party; `final` compares the disks
Units    none
Raises   Violation with the seed that shows it
Source   DESIGN "What must always hold", 1 to 6; RELIABILITY part 6
Never    trusts what a party says of itself: it reads what left and what is on the disks
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from openline.cases.digest import digest
from openline.cli.simulator.world import World
from openline.exchange import opening, reading
from openline.exchange.conversation import Post
from openline.formats.delivery import read_opening
from openline.formats.head import parse_head
from openline.formats.leaf import parse_leaf
from openline.formats.note import parse_note
from openline.formats.openjson import Value
from openline.formats.request import parse_ask
from openline.formats.spell import unb64

if TYPE_CHECKING:
    from openline.cli.simulator.party import SimParty

Place = tuple[str, int]


class Parties(Protocol):
    """The part of a history that checks look at."""

    parties: "dict[str, SimParty]"
    lines: list[bytes]
    observer: "Observer"


class Violation(Exception):
    """An invariant is broken; the seed shows it again."""

    def __init__(self, seed: int, what: str) -> None:
        super().__init__(f"seed {seed}: {what}")
        self.seed, self.what = seed, what


@dataclass(slots=True)
class Observer:
    """What left which party, what was promised, and what therefore must be there at the end."""

    world: World
    heads: dict[Place, bytes] = field(default_factory=dict)
    receipts: dict[tuple[str, int, str], bytes] = field(default_factory=dict)
    promised: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    leaves: dict[Place, bytes] = field(default_factory=dict)
    must: set[Place] = field(default_factory=set)
    forgotten: set[tuple[str, int, str]] = field(default_factory=set)
    why: str = ""

    def fail(self, what: str) -> None:
        """Stop this history."""
        raise Violation(self.world.seed, what)

    # While it runs

    def accepted(self, party: "SimParty", line_id: bytes, draft: bytes) -> None:
        """A person was told that a message is accepted."""
        self.promised[draft] = (party.name, line_id)

    def exposed(self, note: bytes) -> None:
        """A signed head left a party: no other root may ever leave for the same size."""
        head = parse_head(parse_note(note).text.encode())
        before = self.heads.setdefault((head.origin, head.size), head.root)
        if before != head.root:
            self.fail(f"{head.origin} showed two heads of size {head.size}: an honest fork")

    def delivery(self, body: bytes) -> None:
        """A deliver body left a party."""
        self.exposed(read_opening(body)[0].note)

    def sent(self, source: "SimParty", request: Post) -> None:
        """A request leaves."""
        if request.path == "deliver":
            self.delivery(request.body)

    def answered(self, source: "SimParty", ask: bytes, answer: bytes) -> None:
        """An answer to an ask leaves."""
        verb = parse_ask(parse_note(ask).text.encode()).verb
        if verb == "entries":
            self.delivery(answer)
        elif verb == "head":
            self.exposed(answer)

    def receipted(self, target: "SimParty", body: bytes, lines: bytes) -> None:
        """A receipt leaves: it is always the same one, and everything below it is on the disk."""
        head = read_opening(body)[0].head
        key = (head.origin, head.size, target.name)
        if self.receipts.setdefault(key, lines) != lines and key not in self.forgotten:
            self.fail(f"{target.name} gave two receipts for {head.origin} at {head.size}")
        self.receipts[key] = lines
        rows = target.disk.entries(head.origin, 0, head.size)
        if len(rows) != head.size:
            self.fail(f"{target.name} gave a receipt for {head.size} entries and has {len(rows)}")
        for row in rows:
            if row.state not in ("opened", "defect"):
                self.fail(f"{target.name} gave a receipt above an entry that is {row.state}")
            self.must.add((row.origin, row.index))
            before = self.leaves.setdefault((row.origin, row.index), row.leaf)
            if before != row.leaf:
                self.fail(f"{row.origin} entry {row.index} exists in two versions")

    def restored(self, history: Parties, party: "SimParty") -> None:
        """A disk went back in time: what only it had is gone, and nothing else may be."""
        held = {
            (row.origin, row.index)
            for each in history.parties.values()
            for log in each.disk.logs()
            for row in each.disk.entries(log.origin, 0, log.size)
        }
        self.must &= held
        self.forgotten |= {key for key in self.receipts if key[2] == party.name}
        waiting = {row.draft for row in party.disk.outbox(None, 100_000)}
        for draft, (name, _) in list(self.promised.items()):
            kept = party.disk.draft_used(draft) or draft in waiting
            if name == party.name and not kept and not self._held_by_others(history, party, draft):
                del self.promised[draft]
                self.world.count("lost with the only copy")

    def _held_by_others(self, history: Parties, party: "SimParty", draft: bytes) -> bool:
        for other in history.parties.values():
            if other is party:
                continue
            for log in other.disk.logs():
                if log.party == party.name and draft in drafts_in(other, log.origin, log.size):
                    return True
        return False

    # At the end

    def final(self, history: Parties) -> None:
        """Everything promised is there, once, the same everywhere."""
        self._same_leaves(history)
        self._promises(history)

    def _same_leaves(self, history: Parties) -> None:
        for origin, index in self.must:
            for party in history.parties.values():
                log = party.disk.log(origin)
                if log is None:
                    if party.disk.line(self._line_of(history, origin)) is not None:
                        self.fail(f"{party.name} does not hold {origin}")
                    continue
                row = party.disk.entry(origin, index)
                if row is None or row.leaf != self.leaves[(origin, index)]:
                    self.fail(f"{party.name} lacks {origin} entry {index}, or has another one")

    def _line_of(self, history: Parties, origin: str) -> bytes:
        for party in history.parties.values():
            log = party.disk.log(origin)
            if log is not None:
                return log.line_id
        return b""

    def _promises(self, history: Parties) -> None:
        places: dict[bytes, list[Place]] = {}
        for party in history.parties.values():
            for log in party.disk.logs():
                if log.party == party.name:
                    for index, draft in enumerate(drafts_in(party, log.origin, log.size)):
                        if draft:
                            places.setdefault(draft, []).append((log.origin, index))
        for draft, (name, _) in self.promised.items():
            if not places.get(draft):
                self.fail(f"a message that {name} was told is accepted is not in the record")
        for found in places.values():
            if len(found) > 1:
                self.fail(f"one draft stands in the record {len(found)} times: {found}")


def drafts_in(party: "SimParty", origin: str, size: int) -> list[bytes]:
    """The draft id of each entry of a log, as this party's archive shows it."""
    station = party.station or party.boot()
    found = []
    for row in party.disk.entries(origin, 0, size):
        opened = opening.read_archived(station, origin, row.index, parse_leaf(row.leaf))
        value = opened.value("draft") if opened is not None else None
        machine = parse_leaf(row.leaf).kind in ("keys", "defect", "gap")
        found.append(draft_id(value) if not machine else b"")
    return found


def draft_id(value: Value | None) -> bytes:
    """The id in a `draft` field, or b""."""
    return unb64(str(value[1])) if isinstance(value, list) and len(value) == 2 else b""


def converged(history: Parties) -> bool:
    """Whether all parties hold the same, know it of each other, and understand it alike."""
    observer = history.observer
    for line_id in history.lines:
        views = []
        for party in history.parties.values():
            station = party.station
            if station is None or party.disk.line(line_id) is None:
                continue
            if line_id in station.suspect or party.disk.outbox(line_id, 1):
                observer.why = f"{party.name} is suspect or has an outbox"
                return False
            logs = {log.origin: (log.size, log.root) for log in party.disk.logs(line_id)}
            if any(party.disk.entries_in_state(origin, "sealed") for origin in logs):
                observer.why = f"{party.name} waits for a reseal"
                return False
            if not receipts_complete(party, line_id):
                observer.why = f"{party.name} lacks a receipt"
                return False
            views.append((party.name, logs, digest(reading.state(station, line_id))))
        for name, logs, value in views[1:]:
            if logs != views[0][1]:
                observer.why = f"{name} and {views[0][0]} hold other heads"
                return False
            if value != views[0][2]:
                observer.why = f"{name} and {views[0][0]} understand the line otherwise"
                return False
    return True


def receipts_complete(party: "SimParty", line_id: bytes) -> bool:
    """Whether every member's receipt for the newest head of every own log is stored."""
    station = party.station
    if station is None:
        return False
    for log in party.disk.logs(line_id):
        if log.party == party.name and log.size:
            for other in station.others(line_id):
                if party.disk.cosignature(log.origin, log.size, f"{other}/receipt") is None:
                    return False
    return True
