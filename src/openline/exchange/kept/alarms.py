"""Alarms of the node: what it has told, until a named person says to have seen it.

Shapes   standing(station) -> an Alarm for each code and subject, those that wake somebody first;
         see(station, serial, by) -> the code of what stands no more
Units    times are unix seconds UTC; serials count events
Raises   AlarmGone
Source   docs/decisions/0096-what-the-node-tells-at-night.md; OPERATE.md, "Alarms of the node"
Never    keeps a list of its own: alarms are events, and that somebody has seen one is an event.
         Never takes for seen what was told after the page was made
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange.station import Station
from openline.formats.charter import party_of
from openline.formats.malformed import Malformed
from openline.store.contract import EventRow
from openline.store.faults import StoreMisused

ALARM: Final = "alarm"
SEEN: Final = "seen"
# Refusals are no alarms by themselves; that they go on is something to look at.
KINDS: Final = (ALARM, "refused")
# As many as the store keeps.
LOOKED_AT_MAX: Final = 10_000
# What cannot wait for the morning: somebody may be lying, a thief, or not heard.
GRAVE: Final = frozenset(
    {
        "consent.withdrawn",
        "digest.differs",
        "early.held",
        "epoch.adopted",
        "epoch.ended",
        "epoch.ours",
        "epoch.suspect",
        "epoch.tail-lost",
        "exchange.card-conflict",
        "exchange.expired",
        "exchange.keyring-behind",
        "exchange.own-card-twice",
        "fold.differs",
        "growth.stopped",
        "log.forked",
        "log.unexplained",
        "party.doubled",
        "record.roots-not-named",
        "reseal.asked",
    }
)


class AlarmGone(OpenlineError):
    """What was shown stands no more: somebody saw it, or it was told again since."""

    code: ClassVar[str] = "exchange.alarm-gone"
    remedy: ClassVar[str] = "Look at the alarms as they stand now."


@dataclass(frozen=True, slots=True)
class Alarm:
    """Everything told under one code of one subject that nobody has seen: how often, since when.

    `line` is the line that it concerns, "" for none; `party` whose doing it tells of, where the
    subject says it; `text` and `serial` are those of the newest.
    """

    kind: str
    code: str
    subject: str
    text: str
    serial: int
    since_s: int
    at_s: int
    count: int
    line: str
    party: str

    @property
    def is_grave(self) -> bool:
        """Whether it wakes somebody; a refusal does not, whatever it was refused for."""
        return self.kind == ALARM and self.code in GRAVE


def standing(station: Station) -> list[Alarm]:
    """Every alarm that nobody has said to have seen."""
    seen = seen_of(station)
    found: dict[tuple[str, str], Alarm] = {}
    for row in told(station):
        key = (row.code, row.subject)
        if row.serial <= seen.get(key, 0):
            continue
        before = found.get(key)
        found[key] = (
            described(station, row)
            if before is None
            else replace(
                before, text=row.text, serial=row.serial, at_s=row.at_s, count=before.count + 1
            )
        )
    return sorted(found.values(), key=lambda each: (not each.is_grave, -each.serial))


def stands(station: Station, code: str, subject: str) -> bool:
    """Whether an alarm was told that nobody has seen: it need not be told again."""
    return any((each.code, each.subject) == (code, subject) for each in standing(station))


def tell_misuse(station: Station, fault: OpenlineError) -> None:
    """A fault of this program that came up in talk with a peer: told once until it was seen.

    What waits behind it goes on, but it is nobody else's fault and must not pass for it.
    """
    if isinstance(fault, StoreMisused) and not stands(station, fault.code, station.party):
        station.note_event(ALARM, station.party, fault.code, str(fault))


def told(station: Station) -> list[EventRow]:
    """Every event that is an alarm or a refusal, the oldest first."""
    rows = [row for kind in KINDS for row in station.store.events(kind, LOOKED_AT_MAX)]
    return sorted(rows, key=lambda row: row.serial)


def seen_of(station: Station) -> dict[tuple[str, str], int]:
    """Up to which event somebody has seen what was told, by code and subject."""
    rows = station.store.events(SEEN, LOOKED_AT_MAX)
    return {(row.code, row.subject): row.serial for row in rows}


def described(station: Station, row: EventRow) -> Alarm:
    """One event with the line and the party that its subject names."""
    line, party = about(station, row.subject)
    return Alarm(
        row.kind, row.code, row.subject, row.text, row.serial, row.at_s, row.at_s, 1, line, party
    )


def about(station: Station, subject: str) -> tuple[str, str]:
    """The line and the party of a subject: that is a line, a log, a party or a part of the node."""
    if any(row.line_id.hex() == subject for row in station.lines()):
        return subject, ""
    if "/" in subject:
        log = station.log(subject)
        if log is not None:
            return log.line_id.hex(), log.party
        with contextlib.suppress(Malformed):
            return "", party_of(subject)
        return "", ""  # a witness is called as it likes: that hides no alarm
    return "", subject if station.store.party(subject) is not None else ""


def see(station: Station, serial: int, by: str) -> str:
    """Somebody has seen the alarm whose newest event this is; it stands no more."""
    for each in standing(station):
        if each.serial == serial:
            station.note_event(SEEN, each.subject, each.code, f"{by} has seen this ({each.count})")
            station.changes += 1
            return each.code
    raise AlarmGone("no such alarm stands here")


def to_wake(station: Station, after: int) -> Iterator[EventRow]:
    """Grave alarms told after an event. The same words again wake nobody until they were seen."""
    seen = seen_of(station)
    known: set[tuple[str, str, str]] = set()
    for row in station.store.events(ALARM, LOOKED_AT_MAX):
        said = (row.code, row.subject, row.text)
        if row.code not in GRAVE or row.serial <= seen.get(said[:2], 0):
            continue
        if said not in known and row.serial > after:
            yield row
        known.add(said)
