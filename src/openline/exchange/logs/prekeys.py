"""Prekeys: a fresh sealing key per line and epoch, rotated, and deleted when nobody needs it.

Shapes   fresh() -> public key; rotate() -> Ref; deletable() and delete()
Units    `keep` seconds (charter timer, default 14 days); rotation daily by default
Raises   nothing of its own
Source   docs/PROTOCOL.md part 6, "Forward secrecy"
Never    lets a public key be named in an entry before its seed is durable in the keyring
"""

from openline.cases.entry import Ref
from openline.envelope.keyring import new_prekey
from openline.exchange.contents.newest import newest as newest_of
from openline.exchange.drafting.drafts import compose
from openline.exchange.logs import clocks, growth, sequence
from openline.exchange.logs.sequence import Built
from openline.exchange.station import Session, Station
from openline.formats.charter import party_of
from openline.formats.note import parse_signature_lines
from openline.formats.openjson import Value
from openline.formats.spell import b64, unb64
from openline.record.checkpoint import find_line
from openline.record.receipts import receipt_hash
from openline.store.contract import LogRow, PrekeyRow, Tx

KEEP_DEFAULT_S = 14 * 86_400
ROTATE_DEFAULT_S = 86_400
PUBLIC_BYTES = 1216


def fresh(station: Station, origin: str, index: int) -> bytes:
    """A new prekey for one place in one own log, durable in the keyring before it is named."""
    held = station.keyring.prekeys.get((origin, index))
    if held is not None:
        # A crash came between the keyring and the commit: this key was never named anywhere.
        return held.public
    prekey = new_prekey(station.suite, station.random)
    station.keep_keyring(station.keyring.with_prekey(origin, index, prekey))
    return prekey.public


def remember(tx: Tx, built: Built, party: str) -> None:
    """The prekeys that a built batch names, as rows of the same transaction."""
    for entry in built.entries:
        public = entry.fields.get("prekey")
        if entry.kind in ("open", "keys") and isinstance(public, str):
            tx.put_prekey(
                PrekeyRow(
                    built.after.line_id,
                    party,
                    entry.ref.origin,
                    entry.ref.index,
                    unb64(public, PUBLIC_BYTES),
                )
            )


def rotate(station: Station, line_id: bytes) -> Ref:
    """A `keys` entry with a fresh prekey; the old seed stays until it may be deleted."""
    log = sequence.ready_log(station, line_id)
    growth.allow(station, line_id)
    public = fresh(station, log.origin, log.size)
    content: dict[str, Value] = {"prekey": b64(public), "card": len(station.cards(station.party))}
    held = receipts_held(station, log)
    if held:
        content["receipts"] = held
    draft = compose(station, line_id, "keys", content)
    built = sequence.build(station, log, [draft])
    with station.store.write() as tx:
        sequence.write(station, tx, built)
        remember(tx, built, station.party)
        stored = sequence.flush_receipts(station, tx)
    del station.pending_receipts[:stored]
    growth.count(station, line_id)
    sequence.after_commit(station, built)
    station.forget(line_id=line_id)
    sequence.anchor_soon(station, [built.after])
    return built.entries[0].ref


def receipts_held(station: Station, log: LogRow) -> list[Value]:
    """The newest receipt of every other member for an own log, by the hash of its two lines.

    Once a quorum holds a head above this entry, nobody takes such a receipt back by calling the key
    under it stolen (docs/PROTOCOL.md part 4.2).
    """
    held: list[Value] = []
    for party in station.others(log.line_id):
        size = station.store.newest_cosigned(log.origin, f"{party}/receipt")
        row = station.store.cosignature(log.origin, size, f"{party}/receipt") if size else None
        lines = parse_signature_lines(row.lines) if row is not None else ()
        for card in reversed(station.cards(party)):
            if find_line(lines, card.receipt4) and find_line(lines, card.receipt6):
                held.append([log.origin, size, b64(receipt_hash(lines, card))])
                break
    return held


def rotation_due(station: Station, line_id: bytes, every_s: int = ROTATE_DEFAULT_S) -> bool:
    """Whether the newest own prekey on a line is older than the rotation time.

    It is due at once where the others take a key of another own epoch for the newest: an epoch
    that came to light again. The next `keys` entry names that epoch in `seen`, which settles it.
    """
    log = station.own_log(line_id)
    newest = newest_own(station, line_id)
    if log is None or newest is None or line_id in station.suspect:
        return False
    if is_passed_over(station, line_id, newest):
        return True
    row = station.store.entry(newest.origin, newest.index)
    return row is not None and station.line_now(line_id) - entry_time(row.leaf) >= every_s


def newest_own(station: Station, line_id: bytes) -> PrekeyRow | None:
    """The newest prekey that the own current log names."""
    log = station.own_log(line_id)
    rows = station.own_prekeys(line_id)
    return next((r for r in rows if log is not None and r.origin == log.origin), None)


def is_passed_over(station: Station, line_id: bytes, newest: PrekeyRow) -> bool:
    """Whether members would seal to another own key than the current log's newest one."""
    chosen = newest_of(station, line_id, station.party)
    return chosen is not None and chosen.origin != newest.origin


def entry_time(leaf: bytes) -> int:
    """The claimed time in a leaf."""
    return int(leaf.split(b"\n", 2)[1])


def deletable(station: Station, line_id: bytes) -> list[tuple[str, int]]:
    """Own prekeys that nobody can seal to, or that are kept no longer for whoever is silent.

    Every member's hello names our head at or above the newest key's entry and we hold that
    member's log up to the size in the same hello; or `keep` has passed since a key's successor.
    """
    newest = newest_own(station, line_id)
    if newest is None or not clocks.is_sure(station) or is_passed_over(station, line_id, newest):
        return []
    if line_id in station.suspect or station.unproven:
        return []
    own = {log.origin for log in station.logs_of(line_id) if log.party == station.party}
    old = [
        place
        for place in station.keyring.prekeys
        if place[0] in own and place != (newest.origin, newest.index)
    ]
    if not old or all_know(station, line_id, newest):
        return old
    keep_s = station.charter(line_id).timer("keep", KEEP_DEFAULT_S) or KEEP_DEFAULT_S
    over = station.line_now(line_id) - keep_s
    since = succeeded(station, line_id, newest)
    return [place for place in old if since.get(place, since[newest.origin, newest.index]) < over]


def succeeded(station: Station, line_id: bytes, newest: PrekeyRow) -> dict[tuple[str, int], int]:
    """When each own prekey got its successor, and when the newest itself came."""
    rows = station.own_prekeys(line_id)
    found: dict[tuple[str, int], int] = {}
    came_s = 0
    for row in rows[rows.index(newest) :]:
        before_s = came_s
        entry = station.store.entry(row.origin, row.index)
        came_s = entry_time(entry.leaf) if entry is not None else before_s
        found[row.origin, row.index] = before_s or came_s
    return found


def all_know(station: Station, line_id: bytes, newest: PrekeyRow) -> bool:
    """Whether every member has stated that it knows the newest prekey and we hold its log.

    While an own epoch that came to light after a restore is not open again, nobody here knows which
    key it names: members that have it open may seal to that one.
    """
    waiting = {origin for origin, _ in station.waiting()}
    if any(log.origin in waiting for log in member_logs(station, line_id, station.party)):
        return False
    for party in station.others(line_id):
        session = station.sessions.get(party)
        if session is None or session.holds.get(newest.origin, 0) <= newest.index:
            return False
        if not has_all_of(station, line_id, party, session):
            return False
        logs = {log.origin for log in member_logs(station, line_id, party)}
        if logs & waiting:
            return False
    return True


def all_know_card(station: Station) -> bool:
    """Whether every member of every line stated our newest card, and all that it holds is here."""
    size = len(station.cards(station.party))
    for row in station.lines():
        for party in station.others(row.line_id):
            session = station.sessions.get(party)
            if session is None or session.cards_of(station.party) < size:
                return False
            if not has_all_of(station, row.line_id, party, session):
                return False
    return not station.waiting()


def has_all_of(station: Station, line_id: bytes, party: str, session: Session) -> bool:
    """Whether all that a member last stated of its own logs on a line is here.

    That it knows our newest key says nothing of what it sealed before it did, and an epoch that it
    began just then is not here at all yet.
    """
    for log in member_logs(station, line_id, party):
        stated = session.heads.get(log.origin)
        if stated is None or stated[0] > log.size:
            return False
    return all(
        party_of(origin) != party or station.log(origin) is not None for origin in session.heads
    )


def member_logs(station: Station, line_id: bytes, party: str) -> list[LogRow]:
    """All logs of one member held here."""
    return [log for log in station.logs_of(line_id) if log.party == party]


def delete(station: Station, line_id: bytes) -> int:
    """Delete seeds that nobody can seal to any more; how many."""
    places = deletable(station, line_id)
    if places:
        station.keep_keyring(station.keyring.without_prekeys(places))
        station.suite.forget()
    return len(places)
