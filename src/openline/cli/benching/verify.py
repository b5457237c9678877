"""`bench verify`: the audit over a log of a million leaves, a share of them with their envelopes.

Shapes   run(options, progress) -> report as JSON values
Units    entries, seconds
Raises   BenchFailed when the audit finds anything
Source   docs/OPERATE.md, "Bench"
Never    shortens the audit: it is the code behind `log verify`
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openline.cli.benching import pair
from openline.cli.benching.exchange import BenchFailed
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.kept import audit
from openline.exchange.logs import sequence
from openline.exchange.station import Station
from openline.formats.head import Head
from openline.formats.leaf import Leaf
from openline.record.tree import Frontier, leaf_hash
from openline.store.contract import CosignatureRow, EntryRow, LogRow

BATCH = 256
ENVELOPE_BYTES = 3300
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How many leaves, and for how many of them an envelope is stored."""

    entries: int = 1_000_000
    envelopes: int = 100_000
    opened: int = 2000
    folder: str = ""


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Build the log, audit it without opening, then some of it with opening."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        ports = {"a.example": 1, "b.example": 2}
        prepared = pair.prepare(Path(name), ports, may_forget=True)
        home_a, home_b = (prepared.homes[each] for each in ports)
        with (
            start.open_station(home_a, start.read_settings(home_a)) as sender,
            start.open_station(home_b, start.read_settings(home_b)) as receiver,
        ):
            started = time.perf_counter()
            build(sender, receiver, prepared.line_id, options, progress)
            built_s = time.perf_counter() - started
            started = time.perf_counter()
            found = audit.audit(receiver, progress=lambda n, m: progress("auditing", n, m))
            took_s = time.perf_counter() - started
        if not found.is_clean:
            raise BenchFailed(f"audit: {found.findings[:3]}")
        return {
            "entries": found.leaves,
            "envelopes": found.envelopes,
            "checkpoints": found.checkpoints,
            "receipts": found.receipts,
            "seconds": round(took_s, 2),
            "entries_per_second": round(found.leaves / took_s),
            "build_seconds": round(built_s, 1),
            "opening_entries_per_second": opening_rate(Path(name), options),
        }


def build(
    sender: Station, receiver: Station, line_id: bytes, options: Options, progress: Progress
) -> None:
    """Append leaves to the sender's log as the receiver holds it, with checkpoints and receipts."""
    log = next(row for row in receiver.logs_of(line_id) if row.party == sender.party)
    root = hashlib.sha256(b"fields").digest()
    now_s = int(time.time())
    while log.size < options.entries:
        rows, bodies = [], []
        for index in range(log.size, min(log.size + BATCH, options.entries)):
            # An entry without an envelope is one whose content was erased: an audit misses none.
            is_kept = index < options.envelopes
            body = os.urandom(ENVELOPE_BYTES) if is_kept else b"%d" % index
            envelope_hash = hashlib.sha256(body).digest()
            leaf = Leaf("message", now_s, 12, root, envelope_hash).encode()
            state = "opened" if is_kept else "erased"
            rows.append(EntryRow(log.origin, index, leaf, envelope_hash, state, now_s))
            if is_kept:
                bodies.append((envelope_hash, body))
        log = append(sender, receiver, log, rows, bodies, now_s)
        progress("building", log.size, options.entries)


def append(
    sender: Station,
    receiver: Station,
    log: LogRow,
    rows: list[EntryRow],
    bodies: list[tuple[bytes, bytes]],
    now_s: int,
) -> LogRow:
    """One batch with its signed head and the receiver's receipt."""
    frontier = Frontier(log.size, log.frontier).extend([leaf_hash(row.leaf) for row in rows])
    head = Head(log.origin, frontier.size, frontier.root)
    note = sender.keys.sign_head(head, now_s)
    after = replace(log, size=head.size, root=head.root, frontier=frontier.hashes, note=note)
    name = f"{receiver.party}/receipt"
    receipt = CosignatureRow(log.origin, head.size, name, now_s, receiver.keys.cosign(head, now_s))
    with receiver.store.write() as tx:
        for envelope_hash, body in bodies:
            tx.put_body(envelope_hash, body)
        tx.advance(log.size, after, rows)
        tx.put_cosignature(receipt)
    receiver.committed(after)
    return after


def opening_rate(folder: Path, options: Options) -> int:
    """Entries a second when each archived entry is opened again, over real messages."""
    ports = {"c.example": 3, "d.example": 4}
    prepared = pair.prepare(folder, ports, may_forget=True)
    home = prepared.homes["c.example"]
    with start.open_station(home, start.read_settings(home)) as station:
        for first in range(0, options.opened, BATCH):
            ready = [
                pair.sign_all(
                    station,
                    prepared.officers["c.example"],
                    drafts.compose(
                        station,
                        prepared.line_id,
                        "message",
                        pair.content(n, 1000),
                        format_id=pair.FORMAT,
                    ),
                )
                for n in range(first, min(first + BATCH, options.opened))
            ]
            sequence.append(station, prepared.line_id, ready)
        started = time.perf_counter()
        found = audit.audit(station, opening=True)
        took_s = time.perf_counter() - started
    if not found.is_clean:
        raise BenchFailed(f"audit: {found.findings[:3]}")
    return round(found.opened / took_s)
