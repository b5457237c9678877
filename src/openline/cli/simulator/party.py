"""One simulated party: what survives a crash, what does not, and the officers who act for it.

Shapes   SimParty owns disk, journal and keyring bytes; its Station is thrown away at each crash
Units    milliseconds of the world's clock
Raises   SimulatedCrash at any durable effect or before any emission
Source   RELIABILITY parts 2 and 4
Never    touches another party's state: everything goes through the world's network
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from openline.cli.simulator.ports import (
    Fuse,
    FusedAnchor,
    FusedStore,
    MemoryViews,
    SimClock,
    WatchedSuite,
)
from openline.cli.simulator.world import World
from openline.envelope.keyring import new_keyring, parse_keyring
from openline.envelope.officer_file import OfficerFile, new_officer
from openline.envelope.party_keys import PartyKeys
from openline.exchange import start
from openline.exchange.drafting.drafts import Draft, release
from openline.exchange.membership import identity
from openline.exchange.station import Station
from openline.formats.pack import Packs
from openline.store.anchor import STALE_AFTER_S
from openline.store.memory_anchor import MemoryAnchor, MemoryJournal
from openline.store.sqlite import SqliteStore

COPIES_MAX = 4
Signing = Callable[["SimParty"], None]
Sealing = Callable[["SimParty", Sequence[bytes], bytes], None]


@dataclass(frozen=True, slots=True)
class Saved:
    """Everything durable of one party, as it was when the faults began."""

    disk: bytes
    journal: MemoryJournal
    keyring: bytes
    officers: tuple[OfficerFile, ...]


@dataclass(slots=True)
class Backup:
    """A copy of a database. The journal is no part of it, but somebody may have copied it too."""

    disk: bytes
    journal: MemoryJournal


@dataclass(slots=True)
class Life:
    """Counters of one party that no crash resets."""

    boots: int = 0
    restores: int = 0
    machine: int = 0
    booted: tuple[int, int] = (0, 0)
    copies: list[Backup] = field(default_factory=list)


class SimParty:
    """Disk, keys and officers of one party, and its station while it is up."""

    def __init__(self, world: World, name: str, packs: Packs, saved: Saved | None = None) -> None:
        self.world, self.name, self.packs = world, name, packs
        self.suite = WatchedSuite(self._sealing, self._signing)
        self.watch_sealing: Sealing = lambda party, recipients, plaintext: None
        self.watch_signing: Signing = lambda party: None
        self.fuse = Fuse(world)
        self.views = MemoryViews()
        self.life = Life()
        self.station: Station | None = None
        skew = world.faults.skew_max_s
        self.clock = SimClock(world, world.rng.randint(-skew, skew) if skew else 0)
        if self.clock.skew_s:
            world.count("clocks askew")
        if saved is None:
            self.disk = SqliteStore.in_memory(self.random(16))
            self.journal = MemoryJournal()
            self.keyring = new_keyring(name, self.random).to_bytes()
            self.officers: Sequence[OfficerFile] = ()
        else:
            self.disk = SqliteStore.from_snapshot(saved.disk)
            self.journal = saved.journal.copy()
            self.keyring = saved.keyring
            self.officers = saved.officers
        self.archive_key = parse_keyring(self.keyring).archive_key

    def _sealing(self, recipients: Sequence[bytes], plaintext: bytes) -> None:
        self.watch_sealing(self, recipients, plaintext)

    def _signing(self) -> None:
        self.watch_signing(self)

    def random(self, size: int) -> bytes:
        """Randomness of this party, from the world's seed."""
        return self.world.rng.randbytes(size)

    def saved(self) -> Saved:
        """What a copy of this party begins with."""
        journal = self.journal.copy()
        return Saved(self.disk.snapshot(), journal, self.keyring, tuple(self.officers))

    def boot(self) -> Station:
        """Start the node on whatever is on its disk."""
        self.life.boots += 1
        keyring = parse_keyring(self.keyring)
        signed = any(log.party == self.name and log.size for log in self.disk.logs())
        anchor = MemoryAnchor(
            self.journal,
            database=self.disk.uuid(),
            machine=self.life.machine.to_bytes(16, "big"),
            signed_before=signed,
        )
        station = Station(
            party=self.name,
            suite=self.suite,
            keyring=keyring,
            keys=PartyKeys(keyring, self.suite),
            archive_public=self.suite.seal_public(keyring.archive_seed),
            store=FusedStore(self.disk, self.fuse),  # type: ignore[arg-type]  # a proxy
            anchor=FusedAnchor(anchor, self.fuse),
            views=self.views,
            clock=self.clock,
            random=self.random,
            packs=self.packs,
            save_keyring=self._save_keyring,
            boot=hashlib.sha256(f"{self.name} {self.life.boots}".encode()).digest()[:16],
        )
        self.life.booted = (self.clock.mono_s(), self.clock.now_s())
        start.raise_doubts(station)
        self.station = station
        return station

    def _save_keyring(self, data: bytes) -> None:
        self.fuse.effect("before keyring")
        self.keyring = data
        self.fuse.effect("after keyring")

    def enrol(self) -> None:
        """Cards and two officers, before the faults begin."""
        station = self.station or self.boot()
        identity.create(station, ["http://127.0.0.1:1"], f"desk.{self.name}")
        self.officers = [
            new_officer(self.name, f"officer {i}", ("releaser",), self.suite, self.random)
            for i in range(2)
        ]
        identity.revise(station, officers=[o.leaf(self.suite) for o in self.officers])

    def sign_all(self, station: Station, draft: Draft) -> Draft:
        """Every release that a draft asks for."""
        desk = station.cards(self.name)[draft.card_size - 1].desk
        rp_id = desk.rp_id if desk else ""
        for officer in self.officers:
            if draft.is_released:
                break
            challenge = hashlib.sha256(draft.statement()).digest()
            assertion = officer.authenticator(self.suite).assert_statement(
                challenge, rp_id, f"https://{rp_id}"
            )
            draft = release(station, draft, assertion)
        return draft

    def crash(self) -> None:
        """Lose everything that is not on disk."""
        self.station = None

    def take_copy(self) -> None:
        """A backup of the database, kept with some older ones."""
        self.life.copies.append(Backup(self.disk.snapshot(), self.journal.copy()))
        if len(self.life.copies) > COPIES_MAX:
            # The oldest of all stays: somebody always finds that one first.
            del self.life.copies[1]

    def restore_copy(self) -> Backup:
        """Put a backup back, as an operator would after a disk failure: not always the newest."""
        copies = self.life.copies
        oldest = self.world.faults.old_copies and self.world.rng.random() < 0.5
        found = copies[0 if oldest else -1]
        self.disk.close()
        self.disk = SqliteStore.from_snapshot(found.disk)
        self.life.restores += 1
        return found

    def copy_journal_back(self, copy: Backup) -> None:
        """The journal as it was with the copy: its file was changed when it was put back.

        A copy that is put back within seconds, or by a clock that stands behind, is a snapshot of
        both, which the fault model excludes (docs/PROTOCOL.md part 8).
        """
        self.journal = copy.journal.copy()
        last = self.journal.content.last
        written_s = last.time_s if last is not None else 0
        self.journal.changed_s = max(self.clock.now_s(), written_s + STALE_AFTER_S + 1)

    def lose_journal(self) -> None:
        """The anchor's file is gone."""
        self.journal = MemoryJournal()

    def move(self) -> None:
        """The node's files are copied to another machine and started there."""
        self.life.machine += 1
