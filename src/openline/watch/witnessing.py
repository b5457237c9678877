"""Witnessing: own heads are offered to the neutral witnesses that their charters name.

Shapes   Witnessing.run() for ever
Units    one round a second at most; back-off to 30 s while a witness does not answer
Raises   nothing out of the task
Source   docs/PROTOCOL.md part 8: a missing witness never stops a release
Never    believes a size beyond our own log
"""

import asyncio
import time

from openline.errors import OpenlineError
from openline.exchange import witnesses
from openline.exchange.peer.client import PeerClient, PeerRefused
from openline.exchange.station import Station
from openline.watch.lane import Lane

ROUND_S = 1.0
BACKOFF_MAX_S = 30.0


class Witnessing:
    """One task for all witnesses of a node."""

    def __init__(self, station: Station, lane: Lane, client: PeerClient) -> None:
        self._station, self._lane, self._client = station, lane, client
        self._wait_until: dict[str, float] = {}
        self._backoff_s: dict[str, float] = {}
        self.last_error = ""

    async def run(self) -> None:
        """Rounds for ever; ended by cancelling its task."""
        while True:
            for request in await self._lane.run(witnesses.owed, self._station):
                if time.monotonic() >= self._wait_until.get(request.witness.name, 0.0):
                    await self._ask(request)
            await asyncio.sleep(ROUND_S)

    async def _ask(self, request: witnesses.Request) -> None:
        name = request.witness.name
        try:
            answer = await self._client.post(request.witness.url, "/add-checkpoint", request.body)
            await self._lane.run(witnesses.taken, self._station, request, answer)
            self._backoff_s.pop(name, None)
        except PeerRefused as refused:
            if refused.status == 409 and refused.peer_code.isdigit():
                size = int(refused.peer_code[:15])
                await self._lane.run(witnesses.corrected, self._station, request, size)
            else:
                self._later(name, refused)
        except OpenlineError as fault:
            self._later(name, fault)

    def _later(self, name: str, fault: OpenlineError) -> None:
        self.last_error = f"{name}: {fault}"[:300]
        pause_s = min(self._backoff_s.get(name, ROUND_S / 2) * 2, BACKOFF_MAX_S)
        self._backoff_s[name] = pause_s
        self._wait_until[name] = time.monotonic() + pause_s
