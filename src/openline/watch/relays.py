"""Relays at work for a node: what lies there is fetched, what a silent peer lacks is left there.

Shapes   Relays.run() for ever
Units    seconds
Raises   nothing out of a task: a relay that is silent is tried again
Source   docs/PROTOCOL.md part 11
Never    leaves a file while the direct way is up: a receipt is worth more than a deposit
"""

import asyncio
import contextlib
import time

from openline.errors import OpenlineError
from openline.exchange.carried import parcels, reachable, relaying
from openline.exchange.carried.relay import read_with_note
from openline.exchange.carried.relaying import Deposit
from openline.exchange.peer.client import PeerClient
from openline.exchange.refusals import PeerRefused
from openline.exchange.station import Station
from openline.formats.charter import Relay
from openline.watch.bringing import Bringing
from openline.watch.lane import Lane
from openline.watch.links import Links
from openline.watch.patience import asked_pause
from openline.watch.tasks import Each

ROUND_S = 2.0
WAIT_S = 45
# A peer may be starting: so long is it tried directly before anything is left with a relay.
SILENT_S = 5.0
BACKOFF_MAX_S = 30.0
# How often a file is tried that no key opened: a keyring or a card may have come.
AGAIN_S = 300.0
# How often a relay is asked whether what was left for a peer still lies there.
LIES_S = 60.0
RELAY = "/openline/v1/relay/"
UNKNOWN = "relay.unknown-party"


class Relays:
    """One task that leaves files, and one for each relay that fetches."""

    def __init__(self, station: Station, lane: Lane, client: PeerClient, links: Links) -> None:
        self._station, self._lane, self._client, self._links = station, lane, client, links
        self._fetching: Each[Relay] = Each(self._fetch)
        self._bringing = Bringing(station, lane, client)
        self._silent_since: dict[str, float] = {}
        self._again_at = 0.0
        self._asked_at: dict[str, float] = {}
        self._left_alone_until: dict[Relay, float] = {}
        self.last_error = ""

    async def run(self) -> None:
        """Rounds for ever; ended by cancelling this task."""
        try:
            while True:
                self._fetching.begin(await self._lane.run(relaying.relays, self._station))
                if len(self._fetching):
                    await self._take_again()
                    await self._leave()
                await asyncio.sleep(ROUND_S)
        finally:
            await self._fetching.end()

    async def _take_again(self) -> None:
        """Try once more what no key opened when it came."""
        if time.monotonic() < self._again_at:
            return
        self._again_at = time.monotonic() + AGAIN_S
        try:
            for at, taken in await self._lane.run(relaying.again, self._station):
                await self._answer(at, taken)
        except OpenlineError as fault:  # a full disk: it stays where it is
            self.last_error = f"{fault.code}: {fault}"[:300]

    async def _leave(self) -> None:
        """Leave what each silent peer lacks; the rest goes the direct way."""
        now = time.monotonic()
        for peer, way in list(self._links.ways.items()):
            if way.link.up:
                self._silent_since.pop(peer, None)
            elif now - self._silent_since.setdefault(peer, now) >= SILENT_S:
                await self._look(peer, now)
                for each in await self._lane.run(relaying.owed, self._station, peer):
                    if now >= self._left_alone_until.get(each.at, 0.0):
                        await self._put(each)

    async def _look(self, peer: str, now: float) -> None:
        """Whether what was left for a peer still lies there: a relay that was put back from an
        older copy has forgotten it, and nobody else would tell."""
        if now < self._asked_at.get(peer, -LIES_S) + LIES_S:
            return
        self._asked_at[peer] = now
        for left in await self._lane.run(relaying.unanswered, self._station, peer):
            try:
                answer = await self._ask(left.at, "lies", left.ask)
            except OpenlineError:
                continue  # that a relay is silent is told where files are left and fetched
            await self._lane.run(relaying.became, self._station, left, answer)

    async def _put(self, sent: Deposit) -> None:
        """Leave one file. A relay that is lost must not keep the next one from being tried."""
        try:
            note = await self._ask(sent.at, "put", sent.body)
            await self._lane.run(relaying.kept, self._station, sent, note)
            await self._lane.run(reachable.answered, self._station, sent.at)
        except OpenlineError as fault:
            await self._failed(sent.at, fault)

    async def _fetch(self, at: Relay) -> None:
        """Fetch one file after the other from one relay, waiting there when there is none."""
        pause_s = ROUND_S
        while True:
            if await self._fetch_one(at):
                pause_s = ROUND_S
            else:
                asked_s = self._left_alone_until.get(at, 0.0) - time.monotonic()
                await asyncio.sleep(max(pause_s, asked_s))
                pause_s = min(2 * pause_s, BACKOFF_MAX_S)

    async def _fetch_one(self, at: Relay) -> bool:
        """Wait for a file and take it; whether the relay answered as it should."""
        try:
            ask = await self._lane.run(relaying.collect, self._station, at, WAIT_S)
            answer = await self._ask(at, "fetch", ask)
        except OpenlineError as fault:
            await self._failed(at, fault)
            return False
        try:
            await self._lane.run(reachable.answered, self._station, at)
            if answer:
                await self._take(at, answer)
        except OpenlineError as fault:
            self.last_error = f"{fault.code}: {fault}"[:300]
            return False
        return True

    async def _ask(self, at: Relay, verb: str, body: bytes) -> bytes:
        """One request; once more where the relay did not know our keys and has our cards now."""
        try:
            return await self._client.post(at.url, RELAY + verb, body)
        except PeerRefused as refused:
            if refused.peer_code != UNKNOWN or not await self._bringing.bring(
                f"{at.party} {at.url}", at.url, RELAY + "cards"
            ):
                raise
        return await self._client.post(at.url, RELAY + verb, body)

    async def _failed(self, at: Relay, fault: OpenlineError) -> None:
        """A relay that did not do what it was asked: told when it lasts."""
        self.last_error = f"{fault.code}: {fault}"[:300]
        asked_s = asked_pause(self._station.random, fault)
        self._left_alone_until[at] = time.monotonic() + asked_s
        with contextlib.suppress(OpenlineError):
            await self._lane.run(reachable.failed, self._station, at, self.last_error)

    async def _take(self, at: Relay, answer: bytes) -> None:
        """Take a file."""
        note, file = read_with_note(answer)
        taken = await self._lane.run(relaying.came, self._station, at, note, file)
        await self._answer(at, taken)

    async def _answer(self, at: Relay, taken: parcels.Taken) -> None:
        """What the sender of a file waits for is left for it, unless it can be reached."""
        self._links.wake_all()
        way = self._links.ways.get(taken.peer)
        if taken.calls_for_reply and not (way and way.link.up):
            reply = await self._lane.run(self._reply, at, taken)
            if reply is not None:
                await self._put(reply)

    def _reply(self, at: Relay, taken: parcels.Taken) -> Deposit | None:
        return relaying.reply(self._station, at, taken.peer, taken)
