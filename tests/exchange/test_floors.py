"""How far the logs of stolen keys are their party's: through later epochs, and through many."""

import pytest

from openline.exchange.contents import disowned
from openline.exchange.folding import reading
from openline.exchange.logs import epochs, post
from openline.exchange.logs.sequence import HEADS_NAMED_MAX
from openline.exchange.membership import rotation
from openline.exchange.membership.rotation import Loss
from tests.exchange.conftest import Peers
from tests.exchange.test_many_epochs import DAY_S, reopen
from tests.exchange.test_rotation import learn, opened, thief_of
from tests.exchange.visiting import RU, US

FLAW = "key.compromised"


def stolen() -> tuple[Peers, bytes, str, int]:
    """A line on which a thief has said one thing: its origin, and the number of that entry."""
    peers, line = opened()
    log = peers[US].station.own_log(line)
    assert log is not None
    thief_of(peers, line, "not ours")
    peers.carry()
    return peers, line, log.origin, log.size


def marked(peers: Peers, line: bytes, origin: str) -> list[set[int]]:
    """The entries of a log that each party shows as signed by a stolen key."""
    states = [reading.state(node.station, line) for node in peers.nodes.values()]
    return [
        {e.ref.index for e in state.entries.values() if e.ref.origin == origin and FLAW in e.flaws}
        for state in states
    ]


def turn(peers: Peers, loss: Loss | None) -> None:
    """New keys for the first party, of which everybody hears."""
    peers.clock.time_s += 10
    rotation.rotate(peers[US].station, loss)
    learn(peers, US)
    peers.carry()


def test_what_an_officer_said_of_a_thief_holds_in_every_epoch_that_follows() -> None:
    peers, line, origin, first = stolen()
    turn(peers, Loss(peers.clock.time_s, {origin: first}))
    assert marked(peers, line, origin) == [{first}, {first}]
    turn(peers, None)
    assert marked(peers, line, origin) == [{first}, {first}], "a planned change of keys"
    reopen(peers[US], line)
    peers.carry()
    assert marked(peers, line, origin) == [{first}, {first}], "a restore"


@pytest.mark.parametrize("said", [b"", b"yes"])
def test_a_restore_that_forgot_what_officers_said_goes_by_our_own_epochs(said: bytes) -> None:
    """They name how far the log is ours; unless a person says since that all of it is."""
    peers, line, origin, first = stolen()
    turn(peers, Loss(peers.clock.time_s, {origin: first}))
    with peers[US].station.store.write() as tx:
        tx.set_meta(epochs.FLOORS, b"[]")
        tx.set_meta(f"ours/{origin}", said)
    reopen(peers[US], line)
    peers.carry()
    left = set() if said else {first}
    assert marked(peers, line, origin)[1] == left


def test_an_epoch_that_names_the_whole_log_makes_the_thief_one_of_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control."""
    peers, line, origin, first = stolen()
    turn(peers, Loss(peers.clock.time_s, {origin: first}))
    monkeypatch.setattr(epochs, "floors", lambda station: {})
    monkeypatch.setattr(disowned, "floor", lambda station, log: None)
    reopen(peers[US], line)
    monkeypatch.undo()
    peers.carry()
    assert marked(peers, line, origin) == [set(), set()]


def test_keys_are_revoked_on_a_line_that_the_thief_has_closed() -> None:
    """An entry of the thief's that came back closes the log, and the line waits for officers."""
    peers, line, origin, first = stolen()
    us = peers[US].station
    epochs.suspect(us, {line: "restore: others hold more of our log than we did"})
    with us.store.write() as tx:
        tx.set_log_status(origin, "closed")
    us.forget(line_id=line)
    us._logs.clear()
    floors = rotation.floors_from(us, line, "", first)
    assert floors == {origin: first}
    turn(peers, rotation.loss_of(us, floors, None))
    assert us.own_log(line) is None, "the node opens nothing that is in doubt by itself"
    post.post(us, [peers[US].release(epochs.draft_open(us, line))])
    peers.carry()
    assert marked(peers, line, origin) == [{first}, {first}]


def test_every_epoch_above_the_one_that_is_named_is_the_thiefs() -> None:
    peers, line, origin, first = stolen()
    us = peers[US].station
    epochs.sequence_open(us, epochs.draft_open(us, line, "rotation"))
    theirs = peers[US].log(line)
    peers.carry()
    floors = rotation.floors_from(us, line, "1", first)
    assert floors == {origin: first, theirs: 0}
    turn(peers, rotation.loss_of(us, floors, None))
    assert marked(peers, line, origin) == [{first}, {first}]
    assert all(0 in found for found in marked(peers, line, theirs)), "its `open` entry as well"
    with pytest.raises(rotation.NoSuchFloor):
        rotation.floors_from(us, line, "99", 0)


def many_epochs() -> tuple[Peers, bytes, str]:
    """A party that opened more epochs than one entry has room for, and then lost its keys."""
    peers, line = opened()
    origin = peers[US].log(line)
    for count in range(HEADS_NAMED_MAX + 8):
        if count % 8 == 0:
            peers.clock.time_s += DAY_S
        reopen(peers[US], line)
        if count % 8 == 7:
            peers.carry(US)
    peers.carry()
    turn(peers, Loss(peers.clock.time_s))
    return peers, line, origin


def test_of_more_epochs_than_an_entry_can_name_none_is_taken_from_its_party() -> None:
    peers, line, origin = many_epochs()
    log = peers[RU].station.own_log(line)
    assert log is not None
    assert marked(peers, line, origin) == [set(), set()]


def test_by_the_newest_entry_alone_the_oldest_epochs_would_be_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control: what the entry names is all that counts."""
    monkeypatch.setattr(disowned, "reach", lambda station, named: dict(named[0]))
    peers, line, origin = many_epochs()
    assert all(found for found in marked(peers, line, origin))


def test_a_thief_who_opens_many_epochs_pushes_none_of_ours_out() -> None:
    """The thief has the highest numbers, and no officer; the new epoch names what is ours."""
    peers, line, origin, first = stolen()
    us = peers[US].station
    for count in range(HEADS_NAMED_MAX + 8):
        if count % 8 == 0:
            peers.clock.time_s += DAY_S
        epochs.sequence_open(us, epochs.draft_open(us, line, "rotation"))
        if count % 8 == 7:
            peers.carry(US)
    turn(peers, rotation.loss_of(us, rotation.floors_from(us, line, "1", first), None))
    assert marked(peers, line, origin) == [{first}, {first}]
    ours = {log.origin for log in us.logs_of(line) if log.party == US and log.status == "active"}
    for state in (reading.state(node.station, line) for node in peers.nodes.values()):
        others = [e for e in state.entries.values() if e.ref.origin.startswith(US)]
        assert all(FLAW in e.flaws for e in others if e.ref.origin not in {origin, *ours})
