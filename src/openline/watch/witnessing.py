"""Witnessing: own heads are offered to the neutral witnesses that their charters name.

Shapes   Witnessing.run() for ever
Units    a round every second, at once for `settle`; back-off to 30 s while a witness is silent
Raises   nothing out of the task; Unwitnessed from `settle`
Source   docs/PROTOCOL.md part 8: a missing witness never stops a release
Never    believes a size beyond our own log
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import ClassVar

from openline.errors import OpenlineError
from openline.exchange.logs import witnesses
from openline.exchange.peer.client import PeerClient
from openline.exchange.refusals import PeerRefused
from openline.exchange.station import Station
from openline.exchange.traffic import profiles
from openline.watch.bringing import Bringing
from openline.watch.lane import Lane

ROUND_S = 1.0
BACKOFF_MAX_S = 30.0
LOOK_S = 0.02
UNTRUSTED = "witness.untrusted-note"


class Unwitnessed(OpenlineError):
    """A witness does not hold every own head yet, and the time is over."""

    code: ClassVar[str] = "watch.unwitnessed"
    remedy: ClassVar[str] = "Start the witness, or go on: a missing one never stops a release."


class Witnessing:
    """One task for all witnesses of a node."""

    def __init__(
        self, station: Station, lane: Lane, client: PeerClient, wake: Callable[[], None]
    ) -> None:
        self._station, self._lane, self._client, self._wake = station, lane, client, wake
        self._wait_until: dict[str, float] = {}
        self._backoff_s: dict[str, float] = {}
        self._bringing = Bringing(station, lane, client)
        self._hurried = asyncio.Event()
        self.last_error = ""

    async def run(self) -> None:
        """Rounds for ever; ended by cancelling its task."""
        while True:
            self._hurried.clear()
            for request in await self._lane.run(witnesses.owed, self._station):
                if time.monotonic() >= self._wait_until.get(request.witness.name, 0.0):
                    await self._ask(request)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurried.wait(), ROUND_S)

    async def settle(self, wait_s: float) -> bool:
        """Wait until the witnesses hold every own head; gives whether that took a wait."""
        waited, until_s = False, time.monotonic() + wait_s
        while await self._lane.run(witnesses.owed, self._station):
            if time.monotonic() >= until_s:
                raise Unwitnessed(self.last_error or "a witness has not answered yet")
            self._wait_until.clear()
            self._hurried.set()
            waited = True
            await asyncio.sleep(LOOK_S)
        return waited

    async def _ask(self, request: witnesses.Request) -> None:
        name = request.witness.name
        try:
            answer = await self._client.post(request.witness.url, "/add-checkpoint", request.body)
            await self._lane.run(witnesses.taken, self._station, request, answer)
            self._backoff_s.pop(name, None)
            if self._station.profile == profiles.WITNESS:
                self._wake()  # what was witnessed may leave only now
        except PeerRefused as refused:
            if refused.status == 409 and refused.peer_code.isdigit():
                size = int(refused.peer_code[:15])
                await self._lane.run(witnesses.corrected, self._station, request, size)
            elif refused.peer_code == UNTRUSTED and await self._bringing.bring(
                name, request.witness.url, "/cards"
            ):
                self._hurried.set()
            else:
                self._later(name, refused)
        except OpenlineError as fault:
            self._later(name, fault)

    def _later(self, name: str, fault: OpenlineError) -> None:
        self.last_error = f"{name}: {fault}"[:300]
        pause_s = min(self._backoff_s.get(name, ROUND_S / 2) * 2, BACKOFF_MAX_S)
        self._backoff_s[name] = pause_s
        self._wait_until[name] = time.monotonic() + pause_s
