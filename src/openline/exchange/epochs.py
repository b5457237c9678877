"""Epochs: the first `open` of a log, and a new one whenever the old cannot be shown current.

Shapes   check_at_start() fills station.suspect; draft_open() -> Draft; sequence_open() -> Ref
Units    counters start at 1; nonces are 8 bytes
Raises   AlreadyOpen, NoSuchReason
Source   docs/PROTOCOL.md parts 5 and 8 (anchor); docs/decisions, "new epoch after a restore"
Never    extends an old epoch: it stays readable, is delivered and receipted, and that is all
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange import prekeys, sequence
from openline.exchange.drafts import Draft, compose
from openline.exchange.station import Station
from openline.formats.charter import origin_of
from openline.formats.openjson import Value
from openline.formats.spell import b64, unb64
from openline.store.contract import AnchorRecord

RELEASED_REASONS = frozenset({"restore", "suspected"})
REASONS = frozenset({"first", "planned", "rotation"}) | RELEASED_REASONS
VISIBLE_RELEASES = 2
NEVER_AGAIN = 2**53 - 1


class AlreadyOpen(OpenlineError):
    """The party's log on this line is open and nothing asks for a new epoch."""

    code: ClassVar[str] = "exchange.already-open"
    remedy: ClassVar[str] = "Use the line as it is: `openline line show LINE`."


def check_at_start(station: Station) -> list[str]:
    """Compare the database with the anchor; every line that is behind becomes receive-only.

    An anchor that itself cannot be trusted (another machine, touched after its last record)
    makes every own log suspect, because a signed head may exist that nothing here remembers.
    """
    heads = station.anchor.heads()
    stale = station.anchor.is_stale()
    told = []
    for row in station.lines():
        own = station.own_log(row.line_id)
        if own is None:
            if past(station, row.line_id):
                # Old epochs and no current one: a start between closing and suspecting.
                told.append(suspect(station, row.line_id, "restore: no epoch of ours is open"))
            continue
        anchored = heads.get(own.origin)
        if stale is not None:
            told.append(suspect(station, row.line_id, f"suspected: {stale}"))
        elif anchored is None:
            # A journal that was begun anew after this log: what it would have held is not known,
            # however often the node has started since.
            why = "suspected: the anchor holds no head of this log"
            told.append(suspect(station, row.line_id, why))
        elif anchored.size > own.size or (anchored.size == own.size and anchored.root != own.root):
            why = f"restore: {anchored.size} entries were signed, {own.size} are here"
            told.append(suspect(station, row.line_id, why))
    lost = lost_logs(station, heads)
    for row in station.lines():
        # A log that the anchor knows and the database does not: we cannot tell whose line it was.
        if not lost <= answered_for(station, row.line_id):
            told.append(suspect(station, row.line_id, "restore: a signed log is not in here"))
    remember_forgotten(station, heads)
    anchor_rest(station, heads)
    return told


def lost_logs(station: Station, heads: Mapping[str, AnchorRecord]) -> set[str]:
    """Own logs that the anchor knows and the database does not."""
    known = {log.origin for log in station.store.logs()}
    return {o for o in heads if o.startswith(f"{station.party}/openline/") and o not in known}


def answered_for(station: Station, line_id: bytes) -> set[str]:
    """Lost logs after which a new epoch was opened on a line already: once is enough."""
    return set((station.store.meta(f"lost/{line_id.hex()}") or b"").decode().split())


def remember_forgotten(station: Station, heads: Mapping[str, AnchorRecord]) -> None:
    """Other parties' heads that this node once held and now does not: no other may replace them.

    This node gave a receipt for them; a receipt for another history of the same log would
    contradict it, and the restore would be what its owner has waited for.
    """
    for origin, record in heads.items():
        held = station.log(origin)
        if record.size == NEVER_AGAIN:
            continue
        if "/openline/" in origin and (held is None or held.size < record.size):
            station.forgotten[origin] = record


def anchor_rest(station: Station, heads: Mapping[str, AnchorRecord]) -> None:
    """Anchor what a crash left committed and not anchored, before anything of it can leave.

    Else a head would be stated and delivered that the anchor does not know, and a restore of the
    database to the size before it would go unnoticed: the next entry would fork the log.
    """
    rows = []
    for log in station.store.logs():
        anchored = heads.get(log.origin)
        if log.size and (anchored is None or anchored.size < log.size):
            rows.append(log)
    if rows:
        sequence.anchor_soon(station, rows)


def suspect(station: Station, line_id: bytes, why: str) -> str:
    """Stop writing on a line until two officers release a new epoch."""
    if line_id not in station.suspect:
        own = station.own_log(line_id)
        if own is not None:
            # Beside the flag in the database, which a further restore would take back as well:
            # no copy of this database will ever find its log as long as the anchor says.
            sequence.anchor(station, [replace(own, size=NEVER_AGAIN, root=bytes(32))])
        station.suspect[line_id] = why
        with station.store.write() as tx:
            tx.set_meta(f"suspect/{line_id.hex()}", why.encode())
            station.tell(tx, "alarm", line_id.hex(), "epoch.suspect", why)
    return why


def load_suspects(station: Station) -> None:
    """What was suspect before a restart is still suspect, and losses not told are still due."""
    for row in station.lines():
        why = station.store.meta(f"suspect/{row.line_id.hex()}")
        if why:
            station.suspect[row.line_id] = why.decode()
        if station.store.meta(f"gaps-due/{row.line_id.hex()}"):
            station.gaps_due.add(row.line_id)


def reason_for(station: Station, line_id: bytes) -> str:
    """Why the next `open` of this party on this line is made."""
    if line_id in station.suspect:
        return station.suspect[line_id].partition(":")[0]
    if station.own_log(line_id) is None and not past(station, line_id):
        return "first"
    raise AlreadyOpen("the log on this line is open")


def past(station: Station, line_id: bytes) -> list[Value]:
    """Own earlier epochs as the `past` field names them."""
    logs = [log for log in station.logs_of(line_id) if log.party == station.party and log.size]
    logs.sort(key=lambda log: (log.counter, log.origin))
    return [[log.origin, log.size, b64(log.root)] for log in logs]


def highest_counter(station: Station, line_id: bytes) -> int:
    """The highest counter of own epochs that anybody here has heard of, anchor included."""
    logs = station.logs_of(line_id)
    return max((log.counter for log in logs if log.party == station.party), default=0)


def draft_open(station: Station, line_id: bytes, reason: str | None = None) -> Draft:
    """The `open` entry of a new epoch, with a fresh prekey, ready for its officers."""
    why = reason or reason_for(station, line_id)
    charter = station.charter(line_id)
    counter = highest_counter(station, line_id) + 1
    nonce = station.random(8)
    origin = origin_of(line_id, counter, nonce, station.party)
    public = prekeys.fresh(station, origin, 0)
    content: dict[str, Value] = {
        "charter": charter.text(),
        "epoch": [counter, b64(nonce)],
        "reason": why,
        "past": past(station, line_id),
        "card": len(station.cards(station.party)),
        "prekey": b64(public),
    }
    needed = charter.officers_for("open")
    if why in RELEASED_REASONS:
        needed = max(needed, VISIBLE_RELEASES)
    return compose(station, line_id, "open", content, officers=needed, opens=origin)


def sequence_open(station: Station, draft: Draft) -> Ref:
    """Begin the new epoch that this released draft opens, and close the ones before it."""
    epoch = next(f.json for f in draft.fields if f.path == "epoch")
    counter, nonce = (epoch[0], epoch[1]) if isinstance(epoch, list) else (0, "")
    log = sequence.new_log(
        station, draft.line_id, int(str(counter)), unb64(str(nonce), 8), draft.opens
    )
    current = station.own_log(draft.line_id)
    if current is not None and draft.line_id not in station.suspect:
        raise AlreadyOpen(f"{current.origin} is open")
    old = [
        each for each in station.logs_of(draft.line_id)
        if each.party == station.party and each.status == "active"
    ]  # fmt: skip
    built = sequence.build(station, log, [draft])
    lost = sorted(lost_logs(station, station.anchor.heads()))
    line = station.store.line(draft.line_id)
    with station.store.write() as tx:
        sequence.write(station, tx, built)
        prekeys.remember(tx, built, station.party)
        for each in old:
            tx.set_log_status(each.origin, "closed")
        tx.set_meta(f"suspect/{draft.line_id.hex()}", b"")
        tx.set_meta(f"lost/{draft.line_id.hex()}", " ".join(lost).encode())
        if old or past(station, draft.line_id):
            tx.set_meta(f"gaps-due/{draft.line_id.hex()}", b"due")
        if line is not None and line.state == "proposed":
            tx.put_line(replace(line, state="accepted", since_s=station.clock.now_s()))
        stored = sequence.flush_receipts(station, tx)
    del station.pending_receipts[:stored]
    station.suspect.pop(draft.line_id, None)
    if old or len(past(station, draft.line_id)) > 1:
        station.gaps_due.add(draft.line_id)
    station.committed(*(replace(each, status="closed") for each in old))
    station.forget(line_id=draft.line_id)
    sequence.after_commit(station, built)
    sequence.anchor_soon(station, [built.after])
    return built.entries[0].ref
