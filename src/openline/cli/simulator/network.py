"""The network between simulated parties: it loses, doubles, delays, changes, repeats and cuts.

Shapes   Network drives one conversation per party and peer and serves what arrives
Units    virtual milliseconds
Raises   nothing: crashes go to `on_crash`, refusals to the asking conversation
Source   docs/PROTOCOL.md part 7; watch/links.py is the shell that this stands for
Never    decides what to send: exchange/conversation.py does, as in a real node
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from openline.cli.simulator import wire
from openline.cli.simulator.observer import Observer
from openline.cli.simulator.party import SimParty
from openline.cli.simulator.rogue import Rogue
from openline.cli.simulator.world import SimulatedCrash, World
from openline.errors import OpenlineError
from openline.exchange import conversation
from openline.exchange.logs import hello
from openline.exchange.membership import brought
from openline.exchange.peer.client import Unreachable
from openline.exchange.peer.status import status_of
from openline.exchange.refusals import PeerRefused, UnknownKey
from openline.exchange.station import Station
from openline.exchange.traffic import asks, receive
from openline.exchange.traffic.link import Link, Post, Rest, Step, Talk

TIMEOUT_MS = 3_000
REPLAY_DELAY_MS = 90_000
HEARD_MAX = 64
PART_BYTES = 2_500
Back = Callable[[bytes | OpenlineError], None]


@dataclass(slots=True)
class Driver:
    """One conversation of one party, alive as long as its station is."""

    owner: SimParty
    link: Link
    talk: Talk
    resting: int = 0
    turn: int = 0


@dataclass(slots=True)
class Heard:
    """A request as it went over the wire, for somebody who repeats it."""

    source: str
    target: str
    request: Post


def nobody(answer: bytes | OpenlineError) -> None:
    """Nobody waits for this answer."""


@dataclass(slots=True)
class Network:
    """Every conversation and every request under way."""

    world: World
    observer: Observer
    parties: dict[str, SimParty]
    on_crash: Callable[[SimParty, str], None]
    rogue: Rogue | None = None
    drivers: dict[tuple[str, str], Driver] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)

    def party(self, name: str, towards: str) -> SimParty:
        """A party as another one meets it: a dishonest one may have two faces."""
        if self.rogue is not None and name == self.rogue.name:
            return self.rogue.face(towards)
        return self.parties[name]

    # Conversations

    def start(self, party: SimParty) -> None:
        """A conversation with every peer that the party knows and has none with."""
        station = party.station
        if station is None:
            return
        peers = {p for row in station.lines() for p in station.others(row.line_id)}
        for peer in sorted(peers):
            if party.station is not station:
                return  # it died over the conversation with another peer
            key = (party.name, peer)
            if key not in self.drivers and self.party(party.name, peer) is party:
                link = Link(peer)
                driver = Driver(party, link, conversation.talk(station, link))
                self.drivers[key] = driver
                self._drive(driver, driver.talk.__next__)

    def stop(self, party: SimParty) -> None:
        """The conversations of a party that died."""
        for key in [k for k, driver in self.drivers.items() if driver.owner is party]:
            del self.drivers[key]

    def wake(self, party: SimParty) -> None:
        """Something new is there: every resting conversation looks at once."""
        for driver in list(self.drivers.values()):
            if driver.owner is party and driver.resting:
                turn = driver.resting
                self.world.later(1, partial(self._resume, driver, turn))

    def greet(self, party: SimParty) -> None:
        """What a party is has changed: it says hello to every peer; see watch/links.py."""
        for driver in self.drivers.values():
            if driver.owner is party:
                driver.link.asked = True

    def _alive(self, driver: Driver) -> bool:
        return self.drivers.get((driver.owner.name, driver.link.peer)) is driver

    def _drive(self, driver: Driver, advance: Callable[[], Step]) -> None:
        """Resume a conversation and carry out what it asks for next."""
        if not self._alive(driver):
            return
        driver.turn += 1
        turn = driver.turn
        try:
            step = advance()
        except SimulatedCrash as crash:
            self.on_crash(driver.owner, str(crash))
            return
        if isinstance(step, Rest):
            driver.resting = turn
            self.world.later(int(step.seconds * 1000) + 1, lambda: self._resume(driver, turn))
            return
        self._carry(driver, step, turn)

    def _resume(self, driver: Driver, turn: int) -> None:
        if self._alive(driver) and driver.resting == turn and driver.turn == turn:
            driver.resting = 0
            self._drive(driver, lambda: driver.talk.send(None))

    # Requests

    def _carry(self, driver: Driver, request: Post, turn: int) -> None:
        """One request and, with luck, its answer."""

        def back(answer: bytes | OpenlineError) -> None:
            # The connection belonged to a process and to one turn of it: later answers are lost.
            if not self._alive(driver) or driver.turn != turn:
                self.world.count("answers too late")
                return
            if isinstance(answer, OpenlineError):
                fault = answer
                self._drive(driver, lambda: driver.talk.throw(fault))
            else:
                self._drive(driver, lambda: driver.talk.send(answer))

        peer = driver.link.peer
        if self.world.tracing:
            self.world.say(f"{driver.owner.name} -> {peer}: {request.path}")
        self.observer.sent(driver.owner, request)
        wait_ms = TIMEOUT_MS + 2 * self.world.faults.delay_max_ms
        lost = Unreachable(f"{peer}: no answer")
        self.world.later(wait_ms, lambda: back(lost) if driver.turn == turn else None)
        self.send(driver.owner.name, peer, request, back)

    def send(self, source: str, target: str, request: Post, back: Back = nobody) -> None:
        """A request over the network: lost, doubled, delayed, mangled, repeated, or served."""
        world = self.world
        if world.is_cut(source, target) or world.chance(world.faults.loss):
            world.count("requests lost")
            return
        body = world.mangle(request.body)
        world.later(world.delay(), lambda: self._arrive(source, target, request.path, body, back))
        if world.chance(world.faults.duplicate):
            world.count("requests doubled")
            world.later(
                world.delay(), lambda: self._arrive(source, target, request.path, body, nobody)
            )
        if self.rogue is not None:
            self.rogue.overhear(source, target, request)
        self.heard.append(Heard(source, target, request))
        del self.heard[:-HEARD_MAX]
        if world.chance(world.faults.replay):
            self._repeat(world.rng.choice(self.heard))

    def _repeat(self, heard: Heard) -> None:
        """Somebody on the wire sends an old request again, perhaps after a restart."""
        world = self.world
        world.count("requests replayed")
        world.later(
            world.rng.randint(1, REPLAY_DELAY_MS),
            lambda: self._arrive(
                heard.source, heard.target, heard.request.path, heard.request.body, nobody
            ),
        )

    def _arrive(self, source: str, target: str, path: str, body: bytes, back: Back) -> None:
        world = self.world
        party = self.party(target, source)
        if party.station is None:
            back(Unreachable(f"{target} is down"))
            return
        answer = self._answer(party, party.station, source, path, body)
        if answer is None:
            return
        self.wake(party)
        if world.is_cut(source, target) or world.chance(world.faults.loss):
            world.count("answers lost")
            return
        given = world.mangle(answer) if isinstance(answer, bytes) else answer
        world.later(world.delay(), lambda: back(given))
        if world.chance(world.faults.duplicate):
            world.count("answers doubled")
            world.later(world.delay(), lambda: back(given))

    def _answer(
        self, party: SimParty, station: Station, source: str, path: str, body: bytes
    ) -> bytes | OpenlineError | None:
        """What a party answers; None when it died over it, or says nothing at all."""
        answer: bytes | OpenlineError
        try:
            answer = self._serve(party, station, path, body)
        except SimulatedCrash as crash:
            self.on_crash(party, str(crash))
            return None
        except OpenlineError as refusal:
            self.world.count(f"refused {refusal.code}")
            if isinstance(refusal, UnknownKey):
                self._want_card(party, refusal.party)
            answer = PeerRefused(status_of(refusal)[0], refusal.code, str(refusal))
        if self.rogue is not None and party.name == self.rogue.name:
            return self.rogue.twist(source, path, body, answer)
        if isinstance(answer, bytes):
            self.observer.answered(source, party, path, body, answer)
        return answer

    def _want_card(self, party: SimParty, peer: str) -> None:
        """A peer signed with a key that its card here does not name; see watch/links.py."""
        driver = self.drivers.get((party.name, peer))
        if driver is not None and driver.owner is party:
            driver.link.wants_card = True
            if driver.resting:
                self.world.later(1, partial(self._resume, driver, driver.resting))

    def _serve(self, party: SimParty, station: Station, path: str, body: bytes) -> bytes:
        """What the network shell does with a request; see watch/links.py."""
        if path == "hello":
            note, peer, needs = hello.answer(station, body, station.random(16))
            driver = self.drivers.get((party.name, peer))
            if driver is not None and driver.owner is party:
                driver.link.needs.append(needs)
            return note
        if path == "deliver":
            lines = receive.receive(station, body)
            self.start(party)
            return lines
        if path == "cards":
            return b"%d\n" % brought.take(station, body).held
        answer = asks.handle(station, body)
        # A node gives a megabyte at a time; here it gives less, so that small files come in parts.
        return answer[:PART_BYTES] if wire.ask_of(body).verb == "attachment" else answer
