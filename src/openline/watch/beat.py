"""The beat: small duties that fall due by time, each on its own and none stopping the others.

Shapes   Beat.run() for ever; one pass is `once()`
Units    a pass every second; prekeys rotate by the charter's timer `prekey` (default a day)
Raises   nothing out of a pass: a refusal is told as an event and tried again next time
Source   docs/PROTOCOL.md parts 6 and 8
Never    decides what is due: cases/ and exchange/ do
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator

from openline.errors import OpenlineError
from openline.exchange.folding import arrivals, reading, snapshots
from openline.exchange.logs import clocks, growth, prekeys, sequence
from openline.exchange.membership import invited, rotation
from openline.exchange.station import Station
from openline.exchange.traffic import recover, tails
from openline.watch.lane import Lane
from openline.watch.refusals import Refusals

PASS_S = 1.0
SNAPSHOT_S = 60.0
FOLD_S = 60.0


class Beat:
    """Rotation and deletion of prekeys, outbox, gaps, clock."""

    def __init__(
        self, station: Station, lane: Lane, wake: Callable[[], None], refusals: Refusals
    ) -> None:
        self._station, self._lane, self._wake = station, lane, wake
        self._refusals = refusals
        self._told: dict[str, float] = {}
        self._folded: dict[bytes, float] = {}

    async def run(self) -> None:
        """Passes for ever; ended by cancelling its task."""
        while True:
            await self.once()
            await asyncio.sleep(PASS_S)

    async def once(self) -> None:
        """One pass over all duties."""
        if await self._lane.run(self._duties):
            self._wake()

    def _duties(self) -> bool:
        station = self._station
        self._refusals.tell()
        changed = False
        with self._noting("anchor"):
            has_waited = bool(station.unanchored)
            sequence.anchor_owed(station)
            changed = has_waited
        with self._noting("clock"):
            clocks.check(station)
        with self._noting("fold"):
            self._fold_one()
        with self._noting("keys"):
            changed |= bool(rotation.finish(station))
            rotation.forget_former(station)
        for row in station.lines():
            line_id = row.line_id
            with self._noting(f"prekeys {line_id.hex()}"):
                prekeys.delete(station, line_id)
            if not station.may_write(line_id):
                continue
            with self._noting(f"outbox {line_id.hex()}"):
                changed |= bool(sequence.sequence_outbox(station, line_id))
            with self._noting(f"snapshot {line_id.hex()}"):
                snapshots.save(station, line_id)
            if not invited.is_declined(station, line_id):
                with self._noting(f"arrivals {line_id.hex()}"):
                    arrivals.look(station, line_id)
            if not growth.is_stopped(station, line_id):
                changed |= self._unasked(line_id)
        return changed

    def _unasked(self, line_id: bytes) -> bool:
        """Entries that no officer releases: a fresh prekey, and what of ours nobody can read."""
        station, changed = self._station, False
        with self._noting(f"prekey {line_id.hex()}"):
            every_s = station.charter(line_id).timer("prekey", prekeys.ROTATE_DEFAULT_S)
            if prekeys.rotation_due(station, line_id, every_s or prekeys.ROTATE_DEFAULT_S):
                prekeys.rotate(station, line_id)
                changed = True
        if line_id in station.gaps_due:
            with self._noting(f"gaps {line_id.hex()}"):
                changed |= bool(recover.tell_gaps(station, line_id))
        with self._noting(f"tails {line_id.hex()}"):
            changed |= bool(station.tails and tails.tell(station, line_id))
        return changed

    def _fold_one(self) -> None:
        """Fold a line that is not: without its digest in the hellos no difference would be seen.

        One line a pass, and the same one once a minute: folding a long line takes the lane a while,
        and a member can bring it about that it has to be done anew.
        """
        now = time.monotonic()
        for row in self._station.lines():
            last = self._folded.get(row.line_id, -FOLD_S)
            if row.line_id not in self._station.states and now - last >= FOLD_S:
                self._folded[row.line_id] = now
                reading.state(self._station, row.line_id)
                return

    @contextlib.contextmanager
    def _noting(self, duty: str) -> Iterator[None]:
        """One duty: what it refuses is told once a minute, not once a second."""
        try:
            yield
        except OpenlineError as fault:
            now = time.monotonic()
            if now - self._told.get(duty, -SNAPSHOT_S) >= SNAPSHOT_S:
                self._told[duty] = now
                with contextlib.suppress(OpenlineError):
                    self._station.note_event("alarm", duty, fault.code, str(fault))
