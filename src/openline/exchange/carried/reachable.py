"""Which relays of our lines answer, and since when one does not: told while another still does.

Shapes   answered(), failed() note one call; standing(station) -> a row of JSON for each relay
Units    times are unix seconds UTC, in rows as RFC 3339 text
Raises   nothing of its own
Source   docs/PROTOCOL.md part 11; docs/OPERATE.md, "Bad links"
Never    says that a relay is lost: only that it has not answered since a time, and how it failed
"""

from dataclasses import dataclass
from typing import Final

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


def key(at: Relay) -> str:
    """Where it is kept when a relay answered."""
    return f"relay-heard/{at.party} {at.url}"


def heard(station: Station, at: Relay) -> Heard:
    """What is kept of one relay."""
    kept = (station.store.meta(key(at)) or b"0 0 0 ").decode()
    last, silent, told, fault = kept.split(" ", 3)
    return Heard(int(last), int(silent), told == "1", fault)


def keep(tx: Tx, at: Relay, now: Heard) -> None:
    """The same into an open transaction."""
    told = f"{now.last_s} {now.silent_s} {int(now.is_told)} {now.fault[:FAULT_MAX]}"
    tx.set_meta(key(at), told.encode())


def answered(station: Station, at: Relay) -> None:
    """A relay did what it was asked."""
    before, now_s = heard(station, at), station.clock.now_s()
    if not before.silent_s and 0 <= now_s - before.last_s < FRESH_S:
        return
    with station.store.write() as tx:
        keep(tx, at, Heard(now_s))
        if before.is_told:
            station.tell(tx, "notice", at.party, "relay.answers", f"{at.url} answers again")


def failed(station: Station, at: Relay, fault: str) -> None:
    """A relay did not answer, or refused us; what lasts is an alarm, once."""
    before, now_s = heard(station, at), station.clock.now_s()
    silent_s = before.silent_s or now_s
    is_due = not before.is_told and now_s - silent_s >= TOLD_S
    if before.silent_s and not is_due:
        return
    with station.store.write() as tx:
        keep(tx, at, Heard(before.last_s, silent_s, before.is_told or is_due, fault))
        if is_due:
            station.tell(tx, "alarm", at.party, "relay.silent",
                         f"{at.url}: not heard since {since(before)}: {fault}")  # fmt: skip


def since(told: Heard) -> str:
    """When a relay was last heard."""
    return utc(told.last_s) if told.last_s else "never"


def in_use(station: Station) -> dict[Relay, list[bytes]]:
    """The relays of lines on which we speak, and those lines."""
    found: dict[Relay, list[bytes]] = {}
    for row in station.lines():
        if station.own_log(row.line_id) is not None and not station.has_left(row.line_id):
            for each in station.charter(row.line_id).relays:
                found.setdefault(each, []).append(row.line_id)
    return found


def standing(station: Station) -> list[dict[str, Value]]:
    """Every relay in use: whether it answers, and if not, since when it was not heard."""
    rows: list[dict[str, Value]] = []
    for at, line_ids in sorted(in_use(station).items(), key=lambda each: each[0].party):
        told = heard(station, at)
        lasting = told.silent_s and station.clock.now_s() - told.silent_s >= TOLD_S
        rows.append(
            {
                "relay": at.party,
                "url": at.url,
                "lines": [line_id.hex() for line_id in line_ids],
                "answers": bool(told.last_s and not told.silent_s),
                "silent": bool(lasting),
                "heard": since(told),
                "fault": told.fault,
            }
        )
    return rows
