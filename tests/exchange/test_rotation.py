"""New keys for a node: one card, a new epoch of every log, and nothing lost on the way."""

import pytest

from openline.cases.entry import Ref
from openline.envelope.keyring import parse_keyring
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.folding import reading
from openline.exchange.logs import alike, hello, prekeys
from openline.exchange.logs.sequence import append, append_machine
from openline.exchange.membership import identity, parties, rotation
from openline.exchange.membership.rotation import Loss
from openline.exchange.refusals import ClockUnsure, UnknownKey
from openline.exchange.station import ReceiveOnly, Station
from openline.exchange.traffic import dispatch, receive
from openline.formats.openjson import Value
from openline.record.receipts import compromised_since
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.visiting import RU, US

CLARIFY = "core/clarification@1"


def words(text: str) -> dict[str, Value]:
    return {"subject": [{"lang": "en", "status": "original", "text": text}]}


def opened() -> tuple[Peers, bytes]:
    """Two parties with a line on which each said something."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    peers.say(US, line, CLARIFY, words("before"))
    peers.say(RU, line, CLARIFY, words("before"))
    peers.carry()
    return peers, line


def learn(peers: Peers, party: str) -> None:
    """Everybody else takes the party's newest cards."""
    file = identity.own_cards(peers[party].station)
    for name, node in peers.nodes.items():
        if name != party:
            parties.add(node.station, file, introduced_by="ch.example")


def own(peers: Peers, party: str, line: bytes) -> str:
    return peers[party].log(line)


def cases_of(peers: Peers, line: bytes) -> list[list[Ref]]:
    """The messages that have effect, as each party folds the line."""
    found = []
    for node in peers.nodes.values():
        state = reading.state(node.station, line)
        found.append(sorted(case.id for case in state.cases if state.entries[case.id].effect))
    return found


def folds_agree(peers: Peers, line: bytes) -> bool | None:
    """Whether the parties understand the line alike, by the hellos that follow."""
    cases_of(peers, line)
    peers.carry()
    return alike.agree(peers[RU].station, US, line)


def test_every_key_of_the_node_is_another_and_every_log_goes_on_in_a_new_epoch() -> None:
    peers, line = opened()
    us = peers[US].station
    before, old_log, keyring = us.cards(US)[-1], own(peers, US, line), us.keyring
    rotation.rotate(us)
    card, log = us.cards(US)[-1], us.own_log(line)
    assert log is not None
    for name in ("root1", "root6", "log1", "log6", "receipt4", "receipt6", "http", "seal", "wire"):
        assert getattr(card, name) != getattr(before, name), name
    assert (log.counter, log.origin != old_log) == (2, True)
    row = us.log(old_log)
    assert row is not None and row.status == "closed"
    assert us.keyring.node_seed != keyring.node_seed and us.keyring.staged is None
    assert {end.vkey for end in card.ends} >= {before.log1, before.log6, before.receipt4}
    assert {end.reason for end in card.ends} == {"planned"}
    assert compromised_since(us.cards(US), before.log6) is None


def test_nothing_that_was_on_its_way_is_lost() -> None:
    """Both sides spoke, and changed a prekey, while the other did not hear; then one rotates."""
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    for party in (US, RU):
        peers.say(party, line, CLARIFY, words("in flight"))
        prekeys.rotate(peers[party].station, line)
        peers.say(party, line, CLARIFY, words("after the prekey"))
    rotation.rotate(us)
    peers.say(US, line, CLARIFY, words("under new keys"))
    learn(peers, US)
    peers.carry()
    assert us.waiting() == ru.waiting() == ()
    first, second = cases_of(peers, line)
    assert first == second and len(first) == 7
    assert not reading.state(ru, line).irregularities
    for log in us.logs_of(line):
        held = ru.log(log.origin)
        assert held is not None and (held.size, held.root) == (log.size, log.root)
        if log.party == US:
            assert us.store.cosignature(log.origin, log.size, f"{RU}/receipt") is not None


def test_a_peer_learns_of_new_keys_and_answers_no_request_under_them_before() -> None:
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    rotation.rotate(us)
    with pytest.raises(UnknownKey):
        hello.answer(ru, hello.compose(us, RU, bytes(16)), bytes(16))
    learn(peers, US)
    peers.carry()
    assert folds_agree(peers, line)


def test_a_card_that_came_while_a_peer_was_away_takes_its_old_sealed_entries() -> None:
    """An `open` or `keys` entry is sealed to the card key of its day."""
    peers, line = opened()
    us = peers[US].station
    prekeys.rotate(peers[RU].station, line)
    for _ in range(3):
        rotation.rotate(us)
    learn(peers, US)
    peers.carry()
    assert us.waiting() == ()
    assert len(us.keyring.former_seals) == 3
    assert rotation.forget_former(us)
    assert us.keyring.former_seals == ()


def test_a_former_sealing_key_stays_while_a_member_may_still_seal_to_it() -> None:
    peers, _ = opened()
    us = peers[US].station
    rotation.rotate(us)
    peers.clock.time_s += 399 * 86_400
    assert not rotation.forget_former(us)
    peers.clock.time_s += 2 * 86_400
    assert rotation.forget_former(us), "not for ever: keys to which nothing came in 400 days"


def test_no_card_is_made_by_a_clock_that_is_in_doubt() -> None:
    """Its time ends the keys before it, for everybody and for ever."""
    peers, _ = opened()
    station = peers[US].station
    keyring, cards = station.keyring, station.cards(US)
    station.clock_unsure = "the clock stands 30 days ahead"
    with pytest.raises(ClockUnsure):
        rotation.rotate(station)
    assert station.keyring == keyring and station.cards(US) == cards
    station.clock_unsure = None
    rotation.rotate(station)
    assert len(station.cards(US)) == len(cards) + 1


def test_officers_are_not_asked_and_their_drafts_wait_through_it() -> None:
    peers, line = opened()
    us = peers[US]
    draft = us.release(peers.draft(US, line, CLARIFY, words("signed before")))
    rotation.rotate(us.station)
    from openline.exchange.logs import post

    (place,) = post.post(us.station, [draft])
    assert place is not None and place.origin == own(peers, US, line)
    learn(peers, US)
    peers.carry()
    assert not reading.state(peers[RU].station, line).irregularities


def test_nothing_is_signed_into_an_epoch_of_other_keys() -> None:
    peers, line = opened()
    us = peers[US].station
    identity.revise(us, change=rotation.change(us))
    with pytest.raises(ReceiveOnly):
        append_machine(us, line, "gap", {"ranges": []})
    assert len(rotation.finish(us)) == 1
    append_machine(us, line, "gap", {"ranges": []})
    assert rotation.finish(us) == ()


def test_a_node_cannot_accept_a_line_by_calling_it_a_change_of_keys() -> None:
    """Only an epoch after one that officers opened needs no officer."""
    from openline.exchange.logs import epochs

    peers = make_peers(US, RU)
    line = peers.open_line(US, RU, accepting=[])
    ru = peers[RU].station
    epochs.sequence_open(ru, epochs.draft_open(ru, line, "rotation"))
    peers.carry()
    state = reading.state(peers[US].station, line)
    assert not state.presence(RU).opened
    control = peers.open_line(US, RU)
    assert reading.state(peers[US].station, control).presence(RU).opened


class Crash(BaseException):
    """The machine stops here."""


def crashing(station: Station, at: int) -> bytes:
    """Rotate and stop at the n-th durable write; the keyring as the disk has it then."""
    disk = {"keyring": station.keyring.to_bytes(), "left": at}

    def save(data: bytes) -> None:
        step()
        disk["keyring"] = data
        step()

    def step() -> None:
        disk["left"] = int(disk["left"]) - 1
        if int(disk["left"]) < 0:
            raise Crash

    station.save_keyring = save
    write = station.store.write
    import contextlib

    @contextlib.contextmanager
    def writing():  # type: ignore[no-untyped-def]
        step()
        with write() as tx:
            yield tx
        step()

    station.store.write = writing  # type: ignore[method-assign]
    try:
        rotation.rotate(station)
    except Crash:
        pass
    finally:
        station.store.write = write  # type: ignore[method-assign]
    return disk["keyring"] if isinstance(disk["keyring"], bytes) else b""


def restarted(station: Station, keyring: bytes) -> Station:
    """The same disk under a new process."""
    from openline.envelope.party_keys import PartyKeys
    from openline.store.memory_anchor import MemoryAnchor

    anchor = station.anchor
    assert isinstance(anchor, MemoryAnchor)
    read = parse_keyring(keyring)
    fresh = Station(
        party=station.party, suite=station.suite, keyring=read,
        keys=PartyKeys(read, station.suite), archive_public=station.archive_public,
        store=station.store, anchor=anchor, views=station.views, clock=station.clock,
        random=station.random, packs=station.packs, save_keyring=lambda data: None,
        boot=station.random(16),
    )  # fmt: skip
    start.raise_doubts(fresh)
    return fresh


@pytest.mark.parametrize("at", range(12))
def test_a_crash_at_any_step_leaves_the_old_keys_or_the_new_ones(at: int) -> None:
    peers, line = opened()
    us = peers[US].station
    peers.say(US, line, CLARIFY, words("in flight"))
    cards = len(us.cards(US))
    keyring = crashing(us, at)
    peers.nodes[US].station = us = restarted(us, keyring)
    card, log = us.cards(US)[-1], us.own_log(line)
    assert log is not None and us.suspect == {}
    has_turned = len(us.cards(US)) == cards + 1
    assert log.counter == (2 if has_turned else 1)
    assert us.keys.vkey("log", 1).public == card.log1.public
    assert us.keyring.staged is None and us.keyring.root in (None, us.keyring.root)
    learn(peers, US)
    peers.say(US, line, CLARIFY, words("after the start"))
    peers.carry()
    rotation.rotate(us)
    learn(peers, US)
    peers.say(US, line, CLARIFY, words("and after another rotation"))
    peers.carry()
    first, second = cases_of(peers, line)
    assert first == second and len(first) == 5
    assert not reading.state(peers[RU].station, line).irregularities
    assert len(us.cards(US)) == cards + 1 + has_turned


def test_the_steps_above_are_all_there_are() -> None:
    """The control of the range: at its end nothing is interrupted any more."""
    peers, line = opened()
    us = peers[US].station
    crashing(us, 12)
    log = us.own_log(line)
    assert log is not None and log.counter == 2 and us.keys_in_force is us.keys


# ---- stolen keys -------------------------------------------------------------------------------


def thief_of(peers: Peers, line: bytes, text: str) -> Station:
    """A message released by nobody, signed with the party's log keys into its own log."""
    us = peers[US].station
    draft = drafts.compose(us, line, "message", words(text), format_id=CLARIFY, officers=0)
    append(us, line, [draft])
    return us


def test_what_a_stolen_key_signed_after_the_named_entry_has_no_effect_anywhere() -> None:
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    log = us.own_log(line)
    assert log is not None
    good = peers.say(US, line, CLARIFY, words("ours"))
    thief_of(peers, line, "not ours")
    peers.carry()
    assert len(cases_of(peers, line)[1]) == 4, "the control: nobody sees that it was a thief"
    rotation.rotate(us, rotation.loss_of(us, {log.origin: good.index + 1}, None))
    learn(peers, US)
    peers.carry()
    for station in (us, ru):
        state = reading.state(station, line)
        flaws = {e.ref.index: e.flaws for e in state.entries.values() if e.ref.origin == log.origin}
        assert "key.compromised" in flaws[good.index + 1]
        assert flaws[good.index] == flaws[0] == ()
    assert [len(found) for found in cases_of(peers, line)] == [3, 3]
    assert folds_agree(peers, line)


def test_an_epoch_that_the_thief_opens_later_has_no_effect() -> None:
    """The old keys still sign; the party's own new epoch does not name what they sign."""
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    old_keys, old_card = us.keys, us.cards(US)[-1]
    rotation.rotate(us, Loss(peers.clock.time_s))
    learn(peers, US)
    peers.carry()
    from openline.exchange.logs import epochs
    from openline.exchange.traffic import asks

    new_keys, us.keys = us.keys, old_keys
    draft = epochs.draft_open(us, line, "rotation")
    epochs.sequence_open(us, draft)
    thief_of(peers, line, "from the grave")
    log = us.own_log(line)
    assert log is not None
    body = asks.body_from(us, log, 0, log.size)
    assert body is not None
    receive.receive(ru, body)
    us.keys = new_keys
    assert compromised_since(ru.cards(US), old_card.log6) is not None
    state = reading.state(ru, line)
    marked = [e for e in state.entries.values() if e.ref.origin == log.origin]
    assert len(marked) == 2 and all("key.compromised" in e.flaws for e in marked)
    assert len(cases_of(peers, line)[1]) == 2


def test_what_officers_released_under_a_stolen_log_key_still_counts() -> None:
    """Their own keys vouch for it; a party takes nothing back by calling a key stolen."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU, visible=[CLARIFY.partition("@")[0]])
    us = peers[US].station
    place = peers.say(US, line, CLARIFY, words("released"))
    peers.carry()
    rotation.rotate(us, rotation.loss_of(us, {place.origin: place.index}, None))
    learn(peers, US)
    peers.carry()
    for found in cases_of(peers, line):
        assert found == [place]


def test_a_floor_that_names_no_entry_is_refused() -> None:
    peers, line = opened()
    us = peers[US].station
    with pytest.raises(rotation.NoSuchFloor):
        rotation.loss_of(us, {own(peers, US, line): 3}, None)
    with pytest.raises(rotation.NoSuchFloor):
        rotation.loss_of(us, {own(peers, RU, line): 1}, None)


def test_dispatch_knows_no_receipt_of_other_keys() -> None:
    """A receipt under keys that the sender does not know yet waits for the card; none is lost."""
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    peers.say(RU, line, CLARIFY, words("to be receipted"))
    rotation.rotate(us)
    shipment = dispatch.next_delivery(ru, US)
    assert shipment is not None
    lines = receive.receive(us, shipment.body)
    with pytest.raises(dispatch.BadReceipt):
        dispatch.delivered(ru, shipment, lines)
    learn(peers, US)
    peers.carry()
    log = ru.own_log(line)
    assert log is not None
    assert ru.store.cosignature(log.origin, log.size, f"{US}/receipt") is not None
