"""Our cards to a neutral service that refuses our keys: a witness, a relay.

Shapes   Bringing.bring(name, url, path) -> whether it took them, so that asking again makes sense
Units    seconds on the monotonic clock
Raises   nothing: what is refused is refused once more by the request that led here
Source   docs/PROTOCOL.md parts 4.2, 8 and 11
Never    brings one card chain to one service again and again: what it refuses it goes on refusing
"""

import time
from typing import Final

from openline.errors import OpenlineError
from openline.exchange.membership import identity
from openline.exchange.peer.client import PeerClient
from openline.exchange.station import Station
from openline.watch.lane import Lane

# A service that was put back to an older copy lacks them again.
AGAIN_S: Final = 600.0


class Bringing:
    """What was brought to which service, and when."""

    def __init__(self, station: Station, lane: Lane, client: PeerClient) -> None:
        self._station, self._lane, self._client = station, lane, client
        self._brought: dict[str, tuple[int, float]] = {}

    async def bring(self, name: str, url: str, path: str) -> bool:
        """Post the chain, unless it was posted there a moment ago."""
        cards = len(await self._lane.run(self._station.cards, self._station.party))
        known, at_s = self._brought.get(name, (0, 0.0))
        if known == cards and time.monotonic() - at_s < AGAIN_S:
            return False
        self._brought[name] = cards, time.monotonic()
        file = await self._lane.run(identity.own_cards, self._station)
        try:
            await self._client.post(url, path, file)
        except OpenlineError:
            return False
        return True
