"""Clocks: which one an entry carries, and when this node must not sign.

Shapes   SystemClock, ScenarioClock (a small file: scenario time, wall time, speed, own offset);
         ExerciseClock, a scenario for a witness
Units    unix seconds UTC
Raises   ScenarioRefused, ClockUnsure
Source   docs/PROTOCOL.md part 8, "Clock"; DESIGN: only exercise and test lines read a scenario
Never    lets a line of status `actual` read anything but the system's clock
"""

import json
import time
from pathlib import Path
from typing import ClassVar

from openline.errors import OpenlineError
from openline.exchange.refusals import ClockUnsure
from openline.exchange.station import Station

MOVED_MAX_S = 300
BEHIND_MAX_S = 300
AHEAD_MAX_S = 30 * 86_400
AGREEING_MIN = 2
HIGH_WATER = "clock/high-water"
CONFIRMED = "clock/confirmed"


class ScenarioRefused(OpenlineError):
    """The scenario clock's file cannot be read."""

    code: ClassVar[str] = "exchange.scenario-refused"
    remedy: ClassVar[str] = "Write the file anew: `at`, `wall` and `speed` as numbers."


class SystemClock:
    """The machine's clock, for everything."""

    def now_s(self) -> int:
        """Wall time."""
        return int(time.time())

    def line_s(self, status: str) -> int:
        """The same time, whatever the line's status."""
        return self.now_s()

    def mono_s(self) -> int:
        """A clock that nobody sets: only differences mean anything."""
        return int(time.monotonic())


class ScenarioClock(SystemClock):
    """The machine's clock, but exercise and test lines read a scenario's time.

    `offset_s` is this node's own error, for plays in which a clock is wrong.
    """

    def __init__(self, path: Path, offset_s: int = 0) -> None:
        self._path, self._offset_s = path, offset_s
        self._stamp = 0
        self._at, self._wall, self._speed = 0.0, 0.0, 1.0

    def line_s(self, status: str) -> int:
        """Scenario time on exercise and test lines, wall time on actual ones."""
        if status not in ("exercise", "test"):
            return self.now_s()
        self._reload()
        passed = (time.time() - self._wall) * self._speed
        return int(self._at + passed) + self._offset_s

    def _reload(self) -> None:
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                value = json.loads(self._path.read_text())
                self._at, self._wall = float(value["at"]), float(value["wall"])
                self._speed, self._stamp = float(value["speed"]), stamp
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise ScenarioRefused(f"{self._path.name}: {fault}") from None


class ExerciseClock(ScenarioClock):
    """A scenario's time for everything: only for a witness that is for exercises alone."""

    def now_s(self) -> int:
        """The scenario's time."""
        return self.line_s("exercise")


def check_at_start(station: Station) -> None:
    """Refuse to sign when the clock stands far behind or ahead of the last signed time.

    From here on the clock is watched: a jump before the first beat is one as well.
    """
    station.clock_marks = (station.clock.mono_s(), station.clock.now_s())
    data = station.store.meta(HIGH_WATER)
    now_s = station.clock.now_s()
    last_s = int(data) if data else 0
    if last_s and now_s < last_s - BEHIND_MAX_S:
        station.clock_unsure = f"the clock stands {last_s - now_s} s behind the last signed time"
    elif last_s and now_s > last_s + AHEAD_MAX_S:
        station.clock_unsure = f"the clock stands {(now_s - last_s) // 86_400} days ahead"
    elif now_s < 1_700_000_000:
        station.clock_unsure = f"the clock says {now_s}, which is before this program was written"
    if station.clock_unsure:
        station.note_event("alarm", "clock", "exchange.clock-unsure", station.clock_unsure)
        station.clock_told = station.clock_unsure


def check(station: Station) -> None:
    """Notice a jump against the monotonic clock and remember the latest signed time."""
    notice(station)
    if station.clock_unsure and station.clock_told != station.clock_unsure:
        # A refused signature may have noticed it first; what is told is told here, once.
        station.note_event("alarm", "clock", "exchange.clock-unsure", station.clock_unsure)
        station.clock_told = station.clock_unsure
    if not station.clock_unsure:
        wall = station.clock.now_s()
        last = int(station.store.meta(HIGH_WATER) or b"0")
        if wall - last >= 60:
            with station.store.write() as tx:
                tx.set_meta(HIGH_WATER, b"%d" % wall)


def notice(station: Station) -> bool:
    """Whether the clock was found to have jumped just now; without a write.

    Jumps count from the last time that the clock was sure: many small ones are one large one.
    """
    mono, wall = station.clock.mono_s(), station.clock.now_s()
    if station.clock_unsure:
        return False
    if station.clock_marks is None:
        station.clock_marks = (mono, wall)
    moved_s = (wall - station.clock_marks[1]) - (mono - station.clock_marks[0])
    # Four readings in whole seconds may hide two seconds of a jump.
    if abs(moved_s) <= MOVED_MAX_S - 2:
        return False
    station.clock_unsure = f"the clock moved by {moved_s} s"
    return True


def is_sure(station: Station) -> bool:
    """Whether this node may sign by its clock, as it stands at this moment."""
    notice(station)
    return not station.clock_unsure


def require_sure(station: Station) -> None:
    """Refuse to sign a head or a receipt by a clock that cannot be trusted.

    Asked before every signature, not once a second: between two beats a node signs hundreds.
    """
    if not is_sure(station):
        raise ClockUnsure(station.clock_unsure or "")


def agree(station: Station, peer: str) -> None:
    """A peer answered our own fresh nonce with a time near ours; two of them settle the doubt.

    An answer to our nonce cannot be an old one, as a hello of the peer's own could be.
    """
    if station.clock_unsure:
        station.clock_agreed.add(peer)
        if len(station.clock_agreed) >= AGREEING_MIN:
            confirm(station, " and ".join(sorted(station.clock_agreed)))


def confirm(station: Station, by: str) -> None:
    """An officer, or two others' signed times, say that the clock is right."""
    station.clock_unsure = None
    station.clock_marks = (station.clock.mono_s(), station.clock.now_s())
    station.clock_told = None
    station.clock_agreed.clear()
    with station.store.write() as tx:
        tx.set_meta(HIGH_WATER, b"%d" % station.clock.now_s())
        station.tell(tx, "notice", "clock", "clock.confirmed", f"confirmed by {by}")
