"""Cards that somebody brings unasked: the chain proves itself, or it is nothing."""

import pytest

from openline.errors import OpenlineError
from openline.exchange.kept import alarms as node_alarms
from openline.exchange.logs import hello
from openline.exchange.membership import brought, identity, rotation
from openline.exchange.membership.parties import CardConflict, CardsNotNamed
from openline.exchange.refusals import FrozenParty, TooMany, UnknownParty
from openline.exchange.station import Station
from openline.exchange.traffic import asks
from openline.exchange.traffic.link import Link, failed
from openline.formats.proof import CardsPart
from openline.record.cards import OtherFingerprint, RootsNotNamed
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_root_keys import thief_chain
from tests.exchange.visiting import CH, RU, US


def station(peers: Peers, name: str) -> Station:
    return peers[name].station


def cards_at(peers: Peers, holder: str, party: str) -> int:
    return len(station(peers, holder).cards(party))


def alarms(at: Station) -> list[str]:
    return [event.code for event in at.store.events("alarm", 50)]


def test_a_chain_whose_roots_were_not_named_is_never_taken_and_told_once() -> None:
    peers = make_peers(US, RU)
    us, ru = station(peers, US), station(peers, RU)
    before = ru.store.cards(US)
    for _ in range(100):
        with pytest.raises(RootsNotNamed):
            brought.take(ru, thief_chain(us))
    assert ru.store.cards(US) == before
    assert alarms(ru) == [], "anybody can bring one"
    assert [e.code for e in ru.store.events("notice")] == [CardsNotNamed.code]


def test_cards_that_a_compared_party_did_not_sign_are_never_taken() -> None:
    peers, others = make_peers(US, RU), make_peers(US, RU, seed=2)
    ru, other = station(peers, RU), station(others, US)
    before = ru.store.cards(US)
    rotation.rotate(other)
    with pytest.raises(OtherFingerprint):
        brought.take(ru, identity.own_cards(other))
    row = ru.store.party(US)
    assert ru.store.cards(US) == before and row is not None and row.standing == "compared"


def test_a_chain_with_a_forged_signature_is_never_taken() -> None:
    peers = make_peers(US, RU)
    us, ru = station(peers, US), station(peers, RU)
    rotation.rotate(us)
    part = identity.own_part(us)
    leaf, _ = part.cards[-1]
    forged = CardsPart(US, (*part.cards[:-1], (leaf, part.cards[-2][1])))
    with pytest.raises(OpenlineError):
        brought.take(ru, forged.encode())
    assert cards_at(peers, RU, US) == len(part.cards) - 1


def test_nobody_gets_to_be_known_by_bringing_cards() -> None:
    peers, others = make_peers(US, RU), make_peers(CH, RU, seed=2)
    ru = station(peers, RU)
    with pytest.raises(UnknownParty):
        brought.take(ru, identity.own_cards(station(others, CH)))
    with pytest.raises(CardConflict, match="own"):
        brought.take(ru, identity.own_cards(ru))
    assert ru.store.party(CH) is None


def test_a_flood_of_cards_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who repeats what is known costs no signature check, and one party so many chains a day."""
    peers = make_peers(US, RU)
    us, ru = station(peers, US), station(peers, RU)
    monkeypatch.setattr(brought, "BROUGHT_PER_DAY_MAX", 3)
    for _ in range(2):
        identity.revise(us, urls=[])
        brought.take(ru, identity.own_cards(us))
    with monkeypatch.context() as patched:
        patched.setattr("openline.record.cards.open_checkpoint", None)
        for _ in range(100):
            assert brought.take(ru, identity.own_cards(us)) == (cards_at(peers, RU, US), 0)
        with pytest.raises(RootsNotNamed):
            brought.take(ru, thief_chain(us), expected=US)
    identity.revise(us, urls=[])
    brought.take(ru, identity.own_cards(us))
    identity.revise(us, urls=[])
    with pytest.raises(TooMany):
        brought.take(ru, identity.own_cards(us))
    peers.clock.time_s += brought.DAY_S
    assert brought.take(ru, identity.own_cards(us)) == (len(us.cards(US)), 1)


def test_two_cards_in_one_place_freeze_their_party_and_the_link_says_why() -> None:
    """The control of what is nothing: these were signed by the roots that the card before names."""
    peers, twin = make_peers(US, RU), make_peers(US, RU)
    ru, us, other = station(peers, RU), station(peers, US), station(twin, US)
    rotation.rotate(us)
    twin.clock.time_s += 1
    rotation.rotate(other)
    brought.take(ru, identity.own_cards(us))
    held = ru.store.cards(US)
    with pytest.raises(CardConflict):
        brought.take(ru, identity.own_cards(other))
    row = ru.store.party(US)
    assert row is not None and row.standing == "frozen" and len(ru.store.evidence()) == 1
    assert ru.store.cards(US) == held
    link = Link(US, up=True)
    failed(ru, link, FrozenParty(US))
    assert not link.up and "contradict" in link.last_error


def test_two_cards_in_one_place_wake_people_once_however_often_they_are_brought() -> None:
    """Both are public once they are shown, so anybody may bring them, also after they were seen."""
    peers, twin = make_peers(US, RU), make_peers(US, RU)
    ru, us, other = station(peers, RU), station(peers, US), station(twin, US)
    rotation.rotate(us)
    twin.clock.time_s += 1
    rotation.rotate(other)
    brought.take(ru, identity.own_cards(us))
    for _ in range(5):
        with pytest.raises(CardConflict):
            brought.take(ru, identity.own_cards(other))
        for each in node_alarms.standing(ru):
            node_alarms.see(ru, each.serial, "Anna")
    assert alarms(ru).count("exchange.card-conflict") == 1
    row = ru.store.party(US)
    assert row is not None and row.standing == "frozen"


def test_who_asks_for_cards_in_a_party_s_name_uses_up_none_of_its_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such an ask is answered without its key, so that two that changed theirs find each other."""
    monkeypatch.setattr(hello, "NONCES_MAX", 5)
    peers, others = make_peers(US, RU), make_peers(US, RU, seed=2)
    us, ru, thief = station(peers, US), station(peers, RU), station(others, US)
    for _ in range(20):
        assert asks.handle(ru, asks.ask(thief, RU, "card", US, "0"))
    for _ in range(5):
        assert asks.handle(ru, asks.ask(us, RU, "card", US, "0"))
    with pytest.raises(TooMany):
        asks.handle(ru, asks.ask(us, RU, "card", US, "0"))
