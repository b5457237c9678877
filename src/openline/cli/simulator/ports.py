"""The ports of a simulated node: store, anchor, clock and suite, each able to fail or to watch.

Shapes   each wraps the real thing and is given to a Station in its place
Units    milliseconds of the world's clock; clock errors in seconds
Raises   SimulatedCrash at any durable effect; StoreFull where the disk is full
Source   RELIABILITY parts 2 to 4; docs/PROTOCOL.md part 8
Never    changes what the wrapped port does when it does not fail
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from openline.cli.simulator.world import SimulatedCrash, World
from openline.envelope.fake import UnsafeSimulationSuite
from openline.envelope.suite import ML_DSA_44, Randomness
from openline.exchange.logs import clocks
from openline.store.contract import Anchor, AnchorRecord, StoreFull, Tx
from openline.store.sqlite import SqliteStore

# The fake suite leaves plain text readable; every byte is exchanged for another one, so that a
# canary word that is seen anywhere was not sealed.
SEALED: Final = bytes((byte * 167 + 59) % 256 for byte in range(256))
UNSEALED: Final = bytes(SEALED.index(byte) for byte in range(256))
Sealing = Callable[[Sequence[bytes], bytes], None]


@dataclass(slots=True)
class MemoryViews:
    """Views in memory; they survive a crash and are not part of a restore."""

    rows: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def put(self, table: str, key: str, value: bytes) -> None:
        self.rows[(table, key)] = value

    def put_many(self, table: str, rows: Iterable[tuple[str, bytes]]) -> None:
        self.rows.update({(table, key): value for key, value in rows})

    def get(self, table: str, key: str) -> bytes | None:
        return self.rows.get((table, key))

    def delete(self, table: str, key: str) -> None:
        self.rows.pop((table, key), None)

    def delete_all(self, table: str, prefix: str) -> None:
        for key, _ in self.scan(table, prefix):
            self.delete(table, key)

    def scan(self, table: str, prefix: str = "") -> list[tuple[str, bytes]]:
        return [(k, v) for (t, k), v in self.rows.items() if t == table and k.startswith(prefix)]


@lru_cache(maxsize=4096)
def _seal_public(seed: bytes) -> bytes:
    return UnsafeSimulationSuite().seal_public(seed)


@lru_cache(maxsize=4096)
def _public(kind: int, seed: bytes) -> bytes:
    return UnsafeSimulationSuite().public(kind, seed)


class WatchedSuite(UnsafeSimulationSuite):
    """The simulation's suite; every sealing and signature is shown to whoever watches."""

    __slots__ = ("_sealing", "_signing")

    def __init__(self, sealing: Sealing, signing: Callable[[], None]) -> None:
        self._sealing, self._signing = sealing, signing

    def sign(self, kind: int, seed: bytes, message: bytes) -> bytes:
        """The same signature; heads and receipts are those with an ML-DSA line."""
        if kind == ML_DSA_44:
            self._signing()
        return super().sign(kind, seed, message)

    def public(self, kind: int, seed: bytes) -> bytes:
        """The same as without the watching, remembered."""
        return _public(kind, seed)

    def seal_public(self, seed: bytes) -> bytes:
        """The same as without the watching, remembered."""
        return _seal_public(seed)

    def seal_keyed(
        self, recipients: Sequence[bytes], plaintext: bytes, random: Randomness
    ) -> tuple[bytes, bytes]:
        """Shown first, then sealed so that no word of it can be read."""
        self._sealing(recipients, plaintext)
        return super().seal_keyed(recipients, plaintext.translate(SEALED), random)

    def unseal_keyed(
        self, seeds: Sequence[bytes], file: bytes, stanzas: int | None = None
    ) -> tuple[bytes, bytes]:
        """What `seal` was given."""
        plaintext, file_key = super().unseal_keyed(seeds, file, stanzas)
        return plaintext.translate(UNSEALED), file_key

    def reopen(self, file_key: bytes, file: bytes) -> bytes:
        """What `seal` was given."""
        return super().reopen(file_key, file).translate(UNSEALED)


class Fuse:
    """Draws at every effect of one party whether it dies there, or whether its disk is full."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.armed = False
        self.full_until_ms = 0

    def effect(self, name: str) -> None:
        """A point at which the process may die."""
        world = self._world
        if self.armed and world.chance(world.faults.crash):
            world.count(f"crash at {name}")
            raise SimulatedCrash(name)

    def room(self) -> None:
        """A commit that the disk may refuse, once or for some seconds."""
        world = self._world
        if not self.armed:
            return
        if world.chance(world.faults.full):
            self.full_until_ms = world.now_ms + world.rng.choice((0, 0, 5_000, 20_000))
            world.count("disk full")
        elif world.now_ms > self.full_until_ms:
            return
        raise StoreFull("the simulated disk is full")


class FusedStore:
    """The store with a fuse before and after every commit, and a disk that can be full."""

    def __init__(self, inner: SqliteStore, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> object:
        # Kept beside `_inner`: the next reading of the same method costs nothing.
        found: object = getattr(self._inner, name)
        self.__dict__[name] = found
        return found

    @contextlib.contextmanager
    def write(self) -> Iterator[Tx]:
        with self._inner.write() as tx:
            yield tx
            self._fuse.effect("before commit")
            self._fuse.room()
        self._fuse.effect("after commit")


class FusedAnchor:
    """The anchor with a fuse before and after every append."""

    def __init__(self, inner: Anchor, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def append(self, records: Sequence[AnchorRecord]) -> None:
        self._fuse.effect("before anchor")
        self._fuse.room()
        self._inner.append(records)
        self._fuse.effect("after anchor")

    def heads(self) -> dict[str, AnchorRecord]:
        return self._inner.heads()

    def signed(self) -> dict[str, AnchorRecord]:
        return self._inner.signed()

    def ever(self) -> dict[str, AnchorRecord]:
        return self._inner.ever()

    def is_stale(self) -> str | None:
        return self._inner.is_stale()

    def close(self) -> None:
        self._inner.close()


class SimClock(clocks.SystemClock):
    """The world's clock with this party's own error; `mono_s` has none, as in a real machine."""

    def __init__(self, world: World, skew_s: int) -> None:
        self._world = world
        self.skew_s = skew_s
        self.off_s = 0

    def now_s(self) -> int:
        return self._world.now_ms // 1000 + self.skew_s + self.off_s

    def mono_s(self) -> int:
        return self._world.now_ms // 1000
