"""One simulated party: what survives a crash, what does not, and ports that may crash.

Shapes   SimParty owns disk, anchor and keyring bytes; its Station is thrown away at each crash
Units    milliseconds of the world's clock
Raises   SimulatedCrash at any durable effect or before any emission
Source   RELIABILITY parts 2 and 4
Never    touches another party's state: everything goes through the world's network
"""

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from openline.cli.simulator.world import SimulatedCrash, World
from openline.envelope.fake import UnsafeSimulationSuite
from openline.envelope.keyring import new_keyring, parse_keyring
from openline.envelope.officer_file import OfficerFile, new_officer
from openline.envelope.party_keys import PartyKeys
from openline.exchange import clocks, epochs, identity
from openline.exchange.drafts import Draft, release
from openline.exchange.station import Station
from openline.formats.pack import Packs
from openline.store.contract import Anchor, AnchorRecord, Tx
from openline.store.memory_anchor import MemoryAnchor, MemoryJournal
from openline.store.sqlite import SqliteStore

MACHINE = bytes(16)
SUITE = UnsafeSimulationSuite()


@dataclass(slots=True)
class MemoryViews:
    """Views in memory; they survive a crash and are not part of a restore."""

    rows: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def put(self, table: str, key: str, value: bytes) -> None:
        self.rows[(table, key)] = value

    def get(self, table: str, key: str) -> bytes | None:
        return self.rows.get((table, key))

    def delete(self, table: str, key: str) -> None:
        self.rows.pop((table, key), None)

    def scan(self, table: str, prefix: str = "") -> list[tuple[str, bytes]]:
        return [(k, v) for (t, k), v in self.rows.items() if t == table and k.startswith(prefix)]


class Fuse:
    """Counts effects of one party and crashes it before or after the one that was drawn."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.armed = False

    def effect(self, name: str) -> None:
        """A point at which the process may die."""
        world = self._world
        if self.armed and world.chance(world.faults.crash):
            world.count(f"crash at {name}")
            raise SimulatedCrash(name)


class FusedStore:
    """The store with a fuse before and after every commit."""

    def __init__(self, inner: SqliteStore, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    @contextlib.contextmanager
    def write(self) -> Iterator[Tx]:
        with self._inner.write() as tx:
            yield tx
            self._fuse.effect("before commit")
        self._fuse.effect("after commit")


class FusedAnchor:
    """The anchor with a fuse before and after every append."""

    def __init__(self, inner: Anchor, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def append(self, records: Sequence[AnchorRecord]) -> None:
        self._fuse.effect("before anchor")
        self._inner.append(records)
        self._fuse.effect("after anchor")

    def heads(self) -> dict[str, AnchorRecord]:
        return self._inner.heads()

    def is_stale(self) -> str | None:
        return self._inner.is_stale()

    def close(self) -> None:
        self._inner.close()


class SimClock(clocks.SystemClock):
    """The world's clock with this party's own error."""

    def __init__(self, world: World, skew_s: int) -> None:
        self._world, self._skew_s = world, skew_s

    def now_s(self) -> int:
        return self._world.now_ms // 1000 + self._skew_s


class SimParty:
    """Disk, keys and officers of one party, and its station while it is up."""

    def __init__(self, world: World, name: str, packs: Packs) -> None:
        self.world, self.name, self.packs = world, name, packs
        self.fuse = Fuse(world)
        self.disk = SqliteStore.in_memory(self.random(16))
        self.journal = MemoryJournal()
        self.keyring = new_keyring(name, self.random).to_bytes()
        self.views = MemoryViews()
        skew = world.faults.skew_max_s
        self.clock = SimClock(world, world.rng.randint(-skew, skew) if skew else 0)
        self.station: Station | None = None
        self.boots = 0
        self.copy: bytes | None = None
        self.officers: list[OfficerFile] = []

    def random(self, size: int) -> bytes:
        """Randomness of this party, from the world's seed."""
        return self.world.rng.randbytes(size)

    def boot(self) -> Station:
        """Start the node on whatever is on its disk."""
        self.boots += 1
        keyring = parse_keyring(self.keyring)
        anchor = MemoryAnchor(self.journal, database=self.disk.uuid(), machine=MACHINE)
        station = Station(
            party=self.name,
            suite=SUITE,
            keyring=keyring,
            keys=PartyKeys(keyring, SUITE),
            archive_public=SUITE.seal_public(keyring.archive_seed),
            store=FusedStore(self.disk, self.fuse),  # type: ignore[arg-type]  # a proxy
            anchor=FusedAnchor(anchor, self.fuse),
            views=self.views,
            clock=self.clock,
            random=self.random,
            packs=self.packs,
            save_keyring=self._save_keyring,
            boot=hashlib.sha256(f"{self.name} {self.boots}".encode()).digest()[:16],
        )
        epochs.load_suspects(station)
        epochs.check_at_start(station)
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
            new_officer(self.name, f"officer {i}", ("releaser",), SUITE, self.random)
            for i in range(2)
        ]
        identity.revise(station, officers=[o.leaf(SUITE) for o in self.officers])

    def sign_all(self, station: Station, draft: Draft) -> Draft:
        """Every release that a draft asks for."""
        desk = station.cards(self.name)[draft.card_size - 1].desk
        rp_id = desk.rp_id if desk else ""
        for officer in self.officers:
            if draft.is_released:
                break
            challenge = hashlib.sha256(draft.statement()).digest()
            assertion = officer.authenticator(SUITE).assert_statement(
                challenge, rp_id, f"https://{rp_id}"
            )
            draft = release(station, draft, assertion)
        return draft

    def crash(self) -> None:
        """Lose everything that is not on disk."""
        self.station = None

    def take_copy(self) -> None:
        """A backup of the database: not the anchor, not the keyring."""
        self.copy = self.disk.snapshot()

    def restore_copy(self) -> None:
        """Put the backup back, as an operator would after a disk failure."""
        if self.copy is not None:
            self.disk.close()
            self.disk = SqliteStore.from_snapshot(self.copy)
