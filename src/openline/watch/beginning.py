"""The start of a serving node: others are asked what they hold before anything is numbered.

Shapes   await Beginning(...).look() before the node is ready; Beginning.run() looks on for ever
Units    seconds
Raises   nothing: who does not answer is no reason to stay silent, except under `witness`
Source   docs/PROTOCOL.md part 8 (anchor); docs/decisions/0066-anchor-profiles.md
Never    takes an HTTP status for a fact: a log is closed by our own signatures on a larger head, or
         by another start of this node that answers at our own address
"""

import asyncio

from openline.errors import OpenlineError
from openline.exchange.logs import epochs
from openline.exchange.peer.client import PeerClient
from openline.exchange.refusals import PeerRefused
from openline.exchange.station import Station
from openline.exchange.traffic import asks, profiles
from openline.exchange.traffic.profiles import Asked
from openline.formats.spell import b64
from openline.watch.lane import Lane
from openline.watch.links import Links, pins_of, urls_of

LOOK_S = 3.0
PROBE_S = 2.0
AGAIN_S = 60.0
DOUBLED_AGAIN_S = 3.0
WITNESS_AGAIN_S = 2.0
NOT_FOUND = 404
STARTING = "the node is starting and asks others what they hold"


class Beginning:
    """Doubles, members and witnesses, looked at when a node starts."""

    def __init__(self, station: Station, lane: Lane, client: PeerClient, links: Links) -> None:
        self._station, self._lane, self._client, self._links = station, lane, client, links
        self._witnessed: set[tuple[str, str]] = set()
        station.unproven = station.unproven or STARTING

    async def look(self) -> None:
        """Before the node is ready; takes LOOK_S at most when somebody is silent."""
        await asyncio.gather(self.look_for_doubles(), self._links.first_look(LOOK_S))
        await self._prove()

    async def run(self) -> None:
        """Go on until a start is proven, then look for doubles once in a while."""
        while True:
            if self._station.unproven:
                await asyncio.sleep(WITNESS_AGAIN_S)
                await self._prove()
                continue
            # Whoever stops the other one waits for this look.
            await asyncio.sleep(DOUBLED_AGAIN_S if self._station.double else AGAIN_S)
            await self.look_for_doubles()

    async def look_for_doubles(self) -> None:
        """Ask who answers at our own addresses: another start than this one is a copy at work."""
        station, found = self._station, ""
        for url in await self._lane.run(urls_of, station, station.party):
            note = await self._lane.run(asks.ask, station, station.party, "boot")
            pins = await self._lane.run(pins_of, station, station.party)
            try:
                async with asyncio.timeout(PROBE_S):
                    answer = await self._client.post(url, "/openline/v1/ask", note, pins)
            except (OpenlineError, TimeoutError):
                continue
            if answer != b64(station.boot).encode():
                found = url
        await self._lane.run(self._looked, found)

    def _looked(self, url: str) -> None:
        """Another node of this party is at work: this one writes nothing more."""
        station = self._station
        station.double = f"{epochs.DOUBLED} at {url}" if url else ""
        station.is_alone = not url
        if url:
            epochs.suspect(station, epochs.on_every_line(station, station.double))

    async def _prove(self) -> None:
        """Let the node number, once its profile is content with what was seen."""
        station = self._station
        if station.profile == profiles.WITNESS and not await self._witnesses_asked():
            station.unproven = "a witness has not shown yet what it holds of our logs"
            return
        await self._lane.run(profiles.begin, station)

    async def _witnesses_asked(self) -> bool:
        """Whether every witness of every line has shown its newest head of our logs."""
        wanted = await self._lane.run(profiles.witness_heads, self._station)
        due = [each for each in wanted if (each.witness, each.origin) not in self._witnessed]
        return all(await asyncio.gather(*map(self._ask_witness, due)))

    async def _ask_witness(self, asked: Asked) -> bool:
        try:
            async with asyncio.timeout(PROBE_S):
                note = await self._client.get(asked.url, asked.path)
            await self._lane.run(profiles.take_witness_head, self._station, asked.origin, note)
        except PeerRefused as refused:
            if refused.status != NOT_FOUND:
                return False
        except (OpenlineError, TimeoutError):
            return False
        self._witnessed.add((asked.witness, asked.origin))
        return True
