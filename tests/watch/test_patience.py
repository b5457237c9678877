"""Who is told to come back later comes back later, and nobody silences a link by it."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest

from openline.errors import OpenlineError
from openline.exchange import conversation
from openline.exchange.carried import relaying
from openline.exchange.peer.client import PeerClient, Unreachable
from openline.exchange.peer.status import RETRY_AFTER_MAX_S, retry_after, status_of
from openline.exchange.refusals import PeerRefused, TooMany
from openline.exchange.traffic.link import Link, Post, Rest
from openline.watch.lane import Lane
from openline.watch.links import Links
from openline.watch.patience import asked_pause
from openline.watch.relays import Relays
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_relay import relayed_line
from tests.exchange.visiting import RU, US
from tests.watch.test_beginning import Inline
from tests.watch.test_witnessing import Asked


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        (["7"], 7),
        (["0"], 0),
        (["60"], 60),
        (["61"], RETRY_AFTER_MAX_S),
        (["999999999"], RETRY_AFTER_MAX_S),
        (["9999999999"], 0),
        ([], 0),
        (["7", "7"], 0),
        ([""], 0),
        ([" 7"], 0),
        (["7\n"], 0),
        (["+7"], 0),
        (["-7"], 0),
        (["7.5"], 0),
        (["7, 8"], 0),
        (["٧"], 0),
        (["Wed, 21 Oct 2026 07:28:00 GMT"], 0),
    ],
)
def test_one_number_of_seconds_is_read_and_bounded(values: list[str], seconds: int) -> None:
    for status in (429, 503, 507):
        assert retry_after(status, values) == seconds
    for status in (200, 301, 400, 403, 404, 409, 500):
        assert retry_after(status, values) == 0


def test_what_a_node_writes_a_node_reads() -> None:
    status, headers = status_of(TooMany("too many"))
    assert retry_after(status, [headers["Retry-After"]]) == int(headers["Retry-After"])


@pytest.mark.parametrize("drawn", [0, 128, 255])
def test_nobody_comes_back_early_and_not_all_at_once(drawn: int) -> None:
    refused = PeerRefused(429, "exchange.too-many", "", 10)
    pause_s = asked_pause(lambda count: bytes([drawn] * count), refused)
    assert 10 <= pause_s <= 15
    assert pause_s == 10 * (1 + drawn / 510)
    for fault in (PeerRefused(429, "exchange.too-many", ""), Unreachable("gone")):
        assert asked_pause(lambda count: bytes(count), fault) == 0.0


def first_rest(peers: Peers, fault: OpenlineError) -> float:
    """How long a conversation rests after its first hello was refused."""
    link = Link(RU)
    steps = conversation.talk(peers[US].station, link)
    step = next(steps)
    while not isinstance(step, Rest):
        assert isinstance(step, Post)
        step = steps.throw(fault)
    assert link.patience_s == 0, "asked once, heeded once"
    return step.seconds


def test_a_conversation_waits_as_long_as_it_was_asked_to() -> None:
    peers = make_peers(US, RU)
    peers.open_line(US, RU)
    asked_s = first_rest(peers, PeerRefused(429, "exchange.too-many", "", 20))
    assert 20 <= asked_s <= 30
    assert first_rest(peers, PeerRefused(429, "exchange.too-many", "")) <= 1, "the control"


def test_a_witness_that_asks_for_patience_is_left_alone_so_long() -> None:
    def busy(body: bytes) -> bytes:
        raise PeerRefused(429, "witness.too-fast", "", 40)

    asked = Asked(busy)
    requests = asked.rounds(1, 1.0)
    assert requests > 0
    assert asked.rounds(38, 1.0) == 0
    assert asked.rounds(30, 1.0) == requests


class Full:
    """A relay that has no room, and says when to come again."""

    def __init__(self, retry_s: int) -> None:
        self.retry_s, self.puts = retry_s, 0

    async def post(self, url: str, path: str, body: bytes, pins: object = ()) -> bytes:
        self.puts += path.endswith("put")
        raise PeerRefused(507, "relay.full", "full", self.retry_s)


@pytest.fixture
def now_s(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [1_000.0]
    monkeypatch.setattr("openline.watch.relays.time.monotonic", lambda: now[0])
    yield now


@pytest.mark.parametrize(("retry_s", "puts"), [(20, 2), (0, 40)])
def test_a_relay_that_is_full_is_not_asked_with_every_round(
    now_s: list[float], retry_s: int, puts: int
) -> None:
    peers = make_peers(US, RU)
    _, _, line_id = relayed_line(peers)
    peers.say(US, line_id, "core/clarification@1", {"subject": [["en", "Left"]]})
    us = peers[US].station
    assert relaying.owed(us, RU)
    client: Any = Full(retry_s)
    lane = cast(Lane, Inline())
    links = Links(us, lane, client)
    links.way(RU)
    relays = Relays(us, lane, cast(PeerClient, client), links)

    async def rounds() -> None:
        await relays._leave()  # from now on it is silent
        now_s[0] += 6.0
        for _ in range(40):
            await relays._leave()
            now_s[0] += 1.0

    asyncio.run(rounds())
    assert client.puts == puts
