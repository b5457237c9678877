"""One seeded history: set-up, faults, healing, and the checks at the end.

Shapes   play(seed) -> Outcome; the same seed gives the same outcome
Units    virtual milliseconds; at most EVENTS_MAX faulty events before healing
Raises   Violation: an invariant of DESIGN "What must always hold" is broken
Source   RELIABILITY parts 2 to 4
Never    uses a private path into the exchange: parties talk by the bytes of the protocol
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from openline.cli.simulator.checks import Observer, Violation, converged
from openline.cli.simulator.party import SimParty
from openline.cli.simulator.world import SimulatedCrash, World, draw_faults
from openline.errors import OpenlineError
from openline.exchange import (
    asks,
    conversation,
    drafts,
    epochs,
    hello,
    identity,
    lines,
    parties,
    post,
    prekeys,
    receive,
    recover,
    sequence,
)
from openline.exchange.conversation import Link, Post, Rest, Step, Talk
from openline.exchange.peer.client import PeerRefused, Unreachable
from openline.exchange.peer.status import status_of
from openline.exchange.station import Station
from openline.formats.openjson import Value
from openline.formats.pack import Packs

NAMES = ("a.example", "b.example", "c.example")
EVENTS_MAX = 600
HEAL_EVENTS_MAX = 30_000
TIMEOUT_MS = 3_000
DUTY_MS = 1_000
MESSAGES_MAX = 20


@dataclass(slots=True)
class Driver:
    """One conversation of one party, alive as long as its station is."""

    owner: SimParty
    link: Link
    talk: Talk
    boot: int
    resting: int = 0
    turn: int = 0


@dataclass(slots=True)
class Outcome:
    """What one history did."""

    seed: int
    events: int
    virtual_ms: int
    counts: dict[str, int]
    trace: list[str] = field(default_factory=list)


class History:
    """Parties, lines, network and the people who act on them."""

    def __init__(self, seed: int, packs: Packs, *, tracing: bool = False) -> None:
        rng = random.Random(seed)
        self.world = World(seed, draw_faults(rng), rng, tracing=tracing)
        self.observer = Observer(self.world)
        self.parties = {name: SimParty(self.world, name, packs) for name in NAMES}
        self.drivers: dict[tuple[str, str], Driver] = {}
        self.lines: list[bytes] = []
        self.posted = dict.fromkeys(NAMES, 0)

    # Set-up, without faults

    def prepare(self) -> None:
        """Cards exchanged and compared, one line of three and one of two, all opened."""
        for party in self.parties.values():
            party.enrol()
        for party in self.parties.values():
            for other in self.parties.values():
                if other is not party and other.station and party.station:
                    parties.add(party.station, identity.own_cards(other.station))
        self.world.healing = True
        for members in (NAMES, NAMES[:2]):
            self._open_line(members)
        self._run_until(lambda: all(self._is_open(line) for line in self.lines), "opening")
        self.world.healing = False

    def _open_line(self, members: tuple[str, ...]) -> None:
        first = self.parties[members[0]]
        station = need(first.station)
        title = f"line of {len(members)}"
        spec: dict[str, Value] = {
            "title": title, "status": "test", "level": "diplomatic", "purpose": "simulated",
            "members": list(members), "languages": ["en"], "packs": ["core"],
            "officers": {"*": 1, "open": 1}, "timers": {"hello": 20, "prekey": 120},
        }  # fmt: skip
        draft = first.sign_all(station, lines.invite(station, spec))
        self.lines.append(draft.line_id)
        post.post(station, [draft])
        for name in NAMES:
            self._start_drivers(self.parties[name])
        self._wake(first)

    def _is_open(self, line_id: bytes) -> bool:
        """Whether every member has opened; whoever has a proposal waiting accepts it here."""
        opened = True
        for party in self.parties.values():
            station = need(party.station)
            row = station.store.line(line_id)
            if row is not None and station.own_log(line_id) is None:
                draft = party.sign_all(station, lines.accept(station, line_id))
                post.post(station, [draft])
                self._start_drivers(party)
                self._wake(party)
            opened &= row is None or lines.is_open(station, line_id)
        return opened

    # Running

    def run(self) -> Outcome:
        """Faults, then healing, then checks."""
        world = self.world
        self.prepare()
        for party in self.parties.values():
            party.fuse.armed = True
            self._schedule_messages(party)
            self._schedule_duty(party)
            self._schedule_people(party)
        end = world.events + EVENTS_MAX
        while world.events < end and world.step():
            pass
        self._heal()
        self._run_until(lambda: converged(self), "healing")
        self.observer.final(self)
        return Outcome(world.seed, world.events, world.now_ms, world.counts, world.trace)

    def _heal(self) -> None:
        self.world.healing = True
        self.world.cut.clear()
        for party in self.parties.values():
            party.fuse.armed = False
            if party.station is None:
                self._reboot(party)

    def _run_until(self, done: Callable[[], bool], what: str) -> None:
        for count in range(HEAL_EVENTS_MAX):
            if count % 50 == 0 and done():
                return
            if not self.world.step():
                break
        if not done():
            raise Violation(self.world.seed, f"{what} did not come to an end: {self.observer.why}")

    def _guard(self, party: SimParty, act: Callable[[Station], None]) -> None:
        """Run something on a party's station; a crash ends the station."""
        if party.station is None:
            return
        try:
            act(party.station)
        except SimulatedCrash as crash:
            self._crashed(party, str(crash))

    def _crashed(self, party: SimParty, where: str) -> None:
        world = self.world
        world.say(f"{party.name} dies {where}")
        world.count("crashes")
        party.crash()
        for key in [k for k in self.drivers if k[0] == party.name]:
            del self.drivers[key]
        world.later(world.rng.randint(10, 4000), lambda: self._reboot(party))

    def _reboot(self, party: SimParty) -> None:
        if party.station is not None:
            return
        if party.copy is not None and self.world.chance(self.world.faults.restore):
            self.world.count("restores")
            self.world.say(f"{party.name} is restored from an older copy")
            party.restore_copy()
            self.observer.restored(self, party)
        try:
            station = party.boot()
        except SimulatedCrash as crash:
            self._crashed(party, str(crash))
            return
        if station.suspect:
            self.world.count("suspect at start")
        self.world.say(f"{party.name} starts; suspect: {len(station.suspect)}")
        self._start_drivers(party)

    # What people and time do

    def _schedule_messages(self, party: SimParty) -> None:
        def act() -> None:
            if self.world.healing or self.posted[party.name] >= MESSAGES_MAX:
                return
            self._guard(party, lambda station: self._say_something(party, station))
            self.world.later(self.world.rng.randint(20, 3000), act)

        self.world.later(self.world.rng.randint(1, 500), act)

    def _say_something(self, party: SimParty, station: Station) -> None:
        line_id = self.world.rng.choice(self.lines)
        if station.store.line(line_id) is None or party.name not in members_of(station, line_id):
            return
        self.posted[party.name] += 1
        text = f"{party.name} says {self.posted[party.name]}"
        subject: list[Value] = [{"lang": "en", "status": "original", "text": text}]
        withhold = ["scope"] if self.world.rng.random() < 0.3 else []
        content: dict[str, Value] = {"subject": subject}
        if withhold:
            content["scope"] = subject
        format_id = "core/request-guarantee@1" if withhold else "core/clarification@1"
        draft = party.sign_all(station, drafts.compose(
            station, line_id, "message", content, format_id=format_id, withhold=withhold,
        ))  # fmt: skip
        places = post.post(station, [draft])
        self.observer.accepted(party, line_id, draft.id)
        self.world.say(f"{text}: {places[0] or 'waits in the outbox'}")
        self._wake(party)

    def _schedule_duty(self, party: SimParty) -> None:
        def act() -> None:
            self._guard(party, lambda station: self._duties(party, station))
            self.world.later(DUTY_MS, act)

        self.world.later(self.world.rng.randint(1, DUTY_MS), act)

    def _duties(self, party: SimParty, station: Station) -> None:
        for row in station.lines():
            if row.line_id in station.suspect or station.own_log(row.line_id) is None:
                continue
            try:
                sequence.sequence_outbox(station, row.line_id)
                if not self.world.healing and prekeys.rotation_due(station, row.line_id, 30):
                    prekeys.rotate(station, row.line_id)
                    self.world.count("prekeys rotated")
                if prekeys.delete(station, row.line_id):
                    self.world.count("prekeys deleted")
                if row.line_id in station.gaps_due and recover.tell_gaps(station, row.line_id):
                    self.world.count("gaps told")
            except OpenlineError as refused:
                self.world.count(f"duty refused {refused.code}")
        self._wake(party)

    def _schedule_people(self, party: SimParty) -> None:
        def act() -> None:
            world = self.world
            if world.chance(0.15):
                party.take_copy()
            if world.chance(world.faults.cut * 10):
                other = world.rng.choice([n for n in NAMES if n != party.name])
                world.cut ^= {frozenset((party.name, other))}
                world.count("cuts")
            self._guard(party, lambda station: self._reopen(party, station))
            world.later(world.rng.randint(300, 2000), act)

        self.world.later(self.world.rng.randint(1, 2000), act)

    def _reopen(self, party: SimParty, station: Station) -> None:
        """Officers release what a suspect line asks for, and say *ours* where they are asked."""
        for event in station.store.events("alarm", 50):
            if (
                event.code == "epoch.ours"
                and station.store.meta(f"ours/{event.subject}") == b"asked"
            ):
                with station.store.write() as tx:
                    tx.set_meta(f"ours/{event.subject}", b"yes")
                for session in station.sessions.values():
                    session.boot = b""
                self.world.count("said ours")
            asked = station.store.meta(f"reseal-yes/{event.subject}") == b"-1"
            if event.code == "reseal.asked" and asked:
                asks.allow_reseal(station, event.subject, 3600)
                self.world.count("reseal allowed")
        for line_id in list(station.suspect):
            draft = party.sign_all(station, epochs.draft_open(station, line_id))
            post.post(station, [draft])
            self.world.count("new epochs")
            self.world.say(f"{party.name} opens a new epoch")
        self._wake(party)

    # Network

    def _start_drivers(self, party: SimParty) -> None:
        station = party.station
        if station is None:
            return
        peers = {p for row in station.lines() for p in station.others(row.line_id)}
        for peer in sorted(peers):
            if (party.name, peer) not in self.drivers:
                link = Link(peer)
                driver = Driver(party, link, conversation.talk(station, link), party.boots)
                self.drivers[(party.name, peer)] = driver
                self._drive(driver, lambda d=driver: next(d.talk))

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
            self._crashed(driver.owner, str(crash))
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

    def _wake(self, party: SimParty) -> None:
        for driver in list(self.drivers.values()):
            if driver.owner is party and driver.resting:
                turn = driver.resting
                self.world.later(1, lambda d=driver, t=turn: self._resume(d, t))

    def _carry(self, driver: Driver, request: Post, turn: int) -> None:
        """A request over the network: lost, doubled, delayed, mangled, or served."""
        world, source, target = self.world, driver.owner, self.parties[driver.link.peer]
        self.observer.sent(source, request)

        def back(answer: bytes | OpenlineError) -> None:
            if not self._alive(driver) or driver.turn != turn:
                return
            if isinstance(answer, OpenlineError):
                fault = answer
                self._drive(driver, lambda: driver.talk.throw(fault))
            else:
                self._drive(driver, lambda: driver.talk.send(answer))

        def timeout() -> None:
            back(Unreachable(f"{target.name}: no answer"))

        if world.is_cut(source.name, target.name) or world.chance(world.faults.loss):
            world.count("requests lost")
            world.later(TIMEOUT_MS, timeout)
            return
        body = world.mangle(request.body)
        world.later(world.delay(), lambda: self._arrive(source, target, request, body, back))
        world.later(TIMEOUT_MS + 2 * world.faults.delay_max_ms, timeout)
        if world.chance(world.faults.duplicate):
            world.count("requests doubled")
            world.later(world.delay(), lambda: self._arrive(source, target, request, body, None))

    def _arrive(
        self,
        source: SimParty,
        target: SimParty,
        request: Post,
        body: bytes,
        back: Callable[[bytes | OpenlineError], None] | None,
    ) -> None:
        world, station = self.world, target.station
        reply = back or (lambda _: None)
        if station is None:
            reply(Unreachable(f"{target.name} is down"))
            return
        answer: bytes | OpenlineError
        try:
            answer = self._serve(target, station, request.path, body)
        except SimulatedCrash as crash:
            self._crashed(target, str(crash))
            return
        except OpenlineError as refusal:
            world.count(f"refused {refusal.code}")
            answer = PeerRefused(status_of(refusal)[0], refusal.code, str(refusal))
        self._wake(target)
        if world.is_cut(source.name, target.name) or world.chance(world.faults.loss):
            world.count("answers lost")
            return
        if isinstance(answer, bytes):
            answer = world.mangle(answer)
        world.later(world.delay(), lambda: reply(answer))

    def _serve(self, target: SimParty, station: Station, path: str, body: bytes) -> bytes:
        """What the network shell does with a request; see watch/links.py."""
        if path == "hello":
            note, peer, needs = hello.answer(station, body, station.random(16))
            driver = self.drivers.get((target.name, peer))
            if driver is not None:
                driver.link.needs.append(needs)
            return note
        if path == "deliver":
            lines_back = receive.receive(station, body)
            self.observer.receipted(target, body, lines_back)
            self._start_drivers(target)
            return lines_back
        answer = asks.handle(station, body)
        self.observer.answered(target, body, answer)
        return answer


def need(station: Station | None) -> Station:
    """A station that is up."""
    if station is None:
        raise RuntimeError("the party is down")
    return station


def members_of(station: Station, line_id: bytes) -> tuple[str, ...]:
    """All members of a line."""
    return tuple(m.party for m in station.charter(line_id).members)


def play(seed: int, packs: Packs, *, tracing: bool = False) -> Outcome:
    """One history from its seed."""
    return History(seed, packs, tracing=tracing).run()
