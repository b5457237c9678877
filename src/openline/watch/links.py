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
from openline.exchange import conversation
from openline.exchange.carried import early, parcels
from openline.exchange.kept import alarms
from openline.exchange.logs import hello
from openline.exchange.logs.hello import Needs
from openline.exchange.membership import brought
from openline.exchange.peer.client import PeerClient, Unreachable
from openline.exchange.peer.server import Handler
from openline.exchange.refusals import FrozenParty, UnknownKey
from openline.exchange.station import Station
from openline.exchange.traffic import asks, orderwire, pieces, receive
from openline.exchange.traffic.link import CARD_AGAIN_S, Link, Post, Rest, Step
from openline.formats.spell import utc
from openline.watch.duty import kept_going, report
from openline.watch.lane import Lane
from openline.watch.refusals import UNKNOWN, Refusals, named_in

NEEDS_MAX = 8
SETTLE_LOOK_S = 0.005
# So long a hello waits at one address of several.
SILENT_S = 6.0
LISTENERS_MAX = 256
PIECE_BYTES = 512
PIECE_PAUSE_S = 0.2
PIECES_LOST_MAX = 20


class Unsettled(OpenlineError):
    """Something is still to be sent to a peer or fetched from it, and the time is over."""

    code: ClassVar[str] = "watch.unsettled"
    remedy: ClassVar[str] = "Look at the link with `openline link test LINE`; the node goes on."


@dataclass(slots=True)
class Way:
    """A link with what only the shell knows of it."""

    link: Link
    rests: bool = False
    url: str = ""
    looked: asyncio.Event = field(default_factory=asyncio.Event)
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
        self._listening: set[asyncio.Event] = set()
        self._is_over = False
        self._assembly, self._wire = pieces.Assembly(), orderwire.Patience()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._telling: asyncio.Future[None] | None = None

    def handlers(self) -> dict[str, Handler]:
        """What other nodes may post, by path."""
        return {
            "deliver": self.deliver,
            "hello": self.greet,
            "ask": self.ask,
            "parcel": self.parcel,
            "wire": self.wire,
            "early": self.early,
            "complete": self.complete,
            "piece": self.piece,
            "cards": self.cards,
        }

    async def early(self, body: bytes) -> bytes:
        """A notice that goes ahead of its long signature; no receipt."""
        async with self.watching("early", body):
            answer = await self.lane.run(early.take, self.station, body)
        self.changed.set()
        return answer

    async def complete(self, body: bytes) -> bytes:
        """The long signature of such a notice; its receipt."""
        async with self.watching("complete", body):
            receipt = await self.lane.run(early.complete, self.station, body)
        self.changed.set()
        return receipt

    async def piece(self, body: bytes) -> bytes:
        """A piece of a request; once it is whole, bytes of its answer."""
        piece, whole, is_ready = self._assembly.take(body, self.station.clock.mono_s())
        if is_ready:
            try:
                answer = await self.handlers()[whole.path](whole.request)
            except BaseException:
                self._assembly.drop(piece)
                raise
            self._assembly.answered(whole, answer)
        return self._assembly.progress(piece, whole)

    async def deliver(self, body: bytes) -> bytes:
        """A delivery from a peer; its receipt."""
        async with self.watching("deliver", body):
            lines, has_written = await self.lane.run(self._receive, body)
        if has_written:
            self.wake_all()
        self.changed.set()
        return lines

    def _receive(self, body: bytes) -> tuple[bytes, bool]:
        """The receipt, and whether the delivery gave this node something to do: an entry of our
        own (a defect), a file to fetch."""
        before = self.station.written()
        receipt = receive.receive(self.station, body)
        return receipt, self.station.written() != before or self.station.files_due is None

    async def greet(self, body: bytes) -> bytes:
        """A peer's hello; ours in answer. It also wakes our own task for that peer."""
        async with self.watching("hello", body):
            note, peer, needs = await self.lane.run(self._answer_hello, body)
        way = self.way(peer)
        way.link.needs.append(needs)
        del way.link.needs[:-NEEDS_MAX]  # the newest hello says all that the older ones said
        way.wake.set()
        if not urls_of(self.station, peer):
            conversation.was_heard(self.station, way.link)
        return note

    def _answer_hello(self, body: bytes) -> tuple[bytes, str, Needs]:
        return hello.answer(self.station, body, self.station.random(16))

    async def ask(self, body: bytes) -> bytes:
        """A peer's signed ask; its answer."""
        async with self.watching("ask", body):
            answer = await self.lane.run(asks.handle, self.station, body)
            found = asks.listens(body)
            if found is None or answer:
                return answer
            return await self._news_for(*found)

    async def _news_for(self, peer: str, wait_s: float) -> bytes:
        """Hold an answer until there is something to fetch: for a node that nobody can call."""
        until_s = time.monotonic() + wait_s
        event = asyncio.Event()
        self._listening.add(event)
        try:
            while len(self._listening) <= LISTENERS_MAX and not self._is_over:
                if await self.lane.run(asks.has_news, self.station, peer):
                    return asks.NEWS
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), left_s)
                event.clear()
        finally:
            self._listening.discard(event)
        return b""

    def hush(self) -> None:
        """The node stops: whoever waits for news gets an answer now."""
        self._is_over = True
        for event in self._listening:
            event.set()

    async def parcel(self, body: bytes) -> bytes:
        """A parcel posted by its sender; the parcel that answers it."""
        async with self.watching("parcel", body):
            answer = await self.lane.run(self._take_parcel, body)
        self.wake_all()
        return answer

    def _take_parcel(self, body: bytes) -> bytes:
        taken = parcels.take(self.station, body)
        return parcels.posted_answer(self.station, taken).file

    async def cards(self, body: bytes) -> bytes:
        """Newer cards that a caller brings, its own or another's; how many are held then."""
        async with self.watching("cards", body):
            taken = await self.lane.run(brought.take, self.station, body)
        if taken.fresh:  # else anybody could keep every link awake
            self.wake_all()
        return b"%d\n" % taken.held

    async def wire(self, body: bytes) -> bytes:
        """A line of the orderwire from a peer; nothing is said in answer."""
        async with self.watching("wire", body):
            await self.lane.run(self._wire.take, self.station, body)
        return b""

    @contextlib.asynccontextmanager
    async def watching(self, path: str, body: bytes) -> AsyncIterator[None]:
        """What is refused inside the block is counted and told; the refusal goes on to the peer."""
        try:
            yield
        except OpenlineError as refusal:
            if isinstance(refusal, UnknownKey):
                self.want_card(refusal.party)
            await self.lane.run(self._refused, path, body, refusal)
            raise

    def want_card(self, peer: str) -> None:
        """A peer signed with a key that its card here does not name: ask it for its newer one."""
        way = self.ways.get(peer)
        if way is None:
            return
        way.link.wants_card = True
        if self.station.clock.mono_s() - way.link.cards_asked_s >= CARD_AGAIN_S:
            way.wake.set()  # sooner it would not be asked, and anybody could keep the link busy

    def _refused(self, path: str, body: bytes, refusal: OpenlineError) -> None:
        alarms.tell_misuse(self.station, refusal)
        party = named_in(self.station, path, body)
        is_over_key = isinstance(refusal, UnknownKey | FrozenParty)
        if is_over_key and party in self.ways and not urls_of(self.station, party):
            conversation.call_refused(self.station, self.ways[party].link, refusal)
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
        for event in self._listening:
            event.set()
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
                way.looked.set()
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

    async def first_look(self, wait_s: float) -> None:
        """Wait until each peer was greeted once and what it said worked through, or was silent.

        A copy of an old database meets what members hold of its own log here, before it numbers.
        """
        peers = await self.lane.run(peers_of, self.station)
        looks = [asyncio.ensure_future(self.way(peer).looked.wait()) for peer in peers]
        if looks:
            _, late = await asyncio.wait(looks, timeout=wait_s)
            for each in late:
                each.cancel()

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
        """Try each address on the peer's card, first the one that answered last.

        Where there is another way, one that takes a request and stays silent is not waited for
        long.
        """
        peer = way.link.peer
        fault: OpenlineError = Unreachable(f"{peer}: its card names no address")
        urls = sorted(urls_of(self.station, peer), key=lambda url: url != way.url)
        limit_s = SILENT_S if len(urls) > 1 and post.path == "hello" else None
        for url in urls:
            started = time.perf_counter()
            try:
                async with asyncio.timeout(limit_s):
                    answer = await self._ask(peer, url, post)
            except TimeoutError:
                fault = Unreachable(f"{url}: silent for {SILENT_S:.0f} s")
                continue
            except Unreachable as refused:
                fault = refused
                continue
            way.url = url
            if post.path == "hello":
                way.link.round_trip_us = int((time.perf_counter() - started) * 1_000_000)
            return answer
        raise fault

    async def _ask(self, peer: str, url: str, post: Post) -> bytes:
        """One request; in pieces to a peer behind a narrow link, from where each break left it."""
        pins = pins_of(self.station, peer)
        if peer not in self.station.narrow:
            return await self.client.post(url, f"/openline/v1/{post.path}", post.body, pins)
        sending = pieces.outgoing(post.path, post.body, PIECE_BYTES, PIECES_LOST_MAX)
        piece, came = next(sending), None
        while True:
            try:
                came = await self.client.post(url, "/openline/v1/piece", piece, pins)
            except Unreachable:
                came = None
                await asyncio.sleep(PIECE_PAUSE_S)
            try:
                piece = sending.send(came)
            except StopIteration as done:
                return bytes(done.value)


def peers_of(station: Station) -> list[str]:
    """Every other member of any line of this node."""
    return sorted({p for row in station.lines() for p in station.others(row.line_id)})


def urls_of(station: Station, peer: str) -> tuple[str, ...]:
    """The addresses on a peer's newest card."""
    cards = station.cards(peer)
    return cards[-1].urls if cards else ()


def pins_of(station: Station, peer: str) -> tuple[bytes, ...]:
    """The TLS keys that a peer's newest card names; none where it leaves them to authorities."""
    cards = station.cards(peer)
    return cards[-1].pins if cards else ()
