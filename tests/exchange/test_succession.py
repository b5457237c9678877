"""A line goes on under another charter: nothing that was said is lost, and nothing follows a last
entry."""

import pytest

from openline.exchange import start
from openline.exchange.folding import reading
from openline.exchange.logs import epochs, post, prekeys, sequence
from openline.exchange.logs.incoming import NotAMember
from openline.exchange.membership import lines, rotation, succession
from openline.exchange.membership.succession import SuccessionRefused
from openline.exchange.station import LineLeft, Station
from openline.formats.openjson import Value
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import CH, RU, US, write


def opened() -> tuple[Peers, bytes]:
    """Two parties that have talked on a line, and a third that knows them."""
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU)
    peers.say(US, line, CLARIFY, words("on the old line"))
    peers.carry()
    return peers, line


def followed(peers: Peers, line: bytes, **changes: Value) -> bytes:
    """The successor, accepted by all of its members."""
    us = peers[US]
    draft = us.release(succession.succeed(us.station, line, changes))
    post.post(us.station, [draft])
    peers.carry()
    for name in lines.member_names(us.station, draft.line_id):
        node = peers[name]
        if name != US:
            released = node.release(lines.accept(node.station, draft.line_id))
            post.post(node.station, [released])
    peers.carry()
    return draft.line_id


def left(peers: Peers, party: str, line: bytes, successor: bytes | None) -> None:
    node = peers[party]
    post.post(node.station, [node.release(succession.leave(node.station, line, successor))])


def test_a_line_changes_its_witness_and_keeps_its_history() -> None:
    peers, line = opened()
    policy: list[Value] = list(start.witness_policy(peers.witness, "http://127.0.0.1:1"))
    new = followed(peers, line, policy=policy)
    us, ru = peers[US].station, peers[RU].station
    assert us.charter(new).previous == line and us.charter(new).policy == tuple(policy)
    assert lines.is_open(us, new)
    for party in (US, RU):
        left(peers, party, line, new)
    peers.carry()
    for station in (us, ru):
        chain = succession.history(station, new)
        assert [link["line"] for link in chain] == [line.hex(), new.hex()]
        assert [link["left"] for link in chain] == [True, False]
        assert any(str(each).startswith("policy: ") for each in chain[1]["changes"])  # type: ignore[union-attr]
        assert succession.history(station, line) == chain, "from either end"
        assert len(reading.state(station, line).cases) == 1
        presence = reading.state(station, line).presence(US)
        assert presence.left is not None and presence.successor
        assert lines.find(station, "us.example and ru.example") == new, "the title goes on"
    peers.say(US, new, CLARIFY, words("on the new one"))
    peers.carry()
    place = reading.state(ru, line).cases[0].id
    assert write(peers[US], {"kind": "entry", "ref": list(place)}).data, "old proofs are still made"


def test_a_successor_keeps_the_relays_unless_others_are_named() -> None:
    peers, line = opened()
    key = peers[CH].station.cards(CH)[-1].http  # any Ed25519 key serves as a relay's
    one, two = (f"relay relay{n}.example {key.text()} https://relay{n}.example" for n in (1, 2))
    first = followed(peers, line, relays=[one])
    second = followed(peers, first, title="the same with another name")
    third = followed(peers, second, relays=[two])
    us, ru = peers[US].station, peers[RU].station
    kept = [[relay.line() for relay in ru.charter(each).relays] for each in (first, second, third)]
    assert kept == [[one], [one], [two]]
    chain = succession.history(us, third)
    told = [str(each) for link in chain for each in link["changes"]]  # type: ignore[union-attr]
    assert sum(each.startswith("relays: ") for each in told) == 2, told
    assert "before relay1.example https://relay1.example" in told[-1]


def test_a_member_takes_another_s_place_and_reads_nothing_of_before() -> None:
    peers, line = opened()
    new = followed(peers, line, members=[US, CH])
    ch = peers[CH].station
    (unknown,) = succession.followed(ch, new)
    assert unknown.sentence() == "it follows a line that is not known here"
    assert [link["line"] for link in succession.history(ch, new)] == [new.hex()]
    assert ch.store.line(line) is None
    changes = succession.history(peers[US].station, new)[1]["changes"]
    assert changes == ["ru.example is no member any more", "ch.example becomes a member"]


def test_nothing_of_ours_follows_our_last_entry() -> None:
    peers, line = opened()
    us = peers[US].station
    waiting = peers[US].release(peers.draft(US, line, CLARIFY, words("too late")))
    left(peers, US, line, None)
    size = us.logs_of(line)[0].size
    with pytest.raises(LineLeft):
        peers.draft(US, line, CLARIFY, words("more"))
    with pytest.raises(LineLeft):
        post.post(us, [waiting])
    with pytest.raises(LineLeft):
        sequence.append_machine(us, line, "gap", {"ranges": []})
    with pytest.raises(LineLeft):
        prekeys.rotate(us, line)
    with pytest.raises(LineLeft):
        succession.leave(us, line, None)
    with pytest.raises(LineLeft):
        succession.succeed(us, line, {})
    assert not us.may_write(line) and us.logs_of(line)[0].size == size
    peers.carry()
    assert not list(reading.state(peers[RU].station, line).presence(US).irregularities())


def test_a_line_that_was_left_gets_no_new_epoch_and_no_alarm() -> None:
    peers, line = opened()
    us = peers[US].station
    left(peers, US, line, None)
    rotation.rotate(us)
    assert [log.counter for log in us.logs_of(line) if log.party == US] == [1]
    us.anchor.append([])
    assert epochs.check_at_start(us) == []


def test_others_go_on_and_are_receipted_on_a_line_that_we_left() -> None:
    peers, line = opened()
    left(peers, US, line, None)
    peers.say(RU, line, CLARIFY, words("are you there?"))
    peers.carry()
    ru = peers[RU].station
    log = ru.own_log(line)
    assert log is not None
    assert ru.store.cosignature(log.origin, log.size, f"{US}/receipt") is not None


@pytest.mark.parametrize(
    "changes", [{"status": "exercise"}, {"salt": "x"}, {"previous": "-"}, {"orderwire": "on"}]
)
def test_a_successor_changes_no_status_and_no_secret(changes: dict[str, Value]) -> None:
    peers, line = opened()
    with pytest.raises(SuccessionRefused):
        succession.succeed(peers[US].station, line, changes)


def test_a_line_is_left_only_for_one_that_follows_it_and_is_open_to_us() -> None:
    peers, line = opened()
    us = peers[US].station
    other = peers.open_line(US, RU)
    with pytest.raises(SuccessionRefused, match="does not follow"):
        succession.leave(us, line, other)
    draft = succession.succeed(us, line, {})
    with pytest.raises(SuccessionRefused, match="have not opened"):
        succession.leave(us, line, draft.line_id)


def test_a_line_that_waits_to_be_opened_cannot_be_followed() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU, accepting=[])
    with pytest.raises(SuccessionRefused):
        succession.succeed(peers[RU].station, line, {})


def test_who_is_no_member_of_the_successor_does_not_accept_it() -> None:
    peers, line = opened()
    new = followed(peers, line, members=[US, CH])
    station: Station = peers[RU].station
    assert station.store.line(new) is None
    with pytest.raises(NotAMember):
        from openline.exchange.logs.incoming import check_members

        check_members(station, peers[US].station.charter(new), US)
