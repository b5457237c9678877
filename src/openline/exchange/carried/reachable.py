"""Which relays and witnesses of our lines answer, and since when one does not: told while another
still does.

Shapes   answered(), failed() note one call; standing(station), witnesses_standing(station) -> a row
         of JSON for each
Units    times are unix seconds UTC, in rows as RFC 3339 text
Raises   nothing of its own
Source   docs/PROTOCOL.md parts 8 and 11; docs/OPERATE.md, "Bad links" and "Witnesses"
Never    says that one is lost: only that it has not answered since a time, and how it failed. A
         witness is asked only while it lacks a head of ours
"""

from dataclasses import dataclass
from typing import Final

from openline.exchange.logs import witnesses
from openline.exchange.logs.witnesses import Named
from openline.exchange.station import Station
from openline.formats.charter import Relay
from openline.formats.openjson import Value
from openline.formats.spell import utc
from openline.store.contract import Tx

# A call that fails once says little; what lasts for a minute is told.
TOLD_S: Final = 60
# How exactly it is kept when a relay that answers was last heard.
FRESH_S: Final = 60
FAULT_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Heard:
    """What is kept of a relay: last answer, first failure since, whether that was told, how."""

    last_s: int = 0
    silent_s: int = 0
    is_told: bool = False
    fault: str = ""


def kind_and_name(at: Relay | Named) -> tuple[str, str]:
    """What it is, and what it is called."""
    return ("relay", at.party) if isinstance(at, Relay) else ("witness", at.name)


def subject_of(at: Relay | Named) -> str:
    """What it is called where parties and logs are called too. A charter may give a witness any
    name, a party's as well: in quotation marks it is none."""
    return at.party if isinstance(at, Relay) else f"“{at.name}”"


def key(at: Relay | Named) -> str:
    """Where it is kept when one answered."""
    kind, name = kind_and_name(at)
    return f"{kind}-heard/{name} {at.url}"


def heard(station: Station, at: Relay | Named) -> Heard:
    """What is kept of one relay or witness."""
    kept = (station.store.meta(key(at)) or b"0 0 0 ").decode()
    last, silent, told, fault = kept.split(" ", 3)
    return Heard(int(last), int(silent), told == "1", fault)


def keep(tx: Tx, at: Relay | Named, now: Heard) -> None:
    """The same into an open transaction."""
    told = f"{now.last_s} {now.silent_s} {int(now.is_told)} {now.fault[:FAULT_MAX]}"
    tx.set_meta(key(at), told.encode())


def answered(station: Station, at: Relay | Named) -> None:
    """One did what it was asked."""
    kind, _ = kind_and_name(at)
    before, now_s = heard(station, at), station.clock.now_s()
    if not before.silent_s and 0 <= now_s - before.last_s < FRESH_S:
        return
    with station.store.write() as tx:
        keep(tx, at, Heard(now_s))
        if before.is_told:
            station.tell(tx, "notice", subject_of(at), f"{kind}.answers", f"{at.url} answers again")


def failed(station: Station, at: Relay | Named, fault: str) -> None:
    """One did not answer, or refused us; what lasts is an alarm, once."""
    kind, _ = kind_and_name(at)
    before, now_s = heard(station, at), station.clock.now_s()
    silent_s = before.silent_s or now_s
    is_due = not before.is_told and now_s - silent_s >= TOLD_S
    if before.silent_s and not is_due:
        return
    with station.store.write() as tx:
        keep(tx, at, Heard(before.last_s, silent_s, before.is_told or is_due, fault))
        if is_due:
            station.tell(tx, "alarm", subject_of(at), f"{kind}.silent",
                         f"{at.url}: not heard since {since(before)}: {fault}")  # fmt: skip


def since(told: Heard) -> str:
    """When one was last heard."""
    return utc(told.last_s) if told.last_s else "never"


def in_use(station: Station) -> dict[Relay, list[bytes]]:
    """The relays of lines on which we speak, and those lines."""
    found: dict[Relay, list[bytes]] = {}
    for line_id in spoken_on(station):
        for each in station.charter(line_id).relays:
            found.setdefault(each, []).append(line_id)
    return found


def witnesses_in_use(station: Station) -> dict[Named, list[bytes]]:
    """The witnesses of lines on which we speak, and those lines."""
    found: dict[Named, list[bytes]] = {}
    for line_id in spoken_on(station):
        for each in witnesses.named(station.charter(line_id)):
            found.setdefault(each, []).append(line_id)
    return found


def spoken_on(station: Station) -> list[bytes]:
    """The lines on which we have a log and go on."""
    return [
        row.line_id
        for row in station.lines()
        if station.own_log(row.line_id) is not None and not station.has_left(row.line_id)
    ]


def standing(station: Station) -> list[dict[str, Value]]:
    """Every relay in use: whether it answers, and if not, since when it was not heard."""
    found = sorted(in_use(station).items(), key=lambda each: each[0].party)
    return [{"relay": at.party, **stands(station, at, line_ids)} for at, line_ids in found]


def witnesses_standing(station: Station) -> list[dict[str, Value]]:
    """The same of every witness in use."""
    found = sorted(witnesses_in_use(station).items(), key=lambda each: each[0].name)
    return [{"witness": at.name, **stands(station, at, line_ids)} for at, line_ids in found]


def stands(station: Station, at: Relay | Named, line_ids: list[bytes]) -> dict[str, Value]:
    """What is told of one that is used on these lines."""
    told = heard(station, at)
    lasting = told.silent_s and station.clock.now_s() - told.silent_s >= TOLD_S
    return {
        "url": at.url,
        "lines": [line_id.hex() for line_id in line_ids],
        "answers": bool(told.last_s and not told.silent_s),
        "silent": bool(lasting),
        "heard": since(told),
        "fault": told.fault,
    }
