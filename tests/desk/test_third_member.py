"""What a member sees of a message between two others: every word they signed, and no receipt."""

from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.desk.watchroom import line_registers
from tests.desk.test_documents import told as page_of
from tests.exchange.conftest import Peers, make_peers, text
from tests.exchange.visiting import CH, RU, US

VISIT: dict[str, Any] = {
    "subject": text("Visit"), "place": "Kyiv", "effect": "guarantee", "to": [RU],
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip
DUTY: dict[str, Any] = {"position": "duty officer", "at_time": "2023-11-14T22:30:00Z"}
TIMERS = {"acknowledge.visit": 3_600, "answer.visit": 7_200}
ELSEWHERE = "Not known here: the receipt goes to the sender"
Told = tuple[Peers, bytes, Ref]


@pytest.fixture
def told() -> Told:
    """On a line of three one asks another something; the third is neither."""
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH, timers=TIMERS)
    place = peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    return peers, line, place


def rungs(told: Told, party: str) -> str:
    """The row of the addressee on the ladder, as one member's page has it."""
    peers, _, place = told
    (row,) = (each for each in page_of(peers, party, ref=list(place)).split("\n")
              if each.startswith(RU))  # fmt: skip
    return row


def test_a_third_member_sees_that_there_is_no_answer_yet_and_that_receipts_are_not_shown_to_it(
    told: Told,
) -> None:
    assert ELSEWHERE in rungs(told, CH) and "No answer yet" in rungs(told, CH)
    for party in (US, RU):
        assert ELSEWHERE not in rungs(told, party)


def test_what_the_addressee_signs_is_seen_by_every_member(told: Told) -> None:
    peers, line, place = told
    peers.say(RU, line, "core/acknowledge@1", DUTY, "received", refs=[place])
    peers.carry()
    for party in (US, RU, CH):
        assert "Received" in rungs(told, party) and "No answer yet" not in rungs(told, party)
    peers.say(RU, line, "core/answer@1", {}, "noted-without-guarantee", refs=[place])
    peers.carry()
    for party in (US, RU, CH):
        assert "Noted without guarantee" in rungs(told, party)


def test_a_third_member_calls_nobody_silent_whose_receipt_it_cannot_see(told: Told) -> None:
    peers = told[0]
    peers.clock.time_s += 86_400
    assert "Silent" in rungs(told, US), "the control"
    assert "Silent" not in rungs(told, CH) and "No answer yet" in rungs(told, CH)


@pytest.mark.parametrize("name", ["due", "next"])
def test_no_register_says_not_received_of_a_receipt_that_would_not_be_here(
    told: Told, name: str
) -> None:
    peers, line, place = told
    for party, state in ((US, "running"), (RU, "running"), (CH, "receipt-elsewhere")):
        rows = line_registers(peers[party].station, line, name)[name]
        assert {r["state"] for r in rows if r["ref"] == list(place)} == {state}, party
    shown = page_of(peers, CH, of="register", register=name, line=line.hex())
    assert ELSEWHERE in shown and "Not received yet" not in shown


def test_what_no_addressee_of_ours_has_received_is_still_said_to_be_not_received(
    told: Told,
) -> None:
    peers, line, _ = told
    place = peers.say(US, line, "core/visit@1", VISIT)
    rows = line_registers(peers[US].station, line, "due")["due"]
    assert {r["state"] for r in rows if r["ref"] == list(place)} == {"not-started"}
