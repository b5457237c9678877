"""Clocks: which one an entry carries, and when this node must not sign.

Shapes   SystemClock, ScenarioClock (a small file: scenario time, wall time, speed, own offset);
         ExerciseClock, a scenario for a witness
Units    unix seconds UTC
Raises   ScenarioRefused
Source   docs/PROTOCOL.md part 8, "Clock"; DESIGN: only exercise and test lines read a scenario
Never    lets a line of status `actual` read anything but the system's clock
"""

import json
import time
from pathlib import Path
from typing import ClassVar

from openline.errors import OpenlineError
from openline.exchange.station import Station

MOVED_MAX_S = 300
BEHIND_MAX_S = 300
AHEAD_MAX_S = 30 * 86_400
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
    """Refuse to sign when the clock stands far behind or ahead of the last signed time."""
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


def check(station: Station) -> None:
    """Notice a jump against the monotonic clock and remember the latest signed time."""
    mono, wall = int(time.monotonic()), station.clock.now_s()
    before = station.clock_marks
    station.clock_marks = (mono, wall)
    if before is not None and abs((wall - before[1]) - (mono - before[0])) > MOVED_MAX_S:
        station.clock_unsure = f"the clock moved by {wall - before[1] - (mono - before[0])} s"
        station.note_event("alarm", "clock", "exchange.clock-unsure", station.clock_unsure)
    if not station.clock_unsure:
        last = int(station.store.meta(HIGH_WATER) or b"0")
        if wall - last >= 60:
            with station.store.write() as tx:
                tx.set_meta(HIGH_WATER, b"%d" % wall)


def confirm(station: Station, by: str) -> None:
    """An officer, or two others' signed times, say that the clock is right."""
    station.clock_unsure = None
    with station.store.write() as tx:
        tx.set_meta(HIGH_WATER, b"%d" % station.clock.now_s())
        station.tell(tx, "notice", "clock", "clock.confirmed", f"confirmed by {by}")
