"""A neutral witness: cosigns heads that extend what it saw before; it never sees content.

Shapes   Witness.add_checkpoint(body) -> cosignature lines (tlog-witness `add-checkpoint`)
Units    requests at most 16 KiB, at most 63 proof hashes; timestamps unix seconds, never 0
Raises   UnknownOrigin 404, UntrustedNote 403, BadRange 400, SizeConflict 409, BadExtension 422
Source   C2SP tlog-witness v1.0.0; docs/PROTOCOL.md part 8
Never    answers before the new head is durable: check and store are one transaction
"""

from dataclasses import dataclass
from typing import ClassVar

from openline.envelope.party_keys import PartyKeys
from openline.envelope.suite import Suite
from openline.errors import OpenlineError
from openline.exchange.parties import store_party_cards
from openline.exchange.station import Clock
from openline.formats.add_checkpoint import parse_add_checkpoint
from openline.formats.card import Card, parse_card
from openline.formats.charter import party_of
from openline.formats.head import EMPTY_ROOT, Head, parse_head
from openline.formats.malformed import Malformed
from openline.record.checkpoint import LogKeys, open_checkpoint
from openline.record.tree import BadProof, verify_consistency
from openline.store.contract import Anchor, AnchorRecord, Store

ORIGINS = "witness/origins"


class UnknownOrigin(OpenlineError):
    """The witness follows no card of the party whose log this is."""

    code: ClassVar[str] = "witness.unknown-origin"
    remedy: ClassVar[str] = "Give the witness the party's card: `openline witness follow FILE`."


class UntrustedNote(OpenlineError):
    """The checkpoint is not signed by the log keys of the party's card."""

    code: ClassVar[str] = "witness.untrusted-note"
    remedy: ClassVar[str] = "Send the log's own two signature lines; give the newest card."


class BadRange(OpenlineError):
    """The request is malformed, or its old size is larger than its checkpoint."""

    code: ClassVar[str] = "witness.bad-request"
    remedy: ClassVar[str] = "Write the request as tlog-witness asks."


class SizeConflict(OpenlineError):
    """The old size is not the one that the witness holds."""

    code: ClassVar[str] = "witness.size-conflict"
    remedy: ClassVar[str] = "Ask again with the size in the answer."

    def __init__(self, held: int) -> None:
        super().__init__(f"the witness holds size {held}")
        self.held = held


class BadExtension(OpenlineError):
    """The checkpoint does not extend the head that the witness holds."""

    code: ClassVar[str] = "witness.bad-extension"
    remedy: ClassVar[str] = "Look at the log: a head that does not extend the last one is evidence."


@dataclass(slots=True)
class Witness:
    """The service behind the addresses; one per process."""

    name: str
    keys: PartyKeys
    suite: Suite
    store: Store
    anchor: Anchor
    clock: Clock

    def add_checkpoint(self, body: bytes) -> bytes:
        """Cosign a checkpoint that extends the stored one."""
        try:
            asked = parse_add_checkpoint(body)
        except Malformed as fault:
            raise BadRange(str(fault)) from None
        origin, old, note = asked.head.origin, asked.old, asked.note
        head = self._verified(origin, note)
        time_s = max(1, self.clock.now_s())
        key = f"witness/{origin}"
        with self.store.write() as tx:
            stored = tx.meta(key)
            held = parse_head(stored) if stored else Head(origin, 0, EMPTY_ROOT)
            if held.size != old:
                raise SizeConflict(held.size)
            check_extension(held, head, asked.proof)
            tx.set_meta(key, head.text().encode())
            tx.set_meta(f"witness-note/{origin}", note)
            if not stored:
                known = (tx.meta(ORIGINS) or b"") + origin.encode() + b"\n"
                tx.set_meta(ORIGINS, known)
        self.anchor.append([AnchorRecord(origin, head.size, head.root, time_s)])
        return self.keys.witness_cosign(head, time_s)

    def latest(self, origin: str) -> bytes | None:
        """The newest checkpoint accepted for an origin, for whoever monitors."""
        return self.store.meta(f"witness-note/{origin}")

    def origins(self) -> list[str]:
        """Every origin of which a checkpoint was accepted."""
        return (self.store.meta(ORIGINS) or b"").decode().splitlines()

    def follow(self, file: bytes) -> str:
        """Follow a party's cards; the logs that they name are witnessed from now on."""
        return store_party_cards(self.store, self.suite, file)

    def _verified(self, origin: str, note: bytes) -> Head:
        try:
            party = party_of(origin)
        except Malformed:
            raise UnknownOrigin(f"{origin[:100]} is not a log of a party followed here") from None
        cards: list[Card] = [parse_card(row.leaf) for row in self.store.cards(party)]
        if not cards:
            raise UnknownOrigin(f"{origin}: no card of {party} is followed here")
        fault: OpenlineError | None = None
        for card in reversed(cards):
            try:
                return open_checkpoint(note, LogKeys.of(card, origin), self.suite)
            except OpenlineError as refused:
                fault = refused
        raise UntrustedNote(f"{origin}: {fault}")


def check_extension(held: Head, head: Head, proof: tuple[bytes, ...]) -> None:
    """The offered head must extend the held one; the proof must be exactly what is due."""
    if held.size == 0 and proof:
        raise BadExtension("a proof from size 0 must be empty")
    if head.size == 0 and head.root != EMPTY_ROOT:
        raise BadExtension("size 0 with another root than that of the empty tree")
    if held.size == head.size:
        if held.root != head.root or proof:
            raise BadExtension(f"size {head.size} was seen with another root")
        return
    if held.size:
        try:
            verify_consistency(held.size, head.size, proof, held.root, head.root)
        except BadProof as fault:
            raise BadExtension(str(fault)) from None
