"""Files that messages name: sealed, kept, given to members, fetched, opened, erased.

Shapes   seal(station, line, name, data) -> Attached; answer(...) and take(...) for the signed ask;
         write_names(...) inside the transaction of an entry; opened(station, hash) -> bytes
Units    bytes; a sealed file has at most 16 MiB; an answer at most 1 MiB
Raises   FileTooLarge, NotHeld, WrongDigest, NotYours
Source   docs/PROTOCOL.md parts 6, "Attachments", and 7; docs/decisions/0074-attachments.md
Never    gives a file to anybody who is no member of a line on which it was told, or before it was
         told; never calls a file held before its hash was computed from what is stored here
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.envelope.suite import CannotOpen
from openline.errors import OpenlineError
from openline.exchange.contents import file_members, opening
from openline.exchange.refusals import NotYours
from openline.exchange.station import Station
from openline.formats.attachment import (
    FILE_BYTES_MAX,
    SEALED_BYTES_MAX,
    Attached,
    fitting,
    named_in,
)
from openline.formats.charter import party_of
from openline.formats.leaf import parse_leaf
from openline.formats.openjson import Value
from openline.store.contract import AttachmentRow, Tx

PIECE_BYTES: Final = 256 * 1024
ANSWER_BYTES: Final = 1024 * 1024
# What one other party's messages may make this node keep; beyond it files are named, not fetched.
PARTY_BYTES_MAX: Final = 4 * 1024 * 1024 * 1024
CLAIM_S: Final = 30
# So long who alone gave wrong bytes of a file is not asked for it, twice as long each further time:
# a wire may have changed them, and there may be no other holder.
BLAMED_S: Final = 30
BLAMED_S_MAX: Final = 3_600
EARLIER: Final = "an earlier start"
# Files that were attached and never said: long after every draft that named them has expired.
UNSAID_S: Final = 90 * 86_400
NO_KEY: Final = "sealed to a key of an earlier card of ours, which is gone; its own is asked for"
# Of a file that was attached here, what was found in it (findings.py); it goes with the file.
NOTES: Final = "attached"
WANTED, HELD, REFUSED, ERASED = "wanted", "held", "refused", "erased"


class FileTooLarge(OpenlineError):
    """A file is empty, or larger than an attachment may be."""

    code: ClassVar[str] = "exchange.file-too-large"
    remedy: ClassVar[str] = "Attach a smaller file, or several; a photograph can be scaled down."


class NotHeld(OpenlineError):
    """A file that a message names is not here, or not any more."""

    code: ClassVar[str] = "exchange.file-not-held"
    remedy: ClassVar[str] = "`openline attachment list` shows what is missing and who is asked."


class WrongDigest(OpenlineError):
    """What came for a file is not the file that the message names; nothing of it was kept."""

    code: ClassVar[str] = "exchange.wrong-digest"
    remedy: ClassVar[str] = "Nothing: it is fetched anew, from another holder where there is one."


class NotForLine(OpenlineError):
    """A message names a file that was not sealed here for the members of its line."""

    code: ClassVar[str] = "exchange.file-not-for-line"
    remedy: ClassVar[str] = "Attach the file itself: --attach ITEM=FILE seals it for this line."


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a peer answered to the ask for a file's key, how often, and until when it has rest."""

    code: str
    times: int
    until_s: int


@dataclass(slots=True)
class Fetching:
    """Who is asked for one file, and whose bytes are in it; forgotten at a restart.

    `blamed` says how often who alone gave wrong bytes, and until when it is not asked again. Once
    what several gave was wrong each gives the whole file, `is_apart`: else one who gives a wrong
    part each time would keep the file of an honest holder away for ever. `is_sealed` says that
    no key at hand opens the whole file, `refusals` who did not give its key (file_keys.py).
    """

    peer: str = ""
    since_s: int = 0
    givers: set[str] = field(default_factory=set)
    blamed: dict[str, tuple[int, int]] = field(default_factory=dict)
    is_apart: bool = False
    is_sealed: bool = False
    refusals: dict[str, Refusal] = field(default_factory=dict)

    def is_blamed(self, peer: str, now_s: int) -> bool:
        """Whether a peer is not asked for this file now."""
        return now_s < self.blamed.get(peer, (0, 0))[1]

    def blame(self, now_s: int) -> dict[str, tuple[int, int]]:
        """Who is not asked again for a while: of several givers nobody knows whose bytes were
        wrong, so only one alone is added."""
        if len(self.givers) != 1:
            return self.blamed
        (giver,) = self.givers
        times = self.blamed.get(giver, (0, 0))[0] + 1
        wait_s = min(BLAMED_S << (times - 1), BLAMED_S_MAX)
        return {**self.blamed, giver: (times, now_s + wait_s)}


def seal(station: Station, line_id: bytes, name: str, data: bytes) -> Attached:
    """Seal a file to the cards of a line's members and keep it; what a field says of it.

    The cards' keys and not prekeys: officers sign the hash of the file before the message has its
    number, and a prekey may be gone by then. Our own card too: after a restore our own files come
    back from others, and the key that was kept here may be lost with the database.
    """
    if not 0 < len(data) <= FILE_BYTES_MAX:
        raise FileTooLarge(f"{name[:80]}: {len(data)} bytes; from 1 to {FILE_BYTES_MAX} are taken")
    keys = [card_key(station, party) for party in (*station.others(line_id), station.party)]
    file, file_key = station.suite.seal_keyed(keys, data, station.random)
    if len(file) > SEALED_BYTES_MAX:
        raise FileTooLarge(f"{name[:80]}: {len(file)} bytes sealed; at most {SEALED_BYTES_MAX}")
    digest = hashlib.sha256(file).digest()
    found = Attached(fitting(name), len(file), digest, hashlib.sha256(data).digest())
    row = AttachmentRow(
        digest, len(file), line_id, HELD, station.clock.now_s(),
        slip_of(station, digest, file_key), 0,
    )  # fmt: skip
    with station.store.write() as tx:
        forget_unsaid(station, tx)
        tx.put_attachment(row)
        write_pieces(tx, digest, 0, file)
        tx.put_attachment_holder(digest, station.party, row.since_s)
    return found


def card_key(station: Station, party: str) -> bytes:
    """The key on a member's newest card."""
    cards = station.cards(party)
    if not cards:
        raise NotForLine(f"no card of {party} is held here, so nothing can be sealed to it")
    return cards[-1].seal


def write_pieces(tx: Tx, file_hash: bytes, start: int, data: bytes) -> None:
    """Bytes of a file in pieces of one size, so that no row is large."""
    for at in range(0, len(data), PIECE_BYTES):
        tx.add_attachment_piece(file_hash, start + at, data[at : at + PIECE_BYTES])


def forget_unsaid(station: Station, tx: Tx) -> None:
    """Forget files that were attached to what nobody ever released, and all notes of that time."""
    before_s = station.clock.now_s() - UNSAID_S
    old = [row.hash for row in tx.attachments(HELD) if row.since_s < before_s]
    noted = {key for key, _ in station.views.scan(NOTES)} if old else set()
    for file_hash in old:
        tx.forget_attachment(file_hash)
        if file_hash.hex() in noted:
            station.views.delete(NOTES, file_hash.hex())


def slip_of(station: Station, file_hash: bytes, file_key: bytes) -> bytes:
    """The key of a file, sealed as the slips of entries are."""
    key = station.keyring.archive_key
    return station.suite.protect(key, file_key, context_of(file_hash), station.random)


def context_of(file_hash: bytes) -> bytes:
    """What a slip is bound to."""
    return b"openline/v1 attachment\n" + file_hash


def refuse_foreign(station: Station, line_id: bytes, fields: Mapping[str, Value]) -> None:
    """Refuse a draft that names what its addressees could not open, or what is not here."""
    for each in named_in(fields.values()):
        row = station.store.attachment(each.age)
        if row is None or row.state != HELD or row.line_id != line_id or not row.slip:
            raise NotForLine(f"{each.name}: not a file that was attached here for this line")


def write_names(
    station: Station,
    tx: Tx,
    line_id: bytes,
    place: tuple[str, int],
    shown: Mapping[str, Value],
    hidden: Mapping[str, Value],
) -> None:
    """What an entry names, in the entry's own transaction; what is not here is wanted from now."""
    now_s, party = station.clock.now_s(), party_of(place[0])
    for fields, is_shown in ((shown, True), (hidden, False)):
        for each in named_in(fields.values()):
            state = WANTED
            if tx.attachments_size(party) + each.size > PARTY_BYTES_MAX:
                state = REFUSED
                station.tell(tx, "alarm", party, "attachment.quota",
                             f"{party} names more files than are kept of one party")  # fmt: skip
            tx.put_attachment(AttachmentRow(each.age, each.size, line_id, state, now_s, b"", 0))
            tx.name_attachment(each.age, *place, is_shown)
            station.files_due = None


def erase_names(station: Station, tx: Tx, place: tuple[str, int]) -> int:
    """Drop the files of an entry that loses its content, unless another of its line names them."""
    dropped = 0
    for file_hash in tx.attachments_named(*place):
        row = tx.attachment(file_hash)
        named = [
            each[:2]
            for each in tx.attachment_names(file_hash)
            if row is not None and is_of_line(tx, each[0], row.line_id)
        ]
        others = [each for each in named if each != place]
        if place in named and not any(is_open(tx, *each) for each in others):
            tx.drop_attachment_pieces(file_hash)
            tx.set_attachment(file_hash, ERASED)
            station.views.delete(NOTES, file_hash.hex())
            station.files_due = None
            dropped += 1
    return dropped


def is_of_line(tx: Tx, origin: str, line_id: bytes) -> bool:
    log = tx.log(origin)
    return log is not None and log.line_id == line_id


def is_open(tx: Tx, origin: str, index: int) -> bool:
    row = tx.entry(origin, index)
    return row is not None and row.state == "opened"


def stated(station: Station, file_hash: bytes) -> Iterator[tuple[str, int, Attached]]:
    """Every entry that names a file, and what it says of it, as far as it can be read here."""
    for origin, index, _ in station.store.attachment_names(file_hash):
        for each in of_entry(station, origin, index):
            if each.age == file_hash:
                yield origin, index, each


def of_entry(station: Station, origin: str, index: int) -> list[Attached]:
    """What one entry names, its own withheld fields included."""
    row = station.store.entry(origin, index)
    if row is None or row.state != "opened":
        return []
    lines = opening.read_archived(station, origin, index, parse_leaf(row.leaf))
    if lines is None:
        return []
    shown, hidden = opening.content_of(lines, frozenset())
    return list(named_in([*shown.values(), *hidden.values()]))


def answer(station: Station, asker: str, file_hash: bytes, start: int) -> bytes:
    """Bytes of a file from `start`; at its end nothing, and the asker has said that it holds it.

    One that was hashed and does not open here is given too: whoever asks may have a key for it.
    """
    row = station.store.attachment(file_hash)
    is_hashed = station.fetching.get(file_hash, Fetching()).is_sealed
    if row is None or asker not in file_members.may_have(station, file_hash) or start > row.got:
        raise NotYours("there is no such file here for you")
    if row.state != HELD and not (row.state == WANTED and is_whole(row) and is_hashed):
        raise NotYours("there is no such file here for you")
    if start == row.got:
        with station.store.write() as tx:
            tx.put_attachment_holder(file_hash, asker, station.clock.now_s())
            if tx.meta(key_asked(file_hash, asker)):
                tx.set_meta(key_asked(file_hash, asker), b"")
        station.changes += 1
        return b""
    return station.store.attachment_bytes(file_hash, start, ANSWER_BYTES)


def key_asked(file_hash: bytes, asker: str) -> str:
    """Where it is kept what became of a member's ask for the key of a file (file_keys.py)."""
    return f"file-key/{file_hash.hex()}/{asker}"


def due(station: Station) -> tuple[AttachmentRow, ...]:
    """Files to fetch, and held ones of which their author was not told so; cached."""
    if station.files_due is None:
        store = station.store
        wanted = store.attachments(WANTED)
        station.files_due = (*wanted, *store.attachments_untold(station.party))
    return station.files_due


def are_missing(station: Station) -> bool:
    """Whether files that messages name are still to come, sealed to our cards of their day."""
    return any(row.state == WANTED and not is_whole(row) for row in due(station))


def is_whole(row: AttachmentRow) -> bool:
    """Whether all bytes of a file are here; one that is still wanted then waits for its key."""
    return row.got == row.size


def next_ask(station: Station, peer: str, lacking: set[bytes]) -> tuple[bytes, int] | None:
    """The next file and place to ask a peer for; `lacking` are files that it just said it lacks.

    One peer at a time is asked for a file; another takes over when nothing has come for a while.
    """
    now_s = station.clock.mono_s()
    for row in due(station):
        if row.hash in lacking or peer not in file_members.told(station, row.hash):
            continue
        if row.state == HELD:
            if peer in file_members.authors(station, row.hash, row.line_id):
                return row.hash, row.got
            continue
        if is_whole(row):
            continue  # to ask at its end would say that it is held
        way = station.fetching.setdefault(row.hash, Fetching())
        is_taken = way.peer not in ("", peer) and now_s - way.since_s < CLAIM_S
        if is_taken or way.is_blamed(peer, now_s):
            continue
        way.peer, way.since_s = peer, now_s
        if way.is_apart and way.givers - {peer}:
            way.givers.clear()
            with station.store.write() as tx:
                tx.drop_attachment_pieces(row.hash)
            station.files_due = None
            return row.hash, 0
        return row.hash, row.got
    return None


def asked(station: Station, file_hash: bytes) -> str:
    """Who is asked for a file now; "" where nobody is."""
    return station.fetching[file_hash].peer if file_hash in station.fetching else ""


def released(station: Station, file_hash: bytes, peer: str) -> None:
    """A peer lacks a file: another may be asked at once."""
    way = station.fetching.get(file_hash)
    if way is not None and way.peer == peer:
        way.peer = ""


def take(station: Station, peer: str, file_hash: bytes, start: int, data: bytes) -> None:
    """What a peer answered; a file that is whole is hashed, opened and held from then on."""
    row = station.store.attachment(file_hash)
    if row is not None and row.state == HELD and start == row.got:
        with station.store.write() as tx:
            tx.put_attachment_holder(file_hash, station.party, station.clock.now_s())
        station.files_due = None
        return
    if row is None or row.state != WANTED or row.got != start:
        return  # erased meanwhile, or another holder was quicker
    way = station.fetching.setdefault(file_hash, Fetching(peer))
    if start and not way.givers:
        way.givers.add(EARLIER)  # nobody is blamed for bytes that came before this start
    way.givers.add(peer)
    way.since_s = station.clock.mono_s()
    is_long = start + len(data) > row.size
    if data and not is_long:
        with station.store.write() as tx:
            write_pieces(tx, file_hash, start, data)
        station.files_due = None
    if is_long or not data or start + len(data) == row.size:
        finish(station, file_hash)


def for_peer(station: Station, peer: str, *, everything: bool = False) -> Iterator[AttachmentRow]:
    """The files that a peer was told of and has not said that it holds, for a parcel."""
    for row in station.store.attachments(HELD):
        holders = {party for party, _ in station.store.attachment_holders(row.hash)}
        holders |= file_members.authors(station, row.hash, row.line_id)
        lacks = everything or peer not in holders
        if lacks and peer in file_members.may_have(station, row.hash):
            yield row


def untold(station: Station, peer: str) -> list[AttachmentRow]:
    """Held files of a peer's own messages of which this party did not say so yet."""
    rows = station.store.attachments_untold(station.party)
    return [row for row in rows if peer in file_members.authors(station, row.hash, row.line_id)]


def take_whole(station: Station, peer: str, data: bytes) -> bool:
    """A whole file that came in a parcel; False for one that is here already."""
    file_hash = hashlib.sha256(data).digest()
    row = station.store.attachment(file_hash)
    if row is None or len(data) > row.size:
        raise NotYours("a file that no message here names")
    if row.state != WANTED or is_whole(row):
        return False
    with station.store.write() as tx:
        tx.drop_attachment_pieces(file_hash)
        write_pieces(tx, file_hash, 0, data)
    station.fetching[file_hash] = Fetching(peer, givers={peer})
    finish(station, file_hash)
    return True


def finish(station: Station, file_hash: bytes) -> None:
    """Hash what is stored, open it, compare what is inside with what the message says."""
    data = whole(station, file_hash)
    way = station.fetching.pop(file_hash, Fetching())
    try:
        seeds = station.keyring.seal_seeds
        plain, file_key = station.suite.unseal_keyed(seeds, data)
    except CannotOpen as fault:
        if opening.lacks_card_key(station):
            station.fetching[file_hash] = Fetching(is_sealed=True, refusals=way.refusals)
            if way.givers:  # once, and not again at each start
                station.note_event("notice", file_hash.hex(), "attachment.sealed", NO_KEY)
        else:
            why = f"cannot be opened with the keys of this node: {fault}"
            refuse(station, file_hash, why)
        return
    keep(station, file_hash, plain, file_key, way.givers)


def whole(station: Station, file_hash: bytes) -> bytes:
    """The bytes that are stored of a file, if they are the named ones; else none of them stays."""
    station.files_due = None
    data = station.store.attachment_bytes(file_hash, 0, SEALED_BYTES_MAX)
    if hashlib.sha256(data).digest() != file_hash:
        way = station.fetching.pop(file_hash, Fetching())
        blamed, is_apart = way.blame(station.clock.mono_s()), way.is_apart or len(way.givers) > 1
        station.fetching[file_hash] = Fetching(blamed=blamed, is_apart=is_apart)
        givers = sorted(way.givers) or [EARLIER]
        what, why = f"attachment {file_hash.hex()[:16]} from", "other bytes than were named"
        with station.store.write() as tx:
            tx.drop_attachment_pieces(file_hash)
            if way.givers.isdisjoint(way.blamed):  # again and again it would drive out other alarms
                tell_each(station, tx, givers, "attachment.wrong-digest", what, why)
        raise WrongDigest(f"{what} {', '.join(givers)}: {why}")
    return data


def keep(
    station: Station, file_hash: bytes, plain: bytes, file_key: bytes, givers: Collection[str]
) -> None:
    """Hold a file that opened, on the line of `givers`, if its inside is what a message says."""
    digest = hashlib.sha256(plain).digest()
    if all(each.plain != digest for _, _, each in stated(station, file_hash)):
        refuse(station, file_hash, "holds something else than the message says")
        return
    line_id = file_members.line_of(station, file_hash, givers)
    with station.store.write() as tx:
        tx.set_attachment(file_hash, HELD, slip_of(station, file_hash, file_key), line_id)
        station.tell(tx, "notice", file_hash.hex(), "attachment.held",
                     f"a file of {len(plain)} bytes is here")  # fmt: skip
    station.files_due = None
    station.changes += 1


def refuse(station: Station, file_hash: bytes, why: str) -> None:
    """The file is exactly what was named, and it is no use here; why is told once."""
    row = station.store.attachment(file_hash)
    line_id = row.line_id if row is not None else b""
    by = file_members.authors(station, file_hash, line_id)
    what = f"attachment {file_hash.hex()[:16]} of"
    with station.store.write() as tx:
        tx.drop_attachment_pieces(file_hash)
        tx.set_attachment(file_hash, REFUSED)
        tell_each(station, tx, by, "attachment.refused", what, why)
    station.files_due = None
    station.changes += 1


def tell_each(
    station: Station, tx: Tx, names: Collection[str], code: str, what: str, why: str
) -> None:
    """An alarm for each party that a file concerns, which names that party alone.

    Whoever reads of one need not know of the other, and two names in one subject, cut where it is
    too long, would be the name of a third.
    """
    for name in sorted(names):
        station.tell(tx, "alarm", name, code, f"{what} {name}: {why}")


def sealed_file(station: Station, file_hash: bytes) -> bytes:
    """The age file of a held attachment."""
    row = station.store.attachment(file_hash)
    if row is None or row.state != HELD:
        state = row.state if row is not None else "not known here"
        raise NotHeld(f"attachment {file_hash.hex()[:16]}: {state}")
    data = station.store.attachment_bytes(file_hash, 0, SEALED_BYTES_MAX)
    if hashlib.sha256(data).digest() != file_hash:
        raise NotHeld(f"attachment {file_hash.hex()[:16]}: damaged on this disk")
    return data


def opened(station: Station, file_hash: bytes) -> bytes:
    """What is inside a held attachment."""
    data = sealed_file(station, file_hash)
    row = station.store.attachment(file_hash)
    slip = row.slip if row is not None else b""
    file_key = station.suite.disclose(station.keyring.archive_key, slip, context_of(file_hash))
    return station.suite.reopen(file_key, data)
