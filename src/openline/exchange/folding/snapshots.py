"""Sealed snapshots of opened entries, so that a start need not open a hundred thousand envelopes.

Shapes   save(station, line_id) -> chunks written; load(station, log) -> entries of full chunks
Units    CHUNK entries in one sealed row
Raises   nothing of its own: a chunk that does not read is opened from the archive instead
Source   DESIGN, "Readable views are separate": sealed, and rebuilt from the bodies at any time
Never    is evidence: what it holds was judged when it was opened, and the audit does not read it
"""

import json
import zlib
from binascii import a2b_base64
from typing import Any

from openline.cases.digest import FOLD_VERSION
from openline.cases.entry import Entry, Ref
from openline.envelope.suite import CannotOpen
from openline.exchange.folding.judging import CARD_UNKNOWN
from openline.exchange.station import Station
from openline.formats.spell import b64
from openline.store.contract import LogRow

TABLE = "entries"
CHUNK = 1024
# What stands in a row; another number reads none of the rows before.
ROW_VERSION = 3


def key_of(log: LogRow, start: int) -> str:
    """The name of a chunk; another version of the fold reads none of it."""
    return f"{FOLD_VERSION}.{ROW_VERSION}/{log.origin}/{start:012d}"


def save(station: Station, line_id: bytes) -> int:
    """Write the full chunks that are not there yet, from the state in memory."""
    state = station.states.get(line_id)
    written = 0
    for log in station.logs_of(line_id) if state is not None else ():
        done = station.snapshot_sizes.get(log.origin, 0)
        while state is not None and done + CHUNK <= log.size:
            entries = [state.entry(Ref(log.origin, i)) for i in range(done, done + CHUNK)]
            ready = [spell(e) for e in entries if e is not None and is_settled(e)]
            if len(ready) != CHUNK:
                break
            value = json.dumps(ready, ensure_ascii=False, separators=(",", ":")).encode()
            station.views.put(TABLE, key_of(log, done), zlib.compress(value))
            done += CHUNK
            written += 1
        station.snapshot_sizes[log.origin] = done
    return written


def is_settled(entry: Entry) -> bool:
    """Whether an entry is open and judged: one whose card is still to come will be judged anew."""
    return entry.state == "opened" and CARD_UNKNOWN not in entry.flaws


def load(station: Station, log: LogRow) -> list[Entry]:
    """The entries of all chunks from the beginning of a log, up to the first that is missing."""
    found: list[Entry] = []
    while len(found) + CHUNK <= log.size:
        try:
            value = station.views.get(TABLE, key_of(log, len(found)))
        except CannotOpen:
            value = None
        if value is None:
            break
        found += [read(log, row) for row in json.loads(zlib.decompress(value))]
    station.snapshot_sizes[log.origin] = len(found)
    return found


def drop(station: Station, log: LogRow) -> None:
    """Forget what was saved of a log whose entries changed their state (reseal, defect, gap)."""
    for start in range(0, log.size, CHUNK):
        station.views.delete(TABLE, key_of(log, start))
    station.snapshot_sizes.pop(log.origin, None)


def spell(entry: Entry) -> list[Any]:
    """One entry as a row of a chunk."""
    return [
        entry.ref.index,
        entry.time_s,
        entry.kind,
        entry.format,
        entry.answer,
        [list(ref) for ref in entry.refs],
        dict(entry.fields),
        dict(entry.hidden),
        list(entry.withheld),
        list(entry.flaws),
        entry.draft,
        b64(entry.commitments),
        [b64(each) for each in entry.opens],
    ]


def read(log: LogRow, row: list[Any]) -> Entry:
    """What `spell` wrote, with what all entries of a log have in common."""
    index, time_s, kind, format_id, answer, refs, fields, hidden, *rest = row
    withheld, flaws, draft, commitments, opens = rest
    return Entry(
        ref=Ref(log.origin, index),
        party=log.party,
        counter=log.counter,
        nonce=log.nonce.hex(),
        time_s=time_s,
        kind=kind,
        format=format_id,
        answer=answer,
        refs=tuple(Ref(origin, at) for origin, at in refs),
        fields=fields,
        hidden=hidden,
        withheld=tuple(withheld),
        flaws=tuple(flaws),
        effect=not flaws,
        draft=draft,
        commitments=a2b_base64(commitments),
        opens=tuple(a2b_base64(each) for each in opens),
    )
