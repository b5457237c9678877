"""An invitation asks until somebody answers it here, or until its sender takes it back."""

import pytest

from openline.exchange.logs import incoming, post
from openline.exchange.logs.incoming import PROPOSALS_MAX
from openline.exchange.membership import invited, lines, succession
from openline.exchange.membership.invited import NotInvited
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.visiting import CH, RU, US


def asked(**spec: str) -> tuple[Peers, bytes]:
    """Two parties, one of which has invited the other to a line."""
    peers = make_peers(US, RU)
    return peers, peers.open_line(US, RU, accepting=[], **spec)


def waits(peers: Peers, line: bytes) -> str:
    return str(lines.summary(peers[RU].station, line)["waits"])


def test_an_invitation_that_was_declined_asks_no_more_and_tells_nobody() -> None:
    peers, line = asked()
    ru = peers[RU].station
    lines.accept(ru, line)
    assert waits(peers, line) == "accept"
    before = [(log.origin, log.size) for log in ru.logs_of(line)]
    invited.decline(ru, line)
    invited.decline(ru, line)
    assert waits(peers, line) == ""
    peers.carry()
    assert [(log.origin, log.size) for log in ru.logs_of(line)] == before
    assert lines.opened_by(peers[US].station, line) == [US]


def test_what_was_declined_can_be_accepted_all_the_same() -> None:
    peers, line = asked()
    invited.decline(peers[RU].station, line)
    post.post(peers[RU].station, [peers[RU].release(lines.accept(peers[RU].station, line))])
    peers.carry()
    for name in (US, RU):
        assert lines.is_open(peers[name].station, line)
        assert lines.summary(peers[name].station, line)["state"] == "accepted"


def test_only_an_invitation_of_others_is_declined() -> None:
    peers, line = asked()
    us = peers[US].station
    with pytest.raises(NotInvited, match="drawn by us"):
        invited.decline(us, line)
    opened = peers.open_line(US, RU)
    with pytest.raises(NotInvited, match="accepted by us"):
        invited.decline(peers[RU].station, opened)


def test_an_invitation_that_was_taken_back_asks_for_nothing() -> None:
    peers, line = asked()
    us = peers[US]
    assert waits(peers, line) == "accept", "the control"
    post.post(us.station, [us.release(succession.leave(us.station, line, None))])
    peers.carry()
    assert waits(peers, line) == ""


def test_an_invitation_to_a_line_that_goes_on_without_its_sender_still_asks() -> None:
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH, accepting=[RU], opens=2)
    us, ru, ch = peers[US], peers[RU], peers[CH].station
    post.post(us.station, [us.release(succession.leave(us.station, line, None))])
    peers.carry()
    assert lines.summary(ch, line)["waits"] == "accept", "it is open between the two others"
    post.post(ru.station, [ru.release(succession.leave(ru.station, line, None))])
    peers.carry()
    assert lines.summary(ch, line)["waits"] == "", "the control"


@pytest.mark.parametrize("how", ["declined", "taken back"])
def test_it_gives_its_title_to_the_line_that_is_meant(how: str) -> None:
    peers, line = asked(title="Bridge")
    us, ru = peers[US], peers[RU].station
    if how == "declined":
        invited.decline(ru, line)
    else:
        post.post(us.station, [us.release(succession.leave(us.station, line, None))])
    meant = peers.open_line(US, RU, title="Bridge")
    assert lines.find(ru, "Bridge") == meant
    assert lines.find(ru, line.hex()) == line


def test_what_was_declined_takes_no_place_among_those_that_a_party_may_propose() -> None:
    peers, line = asked()
    ru = peers[RU].station
    for n in range(PROPOSALS_MAX - 1):
        peers.open_line(US, RU, accepting=[], title=f"line {n}")
    charter = ru.charter(line)
    with pytest.raises(incoming.TooMany):
        incoming.proposal(ru, charter, US)
    invited.decline(ru, line)
    assert incoming.proposal(ru, charter, US).state == "proposed"
