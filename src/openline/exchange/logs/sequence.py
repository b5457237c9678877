"""Appending own entries: place, what was seen, seal, leaf, head, one transaction, anchor.

Shapes   build() is pure but for sealing; write() puts a Built into an open transaction;
         append() does both, anchors, and only then are the entries known to anybody
Units    batches of 1 to 256 entries and at most 7 MiB of envelopes
Raises   ReceiveOnly, HeadMoved, NoRecipientKey
Source   docs/PROTOCOL.md parts 5, 6 and 8; DESIGN "nothing is visible before it is durable"
Never    sends: `dispatch` reads what was committed
"""

import contextlib
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from openline.cases.entry import Entry, Ref
from openline.envelope.keyring import LOG
from openline.envelope.suite import ED25519
from openline.errors import OpenlineError
from openline.exchange.contents import archive, attached, newest, opening
from openline.exchange.drafting.drafts import Draft, compose, decode_draft
from openline.exchange.folding import judging, reading
from openline.exchange.logs import clocks, growth
from openline.exchange.station import LineLeft, ReceiveOnly, Station
from openline.formats.field import Field, new_field, spell_lines
from openline.formats.head import EMPTY_ROOT, Head
from openline.formats.leaf import Leaf
from openline.formats.note import parse_note
from openline.formats.openjson import Value
from openline.formats.spell import b64
from openline.record.checkpoint import find_line
from openline.record.tree import EMPTY, Frontier, leaf_hash, root_of
from openline.store.anchor import AnchorFailed
from openline.store.contract import AnchorRecord, EntryRow, LogRow, StoreFull, Tx

BATCH_MAX = 256
BATCH_BYTES_MAX = 7 * 1024 * 1024
# As many heads as a field of 16 KiB holds whatever the parties are called.
HEADS_NAMED_MAX = 64
# The same for ranges in a `gap` or `defect` entry; what is left is told by the next.
RANGES_NAMED_MAX = 64


class NoRecipientKey(OpenlineError):
    """A member of the line has no card here, so nothing can be sealed to it."""

    code: ClassVar[str] = "exchange.no-recipient-key"
    remedy: ClassVar[str] = "Add the member's card first: `openline party add FILE`."


@dataclass(frozen=True, slots=True)
class Built:
    """Everything that one transaction writes for one own log, and the entries for the fold."""

    before: LogRow
    after: LogRow
    rows: tuple[EntryRow, ...]
    bodies: tuple[tuple[bytes, bytes], ...]
    archive: tuple[tuple[int, bytes], ...]
    entries: tuple[Entry, ...]
    drafts: tuple[bytes, ...]
    stated: bytes | None


def new_log(station: Station, line_id: bytes, counter: int, nonce: bytes, origin: str) -> LogRow:
    """An own log of size 0."""
    return LogRow(origin, station.party, line_id, counter, nonce, 0, (), EMPTY_ROOT, b"")


def recipients(station: Station, line_id: bytes, kind: str) -> list[bytes]:
    """One public key per other member: newest prekey, or the card key for `open` and `keys`.

    A member that has not opened its log names no prekey yet; its card key stands in.
    """
    prekeys = {} if kind in ("open", "keys") else newest.keys(station, line_id)
    found = []
    for party in station.others(line_id):
        key = prekeys.get(party)
        if key is None:
            cards = station.cards(party)
            if not cards:
                raise NoRecipientKey(f"no card of {party} is held here")
            key = cards[-1].seal
        found.append(key)
    return found


def seen_now(station: Station, log: LogRow, kind: str) -> tuple[list[Value], dict[str, int]]:
    """`seen` for the next entry and the sizes stated so far: changed heads, or all of them.

    What a field has no room for is named by the next entries. Own epochs come first, the highest
    counter before the others: which key is the newest hangs on them (exchange/contents/newest.py).
    """
    everything = kind in ("open", "keys")
    stated = opening.sizes_from_bytes(station.store.meta(f"stated/{log.origin}"))
    rows = [
        row for row in station.logs_of(log.line_id)
        if row.origin != log.origin and row.size
        and (everything or stated.get(row.origin) != row.size)
    ]  # fmt: skip

    def place(row: LogRow) -> tuple[int, int, str]:
        settled = stated.get(row.origin) == row.size
        return 0 if row.party == log.party else 1 + settled, -row.counter, row.origin

    rows.sort(key=place)
    named = sorted(rows[:HEADS_NAMED_MAX], key=lambda row: row.origin)
    stated |= {row.origin: row.size for row in named}
    return [[row.origin, row.size, b64(row.root)] for row in named], stated


def build(station: Station, log: LogRow, drafts: Sequence[Draft]) -> Built:
    """Seal and number a batch of released drafts on one own log."""
    station.require_keys()
    clocks.require_sure(station)
    time_s = station.line_now(log.line_id)
    frontier = Frontier(log.size, log.frontier) if log.size else EMPTY
    rows, bodies, slips, entries, hashes = [], [], [], [], []
    stated: dict[str, int] | None = None
    for index, draft in enumerate(drafts, start=log.size):
        seen: list[Value] = []
        if index == log.size or draft.kind in ("open", "keys"):
            seen, stated = seen_now(station, log, draft.kind)
        salts = station.random(64)
        fields = (
            *draft.fields,
            new_field("at", [log.origin, index], salts[:32]),
            new_field("seen", seen, salts[32:]),
        )
        items: list[Field | bytes] = [
            f.hash if i in draft.withheld else f for i, f in enumerate(fields)
        ]
        keys = recipients(station, log.line_id, draft.kind)
        envelope, file_key = station.suite.seal_keyed(keys, spell_lines(items), station.random)
        body_hash = hashlib.sha256(envelope).digest()
        root = root_of([f.hash for f in fields])
        leaf = Leaf(draft.kind, time_s, len(fields), root, body_hash)
        data = leaf.encode()
        hashes.append(leaf_hash(data))
        rows.append(EntryRow(log.origin, index, data, body_hash, "opened", 0))
        bodies.append((body_hash, envelope))
        own = {i: field for i, field in enumerate(fields) if i in draft.withheld}
        slips.append((index, archive.of_envelope(station, log.origin, index, file_key, own)))
        opened = opening.Opened(fields)
        flaws = judging.judge(station, log, leaf, opened)
        entries.append(opening.entry_of(log, index, leaf, opened, "opened", flaws))
    frontier = frontier.extend(hashes)
    head = Head(log.origin, frontier.size, frontier.root)
    note = station.keys.sign_head(head, time_s)
    after = replace(
        log, size=head.size, frontier=frontier.hashes, root=head.root, note=note, status="active"
    )
    return Built(
        log, after, tuple(rows), tuple(bodies), tuple(slips), tuple(entries),
        tuple(d.id for d in drafts if d.officers),
        opening.sizes_to_bytes(stated) if stated is not None else None,
    )  # fmt: skip


def write(station: Station, tx: Tx, built: Built) -> None:
    """Everything of one batch into an open transaction, then a check of what was stored."""
    log = built.after
    if not built.before.size:
        tx.add_log(built.before)
    for body_hash, body in built.bodies:
        tx.put_body(body_hash, body)
    tx.advance(built.before.size, log, built.rows)
    for index, file in built.archive:
        tx.put_archived(log.origin, index, file)
    for entry in built.entries:
        attached.write_names(station, tx, log.line_id, entry.ref, entry.fields, entry.hidden)
    if built.drafts:
        tx.remove_outbox(built.drafts)
        growth.released(station, tx, log.line_id)
    line = tx.line(log.line_id)
    if line is not None and any(entry.kind == "close" for entry in built.entries):
        tx.put_line(replace(line, state="closed"))
    if built.stated is not None:
        tx.set_meta(f"stated/{log.origin}", built.stated)
    for row in built.rows:
        # Bit flips have retired logs: what is signed for is what the store gives back.
        stored = tx.body(row.body_hash)
        if stored is None or hashlib.sha256(stored).digest() != row.body_hash:
            raise StoredOtherwise(f"{log.origin} entry {row.index}: stored envelope differs")


class StoredOtherwise(OpenlineError):
    """The store gave back other bytes than were written; nothing was signed out."""

    code: ClassVar[str] = "exchange.stored-otherwise"
    remedy: ClassVar[str] = "Check memory and disk of this machine; the batch was not written."


def anchor(station: Station, logs: Sequence[LogRow]) -> None:
    """Remember heads outside the database, after commit and before anything leaves."""
    now_s = station.clock.now_s()
    station.unanchored += [AnchorRecord(r.origin, r.size, r.root, now_s) for r in logs]
    anchor_owed(station)


def anchor_owed(station: Station) -> None:
    """Anchor what was committed while the anchor's disk was full.

    Called before anything leaves this node: until it succeeds nothing does. A crash before that
    is mended at the next start (`epochs.anchor_rest`).
    """
    if station.unanchored:
        station.anchor.append(station.unanchored)
        station.unanchored = []


def anchor_soon(station: Station, logs: Sequence[LogRow]) -> None:
    """The same for own entries: they are durable and numbered, and wait here if need be."""
    with contextlib.suppress(StoreFull, AnchorFailed):
        anchor(station, logs)


def flush_receipts(station: Station, tx: Tx) -> int:
    """Receipts that came in since the last commit are stored with this one."""
    for row in station.pending_receipts:
        tx.put_cosignature(row)
    return len(station.pending_receipts)


def ready_log(station: Station, line_id: bytes) -> LogRow:
    """The own log that may be extended now."""
    if line_id in station.suspect:
        raise ReceiveOnly(f"own log suspect: {station.suspect[line_id]}")
    if station.unproven:
        raise ReceiveOnly(station.unproven)
    if station.has_left(line_id):
        raise LineLeft("our last entry on this line was written")
    log = station.own_log(line_id)
    if log is None:
        raise ReceiveOnly("this party has not opened its log on the line")
    if station.keys_in_force is not station.keys and not is_signed_now(station, log):
        raise ReceiveOnly("the keys have changed and the log's new epoch is not open yet")
    return log


def is_signed_now(station: Station, log: LogRow) -> bool:
    """Whether the newest head of an own log is signed by the keys of the newest card."""
    if not log.size:
        return True
    vkey = station.keys.vkey(LOG, ED25519, log.origin)
    return find_line(parse_note(log.note).signatures, vkey) is not None


def append(station: Station, line_id: bytes, drafts: Sequence[Draft]) -> tuple[Ref, ...]:
    """Number, seal, commit and anchor released drafts; their places in the record."""
    log = ready_log(station, line_id)
    built = build(station, log, drafts)
    with station.store.write() as tx:
        write(station, tx, built)
        stored = flush_receipts(station, tx)
    del station.pending_receipts[:stored]
    after_commit(station, built)
    if any(entry.kind == "close" for entry in built.entries):
        station.forget(line_id=line_id)
    anchor_soon(station, [built.after])
    return tuple(entry.ref for entry in built.entries)


def after_commit(station: Station, built: Built) -> None:
    """Caches and folds follow what was committed, even when the anchor has to wait."""
    station.committed(built.after)
    reading.add(station, built.after.line_id, built.entries)


def append_machine(
    station: Station, line_id: bytes, kind: str, content: dict[str, Value]
) -> tuple[Ref, ...]:
    """An entry that no officer releases: a `gap`."""
    growth.allow(station, line_id)
    places = append(station, line_id, [compose(station, line_id, kind, content)])
    growth.count(station, line_id)
    return places


def joined(lost: Iterable[tuple[str, int, str]]) -> list[tuple[str, int, int, str]]:
    """Neighbouring places of one log and kind as one range (origin, from, to, kind)."""
    found: list[tuple[str, int, int, str]] = []
    for origin, index, kind in sorted(lost):
        if found and (found[-1][0], found[-1][2], found[-1][3]) == (origin, index, kind):
            found[-1] = (origin, found[-1][1], index + 1, kind)
        else:
            found.append((origin, index, index + 1, kind))
    return found


def sequence_outbox(station: Station, line_id: bytes, limit: int = BATCH_MAX) -> tuple[Ref, ...]:
    """Take released drafts from the outbox, oldest first, and append what fits in one batch.

    A draft that expired while it waited is not sent: it goes back to its officers as an alarm.
    """
    taken: list[Draft] = []
    expired: list[Draft] = []
    size = 0
    now_s = station.line_now(line_id)
    for row in station.store.outbox(line_id, limit):
        draft = decode_draft(station.suite.unseal([station.keyring.archive_seed], row.sealed, 1))
        if draft.kind == "open":
            continue
        if draft.expires_s and draft.expires_s < now_s:
            expired.append(draft)
            continue
        size += len(row.sealed) + 1700 * len(station.others(line_id))
        if taken and size > BATCH_BYTES_MAX:
            break
        taken.append(draft)
    if expired:
        with station.store.write() as tx:
            tx.remove_outbox([d.id for d in expired])
            for draft in expired:
                station.tell(tx, "alarm", line_id.hex(), "exchange.expired",
                             f"draft {draft.id.hex()[:12]} expired before it was sent")  # fmt: skip
    return append(station, line_id, taken) if taken else ()
