"""Witnessing: own heads are offered to the neutral witnesses that their charters name.

Shapes   Witnessing.run() for ever
Units    a round every second, at once for `settle`; back-off to 30 s while a witness is silent, and
         for each log by itself that it refuses
Raises   nothing out of the task; Unwitnessed from `settle`
Source   docs/PROTOCOL.md part 8: a missing witness never stops a release
Never    believes a size beyond our own log, and lets no witness that names sizes without end be
         asked without a pause. Never lets one log that is refused hold up another
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import ClassVar

from openline.errors import OpenlineError
from openline.exchange.carried import reachable
from openline.exchange.logs import card_heads, witnesses
from openline.exchange.peer.client import PeerClient, Unreachable
from openline.exchange.refusals import PeerRefused
from openline.exchange.station import Station
from openline.exchange.traffic import profiles
from openline.watch.bringing import Bringing
from openline.watch.lane import Lane
from openline.watch.patience import asked_pause

ROUND_S = 1.0
BACKOFF_MAX_S = 30.0
LOOK_S = 0.02
UNTRUSTED = "witness.untrusted-note"


class Unwitnessed(OpenlineError):
    """A witness does not hold every own head yet, and the time is over."""

    code: ClassVar[str] = "watch.unwitnessed"
    remedy: ClassVar[str] = "Start the witness, or go on: a missing one never stops a release."


class SizesDiffer(OpenlineError):
    """A witness says again that it holds another size of our log than the one sent from."""

    code: ClassVar[str] = "watch.sizes-differ"
    remedy: ClassVar[str] = "Ask who runs the witness; a release does not wait for it."


class Witnessing:
    """One task for all witnesses of a node; `mono_s` is the clock of its pauses."""

    def __init__(
        self,
        station: Station,
        lane: Lane,
        client: PeerClient,
        wake: Callable[[], None],
        mono_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._station, self._lane, self._client, self._wake = station, lane, client, wake
        self._mono_s = mono_s
        self._corrected: set[tuple[str, str]] = set()
        self._wait_until: dict[str, float] = {}
        self._backoff_s: dict[str, float] = {}
        self._bringing = Bringing(station, lane, client)
        self._hurried = asyncio.Event()
        self._told: set[str] = set()
        self.last_error = ""

    async def run(self) -> None:
        """Rounds for ever; ended by cancelling its task."""
        while True:
            self._hurried.clear()
            await self.round()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurried.wait(), ROUND_S)

    async def round(self) -> None:
        """Ask every witness that lacks a head and is not waited for; lines before cards."""
        for owed in (witnesses.owed, card_heads.owed):
            for request in await self._lane.run(owed, self._station, self._waited_for()):
                if not request.waits(self._waited_for()):
                    await self._ask(request)

    def _waited_for(self) -> set[str]:
        """The witnesses, and logs at witnesses, that are not asked now."""
        return {name for name, until_s in self._wait_until.items() if self._mono_s() < until_s}

    async def settle(self, wait_s: float) -> bool:
        """Wait until the witnesses hold every own head; gives whether that took a wait."""
        waited, until_s = False, time.monotonic() + wait_s
        while await self._lane.run(witnesses.owing, self._station):
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
            await self._lane.run(reachable.answered, self._station, request.witness)
            for key in (request.waits_as, request.log_waits_as):
                self._backoff_s.pop(key, None)
            self._told.discard(request.log_waits_as)
            self._corrected.discard((name, request.head.origin))
            if self._station.profile == profiles.WITNESS:
                self._wake()  # what was witnessed may leave only now
        except PeerRefused as refused:
            code = refused.peer_code
            if refused.status == 409 and code.isascii() and code.isdigit():
                await self._correct(request, int(refused.peer_code[:15]))
            elif refused.peer_code == UNTRUSTED and await self._bringing.bring(
                name, request.witness.url, "/cards"
            ):
                self._hurried.set()
            else:
                await self._later(request, refused)
        except OpenlineError as fault:
            await self._later(request, fault)

    async def _correct(self, request: witnesses.Request, size: int) -> None:
        """Go on from the size that a witness says it holds; once, then it has to wait like one
        that is silent, for every proof may cost a reading of the whole log."""
        key = (request.witness.name, request.head.origin)
        if key in self._corrected or size > request.head.size:
            told = f"it says that it holds {size} entries of {request.head.origin}"
            await self._later(request, SizesDiffer(f"{told}, of which {request.head.size} exist"))
        self._corrected.add(key)
        await self._lane.run(witnesses.corrected, self._station, request, size)

    async def _later(self, request: witnesses.Request, fault: OpenlineError) -> None:
        """Wait longer each time, and say so: for a witness that is silent, or for the one log that
        it refuses, which holds up no other."""
        is_silent = isinstance(fault, Unreachable)
        name = request.waits_as if is_silent else request.log_waits_as
        self.last_error = f"{name}: {fault}"[:300]
        pause_s = min(self._backoff_s.get(name, ROUND_S / 2) * 2, BACKOFF_MAX_S)
        self._backoff_s[name] = pause_s
        asked_s = asked_pause(self._station.random, fault)
        self._wait_until[name] = self._mono_s() + max(pause_s, asked_s)
        told = f"{fault.code}: {fault}"
        if request.is_of_cards:
            return  # a witness that signs the lines is not silent
        with contextlib.suppress(OpenlineError):  # a full disk is told elsewhere
            await self._lane.run(reachable.failed, self._station, request.witness, told)
            if not is_silent and pause_s == BACKOFF_MAX_S and name not in self._told:
                self._told.add(name)
                await self._lane.run(
                    self._station.note_event, "alarm", request.head.origin, "witness.refuses",
                    f"{request.witness.name} does not sign this log: {told}",
                )  # fmt: skip
