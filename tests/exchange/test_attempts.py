"""What fails towards a peer holds up nothing else; only a peer that is away ends the round."""

import pytest

from openline.errors import OpenlineError
from openline.exchange import conversation
from openline.exchange.kept import alarms
from openline.exchange.peer.client import Unreachable
from openline.exchange.refusals import PeerRefused, RootMismatch
from openline.exchange.station import Station
from openline.exchange.traffic.link import Link, Rest, Talk, Tried, attempt
from openline.store.faults import StoreMisused
from tests.exchange.conftest import make_peers

PEER = "ru.example"


def step(done: list[str], name: str, fault: OpenlineError | None) -> Talk:
    """One thing to do, which may fail half-way."""
    yield Rest(0)
    if fault is not None:
        raise fault
    done.append(name)


def round_of(
    link: Link, *faults: OpenlineError | None, station: Station | None = None
) -> tuple[list[str], int]:
    """What of a round was done, and how much of it failed."""
    done: list[str] = []
    at = station or make_peers("us.example", PEER)["us.example"].station

    def all_of_it() -> Tried:
        failures = 0
        for number, fault in enumerate(faults):
            failures += yield from attempt(at, link, step(done, f"{number}", fault))
        return failures

    tried = all_of_it()
    try:
        while True:
            next(tried)
    except StopIteration as end:
        return done, int(end.value)


def test_a_need_that_fails_holds_up_no_other() -> None:
    link = Link(PEER)
    refused = PeerRefused(404, "exchange.not-found", "no such log")
    lied = RootMismatch("leaves do not give the signed root")
    assert round_of(link, refused, None, lied, None) == (["1", "3"], 2)
    assert link.last_error.startswith("exchange.root-mismatch")


def test_a_peer_that_is_away_ends_the_round() -> None:
    """The control."""
    with pytest.raises(Unreachable):
        round_of(Link(PEER), Unreachable(f"{PEER}: no answer"), None)


def test_a_fault_of_our_own_program_holds_up_nothing_and_is_an_alarm_of_ours() -> None:
    """Else a mistake in this program would stand on the board as the peer's, and nowhere else."""
    us = make_peers("us.example", PEER)["us.example"].station
    misused = StoreMisused("inside write() read through the transaction")
    assert round_of(Link(PEER), misused, None, misused, station=us) == (["1"], 2)
    (told,) = alarms.standing(us)
    assert (told.code, told.subject, told.count) == ("store.misused", "us.example", 1)
    refused = PeerRefused(404, "exchange.not-found", "no such log")
    assert round_of(Link(PEER), refused, station=us) == ([], 1)
    assert [each.code for each in alarms.standing(us)] == ["store.misused"], "the control"


def test_a_fault_of_our_own_program_in_a_conversation_is_an_alarm_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    us = make_peers("us.example", PEER)["us.example"].station

    def broken(*_: object) -> Talk:
        raise StoreMisused("a row that cannot be")
        yield Rest(0)

    monkeypatch.setattr(conversation.card_talk, "settle", broken)
    talk = conversation.talk(us, Link(PEER, up=True))
    assert isinstance(next(talk), Rest), "and it goes on"
    assert [each.code for each in alarms.standing(us)] == ["store.misused"]
