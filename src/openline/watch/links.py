"""Links: one task per peer that carries the conversation of exchange/ over real sockets.

Shapes   Links.run() keeps a task per peer of any line; deliver, hello and ask serve the others
Units    seconds; round trips in milliseconds
Raises   nothing out of a task; Unsettled from `settle`
Source   docs/PROTOCOL.md parts 7 and 8; exchange/conversation.py decides everything
Never    decides what to send: it carries, waits and wakes
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from openline.errors import OpenlineError
from openline.exchange import asks, conversation, hello, receive
from openline.exchange.conversation import Link, Post, Rest, Step
from openline.exchange.hello import Needs
from openline.exchange.peer.client import PeerClient, Unreachable
from openline.exchange.station import Station
from openline.formats.spell import utc
from openline.watch.duty import kept_going, report
from openline.watch.lane import Lane
from openline.watch.refusals import UNKNOWN, Refusals, named_in

NEEDS_MAX = 8
SETTLE_LOOK_S = 0.005


class Unsettled(OpenlineError):
    """Something is still to be sent to a peer or fetched from it, and the time is over."""

    code: ClassVar[str] = "watch.unsettled"
    remedy: ClassVar[str] = "Look at the link with `openline link test LINE`; the node goes on."


@dataclass(slots=True)
class Way:
    """A link with what only the shell knows of it."""

    link: Link
    rests: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_settled(self) -> bool:
        """Up, with nothing to send, to fetch or to look at."""
        return self.link.up and self.rests and not (self.link.needs or self.wake.is_set())

    def value(self) -> dict[str, object]:
        """The link as the board shows it."""
        link = self.link
        return {
            "peer": link.peer,
            "up": link.up,
            "last_up": utc(link.last_up_s) if link.last_up_s else "",
            "last_error": link.last_error,
            "round_trip_ms": round(link.round_trip_us / 1000, 1),
            "link_tests": link.tests_before + link.tests,
            "folds_agree": {line.hex(): same for line, same in link.agree.items()},
        }


class Links:
    """All links of a node."""

    def __init__(self, station: Station, lane: Lane, client: PeerClient) -> None:
        self.station, self.lane, self.client = station, lane, client
        self.refusals = Refusals(station)
        self.ways: dict[str, Way] = {}
        self.changed = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._telling: asyncio.Future[None] | None = None

    async def deliver(self, body: bytes) -> bytes:
        """A delivery from a peer; its receipt."""
        async with self.watching("deliver", body):
            lines, has_written = await self.lane.run(self._receive, body)
        if has_written:
            self.wake_all()
        self.changed.set()
        return lines

    def _receive(self, body: bytes) -> tuple[bytes, bool]:
        """The receipt, and whether taking the delivery made an entry of our own (a defect)."""
        before = self.station.written()
        return receive.receive(self.station, body), self.station.written() != before

    async def greet(self, body: bytes) -> bytes:
        """A peer's hello; ours in answer. It also wakes our own task for that peer."""
        async with self.watching("hello", body):
            note, peer, needs = await self.lane.run(self._answer_hello, body)
        way = self.way(peer)
        way.link.needs.append(needs)
        del way.link.needs[:-NEEDS_MAX]  # the newest hello says all that the older ones said
        way.wake.set()
        return note

    def _answer_hello(self, body: bytes) -> tuple[bytes, str, Needs]:
        return hello.answer(self.station, body, self.station.random(16))

    async def ask(self, body: bytes) -> bytes:
        """A peer's signed ask; its answer."""
        async with self.watching("ask", body):
            return await self.lane.run(asks.handle, self.station, body)

    @contextlib.asynccontextmanager
    async def watching(self, path: str, body: bytes) -> AsyncIterator[None]:
        """What is refused inside the block is counted and told; the refusal goes on to the peer."""
        try:
            yield
        except OpenlineError as refusal:
            await self.lane.run(self._refused, path, body, refusal)
            raise

    def _refused(self, path: str, body: bytes, refusal: OpenlineError) -> None:
        party = named_in(self.station, path, body)
        if self.refusals.saw(party, refusal.code, str(refusal)):
            self.refusals.tell()

    def failed(self, name: str, fault: BaseException) -> None:
        """A fault that nobody foresaw: an alarm, counted like a refusal."""
        self._count(self.station.party, "watch.unforeseen", report(name, fault))

    def refusing(self, refusal: OpenlineError) -> None:
        """A body that was too long or too slow to be read: nobody knows in whose name."""
        self._count(UNKNOWN, refusal.code, str(refusal))

    def _count(self, party: str, code: str, sentence: str) -> None:
        if self.refusals.saw(party, code, sentence):
            self._telling = asyncio.ensure_future(self.lane.run(self.refusals.tell))

    def greet_all(self) -> None:
        """Say hello to every peer now: what this party is has changed, its card for one."""
        for way in self.ways.values():
            way.link.asked = True
        self.wake_all()

    def way(self, peer: str) -> Way:
        """The way to a peer; `run` gives it a task."""
        if peer not in self.ways:
            self.ways[peer] = Way(Link(peer))
            self.changed.set()
        return self.ways[peer]

    def wake_all(self) -> None:
        """Something new was committed: every link looks at once whether it has to send."""
        for way in self.ways.values():
            way.wake.set()
        self.changed.set()

    async def run(self) -> None:
        """Keep one task per peer of a line; ended by cancelling this task."""
        try:
            while True:
                self.changed.clear()
                for peer in await self.lane.run(peers_of, self.station):
                    self.way(peer)
                for peer, way in list(self.ways.items()):
                    if peer not in self._tasks:
                        duty = kept_going(f"link {peer}", partial(self.keep, way), self.failed)
                        self._tasks[peer] = asyncio.create_task(duty)
                await self.changed.wait()
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            self._tasks.clear()

    async def keep(self, way: Way) -> None:
        """Drive one conversation for ever."""
        talk = conversation.talk(self.station, way.link)
        step: Step = await self.lane.run(next, talk)
        while True:
            if isinstance(step, Rest):
                way.rests = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(way.wake.wait(), step.seconds)
                way.wake.clear()
                way.rests = False
                step = await self.lane.run(talk.send, None)
                continue
            try:
                answer = await self.carry(way, step)
            except OpenlineError as fault:
                step = await self.lane.run(talk.throw, fault)
            else:
                step = await self.lane.run(talk.send, answer)

    async def post(self, peer: str, path: str, body: bytes) -> bytes:
        """One request made by hand."""
        return await self.carry(self.way(peer), Post(path, body))

    async def test(self, peer: str, wait_s: float) -> dict[str, object]:
        """Wake the conversation with a peer and wait for its next answered hello."""
        way = self.way(peer)
        before, started = way.link.tests, time.monotonic()
        way.link.asked = True
        while time.monotonic() < started + wait_s and way.link.tests == before:
            way.wake.set()
            await asyncio.sleep(0.02)
        told = way.value()
        return {
            **told,
            "up": way.link.tests > before,
            "waited_s": round(time.monotonic() - started, 2),
        }

    async def settle(self, peer: str, wait_s: float, *, greet: bool) -> bool:
        """Wait until nothing is left to do with a peer, after a new hello if so asked.

        Gives whether anything had to be waited for; Unsettled when the time is over.
        """
        way = self.way(peer)
        before, until_s = way.link.tests, time.monotonic() + wait_s
        way.link.asked |= greet
        waited = False
        while not way.is_settled or (greet and way.link.tests == before):
            if time.monotonic() >= until_s:
                raise Unsettled(f"{peer}: {way.link.last_error or 'still at work'}")
            if not way.link.up or (greet and way.link.tests == before):
                way.wake.set()
            waited = True
            await asyncio.sleep(SETTLE_LOOK_S)
        return waited

    async def carry(self, way: Way, post: Post) -> bytes:
        """Try each address on the peer's card in turn."""
        peer = way.link.peer
        fault: OpenlineError = Unreachable(f"{peer}: its card names no address")
        for url in urls_of(self.station, peer):
            started = time.perf_counter()
            try:
                answer = await self.client.post(url, f"/openline/v1/{post.path}", post.body)
            except Unreachable as refused:
                fault = refused
                continue
            if post.path == "hello":
                way.link.round_trip_us = int((time.perf_counter() - started) * 1_000_000)
            return answer
        raise fault


def peers_of(station: Station) -> list[str]:
    """Every other member of any line of this node."""
    return sorted({p for row in station.lines() for p in station.others(row.line_id)})


def urls_of(station: Station, peer: str) -> tuple[str, ...]:
    """The addresses on a peer's newest card."""
    cards = station.cards(peer)
    return cards[-1].urls if cards else ()
