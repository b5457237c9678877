"""What the watch is shown: the earliest rule first, every party's own word, no content."""

import re
from typing import Any

import icalendar
import pytest

from openline.cases.ladder import reached
from openline.desk.pages.watch_pages import of_lines
from openline.desk.service import key_exchange
from openline.desk.watchroom import heard, line_registers, occasions_of
from openline.exchange.folding import reading
from openline.exchange.folding.waiting import queue_of
from openline.formats.icalendar import Feed, encode
from openline.formats.spell import utc
from tests.exchange.conftest import T0, Peers, make_peers, text

US, RU = "us.example", "ru.example"
TIMERS = {"acknowledge.visit": 7_200, "answer.visit": 86_400}
SECRETS = ("Kyiv", "Visit", "North-South", RU, US, "core/visit")


@pytest.fixture(scope="module")
def shared() -> tuple[Peers, bytes]:
    """A line with a routine visit, then a flash one, both received by ru.example."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, timers={**TIMERS}, title="North-South")
    for more in ({}, {"precedence": "flash"}):
        content = {
            "subject": text("Visit"), "place": "Kyiv", "effect": "guarantee",
            "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z", **more,
        }  # fmt: skip
        peers.say(US, line_id, "core/visit@1", content)
    peers.carry()
    return peers, line_id


def rows_of(shared: tuple[Peers, bytes], second: int = 0) -> list[dict[str, Any]]:
    peers, line_id = shared
    peers.clock.time_s = T0 + second
    rows = queue_of(peers[RU].station, line_id)
    return sorted(rows, key=lambda row: row["due"])


def test_the_queue_shows_the_earliest_rule_and_which_rule_it_is(
    shared: tuple[Peers, bytes],
) -> None:
    flash, routine = rows_of(shared)
    assert (flash["precedence"], flash["rule"], flash["state"]) == (
        "flash",
        "precedence",
        "running",
    )
    assert (routine["precedence"], routine["rule"]) == ("", "format")
    assert flash["due"] < routine["due"]


def test_nobody_is_overdue_by_a_rule_that_no_charter_names(shared: tuple[Peers, bytes]) -> None:
    flash, routine = rows_of(shared, 3_600)
    assert (flash["state"], routine["state"]) == ("past-objective", "running")
    flash, routine = rows_of(shared, 10_000)
    assert routine["state"] == "overdue"


def feed_of(shared: tuple[Peers, bytes], *, with_content: bool) -> str:
    peers, line_id = shared
    peers.clock.time_s = T0
    found = occasions_of(peers[RU].station, line_id, with_content=with_content)
    return encode(Feed(T0, tuple(found)))


def test_a_calendar_says_when_and_never_what(shared: tuple[Peers, bytes]) -> None:
    feed = feed_of(shared, with_content=False)
    events = icalendar.Calendar.from_ical(feed).walk("VEVENT")
    assert len(events) == 4
    (summary,) = {str(event["SUMMARY"]) for event in events}
    assert re.fullmatch(r"something is due on line [0-9]{6} — open the desk", summary)
    assert [secret for secret in SECRETS if secret in feed.replace("\r\n ", "")] == []
    told = feed_of(shared, with_content=True).replace("\r\n ", "")
    assert "North-South" in told
    assert RU not in told.replace(f"to {US}", "")


def test_the_events_of_a_calendar_keep_their_names(shared: tuple[Peers, bytes]) -> None:
    def names(feed: str) -> list[str]:
        return sorted(str(e["UID"]) for e in icalendar.Calendar.from_ical(feed).walk("VEVENT"))

    first = names(feed_of(shared, with_content=False))
    assert len(set(first)) == len(first)
    shared[0][RU].station.states.clear()
    assert names(feed_of(shared, with_content=True)) == first


def test_a_party_whose_node_is_silent_is_not_heard_since_it_was(
    shared: tuple[Peers, bytes],
) -> None:
    peers, line_id = shared
    station = peers[RU].station
    (row,) = [r for r in line_registers(station, line_id)["line"]["parties"] if r["party"] == US]
    last = row["last_message"]
    assert heard(station, row, {"up": True})["not_heard_since"] == ""
    assert heard(station, row, {"up": False, "last_up": ""})["not_heard_since"] == last
    later = "2030-01-01T00:00:00Z"
    assert heard(station, row, {"up": False, "last_up": later})["not_heard_since"] == later
    assert heard(station, {**row, "last_message": ""}, {})["not_heard_since"] == "never"


def test_a_relay_of_a_line_without_a_role_is_on_no_board() -> None:
    rows = [{"relay": "a", "lines": ["one", "two"]}, {"relay": "b", "lines": ["two"]}]
    assert [row["name"] for row in of_lines(rows, "relay", {"one"})] == ["a"]
    assert of_lines(rows, "relay", set()) == []


def test_connected_says_how_long_ago_that_was(shared: tuple[Peers, bytes]) -> None:
    peers, line_id = shared
    station = peers[RU].station
    peers.clock.time_s = T0 + 100
    (row,) = [r for r in line_registers(station, line_id)["line"]["parties"] if r["party"] == US]
    assert heard(station, row, {"up": True, "last_up": utc(T0 + 60)})["heard_s"] == 40
    assert heard(station, row, {"up": False, "last_up": utc(T0 + 60)})["heard_s"] is None
    assert heard(station, row, {"up": True, "last_up": ""})["heard_s"] is None


def test_what_one_side_says_of_the_line_is_not_what_the_other_says() -> None:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    peers.say(RU, line_id, "core/line-status@1", {"reason": text("storm")}, "suspended")
    peers.carry()
    for name in (US, RU):
        state = reading.state(peers[name].station, line_id)
        assert state.members == (RU, US)
        found = line_registers(peers[name].station, line_id)["line"]["parties"]
        assert [(r["party"], r["status"].get("class", "")) for r in found] == [
            (RU, "suspended"), (US, ""),
        ]  # fmt: skip


def test_what_lay_at_a_relay_is_deemed_and_never_a_receipt() -> None:
    none: dict[str, Any] = {"a1": {}, "a2": {}, "a3": {}, "a4": {}}
    at = {"deemed": "2023-02-20T06:00:00Z"}
    assert reached({**none, "a0": at}) == "deemed, not received"
    assert reached({**none, "a0": {"time": "2023-02-20T06:00:00Z"}}) == "A0"
    assert reached({**none, "a0": {}}) == "-"


def test_doctor_says_which_key_exchange_the_platform_has() -> None:
    old, new = ("OpenSSL 3.0.19 27 Jan 2026", (3, 0)), ("OpenSSL 3.5.0 8 Apr 2025", (3, 5))
    assert key_exchange(*old).startswith("OpenSSL 3.0.19: no post-quantum")
    assert key_exchange(*new).startswith(
        "OpenSSL 3.5.0: post-quantum key exchange (X25519MLKEM768)"
    )
