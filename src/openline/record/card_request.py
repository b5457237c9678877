"""A card that waits for its root keys, looked at before it is signed: by a machine and by a person.

Shapes   check_request(request, root keys, suite) -> Head to be signed; differences() -> sentences
Units    a card log of size n + 1 ends with card n
Raises   NotNamed when the root keys are not those that the last card named; BadCards, BadNote
Source   docs/PROTOCOL.md part 4.2; docs/decisions/0060-root-keys-away.md
Never    takes the requester's word for anything: the chain is verified from card 0
"""

from collections.abc import Iterator
from typing import ClassVar

from openline.envelope.suite import Suite
from openline.errors import OpenlineError
from openline.formats.card import Card, card_origin, next_of
from openline.formats.card_request import CardRequest
from openline.formats.head import Head
from openline.formats.note import Vkey
from openline.formats.spell import b64, utc
from openline.record.cards import verify_cards
from openline.record.tree import EMPTY, leaf_hash


class NotNamed(OpenlineError):
    """The card to be signed does not follow from the last one by these root keys."""

    code: ClassVar[str] = "record.not-named"
    remedy: ClassVar[str] = "Do not sign it: ask for a request that was made with this file's keys."


def check_request(
    request: CardRequest, roots: tuple[Vkey, Vkey], promise: bytes, suite: Suite
) -> Head:
    """The head of the card log that ends with the waiting card, if these root keys may sign it."""
    card, part = request.card, request.cards
    last = verify_cards(part.party, part.cards, suite)[-1]
    if next_of(*roots) != last.next:
        raise NotNamed(f"card {last.n} has named other root keys for card {card.n}")
    if (card.root1, card.root6, card.next) != (*roots, promise):
        raise NotNamed(f"card {card.n} names other root keys than this file holds")
    hashes = [leaf_hash(leaf) for leaf, _ in part.cards]
    root = EMPTY.extend([*hashes, leaf_hash(card.encode())]).root
    return Head(card_origin(card.party), card.n + 1, root)


def differences(last: Card, card: Card) -> Iterator[str]:
    """What a card says otherwise than the one before, one sentence each."""
    named = {
        "the log keys are new": (last.log1, last.log6) != (card.log1, card.log6),
        "the receipt keys are new": (last.receipt4, last.receipt6)
        != (card.receipt4, card.receipt6),
        "the key of requests is new": last.http != card.http,
        "the sealing key is new": last.seal != card.seal,
        "the orderwire key is new": last.wire != card.wire,
    }
    yield from (sentence for sentence, is_new in named.items() if is_new)
    if last.urls != card.urls:
        yield f"addresses: {', '.join(card.urls) or 'none'}"
    if last.pins != card.pins:
        yield f"TLS keys: {', '.join(b64(pin) for pin in card.pins) or 'none pinned'}"
    if last.desk != card.desk:
        before = last.desk.count if last.desk is not None else 0
        after = card.desk.count if card.desk is not None else 0
        yield f"officers: {after}, before {before}"
    for end in card.ends:
        yield f"{end.vkey.name} of type {end.vkey.kind} ends {end.reason} at {utc(end.time_s)}"
