"""When a seed may be destroyed: nobody who was heard since seals to its key any more."""

from openline.exchange.logs import prekeys
from openline.exchange.station import Station
from tests.exchange.conftest import make_peers
from tests.exchange.test_growth import beaten
from tests.exchange.visiting import RU, US


def rotated() -> tuple[Station, bytes]:
    """A party that turned its prekey, which every other member has stated to know."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    peers.clock.time_s += 10
    prekeys.rotate(peers[US].station, line)
    for _ in range(2):
        peers.carry()
    return peers[US].station, line


def test_a_key_that_all_have_seen_replaced_is_destroyed() -> None:
    us, line = rotated()
    log = us.own_log(line)
    assert log is not None
    assert prekeys.deletable(us, line) == [(log.origin, 0)]


def test_nothing_is_destroyed_while_an_own_epoch_that_came_to_light_is_not_open_again() -> None:
    """It may name a key that is newer than all that this node knows of."""
    us, line = rotated()
    log = us.own_log(line)
    assert log is not None
    us.sealed = ((log.origin, 0),)
    assert prekeys.deletable(us, line) == []
    us.sealed = (("us.example/openline/of-another-line", 0),)
    assert prekeys.deletable(us, line) == [(log.origin, 0)], "the control"


def test_for_a_member_that_is_silent_each_key_is_kept_so_long_after_its_own_successor() -> None:
    """Daily keys and one silent member would else be kept for ever: the newest is never old."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US].station
    for _ in range(60):
        peers.clock.time_s += prekeys.ROTATE_DEFAULT_S
        prekeys.rotate(us, line)
        prekeys.delete(us, line)
    log = us.own_log(line)
    assert log is not None
    held = sorted(index for origin, index in us.keyring.prekeys if origin == log.origin)
    days = prekeys.KEEP_DEFAULT_S // prekeys.ROTATE_DEFAULT_S
    assert held == list(range(log.size - days - 2, log.size))


def test_seeds_of_a_line_that_was_left_are_destroyed_too() -> None:
    us, line = rotated()
    log = us.own_log(line)
    assert log is not None
    us._left = frozenset({line})
    us.suspect[line] = "older than what a member holds"
    beaten(us, line, 1)
    assert (log.origin, 0) in us.keyring.prekeys, (
        "nothing is destroyed while our own log is in doubt"
    )
    del us.suspect[line]
    beaten(us, line, 1)
    assert (log.origin, 0) not in us.keyring.prekeys
