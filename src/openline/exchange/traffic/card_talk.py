"""Cards between two nodes that talk: what we lack is asked for, what the peer lacks is brought.

Shapes   settle(station, link), fetch_cards(...), bring(station) are parts of a conversation
Units    asked for at most every CARD_AGAIN_S seconds of the clock that nobody sets
Raises   what the driver throws in
Source   docs/PROTOCOL.md parts 4.2 and 7; docs/decisions/0090-who-calls-brings-its-cards.md
Never    waits to be asked: a node that nobody can call, or whose key nobody knows any more, would
         wait for ever
"""

from openline.exchange.membership import identity, own_cards, parties
from openline.exchange.station import Station
from openline.exchange.traffic.link import CARD_AGAIN_S, Link, Talk, ask_peer, attempt, fetch
from openline.formats.proof import parse_cards_part


def settle(station: Station, link: Link) -> Talk:
    """A peer's newer card when its key is not known here; where it refuses ours, both ways."""
    now_s = station.clock.mono_s()
    if now_s - link.cards_asked_s < CARD_AGAIN_S:
        return
    if link.wants_card:
        link.cards_asked_s = now_s
        yield from attempt(station, link, fetch_cards(station, link.peer, link.peer))
    if link.doubts_us:
        link.cards_asked_s = now_s
        yield from attempt(station, link, compare_own(station, link.peer))
    link.wants_card = link.doubts_us = False


def fetch_cards(station: Station, peer: str, party: str) -> Talk:
    """A longer card chain of a party than the one that is held here."""
    held = len(station.cards(party))
    part = yield from ask_peer(station, peer, "card", party, str(held))
    if party == station.party:
        own_cards.take_from(station, peer, part)
        return
    parties.add(station, part, introduced_by=peer, expected=party)


def compare_own(station: Station, peer: str) -> Talk:
    """A peer that refuses our key says which cards of ours it holds.

    If they are more than ours, this node was put back and learns it; if fewer, ours are newer.
    """
    held = len(station.cards(station.party))
    part = yield from ask_peer(station, peer, "card", station.party, str(held))
    own_cards.take_from(station, peer, part)
    if len(parse_cards_part(part).cards) < len(station.cards(station.party)):
        yield from bring(station)


def bring(station: Station) -> Talk:
    """Our cards to a peer that holds fewer; each proves itself, so nothing is signed for it."""
    yield from fetch("cards", identity.own_cards(station))
