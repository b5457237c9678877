"""A line on which more epochs were opened than one entry can name goes on all the same."""

import pytest

from openline.exchange.contents import newest, opening
from openline.exchange.logs import epochs, post, prekeys, sequence
from openline.exchange.station import Station
from openline.formats.leaf import parse_leaf
from openline.formats.malformed import Malformed
from tests.exchange.conftest import Node, Peers, make_peers
from tests.exchange.visiting import RU, US

DAY_S = 86_400
MANY = 140


def reopen(node: Node, line: bytes) -> None:
    """A new epoch, as after a restore."""
    node.station.suspect[line] = "restore: a copy of yesterday"
    post.post(node.station, [node.release(epochs.draft_open(node.station, line))])


def named(station: Station, origin: str) -> set[str]:
    """Every log that the entries of one log name in `seen` or `past`."""
    found: set[str] = set()
    log = station.store.log(origin)
    for row in station.store.entries(origin, 0, log.size if log else 0):
        opened = opening.read_archived(station, origin, row.index, parse_leaf(row.leaf))
        assert opened is not None
        found |= newest.names(opened.value("seen")).keys()
        found |= newest.names(opened.value("past")).keys()
    return found


def of_days(peers: Peers, line: bytes) -> list[str]:
    """A member opens sixteen epochs a day, which is as many as the others take."""
    for count in range(MANY):
        if count % 8 == 0:
            peers.clock.time_s += DAY_S
        reopen(peers[RU], line)
        if count % 8 == 7:
            peers.carry(RU)
    peers.carry(RU)
    return [log.origin for log in peers[US].station.logs_of(line) if log.party == RU]


def test_a_party_with_more_epochs_than_fit_opens_the_next_and_its_key_is_the_newest() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US]
    for _ in range(MANY):
        reopen(us, line)
    own = us.station.own_log(line)
    held = newest.newest(us.station, line, US)
    assert own is not None and held is not None and held.origin == own.origin
    prekeys.rotate(us.station, line)
    assert not prekeys.rotation_due(us.station, line)


def test_epochs_of_another_member_do_not_stop_the_keys_of_this_one() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    theirs = of_days(peers, line)
    assert len(theirs) > 2 * sequence.HEADS_NAMED_MAX
    us = peers[US].station
    for _ in range(4):
        prekeys.rotate(us, line)
    assert named(us, peers[US].log(line)) >= set(theirs), "one entry names what another could not"


def test_without_a_bound_the_same_line_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    monkeypatch.setattr(sequence, "HEADS_NAMED_MAX", 1_000)
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    with pytest.raises(Malformed):
        for _ in range(MANY):
            reopen(peers[US], line)
