"""Receipts under cards, and what becomes of one whose key later came into other hands.

Shapes   count_receipts(head, lines, counted, chains, vouchers, suite) -> (party to time, remarks)
Units    times are unix seconds UTC
Raises   BadNote, BadSignature
Source   docs/PROTOCOL.md parts 4 ("end") and 8 ("Receipt")
Never    lets a party take a receipt back by calling its key compromised: what its own log, or the
         sender's, named under a head that a quorum held before that time still counts
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openline.envelope.suite import Suite
from openline.formats.card import Card
from openline.formats.charter import party_of
from openline.formats.head import Head
from openline.formats.note import Signature, Vkey, spell_signatures
from openline.record.checkpoint import find_line, required_line, verify_cosignature_pair

COMPROMISED: Final = "compromised"


@dataclass(frozen=True, slots=True)
class Voucher:
    """A statement in `party`'s log, under a head that a quorum held at `committed_s`.

    Either "I held this head" (`seen`, with its root), or "I held this receipt for it" (`receipts`,
    with the hash of its two lines).
    """

    party: str
    origin: str
    size: int
    root: bytes | None
    lines_hash: bytes | None
    committed_s: int

    def covers(self, addressee: str, head: Head, lines_hash: bytes, since_s: int) -> bool:
        """Whether this shows that the addressee's receipt stood before its key was lost."""
        if self.origin != head.origin or self.committed_s >= since_s:
            return False
        if self.lines_hash is not None:
            is_sender = self.party == party_of(head.origin)
            return is_sender and self.size == head.size and self.lines_hash == lines_hash
        if self.party != addressee:
            return False
        return self.size > head.size or (self.size == head.size and self.root == head.root)


def count_receipts(
    head: Head,
    lines: Sequence[Signature],
    counted: Mapping[str, int],
    chains: Mapping[str, Sequence[Card]],
    vouchers: Iterable[Voucher],
    suite: Suite,
) -> tuple[dict[str, int], list[str]]:
    """Receipts that the policy counted, and those under the keys of compared cards."""
    receipts, remarks = dict(counted), []
    known = tuple(vouchers)
    for party, cards in chains.items():
        used = [card for card in reversed(cards) if find_line(lines, card.receipt6) is not None]
        if not used:
            continue
        card = used[0]
        if party not in receipts:
            receipts[party] = verify_cosignature_pair(
                head, lines, card.receipt4, card.receipt6, suite
            )
        since_s = compromised_since(cards, card.receipt6)
        if since_s is None:
            continue
        digest = receipt_hash(lines, card)
        if any(each.covers(party, head, digest, since_s) for each in known):
            remarks.append(
                f"the key of the receipt of {party} was reported compromised; the receipt was"
                " named before that in a log that the quorum held, so it stands"
            )
        else:
            del receipts[party]
            remarks.append(
                f"the receipt of {party} is not counted: its key was reported compromised, and"
                " nothing here shows that the receipt was given before"
            )
    return receipts, remarks


def receipt_hash(lines: Sequence[Signature], card: Card) -> bytes:
    """What the sender's `keys` entry says of a receipt: SHA-256 of its two lines, 0x04 first."""
    pair = [required_line(lines, vkey) for vkey in (card.receipt4, card.receipt6)]
    return hashlib.sha256(spell_signatures(pair)).digest()


def compromised_since(cards: Sequence[Card], vkey: Vkey) -> int | None:
    """The earliest time from which a card says that this key was in other hands."""
    times = [
        end.time_s
        for card in cards
        for end in card.ends
        if end.vkey.public == vkey.public and end.reason == COMPROMISED
    ]
    return min(times) if times else None
