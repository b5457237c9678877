"""A store-and-forward relay: sealed files lie with it until their addressee fetches them.

Shapes   put(body) -> signed `held` note; fetch(body) -> (serial, note, file) or None
Units    files at most 8 MiB; 256 MiB and 4,096 files for one addressee, of one sender half of it;
         times unix seconds UTC
Raises   UnknownSender, BadPut, RelayFull, Stale
Source   docs/PROTOCOL.md part 11
Never    opens a file: it sees who, for whom, which log, sizes and times. Never signs for a file
         before it is durable. Never lets one party use up what another may do here, or take away
         what lies here for another
"""

import hashlib
import struct
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.envelope.party_keys import PartyKeys
from openline.envelope.suite import BadSignature, Suite
from openline.errors import OpenlineError
from openline.exchange.logs.hello import WINDOW_S
from openline.exchange.membership.parties import lengthen_party_cards, store_party_cards
from openline.exchange.refusals import UnknownParty
from openline.exchange.station import Clock
from openline.formats.card import parse_card
from openline.formats.head import Head
from openline.formats.note import parse_note
from openline.formats.request import Ask, Held, parse_ask
from openline.formats.spell import check_key_name, check_party, parse_int, unb64
from openline.record.checkpoint import open_request
from openline.store.contract import Reader, Store, Tx

FILE_BYTES_MAX: Final = 8 * 1024 * 1024
ADDRESSEE_BYTES_MAX: Final = 256 * 1024 * 1024
ADDRESSEE_FILES_MAX: Final = 4_096
# What one sender leaves must not keep out all others.
SENDERS_PART: Final = 2
WAIT_S_MAX: Final = 50
NONCES_MAX: Final = 20_000

_LENGTH: Final = struct.Struct(">I")
_PLACE: Final = struct.Struct(">QI")


class UnknownSender(OpenlineError):
    """The relay follows no card of the party that asks, or another key signed."""

    code: ClassVar[str] = "relay.unknown-party"
    remedy: ClassVar[str] = (
        "A party that is followed brings its newer cards itself; of a new one the relay's operator"
        " takes the card: `openline relay follow FILE`."
    )


class BadPut(OpenlineError):
    """A request to the relay that is not what its address takes."""

    code: ClassVar[str] = "relay.bad-request"
    remedy: ClassVar[str] = "Write the request as docs/PROTOCOL.md part 11 says."


class RelayFull(OpenlineError):
    """As much lies here for one party as this relay keeps for one."""

    code: ClassVar[str] = "relay.full"
    remedy: ClassVar[str] = "Use another way; the party has to fetch what lies here."


def put_body(note: bytes, file: bytes) -> bytes:
    """The body of a request that leaves a file."""
    return _LENGTH.pack(len(note)) + note + file


def read_put(body: bytes) -> tuple[bytes, bytes]:
    """The signed ask and the file of such a body."""
    if len(body) < _LENGTH.size:
        raise BadPut("the body is too short")
    (length,) = _LENGTH.unpack_from(body)
    rest = body[_LENGTH.size :]
    if length > len(rest) or not 1 <= len(rest) - length <= FILE_BYTES_MAX:
        raise BadPut(f"a file has 1 to {FILE_BYTES_MAX} bytes")
    return rest[:length], rest[length:]


def fetched_body(serial: int, held: bytes, file: bytes) -> bytes:
    """The answer to a fetch."""
    return _PLACE.pack(serial, len(held)) + held + file


def read_fetched(body: bytes) -> tuple[int, bytes, bytes]:
    """Serial, `held` note and file of such an answer."""
    if len(body) < _PLACE.size:
        raise BadPut("the answer is too short")
    serial, length = _PLACE.unpack_from(body)
    rest = body[_PLACE.size :]
    if length > len(rest):
        raise BadPut("the answer ends in its note")
    return serial, rest[:length], rest[length:]


@dataclass(slots=True)
class RelayService:
    """The service behind the addresses; one per process."""

    name: str
    keys: PartyKeys
    suite: Suite
    store: Store
    clock: Clock
    nonces: dict[str, dict[bytes, int]] = field(default_factory=dict)

    def follow(self, file: bytes) -> str:
        """Follow a party's cards; it may leave and fetch files from now on."""
        return store_party_cards(self.store, self.suite, file)

    def learn(self, file: bytes) -> str:
        """Take a longer card chain of a party that is followed: its keys have changed."""
        try:
            return lengthen_party_cards(self.store, self.suite, file)
        except UnknownParty as fault:
            raise UnknownSender(str(fault)) from None

    def put(self, body: bytes) -> tuple[str, bytes]:
        """Keep a file for an addressee; the addressee, and the signed note that it lies here."""
        note, file = read_put(body)
        asked = self._verified(note, "put", 5)
        addressee, origin, size, root, digest = asked.args
        if hashlib.sha256(file).digest() != unb64(digest, 32, what="hash of the file"):
            raise BadPut("the file is not the one that was signed for")
        if not self.store.cards(check_party(addressee)):
            raise UnknownSender(f"{addressee} is not followed here")
        head = Head(check_key_name(origin), parse_int(size), unb64(root, 32, what="head root"))
        file_hash = hashlib.sha256(file).digest()
        known = self.store.meta(f"relay/file/{addressee}/{file_hash.hex()}")
        if known is not None:
            return addressee, known
        held = Held(self.name, addressee, head, file_hash, max(1, self.clock.now_s()))
        signed = self.keys.sign_request(held.text())
        self._keep(addressee, asked.from_, signed, file_hash, file)
        return addressee, signed

    def fetch(self, body: bytes) -> tuple[str, int, bytes | None]:
        """Forget what the asker has, give the next file: (asker, seconds to wait, answer)."""
        asked = self._verified(body, "fetch", 2)
        after, wait_s = (parse_int(word) for word in asked.args)
        self._forget(asked.from_, after)
        return asked.from_, min(wait_s, WAIT_S_MAX), self.next_for(asked.from_, after)

    def next_for(self, party: str, after: int) -> bytes | None:
        """The first file with a larger serial, as an answer; None when there is none."""
        first, last = self._range(party)
        for serial in range(max(first, after + 1), last + 1):
            row = self.store.meta(f"relay/{party}/{serial}")
            if row:
                file = self.store.body(row[:32])
                if file is not None:
                    return fetched_body(serial, row[32:], file)
        return None

    def _keep(self, party: str, sender: str, held: bytes, file_hash: bytes, file: bytes) -> None:
        first, last = self._range(party)
        used, count = int(self.store.meta(f"relay/bytes/{party}") or b"0"), last - first + 1
        files, theirs = share_of(self.store, party, sender)
        if count >= ADDRESSEE_FILES_MAX or used + len(file) > ADDRESSEE_BYTES_MAX:
            raise RelayFull(f"{count} files of {used} bytes lie here for {party}")
        if (
            files >= ADDRESSEE_FILES_MAX // SENDERS_PART
            or theirs + len(file) > ADDRESSEE_BYTES_MAX // SENDERS_PART
        ):
            raise RelayFull(f"{files} files of {theirs} bytes of {sender} lie here for {party}")
        serial = last + 1
        with self.store.write() as tx:
            tx.put_body(file_hash, file)
            tx.set_meta(copies(file_hash), b"%d" % (copies_of(tx, file_hash) + 1))
            tx.set_meta(f"relay/{party}/{serial}", file_hash + held)
            tx.set_meta(f"relay/from/{party}/{serial}", sender.encode())
            tx.set_meta(share(party, sender), b"%d %d" % (files + 1, theirs + len(file)))
            tx.set_meta(f"relay/file/{party}/{file_hash.hex()}", held)
            tx.set_meta(f"relay/range/{party}", b"%d %d" % (first, serial))
            tx.set_meta(f"relay/bytes/{party}", b"%d" % (used + len(file)))

    def _forget(self, party: str, upto: int) -> None:
        """Drop files that their addressee has; that they lay here stays known by their hash."""
        first, last = self._range(party)
        stop = min(upto, last)
        if stop < first:
            return
        used = int(self.store.meta(f"relay/bytes/{party}") or b"0")
        with self.store.write() as tx:
            for serial in range(first, stop + 1):
                row = tx.meta(f"relay/{party}/{serial}") or b""
                if row:
                    used -= drop(tx, party, serial, row[:32])
                    tx.set_meta(f"relay/{party}/{serial}", b"")
            tx.set_meta(f"relay/range/{party}", b"%d %d" % (stop + 1, last))
            tx.set_meta(f"relay/bytes/{party}", b"%d" % max(0, used))

    def _range(self, party: str) -> tuple[int, int]:
        """The first serial that is kept and the last that was given."""
        first, _, last = (self.store.meta(f"relay/range/{party}") or b"1 0").partition(b" ")
        return int(first), int(last)

    def _verified(self, note: bytes, verb: str, args: int) -> Ask:
        """A fresh ask of a followed party to this relay, with this verb."""
        asked = parse_ask(parse_note(note).text.encode())
        if asked.to != self.name or asked.verb != verb or len(asked.args) != args:
            raise BadPut(f"not `{verb}` to {self.name}")
        rows = self.store.cards(asked.from_)
        try:
            if not rows:
                raise UnknownSender(f"no card of {asked.from_} is followed here")
            open_request(note, parse_card(rows[-1].leaf).http, self.suite)
        except BadSignature:
            raise UnknownSender(f"{asked.from_}: another key than its card's signed") from None
        now_s, seen = self.clock.now_s(), self.nonces.setdefault(asked.from_, {})
        if abs(asked.time_s - now_s) > WINDOW_S or asked.nonce in seen:
            raise BadPut("the request is old, or was seen before")
        while seen and next(iter(seen.values())) < now_s - 2 * WINDOW_S:
            del seen[next(iter(seen))]
        if len(seen) >= NONCES_MAX:
            raise RelayFull(f"{asked.from_}: {len(seen)} requests within {2 * WINDOW_S} s")
        seen[asked.nonce] = now_s
        return asked


def share(party: str, sender: str) -> str:
    """Where it is kept how much of one sender lies here for a party."""
    return f"relay/share/{party}/{sender}"


def share_of(reader: Reader, party: str, sender: str) -> tuple[int, int]:
    """How many files of one sender lie here for a party, and how many bytes."""
    files, _, size = (reader.meta(share(party, sender)) or b"0 0").partition(b" ")
    return int(files), int(size)


def copies(file_hash: bytes) -> str:
    """Where it is kept for how many parties a file lies here."""
    return f"relay/copies/{file_hash.hex()}"


def copies_of(reader: Reader, file_hash: bytes) -> int:
    """For how many parties a file lies here."""
    return int(reader.meta(copies(file_hash)) or b"0")


def drop(tx: Tx, party: str, serial: int, file_hash: bytes) -> int:
    """Let go of one file for one party; how many bytes it had.

    Its bytes stay while they lie here for another: whoever got hold of a file could else leave it
    for itself, fetch that, and so take it away from its addressee.
    """
    size = len(tx.body(file_hash) or b"")
    left = copies_of(tx, file_hash) - 1
    if left <= 0:  # a file of before they were counted has one
        tx.drop_body(file_hash)
    tx.set_meta(copies(file_hash), b"%d" % max(0, left))
    sender = (tx.meta(f"relay/from/{party}/{serial}") or b"").decode()
    if sender:
        files, theirs = share_of(tx, party, sender)
        tx.set_meta(share(party, sender), b"%d %d" % (max(0, files - 1), max(0, theirs - size)))
        tx.set_meta(f"relay/from/{party}/{serial}", b"")
    return size
