"""What must hold while a history runs, watched from outside: every byte that leaves a party.

Shapes   Observer sees requests, answers, sealings, signatures and deletions of honest parties
Units    seconds and sizes
Raises   Violation with the seed that shows it
Source   DESIGN "What must always hold", 1 to 7; docs/PROTOCOL.md parts 5, 6 and 8
Never    trusts what a party says of itself: it reads what left, the disks and the journals
"""

import base64
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NoReturn

from openline.cases.entry import Ref
from openline.cli.simulator import wire
from openline.cli.simulator.party import SimParty
from openline.cli.simulator.ports import SimClock
from openline.cli.simulator.wire import WITHHELD, SeenHead
from openline.cli.simulator.world import World
from openline.envelope.age import SEEDS_MAX
from openline.envelope.keyring import parse_keyring
from openline.envelope.suite import CannotOpen
from openline.exchange.contents import archive
from openline.exchange.contents.newest import newest as newest_named
from openline.exchange.logs.clocks import AGREEING_MIN
from openline.exchange.traffic.link import Post
from openline.formats.field import spell_lines
from openline.formats.leaf import parse_leaf
from openline.formats.malformed import Malformed
from openline.store.contract import LogRow

# A word that stands in every message.
CANARY: Final = b"CANARY"
MOVED_MAX_S: Final = 300
FILE_MAX: Final = 1 << 24
MACHINE_KINDS: Final = ("keys", "defect", "gap")
Place = tuple[str, int]


class Violation(Exception):
    """An invariant is broken; the seed shows it again."""

    def __init__(self, seed: int, what: str) -> None:
        super().__init__(f"seed {seed}: {what}")
        self.seed, self.what = seed, what

    def __reduce__(self) -> tuple[type["Violation"], tuple[int, str]]:
        return Violation, (self.seed, self.what)


def owner_of(origin: str) -> str:
    """The party whose log this is."""
    return origin.partition("/")[0]


@dataclass(slots=True)
class Observer:
    """What left which party, what was promised, and what therefore must be there at the end."""

    world: World
    honest: frozenset[str]
    lines: dict[bytes, tuple[str, ...]]
    heads: dict[Place, bytes] = field(default_factory=dict)
    leaves: dict[Place, bytes] = field(default_factory=dict)
    shown: set[Place] = field(default_factory=set)
    receipts: dict[tuple[str, str, int], bytes] = field(default_factory=dict)
    receipted_roots: dict[tuple[str, str, int], bytes] = field(default_factory=dict)
    receipted_leaves: dict[tuple[str, str, int], bytes] = field(default_factory=dict)
    checked: dict[tuple[str, str], int] = field(default_factory=dict)
    rows: dict[tuple[str, int, str], LogRow] = field(default_factory=dict)
    must: set[tuple[str, str, int]] = field(default_factory=set)
    forgotten: set[tuple[str, str, int]] = field(default_factory=set)
    promised: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    revealed: set[bytes] = field(default_factory=set)
    drafts: dict[bytes, bytes] = field(default_factory=dict)
    read: dict[tuple[bytes, bytes, bool], wire.Opened] = field(default_factory=dict)
    clocks: dict[str, SimClock] = field(default_factory=dict)
    why: str = ""

    def fail(self, what: str) -> NoReturn:
        """Stop this history."""
        raise Violation(self.world.seed, what)

    def watches(self, party: SimParty) -> bool:
        """Whether a party has to keep the rules."""
        return party.name in self.honest

    # Secrets

    def sealing(self, party: SimParty, recipients: Sequence[bytes], plaintext: bytes) -> None:
        """Something is sealed: what was withheld may be sealed to nobody but its author."""
        if not self.watches(party) or b"WITHHELD" not in plaintext or party.station is None:
            return
        if any(key != party.station.archive_public for key in recipients):
            for text in WITHHELD.findall(plaintext):
                if text not in self.revealed:
                    self.fail(f"{party.name} sealed a withheld field to others: {text.decode()}")

    def reveal(self, value: bytes) -> None:
        """An officer reveals a withheld field: from now on it may be sealed to others."""
        self.revealed.update(WITHHELD.findall(value))

    def _no_words(self, party: SimParty, data: bytes) -> None:
        if CANARY in data or b"WITHHELD" in data:
            self.fail(f"{party.name} sent words of a message without sealing them")

    # Signatures

    def signing(self, party: SimParty) -> None:
        """A head or receipt is signed: not by a clock that jumped while this node ran.

        A clock that is right again may have been confirmed, by people or by two peers. Peers see
        it as wrong as it is and as long as their answer travels: that much they may overlook. Two
        peers whose clocks are as wrong see nothing (docs/THREAT_MODEL.md, "Accepted risks").
        """
        self.clocks[party.name] = party.clock
        if not self.watches(party):
            return
        mono_s, wall_s = party.life.booted
        moved_s = (party.clock.now_s() - wall_s) - (party.clock.mono_s() - mono_s)
        wrong_s = party.clock.skew_s + party.clock.off_s
        if abs(moved_s) <= MOVED_MAX_S or abs(wrong_s) <= MOVED_MAX_S:
            return
        unseen_s = MOVED_MAX_S + self.world.faults.delay_max_ms // 1_000 + 1
        peers_off_s = [c.skew_s + c.off_s for name, c in self.clocks.items() if name != party.name]
        alike = [off_s for off_s in peers_off_s if abs(wrong_s - off_s) <= unseen_s]
        is_unseen = abs(wrong_s) <= unseen_s or len(alike) >= AGREEING_MIN
        if not is_unseen or not self._agreed(party):
            self.fail(f"{party.name} signs with a clock that moved by {moved_s} s")

    def _agreed(self, party: SimParty) -> bool:
        """Whether it was two peers that confirmed this party's clock last."""
        told = [e for e in party.disk.events("notice", 100) if e.code == "clock.confirmed"]
        return bool(told) and " and " in told[-1].text

    # What leaves

    def accepted(self, party: SimParty, line_id: bytes, draft: bytes) -> None:
        """A person was told that a message is accepted."""
        self.promised[draft] = (party.name, line_id)

    def sent(self, source: SimParty, request: Post) -> None:
        """A request leaves."""
        if not self.watches(source):
            return
        self._no_words(source, request.body)
        if request.path == "deliver":
            self._delivery(source, request.body)
        elif request.path == "hello":
            self._stated(source, request.body)
        elif request.path != "cards":  # they are public
            self._asked(source, wire.ask_of(request.body))

    def _asked(self, source: SimParty, ask: wire.SeenAsk) -> None:
        """An ask leaves: nobody bothers others for an honest entry that its own keys open."""
        if ask.file and ask.verb == "reseal":
            self._key_asked(source, ask.file)
            return
        if ask.verb != "reseal" or owner_of(ask.log) not in self.honest - {source.name}:
            return
        row = source.disk.entry(ask.log, ask.number)
        envelope = source.disk.body(row.body_hash) if row is not None else None
        if envelope is None:
            return
        keyring = parse_keyring(source.keyring)
        seeds = [*keyring.seal_seeds, *(prekey.seed for prekey in keyring.prekeys.values())]
        for at in range(0, len(seeds), SEEDS_MAX):  # after many restores more than one try holds
            with suppress(CannotOpen):
                source.suite.unseal(seeds[at : at + SEEDS_MAX], envelope)
                said = f"asks for {ask.log} entry {ask.number}, which its own keys open"
                self.fail(f"{source.name} {said}")

    def _key_asked(self, source: SimParty, digest: bytes) -> None:
        """The key of a file is asked for: by whoever has it whole, and has no key for it."""
        file = source.disk.attachment_bytes(digest, 0, FILE_MAX)
        if hashlib.sha256(file).digest() != digest:
            self.fail(f"{source.name} asks for the key of a file that it does not hold whole")
        with suppress(CannotOpen):
            source.suite.unseal(parse_keyring(source.keyring).seal_seeds, file)
            self.fail(f"{source.name} asks for the key of a file that its own keys open")

    def answered(
        self, source: str, target: SimParty, path: str, body: bytes, answer: bytes
    ) -> None:
        """An answer leaves, to whoever really sent the request."""
        if not self.watches(target):
            return
        self._no_words(target, answer)
        if path == "hello":
            self._stated(target, answer)
        elif path == "deliver":
            self._receipted(target, wire.head_of(wire.note_of(body)), answer)
        elif path != "cards":
            self._told(source, target, wire.ask_of(body), answer)

    def _told(self, source: str, target: SimParty, ask: wire.SeenAsk, answer: bytes) -> None:
        """An answer to an ask leaves: only to a member of the line that it is about."""
        if ask.verb == "card":
            return
        if ask.file:
            self._given(source, target, ask, answer)
            return
        log = target.disk.log(ask.log)
        if log is None or source not in self.lines[log.line_id]:
            self.fail(f"{target.name} told {source} of a log that is not its to know")
        if ask.verb == "entries":
            self._delivery(target, answer)
        elif ask.verb == "head":
            self._exposed(target, wire.head_of(answer))

    def _given(self, source: str, target: SimParty, ask: wire.SeenAsk, answer: bytes) -> None:
        """Bytes of a file leave: to a member of a line on which it was told, of a whole file."""
        digest = ask.file
        told = [target.disk.log(o) for o, _, shown in target.disk.attachment_names(digest) if shown]
        if not any(log and source in self.lines[log.line_id] for log in told):
            self.fail(f"{target.name} gave {source} a file that is not its to have")
        file = target.disk.attachment_bytes(digest, 0, FILE_MAX)
        if hashlib.sha256(file).digest() != digest:
            self.fail(f"{target.name} gave of a file that it does not hold whole")
        if ask.verb == "reseal":
            self.world.count("keys of files given")
        elif not file[ask.number :].startswith(answer):
            self.fail(f"{target.name} gave other bytes of a file than it holds")
        elif answer:
            self.world.count("parts of files given")

    def _exposed(self, source: SimParty, head: SeenHead) -> None:
        """A signed head left: never another root for the same size, and never unremembered."""
        if owner_of(head.origin) not in self.honest:
            return
        before = self.heads.setdefault((head.origin, head.size), head.root)
        if before != head.root:
            self.fail(f"{head.origin} showed two heads of size {head.size}: an honest fork")
        if owner_of(head.origin) == source.name:
            self._durable(source, head, "a signed head")

    def _durable(self, party: SimParty, head: SeenHead, what: str) -> LogRow:
        """What leaves stands on the disk and in the journal first; the row on the disk.

        Within one life of a process a disk only grows, so what was read once need not be again.
        """
        life = (party.name, party.life.boots, head.origin)
        log = self.rows.get(life)
        if log is None or log.size != head.size or log.root != head.root:
            log = party.disk.log(head.origin)
            if log is not None:
                self.rows[life] = log
        if log is None or log.size < head.size:
            self.fail(f"{party.name} lets {what} of {head.size} leave that is not on its disk")
        key = (party.disk.uuid(), party.life.machine.to_bytes(16, "big"), head.origin)
        content = party.journal.content
        if key in content.ended:
            return log  # the anchor says that nobody goes on with this log, whatever its size
        anchored = content.largest.get(key)
        if anchored is None or anchored.size < head.size:
            self.fail(f"{party.name} lets {what} of {head.size} leave that it has not anchored")
        return log

    def _stated(self, party: SimParty, hello: bytes) -> None:
        """A hello leaves: durable, anchored, true, and only of lines of which both are members."""
        reader = hello.split(b"\n", 3)[2].decode()
        for head in wire.heads_in(hello):
            log = self._durable(party, head, "a stated size")
            if reader not in self.lines[log.line_id]:
                self.fail(f"{party.name} told {reader} of a line that is not its to know")
            if log.size == head.size and log.root != head.root:
                self.fail(f"{party.name} states another root of {head.origin} than it holds")

    def _delivery(self, source: SimParty, body: bytes) -> None:
        """Entries leave: gapless, always the same ones, each naming only what was durable."""
        head = wire.head_of(wire.note_of(body))
        self._exposed(source, head)
        if owner_of(head.origin) not in self.honest:
            return
        last = -1
        for entry in wire.entries_of(body):
            place, last = (head.origin, entry.number), entry.number
            if self.leaves.setdefault(place, entry.leaf) != entry.leaf:
                self.fail(f"{head.origin} entry {entry.number} left in two versions")
            if place not in self.shown and owner_of(head.origin) == source.name:
                self.shown.add(place)
                self.draft_at(source, head.origin, entry.number, entry.leaf)
                self._first_shown(source, head.origin, entry.number, entry.leaf)
        if last != head.size - 1:
            self.fail(f"{head.origin}: entries up to {last} under a head of {head.size}")

    def _first_shown(self, source: SimParty, origin: str, index: int, leaf: bytes) -> None:
        """An entry leaves its author for the first time: its `seen` and its kind."""
        opened = self.opened(source, origin, index, leaf)
        if opened is None:
            return
        seen = opened.value("seen")
        for each in seen if isinstance(seen, list) else []:
            log = source.disk.log(each[0])
            if log is None or log.size < each[1]:
                self.fail(f"{origin} entry {index} says it saw {each[1]} of {each[0]}: it had not")
        if wire.kind_of(leaf) in MACHINE_KINDS and opened.value("format") != "-":
            self.fail(f"{origin} entry {index} is released by nobody and has a form")

    def opened(self, party: SimParty, origin: str, index: int, leaf: bytes) -> wire.Opened | None:
        """An entry from a party's archive, read with other eyes; None when it is not kept.

        What the disk holds is asked each time; the same slip and leaf are read only once.
        """
        place = Ref(origin, index)
        slip = party.disk.archived(*place)
        if slip is None:
            return None
        key = (slip, leaf, party.disk.body(wire.body_of(leaf)) is not None)
        if key not in self.read:
            try:
                items = archive.opened(
                    party.suite, party.archive_key, party.disk, place, parse_leaf(leaf)
                )
            except Malformed:  # a dishonest party keeps what it likes
                return None
            if items is None:
                return None
            lines, count = spell_lines(items), wire.count_of(leaf)
            if self.watches(party) and wire.root_of_lines(lines, count) != wire.fields_root_of(
                leaf
            ):
                self.fail(f"{party.name} reads in {origin} entry {index} what nobody signed")
            self.read[key] = wire.opened_lines(lines, count)
        return self.read[key]

    def _receipted(self, target: SimParty, head: SeenHead, lines: bytes) -> None:
        """A receipt leaves: always the same one, and everything below it is on the disk."""
        if owner_of(head.origin) == target.name:
            self.fail(f"{target.name} gave a receipt for its own log {head.origin}")
        key = (target.name, head.origin, head.size)
        if self.receipts.setdefault(key, lines) != lines and key not in self.forgotten:
            self.fail(f"{target.name} gave two receipts for {head.origin} at {head.size}")
        self.receipts[key] = lines
        if self.receipted_roots.setdefault(key, head.root) != head.root:
            self.fail(f"{target.name} gave receipts for two roots of {head.origin} at {head.size}")
        stored = target.disk.cosignature(head.origin, head.size, f"{target.name}/receipt")
        if stored is None or stored.lines != lines:
            self.fail(f"{target.name} gave a receipt for {head.size} that is not on its disk")
        self._durable(target, head, "a receipt")
        self._below(target, head)

    def _below(self, target: SimParty, head: SeenHead) -> None:
        """Every entry below a receipt is open, or named as a defect of a dishonest party."""
        start = self.checked.get((target.name, head.origin), 0)
        rows = target.disk.entries(head.origin, start, head.size) if start < head.size else []
        if start + len(rows) < head.size:
            self.fail(f"{target.name} gave a receipt for {head.size} and has {start + len(rows)}")
        is_honest = owner_of(head.origin) in self.honest
        for row in rows:
            if row.state != "opened" and (is_honest or row.state != "defect"):
                self.fail(f"{target.name} gave a receipt above an entry that is {row.state}")
            holder = "" if is_honest else target.name
            self.must.add((holder, row.origin, row.index))
            seen = (target.name, row.origin, row.index)
            if self.receipted_leaves.setdefault(seen, row.leaf) != row.leaf:
                self.fail(f"{target.name} gave receipts over two versions of {row.origin}")
            if is_honest and self.leaves.setdefault((row.origin, row.index), row.leaf) != row.leaf:
                self.fail(f"{row.origin} entry {row.index} exists in two versions")
        self.checked[(target.name, head.origin)] = max(start, head.size)

    # Keys

    def deleted(
        self, party: SimParty, parties: dict[str, SimParty], places: set[Place], line_id: bytes
    ) -> None:
        """Seeds were destroyed: no honest member that was heard since may still seal to them."""
        for other in parties.values():
            if other is party or not (self.watches(party) and self.watches(other)):
                continue
            if not self._was_heard(party, other) or other.station is None:
                continue
            newest = newest_named(other.station, line_id, party.name)
            if newest is not None and (newest.origin, newest.index) in places:
                self.fail(f"{party.name} destroyed a key that {other.name} still seals to")

    def forgot(self, party: SimParty, parties: dict[str, SimParty], gone: set[bytes]) -> None:
        """Sealing keys of old cards were destroyed: no honest member that was heard since may
        still seal to them."""
        destroyed = {party.suite.seal_public(seed) for seed in gone}
        for other in parties.values():
            if other is party or not (self.watches(party) and self.watches(other)):
                continue
            if self._was_heard(party, other) and other.station is not None:
                card = other.station.cards(party.name)[-1]
                if card.seal in destroyed:
                    said = f"destroyed the key of card {card.n} that {other.name} still seals to"
                    self.fail(f"{party.name} {said}")

    def _was_heard(self, party: SimParty, other: SimParty) -> bool:
        """Whether a member was heard by this start of ours since it started itself.

        One that was not may have gone back in time: a reseal gives what it seals then.
        """
        current = other.station
        session = party.station.sessions.get(other.name) if party.station is not None else None
        return current is not None and session is not None and session.boot == current.boot

    # Restores

    def unremembered(self, party: SimParty) -> None:
        """A journal is gone or of another machine: what a dishonest party showed is forgotten."""
        for held in (self.receipted_leaves, self.receipted_roots):
            for key in list(held):
                if key[0] == party.name and owner_of(key[1]) not in self.honest:
                    del held[key]

    def restored(self, parties: dict[str, SimParty], party: SimParty) -> None:
        """A disk went back in time: what only it had is gone, and nothing else may be."""
        for key in [k for k in self.checked if k[0] == party.name]:
            del self.checked[key]
        honest = [each for each in parties.values() if self.watches(each)]
        held = {
            (log.origin, index)
            for each in honest
            for log in each.disk.logs()
            for index in range(log.size)
        }
        self.must = {
            key for key in self.must
            if (key[1], key[2]) in held and key[0] != party.name
        }  # fmt: skip
        self.forgotten |= {key for key in self.receipts if key[0] == party.name}
        kept = {row.draft for each in honest for row in each.disk.outbox(None, 100_000)}
        kept |= {
            self.draft_at(each, log.origin, row.index, row.leaf)
            for each in honest
            for log in each.disk.logs()
            for row in each.disk.entries(log.origin, 0, log.size)
        }
        for draft, (name, _) in list(self.promised.items()):
            expired = draft not in kept and parties[name].disk.draft_used(draft)
            if draft not in kept and not expired:
                del self.promised[draft]
                self.world.count("lost with the only copy")

    def draft_at(self, party: SimParty, origin: str, index: int, leaf: bytes) -> bytes:
        """The draft id of an entry as this party's archive shows it; b"" for machine kinds."""
        if wire.kind_of(leaf) in MACHINE_KINDS:
            return b""
        if leaf not in self.drafts:
            opened = self.opened(party, origin, index, leaf)
            if opened is None:
                return b""
            value = opened.value("draft")
            text = value[1] if isinstance(value, list) else ""
            self.drafts[leaf] = base64.b64decode(text)
        return self.drafts[leaf]
