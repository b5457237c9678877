"""Epochs: the first `open` of a log, and a new one whenever the old cannot be shown current.

Shapes   check_at_start() fills station.suspect; draft_open() -> Draft; sequence_open() -> Ref
Units    counters start at 1; nonces are 8 bytes
Raises   AlreadyOpen, Doubled
Source   docs/PROTOCOL.md parts 5 and 8 (anchor); docs/decisions, "new epoch after a restore"
Never    extends an old epoch: it stays readable, is delivered and receipted, and that is all
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.contents import disowned
from openline.exchange.drafting.drafts import Draft, compose
from openline.exchange.folding import reading
from openline.exchange.logs import hello, prekeys, sequence
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.charter import origin_of
from openline.formats.leaf import parse_leaf
from openline.formats.openjson import Value
from openline.formats.spell import b64, unb64
from openline.store.contract import NEVER_AGAIN, AnchorRecord, LogRow

RELEASED_REASONS = frozenset({"restore", "suspected"})
REASONS_OF_THE_NODE = frozenset({"planned", "rotation"})
REASONS = frozenset({"first"}) | REASONS_OF_THE_NODE | RELEASED_REASONS
VISIBLE_RELEASES = 2
DOUBLED = "suspected: another node of this party answers"
FLOORS = "epochs/floors"
# Two values and their list for each log of which a thief wrote a part.
FLOORS_MAX = 200_000


class Doubled(OpenlineError):
    """Another node of this party is at work, or was and nobody has looked since."""

    code: ClassVar[str] = "exchange.doubled"
    remedy: ClassVar[str] = (
        "Stop one of the two, and let `openline serve` see that the other is silent. If you do not"
        " know the other, it is a thief's: `openline keys revoke`."
    )


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
    found: dict[bytes, str] = {}
    for row in station.lines():
        if station.has_left(row.line_id):
            continue  # our last entry is here, and nothing of ours follows it
        own = station.own_log(row.line_id)
        why = doubt(own, heads.get(own.origin), stale) if own is not None else None
        if own is None and past(station, row.line_id):
            # Old epochs and no current one: a start between closing and suspecting.
            why = "restore: no epoch of ours is open"
        if why is not None:
            found[row.line_id] = why
    lost = lost_logs(station, heads)
    for row in station.lines():
        # A log that the anchor knows and the database does not: we cannot tell whose line it was.
        is_due = not station.has_left(row.line_id)
        if is_due and not lost <= answered_for(station, row.line_id):
            found.setdefault(row.line_id, "restore: a signed log is not in here")
    suspect(station, found)
    remember_forgotten(station, heads)
    anchor_rest(station, heads)
    return list(found.values())


def doubt(own: LogRow, anchored: AnchorRecord | None, stale: str | None) -> str | None:
    """Why an own log cannot be shown current by what the anchor says of it."""
    if stale is not None:
        return f"suspected: {stale}"
    if anchored is None:
        # A journal that was begun anew after this log: what it would have held is not known,
        # however often the node has started since.
        return "suspected: the anchor holds no head of this log"
    if is_ended(anchored):
        return "restore: the anchor says that this log was ended"
    if anchored.size > own.size or (anchored.size == own.size and anchored.root != own.root):
        return f"restore: {anchored.size} entries were signed, {own.size} are here"
    return None


def lost_logs(station: Station, heads: Mapping[str, AnchorRecord]) -> set[str]:
    """Own logs that the anchor knows and the database does not."""
    known = {log.origin for log in station.store.logs()}
    own = f"{station.party}/openline/"
    return {o for o, head in heads.items() if o.startswith(own) and head.size and o not in known}


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


def suspect(station: Station, found: Mapping[bytes, str]) -> None:
    """Stop writing on lines (line id to why) until two officers release a new epoch on each.

    All of them end in one append to the anchor: a journal that was touched by others looks like
    any other as soon as it was written to, and a crash between two appends would let the next
    start trust it for the second line.
    """
    if not found:
        return
    heads = station.anchor.heads()
    ended = [
        # Beside the flag in the database, which a further restore would take back as well: no copy
        # of this database will ever find its log as long as the anchor says.
        replace(own, size=NEVER_AGAIN, root=bytes(32))
        for own in map(station.own_log, found)
        if own is not None and not is_ended(heads.get(own.origin))
    ]
    if ended:
        sequence.anchor(station, ended)
    fresh = {line_id: why for line_id, why in found.items() if line_id not in station.suspect}
    station.suspect.update(fresh)
    if fresh:
        with station.store.write() as tx:
            for line_id, why in fresh.items():
                tx.set_meta(f"suspect/{line_id.hex()}", why.encode())
                station.tell(tx, "alarm", line_id.hex(), "epoch.suspect", why)


def on_every_line(station: Station, why: str) -> dict[bytes, str]:
    """The same reason for every line on which this party has a log that it may extend."""
    lines = [row.line_id for row in station.lines() if not station.has_left(row.line_id)]
    return {line_id: why for line_id in lines if station.own_log(line_id) is not None}


def is_ended(record: AnchorRecord | None) -> bool:
    """Whether the anchor says that nobody goes on with a log."""
    return record is not None and record.size == NEVER_AGAIN


def load_suspects(station: Station) -> None:
    """What was suspect before a restart is still suspect, and losses not told are still due."""
    for row in station.lines():
        why = station.store.meta(f"suspect/{row.line_id.hex()}")
        if why and not station.has_left(row.line_id):
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
    """Own earlier epochs as the `past` field names them, as far as they are ours.

    What an officer once said of stolen keys holds for every epoch that follows: one that named more
    would make a thief's entries ours.
    """
    logs = [log for log in station.logs_of(line_id) if log.party == station.party and log.size]
    logs.sort(key=lambda log: (log.counter, log.origin))
    told = floors(station)
    sizes = {log.origin: min(log.size, told.get(log.origin, log.size)) for log in logs}
    for log in logs:
        held = disowned.floor(station, log)
        if held is not None and log.origin not in told and not is_said_ours(station, log.origin):
            sizes[log.origin] = min(sizes[log.origin], held)
    return [
        [log.origin, sizes[log.origin], b64(hello.root_at(station, log, sizes[log.origin]))]
        for log in logs
        if sizes[log.origin]
    ]


def is_said_ours(station: Station, origin: str) -> bool:
    """Whether a person said of a log that came to light later that it is ours (`line ours`)."""
    return station.store.meta(f"ours/{origin}") == b"yes"


def floors(station: Station) -> dict[str, int]:
    """By own log: how many of its entries are ours, as officers said when keys were stolen."""
    value = openjson.decode(station.store.meta(FLOORS) or b"[]", values_max=FLOORS_MAX)
    rows = value if isinstance(value, list) else []
    return {str(row[0]): int(str(row[1])) for row in rows if isinstance(row, list)}


def tell_floors(station: Station, told: Mapping[str, int]) -> None:
    """Keep what an officer says of entries that are not ours, for good.

    A last entry of a line among them was no leaving of ours: the line waits for our officers.
    """
    rows = sorted({**floors(station), **told}.items())
    not_left: dict[bytes, str] = {}
    for origin, size in told.items():
        log = station.log(origin)
        if log is not None and station.has_left(log.line_id) and has_close(station, log, size):
            not_left[log.line_id] = "suspected: who had our keys wrote a last entry here"
    # Before the line is ours to write on again: a crash in between must not leave it so.
    suspect(station, not_left)
    with station.store.write() as tx:
        tx.set_meta(FLOORS, openjson.encode([list(r) for r in rows], values_max=FLOORS_MAX))
        for line_id in not_left:
            line = tx.line(line_id)
            if line is not None:
                tx.put_line(replace(line, state="accepted"))
    station.forget()


def has_close(station: Station, log: LogRow, start: int) -> bool:
    """Whether a last entry on its line stands in a log from an entry on."""
    leaves = station.store.leaves(log.origin, start, log.size)
    return any(parse_leaf(leaf).kind == "close" for leaf in leaves)


def highest_counter(station: Station, line_id: bytes) -> int:
    """The highest counter of own epochs that anybody here has heard of, anchor included."""
    logs = station.logs_of(line_id)
    return max((log.counter for log in logs if log.party == station.party), default=0)


def draft_open(station: Station, line_id: bytes, reason: str | None = None) -> Draft:
    """The `open` entry of a new epoch, with a fresh prekey, ready for its officers.

    A node opens an epoch for a reason of its own by itself: its officers have accepted the line in
    an earlier one.
    """
    station.require_keys()
    why = reason or reason_for(station, line_id)
    require_alone(station, line_id)
    charter = station.charter(line_id)
    counter = highest_counter(station, line_id) + 1
    nonce = station.random(8)
    origin = origin_of(line_id, counter, nonce, station.party)
    public = prekeys.fresh(station, origin, 0)
    content: dict[str, Value] = {
        "charter": charter.text(),
        "epoch": [counter, b64(nonce)],
        "reason": why,
        "past": past(station, line_id)[-sequence.HEADS_NAMED_MAX :],
        "card": len(station.cards(station.party)),
        "prekey": b64(public),
    }
    is_own = reason is not None and why in REASONS_OF_THE_NODE  # not of a start that is in doubt
    needed = 0 if is_own else charter.officers_for("open")
    if why in RELEASED_REASONS:
        needed = max(needed, VISIBLE_RELEASES)
    return compose(station, line_id, "open", content, officers=needed, opens=origin)


def is_doubled(why: str) -> bool:
    """Whether a line is receive-only because another node of this party answered."""
    return why.startswith(DOUBLED)


def require_alone(station: Station, line_id: bytes) -> None:
    """Refuse a new epoch while the other node answers: both would write, each in its own.

    What was found stays in the database, so a process that has not looked itself goes by it.
    """
    if station.double:
        raise Doubled(station.double)
    why = station.suspect.get(line_id, "")
    if is_doubled(why) and not station.is_alone:
        raise Doubled(f"{why}; whether it still does was not looked at since this start")


def sequence_open(station: Station, draft: Draft) -> Ref:
    """Begin the new epoch that this released draft opens, and close the ones before it."""
    require_alone(station, draft.line_id)
    told = {f.path: f.json for f in draft.fields if f.path in ("epoch", "reason")}
    epoch, is_own = told["epoch"], told["reason"] in REASONS_OF_THE_NODE and not draft.officers
    counter, nonce = (epoch[0], epoch[1]) if isinstance(epoch, list) else (0, "")
    log = sequence.new_log(
        station, draft.line_id, int(str(counter)), unb64(str(nonce), 8), draft.opens
    )
    current = station.own_log(draft.line_id)
    if current is not None and draft.line_id not in station.suspect and not is_own:
        raise AlreadyOpen(f"{current.origin} is open")
    old = [
        each for each in station.logs_of(draft.line_id)
        if each.party == station.party and each.status == "active"
    ]  # fmt: skip
    follows = bool(old or past(station, draft.line_id))
    built = sequence.build(station, log, [draft])
    lost = sorted(lost_logs(station, station.anchor.heads()))
    line = station.store.line(draft.line_id)
    # The anchor hears of a new log before it is there: a log that it never heard of would look like
    # one from before a journal that was begun anew, and a crash right after the commit would close
    # the line to us.
    sequence.anchor_soon(station, [log])
    with station.store.write() as tx:
        sequence.write(station, tx, built)
        prekeys.remember(tx, built, station.party)
        for each in old:
            tx.set_log_status(each.origin, "closed")
        tx.set_meta(f"suspect/{draft.line_id.hex()}", b"")
        tx.set_meta(f"lost/{draft.line_id.hex()}", " ".join(lost).encode())
        if not is_own and follows:
            tx.set_meta(f"gaps-due/{draft.line_id.hex()}", b"due")
        if line is not None and line.state in ("proposed", "declined"):
            tx.put_line(replace(line, state="accepted", since_s=station.clock.now_s()))
        stored = sequence.flush_receipts(station, tx)
    del station.pending_receipts[:stored]
    station.suspect.pop(draft.line_id, None)
    if not is_own and follows:
        station.gaps_due.add(draft.line_id)
    station.committed(*(replace(each, status="closed") for each in old))
    station.forget(line_id=draft.line_id)
    sequence.after_commit(station, built)
    if floors(station):
        reading.refold_line(station, draft.line_id)  # what is not ours has no effect here either
    sequence.anchor_soon(station, [built.after])
    return built.entries[0].ref
