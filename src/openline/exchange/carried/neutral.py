"""A neutral witness: cosigns heads that extend what it saw before; it never sees content.

Shapes   Witness.add_checkpoint(body) -> cosignature lines (tlog-witness `add-checkpoint`)
Units    requests at most 16 KiB, at most 63 proof hashes; timestamps unix seconds, never 0
Raises   UnknownOrigin 404, UntrustedNote 403, BadRange 400, SizeConflict 409, BadExtension 422,
         TooFast and TooManyLogs 429, WitnessBehind and WitnessClockUnsure 503
Source   C2SP tlog-witness v1.0.0; docs/PROTOCOL.md part 8
Never    answers before the new head is durable: check and store are one transaction. Never signs
         two heads of one size: what the journal says was signed counts, whatever the database holds
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from openline.envelope.party_keys import PartyKeys
from openline.envelope.suite import BadSignature, Suite
from openline.errors import OpenlineError
from openline.exchange.carried.allowances import Allowances
from openline.exchange.carried.signed_heads import SignedHeads
from openline.exchange.membership.parties import (
    CardConflict,
    lengthen_party_cards,
    store_party_cards,
)
from openline.exchange.refusals import UnknownParty
from openline.exchange.station import Clock
from openline.formats.add_checkpoint import AddCheckpoint, parse_add_checkpoint
from openline.formats.card import Card, card_origin, parse_card
from openline.formats.charter import party_of
from openline.formats.head import EMPTY_ROOT, Head, parse_head, unverified_head
from openline.formats.malformed import Malformed
from openline.record.cards import card_at
from openline.record.checkpoint import LogKeys, open_checkpoint
from openline.record.receipts import compromised_since
from openline.record.tree import BadProof, leaf_hash, root_of, verify_consistency
from openline.store.contract import Anchor, Reader, Store, Tx

NOTE = "witness-note/"
CARDS_KNOWN = 1_024


class UnknownOrigin(OpenlineError):
    """The witness follows no card of the party whose log this is."""

    code: ClassVar[str] = "witness.unknown-origin"
    remedy: ClassVar[str] = "Give the witness the party's card: `openline witness follow FILE`."


class UntrustedNote(OpenlineError):
    """The checkpoint is not signed by the log keys of the party's card; that of a card log not by
    the root keys of the card that it ends with, or not over the cards held here."""

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


class WitnessBehind(OpenlineError):
    """The database of the witness was put back: its journal shows a later head of this log."""

    code: ClassVar[str] = "witness.behind"
    remedy: ClassVar[str] = "Nothing: the next head of the log is checked against the later one."


@dataclass(slots=True)
class Witness:
    """The service behind the addresses; one per process."""

    name: str
    keys: PartyKeys
    suite: Suite
    store: Store
    anchor: Anchor
    clock: Clock
    is_timeless: bool = False
    allowances: Allowances = field(default_factory=Allowances)
    signed: SignedHeads = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.signed = SignedHeads(self.anchor, self.clock, self.is_timeless)
        self.allowances.know(self.signed.origins())

    def add_checkpoint(self, body: bytes) -> bytes:
        """Cosign a checkpoint that extends the stored one."""
        (answer,) = self.add_checkpoints([body])
        if isinstance(answer, OpenlineError):
            raise answer
        return answer

    def add_checkpoints(self, bodies: Sequence[bytes]) -> list[bytes | OpenlineError]:
        """The same for requests that wait together: one transaction and one anchor for all.

        What is wrong with one is its own answer. Nothing is cosigned before all is durable.
        """
        time_s = self.signed.time_s()
        found: list[Head | OpenlineError] = []
        asked = [self._asked(body) for body in bodies]
        with self.store.write() as tx:
            for each in asked:
                found.append(self._extended(tx, each))
        heads = [head for head in found if isinstance(head, Head)]
        self.signed.append(heads, time_s)
        return [
            self.keys.witness_cosign(each, time_s) if isinstance(each, Head) else each
            for each in found
        ]

    def _asked(self, body: bytes) -> AddCheckpoint | OpenlineError:
        """A request whose signatures are good, or why it is none."""
        try:
            asked = parse_add_checkpoint(body)
            self._verified(asked.head.origin, asked.note)
        except Malformed as fault:
            return BadRange(str(fault))
        except OpenlineError as refused:
            return refused
        return asked

    def _extended(self, tx: Tx, asked: AddCheckpoint | OpenlineError) -> Head | OpenlineError:
        """Compare with what is stored and store the new head, or say why not."""
        if isinstance(asked, OpenlineError):
            return asked
        head = asked.head
        held = self._held(tx, head.origin)
        if held.size != asked.old:
            return SizeConflict(held.size)
        try:
            check_extension(held, head, asked.proof)
        except BadExtension as refused:
            return refused
        key = f"witness/{head.origin}"
        is_new = self.signed.of(head.origin) is None and tx.meta(key) is None
        asked_for = {"is_new": is_new, "is_again": held == head and not is_new}
        now_s = self.clock.mono_s()
        refusal = self.allowances.refusal_of(head, **asked_for, now_s=now_s)
        if refusal is not None:
            return refusal
        self.allowances.spend(head, **asked_for, now_s=now_s)
        tx.set_meta(key, head.text().encode())
        tx.set_meta(NOTE + head.origin, asked.note)
        return head

    def _held(self, reader: Reader, origin: str) -> Head:
        """The head that the next one has to extend: what was signed, or what was about to be.

        The database is behind the journal where it was put back, and before it where the journal's
        disk was full after a commit.
        """
        stored, signed = reader.meta(f"witness/{origin}"), self.signed.of(origin)
        held = parse_head(stored) if stored else Head(origin, 0, EMPTY_ROOT)
        if signed is not None and signed.size >= held.size:
            return Head(origin, signed.size, signed.root)
        return held

    def latest(self, origin: str) -> bytes | None:
        """The newest checkpoint accepted for an origin, for whoever monitors."""
        note, held = self.store.meta(NOTE + origin), self._held(self.store, origin)
        if held != (unverified_head(note) if note else Head(origin, 0, EMPTY_ROOT)):
            raise WitnessBehind(f"{origin}: size {held.size} was signed, its note is lost")
        return note

    def origins(self) -> list[str]:
        """Every origin of which a checkpoint was signed."""
        return self.signed.origins()

    def confirm(self) -> int:
        """The operator says that folder and clock are right; of how many logs heads were signed."""
        return self.signed.confirm([self._held(self.store, o) for o in self.store.metas(NOTE)])

    def follow(self, file: bytes) -> str:
        """Follow a party's cards; the logs that they name are witnessed from now on."""
        return store_party_cards(self.store, self.suite, file)

    def learn(self, file: bytes) -> str:
        """Take a longer card chain of a party that is followed: its keys have changed."""
        try:
            return lengthen_party_cards(self.store, self.suite, file)
        except Malformed as fault:
            raise BadRange(str(fault)) from None
        except UnknownParty as fault:
            raise UnknownOrigin(str(fault)) from None
        except CardConflict as fault:
            raise UntrustedNote(str(fault)) from None

    def _verified(self, origin: str, note: bytes) -> Head:
        try:
            party = party_of(origin)
        except Malformed:
            raise UnknownOrigin(f"{origin[:100]} is not a log of a party followed here") from None
        rows = self.store.cards(party)
        cards = [known_card(row.leaf) for row in rows]
        if not cards:
            raise UnknownOrigin(f"{origin}: no card of {party} is followed here")
        if origin == card_origin(party):
            return self._card_log(note, cards, [leaf_hash(row.leaf) for row in rows])
        fault: OpenlineError | None = None
        for card in reversed(cards):
            if compromised_since(cards, card.log1) is not None:
                fault = UntrustedNote(f"the keys of card {card.n} were stolen")
                continue
            try:
                return open_checkpoint(note, LogKeys.of(card, origin), self.suite)
            except OpenlineError as refused:
                fault = refused
        raise UntrustedNote(f"{origin}: {fault}")

    def _card_log(self, note: bytes, cards: Sequence[Card], hashes: Sequence[bytes]) -> Head:
        """A head of a card log: by the root keys of the card that it ends with, over the cards that
        are held here, for whoever brought those has proved the whole chain."""
        head = unverified_head(note)
        card = card_at(cards, head.size)
        if card is None:
            raise UntrustedNote(f"{head.origin}: of {head.size} cards {len(cards)} are held here")
        try:
            opened = open_checkpoint(note, LogKeys.of_card_log(card), self.suite)
        except BadSignature as fault:
            raise UntrustedNote(f"{head.origin}: {fault}") from None
        if opened.root != root_of(hashes[: head.size]):
            raise UntrustedNote(f"{head.origin}: other cards than are held here")
        return opened


@lru_cache(maxsize=CARDS_KNOWN)
def known_card(leaf: bytes) -> Card:
    """A card that was checked when it was stored; its log asks again with every head."""
    return parse_card(leaf)


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
