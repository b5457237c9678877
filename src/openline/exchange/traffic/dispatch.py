"""What to send to whom next, and what came back for it.

Shapes   next_delivery() -> Shipment | None; delivered(shipment, answer); next_asks() -> requests
Units    one delivery in flight per peer and log; at most 256 entries and 7 MiB each
Raises   BadReceipt
Source   docs/PROTOCOL.md parts 7 and 8
Never    moves the idea of what a peer holds by a receipt of an earlier session, and never treats
         an HTTP status as a fact: after any refusal a hello says where things stand
"""

from collections.abc import Collection
from dataclasses import dataclass

from openline.envelope.suite import BadSignature
from openline.exchange.kept import receipt_times
from openline.exchange.logs import clocks, exposure, sequence
from openline.exchange.refusals import BadReceipt
from openline.exchange.station import Station
from openline.exchange.traffic import asks
from openline.formats.delivery import read_opening
from openline.formats.head import Head
from openline.formats.note import parse_signature_lines
from openline.record.checkpoint import verify_cosignature_pair
from openline.store.contract import CosignatureRow, LogRow


@dataclass(frozen=True, slots=True)
class Shipment:
    """One delivery to one peer; `boot` is the session that it belongs to."""

    peer: str
    origin: str
    head: Head
    body: bytes
    boot: bytes


def own_logs(station: Station, peer: str) -> list[LogRow]:
    """Every own log, old epochs too, of lines that the peer is a member of."""
    found = []
    for row in station.lines():
        if peer in station.others(row.line_id):
            found += [
                log for log in station.logs_of(row.line_id)
                if log.party == station.party and log.size
            ]  # fmt: skip
    return sorted(found, key=lambda log: (log.line_id, log.counter, log.origin))


def next_delivery(
    station: Station, peer: str, passed_over: Collection[str] = ()
) -> Shipment | None:
    """The next delivery that this peer lacks, from what its present session stated.

    `passed_over` are logs that it refused in this round: one log never holds up another.
    """
    sequence.anchor_owed(station)
    session = station.sessions.get(peer)
    if session is None or not session.boot:
        return None
    for log in own_logs(station, peer):
        if log.origin in passed_over:
            continue
        held = session.holds.get(log.origin, 0)
        reach = exposure.exposed(station, log)
        if held < reach:
            body = asks.body_from(station, log, held, reach)
            if body is not None:
                head = read_opening(body)[0].head
                return Shipment(peer, log.origin, head, body, session.boot)
    return None


def unreceipted(station: Station, peer: str) -> list[LogRow]:
    """Own logs whose newest head this peer holds without our having its receipt."""
    session = station.sessions.get(peer)
    if session is None:
        return []
    name = f"{peer}/receipt"
    waiting = {(r.origin, r.size) for r in station.pending_receipts if r.name == name}
    found = []
    for log in own_logs(station, peer):
        is_due = session.holds.get(log.origin, 0) >= log.size
        if not is_due or session.receipted.get(log.origin) == log.size:
            continue
        if station.store.cosignature(log.origin, log.size, name) is not None:
            session.receipted[log.origin] = log.size
        elif (log.origin, log.size) not in waiting:
            found.append(log)
    return found


def again(station: Station, peer: str, log: LogRow) -> Shipment | None:
    """The last delivery of a log once more, because its receipt never came back."""
    session = station.sessions.get(peer)
    sizes = station.store.checkpoint_sizes(log.origin, max(0, log.size - 257), log.size - 1)
    start = max([s for s in sizes if s >= log.size - 256] or [max(0, log.size - 256)])
    body = asks.body_from(station, log, min(start, log.size - 1), log.size)
    if session is None or body is None:
        return None
    return Shipment(peer, log.origin, Head(log.origin, log.size, log.root), body, session.boot)


def delivered(station: Station, shipment: Shipment, answer: bytes) -> None:
    """Check the receipt in the answer; keep it for the next commit; move the session on."""
    row = verified_receipt(station, shipment.peer, shipment.head, answer)
    station.pending_receipts.append(row)
    stored(station, shipment)


def stored(station: Station, shipment: Shipment) -> None:
    """The peer holds what was sent: its session moves on, whether or not its receipt came yet."""
    session = station.sessions.get(shipment.peer)
    if session is not None and session.boot == shipment.boot:
        held = session.holds.get(shipment.origin, 0)
        session.holds[shipment.origin] = max(held, shipment.head.size)


def verified_receipt(station: Station, peer: str, head: Head, lines: bytes) -> CosignatureRow:
    """The peer's receipt for exactly this head: both lines, one timestamp, its card's keys.

    A timestamp that cannot be right is kept in the lines; the row has the time of arrival.
    """
    cards = station.cards(peer)
    if not cards:
        raise BadReceipt(f"{peer}: no card is held here")
    fault: Exception = BadReceipt(f"{peer}: no receipt line")
    for card in reversed(cards):
        try:
            signatures = parse_signature_lines(lines)
            time_s = verify_cosignature_pair(
                head, signatures, card.receipt4, card.receipt6, station.suite
            )
            station.receipts_seen += 1
            name = f"{peer}/receipt"
            if clocks.is_sure(station):  # a clock of ours that is not is no measure for theirs
                time_s = receipt_times.counted_s(station, name, head, time_s)
            return CosignatureRow(head.origin, head.size, name, time_s, lines)
        except BadSignature as refused:
            fault = refused
    raise BadReceipt(f"{peer}: {fault}")


def store_receipts(station: Station) -> int:
    """Store receipts that wait, when no other commit is about to take them along."""
    rows = list(station.pending_receipts)
    if rows:
        with station.store.write() as tx:
            for row in rows:
                tx.put_cosignature(row)
        del station.pending_receipts[: len(rows)]
    return len(rows)


def backlog(station: Station, peer: str) -> int:
    """How many own entries the peer does not hold yet, as far as its session says."""
    session = station.sessions.get(peer)
    holds = session.holds if session else {}
    return sum(max(0, log.size - holds.get(log.origin, 0)) for log in own_logs(station, peer))
