"""This party's own card log: made once, extended by every change of keys, officers or addresses.

Shapes   create() writes card 0; revise() writes the next card where its root keys are here;
         propose() leaves it waiting for root keys that are away, hand_in() takes the signature
Units    card n is the card log's entry n; the card log's size is n + 1
Raises   AlreadyMade, OfficerRefused, CardWaits, NoCardWaits, PlanRefused, RootsAway
Source   docs/PROTOCOL.md part 4; docs/decisions/0060-root-keys-away.md
Never    keeps a root key after it has signed. The stored card decides which keys count: seeds wait
         in the keyring beside the old ones until then, so a crash leaves either the old or the new
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeAlias

from openline.envelope.keyring import (
    KeptCard,
    Keyring,
    RootsAway,
    public_card_keys,
    role_keys,
    root_vkeys,
)
from openline.envelope.party_keys import PartyKeys, sign_card
from openline.errors import OpenlineError
from openline.exchange.logs import card_heads, clocks, sequence
from openline.exchange.membership.own_cards import look_at_keys, require_newest
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.card import (
    Card,
    Desk,
    End,
    OfficerLeaf,
    card_origin,
    fingerprint,
    next_of,
    parse_card,
    parse_officer,
)
from openline.formats.card_request import CardRequest
from openline.formats.head import Head
from openline.formats.note import Vkey, parse_vkey
from openline.formats.openjson import Value
from openline.formats.proof import CardsPart
from openline.record.cards import verify_cards
from openline.record.officers import officers_root
from openline.record.tree import EMPTY, leaf_hash
from openline.store.contract import AnchorRecord, CardRow, PartyRow

WAITING: Final = "card/waiting"
PLAN: Final = "card/plan"


RootPair: TypeAlias = tuple[Vkey, Vkey]


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


class CardWaits(OpenlineError):
    """A card of this party waits for its root keys; two cards in one place would freeze us."""

    code: ClassVar[str] = "exchange.card-waits"
    remedy: ClassVar[str] = "Hand in the signed card with `openline keys hand-in`, or give it up."


class NoCardWaits(OpenlineError):
    """No card waits for its root keys, or another one than the one that was signed."""

    code: ClassVar[str] = "exchange.no-card-waits"
    remedy: ClassVar[str] = "Make the change anew; `openline keys show` says what waits."


class PlanRefused(OpenlineError):
    """Root keys that our newest card has not named, or that leave a gap behind it."""

    code: ClassVar[str] = "exchange.plan-refused"
    remedy: ClassVar[str] = "Take the newest copy of the ceremony file of this party."


@dataclass(frozen=True, slots=True)
class Roots:
    """The root keys of one card, and what it says after `next`."""

    root1: Vkey
    root6: Vkey
    next: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What the next card says otherwise than the last one; `turns` asks for new node keys."""

    officers: tuple[OfficerLeaf, ...] | None = None
    urls: tuple[str, ...] | None = None
    pins: tuple[bytes, ...] | None = None
    ends: tuple[End, ...] = ()
    turns: bool = False


def create(station: Station, urls: Sequence[str], rp_id: str) -> Card:
    """Card 0 of this party, without officers."""
    if station.cards(station.party):
        raise AlreadyMade(f"{station.party} has its card")
    keyring = station.keyring
    card = card_of(station, keyring, 0, roots_here(station, keyring), Desk(rp_id, 0, None))
    return publish(station, replace(card, urls=tuple(urls)), ())


def revise(
    station: Station,
    *,
    officers: Sequence[OfficerLeaf] | None = None,
    urls: Sequence[str] | None = None,
    change: Change | None = None,
    plan: Sequence[RootPair] = (),
) -> Card:
    """The next card, signed by root keys that are on this machine; roots turn with every card.

    Root keys that were turned in but never signed (a crash in between) are used, not turned again:
    the card before this one commits to exactly them. `plan` is the public side of root keys that a
    ceremony made for the cards after this one; they are away from then on.
    """
    require_newest(station)
    clocks.require_sure(station)  # a card bears a time, and ends keys by it
    wanted = change or Change(
        tuple(officers) if officers is not None else None,
        tuple(urls) if urls is not None else None,
    )
    refuse_waiting(station)
    settle(station)  # left over where the disk was full when the last card was made
    keyring = station.keyring
    if keyring.root is None:
        keyring = keyring.turn_root(station.random)
    if wanted.turns:
        keyring = keyring.stage(station.random)
    roots = roots_here(station, keyring)
    if plan:
        roots = replace(roots, next=next_of(*plan[0]))
    card, leaves = next_card(station, keyring, wanted, roots)
    if keyring != station.keyring:
        station.keep_keyring(keyring)
    return publish(station, card, leaves, plan)


def propose(station: Station, wanted: Change, roots: Roots) -> CardRequest:
    """The next card, to be signed where its root keys are; it waits here until then."""
    require_newest(station)
    clocks.require_sure(station)  # a card bears a time, and ends keys by it
    refuse_waiting(station)
    settle(station)
    keyring = station.keyring.stage(station.random) if wanted.turns else station.keyring
    card, leaves = next_card(station, keyring, wanted, roots)
    request = CardRequest(own_part(station), card)
    waiting: dict[str, Value] = {"card": card.text(), "officers": [x.text() for x in leaves]}
    if keyring != station.keyring:
        station.keep_keyring(keyring)
    with station.store.write() as tx:
        tx.set_meta(WAITING, openjson.encode(waiting, values_max=100_000))
    return request


def amend(station: Station, wanted: Change) -> CardRequest | None:
    """The next card: published where its root keys are here, else a request that waits for them."""
    if not roots_are_away(station):
        revise(station, change=wanted)
        return None
    return propose(station, wanted, planned_roots(station))


def roots_are_away(station: Station) -> bool:
    """Whether a ceremony has put the root keys of the next card away from this machine."""
    return station.keyring.root is None and station.keyring.next_root is None


def keep_plan(station: Station, first: int, roots: Sequence[RootPair]) -> None:
    """Know the public side of root keys that are away, those of the cards from `first` on."""
    last = station.cards(station.party)[-1]
    at = last.n + 1 - first
    if not 0 <= at < len(roots) or next_of(*roots[at]) != last.next:
        raise PlanRefused(f"card {last.n} has not named these root keys of card {last.n + 1}")
    with station.store.write() as tx:
        tx.set_meta(PLAN, spell_plan(first, roots))


def spell_plan(first: int, roots: Sequence[RootPair]) -> bytes:
    """A plan as it is kept."""
    listed: list[Value] = [[root1.text(), root6.text()] for root1, root6 in roots]
    return openjson.encode({"first": first, "roots": listed}, values_max=100_000)


def plan_of(station: Station) -> tuple[int, list[RootPair]]:
    """The first card of the plan and its root keys; nothing where no plan is kept."""
    data = station.store.meta(PLAN)
    value = openjson.decode(data, values_max=100_000) if data else {}
    if not isinstance(value, dict) or not value:
        return 0, []
    rows = value["roots"] if isinstance(value["roots"], list) else []
    pairs = [(parse_vkey(str(r[0])), parse_vkey(str(r[1]))) for r in rows if isinstance(r, list)]
    return int(str(value["first"])), pairs


def planned_roots(station: Station) -> Roots:
    """What the next card says of its root keys, as far as the plan reaches."""
    first, roots = plan_of(station)
    at = len(station.cards(station.party)) - first
    if not 0 <= at < len(roots) - 1:
        raise RootsAway("what the ceremony file holds is not known here")
    return Roots(*roots[at], next_of(*roots[at + 1]))


def hand_in(station: Station, note: bytes) -> Card:
    """Publish the card that waits, with the signature of its root keys."""
    found = waiting_card(station)
    if found is None:
        raise NoCardWaits("no card waits for its root keys")
    card, leaves = found
    part = own_part(station)
    chain = [*part.cards, (card.encode(), note)]
    verify_cards(station.party, chain, station.suite)  # of this card, at this size, by its roots
    return store(station, card, leaves, note)


def give_up(station: Station) -> bool:
    """Forget the card that waits, and the keys that it would have named."""
    waits = station.store.meta(WAITING)
    with station.store.write() as tx:
        tx.set_meta(WAITING, b"")
    settle(station)
    return bool(waits)


def waiting_card(station: Station) -> tuple[Card, tuple[OfficerLeaf, ...]] | None:
    """The card that waits for its root keys, with its officers."""
    data = station.store.meta(WAITING)
    value = openjson.decode(data, values_max=100_000) if data else {}
    if not isinstance(value, dict) or not value:
        return None
    listed = value["officers"]
    leaves = [str(x).encode() for x in listed] if isinstance(listed, list) else []
    return parse_card(str(value["card"]).encode()), tuple(map(parse_officer, leaves))


def waiting_request(station: Station) -> CardRequest:
    """The request of the card that waits."""
    found = waiting_card(station)
    if found is None:
        raise NoCardWaits("no card waits for its root keys")
    return CardRequest(own_part(station), found[0])


def refuse_waiting(station: Station) -> None:
    """One card at a time."""
    found = waiting_card(station)
    if found is not None:
        raise CardWaits(f"card {found[0].n} waits for the signature of its root keys")


def roots_here(station: Station, keyring: Keyring) -> Roots:
    """The root in hand, and its successor."""
    keys = public_card_keys(keyring, station.suite)
    return Roots(keys.root1, keys.root6, keys.next)


def next_card(
    station: Station, keyring: Keyring, wanted: Change, roots: Roots
) -> tuple[Card, tuple[OfficerLeaf, ...]]:
    """The card after the last one, and the officers that it commits to."""
    last = station.cards(station.party)[-1]
    if not wanted.turns:
        station.require_keys()  # a card would name keys anew that an earlier one has ended
    if next_of(roots.root1, roots.root6) != last.next:
        raise PlanRefused(f"card {last.n} has not named these root keys of card {last.n + 1}")
    leaves = current_officers(station) if wanted.officers is None else wanted.officers
    card = card_of(station, keyring.to_come(), last.n + 1, roots, desk_of(last, leaves))
    urls = last.urls if wanted.urls is None else wanted.urls
    pins = last.pins if wanted.pins is None else wanted.pins
    return replace(card, urls=urls, pins=pins, ends=wanted.ends), leaves


def card_of(station: Station, keyring: Keyring, n: int, roots: Roots, desk: Desk) -> Card:
    """Card n with the public side of every key in the keyring."""
    keys = role_keys(keyring, station.suite)
    return Card(
        party=station.party,
        n=n,
        time_s=station.clock.now_s(),
        root1=roots.root1,
        root6=roots.root6,
        next=roots.next,
        log1=keys.log1,
        log6=keys.log6,
        receipt4=keys.receipt4,
        receipt6=keys.receipt6,
        http=keys.http,
        seal=keys.seal,
        wire=keys.wire,
        desk=desk,
    )


def settle(station: Station) -> bool:
    """Bring the keyring in step with the newest card; called at start, after a crash between.

    What the stored card names counts: staged keys that it names replace the old ones, those that no
    card names or will name are forgotten, and a root that has signed is destroyed. Gives whether
    the node's keys changed.
    """
    cards = station.cards(station.party)
    before = keyring = station.keyring
    if not cards:
        return False
    last, suite = cards[-1], station.suite
    if keyring.root is not None and root_vkeys(station.party, keyring.root, suite)[0] == last.root1:
        keyring = keyring.spend_root()
    if keyring.root is None and keyring.next_root is not None:
        # Only by a plan that the card names: a database that was put back may lack newer cards.
        first, roots = plan_of(station)
        at = last.n + 1 - first
        if 0 <= at < len(roots) and next_of(*roots[at]) == last.next:
            keyring = keyring.put_roots_away()
    if keyring.staged is not None:
        if role_keys(keyring.to_come(), suite).log1 == last.log1:
            keyring = keyring.promote(station.clock.now_s())
        elif waiting_card(station) is None:
            keyring = keyring.unstage()
    if not keyring.cards or keyring.cards[-1].n < last.n:
        # In the same write that destroys a root or puts new keys in force: see own_cards.recall.
        rows = station.store.cards(station.party)
        keyring = keyring.with_cards([KeptCard(row.n, row.leaf, row.note) for row in rows])
    if keyring == before:
        return False
    station.keep_keyring(keyring)
    suite.forget()
    if keyring.node_seed == before.node_seed:
        return False
    station.keys = PartyKeys(keyring, suite)
    look_at_keys(station)
    return True


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


def former_officers(station: Station) -> frozenset[bytes]:
    """Persons who stood on an earlier card of this party and do not stand on the newest."""
    cards = range(1, len(station.cards(station.party)) + 1)
    ever = {leaf.person for size in cards for leaf in station.officers(size)}
    return frozenset(ever - {leaf.person for leaf in current_officers(station)})


def publish(
    station: Station, card: Card, leaves: Sequence[OfficerLeaf], plan: Sequence[RootPair] = ()
) -> Card:
    """Sign, store and anchor a card; its root keys are gone after this."""
    note = sign_card(station.keyring, card_head(station, card), card.time_s, station.suite)
    return store(station, card, leaves, note, plan)


def card_head(station: Station, card: Card) -> Head:
    """The head of the card log that ends with a card."""
    chain = (*station.cards(station.party), card)
    root = EMPTY.extend([leaf_hash(each.encode()) for each in chain]).root
    return Head(card_origin(station.party), len(chain), root)


def store(
    station: Station,
    card: Card,
    leaves: Sequence[OfficerLeaf],
    note: bytes,
    plan: Sequence[RootPair] = (),
) -> Card:
    """A signed card becomes the newest: from this commit on its keys count, and no others."""
    head = card_head(station, card)
    text = "\n".join(leaf.text() for leaf in leaves)
    with station.store.write() as tx:
        tx.put_card(CardRow(station.party, card.n, card.encode(), note))
        tx.set_meta(f"officers/{head.size}", text.encode())
        tx.set_meta(WAITING, b"")
        if plan:
            tx.set_meta(PLAN, spell_plan(card.n + 1, plan))
        if card.n == 0:
            tx.put_party(PartyRow(station.party, fingerprint(card), "self", "", station.party))
    station.forget(party=station.party)
    station.changes += 1  # who stands on it may release from now on: open pages look again
    record = AnchorRecord(head.origin, head.size, head.root, station.clock.now_s())
    station.unanchored.append(record)
    settle(station)
    sequence.anchor_owed(station)
    return card


def own_part(station: Station) -> CardsPart:
    """The card chain of this party."""
    rows = station.store.cards(station.party)
    return CardsPart(station.party, tuple((row.leaf, row.note) for row in rows))


def own_cards(station: Station) -> bytes:
    """The card chain as a file to hand to another party, with what witnesses signed of it."""
    return card_heads.part_of(station, station.party).encode()
