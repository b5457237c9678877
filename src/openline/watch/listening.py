"""A node that nobody can call: it holds a question open with each peer until there is news.

Shapes   Listening.run() for ever
Units    seconds
Raises   nothing out of a task: a peer that is silent is asked again
Source   docs/PROTOCOL.md parts 7 and 11
Never    takes anything by it: news only makes the link say hello, and fetch
"""

import asyncio

from openline.errors import OpenlineError
from openline.exchange.station import Station
from openline.exchange.traffic import asks
from openline.exchange.traffic.link import Post
from openline.watch.lane import Lane
from openline.watch.links import Links, urls_of
from openline.watch.patience import asked_pause
from openline.watch.tasks import Each

WAIT_S = 45
LOOK_S = 2.0
BACKOFF_MAX_S = 30.0
# After news the link needs a moment to fetch it: asked at once, the answer would be the same.
FETCHING_S = 0.25


class Listening:
    """One question per peer, while our card names no address."""

    def __init__(self, station: Station, lane: Lane, links: Links) -> None:
        self._station, self._lane, self._links = station, lane, links
        self._asking: Each[str] = Each(self._listen)

    async def run(self) -> None:
        """Keep a question open with every peer; ended by cancelling this task."""
        try:
            while True:
                own = await self._lane.run(urls_of, self._station, self._station.party)
                self._asking.begin(() if own else list(self._links.ways))
                await asyncio.sleep(LOOK_S)
        finally:
            await self._asking.end()

    async def _listen(self, peer: str) -> None:
        way = self._links.way(peer)
        pause_s = LOOK_S
        while True:
            try:
                note = await self._lane.run(asks.ask, self._station, peer, "news", str(WAIT_S))
                answer = await self._links.carry(way, Post("ask", note))
            except OpenlineError as fault:
                asked_s = asked_pause(self._station.random, fault)
                await asyncio.sleep(max(pause_s, asked_s))
                pause_s = min(2 * pause_s, BACKOFF_MAX_S)
                continue
            pause_s = LOOK_S
            if answer == asks.NEWS:
                way.link.asked = True
                way.wake.set()
                await asyncio.sleep(FETCHING_S)
