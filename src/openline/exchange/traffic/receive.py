"""A delivery from another node: check, open, store, and only then the receipt.

Shapes   receive(station, body) -> signature lines of the receipt (two lines, one timestamp)
Units    entries and sizes count from 0; at most 256 entries a delivery
Raises   Refused and its kinds (transport tier: nothing stored, nothing signed), EntrySealed
Source   docs/PROTOCOL.md part 8
Never    opens a socket; never gives a receipt above an entry that was neither opened nor logged
         as a defect. Order: commit, anchor, receipt
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import NoReturn

from openline.cases.entry import Entry
from openline.exchange.contents import archive, attached, opening
from openline.exchange.contents.opening import CannotYet, Faulty, Opened
from openline.exchange.drafting.drafts import compose
from openline.exchange.folding import judging, reading
from openline.exchange.logs import clocks, hello, sequence
from openline.exchange.logs.forks import contradicted
from openline.exchange.logs.incoming import accept_open, verified_head
from openline.exchange.refusals import (
    Ahead,
    EntrySealed,
    EnvelopeMismatch,
    ForkedLog,
    OriginMismatch,
    OwnLog,
    RootMismatch,
    UnexplainedLog,
)
from openline.exchange.station import Station
from openline.exchange.traffic import caught_up
from openline.formats.charter import party_of
from openline.formats.delivery import Delivery, parse_delivery, read_opening
from openline.formats.head import Head
from openline.formats.leaf import Leaf, parse_leaf
from openline.formats.openjson import Value
from openline.formats.spell import unb64
from openline.record.tree import EMPTY, Frontier, leaf_hash
from openline.store.contract import CosignatureRow, EntryRow, LineRow, LogRow, PrekeyRow, Tx


@dataclass(slots=True)
class Arrival:
    """The new part of one delivery, entry by entry, before anything is written."""

    log: LogRow
    after: LogRow
    line: LineRow | None = None
    rows: list[EntryRow] = field(default_factory=list)
    bodies: list[tuple[bytes, bytes]] = field(default_factory=list)
    archive: list[tuple[int, bytes]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    prekeys: list[PrekeyRow] = field(default_factory=list)
    defects: list[tuple[int, str]] = field(default_factory=list)
    sealed: list[int] = field(default_factory=list)
    stated: dict[str, int] = field(default_factory=dict)


def receive(station: Station, body: bytes, resealed: bytes = b"") -> bytes:
    """Take a delivery and return the receipt's two signature lines.

    `resealed` is for a log whose `open` is sealed to a key that is gone; the entry then waits.
    """
    sequence.anchor_owed(station)
    station.require_keys()
    clocks.require_sure(station)
    # Nothing of the entries is read before both log signatures on their head are good.
    head = verified_head(station, read_opening(body)[0].note)
    delivery = parse_delivery(body)
    if party_of(head.origin) == station.party:
        raise OwnLog(f"{head.origin} is this party's own log")
    log = station.log(head.origin)
    line = None
    is_new = log is None
    if log is None:
        log, line = accept_open(station, head, delivery, resealed)
    require_thawed(log)
    if delivery.old > log.size:
        raise Ahead(head.origin, log.size, delivery.old)
    if head.size <= log.size:
        return known_receipt(station, log, head, delivery)
    arrival = extend(station, log, head, delivery)
    arrival.line = line
    open_all(station, arrival, delivery)
    return commit(station, arrival, head, is_new)


def require_thawed(log: LogRow) -> None:
    """Nothing is taken of a frozen log: only a new epoch, another log, goes on."""
    if log.status == "forked":
        raise ForkedLog(f"{log.origin} is frozen: two histories are held as evidence")
    if log.status == "unexplained":
        raise UnexplainedLog(f"{log.origin} is frozen: a signed head of it does not fit")


def known_receipt(station: Station, log: LogRow, head: Head, delivery: Delivery) -> bytes:
    """The receipt for a head that is held already; the leaves sent must be the leaves held."""
    compare_overlap(station, log, head, delivery)
    if hello.root_at(station, log, head.size) != head.root:
        disagree(station, log, head, delivery, f"size {head.size} is held with another root")
    held = station.store.cosignature(log.origin, head.size, receipt_name(station))
    if held is not None:
        return held.lines
    waiting = [index for origin, index in station.waiting() if origin == log.origin]
    if any(index < head.size for index in waiting):
        raise EntrySealed(f"{log.origin}: entry {waiting[0]} is not opened yet")
    caught_up.require(station, log)
    receipt = sign_receipt(station, log, head)
    with station.store.write() as tx:
        tx.put_checkpoint(log.origin, head.size, delivery.note)
        tx.put_cosignature(receipt)
    sequence.anchor(station, [replace(log, size=head.size, root=head.root)])
    return receipt.lines


def compare_overlap(station: Station, log: LogRow, head: Head, delivery: Delivery) -> None:
    """Leaves that overlap what is held must be the same bytes."""
    stop = min(log.size, delivery.old + len(delivery.entries))
    held = station.store.entries(log.origin, delivery.old, stop) if delivery.old < stop else []
    for row, (leaf, _) in zip(held, delivery.entries, strict=False):
        if row.leaf != leaf:
            told = f"entry {row.index} is held with another leaf"
            disagree(station, log, head, delivery, told)


def disagree(station: Station, log: LogRow, head: Head, delivery: Delivery, what: str) -> NoReturn:
    """Refuse what contradicts the log held here; two signed histories are kept as evidence."""
    hashes = station.leaf_hashes(log.origin, delivery.old)
    hashes += [leaf_hash(leaf) for leaf, _ in delivery.entries]
    if contradicted(station, log, head, delivery.note, hashes):
        raise ForkedLog(f"{head.origin} is frozen: two histories are held as evidence")
    raise RootMismatch(f"{head.origin}: {what}")


def extend(station: Station, log: LogRow, head: Head, delivery: Delivery) -> Arrival:
    """The log after the delivery, when leaves, root and envelopes belong together."""
    compare_overlap(station, log, head, delivery)
    fresh = delivery.entries[log.size - delivery.old :]
    if log.size + len(fresh) != head.size:
        raise RootMismatch(f"{head.origin}: {len(fresh)} new entries do not reach {head.size}")
    frontier = Frontier(log.size, log.frontier) if log.size else EMPTY
    frontier = frontier.extend([leaf_hash(leaf) for leaf, _ in fresh])
    caught_up.recall(station, log, head, [leaf_hash(leaf) for leaf, _ in fresh])
    if frontier.root != head.root:
        raise RootMismatch(f"{head.origin}: leaves up to {head.size} do not give the signed root")
    after = replace(
        log, size=head.size, frontier=frontier.hashes, root=head.root, note=delivery.note
    )
    return Arrival(log, after)


def open_all(station: Station, arrival: Arrival, delivery: Delivery) -> None:
    """Open every new entry; what cannot be opened is a defect or waits for a reseal."""
    log = arrival.log
    now_s = station.line_now(log.line_id)
    arrival.stated = opening.sizes_from_bytes(station.store.meta(f"seen/{log.origin}"))
    for index in range(log.size, arrival.after.size):
        data, envelope = delivery.entries[index - delivery.old]
        leaf = parse_leaf(data)
        if hashlib.sha256(envelope).digest() != leaf.envelope_hash:
            raise EnvelopeMismatch(f"{log.origin} entry {index}: envelope is not the leaf's")
        state, opened, file_key = "opened", None, b""
        flaws: tuple[str, ...] = ()
        own = station.own_log(log.line_id)
        stated = arrival.stated.get(own.origin, 0) if own else 0
        try:
            opened, file_key = opening.open_entry(station, log, index, leaf, envelope, stated)
        except Faulty as fault:
            state, flaws = "defect", (f"defect.{fault.kind}",)
            arrival.defects.append((index, fault.kind))
        except CannotYet:
            state = "sealed"
            arrival.sealed.append(index)
        arrival.rows.append(EntryRow(log.origin, index, data, leaf.envelope_hash, state, now_s))
        arrival.bodies.append((leaf.envelope_hash, envelope))
        if opened is not None:
            slip = archive.of_envelope(station, log.origin, index, file_key, {})
            arrival.archive.append((index, slip))
        take_opened(station, arrival, index, leaf, opened, state, flaws)


def take_opened(
    station: Station,
    arrival: Arrival,
    index: int,
    leaf: Leaf,
    opened: Opened | None,
    state: str,
    flaws: tuple[str, ...],
) -> None:
    """Prekey and fold entry of one opened entry."""
    log = arrival.log
    if opened is not None:
        seen = opening.stated_sizes(station, log.line_id, opened.value("seen"))
        arrival.stated.update(seen)
        row = prekey_of(log, index, leaf, opened)
        if row is not None:
            arrival.prekeys.append(row)
        flaws = judging.judge(station, arrival.after, leaf, opened)
    arrival.entries.append(opening.entry_of(log, index, leaf, opened, state, flaws))


def prekey_of(log: LogRow, index: int, leaf: Leaf, opened: Opened) -> PrekeyRow | None:
    """The prekey that an `open` or `keys` entry names."""
    value = opened.value("prekey") if leaf.kind in ("open", "keys") else None
    if not isinstance(value, str):
        return None
    return PrekeyRow(log.line_id, log.party, log.origin, index, unb64(value, 1216))


def receipt_name(station: Station) -> str:
    """The cosigner name under which this party gives receipts."""
    return f"{station.party}/receipt"


def sign_receipt(station: Station, log: LogRow, head: Head) -> CosignatureRow:
    """Our receipt for a head: signed once per (origin, size), then stored and resent."""
    time_s = station.line_now(log.line_id)
    lines = station.keys.cosign(head, time_s)
    return CosignatureRow(head.origin, head.size, receipt_name(station), time_s, lines)


def commit(station: Station, arrival: Arrival, head: Head, is_new: bool) -> bytes:
    """One transaction for entries, defects and receipt; then the anchor; then the receipt."""
    log = arrival.after
    own = defect_entry(station, arrival)
    is_sealed = bool(arrival.sealed) or any(o == log.origin for o, _ in station.waiting())
    held_back = is_sealed or caught_up.lacks(station, log)
    if arrival.defects and own is None and is_new:
        raise OriginMismatch(f"{log.origin}: `open` cannot be used: {arrival.defects[0][1]}")
    if arrival.defects and own is None:
        raise EntrySealed(f"{log.origin}: a defect cannot be logged before this node may write")
    receipt = None if held_back else sign_receipt(station, log, head)
    with station.store.write() as tx:
        write_arrival(station, tx, arrival, is_new)
        if own is not None:
            sequence.write(station, tx, own)
        if receipt is not None:
            tx.put_cosignature(receipt)
        stored = sequence.flush_receipts(station, tx)
    del station.pending_receipts[:stored]
    if arrival.sealed:
        station.sealed = None
    station.committed(log)
    if arrival.prekeys or arrival.line is not None:
        station.forget(line_id=log.line_id)
    if is_new and any(each.party == log.party and each.origin != log.origin
                      for each in station.logs_of(log.line_id)):  # fmt: skip
        reading.refold_line(station, log.line_id)  # an epoch says how far the ones before count
    reading.add(station, log.line_id, arrival.entries)
    if own is not None:
        sequence.after_commit(station, own)
    sequence.anchor(station, [log, own.after] if own is not None else [log])
    if is_sealed:
        raise EntrySealed(f"{log.origin}: stored, but not every entry could be opened yet")
    if receipt is None:
        caught_up.require(station, log)
        raise AssertionError("a receipt was held back for no reason")
    return receipt.lines


def defect_entry(station: Station, arrival: Arrival) -> sequence.Built | None:
    """Our own `defect` entries that name the faulty ranges, built but not written."""
    if not arrival.defects:
        return None
    line_id = arrival.log.line_id
    own = station.own_log(line_id)
    if own is None or not station.may_write(line_id):
        return None
    origin, most = arrival.log.origin, sequence.RANGES_NAMED_MAX
    ranges = sequence.joined((origin, index, kind) for index, kind in arrival.defects)
    named: list[list[Value]] = [
        [list(each) for each in ranges[at : at + most]] for at in range(0, len(ranges), most)
    ]
    told = [compose(station, line_id, "defect", {"ranges": each}) for each in named]
    return sequence.build(station, own, told)


def write_arrival(station: Station, tx: Tx, arrival: Arrival, is_new: bool) -> None:
    """Rows of a foreign log into an open transaction."""
    log = arrival.after
    if arrival.line is not None:
        tx.put_line(arrival.line)
        station.tell(tx, "notice", log.line_id.hex(), "line.proposed",
                     f"{log.party} proposes a line; read its charter first")  # fmt: skip
    if is_new:
        tx.add_log(arrival.log)
    for body_hash, body in arrival.bodies:
        tx.put_body(body_hash, body)
    tx.advance(arrival.log.size, log, arrival.rows)
    for index, file in arrival.archive:
        tx.put_archived(log.origin, index, file)
    for entry in arrival.entries:
        attached.write_names(station, tx, log.line_id, entry.ref, entry.fields, {})
    for row in arrival.prekeys:
        tx.put_prekey(row)
    tx.set_meta(f"seen/{log.origin}", opening.sizes_to_bytes(arrival.stated))
    for index, kind in arrival.defects:
        tx.set_meta(f"defect/{log.origin}/{index}", kind.encode())
        station.tell(tx, "alarm", log.origin, f"defect.{kind}",
                     f"entry {index} of {log.party} is stored but cannot be used")  # fmt: skip
