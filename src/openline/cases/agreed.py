"""What the parties agreed about time: seconds by timer name, clocks and days of rest by party.

Shapes   Agreed(timers, locals); Agreed.of(timers) takes plain seconds by name as well
Units    seconds; weekdays count from 0 (Monday)
Raises   nothing: a zone that nobody knows reads as UTC, and `unknown_zones` names the party
Source   docs/cases.md, "Calendars and clocks"
Never    decides what is due; never lets one party's clock date another party's duty
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

from openline.cases.calendar import UnknownZone, zone_of
from openline.formats.days import WEEKDAYS
from openline.formats.form import Timer

LOCAL: Final = "local"


@dataclass(frozen=True, slots=True)
class Local:
    """One party's wall clock and the days of rest that it told; none where it told none."""

    zone: str = "UTC"
    rest: frozenset[int] = frozenset()

    @property
    def clock(self) -> tzinfo:
        """The zone, UTC where nobody knows it."""
        try:
            return zone_of(self.zone)
        except UnknownZone:
            return UTC

    @property
    def is_known(self) -> bool:
        """Whether the zone is one."""
        try:
            zone_of(self.zone)
        except UnknownZone:
            return False
        return True


def rest_of(tokens: Iterable[str]) -> frozenset[int]:
    """Days of rest as weekday tokens; what is no weekday says nothing."""
    return frozenset(WEEKDAYS.index(token) for token in tokens if token in WEEKDAYS)


@dataclass(frozen=True, slots=True)
class Agreed:
    """The charter's timers and every party's clock."""

    timers: Mapping[str, int] = field(default_factory=dict)
    locals: Mapping[str, Local] = field(default_factory=dict)

    @classmethod
    def of(cls, timers: "Mapping[str, int] | Agreed") -> "Agreed":
        """The same value, as what was agreed."""
        return timers if isinstance(timers, Agreed) else cls(timers)

    def seconds(self, name: str, party: str = "") -> int | None:
        """The seconds of a timer: a party's own (`answer.visit.north.example`), else everybody's.

        None: the charter does not name it, so nothing is due.
        """
        own = self.timers.get(f"{name}.{party}") if party else None
        return self.timers.get(name) if own is None else own

    def names(self, name: str) -> bool:
        """Whether the charter has the timer, for everybody or for one party."""
        return name in self.timers or any(n.startswith(f"{name}.") for n in self.timers)

    def local(self, party: str) -> Local:
        """A party's clock; UTC where it gave none."""
        return self.locals.get(party, Local())

    def clock(self, timer: Timer, party: str) -> tzinfo:
        """By which wall clock this party's duty is counted."""
        return self.local(party).clock if timer.clock == LOCAL else UTC

    @property
    def unknown_zones(self) -> tuple[str, ...]:
        """Parties whose zone is in no database: their duties are counted in UTC, and it is said."""
        return tuple(sorted(p for p, each in self.locals.items() if not each.is_known))
