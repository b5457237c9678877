"""Root keys that a ceremony put away: what stolen keys cannot do, and what waits for the safe."""

from dataclasses import replace

import pytest

from openline.envelope.ceremony import Ceremony, RootsUsedUp, new_ceremony
from openline.envelope.keyring import RootsAway, new_keyring
from openline.envelope.party_keys import sign_card_head
from openline.envelope.suite import BadSignature
from openline.exchange import start
from openline.exchange.kept import alarms
from openline.exchange.membership import brought, identity, parties, rotation
from openline.exchange.membership.identity import CardWaits, Change, NoCardWaits, PlanRefused, Roots
from openline.exchange.membership.parties import CardsNotNamed
from openline.exchange.station import KeyringBehind, Station
from openline.formats.card import Card, comparison_digits
from openline.formats.card_request import CardRequest, parse_card_request
from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.note import Vkey
from openline.formats.proof import CardsPart
from openline.record.card_request import NotNamed, check_request, differences
from openline.record.cards import BadCards, RootsNotNamed
from openline.record.tree import EMPTY, leaf_hash
from tests.exchange.conftest import SUITE, Peers, make_peers
from tests.exchange.visiting import RU, US


def put_away(station: Station, count: int = 5) -> Ceremony:
    """The ceremony: root keys made elsewhere, named by a card of today's root."""
    held = new_ceremony(station.party, len(station.cards(station.party)) + 1, station.random, count)
    pairs = [held.publics(held.first + i, SUITE) for i in range(count)]
    identity.revise(station, change=Change(), plan=pairs)
    return held


def after_ceremony() -> tuple[Peers, Station, Ceremony]:
    peers = make_peers(US, RU)
    peers.open_line(US, RU)
    station = peers[US].station
    held = put_away(station)
    parties.add(peers[RU].station, identity.own_cards(station))
    return peers, station, held


def sign(held: Ceremony, request: CardRequest) -> bytes:
    plan = held.plan(request.card.n, SUITE)
    head = check_request(request, (plan.root1, plan.root6), plan.next, SUITE)
    return held.sign(head, request.card.time_s, SUITE)


def rotated(station: Station, held: Ceremony) -> Card:
    request = identity.amend(station, rotation.change(station))
    assert request is not None
    card = identity.hand_in(station, sign(held, request))
    rotation.finish(station)
    return card


def test_after_the_ceremony_the_machine_holds_no_key_that_makes_a_card() -> None:
    _, station, held = after_ceremony()
    assert station.keyring.root is station.keyring.next_root is None
    before = len(station.cards(US))
    with pytest.raises(RootsAway):
        identity.revise(station, urls=["http://127.0.0.1:2"])
    assert len(station.cards(US)) == before
    for root in held.roots:
        assert root.ml_dsa.hex() not in station.keyring.to_bytes().hex()


def test_the_card_waits_for_its_root_keys_and_then_counts() -> None:
    peers, station, held = after_ceremony()
    node_seed = station.keyring.node_seed
    request = identity.amend(station, rotation.change(station))
    assert request is not None and parse_card_request(request.encode()) == request
    assert station.keyring.node_seed == node_seed and station.keyring.staged is not None
    assert rotation.finish(station) == (), "the old keys serve until the card is there"
    with pytest.raises(CardWaits):
        identity.amend(station, Change(urls=("http://127.0.0.1:2",)))
    identity.hand_in(station, sign(held, request))
    assert station.keyring.node_seed != node_seed
    assert len(rotation.finish(station)) == 1
    parties.add(peers[RU].station, identity.own_cards(station))
    peers.carry()


def test_three_rotations_and_a_renewed_file_later_the_chain_still_holds() -> None:
    peers, station, held = after_ceremony()
    for _ in range(3):
        card = rotated(station, held)
        held = held.after(card.n)
    rotated(station, held)
    with pytest.raises(RootsAway):
        identity.amend(station, rotation.change(station))
    held = held.after(len(station.cards(US)) - 1).renewed(3, station.random)
    pairs = [held.publics(held.first + i, SUITE) for i in range(len(held.roots))]
    identity.keep_plan(station, held.first, pairs)
    rotated(station, held)
    parties.add(peers[RU].station, identity.own_cards(station))
    assert len(peers[RU].station.cards(US)) == len(station.cards(US))


def test_a_card_that_was_given_up_leaves_no_key_behind() -> None:
    _, station, held = after_ceremony()
    request = identity.amend(station, rotation.change(station))
    assert request is not None
    note = sign(held, request)
    assert identity.give_up(station)
    assert station.keyring.staged is None
    with pytest.raises(NoCardWaits):
        identity.hand_in(station, note)


def test_a_signature_over_another_card_or_by_other_keys_is_refused() -> None:
    _, station, held = after_ceremony()
    request = identity.amend(station, Change(urls=("http://127.0.0.1:2",)))
    assert request is not None
    head = identity.card_head(station, replace(request.card, urls=()))
    with pytest.raises(BadCards):
        identity.hand_in(station, held.sign(head, request.card.time_s, SUITE))
    thief = new_ceremony(US, held.first, station.random, 3)
    with pytest.raises(BadSignature):
        good = identity.card_head(station, request.card)
        identity.hand_in(station, thief.sign(good, request.card.time_s, SUITE))
    assert identity.waiting_card(station) is not None, "it still waits"
    identity.hand_in(station, sign(held, request))


def test_the_safe_signs_no_card_that_its_own_keys_do_not_follow() -> None:
    _, station, held = after_ceremony()
    request = identity.amend(station, rotation.change(station))
    assert request is not None
    plan = held.plan(held.first, SUITE)
    other = new_ceremony(US, held.first, station.random, 3)
    with pytest.raises(NotNamed):
        check_request(request, other.publics(held.first, SUITE), plan.next, SUITE)
    with pytest.raises(NotNamed):
        check_request(request, (plan.root1, plan.root6), bytes(32), SUITE)
    with pytest.raises(RootsUsedUp):
        held.after(held.first).plan(request.card.n, SUITE)


def test_what_a_waiting_card_says_is_told_in_words() -> None:
    _, station, held = after_ceremony()
    last = station.cards(US)[-1]
    request = identity.amend(station, rotation.change(station))
    assert request is not None
    told = list(differences(last, request.card))
    assert "the log keys are new" in told and "the sealing key is new" in told
    assert sum("ends planned at" in each for each in told) == 5
    assert not [each for each in told if each.startswith(("addresses", "officers"))]
    del held


def test_root_keys_that_no_card_named_are_not_taken_for_a_plan() -> None:
    _, station, held = after_ceremony()
    other = new_ceremony(US, held.first, station.random, 3)
    pairs = [other.publics(other.first + i, SUITE) for i in range(3)]
    with pytest.raises(PlanRefused):
        identity.keep_plan(station, other.first, pairs)
    with pytest.raises(PlanRefused):
        identity.propose(station, Change(), Roots(*pairs[0], bytes(32)))


@pytest.mark.parametrize("cut", [0, 10, 40, 4_000])
def test_a_request_that_was_cut_is_refused(cut: int) -> None:
    _, station, _held = after_ceremony()
    request = identity.amend(station, Change(urls=("http://127.0.0.1:2",)))
    assert request is not None
    with pytest.raises(Malformed):
        parse_card_request(request.encode()[:cut])
    with pytest.raises(Malformed):
        parse_card_request(request.encode() + b"x")


def test_a_database_that_was_put_back_costs_no_root_keys() -> None:
    """Its newest card is not ours any more: what it names says nothing of the keyring's roots."""
    peers = make_peers(US, RU)
    station = peers[US].station
    identity.revise(station, urls=["http://127.0.0.1:2"])
    held = station.keyring.next_root
    cards = station.cards(US)
    station._cards[US] = cards[:-1]
    identity.settle(station)
    assert station.keyring.next_root == held is not None
    with pytest.raises(PlanRefused):
        identity.revise(station, urls=["http://127.0.0.1:3"])
    station.forget(party=US)
    identity.revise(station, urls=["http://127.0.0.1:3"])


def test_an_old_keyring_signs_nothing() -> None:
    peers, station, held = after_ceremony()
    old = station.keyring
    station.require_keys()
    rotated(station, held)
    station.require_keys()
    station.keyring = old
    start.raise_doubts(station)
    with pytest.raises(KeyringBehind, match=r"names newer keys; ours ended .*, planned"):
        station.require_keys()
    del peers


# ---- the thief of a running node: every key of it but the root keys


def thief_chain(station: Station) -> bytes:
    """A further card with keys of the thief's own, signed by roots of the thief's own."""
    ring = new_keyring(US, station.random)
    cards = station.store.cards(US)
    assert ring.root is not None
    from openline.envelope.keyring import public_card_keys

    keys = public_card_keys(ring, SUITE)
    last = station.cards(US)[-1]
    card = replace(
        last, n=last.n + 1, root1=keys.root1, root6=keys.root6, next=keys.next, log1=keys.log1,
        log6=keys.log6, http=keys.http, ends=(),
    )  # fmt: skip
    hashes = [leaf_hash(row.leaf) for row in cards] + [leaf_hash(card.encode())]
    head = Head(f"{US}/openline", len(hashes), EMPTY.extend(hashes).root)
    note = sign_card_head(US, ring.root, head, card.time_s, SUITE)
    pairs = (*((row.leaf, row.note) for row in cards), (card.encode(), note))
    return CardsPart(US, pairs).encode()


def told_of_thief(station: Station) -> list[tuple[str, str]]:
    codes = (RootsNotNamed.code, CardsNotNamed.code)
    return [(e.kind, e.text) for e in station.store.events() if e.code in codes]


def test_a_card_rotated_by_stolen_keys_is_refused_and_the_peer_s_operators_hear_of_it() -> None:
    peers, station, _ = after_ceremony()
    ru = peers[RU].station
    before = ru.cards(US)
    file = thief_chain(station)
    with pytest.raises(RootsNotNamed):
        parties.add(ru, file, introduced_by=US)
    assert ru.cards(US) == before
    row = ru.store.party(US)
    assert row is not None and row.standing == "compared"
    ((kind, text),) = told_of_thief(ru)
    assert kind == "alarm" and US in text
    assert ru.store.meta(f"refused-cards/{US}") == file
    assert [e.code for e in alarms.to_wake(ru, 0)] == [RootsNotNamed.code]


def test_who_makes_such_a_card_of_what_is_public_and_brings_it_wakes_nobody() -> None:
    peers, station, _ = after_ceremony()
    ru = peers[RU].station
    file = thief_chain(station)
    for hour in range(24):
        for by in ("", "ch.example"):
            with pytest.raises(RootsNotNamed):
                parties.add(ru, file, introduced_by=by)
        with pytest.raises(CardsNotNamed):
            brought.take(ru, file, expected=US)
        peers.clock.time_s += 3_600 * (hour > 0)
    assert list(alarms.to_wake(ru, 0)) == []
    assert {kind for kind, _ in told_of_thief(ru)} == {"notice"} and len(told_of_thief(ru)) <= 24
    with pytest.raises(RootsNotNamed):
        parties.add(ru, file, introduced_by=US)
    assert [e.code for e in alarms.to_wake(ru, 0)] == [RootsNotNamed.code], "nothing held it back"


def test_the_true_owner_rotates_after_the_thief_tried() -> None:
    peers, station, held = after_ceremony()
    ru = peers[RU].station
    with pytest.raises(RootsNotNamed):
        parties.add(ru, thief_chain(station))
    rotated(station, held)
    parties.add(ru, identity.own_cards(station))
    peers.carry()
    assert ru.cards(US)[-1] == station.cards(US)[-1]


def chain(station: Station) -> list[tuple[bytes, bytes]]:
    return [(row.leaf, row.note) for row in station.store.cards(US)]


def test_a_shortened_or_replayed_card_log_takes_no_key_back() -> None:
    peers, station, held = after_ceremony()
    ru = peers[RU].station
    old = identity.own_cards(station)
    rotated(station, held)
    parties.add(ru, identity.own_cards(station))
    newest = ru.cards(US)
    parties.add(ru, old)
    parties.add(ru, CardsPart(US, tuple(chain(station)[:1])).encode())
    assert ru.cards(US) == newest


def forked(station: Station, held: Ceremony, url: str, n: int = -1) -> bytes:
    """Another card in the place of card n, signed by the root keys that it was made with."""
    card = station.cards(US)[n]
    other = replace(card, urls=(url,))
    pairs = chain(station)[: card.n]
    hashes = [leaf_hash(leaf) for leaf, _ in pairs] + [leaf_hash(other.encode())]
    head = Head(f"{US}/openline", len(hashes), EMPTY.extend(hashes).root)
    pairs.append((other.encode(), held.sign(head, other.time_s, SUITE)))
    return CardsPart(US, tuple(pairs)).encode()


def standing_of(station: Station, party: str) -> str:
    row = station.store.party(party)
    return row.standing if row is not None else ""


def compared(station: Station, party: str) -> None:
    """A person reads the digits."""
    row = station.store.party(party)
    assert row is not None
    parties.compare(station, party, comparison_digits(row.fingerprint))


def test_a_forked_card_log_freezes_the_party_and_keeps_both_cards() -> None:
    peers, station, held = after_ceremony()
    ru = peers[RU].station
    rotated(station, held)
    parties.add(ru, identity.own_cards(station))
    with pytest.raises(parties.CardConflict):
        parties.add(ru, forked(station, held, "http://127.0.0.1:9"))
    assert standing_of(ru, US) == "frozen"
    assert any(name.startswith(f"cards-{US}-") for name, _ in ru.store.evidence())


def test_root_keys_of_a_place_that_a_person_has_settled_freeze_nobody_again() -> None:
    """Who kept them could else silence the party for ever, an hour after each comparison."""
    peers, station, held = after_ceremony()
    ru = peers[RU].station
    earlier = chain(station)
    rotated(station, held)
    parties.add(ru, identity.own_cards(station))
    for port in (9, 10, 11):
        with pytest.raises(parties.CardConflict):
            brought.take(ru, forked(station, held, f"http://127.0.0.1:{port}"))
        assert standing_of(ru, US) == ("frozen" if port == 9 else "compared")
        compared(ru, US)
    names = [name for name, _ in ru.store.evidence()]
    assert names == [f"cards-{US}-{len(earlier)}"], "what they could say first is kept"
    assert [e.code for e in ru.store.events("alarm")].count("exchange.card-conflict") == 1
    assert ru.cards(US) == station.cards(US), "nothing that they say is taken"


def test_two_cards_in_a_later_place_freeze_the_party_once_more() -> None:
    """The control: its root keys were not over when the person compared."""
    peers, station, held = after_ceremony()
    ru = peers[RU].station
    rotated(station, held)
    parties.add(ru, identity.own_cards(station))
    with pytest.raises(parties.CardConflict):
        brought.take(ru, forked(station, held, "http://127.0.0.1:9"))
    compared(ru, US)
    peers.clock.time_s += 1
    rotated(station, held)
    parties.add(ru, identity.own_cards(station))
    assert standing_of(ru, US) == "compared"
    with pytest.raises(parties.CardConflict):
        brought.take(ru, forked(station, held, "http://127.0.0.1:9"))
    assert standing_of(ru, US) == "frozen"
    assert len(ru.store.evidence()) == 2


@pytest.mark.parametrize("field", ["log1", "log6", "receipt4", "receipt6", "http", "root6"])
def test_a_key_of_the_wrong_kind_stands_on_no_card(field: str) -> None:
    _, station, _ = after_ceremony()
    card = station.cards(US)[-1]
    right: Vkey = getattr(card, field)
    wrong = card.log6 if right.kind != 6 else card.log1
    with pytest.raises(Malformed):
        replace(card, **{field: Vkey(right.name, wrong.kind, wrong.public)})
