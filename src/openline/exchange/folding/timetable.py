"""What a line's rules of time are counted by: the charter's seconds and every party's clock.

Shapes   agreed(station, line_id) -> Agreed; reminders_of(...) -> reminders of one line
Units    seconds; times are unix seconds UTC
Raises   UnknownLine
Source   docs/cases.md, "Calendars and clocks", "Reminders"
Never    decides what is due: cases/ does
"""

from openline.cases.agreed import Agreed
from openline.cases.reminders import Reminder, reminders
from openline.cases.roster import locals_of
from openline.exchange.folding import reading, receipts
from openline.exchange.station import Station


def agreed(station: Station, line_id: bytes) -> Agreed:
    """The timers of the charter and the clocks that the members' rosters tell."""
    state = reading.state(station, line_id)
    timers = dict(station.charter(line_id).timers)
    return Agreed(timers, locals_of(state, station.line_now(line_id)))


def reminders_of(station: Station, line_id: bytes) -> tuple[Reminder, ...]:
    """Everything that this node's watch is reminded of on a line, now and later."""
    return reminders(
        reading.state(station, line_id),
        receipts.of_line(station, line_id),
        agreed(station, line_id),
        station.line_now(line_id),
        station.party,
    )
