"""Group commit: releases that wait together are numbered in one batch and one transaction.

Shapes   await poster.post(draft) -> Ref or None (kept in the outbox)
Units    at most 256 drafts a batch; at most 2,048 waiting, then LaneBusy
Raises   what exchange.post raises, for the draft concerned; LaneBusy as back-pressure
Source   docs/PROTOCOL.md part 8; RELIABILITY part 0
Never    answers before the batch is committed and anchored
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.drafting.drafts import Draft
from openline.exchange.logs import post
from openline.exchange.logs.sequence import BATCH_MAX
from openline.exchange.station import Station
from openline.store.contract import OutcomeUnknown
from openline.watch.lane import Lane, LaneBusy

WAITING_MAX = 2048


@dataclass(slots=True)
class Waiting:
    """One draft and who waits for its place."""

    draft: Draft
    place: asyncio.Future[Ref | None]


class Poster:
    """Collects released drafts while the lane is busy with the batch before."""

    def __init__(self, station: Station, lane: Lane, wake: Callable[[], None]) -> None:
        self._station, self._lane, self._wake = station, lane, wake
        self._waiting: deque[Waiting] = deque()
        self._taken: list[Waiting] = []
        self._there = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many drafts wait to be numbered."""
        return len(self._waiting)

    async def post(self, draft: Draft) -> Ref | None:
        """The place of the draft in the record, or None while it waits in the outbox."""
        if len(self._waiting) >= WAITING_MAX:
            raise LaneBusy(f"{len(self._waiting)} releases wait to be numbered")
        waiting = Waiting(draft, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._there.set()
        return await waiting.place

    async def run(self) -> None:
        """Number batches for ever; ended by cancelling its task."""
        for waiting in self._taken:
            # This duty ended by a fault and is begun again: who waited must not wait for ever.
            settle(waiting, None, OutcomeUnknown("numbering ended by a fault of this node"))
        while True:
            if not self._waiting:
                await self._there.wait()
            self._there.clear()
            while self._waiting:
                for waiting, place, fault in await self._lane.run(self._number):
                    settle(waiting, place, fault)
                self._taken = []
                self._wake()

    def _number(self) -> list[tuple[Waiting, Ref | None, OpenlineError | None]]:
        """On the lane: take what waits by now and post it.

        The batch is taken here and not before, so that everything that was released while the
        lane was busy goes into one commit. When a batch is refused as a whole, each draft is
        posted alone: one cannot harm the others.
        """
        batch = self._taken = self._take()
        try:
            places = post.post(self._station, [w.draft for w in batch])
            return [(w, place, None) for w, place in zip(batch, places, strict=True)]
        except OpenlineError as fault:
            if len(batch) == 1:
                return [(batch[0], None, fault)]
        return [self._number_alone(each) for each in batch]

    def _number_alone(self, waiting: Waiting) -> tuple[Waiting, Ref | None, OpenlineError | None]:
        try:
            return waiting, post.post(self._station, [waiting.draft])[0], None
        except OpenlineError as fault:
            return waiting, None, fault

    def _take(self) -> list[Waiting]:
        """The next batch: drafts of the first one's line and kind, in their order.

        The event loop appends at the right end meanwhile: only single operations of the deque are
        used here, so that none of its additions can be overwritten.
        """
        batch: list[Waiting] = []
        rest: list[Waiting] = []
        for _ in range(len(self._waiting)):
            each = self._waiting.popleft()
            first = batch[0].draft if batch else each.draft
            alike = each.draft.line_id == first.line_id and each.draft.kind == first.kind
            alone = first.kind == "open" and batch
            fits = alike and not alone and len(batch) < BATCH_MAX
            (batch if fits else rest).append(each)
        self._waiting.extendleft(reversed(rest))
        return batch


def settle(waiting: Waiting, place: Ref | None, fault: OpenlineError | None) -> None:
    """Tell who waits, unless it has gone away."""
    if waiting.place.done():
        return
    if fault is not None:
        waiting.place.set_exception(fault)
    else:
        waiting.place.set_result(place)
