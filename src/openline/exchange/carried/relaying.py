"""A node's side of relays: what to leave with whom, and what their signed word is good for.

Shapes   relays(station) -> the relays of our charters; owed(...) -> Deposit requests; kept(...)
Units    times are unix seconds UTC
Raises   BadHeld, NotNow
Source   docs/PROTOCOL.md parts 8 (available) and 11
Never    takes a relay's word for a receipt, or the word of a relay that the charter does not name
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.suite import BadSignature
from openline.errors import OpenlineError
from openline.exchange.carried import parcels, relay, reply_book, unopened
from openline.exchange.carried.parcels import ParcelSealed
from openline.exchange.logs import exposure, hello
from openline.exchange.refusals import ClockUnsure, OpenSealed, UnknownKey
from openline.exchange.station import KeyringBehind, Station
from openline.formats.charter import Relay, party_of
from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.request import Ask, parse_held
from openline.formats.spell import b64
from openline.record.checkpoint import open_request
from openline.store.contract import DepositRow, LogRow, StoreFull

SKEW_S: Final = 300
AGAIN_S: Final = 6 * 3600
MARK_WORDS: Final = 4
FILE_BUDGET: Final = 7 * 1024 * 1024
# For these a record is refused because of us: the same file is good another time.
OURS: Final = (OpenSealed.code, ClockUnsure.code, KeyringBehind.code, StoreFull.code)


class BadHeld(OpenlineError):
    """What a relay answered is not its signed word for the file that was left with it."""

    code: ClassVar[str] = "exchange.bad-held"
    remedy: ClassVar[str] = "The node tries again; if it stays, check the relay's key in charters."


class NotNow(OpenlineError):
    """A file of a relay needs a key that is not at hand, or a node that can write."""

    code: ClassVar[str] = "exchange.not-now"
    remedy: ClassVar[str] = (
        "The file is kept and tried again. Put the newest keyring back if this one is a copy of"
        " before; take the sender's newest card with `openline party add CARD`."
    )


@dataclass(frozen=True, slots=True)
class Deposit:
    """A file for a peer, to be left with a relay, about the head of one log."""

    at: Relay
    peer: str
    head: Head
    body: bytes
    file_hash: bytes


def relays(station: Station) -> list[Relay]:
    """Every relay that a charter of ours names, once by name and address.

    A charter that we drew and nobody opened is nobody's yet: its relays are not called.
    """
    found: dict[tuple[str, str], Relay] = {}
    for row in station.lines():
        is_begun = any(log.size for log in station.logs_of(row.line_id))
        for each in station.charter(row.line_id).relays if is_begun else ():
            found.setdefault((each.party, each.url), each)
    return [found[key] for key in sorted(found)]


def by_relay(station: Station, peer: str) -> Iterator[tuple[Relay, LogRow]]:
    """Every own log of a line shared with a peer, beside each relay of that line."""
    for line_id in hello.shared_lines(station, peer):
        for at in station.charter(line_id).relays:
            for log in station.logs_of(line_id):
                if log.party == station.party:
                    yield at, log


def owed(station: Station, peer: str) -> list[Deposit]:
    """What to leave for a peer that cannot be reached: each own log that has grown since."""
    found = []
    held = reply_book.held(station, peer)
    for at, log in by_relay(station, peer):
        lies = lying(station, at, peer, log.origin)
        if exposure.exposed(station, log) > max(held.get(log.origin, 0), lies):
            found += deposit(station, at, peer, log)
    return found


def mark(at: Relay, peer: str, origin: str) -> str:
    """Where it is kept how much of a log was left for a peer with a relay."""
    return f"deposited/{at.party}/{peer}/{origin}"


def lying(station: Station, at: Relay, peer: str, origin: str) -> int:
    """How much of a log was left for a peer with a relay lately.

    What nobody answered for so long is left once more: the peer may have lost it. So is what was
    sealed to a key that the peer has replaced since: it may have lost the key.
    """
    words = (station.store.meta(mark(at, peer, origin)) or b"0 0").split(b" ")
    size, left_s, seal = [*words, b""][:3]  # the fourth is the hash of the file
    is_lately = station.clock.now_s() - int(left_s) < AGAIN_S
    return int(size) if is_lately and seal == sealed_to(station, peer) else 0


@dataclass(frozen=True, slots=True)
class Left:
    """A file that was left for a peer which has not answered, and the ask what became of it."""

    at: Relay
    peer: str
    origin: str
    ask: bytes


def unanswered(station: Station, peer: str) -> list[Left]:
    """What was left for a peer with relays, of each own log, and is not answered yet."""
    found = []
    held = reply_book.held(station, peer)
    for at, log in by_relay(station, peer):
        words = (station.store.meta(mark(at, peer, log.origin)) or b"").split(b" ")
        if len(words) == MARK_WORDS and int(words[0]) > held.get(log.origin, 0):
            args, now_s = (peer, words[3].decode()), station.clock.now_s()
            ask = Ask(station.party, at.party, now_s, station.random(16), "lies", args)
            signed = station.keys.sign_request(ask.text())
            found.append(Left(at, peer, log.origin, signed))
    return found


def became(station: Station, left: Left, answer: bytes) -> None:
    """What a relay says of a file: one that it does not know is left once more, at once; one that
    still lies there is not left a second time."""
    name = mark(left.at, left.peer, left.origin)
    words = (station.store.meta(name) or b"").split(b" ")
    if answer not in (relay.LIES, relay.UNKNOWN) or len(words) != MARK_WORDS:
        return
    words[1] = b"%d" % station.clock.now_s()
    with station.store.write() as tx:
        tx.set_meta(name, b" ".join(words) if answer == relay.LIES else b"")


def sealed_to(station: Station, peer: str) -> bytes:
    """The sealing key of a peer's newest card, in short."""
    return hashlib.sha256(station.cards(peer)[-1].seal).hexdigest()[:16].encode()


def deposit(station: Station, at: Relay, peer: str, log: LogRow) -> list[Deposit]:
    """What the peer lacks of one log, as far as one file takes it; with hello and receipts."""
    made = parcels.make(station, peer, logs=[log.origin], budget=FILE_BUDGET)
    size = made.reach.get(log.origin)
    if size is None:
        return []
    head = Head(log.origin, size, hello.root_at(station, log, size))
    return [wrapped(station, at, peer, head, made.file)]


def reply(station: Station, at: Relay, peer: str, taken: parcels.Taken) -> Deposit | None:
    """The answer to a parcel that came by a relay: receipts, answers, what the sender lacks."""
    logs = [log for log in parcels.shared_logs(station, peer) if log.party == station.party]
    if not logs:
        return None
    made = parcels.answer(station, taken, budget=FILE_BUDGET)
    log = logs[0]
    size = made.reach.get(log.origin, log.size)
    head = Head(log.origin, size, hello.root_at(station, log, size))
    return wrapped(station, at, peer, head, made.file)


def wrapped(station: Station, at: Relay, peer: str, head: Head, file: bytes) -> Deposit:
    """The request that leaves a file."""
    file_hash = hashlib.sha256(file).digest()
    args = (peer, head.origin, str(head.size), b64(head.root), b64(file_hash))
    now_s = station.clock.now_s()
    asked = Ask(station.party, at.party, now_s, station.random(16), "put", args)
    note = station.keys.sign_request(asked.text())
    return Deposit(at, peer, head, relay.with_note(note, file), file_hash)


def collect(station: Station, at: Relay, wait_s: int) -> bytes:
    """The request that fetches the next file; the last one that was taken may go.

    It is named by its hash: a relay that was put back from an older copy counts files anew.
    """
    taken = station.store.meta(collected(at)) or b""
    args = (
        b64(taken) if len(taken) == hashlib.sha256().digest_size else relay.NOTHING,
        str(wait_s),
    )
    asked = Ask(station.party, at.party, station.clock.now_s(), station.random(16), "fetch", args)
    return station.keys.sign_request(asked.text())


def collected(at: Relay) -> str:
    """Where the hash of the last file is kept that came from a relay and is taken."""
    return f"collected/{at.party}"


def kept(station: Station, sent: Deposit, note: bytes) -> None:
    """The relay's word for a file of ours: since when the head is available to the peer."""
    row = verified(station, sent.at, sent.peer, sent.head, sent.file_hash, note)
    with station.store.write() as tx:
        tx.put_deposit(row)
        if sent.head.origin.startswith(f"{station.party}/"):
            name = mark(sent.at, sent.peer, sent.head.origin)
            seal = sealed_to(station, sent.peer)
            file = b64(sent.file_hash).encode()
            tx.set_meta(name, b"%d %d %b %b" % (sent.head.size, row.time_s, seal, file))
    station.changes += 1


def came(station: Station, at: Relay, note: bytes, file: bytes) -> parcels.Taken:
    """A file that lay with a relay for us: taken, and its relay's word kept like our own.

    What fails for want of a key or by a fault of ours is kept here, and only then may go there.
    """
    is_here = True
    try:
        return take_lying(station, at, note, file)
    except NotNow as fault:
        is_here = False
        sender = party_of(parse_held(opened(station, at, note)).head.origin)
        unopened.keep(station, at.party, sender, note, file, f"{fault.code}: {fault}")
        is_here = True
        raise
    finally:
        # Whatever else it was: what cannot be taken today cannot be taken tomorrow.
        if is_here:
            with station.store.write() as tx:
                tx.set_meta(collected(at), hashlib.sha256(file).digest())


def take_lying(station: Station, at: Relay, note: bytes, file: bytes) -> parcels.Taken:
    """Take a file of a relay; NotNow where it may be taken another time.

    Its relay's word is kept where all that it speaks of is here: nothing is deemed received that
    could not be read.
    """
    head = parse_held(opened(station, at, note)).head
    row = verified(station, at, station.party, head, hashlib.sha256(file).digest(), note)
    try:
        taken = parcels.take(station, file)
    except (ParcelSealed, UnknownKey) as fault:
        raise NotNow(f"{fault.code}: {fault}") from None
    log = station.log(head.origin)
    if log is not None and log.size >= head.size:
        with station.store.write() as tx:
            tx.put_deposit(row)
    for _, code, sentence in taken.refused:
        if code in OURS:
            raise NotNow(f"{code}: {sentence}")
    return taken


def again(station: Station) -> list[tuple[Relay, parcels.Taken]]:
    """What can be taken by now of the files that no key opened when they came."""
    found, now_s = [], station.clock.now_s()
    known = {at.party: at for at in relays(station)}
    for row in unopened.kept(station):
        at = known.get(row.relay)
        if at is not None and now_s - row.since_s < unopened.KEPT_S:
            try:
                found.append((at, take_lying(station, at, *unopened.read(station, row))))
            except NotNow:
                continue
            except StoreFull:
                raise
            except OpenlineError as refused:
                station.note_event("notice", row.relay, "relay.unopened",
                                   f"given up: {refused.code}: {refused}")  # fmt: skip
        unopened.drop(station, row)
    return found


def opened(station: Station, at: Relay, note: bytes) -> bytes:
    """The text that the relay's key of the charter signed."""
    try:
        return open_request(note, at.vkey, station.suite).encode()
    except (BadSignature, Malformed) as fault:
        raise BadHeld(f"{at.party}: {fault}") from None


def verified(
    station: Station, at: Relay, addressee: str, head: Head, file_hash: bytes, note: bytes
) -> DepositRow:
    """The row of a relay's word, which must be for exactly this file, head and addressee."""
    held = parse_held(opened(station, at, note))
    due = (at.party, addressee, head, file_hash)
    if (held.relay, held.addressee, held.head, held.file_hash) != due:
        raise BadHeld(f"{at.party}: its word is for something else")
    if held.time_s > station.clock.now_s() + SKEW_S:
        raise BadHeld(f"{at.party}: its word is of a time to come")
    return DepositRow(head.origin, head.size, addressee, at.party, held.time_s, note)
