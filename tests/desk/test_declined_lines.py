"""A line that was declined stands among the lines, and asks for nothing whatever is said there."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from openline.cli.commands import board as terminal
from openline.desk import watchroom
from openline.desk.alarms import Alarms
from openline.exchange.logs import post
from openline.exchange.membership import invited, lines
from openline.watch.lane import Lane
from openline.watch.reminding import Reminding
from tests.exchange.conftest import T0, Peers, make_peers, text
from tests.exchange.visiting import CH, RU, US

FLASH: dict[str, Any] = {
    "subject": text("Look at us"), "place": "Kyiv", "effect": "guarantee", "precedence": "flash",
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip
TIMERS = {"acknowledge.visit": 3_600, "answer.visit": 7_200}
Asked = tuple[Peers, bytes]


@pytest.fixture
def asked() -> Asked:
    """Two parties talk on a line to which they have invited a third, and do not leave it alone."""
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH, accepting=[RU], opens=2, timers=TIMERS, title="Loud")
    for who in (US, RU):
        peers.say(who, line, "core/visit@1", FLASH)
    peers.carry()
    return peers, line


def told(peers: Peers, name: str, **args: Any) -> Any:
    """An operation of the watch, as terminal and desk call it at the third party."""
    links = SimpleNamespace(ways={})
    desk = SimpleNamespace(station=peers[CH].station, lane=Lane(), links=links)
    return asyncio.run(watchroom.WATCHROOM[name](desk, args))  # type: ignore[arg-type]


def decline(asked: Asked) -> Peers:
    peers, line = asked
    invited.decline(peers[CH].station, line)
    return peers


def reminded(peers: Peers) -> int:
    peers.clock.time_s = T0 + 10_000
    return Reminding(peers[CH].station, Lane(), "").pass_()


def test_what_is_said_on_a_declined_line_waits_in_no_queue_and_rings_nowhere(asked: Asked) -> None:
    rows = told(asked[0], "queue")["queue"]
    assert {row["from"] for row in rows} == {US, RU}, "the control: an invitation is no refusal"
    assert Alarms().groups(rows, T0)
    found = told(decline(asked), "queue")
    assert (found["queue"], found["ours"], found["files"]) == ([], [], [])


def test_nobody_is_reminded_of_a_declined_line_nor_finds_it_in_a_calendar(asked: Asked) -> None:
    peers = asked[0]
    assert told(peers, "calendar")["events"] > 0, "the control"
    decline(asked)
    assert told(peers, "calendar")["events"] == 0
    assert reminded(peers) == 0
    assert peers[CH].station.store.events("reminder") == []


def test_before_it_is_declined_it_reminds(asked: Asked) -> None:
    assert reminded(asked[0]) > 0


def test_a_declined_line_stands_on_the_board_apart_with_who_proposed_it(asked: Asked) -> None:
    peers, line = asked
    assert [row["line"] for row in told(peers, "board")["lines"]] == [line.hex()]
    found = told(decline(asked), "board")
    assert found["lines"] == []
    (row,) = found["declined"]
    assert (row["line"], row["title"], row["proposed_by"]) == (line.hex(), "Loud", US)
    said = "\n".join(terminal.lines_of(found, "en", runs=False))
    assert "Loud" in said and "declined by us" in said


def test_who_asks_for_a_declined_line_by_name_is_told_what_was_said_there(asked: Asked) -> None:
    assert len(told(decline(asked), "queue", line=asked[1].hex())["queue"]) == 2


def test_what_is_accepted_after_all_waits_again(asked: Asked) -> None:
    peers, line = decline(asked), asked[1]
    ch = peers[CH]
    post.post(ch.station, [ch.release(lines.accept(ch.station, line))])
    peers.carry()
    assert len(told(peers, "queue")["queue"]) == 2
    assert reminded(peers) > 0
