"""This party's own card log: made once, extended by every change of officers or addresses.

Shapes   create() writes card 0; revise() writes the next card, signed by the keys its forerunner
         committed to; officers are leaves of a tree whose root stands in the card
Units    card n is the card log's entry n; the card log's size is n + 1
Raises   AlreadyMade, OfficerRefused
Source   docs/PROTOCOL.md part 4
Never    keeps a root key after it has signed: only the next pair waits in the keyring
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from openline.envelope.keyring import public_card_keys
from openline.envelope.party_keys import sign_card
from openline.errors import OpenlineError
from openline.exchange import sequence
from openline.exchange.station import Station
from openline.formats.card import Card, Desk, OfficerLeaf, card_origin, fingerprint
from openline.formats.head import Head
from openline.formats.proof import CardsPart
from openline.record.officers import officers_root
from openline.record.tree import EMPTY, leaf_hash
from openline.store.contract import AnchorRecord, CardRow, PartyRow


class AlreadyMade(OpenlineError):
    """This node has its first card; the fingerprint others compared does not change."""

    code: ClassVar[str] = "exchange.already-made"
    remedy: ClassVar[str] = (
        "Change officers with `openline officer`, addresses with `openline party`."
    )


class OfficerRefused(OpenlineError):
    """An officer cannot be entered: the key or the person stands in the tree already."""

    code: ClassVar[str] = "exchange.officer-refused"
    remedy: ClassVar[str] = "Use a new key for a new person; see `openline officer list`."


def create(station: Station, urls: Sequence[str], rp_id: str) -> Card:
    """Card 0 of this party, without officers."""
    if station.cards(station.party):
        raise AlreadyMade(f"{station.party} has its card")
    desk = Desk(rp_id, 0, None)
    return publish(station, card_of(station, 0, tuple(urls), desk), ())


def revise(
    station: Station,
    *,
    officers: Sequence[OfficerLeaf] | None = None,
    urls: Sequence[str] | None = None,
) -> Card:
    """The next card, with other officers or addresses; roots turn with every card.

    Root keys that were turned in but never signed (a crash in between) are used, not turned again:
    the card before this one commits to exactly them.
    """
    spend_used_root(station)  # left over where the disk was full when the last card was made
    last = station.cards(station.party)[-1]
    leaves = tuple(officers) if officers is not None else current_officers(station)
    desk = desk_of(last, leaves)
    if station.keyring.root is None:
        station.keep_keyring(station.keyring.turn_root(station.random))
    addresses = tuple(urls) if urls is not None else last.urls
    return publish(station, card_of(station, last.n + 1, addresses, desk), leaves)


def card_of(station: Station, n: int, urls: tuple[str, ...], desk: Desk) -> Card:
    """Card n with the public side of every key in the keyring."""
    keys = public_card_keys(station.keyring, station.suite)
    return Card(
        party=station.party,
        n=n,
        time_s=station.clock.now_s(),
        root1=keys.root1,
        root6=keys.root6,
        next=keys.next,
        log1=keys.log1,
        log6=keys.log6,
        receipt4=keys.receipt4,
        receipt6=keys.receipt6,
        http=keys.http,
        seal=keys.seal,
        wire=keys.wire,
        desk=desk,
        urls=urls,
        pins=(),
        ends=(),
    )


def spend_used_root(station: Station) -> None:
    """Destroy a root that has signed its card already; called at start, after a crash between."""
    root = station.keyring.root
    cards = station.cards(station.party)
    if root is None or not cards:
        return
    keys = public_card_keys(station.keyring, station.suite)
    if cards[-1].root1 == keys.root1:
        station.keep_keyring(station.keyring.spend_root())
        station.suite.forget()


def desk_of(last: Card, leaves: Sequence[OfficerLeaf]) -> Desk:
    """The desk line of a card with these officers."""
    if last.desk is None:
        raise OfficerRefused("the card names no desk")
    keys = {leaf.spki for leaf in leaves}
    people = {leaf.person for leaf in leaves}
    if len(keys) != len(leaves) or len(people) != len(leaves):
        raise OfficerRefused("a key or a person would stand in the tree twice")
    root = officers_root(leaves) if leaves else None
    return replace(last.desk, count=len(leaves), root=root)


def current_officers(station: Station) -> tuple[OfficerLeaf, ...]:
    """The officers on this party's newest card."""
    return station.officers(len(station.cards(station.party)))


def publish(station: Station, card: Card, leaves: Sequence[OfficerLeaf]) -> Card:
    """Sign, store and anchor a card; its root keys are gone after this."""
    chain = (*station.cards(station.party), card)
    hashes = [leaf_hash(each.encode()) for each in chain]
    frontier = EMPTY.extend(hashes)
    head = Head(card_origin(station.party), len(chain), frontier.root)
    note = sign_card(station.keyring, head, card.time_s, station.suite)
    text = "\n".join(leaf.text() for leaf in leaves)
    with station.store.write() as tx:
        tx.put_card(CardRow(station.party, card.n, card.encode(), note))
        tx.set_meta(f"officers/{len(chain)}", text.encode())
        if card.n == 0:
            tx.put_party(PartyRow(station.party, fingerprint(card), "self", "", station.party))
    station.forget(party=station.party)
    record = AnchorRecord(head.origin, head.size, head.root, station.clock.now_s())
    station.unanchored.append(record)
    spend_used_root(station)
    sequence.anchor_owed(station)
    return card


def own_cards(station: Station) -> bytes:
    """The card chain as a file to hand to another party."""
    rows = station.store.cards(station.party)
    return CardsPart(station.party, tuple((row.leaf, row.note) for row in rows)).encode()
