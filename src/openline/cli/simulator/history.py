"""One seeded history: set-up, faults, healing, and the checks at the end.

Shapes   Stage(packs) prepares once; Stage.play(seed) -> Outcome, always the same for one seed
Units    virtual milliseconds; at most EVENTS_MAX faulty events before healing
Raises   Violation: an invariant of DESIGN "What must always hold" is broken
Source   RELIABILITY parts 2 to 4
Never    uses a private path into the exchange: parties talk by the bytes of the protocol
"""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from openline.cli.simulator.checks import Disks
from openline.cli.simulator.faults import Faults, draw_drill, draw_faults
from openline.cli.simulator.files import Files
from openline.cli.simulator.lives import Lives
from openline.cli.simulator.network import Network
from openline.cli.simulator.observer import Observer, Violation
from openline.cli.simulator.party import Saved, SimParty
from openline.cli.simulator.people import People
from openline.cli.simulator.rogue import Rogue
from openline.cli.simulator.world import SimulatedCrash, World
from openline.errors import OpenlineError
from openline.exchange.logs import post
from openline.exchange.membership import identity, lines, parties
from openline.exchange.station import Station
from openline.formats.openjson import Value
from openline.formats.pack import Packs

NAMES = ("a.example", "b.example", "c.example")
ROGUE = "c.example"
EVENTS_MAX = 600
HEAL_EVENTS_MAX = 30_000
HELLO_S = 20
# "Within three hello intervals" of virtual time after healing.
HEAL_MS = 3 * HELLO_S * 1_000
# Files come behind everything, and who gave wrong bytes is asked again after minutes only.
FILES_MS = 900_000
TRICK_MS = 1_500
LOOK_EVERY = 25
# What code raises that nobody foresaw; each is a finding like a broken invariant.
UNFORESEEN = (
    ArithmeticError, AttributeError, LookupError, OpenlineError, RecursionError, RuntimeError,
    TypeError, ValueError,
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What one history did."""

    seed: int
    events: int
    virtual_ms: int
    healed_ms: int
    rogue: bool
    counts: dict[str, int]
    fingerprint: str
    trace: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Beginning:
    """The world when the faults begin: cards compared, lines open, everything received."""

    saved: dict[str, Saved]
    lines: dict[bytes, tuple[str, ...]]
    now_ms: int


class Stage:
    """Everything that histories of one process share: the packs and the world's beginning."""

    def __init__(self, packs: Packs) -> None:
        self.packs = packs
        self.beginning = prepare(packs)

    def history(self, seed: int, *, tracing: bool = False, drill: bool = False) -> "History":
        """A history that has not been played; a drill puts a copy back, whatever else it has."""
        rng = random.Random(seed)
        faults = draw_drill(rng) if drill else draw_faults(rng)
        world = World(seed, faults, rng, self.beginning.now_ms, tracing=tracing)
        history = History(world, self.packs, self.beginning)
        if drill:
            history.lives.drill()
        return history

    def play(self, seed: int, *, tracing: bool = False) -> Outcome:
        """One history from its seed."""
        return self.history(seed, tracing=tracing).run()


class History:
    """Parties, lines, network, people, disasters, and perhaps a dishonest third."""

    def __init__(self, world: World, packs: Packs, beginning: Beginning | None = None) -> None:
        self.world = world
        saved = beginning.saved if beginning is not None else {}
        self.lines = dict(beginning.lines) if beginning is not None else {}
        self.parties = {name: SimParty(world, name, packs, saved.get(name)) for name in NAMES}
        is_rogue = bool(world.faults.tricks)
        honest = frozenset(name for name in NAMES if not (is_rogue and name == ROGUE))
        self.observer = Observer(world, honest, self.lines)
        self.network = Network(world, self.observer, self.parties, self._crashed)
        self.files = Files(self.observer)
        self.people = People(
            world,
            self.observer,
            self.parties,
            self.lines,
            self._crashed,
            self.network.wake,
            self.network.greet,
            self.files,
        )
        self.disks = Disks(self.observer, self.parties, self.lines, self.files)
        self.lives = Lives(world, self.observer, self.parties, self.network, self.disks.accusations)
        for party in self.parties.values():
            party.watch_sealing = self.observer.sealing
            party.watch_signing = self.observer.signing
        self.rogue = self._rogue() if is_rogue else None

    def _crashed(self, party: SimParty, where: str) -> None:
        self.lives.crashed(party, where)

    def _rogue(self) -> Rogue:
        """The third party, dishonest from now on."""
        main = self.parties[ROGUE]
        victims = tuple(name for name in NAMES if name != ROGUE)
        line_id = next(line for line, members in self.lines.items() if ROGUE in members)
        rogue = Rogue(
            self.world, main, victims, line_id, self.network.send, self._split, self._show
        )
        self.network.rogue = rogue
        return rogue

    def _split(self, twin: SimParty, victim: str) -> None:
        """The dishonest party's second face begins to act."""
        self._show(twin, victim)
        self.people.begin(twin)

    def _show(self, face: SimParty, victim: str) -> None:
        """From now on this face speaks with a party."""
        self.network.drivers.pop((face.name, victim), None)
        self.network.start(face)

    # Running

    def run(self) -> Outcome:
        """Faults, then healing, then checks; the disks are closed in any case."""
        try:
            return self._run()
        except Violation:
            raise
        except SimulatedCrash as crash:
            raise Violation(self.world.seed, f"a process died unseen: {crash}") from None
        except UNFORESEEN as fault:
            raise Violation(self.world.seed, f"{type(fault).__name__}: {fault}") from fault
        finally:
            for party in self.parties.values():
                party.disk.close()

    def _run(self) -> Outcome:
        world = self.world
        for party in self.parties.values():
            party.boot()
        for party in self.parties.values():
            self.network.start(party)
            self.people.begin(party)
            if self.observer.watches(party):
                party.fuse.armed = True
                self.lives.begin(party)
        if self.rogue is not None:
            self._tricks(self.rogue)
        end = world.events + EVENTS_MAX
        while world.events < end and world.step():
            pass
        self.lives.drill_now()
        healed_ms = self._heal()
        self.disks.check()
        return Outcome(
            world.seed, world.events, world.now_ms, healed_ms, self.rogue is not None,
            world.counts, self.fingerprint(), world.trace,
        )  # fmt: skip

    def _tricks(self, rogue: Rogue) -> None:
        def once() -> None:
            if not self.world.healing:
                rogue.act()
                self.world.later(self.world.rng.randint(100, TRICK_MS), once)

        self.world.later(self.world.rng.randint(1, TRICK_MS), once)

    def _heal(self) -> int:
        """No more faults: everybody is up, every link holds, every clock is right."""
        world = self.world
        world.say("from here on nothing fails any more")
        world.healing = True
        world.cut.clear()
        for party in self.parties.values():
            party.fuse.armed = False
            party.clock.off_s = 0
            if party.station is None:
                self.lives.reboot(party)
        start_ms = world.now_ms
        self.run_until(self.disks.converged, "healing", start_ms + HEAL_MS)
        healed_ms = world.now_ms - start_ms
        self.run_until(self.disks.has_files, "fetching files", world.now_ms + FILES_MS)
        return healed_ms

    def run_until(self, done: Callable[[], bool], what: str, end_ms: int) -> None:
        """Steps until something is so; Violation when it is not in time."""
        for count in range(HEAL_EVENTS_MAX):
            if count % LOOK_EVERY == 0 and done():
                return
            if self.world.now_ms > end_ms or not self.world.step():
                break
        if not done():
            self.observer.fail(f"{what} did not come to an end: {self.observer.why}")

    def fingerprint(self) -> str:
        """One hash over what all disks hold and what happened on the way."""
        found = hashlib.sha256()
        for party in self.parties.values():
            for log in sorted(party.disk.logs(), key=lambda each: each.origin):
                found.update(f"{party.name} {log.origin} {log.size} {log.root.hex()}\n".encode())
        for what, times in sorted(self.world.counts.items()):
            found.update(f"{what} {times}\n".encode())
        found.update(f"{self.world.events} {self.world.now_ms}\n".encode())
        return found.hexdigest()[:32]


# The beginning, made once per process


def prepare(packs: Packs) -> Beginning:
    """Cards exchanged, one line of three and one of two, both opened by all, without a fault."""
    world = World(0, Faults(), random.Random("openline"), healing=True)
    history = History(world, packs)
    for party in history.parties.values():
        party.enrol()
    for party in history.parties.values():
        for other in history.parties.values():
            if other is not party:
                parties.add(need(party.station), identity.own_cards(need(other.station)))
    for members in (NAMES, NAMES[:2]):
        open_line(history, members)

    def is_open() -> bool:
        return all(everybody_opened(history, line_id) for line_id in history.lines)

    history.run_until(is_open, "opening", world.now_ms + 600_000)
    history.run_until(history.disks.converged, "opening", world.now_ms + 600_000)
    saved = {name: party.saved() for name, party in history.parties.items()}
    for party in history.parties.values():
        party.disk.close()
    return Beginning(saved, history.lines, world.now_ms)


def open_line(history: History, members: tuple[str, ...]) -> None:
    """The first member invites the others."""
    first = history.parties[members[0]]
    station = need(first.station)
    spec: dict[str, Value] = {
        "title": f"line of {len(members)}", "status": "test", "level": "diplomatic",
        "purpose": "simulated", "members": list(members), "languages": ["en"], "packs": ["core"],
        "officers": {"*": 1, "open": 1}, "timers": {"hello": HELLO_S, "prekey": 120},
    }  # fmt: skip
    draft = first.sign_all(station, lines.invite(station, spec))
    history.lines[draft.line_id] = members
    post.post(station, [draft])
    for party in history.parties.values():
        history.network.start(party)
    history.network.wake(first)


def everybody_opened(history: History, line_id: bytes) -> bool:
    """Whether every member has opened; whoever has a proposal waiting accepts it here."""
    opened = True
    for name in history.lines[line_id]:
        party = history.parties[name]
        station = need(party.station)
        row = station.store.line(line_id)
        if row is not None and station.own_log(line_id) is None:
            post.post(station, [party.sign_all(station, lines.accept(station, line_id))])
            history.network.start(party)
            history.network.wake(party)
        opened &= row is not None and lines.is_open(station, line_id)
    return opened


def need(station: Station | None) -> Station:
    """A station that is up."""
    if station is None:
        raise RuntimeError("the party is down")
    return station
