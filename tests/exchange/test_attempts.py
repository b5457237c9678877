"""What fails towards a peer holds up nothing else; only a peer that is away ends the round."""

import pytest

from openline.errors import OpenlineError
from openline.exchange.peer.client import Unreachable
from openline.exchange.refusals import PeerRefused, RootMismatch
from openline.exchange.traffic.link import Link, Rest, Talk, Tried, attempt

PEER = "ru.example"


def step(done: list[str], name: str, fault: OpenlineError | None) -> Talk:
    """One thing to do, which may fail half-way."""
    yield Rest(0)
    if fault is not None:
        raise fault
    done.append(name)


def round_of(link: Link, *faults: OpenlineError | None) -> tuple[list[str], int]:
    """What of a round was done, and how much of it failed."""
    done: list[str] = []

    def all_of_it() -> Tried:
        failures = 0
        for number, fault in enumerate(faults):
            failures += yield from attempt(link, step(done, f"{number}", fault))
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
