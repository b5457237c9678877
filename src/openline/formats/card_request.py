"""A card that waits for its root keys: the chain so far and the card to be signed, as one file.

Shapes   CardRequest <-> bytes; what comes back is the checkpoint note of the longer card log
Units    lengths in bytes
Raises   Malformed
Source   docs/PROTOCOL.md part 4.2; docs/decisions/0060-root-keys-away.md
Never    holds a secret: it may travel to the machine with the root keys by any way
"""

from dataclasses import dataclass
from typing import Final

from openline.formats.card import CARD_BYTES_MAX, Card, parse_card
from openline.formats.malformed import Malformed
from openline.formats.proof import CardsPart, parse_cards_part
from openline.formats.spell import parse_int

REQUEST_BYTES_MAX: Final = 32 * 1024 * 1024

_WHAT: Final = "card request"
_FIRST: Final = b"openline/v1 card request\n"


@dataclass(frozen=True, slots=True)
class CardRequest:
    """The cards of a party so far, and the next one without a signature."""

    cards: CardsPart
    card: Card

    def __post_init__(self) -> None:
        if self.card.party != self.cards.party:
            raise Malformed(_WHAT, "the card is of another party than the cards before it")
        if self.card.n != len(self.cards.cards):
            raise Malformed(_WHAT, f"card {self.card.n} does not follow {len(self.cards.cards)}")

    def encode(self) -> bytes:
        """The file."""
        cards = self.cards.encode()
        return _FIRST + b"%d\n" % len(cards) + cards + self.card.encode()


def parse_card_request(data: bytes) -> CardRequest:
    """Read a request strictly."""
    if len(data) > REQUEST_BYTES_MAX:
        raise Malformed(_WHAT, f"longer than {REQUEST_BYTES_MAX} bytes")
    if not data.startswith(_FIRST):
        raise Malformed(_WHAT, "does not begin as a card request")
    line, _, rest = data[len(_FIRST) :].partition(b"\n")
    length = parse_int(line[:20].decode("ascii", "replace"), what="length of the cards")
    if not 0 < length < len(rest) or len(rest) - length > CARD_BYTES_MAX:
        raise Malformed(_WHAT, "the cards or the card have another length")
    request = CardRequest(parse_cards_part(rest[:length]), parse_card(rest[length:]))
    if request.encode() != data:
        raise Malformed(_WHAT, "not the canonical spelling")
    return request
