"""What must hold when a history has ended: everything promised is there, once, alike, unaccused.

Shapes   converged(...) tells when healing is done; Final(...).check() compares the disks
Units    none
Raises   Violation
Source   DESIGN "What must always hold", 1 to 6; docs/PROTOCOL.md part 10; RELIABILITY part 6
Never    asks a dishonest party for anything
"""

from dataclasses import dataclass, field
from typing import Final

from openline.cases.digest import digest, is_comparable, masked
from openline.cases.entry import Ref
from openline.cli.simulator import wire
from openline.cli.simulator.files import Files
from openline.cli.simulator.observer import MACHINE_KINDS, Observer, Place, owner_of
from openline.cli.simulator.party import SimParty
from openline.envelope.suite import BadSignature
from openline.exchange.folding import reading
from openline.exchange.kept import audit
from openline.exchange.station import Station
from openline.formats.malformed import Malformed
from openline.record.checkpoint import LogKeys
from openline.record.evidence import verify_evidence
from openline.store.faults import StoreMisused

ACCUSING: Final = ("log.forked", "log.unexplained", "exchange.card-conflict", "fold.differs")
AUDIT_EVERY: Final = 8
UNREAD: Final = ("gap", "defect")


@dataclass(slots=True)
class Disks:
    """The honest parties at the end, and what was seen of them on the way."""

    observer: Observer
    parties: dict[str, SimParty]
    lines: dict[bytes, tuple[str, ...]]
    files: Files
    line_of: dict[str, bytes] = field(default_factory=dict)

    @property
    def honest(self) -> list[SimParty]:
        return [each for each in self.parties.values() if self.observer.watches(each)]

    def members(self, line_id: bytes) -> list[SimParty]:
        """Honest members of a line."""
        return [each for each in self.honest if each.name in self.lines[line_id]]

    # Liveness

    def converged(self) -> bool:
        """Whether all honest parties hold the same, know it, and understand it alike."""
        for line_id in self.lines:
            for party in self.members(line_id):
                why = self._idles(party, line_id)
                if why:
                    self.observer.why = f"{party.name} {why}"
                    return False
        for line_id in self.lines:
            sealed = self._sealed_of(line_id)
            gone = self._gone(line_id, sealed)
            for party in self.members(line_id):
                why = self._waits(party, line_id, sealed[party.name], gone)
                if why:
                    self.observer.why = f"{party.name} {why}"
                    return False
        return all(self._alike(line_id) and self._proved(line_id) for line_id in self.lines)

    def has_files(self) -> bool:
        """Whether every honest member has the files that another honest one holds."""
        found = (self.files.waits(self.members(line_id), line_id) for line_id in self.lines)
        self.observer.why = next((why for why in found if why), "")
        return not self.observer.why

    def _idles(self, party: SimParty, line_id: bytes) -> str:
        """Why a party cannot have finished on a line, as it knows itself; or nothing."""
        station = party.station
        if station is None:
            return "is down"
        if station.clock_unsure:
            return "is unsure of its clock"
        if line_id in station.suspect or station.own_log(line_id) is None:
            return "has no log that it may extend"
        if party.disk.outbox(line_id, 1):
            return "has an outbox"
        if line_id in station.gaps_due:
            return "has gaps to tell"
        return ""

    def _waits(self, party: SimParty, line_id: bytes, sealed: set[Place], gone: set[Place]) -> str:
        """What its disk says that a party still has to do on a line, or nothing."""
        if sealed - gone:
            return "waits for a reseal"
        # One of size 0 was begun to be taken back, and whoever held it has lost it since.
        own = [log for log in party.disk.logs(line_id) if log.party == party.name and log.size]
        origins = {log.origin for log in own}
        if {place for place in sealed if place[0] in origins} - self._told(party):
            return "has a loss to tell"
        for log in own:
            is_whole = all(origin != log.origin for origin, _ in gone)
            if is_whole and not self._receipted(party, line_id, log.origin, log.size):
                return "lacks a receipt"
        return ""

    def _sealed_of(self, line_id: bytes) -> dict[str, set[Place]]:
        """Per member of a line, the honest entries that it holds and could not open."""
        return {
            party.name: {
                (log.origin, row.index)
                for log in party.disk.logs(line_id)
                if owner_of(log.origin) in self.observer.honest
                for row in party.disk.entries_in_state(log.origin, "sealed")
            }
            for party in self.members(line_id)
        }

    def _gone(self, line_id: bytes, sealed: dict[str, set[Place]]) -> set[Place]:
        """Honest entries that nobody can open any more: the author's disk went back in time while
        the only other copy was on its way to a member that had destroyed its key since.
        """
        members = self.members(line_id)
        places = set().union(*sealed.values())
        rows = {place: [p.disk.entry(*place) for p in members] for place in places}
        return {
            place
            for place, held in rows.items()
            if all(row is None or row.state != "opened" for row in held)
        }

    def _receipted(self, party: SimParty, line_id: bytes, origin: str, size: int) -> bool:
        others = [other for other in self.members(line_id) if other is not party]
        return all(
            party.disk.cosignature(origin, size, f"{other.name}/receipt") is not None
            for other in others
        )

    def _alike(self, line_id: bytes) -> bool:
        """Whether honest logs are equal everywhere, and digests where all logs are."""
        members = self.members(line_id)
        views = []
        for party in members:
            held = [log for log in party.disk.logs(line_id) if log.size]
            logs = {log.origin: (log.size, log.root) for log in held}
            honest = {o: h for o, h in logs.items() if owner_of(o) in self.observer.honest}
            views.append((party, logs, honest))
        first = views[0]
        for party, logs, honest in views[1:]:
            if honest != first[2]:
                self.observer.why = f"{party.name} and {first[0].name} hold other heads"
                return False
            if logs == first[1] and not self._understand(party, first[0], line_id):
                return False
        return True

    def _understand(self, one: SimParty, other: SimParty, line_id: bytes) -> bool:
        if one.station is None or other.station is None:
            return False
        states = [reading.state(one.station, line_id), reading.state(other.station, line_id)]
        pair = (one.name, other.name)
        unread = self._told(one, UNREAD) | self._told(other, UNREAD)
        for ref in masked(states[0], pair) | masked(states[1], pair):
            if (ref.origin, ref.index) not in unread:
                self.observer.fail(f"{one.name} and {other.name} both read {ref}, uncompared")
        if not all(is_comparable(state, pair) for state in states):
            return True
        if digest(states[0], pair) != digest(states[1], pair):
            self.observer.why = f"{one.name} and {other.name} understand the line otherwise"
            return False
        return True

    # At the end

    def check(self) -> None:
        """Everything that must be so when the world has healed."""
        self.same_leaves()
        self.promises()
        for party in self.honest:
            self.accusations(party)
            self.withheld(party)
            self.gaps(party)
            self.whole(party)

    def same_leaves(self) -> None:
        """What was receipted is held, as it was; every log's leaves give the root it is held by."""
        held = {
            (party.name, log.origin): list(party.disk.leaves(log.origin, 0, log.size))
            for party in self.honest
            for log in party.disk.logs()
        }
        for party in self.honest:
            for log in party.disk.logs():
                if wire.root_of_leaves(held[party.name, log.origin]) != log.root:
                    self.observer.fail(f"{party.name} holds {log.origin} by a false root")
        for holder, origin, index in sorted(self.observer.must):
            members = self.members(self._line_of(origin))
            expected = self.observer.leaves.get((origin, index))
            for party in members:
                if holder not in ("", party.name):
                    continue
                leaves = held.get((party.name, origin), [])
                if index >= len(leaves) or expected not in (None, leaves[index]):
                    self.observer.fail(f"{party.name} lacks {origin} entry {index}, or has another")

    def _line_of(self, origin: str) -> bytes:
        if origin not in self.line_of:
            found = [log for party in self.honest if (log := party.disk.log(origin)) is not None]
            self.line_of[origin] = found[0].line_id if found else next(iter(self.lines))
        return self.line_of[origin]

    def promises(self) -> None:
        """Every accepted message stands in the record, once."""
        places: dict[bytes, list[Place]] = {}
        for party in self.honest:
            for log in party.disk.logs():
                if log.party != party.name:
                    continue
                for row in party.disk.entries(log.origin, 0, log.size):
                    draft = self.observer.draft_at(party, log.origin, row.index, row.leaf)
                    if draft:
                        places.setdefault(draft, []).append((log.origin, row.index))
        for draft, (name, _) in self.observer.promised.items():
            if draft not in places and not self._expired(self.parties[name], draft):
                self.observer.fail(f"a message that {name} was told is accepted is not there")
        for found in places.values():
            if len(found) > 1:
                self._acts_once(found)

    def _acts_once(self, found: list[Place]) -> None:
        """A restore may number a draft again, in another epoch; only one of the two may act."""
        self.observer.world.count("drafts numbered again after a restore")
        if len({origin for origin, _ in found}) < len(found):
            self.observer.fail(f"one draft stands in one log {len(found)} times: {found}")
        for party in self.members(self._line_of(found[0][0])):
            if party.station is None:
                continue
            state = reading.state(party.station, self._line_of(found[0][0]))
            entries = [state.entry(Ref(*place)) for place in found]
            if sum(entry.effect for entry in entries if entry is not None) > 1:
                self.observer.fail(f"one release acts {len(found)} times: {found}")

    def _expired(self, party: SimParty, draft: bytes) -> bool:
        """Whether its officers were told that a draft expired while it waited."""
        if not party.disk.draft_used(draft):
            return False
        name = draft.hex()[:12]
        return any(
            event.code == "exchange.expired" and name in event.text
            for event in party.disk.events("alarm", 10_000)
        )

    def accusations(self, party: SimParty) -> None:
        """No honest party is called faulty, forked or unexplained by another honest one."""
        for log in party.disk.logs():
            if owner_of(log.origin) not in self.observer.honest:
                continue
            if log.status in ("forked", "unexplained"):
                self.observer.fail(f"{party.name} has frozen {log.origin}, whose owner is honest")
            if party.disk.entries_in_state(log.origin, "defect"):
                self.observer.fail(f"{party.name} calls an entry of {log.origin} a defect")
        for event in party.disk.events("alarm", 10_000):
            if event.code == StoreMisused.code:
                self.observer.fail(f"{party.name}: a fault of the program: {event.text}")
            is_told = event.code in ACCUSING or event.code.startswith("defect.")
            if is_told and self._is_honest(event.subject, event.text):
                self.observer.fail(f"{party.name} was told {event.code} of {event.subject}")

    def _is_honest(self, subject: str, text: str) -> bool:
        """Whether an alarm is about an honest party: by its log, its name, or the peer named."""
        names = {owner_of(subject), text.partition(" ")[0]}
        return not (names & (self.parties.keys() - self.observer.honest))

    def withheld(self, party: SimParty) -> None:
        """Nobody reads a withheld field of another party that was not revealed."""
        for log in party.disk.logs():
            if log.party == party.name:
                continue
            for row in party.disk.entries(log.origin, 0, log.size):
                opened = self.observer.opened(party, log.origin, row.index, row.leaf)
                for text in opened.withheld if opened is not None else ():
                    if text not in self.observer.revealed:
                        self.observer.fail(f"{party.name} reads what was withheld: {text!r}")

    def gaps(self, party: SimParty) -> None:
        """What a party lost of its own contents, its own log says."""
        lost: set[Place] = set()
        for log in party.disk.logs():
            if log.party != party.name:
                continue
            for row in party.disk.entries(log.origin, 0, log.size):
                opened = self.observer.opened(party, log.origin, row.index, row.leaf)
                if opened is None:
                    self.observer.world.count("contents gone for good")
                if opened is None or "" in opened.paths:
                    lost.add((log.origin, row.index))
        if not lost <= self._told(party):
            self.observer.fail(f"{party.name} lost what it withheld and does not say so")

    def _told(self, party: SimParty, kinds: tuple[str, ...] = ("gap",)) -> set[Place]:
        """Places that a party's own `gap` (or `defect`) entries name."""
        told: set[Place] = set()
        for log in party.disk.logs():
            if log.party != party.name:
                continue
            for row in party.disk.entries(log.origin, 0, log.size):
                if wire.kind_of(row.leaf) not in kinds:
                    continue
                opened = self.observer.opened(party, log.origin, row.index, row.leaf)
                ranges = opened.value("ranges") if opened is not None else None
                for origin, start, stop, _ in ranges if isinstance(ranges, list) else []:
                    told.update((origin, i) for i in range(start, stop))
        return told

    def whole(self, party: SimParty) -> None:
        """The disk is as its own checks want it; now and then everything is audited."""
        found = party.disk.check()
        station = party.station
        if not found and station is not None and self.observer.world.seed % AUDIT_EVERY == 0:
            found = [f for f in audit.audit(station, opening=True).findings if self._counts(f)]
        if found:
            self.observer.fail(f"{party.name}: {found[0]}")
        if station is not None:
            self._effects(party, station)
            self.files.check(party, station)

    def _counts(self, finding: str) -> bool:
        """Whether a finding is about an honest party's log."""
        return owner_of(finding) in self.observer.honest

    def _effects(self, party: SimParty, station: Station) -> None:
        """No case holds an entry that nobody released; what was reached in cases is counted."""
        for line_id, members in self.lines.items():
            if party.name not in members:
                continue
            for case in reading.state(station, line_id).cases:
                for entry in case.entries:
                    if entry.kind in MACHINE_KINDS or entry.kind != "message":
                        self.observer.fail(f"{party.name}: a {entry.kind} entry acts in a case")
                    self.observer.world.count(f"in cases: {entry.format} {entry.answer}")

    # Evidence

    def _proved(self, line_id: bytes) -> bool:
        """Two histories of one log on two honest disks: both hold proof of it, valid offline."""
        for party in self.members(line_id):
            for log in party.disk.logs(line_id):
                if owner_of(log.origin) in self.observer.honest:
                    continue
                differs = any(self._differs(log.origin, party, o) for o in self.members(line_id))
                if differs and not self._proof(party, log.origin):
                    self.observer.why = f"{party.name} holds no evidence of the fork {log.origin}"
                    return False
        return True

    def _differs(self, origin: str, one: SimParty, other: SimParty) -> bool:
        pairs = zip(
            one.disk.leaves(origin, 0, 1 << 30), other.disk.leaves(origin, 0, 1 << 30), strict=False
        )
        return any(a != b for a, b in pairs)

    def _proof(self, party: SimParty, origin: str) -> bool:
        station = party.station
        if station is None:
            return False
        keys = [LogKeys.of(card, origin) for card in station.cards(owner_of(origin))]
        for _, data in party.disk.evidence():
            try:
                fork = verify_evidence(data, keys, party.suite)
            except (Malformed, BadSignature):  # of another log: no key of this one signed it
                continue
            if fork.first.origin == origin:
                self.observer.world.count("evidence held")
                return True
        return False
