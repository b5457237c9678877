"""A store-and-forward relay: sealed files lie with it until their addressee fetches them.

Shapes   put(body) -> signed `held` note; fetch(body) -> note and file, or None; lies(body) -> what
         became of a file that was left
Units    files at most 8 MiB; 512 MiB and 4,096 files for one addressee, a quarter of each from one
         sender; times unix seconds UTC
Raises   UnknownSender, BadPut, RelayFull, Stale
Source   docs/PROTOCOL.md part 11; docs/decisions/0099-a-file-is-forgotten-by-its-hash.md
Never    opens a file: it sees who, for whom, which log, sizes and times. Never signs for a file
         before it is durable. Never forgets a file but the one that its addressee names by hash,
         nor for the sake of another one
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
from openline.formats.charter import party_of
from openline.formats.head import Head
from openline.formats.note import parse_note
from openline.formats.request import Ask, Held, parse_ask, parse_held
from openline.formats.spell import check_key_name, check_party, parse_int, unb64
from openline.record.checkpoint import open_request
from openline.store.contract import Store

FILE_BYTES_MAX: Final = 8 * 1024 * 1024
ADDRESSEE_BYTES_MAX: Final = 512 * 1024 * 1024
ADDRESSEE_FILES_MAX: Final = 4_096
SENDER_BYTES_MAX: Final = ADDRESSEE_BYTES_MAX // 4
SENDER_FILES_MAX: Final = ADDRESSEE_FILES_MAX // 4
WAIT_S_MAX: Final = 50
NONCES_MAX: Final = 20_000

_LENGTH: Final = struct.Struct(">I")
NOTHING: Final = "-"
# What became of a file, for who left it: it lies here, it was fetched, nobody left it.
LIES: Final = b"lies\n"
FETCHED: Final = b"fetched\n"
UNKNOWN: Final = b"unknown\n"


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
    """As much lies here for one party, or of one sender for it, as this relay keeps."""

    code: ClassVar[str] = "relay.full"
    remedy: ClassVar[str] = "Use another way; the party has to fetch what lies here."


def with_note(note: bytes, file: bytes) -> bytes:
    """A file behind a signed note: the ask that leaves it, or the relay's word that gives it."""
    return _LENGTH.pack(len(note)) + note + file


def read_with_note(body: bytes) -> tuple[bytes, bytes]:
    """The note and the file of such bytes."""
    if len(body) < _LENGTH.size:
        raise BadPut("the body is too short")
    (length,) = _LENGTH.unpack_from(body)
    rest = body[_LENGTH.size :]
    if length > len(rest) or not 1 <= len(rest) - length <= FILE_BYTES_MAX:
        raise BadPut(f"a file has 1 to {FILE_BYTES_MAX} bytes")
    return rest[:length], rest[length:]


def sender_of(held: bytes) -> str:
    """Who left a file, by this relay's own word for it."""
    return party_of(parse_held(parse_note(held).text.encode()).head.origin)


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
        note, file = read_with_note(body)
        asked = self._verified(note, "put", 5)
        addressee, origin, size, root, digest = asked.args
        file_hash = hashlib.sha256(file).digest()
        if file_hash != unb64(digest, 32, what="hash of the file"):
            raise BadPut("the file is not the one that was signed for")
        if not self.store.cards(check_party(addressee)):
            raise UnknownSender(f"{addressee} is not followed here")
        if party_of(check_key_name(origin)) != asked.from_:
            # Whose files fill the place of whom is judged by this name, here and by the addressee.
            raise BadPut(f"{asked.from_} leaves files about its own logs only")
        head = Head(origin, parse_int(size), unb64(root, 32, what="head root"))
        known = self.store.meta(f"relay/file/{addressee}/{file_hash.hex()}")
        if known is not None:
            return addressee, known
        held = Held(self.name, addressee, head, file_hash, max(1, self.clock.now_s()))
        signed = self.keys.sign_request(held.text())
        self._keep(asked.from_, addressee, signed, file)
        return addressee, signed

    def fetch(self, body: bytes) -> tuple[str, int, bytes | None]:
        """Forget the file that the asker names, give the next: (asker, seconds to wait, answer)."""
        asked = self._verified(body, "fetch", 2)
        taken, wait_s = asked.args[0], parse_int(asked.args[1])
        if taken != NOTHING:
            self._forget(asked.from_, unb64(taken, 32, what="hash of a file"))
        return asked.from_, min(wait_s, WAIT_S_MAX), self.next_for(asked.from_)

    def lies(self, body: bytes) -> bytes:
        """Whether a file lies here that the asker left: after an older copy was put back it may not
        be known any more, for all that the asker has the relay's word."""
        asked = self._verified(body, "lies", 2)
        party, file_hash = check_party(asked.args[0]), unb64(asked.args[1], 32, what="hash")
        known = self.store.meta(f"relay/file/{party}/{file_hash.hex()}")
        if known is None or sender_of(known) != asked.from_:
            return UNKNOWN
        return LIES if self._found(party, file_hash)[0] else FETCHED

    def next_for(self, party: str) -> bytes | None:
        """The file that lies here longest, as an answer; None when there is none."""
        first, last = self._range(party)
        for serial in range(first, last + 1):
            row = self.store.meta(f"relay/{party}/{serial}")
            if row:
                file = self.store.body(row[:32])
                if file is not None:
                    return with_note(row[32:], file)
        return None

    def _keep(self, sender: str, party: str, held: bytes, file: bytes) -> None:
        """Keep a file if it has room. Nothing that lies here gives way to it.

        A sender of whom nothing lies here may always leave one: whoever fills the place of an
        addressee shuts nobody else out.
        """
        file_hash = hashlib.sha256(file).digest()
        first, last = self._range(party)
        used = int(self.store.meta(f"relay/bytes/{party}") or b"0")
        count, left = self._left(party, sender)
        is_full = last - first + 1 >= ADDRESSEE_FILES_MAX or used + len(file) > ADDRESSEE_BYTES_MAX
        if count >= SENDER_FILES_MAX or left + len(file) > SENDER_BYTES_MAX or (is_full and count):
            raise RelayFull(
                f"{last - first + 1} files of {used} bytes lie here for {party},"
                f" {count} of {left} bytes from {sender}"
            )
        serial, lying = last + 1, self._lying(file_hash)
        with self.store.write() as tx:
            tx.put_body(file_hash, file)
            tx.set_meta(f"relay/times/{file_hash.hex()}", b"%d" % (lying + 1))
            tx.set_meta(f"relay/{party}/{serial}", file_hash + held)
            tx.set_meta(f"relay/file/{party}/{file_hash.hex()}", held)
            tx.set_meta(f"relay/range/{party}", b"%d %d" % (first, serial))
            tx.set_meta(f"relay/bytes/{party}", b"%d" % (used + len(file)))
            tx.set_meta(f"relay/left/{party}/{sender}", b"%d %d" % (count + 1, left + len(file)))

    def _forget(self, party: str, file_hash: bytes) -> None:
        """Drop the file that its addressee has; that it lay here stays known by its hash.

        Named by a number, another file could be meant after a copy of this folder was put back.
        """
        first, last = self._range(party)
        serial, row = self._found(party, file_hash)
        if not serial:
            return
        freed = len(self.store.body(file_hash) or b"")
        used = int(self.store.meta(f"relay/bytes/{party}") or b"0")
        sender = sender_of(row[32:])
        count, left = self._left(party, sender)
        lying = self._lying(file_hash)
        with self.store.write() as tx:
            if lying <= 1:
                tx.drop_body(file_hash)
            tx.set_meta(f"relay/times/{file_hash.hex()}", b"%d" % (lying - 1))
            tx.set_meta(f"relay/{party}/{serial}", b"")
            while first <= last and not tx.meta(f"relay/{party}/{first}"):
                first += 1
            tx.set_meta(f"relay/range/{party}", b"%d %d" % (first, last))
            tx.set_meta(f"relay/bytes/{party}", b"%d" % max(0, used - freed))
            rest = (max(0, count - 1), max(0, left - freed))
            tx.set_meta(f"relay/left/{party}/{sender}", b"%d %d" % rest)

    def _found(self, party: str, file_hash: bytes) -> tuple[int, bytes]:
        """Serial and row of a file that lies here for a party; 0 for none."""
        first, last = self._range(party)
        rows = ((n, self.store.meta(f"relay/{party}/{n}") or b"") for n in range(first, last + 1))
        return next(((n, row) for n, row in rows if row[:32] == file_hash), (0, b""))

    def _lying(self, file_hash: bytes) -> int:
        """For how many addressees these bytes lie here: what one has fetched another may not."""
        counted = self.store.meta(f"relay/times/{file_hash.hex()}")
        if counted is None:
            return 0 if self.store.body(file_hash) is None else 1
        return int(counted)

    def _left(self, party: str, sender: str) -> tuple[int, int]:
        """How many files, and bytes, of a sender lie here for a party."""
        kept = self.store.meta(f"relay/left/{party}/{sender}") or b"0 0"
        count, _, left = kept.partition(b" ")
        return int(count), int(left)

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
        # Of each party by itself: one that asks without end uses up nothing of another's.
        now_s, seen = self.clock.now_s(), self.nonces.setdefault(asked.from_, {})
        if abs(asked.time_s - now_s) > WINDOW_S or asked.nonce in seen:
            raise BadPut("the request is old, or was seen before")
        while seen and next(iter(seen.values())) < now_s - 2 * WINDOW_S:
            del seen[next(iter(seen))]
        if len(seen) >= NONCES_MAX:
            raise RelayFull(f"{asked.from_}: {len(seen)} requests within {2 * WINDOW_S} s")
        seen[asked.nonce] = now_s
        return asked
