"""A node that was copied: while the other one answers, no line is opened anew beside it."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from openline.exchange.logs import epochs, post
from openline.exchange.logs.epochs import Doubled
from openline.exchange.membership.lines import summary
from openline.exchange.peer.client import PeerClient, Unreachable
from openline.exchange.station import Station
from openline.formats.spell import b64
from openline.watch.beginning import Beginning
from openline.watch.lane import Lane
from openline.watch.links import Links
from tests.exchange.conftest import Peers, make_peers

US, RU = "us.example", "ru.example"


class Wire:
    """Who answers at our own address: another start of ours, we ourselves, or nobody."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer

    async def post(self, url: str, path: str, body: bytes, pins: Sequence[bytes] = ()) -> bytes:
        if self.answer is None:
            raise Unreachable(f"{url}: connection refused")
        return self.answer


class Inline:
    """A lane that runs what it is given at once."""

    async def run(self, act: Any, *args: Any, **named: Any) -> Any:
        return act(*args, **named)


def look(station: Station, wire: Wire) -> None:
    beginning = Beginning(station, cast(Lane, Inline()), cast(PeerClient, wire), cast(Links, None))
    asyncio.run(beginning.look_for_doubles())
    station.unproven = ""


def copied() -> tuple[Peers, bytes, Station]:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    station = peers[US].station
    look(station, Wire(b64(bytes(16)).encode()))
    return peers, line, station


def test_a_line_is_not_reopened_while_the_other_node_answers() -> None:
    peers, line, us = copied()
    assert summary(us, line)["waits"] == "look"
    with pytest.raises(Doubled, match="answers at"):
        epochs.draft_open(us, line)
    look(us, Wire(None))
    post.post(us, [peers[US].release(epochs.draft_open(us, line))])
    assert us.may_write(line) and summary(us, line)["waits"] == ""


def test_a_draft_from_before_the_other_came_back_opens_nothing() -> None:
    peers, line, us = copied()
    look(us, Wire(None))
    draft = peers[US].release(epochs.draft_open(us, line))
    look(us, Wire(b64(bytes(16)).encode()))
    with pytest.raises(Doubled):
        epochs.sequence_open(us, draft)


def test_a_process_that_has_not_looked_goes_by_what_was_found_before() -> None:
    _, line, us = copied()
    us.double = ""  # a start later
    with pytest.raises(Doubled, match="was not looked at"):
        epochs.draft_open(us, line)


def test_whoever_answers_as_this_start_is_no_other() -> None:
    """The control: our own answer at our own address closes nothing."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US].station
    look(us, Wire(b64(us.boot).encode()))
    assert us.is_alone and line not in us.suspect


def test_a_line_that_is_receive_only_for_another_reason_is_not_reopened_beside_it_either() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US].station
    epochs.suspect(us, {line: "restore: put back"})
    look(us, Wire(b64(bytes(16)).encode()))
    with pytest.raises(Doubled):
        epochs.draft_open(us, line)
