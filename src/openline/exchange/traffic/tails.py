"""What this node signed and nobody holds any more: a tail of an own log, told as a gap.

Shapes   note_tails(station) at start; tell(station, line_id) -> how many ranges were told
Units    sizes count entries; a range is [from, to)
Raises   ReceiveOnly and what appending refuses
Source   docs/PROTOCOL.md parts 5, 6 and 8 (anchor); docs/decisions/0065-a-lost-tail-is-told.md
Never    tells while a member may still hold it: each of them has answered since the start, and
         states less. What comes to light later is taken back all the same
"""

from openline.exchange.logs import sequence
from openline.exchange.station import Station
from openline.exchange.traffic import recover
from openline.formats.openjson import Value
from openline.store.contract import LogRow


def note_tails(station: Station) -> None:
    """Own logs of which the anchor, or a witness, knows more than the database holds."""
    signed = {origin: record.size for origin, record in station.anchor.signed().items()}
    for log in station.store.logs():
        if log.party == station.party:
            note(station, log, signed.get(log.origin, 0))


def note(station: Station, log: LogRow, size: int) -> None:
    """Remember that a head of this size was signed on an own log."""
    if size > max(log.size, station.tails.get(log.origin, 0)):
        station.tails[log.origin] = size


def open_tails(station: Station, line_id: bytes) -> list[LogRow]:
    """Own logs of a line whose tail did not come back yet; what is whole again is forgotten."""
    found = []
    for log in station.logs_of(line_id):
        signed = station.tails.get(log.origin, 0)
        if signed and log.size >= signed:
            del station.tails[log.origin]
        elif signed:
            found.append(log)
    return found


def nobody_holds(station: Station, log: LogRow) -> bool:
    """Whether every other member said since the start what it holds, and none holds more."""
    for party in station.others(log.line_id):
        session = station.sessions.get(party)
        if session is None or not session.boot:
            return False
        if session.heads.get(log.origin, (0, b""))[0] > log.size:
            return False
    return True


def tell(station: Station, line_id: bytes) -> int:
    """Say in the record which entries of ours are gone with everybody; once for each."""
    if not station.may_write(line_id):
        return 0
    waiting = open_tails(station, line_id)
    lost = [log for log in waiting if nobody_holds(station, log)]
    if not lost:
        return 0
    known = recover.Told(station, line_id)
    ranges: list[Value] = []
    for log in lost:
        signed = station.tails.pop(log.origin)
        if (log.origin, signed - 1) not in known:
            ranges.append([log.origin, log.size, signed, "lost"])
    if ranges:
        sequence.append_machine(station, line_id, "gap", {"ranges": ranges})
        station.note_event(
            "alarm", line_id.hex(), "epoch.tail-lost",
            f"{len(ranges)} ends of our logs are held by nobody; the record says so",
        )  # fmt: skip
    return len(ranges)
