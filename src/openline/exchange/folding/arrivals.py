"""What came in and needs a person at once: a digest that differs, a consent that was withdrawn.

Shapes   look(station, line_id) -> how many entries of others were found to need a look
Units    a mark per log counts the entries looked at
Raises   nothing of its own
Source   docs/PROTOCOL.md part 11, "In-force digest" and "Conduit"
Never    answers, closes or erases: officers do; an alarm needs nobody
"""

from openline.cases.entry import Entry, Ref
from openline.exchange.folding import conduit, in_force, reading
from openline.exchange.folding.in_force import DIFFERS, DIGEST, NotADigest
from openline.exchange.station import Station
from openline.formats.form import name_of
from openline.store.contract import LogRow

Alarm = tuple[str, str]


def look(station: Station, line_id: bytes) -> int:
    """Look at every entry of the others that was not looked at; one that is still sealed waits.

    The mark is written with the alarms in one transaction: a crash repeats the look, not the alarm.
    """
    found = 0
    for log in station.logs_of(line_id):
        start = station.looked_at.get(log.origin)
        if start is None:
            start = int(station.store.meta(mark_of(log)) or b"0")
            station.looked_at[log.origin] = start
        if log.party != station.party and start < log.size:
            found += look_at(station, log, start)
    return found


def mark_of(log: LogRow) -> str:
    """Where it is remembered how far a log was looked at."""
    return f"looked/{log.origin}"


def look_at(station: Station, log: LogRow, start: int) -> int:
    """The new entries of one log."""
    state = reading.state(station, log.line_id)
    alarms: list[Alarm] = []
    stop = start
    while stop < log.size:
        entry = state.entry(Ref(log.origin, stop))
        if entry is None or entry.state == "sealed":
            break
        if entry.state == "opened" and entry.kind == "message":
            alarms += alarms_of(station, log, entry)
        stop += 1
    if alarms:  # without one a restart looks again, which costs less than a write
        with station.store.write() as tx:
            for code, text in alarms:
                station.tell(tx, "alarm", log.line_id.hex(), code, text)
            tx.set_meta(mark_of(log), str(stop).encode())
    station.looked_at[log.origin] = stop
    return len(alarms)


def alarms_of(station: Station, log: LogRow, entry: Entry) -> list[Alarm]:
    """What an officer is told about one entry; nothing where all is well."""
    if name_of(entry.format) == DIGEST:
        text = digest_alarm(station, log, entry)
        return [("digest.differs", text)] if text else []
    if name_of(entry.format) == "core/close":
        text = consent_alarm(station, log, entry)
        return [("consent.withdrawn", text)] if text else []
    return []


def digest_alarm(station: Station, log: LogRow, entry: Entry) -> str:
    """What is wrong with a digest, "" where the lists agree or cannot be compared yet."""
    try:
        finding = in_force.check(station, entry.ref)
    except NotADigest as fault:
        return f"{log.party}: {fault}"
    if finding.result != DIFFERS:
        return ""
    counts = (len(finding.only_here), len(finding.only_there), len(finding.changed))
    return (
        f"entry {entry.ref.index} of {log.party}: its list of what is in force is not ours:"
        f" {counts[0]} only here, {counts[1]} only there, {counts[2]} in another version"
    )


def consent_alarm(station: Station, log: LogRow, entry: Entry) -> str:
    """What rests on a consent that its originator has just ended, "" where nothing does."""
    case = reading.state(station, log.line_id).case(entry.ref)
    if case is None or case.main.name != conduit.CONSENT or case.is_open:
        return ""
    resting = conduit.resting_on(station, conduit.hash_of(station, case.id))
    still = sum(each.is_open for each in resting)
    return (
        f"{log.party} has ended its consent: {len(resting)} notices were passed on under it,"
        f" {still} of them still stand; close them, then erase their content"
    )
