"""The alarm of a desk: what rings, in groups, until a named officer has taken it.

Shapes   Alarms.groups(rows, now_s) -> Groups, the most urgent first; take(group id, officer, now_s)
Units    seconds; now_s is unix seconds UTC
Raises   GroupGone
Source   IMO MSC.302(87) and ISA-18.2 (one alert for one situation, the same on all displays; an
         alarm that nobody acts on comes back); docs/decisions/0044-who-has-the-alarm.md, 0089
Never    counts as an acknowledgement: that is a message, signed and sent. Never survives a restart:
         what was taken before it rings again
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.cases.precedence import FLASH, LEVELS
from openline.desk.acts import Json
from openline.errors import OpenlineError

# So long after it was taken an alarm rings again, if the message is still not acknowledged.
HOLD_S: Final = {"flash": 120, "immediate": 300, "priority": 900, "routine": 3600}
ACKNOWLEDGE: Final = "acknowledge"
# A page shows so many of a group; it counts them all.
SHOWN_MAX: Final = 8
# So many take no more room than two lines of the bar.
UNFOLDED_MAX: Final = 3
GROUPS_MAX: Final = 1_024

Place = tuple[str, int]


class GroupGone(OpenlineError):
    """What this page showed rings no more: it was taken, or has changed."""

    code: ClassVar[str] = "desk.alarm-gone"
    remedy: ClassVar[str] = "Look at the alarm as it stands now; another officer may have it."


@dataclass(frozen=True, slots=True)
class Taken:
    """Who has an alarm, and until when that silences it."""

    person: bytes
    name: str
    at_s: int
    until_s: int


@dataclass(frozen=True, slots=True)
class Group:
    """What rings of one party on one line, of one precedence and status: what others flood with
    hides nothing of it. `id` names exactly these messages."""

    id: str
    level: str
    status: str
    line: str
    party: str
    rows: tuple[Json, ...]

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def shown(self) -> tuple[Json, ...]:
        return self.rows[:SHOWN_MAX]

    @property
    def folds(self) -> bool:
        """Whether the bar folds all but the first: it stands above other work. Never a flash."""
        return self.level != FLASH and self.count > UNFOLDED_MAX

    @property
    def open_rows(self) -> tuple[Json, ...]:
        """What stands in the bar whatever is folded: the most urgent one at least."""
        return self.shown[:1] if self.folds else self.shown


@dataclass(slots=True)
class Alarms:
    """Who has which alarm at this desk, in memory."""

    taken: dict[Place, Taken] = field(default_factory=dict)
    _groups: "OrderedDict[str, tuple[str, tuple[Place, ...]]]" = field(default_factory=OrderedDict)

    def groups(self, rows: Iterable[Json], now_s: int) -> list[Group]:
        """What rings now, of rows of the queue: a group for each precedence, status, line and
        party; of one precedence and status the one that has the most urgent row comes first."""
        found: dict[tuple[int, str, str, str], list[Json]] = {}
        for row in rows:
            if row["next"] == ACKNOWLEDGE and not self._is_held(place_of(row), now_s):
                level = LEVELS.index(level_of(row))
                key = (level, str(row["status"]), str(row["line"]), str(row["from"]))
                found.setdefault(key, []).append(row)
        by_level = sorted(found.values(), key=lambda own: _level_and_status(own[0]))
        return [self._group(members) for members in by_level]

    def _is_held(self, place: Place, now_s: int) -> bool:
        taken = self.taken.get(place)
        return taken is not None and now_s < taken.until_s

    def _group(self, rows: list[Json]) -> Group:
        first = rows[0]
        level = level_of(first)
        places = tuple(map(place_of, rows))
        text = "\n".join(f"{origin} {index}" for origin, index in places)
        name = hashlib.sha256(text.encode()).hexdigest()[:32]
        self._groups[name] = (level, places)
        self._groups.move_to_end(name)
        while len(self._groups) > GROUPS_MAX:
            self._groups.popitem(last=False)
        return Group(name, level, first["status"], first["line"], first["from"], tuple(rows))

    def members(self, name: str) -> tuple[Place, ...]:
        """The messages of a group that was shown."""
        found = self._groups.get(name)
        if found is None:
            raise GroupGone("this group of alarms is not known any more")
        return found[1]

    def take(self, name: str, person: bytes, called: str, now_s: int) -> int:
        """One officer has everything of a group as it was shown, and nothing that came later."""
        level, places = self._groups.get(name, ("", ()))
        free = [place for place in places if not self._is_held(place, now_s)]
        if not free:
            raise GroupGone("somebody has this alarm already")
        for place in free:
            self.taken[place] = Taken(person, called, now_s, now_s + HOLD_S[level])
        return len(free)

    def release(self, person: bytes) -> None:
        """An officer left: what that person had rings again."""
        self.taken = {k: each for k, each in self.taken.items() if each.person != person}

    def forget(self, queued: Iterable[Place], now_s: int) -> None:
        """What waits for nobody any more is not remembered."""
        keep = set(queued)
        self.taken = {k: each for k, each in self.taken.items() if k in keep}


def place_of(row: Json) -> Place:
    """The message of a row."""
    origin, index = row["ref"]
    return str(origin), int(index)


def level_of(row: Json) -> str:
    """The precedence of a row; a message that states none is routine."""
    return row["precedence"] if row["precedence"] in LEVELS else LEVELS[-1]


def _level_and_status(row: Json) -> tuple[int, str]:
    return LEVELS.index(level_of(row)), str(row["status"])
