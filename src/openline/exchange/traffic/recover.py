"""Mending what this node lost: own entries that others hold, and entries that it cannot open.

Shapes   adopt(station, body) takes back own entries; take_reseal() opens what waited
Units    none
Raises   RootMismatch, EnvelopeMismatch, NotOurs, Faulty
Source   docs/PROTOCOL.md parts 5 and 6 (reseal), 8 (anchor)
Never    extends an own log from another's copy without both of our signatures on its head, and
         never re-opens an epoch that was mended this way
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from openline.errors import OpenlineError
from openline.exchange.contents import archive, attached, file_keys, opening
from openline.exchange.contents.opening import CannotYet, Faulty, Opened, check_lines
from openline.exchange.drafting.drafts import compose
from openline.exchange.folding import reading
from openline.exchange.kept import alarms
from openline.exchange.logs import endings, epochs, hello, sequence
from openline.exchange.logs.incoming import read_open, verified_head
from openline.exchange.membership import own_cards
from openline.exchange.refusals import EnvelopeMismatch, NeedsYes, NotYours
from openline.exchange.station import Station
from openline.exchange.traffic import dispatch, receive
from openline.formats.delivery import Delivery, parse_delivery
from openline.formats.field import Field
from openline.formats.head import EMPTY_ROOT, Head
from openline.formats.leaf import parse_leaf
from openline.formats.openjson import Value
from openline.formats.request import parse_reseal
from openline.formats.spell import parse_int, unb64
from openline.record.tree import leaf_hash
from openline.store.contract import CosignatureRow, EntryRow, LogRow


class NotOurs(OpenlineError):
    """Entries were offered as ours that our own keys have not signed."""

    code: ClassVar[str] = "exchange.not-ours"
    remedy: ClassVar[str] = "Keep the file and compare cards with the party that offered it."


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that is stored and needs a reseal from a member that has it open."""

    origin: str
    index: int


def waiting(station: Station) -> list[Waiting]:
    """Every stored entry that could not be opened yet."""
    return [Waiting(origin, index) for origin, index in station.waiting()]


def holders(station: Station, origin: str, index: int) -> list[str]:
    """Members whose present session states that they hold an entry."""
    return sorted(
        peer
        for peer, session in station.sessions.items()
        if session.heads.get(origin, (0, b""))[0] > index
    )


def to_ask(station: Station, peer: str) -> list[tuple[str, ...]]:
    """Entries that a peer is asked to reseal: the arguments of each ask."""
    return [
        (each.origin, str(each.index))
        for each in waiting(station)
        if peer in holders(station, each.origin, each.index)
    ]


def take_resealed(station: Station, peer: str, args: Sequence[str], file: bytes) -> None:
    """The answer to such an ask."""
    wanted = parse_reseal(args)
    if isinstance(wanted, bytes):
        file_keys.take(station, peer, wanted, file)
    else:
        take_reseal(station, *wanted, file)


def begin_lost_log(station: Station, origin: str, leaf: bytes, file: bytes) -> LogRow:
    """The row of an own log that this node has forgotten, from a reseal of its `open` entry."""
    parsed = parse_leaf(leaf)
    plaintext = station.suite.unseal(station.keyring.seal_seeds, file, 1)
    opened = check_lines(parsed, plaintext, origin, 0, gaps_allowed=True)
    charter, counter, nonce = read_open(Head(origin, 1, leaf_hash(leaf)), opened)
    row = LogRow(
        origin, station.party, charter.line_id, counter, nonce, 0, (), EMPTY_ROOT, b"", "closed"
    )
    with station.store.write() as tx:
        tx.add_log(row)
    station.committed(row)
    return row


def adopt(station: Station, body: bytes) -> int:
    """Take own entries back from a holder's copy; the epoch they belong to is closed for good."""
    delivery = parse_delivery(body)
    head = verified_head(station, delivery.note)
    log = station.log(head.origin)
    if log is None or log.party != station.party:
        raise NotOurs(f"{head.origin} is not a log of this party that is known here")
    if head.size <= log.size or delivery.old > log.size:
        return 0
    arrival = receive.extend(station, log, head, delivery)
    refuse_foreign_envelopes(log, delivery)
    if log.status == "active":
        # Before the log is closed: a crash in between would leave the line without a log to write.
        why = "restore: others hold more of our log than we did"
        epochs.suspect(station, {log.line_id: why})
    after = replace(arrival.after, status="closed")
    leaves = [leaf for leaf, _ in delivery.entries[log.size - delivery.old :]]
    is_known = is_known_ours(station, head, leaves)
    is_end = parse_leaf(leaves[-1]).kind == "close" and endings.may_end(station, log)
    has_left = is_end and endings.is_shown_ours(station, log, head)
    rows = []
    with station.store.write() as tx:
        for index in range(log.size, head.size):
            leaf, envelope = delivery.entries[index - delivery.old]
            body_hash = parse_leaf(leaf).envelope_hash
            rows.append(EntryRow(log.origin, index, leaf, body_hash, "sealed", 0))
            if envelope:
                tx.put_body(body_hash, envelope)
        tx.advance(log.size, after, rows)
        tx.set_log_status(log.origin, "closed")
        line = tx.line(log.line_id)
        if has_left and line is not None:
            tx.put_line(replace(line, state="closed"))
            tx.set_meta(f"suspect/{log.line_id.hex()}", b"")
        elif is_end:
            endings.remember(tx, log, head.size - 1)
        code, kind, why = adopted(is_known, is_end, has_left)
        station.tell(tx, kind, log.origin, code, f"{len(rows)} own entries {why}")
    station.sealed = None
    station.committed(after)
    if has_left:
        station.suspect.pop(log.line_id, None)
        station.forget(line_id=log.line_id)
    elif is_end:
        station.suspect[log.line_id] = endings.WAITS
    reading.refold(station, log)
    sequence.anchor_soon(station, [after])
    return len(rows)


def refuse_foreign_envelopes(log: LogRow, delivery: Delivery) -> None:
    """A holder may have erased an envelope; one that it gives must be the one that we signed for.

    Before anything is written: else one liar among the holders would look like a fault of ours.
    """
    for index, (data, envelope) in enumerate(delivery.entries, start=delivery.old):
        if envelope and hashlib.sha256(envelope).digest() != parse_leaf(data).envelope_hash:
            raise EnvelopeMismatch(f"{log.origin} entry {index}: envelope is not the leaf's")


def is_known_ours(station: Station, head: Head, leaves: Sequence[bytes]) -> bool:
    """Whether own entries that come back are what a restore is known to have lost.

    The journal of this machine signed for them; or it was lost with the disk, and they were written
    before this node was started again. Who holds our keys can claim any time, so that is a hint for
    people and opens nothing.
    """
    signed = station.anchor.signed().get(head.origin)
    if signed is not None and signed.size >= head.size:
        return signed.size > head.size or signed.root == head.root
    restored = own_cards.heard_since(station)
    if restored is None or station.store.meta(own_cards.HAD_ANCHOR):
        return False
    return all(parse_leaf(leaf).time_s <= restored[0] for leaf in leaves)


def adopted(is_known: bool, is_end: bool, has_left: bool) -> tuple[str, str, str]:
    """By which code and how loudly it is told that own entries came back, and in which words."""
    if is_end and not has_left:
        return (
            "epoch.ended",
            "alarm",
            (
                "came back from another holder, and the last of them leaves the line. If our"
                " officers left it, two of them confirm that: `openline line leave LINE`. If not:"
                " `openline keys revoke --from`, then `openline line reopen LINE`"
            ),
        )
    if not is_known:
        return (
            "epoch.adopted",
            "alarm",
            (
                "came back from another holder, and this node does not know that it wrote them. If"
                " nobody of ours did: `openline keys revoke --from`"
            ),
        )
    left = "; the last of them leaves the line, so nothing is to be reopened" if has_left else ""
    return "epoch.adopted", "notice", f"came back from another holder, as after any restore{left}"


def take_reseal(station: Station, origin: str, index: int, file: bytes) -> None:
    """Open a waiting entry from the field lines that another member sealed to our card key."""
    row = station.store.entry(origin, index)
    log = station.log(origin)
    if row is None or log is None or row.state != "sealed":
        return
    leaf = parse_leaf(row.leaf)
    plaintext = station.suite.unseal(station.keyring.seal_seeds, file, 1)
    own = log.party == station.party
    try:
        opened = check_lines(leaf, plaintext, origin, index, gaps_allowed=own)
        if not own:
            opening.check_prekey(station, leaf, opened)
    except Faulty as fault:
        if own or not fault.proved:
            raise
        log_defect(station, log, index, fault.kind)
        return
    keep_opened(station, log, index, opened)


def keep_opened(station: Station, log: LogRow, index: int, opened: Opened) -> None:
    """Archive an entry that waited, mark it open, and take what it names."""
    own = log.party == station.party
    row = station.store.entry(log.origin, index)
    leaf = parse_leaf(row.leaf if row is not None else b"")
    file = archive.of_lines(station, log.origin, index, opened.lines())
    prekey = receive.prekey_of(log, index, leaf, opened)
    named = opened.value("withheld")
    withheld = frozenset(
        i for i in (named if isinstance(named, list) else []) if isinstance(i, int)
    )
    shown, hidden = opening.content_of(opened, withheld)
    # Before the transaction: what an entry before this one named may have emptied the caches.
    stated = opening.stated_sizes(station, log.line_id, opened.value("seen"))
    with station.store.write() as tx:
        tx.put_archived(log.origin, index, file)
        tx.set_entry_state(log.origin, index, "opened")
        attached.write_names(station, tx, log.line_id, (log.origin, index), shown, hidden)
        if prekey is not None:
            tx.put_prekey(prekey)
        if own:
            tx.remove_outbox([draft_id(opened)])
            tx.set_meta(gaps_key(log.line_id), b"due")
        else:
            seen = opening.sizes_from_bytes(tx.meta(f"seen/{log.origin}"))
            seen.update(stated)
            tx.set_meta(f"seen/{log.origin}", opening.sizes_to_bytes(seen))
        station.tell(tx, "notice", log.origin, "reseal.taken", f"entry {index} is open now")
    station.sealed = None
    reading.refold(station, log)
    if own:
        station.gaps_due.add(log.line_id)
    if prekey is not None:
        station.forget(line_id=log.line_id)


def retry(station: Station) -> int:
    """Try again to open what waits: keys may have come back, or the fault turn out the sender's."""
    opened = 0
    for each in waiting(station):
        log = station.log(each.origin)
        row = station.store.entry(each.origin, each.index)
        if log is None or row is None or log.party == station.party:
            continue
        leaf = parse_leaf(row.leaf)
        body = station.store.body(row.body_hash)
        if not body:
            continue
        try:
            found, _ = opening.open_entry(station, log, each.index, leaf, body, 0)
        except CannotYet:
            continue
        except Faulty as fault:
            opened += log_defect(station, log, each.index, fault.kind)
            continue
        keep_opened(station, log, each.index, found)
        opened += 1
    return opened


def log_defect(station: Station, log: LogRow, index: int, kind: str) -> bool:
    """Say in our own log that an entry which waited is its sender's fault."""
    own = station.own_log(log.line_id)
    if own is None or not station.may_write(log.line_id):
        return False
    ranges: list[Value] = [[log.origin, index, index + 1, kind]]
    draft = compose(station, log.line_id, "defect", {"ranges": ranges})
    built = sequence.build(station, own, [draft])
    with station.store.write() as tx:
        sequence.write(station, tx, built)
        tx.set_entry_state(log.origin, index, "defect")
        tx.set_meta(f"defect/{log.origin}/{index}", kind.encode())
        station.tell(tx, "alarm", log.origin, f"defect.{kind}", f"entry {index} cannot be used")
    station.sealed = None
    sequence.after_commit(station, built)
    reading.refold(station, log)
    sequence.anchor_soon(station, [built.after])
    return True


def take_receipts(station: Station, peer: str, origin: str, answer: bytes) -> int:
    """Store a peer's receipts for an own log that were lost here; each is checked anew."""
    log = station.log(origin)
    rows: list[CosignatureRow] = []
    lines = answer.split(b"\n")
    for at in range(0, len(lines) - 2, 3):
        size = parse_int(lines[at].decode("ascii", "replace"))
        if log is None or not 0 < size <= log.size:
            continue
        head = Head(origin, size, hello.root_at(station, log, size))
        pair = b"\n".join(lines[at + 1 : at + 3]) + b"\n"
        rows.append(dispatch.verified_receipt(station, peer, head, pair))
    with station.store.write() as tx:
        for row in rows:
            tx.put_cosignature(row)
    return len(rows)


def draft_id(opened: Opened) -> bytes:
    """The draft id in an entry's `draft` field."""
    value = opened.value("draft")
    return unb64(str(value[1]), 16) if isinstance(value, list) and len(value) == 2 else b""


def lost_openings(station: Station, line_id: bytes) -> list[tuple[str, int, str]]:
    """Own entries whose withheld fields nobody else had: (origin, index, class of gap)."""
    known = Told(station, line_id)
    found = []
    for log in station.logs_of(line_id):
        if log.party != station.party or log.status != "closed":
            continue
        for row in station.store.entries(log.origin, 0, log.size):
            if (log.origin, row.index) in known:
                continue
            leaf = parse_leaf(row.leaf)
            opened = opening.read_archived(station, log.origin, row.index, leaf)
            bare = opened is not None and any(not isinstance(i, Field) for i in opened.items)
            if row.state == "opened" and bare:
                found.append((log.origin, row.index, "withheld"))
            elif row.state == "sealed" and nobody_has(station, log, row.index):
                found.append((log.origin, row.index, "lost"))
    return found


def nobody_has(station: Station, log: LogRow, index: int) -> bool:
    """Whether every other member answered that an own entry is not open there.

    A member that does not state the entry does not hold it.
    """
    refused = station.refused_reseals.get((log.origin, index), set())
    for party in station.others(log.line_id):
        session = station.sessions.get(party)
        if session is None or not session.boot:
            return False
        if session.heads.get(log.origin, (0, b""))[0] > index and party not in refused:
            return False
    return True


def reseal_refused(station: Station, peer: str, args: Sequence[str], code: str) -> None:
    """A member has not open what waits here; when none has, an own entry is lost, and told.

    Whoever refuses for another reason, because a person there has to allow it or because of its
    quota of a day, may have it still: a gap that was told is told for good.
    """
    place = parse_reseal(args)
    if code == NeedsYes.code:
        tell_waits(station, peer)
    if isinstance(place, bytes):
        file_keys.refused(station, peer, place, code)
        return
    log = station.log(place[0])
    if log is None or log.party != station.party:
        return
    refused = station.refused_reseals.setdefault(place, set())
    if code != NotYours.code:
        refused.discard(peer)
        return
    refused.add(peer)
    if nobody_has(station, log, place[1]) and place not in Told(station, log.line_id):
        station.gaps_due.add(log.line_id)


def tell_waits(station: Station, peer: str) -> None:
    """A person at the other side has to allow it: shown at this desk too, once until it is seen."""
    if not alarms.stands(station, "reseal.waits", peer):
        told = f"{peer} holds what this node lost; a person there has to allow it"
        station.note_event(alarms.ALARM, peer, "reseal.waits", told)


def told_gaps(station: Station, line_id: bytes) -> list[tuple[str, int, int, str]]:
    """What our own `gap` entries say of a line, for good: (origin, from, to, class of gap)."""
    found = []
    for log in station.logs_of(line_id):
        if log.party == station.party:
            for entry in reading.entries_of(station, log, 0, log.size):
                ranges = entry.fields.get("ranges") if entry.kind == "gap" else None
                for each in ranges if isinstance(ranges, list) else []:
                    match each:
                        case [str(origin), int(begin), int(end), *rest]:
                            found.append((origin, begin, end, str(rest[0]) if rest else ""))
    return found


class Told:
    """Places that own `gap` entries name already: ranges, for one may name any number of places."""

    def __init__(self, station: Station, line_id: bytes) -> None:
        self._ranges: dict[str, list[tuple[int, int]]] = {}
        for origin, begin, end, _ in told_gaps(station, line_id):
            self._ranges.setdefault(origin, []).append((begin, end))

    def __contains__(self, place: tuple[str, int]) -> bool:
        origin, index = place
        return any(begin <= index < end for begin, end in self._ranges.get(origin, ()))


def tell_gaps(station: Station, line_id: bytes) -> int:
    """Say in the record which of our own contents nobody can give back."""
    if not station.may_write(line_id):
        return 0
    lost = sequence.joined(lost_openings(station, line_id))
    if lost:
        ranges: list[Value] = [list(each) for each in lost[: sequence.RANGES_NAMED_MAX]]
        sequence.append_machine(station, line_id, "gap", {"ranges": ranges})
    if len(lost) <= sequence.RANGES_NAMED_MAX:
        # Only now: a crash before it must not make a loss silent for ever.
        with station.store.write() as tx:
            tx.set_meta(gaps_key(line_id), b"")
        station.gaps_due.discard(line_id)
    return len(lost)


def gaps_key(line_id: bytes) -> str:
    """Where it is kept that own contents of a line have to be looked through for losses."""
    return f"gaps-due/{line_id.hex()}"
