"""Keys change while the network carries: peers learn the card by themselves, nothing is lost."""

import base64
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from openline.exchange.membership import identity, rotation
from openline.formats.card import fingerprint, parse_card
from openline.formats.policy import parse_policies
from openline.formats.proof import parse_cards_part
from openline.record.disclosure import verify_file
from openline.record.verdict import Verdict
from tests.exchange.conftest import SUITE
from tests.peers.conftest import CH, US, Wire, code_of, eventually, make_wire, on, station_of


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with contextlib.ExitStack() as stack:
        yield make_wire(tmp_path_factory.mktemp("turning"), stack)


def cards(wire: Wire, at: str, of: str) -> int:
    """How many cards of a party a node holds."""
    return len(on(wire[at], station_of(wire[at]).cards, of))


def agree(wire: Wire) -> None:
    """Both nodes hold each other's newest card, every entry, and its receipt."""
    for name, other in ((US, CH), (CH, US)):
        eventually(lambda n=name, o=other: cards(wire, n, o) == cards(wire, o, o), 20)
    for name, other in ((US, CH), (CH, US)):
        wire[name].call("settle", parties=[other], hello=[other], timeout_s=20)
    held = [wire[name].call("held", line=wire.line_id.hex()) for name in (US, CH)]
    assert held[0] == held[1]


def test_a_node_changes_every_key_and_its_peer_goes_on_without_a_hand(wire: Wire) -> None:
    before = wire.say(CH, "said to the old keys")
    old = cards(wire, US, US)
    told = wire[US].call("keys_rotate")
    assert (told["card"], told["waits"], told["epochs"]) == (old, False, 1)
    ours = wire.say(US, "under the new keys")
    theirs = wire.say(CH, "said while the keys changed")
    agree(wire)
    assert wire.receipt_of(US, ours, CH)
    assert wire.receipt_of(CH, before, US) and wire.receipt_of(CH, theirs, US)


def test_both_change_their_keys_at_once_and_find_each_other_again(wire: Wire) -> None:
    """Neither knows the new key of the other: it may ask for its card because cards are public."""
    before = {name: wire.say(name, "before both") for name in (US, CH)}
    for name in (US, CH):
        station = station_of(wire[name])
        on(wire[name], lambda s=station: rotation.rotate(s))
    for name in (US, CH):
        wire[name]._desk.links.greet_all()  # type: ignore[union-attr]
    after = {name: wire.say(name, "after both") for name in (US, CH)}
    agree(wire)
    for name, other in ((US, CH), (CH, US)):
        assert wire.receipt_of(name, before[name], other)
        assert wire.receipt_of(name, after[name], other)


def disclosed(wire: Wire, by: str, place: object) -> tuple[bytes, str]:
    """A file about one message, alone in a bundle, with the policy that its maker names."""
    part = {"kind": "entry", "ref": place, "receipts_of": [CH], "releases": by == US}
    told = wire[by].call("disclose", parts=[part], bundle=True)
    return base64.b64decode(told["file"]), told["policy"]


def verdict(file: tuple[bytes, str], wire: Wire | None = None) -> Verdict:
    """What a reader says who has the file and its policy; with a wire also today's cards of both,
    compared."""
    data, policy = file
    trust: dict[str, Any] = {}
    if wire is not None:
        stations = {name: station_of(wire[name]) for name in (US, CH)}
        found = [on(wire[name], identity.own_cards, stations[name]) for name in stations]
        chains = [parse_cards_part(each) for each in found]
        prints = {chain.party: fingerprint(parse_card(chain.cards[0][0])) for chain in chains}
        trust = {"cards": chains, "fingerprints": prints}
    return verify_file(data, parse_policies(policy), SUITE, allow_exercise=True, **trust)


def test_three_more_rotations_and_every_old_proof_is_still_verified(wire: Wire) -> None:
    place = wire.say(US, "to be proved")
    agree(wire)
    files = [disclosed(wire, name, place) for name in (US, CH)]
    before = [verdict(each) for each in files]
    compared = [verdict(each, wire) for each in files]
    sizes = [cards(wire, name, name) for name in (US, CH)]
    for _ in range(3):
        wire[US].call("keys_rotate")
        wire[CH].call("keys_rotate")
        wire.say(US, "and on")
        agree(wire)
    for name in (US, CH):
        told = wire[name].call("log_verify", opening=True)
        assert told["findings"] == []
    assert [cards(wire, name, name) for name in (US, CH)] == [size + 3 for size in sizes]
    assert before[0].is_shown and compared[0].is_shown, "its releases are open to who wrote it"
    for file, was, was_compared in zip(files, before, compared, strict=True):
        assert verdict(file).json == was.json
        now = verdict(file, wire)
        assert (now.is_shown, now.first_line) == (was_compared.is_shown, was_compared.first_line)
    assert verdict(disclosed(wire, US, place), wire).is_shown, "and what is made of it today"


def test_a_hello_under_a_key_of_nobody_is_refused_and_changes_no_card(wire: Wire) -> None:
    """The hint that a party has newer keys costs one question to that party, no more."""
    wire.say(US)
    agree(wire)
    rude = wire.rude
    before = {name: cards(wire, name, rude.station.party) for name in (US, CH)}
    keys = rude.station.keys
    station = rude.station
    from openline.envelope.keyring import new_keyring
    from openline.envelope.party_keys import PartyKeys

    station.keys = PartyKeys(new_keyring(station.party, station.random), station.suite)
    try:
        for _ in range(20):
            reply = rude.hello()
            assert (reply[0], code_of(reply)) == (403, "exchange.unknown-key")
        reply = rude.ask("head", rude.log.origin, "0")
        assert (reply[0], code_of(reply)) == (403, "exchange.unknown-key")
        status, file = rude.ask("card", US, "0")
        assert status == 200 and file == on(wire[US], identity.own_cards, station_of(wire[US]))
        reply = rude.ask("card", CH, "0")
        assert reply[0] == 403, "the cards of others are for members who show who they are"
    finally:
        station.keys = keys
    assert {name: cards(wire, name, station.party) for name in (US, CH)} == before
