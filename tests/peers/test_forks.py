"""Two histories of one log, two cards of one number: evidence is kept, and only its maker stops."""

from dataclasses import replace

import pytest

from openline.envelope.officer_file import new_officer
from openline.envelope.party_keys import sign_card
from openline.envelope.standard import StandardSuite
from openline.exchange.membership import identity, parties
from openline.exchange.station import Station
from openline.formats.card import parse_card
from openline.formats.delivery import Delivery, parse_delivery
from openline.formats.head import Head
from openline.formats.proof import CardsPart, parse_cards_part
from openline.formats.spell import b64
from openline.record.checkpoint import LogKeys
from openline.record.evidence import Fork, verify_evidence
from openline.record.tree import EMPTY, leaf_hash
from tests.peers.conftest import (
    CH,
    RUDE,
    US,
    Rude,
    Wire,
    code_of,
    eventually,
    facts,
    on,
    post,
    resign,
    station_of,
)

SUITE = StandardSuite()


def verified(wire: Wire, rude: Rude, name: str) -> Fork:
    """The newest evidence of a node, by somebody who has the cards and nothing else."""
    _, data = on(wire[name], station_of(wire[name]).store.evidence)[-1]
    origin = rude.log.origin
    keys = [LogKeys.of(card, origin) for card in rude.station.cards(RUDE)]
    return verify_evidence(data, keys, SUITE)


def status(wire: Wire, name: str, origin: str) -> str:
    log = on(wire[name], station_of(wire[name]).log, origin)
    assert log is not None
    return log.status


def others_go_on(wire: Wire) -> None:
    place = wire.say(US)
    eventually(lambda: wire.receipt_of(US, place, CH))


def two_stories(rude: Rude) -> tuple[bytes, bytes]:
    """Two deliveries of one more entry each, on the same log."""
    before = rude.log
    first = rude.says()
    told = rude.log
    rude.station.committed(before)
    second = rude.says()
    rude.station.committed(told)
    return first, second


def test_a_log_that_was_shortened_takes_nothing_back(wire: Wire, rude: Rude) -> None:
    """An older head of the same log is true: it gets the receipt that it got, and no more."""
    earlier = rude.log
    first = rude.says()
    answer = rude.deliver(first)
    assert answer[0] == 200
    rude.goes_on()
    longer, before = rude.log, facts(wire[US])
    assert rude.deliver(first) == answer
    rude.station.committed(earlier)
    assert rude.hello()[0] == 200, "it states less than it stated before"
    rude.station.committed(longer)
    assert facts(wire[US]) == before
    rude.goes_on()


def test_a_delivery_that_rewrites_what_is_held_is_evidence(wire: Wire, rude: Rude) -> None:
    first, second = two_stories(rude)
    rude.receipted(rude.deliver(first))
    before = facts(wire[US])
    reply = rude.deliver(second)
    assert (reply[0], code_of(reply)) == (422, "exchange.forked-log")
    fork = verified(wire, rude, US)
    assert (fork.first.size, fork.second.size) == (rude.log.size, rude.log.size)
    assert status(wire, US, rude.log.origin) == "forked"
    assert wire.events(US, "log.forked")[-1]["kind"] == "alarm"
    after = facts(wire[US])
    assert (after["entries"], after["signed"]) == (before["entries"], before["signed"])
    assert code_of(rude.deliver(rude.says())) == "exchange.forked-log", "frozen"
    for number in range(5):
        changed = rude.station.keys.sign_head(Head(rude.log.origin, 1, bytes([number] * 32)), 1)
        leaf, envelope = parse_delivery(first).entries[0]
        rude.deliver(Delivery(0, changed, ((leaf, envelope),)).encode())
    assert len(facts(wire[US])["evidence"]) == 1, "one piece of evidence of one log"
    others_go_on(wire)


def test_a_longer_story_with_another_beginning_is_evidence_by_its_leaves(
    wire: Wire, rude: Rude
) -> None:
    """Towards the other honest member, who holds the first story and is shown a longer one."""
    other = rude.beside(CH, wire.ports[CH])
    station = station_of(wire[CH])
    log = on(wire[CH], station.log, rude.log.origin)
    assert log is not None
    rude.station.committed(replace(rude.log, size=log.size, root=log.root, frontier=log.frontier))
    first, second = two_stories(rude)
    other.receipted(other.deliver(first))
    story = parse_delivery(second)
    held = on(wire[CH], station.store.entries, log.origin, 0, log.size)
    pairs = [(row.leaf, b"") for row in held] + list(story.entries)
    pairs.append(rude.entry(rude.placed(rude.draft())))
    reply = post(wire.ports[CH], "/openline/v1/deliver", resign(rude.station, log, 0, pairs))
    assert (reply[0], code_of(reply)) == (422, "exchange.forked-log")
    fork = verified(wire, rude, CH)
    assert fork.index == log.size
    assert {fork.first.size, fork.second.size} == {log.size + 1, log.size + 2}
    others_go_on(wire)


def test_a_frozen_log_is_thawed_by_nothing_that_continues_it(wire: Wire, rude: Rude) -> None:
    before = facts(wire[US])
    for body in (rude.last, rude.says()):
        assert code_of(rude.deliver(body)) == "exchange.forked-log"
    assert facts(wire[US]) == before


# ------------------------------------------------------------------------------------- cards


def chain(station: Station) -> bytes:
    return identity.own_cards(station)


def another_card(station: Station) -> bytes:
    """A chain of which the last card is another one, signed by the same root keys."""
    part = parse_cards_part(chain(station))
    last = parse_card(part.cards[-1][0])
    changed = replace(last, time_s=last.time_s + 1)
    hashes = [leaf_hash(leaf) for leaf, _ in part.cards[:-1]] + [leaf_hash(changed.encode())]
    root = EMPTY.extend(hashes).root
    head = Head(f"{station.party}/openline", len(part.cards), root)
    assert station.keyring.root is not None, "kept for this test: an honest node destroys it"
    note = sign_card(station.keyring, head, changed.time_s, station.suite)
    return CardsPart(station.party, (*part.cards[:-1], (changed.encode(), note))).encode()


def publish_and_keep_the_root(rude: Rude, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more card, of which the rude member keeps the root keys."""
    station = rude.station
    leaves = identity.current_officers(station)
    extra = new_officer(RUDE, "x", ("releaser",), station.suite, station.random)
    with monkeypatch.context() as patch:
        patch.setattr(identity, "settle", lambda station: False)
        identity.revise(station, officers=(*leaves, extra.leaf(station.suite)))


def test_a_stale_card_changes_nothing(
    wire: Wire, rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = chain(rude.station)
    publish_and_keep_the_root(rude, monkeypatch)
    wire[US].call("party_add", file=b64(chain(rude.station)))
    before = facts(wire[US])
    part = parse_cards_part(old)
    for cards in (part.cards, part.cards[:1]):
        told = wire[US].call("party_add", file=b64(CardsPart(RUDE, cards).encode()))
        assert told["cards"] == len(parse_cards_part(chain(rude.station)).cards)
    assert facts(wire[US]) == before


def test_a_card_that_contradicts_freezes_its_party_until_it_is_compared_anew(
    wire: Wire, rude: Rude
) -> None:
    with pytest.raises(parties.CardConflict):
        wire[US].call("party_add", file=b64(another_card(rude.station)))
    (event,) = wire.events(US, "exchange.card-conflict")
    assert (event["kind"], event["subject"]) == ("alarm", RUDE)
    kept = dict(on(wire[US], station_of(wire[US]).store.evidence))
    (name,) = [name for name in kept if name.startswith("cards-")]
    keys = [LogKeys.of_card_log(card) for card in rude.station.cards(RUDE)]
    assert verify_evidence(kept[name], keys, SUITE).first.origin == f"{RUDE}/openline"
    for reply in (rude.hello(), rude.ask("head", rude.log.origin, "0"), rude.deliver(rude.last)):
        assert (reply[0], code_of(reply)) == (403, "exchange.frozen-party")
    others_go_on(wire)
    row = wire[US].call("party_list")["parties"]
    digits = next(each["digits"] for each in row if each["party"] == RUDE)
    wire[US].call("party_compare", party=RUDE, digits=digits)
    assert rude.hello()[0] == 200
