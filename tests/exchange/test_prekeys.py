"""When a seed may be destroyed: nobody who was heard since seals to its key any more."""

from openline.exchange.logs import prekeys
from openline.exchange.station import Station
from tests.exchange.conftest import make_peers
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
