"""A party's card log from its first card: every root, every signature, the chain of root keys.

Shapes   verify_cards(party, ((leaf, note)...), suite, fingerprint) -> tuple of Card, card n at n;
         card_at(cards, size) -> the card that a log of that size ends with
Units    a card log of size n + 1 ends with card n
Raises   BadCards, RootsNotNamed, OtherFingerprint, BadNote, Malformed
Source   docs/PROTOCOL.md parts 4 and 9 ("cards")
Never    trusts a card for what comes after it: card n + 1 is signed by keys to which card n has
         only committed, so stolen current keys cannot rotate
"""

from collections.abc import Sequence
from typing import ClassVar

from openline.envelope.suite import Suite
from openline.errors import OpenlineError
from openline.formats.card import Card, card_origin, next_of, parse_card
from openline.formats.head import Head
from openline.record.checkpoint import LogKeys, open_checkpoint
from openline.record.tree import EMPTY, leaf_hash


class BadCards(OpenlineError):
    """Cards that do not make one log from card 0."""

    code: ClassVar[str] = "record.bad-cards"
    remedy: ClassVar[str] = "Ask the party for its card file again and compare the digits with it."


class RootsNotNamed(BadCards):
    """A card is signed by root keys that the card before it has not named: whoever made it holds
    today's keys of the party and not the ones that may replace them."""

    code: ClassVar[str] = "record.roots-not-named"
    remedy: ClassVar[str] = (
        "Refuse the card and ring the party: somebody tries to change its keys with stolen ones."
    )


class OtherFingerprint(OpenlineError):
    """The first card is not the one that was compared or named."""

    code: ClassVar[str] = "record.other-fingerprint"
    remedy: ClassVar[str] = "Compare the thirty digits with the party by telephone or in person."


def verify_cards(
    party: str,
    cards: Sequence[tuple[bytes, bytes]],
    suite: Suite,
    fingerprint: bytes | None = None,
    known: Sequence[bytes] = (),
) -> tuple[Card, ...]:
    """All cards of a party, each with the checkpoint of its log at that size.

    `known` are leaves of this party that were verified before: while the chain is theirs, their
    checkpoints are not verified again, so that a chain brought a thousand times costs little.
    """
    if not cards:
        raise BadCards(f"{party}: no card")
    verified: list[Card] = []
    verified_before = common(known, [leaf for leaf, _ in cards])
    frontier = EMPTY
    for n, (leaf, note) in enumerate(cards):
        card = parse_card(leaf)
        if card.party != party or card.n != n:
            raise BadCards(f"{party}: card {n} is card {card.n} of {card.party}")
        if verified and next_of(card.root1, card.root6) != verified[-1].next:
            raise RootsNotNamed(f"{party}: card {n - 1} has not named the root keys of card {n}")
        frontier = frontier.append(leaf_hash(leaf))
        if n >= verified_before:
            head = open_checkpoint(note, LogKeys.of_card_log(card), suite)
            if head != Head(card_origin(party), n + 1, frontier.root):
                what = f"{party}: the checkpoint of card {n}"
                raise BadCards(f"{what} is of another log, size or root")
        verified.append(card)
    if fingerprint is not None and leaf_hash(cards[0][0]) != fingerprint:
        raise OtherFingerprint(f"{party}: card 0 has another fingerprint")
    return tuple(verified)


def common(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """With how many equal leaves two card logs begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def card_at(cards: Sequence[Card], size: int) -> Card | None:
    """The last card of a card log of this size, if the log at hand reaches so far."""
    return cards[size - 1] if 1 <= size <= len(cards) else None
