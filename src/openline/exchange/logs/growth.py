"""Growth of an own log by entries that nobody released: a few are due, a run of them is a fault.

Shapes   allow(station, line_id) before an entry, count() after it; is_stopped(); released()
Units    entries by minute and hour of a clock that nobody sets
Raises   GrowsByItself
Source   docs/PROTOCOL.md part 6.1 (kinds); docs/OPERATE.md, "Doctor"
Never    stops what officers release, a new epoch (keys may have been stolen) or a `defect` (one for
         what a member wrote, not for what this node did)
"""

from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange.station import Station
from openline.store.contract import Tx

PER_MINUTE: Final = 20
PER_HOUR: Final = 120
MINUTE_S: Final = 60
HOUR_S: Final = 3_600
STOPPED: Final = "growth.stopped"


class GrowsByItself(OpenlineError):
    """This node wrote entry after entry that no officer released, and stopped itself."""

    code: ClassVar[str] = "exchange.grows-by-itself"
    remedy: ClassVar[str] = (
        "Keep `openline events` and report it. What officers release goes out as ever, and the "
        "node's own entries go on after it."
    )


def key(line_id: bytes) -> str:
    """Where it is kept that the node's own entries on a line are stopped."""
    return f"growth/{line_id.hex()}"


def is_stopped(station: Station, line_id: bytes) -> bool:
    """Whether no entry of the node's own is written on a line until officers release one."""
    return bool(station.store.meta(key(line_id)))


def allow(station: Station, line_id: bytes) -> None:
    """Refuse an entry that no officer released; past the bound stop for good, with an alarm.

    For good, not for an hour: nobody would notice a log that grows by a bound an hour.
    """
    if is_stopped(station, line_id):
        raise GrowsByItself("no entries of the node's own until officers release one on this line")
    now_s = station.clock.mono_s()
    times = [each for each in station.unasked.get(line_id, ()) if now_s - each < HOUR_S]
    lately = sum(now_s - each < MINUTE_S for each in times)
    if lately < PER_MINUTE and len(times) < PER_HOUR:
        station.unasked[line_id] = tuple(times)
        return
    why = f"{lately} entries in a minute and {len(times)} in an hour that no officer released"
    with station.store.write() as tx:
        tx.set_meta(key(line_id), why.encode())
        station.tell(tx, "alarm", line_id.hex(), STOPPED, f"{why}: no more of them")
    raise GrowsByItself(why)


def count(station: Station, line_id: bytes) -> None:
    """Such an entry was committed."""
    times = station.unasked.get(line_id, ())
    station.unasked[line_id] = (*times, station.clock.mono_s())


def released(station: Station, tx: Tx, line_id: bytes) -> None:
    """Officers have acted on a line: counting begins anew."""
    station.unasked.pop(line_id, None)
    if tx.meta(key(line_id)):
        tx.set_meta(key(line_id), b"")


def stopped(station: Station) -> dict[bytes, str]:
    """Every line on which the node stopped itself, and why."""
    told = {row.line_id: station.store.meta(key(row.line_id)) for row in station.lines()}
    return {line_id: why.decode() for line_id, why in told.items() if why}
