"""Cards that somebody brings unasked, a caller or a parcel: the chain proves itself.

Shapes   take(station, file, expected) -> Brought
Units    at most BROUGHT_PER_DAY_MAX longer chains of one party on one day (UTC)
Raises   UnknownParty, TooMany, OtherFingerprint, CardsNotNamed, BadCards, CardConflict,
         CardRefused, Malformed
Source   docs/PROTOCOL.md part 4.2; docs/decisions/0090-who-calls-brings-its-cards.md
Never    gets to know a party: only who is known here has its cards continued. Never takes a card
         whose root keys the card before did not name, nor one that another stands in the place of
"""

from typing import Final, NamedTuple

from openline.exchange.membership import parties
from openline.exchange.membership.parties import CardConflict, CardRefused, CardsNotNamed
from openline.exchange.refusals import TooMany, UnknownParty
from openline.exchange.station import Station
from openline.formats.proof import CardsPart, parse_cards_part
from openline.record.cards import RootsNotNamed, common

BROUGHT_PER_DAY_MAX: Final = 64
DAY_S: Final = 86_400
ANYBODY: Final = "whoever calls in its name"


class Brought(NamedTuple):
    """How many cards of a party are held now, and how many of them are new."""

    held: int
    fresh: int


def take(station: Station, file: bytes, *, expected: str | None = None) -> Brought:
    """Continue the cards of a known party; what is held already, or is shorter, changes nothing.

    Of a chain that is not the one held only the first other card is looked at: signed by roots
    that the card before it names, it freezes its party; else it is nothing.
    """
    part = parse_cards_part(file)
    if expected not in (None, part.party):
        raise CardRefused(f"cards of {part.party} came in the name of {expected}")
    if part.party == station.party:
        raise CardConflict("these are this party's own cards")
    held = [row.leaf for row in station.store.cards(part.party)]
    if not held:
        raise UnknownParty(f"{part.party}: no card of this party is held here")
    same = common(held, [leaf for leaf, _ in part.cards])
    if same == len(part.cards):
        return Brought(len(held), 0)
    if same < len(held):
        part = CardsPart(part.party, part.cards[: same + 1])
    count = brought_today(station, part.party)
    if count >= BROUGHT_PER_DAY_MAX:
        raise TooMany(f"{part.party}: {count} new chains of cards today already")
    try:
        parties.add(station, part.encode(), introduced_by=ANYBODY)
    except RootsNotNamed as refused:
        raise CardsNotNamed(str(refused)) from None
    with station.store.write() as tx:
        tx.set_meta(mark(part.party), b"%d %d" % (station.clock.now_s() // DAY_S, count + 1))
    return Brought(len(part.cards), len(part.cards) - len(held))


def brought_today(station: Station, party: str) -> int:
    """How many chains were taken today: only the holder of the root keys can use this up."""
    day, _, count = (station.store.meta(mark(party)) or b"0 0").partition(b" ")
    return int(count) if int(day) == station.clock.now_s() // DAY_S else 0


def mark(party: str) -> str:
    """Where it is counted."""
    return f"cards-brought/{party}"
