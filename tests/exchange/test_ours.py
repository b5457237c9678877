"""What the sender has to see: not received, misread, answered, not done; a guarantee withdrawn."""

from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.cases.reminders import NOT_RECEIVED_S
from openline.exchange.folding.timetable import reminders_of
from openline.exchange.folding.waiting import ours_of, queue_of
from tests.exchange.conftest import T0, Peers, make_peers, text

US, RU = "us.example", "ru.example"
TIMERS = {"acknowledge.visit": 3_600}
VISIT: dict[str, Any] = {
    "subject": text("Visit"), "place": "Riverside", "effect": "guarantee",
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip
BOUNDS: dict[str, Any] = {"scope": text("All"), "from": VISIT["from"], "until": VISIT["until"]}
WATCH: dict[str, Any] = {"position": "watch", "at_time": "2023-11-14T22:30:00Z"}


@pytest.fixture
def told() -> tuple[Peers, bytes, Ref]:
    """A visit that stands in our log and was not yet carried to anybody."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, timers=TIMERS)
    return peers, line_id, peers.say(US, line_id, "core/visit@1", VISIT)


def kinds(peers: Peers, line_id: bytes, party: str = US) -> list[str]:
    return [row["kind"] for row in ours_of(peers[party].station, line_id)]


def told_of(peers: Peers, line_id: bytes, party: str = US) -> list[tuple[str, str]]:
    found = reminders_of(peers[party].station, line_id)
    now_s = peers[party].station.line_now(line_id)
    return [(each.point, each.kind) for each in found if each.at_s <= now_s]


def test_what_was_not_received_stands_in_the_sender_s_queue_until_a_receipt_comes(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    (row,) = ours_of(peers[US].station, line_id)
    assert (row["kind"], row["party"], row["ref"]) == ("not-received", RU, list(notice))
    peers.say(US, line_id, "core/visit@1", VISIT)
    (row,) = ours_of(peers[US].station, line_id)
    assert (row["count"], row["ref"]) == (2, list(notice))
    peers.carry()
    assert kinds(peers, line_id) == []


def test_that_nothing_was_received_is_told_once_it_has_lasted_and_not_before(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, _ = told
    peers.clock.time_s = T0 + NOT_RECEIVED_S - 1
    assert ("due", "not-received") not in told_of(peers, line_id)
    peers.clock.time_s = T0 + NOT_RECEIVED_S
    assert ("due", "not-received") in told_of(peers, line_id)
    peers.carry()
    assert ("due", "not-received") not in told_of(peers, line_id)


def test_a_misreading_stays_with_the_sender_until_that_item_is_read_correctly(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    peers.carry()
    for reading, answer, expected in (
        (["from", "2024-02-21T06:00:00Z"], "differs", ["read-otherwise"]),
        (["place", "Riverside"], "correct", ["read-otherwise"]),
        (["from", VISIT["from"]], "correct", []),
    ):
        fields = {"fields": [reading]}
        peers.say(RU, line_id, "core/readback@1", fields, answer=answer, refs=[notice])
        peers.carry()
        assert kinds(peers, line_id) == expected
        assert (("arrived", "read-otherwise") in told_of(peers, line_id)) == bool(expected)


def test_an_answer_stays_with_who_asked_until_somebody_there_acknowledges_it(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    peers.carry()
    answer = peers.say(RU, line_id, "core/answer@1", {}, answer="accepted", refs=[notice])
    peers.carry()
    (row,) = ours_of(peers[US].station, line_id)
    assert (row["kind"], row["ref"], row["about"]) == ("answered", list(answer), "us.example:1.1")
    peers.say(US, line_id, "core/acknowledge@1", WATCH, answer="received", refs=[answer])
    peers.carry()
    assert kinds(peers, line_id) == []


def test_what_the_other_side_let_pass_stands_with_the_sender_as_overdue(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    peers.carry()
    peers.clock.time_s = T0 + 3_500
    assert kinds(peers, line_id) == []
    peers.clock.time_s = T0 + 3_700
    assert kinds(peers, line_id) == ["overdue"]
    peers.say(RU, line_id, "core/acknowledge@1", WATCH, answer="received", refs=[notice])
    peers.carry()
    assert "overdue" not in kinds(peers, line_id)


def test_a_guarantee_that_was_withdrawn_waits_first_and_rings_until_it_is_acknowledged(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    peers.carry()
    given = peers.say(RU, line_id, "core/guarantee@1", BOUNDS, answer="guarantee", refs=[notice])
    peers.carry()
    assert queue_of(peers[US].station, line_id) == []
    end = peers.say(RU, line_id, "core/close@1", {}, answer="withdrawn", refs=[given])
    peers.carry()
    row = queue_of(peers[US].station, line_id)[0]
    assert (row["ref"], row["life"], row["precedence"], row["next"]) == (
        list(end), "guarantee-withdrawn", "flash", "acknowledge",
    )  # fmt: skip
    assert ("arrived", "guarantee-withdrawn") in told_of(peers, line_id)
    assert ("arrived", "guarantee-withdrawn") not in told_of(peers, line_id, RU)
    peers.say(US, line_id, "core/acknowledge@1", WATCH, answer="received", refs=[end])
    assert queue_of(peers[US].station, line_id) == []


def test_a_guarantee_that_came_to_its_end_as_promised_rings_nobody(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    peers.carry()
    given = peers.say(RU, line_id, "core/guarantee@1", BOUNDS, answer="guarantee", refs=[notice])
    peers.say(RU, line_id, "core/close@1", {}, answer="completed", refs=[given])
    peers.carry()
    assert queue_of(peers[US].station, line_id) == []


# ---- what asks the sender for something --------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind"), [("garbled", "garbled"), ("received-not-understood", "not-understood")]
)
def test_what_came_garbled_or_is_not_understood_stays_with_the_sender_until_it_is_received(
    told: tuple[Peers, bytes, Ref], answer: str, kind: str
) -> None:
    peers, line_id, notice = told
    peers.carry()
    said = peers.say(RU, line_id, "core/acknowledge@1", WATCH, answer=answer, refs=[notice])
    peers.carry()
    (row,) = ours_of(peers[US].station, line_id)
    assert (row["kind"], row["party"], row["ref"]) == (kind, RU, list(said))
    assert (row["about_ref"], row["class"]) == (list(notice), answer)
    assert ("arrived", kind) in told_of(peers, line_id)
    assert ours_of(peers[RU].station, line_id) == [], "who says it has nothing to do by that"
    peers.say(RU, line_id, "core/acknowledge@1", WATCH, answer="received", refs=[notice])
    peers.carry()
    assert kinds(peers, line_id) == []
    assert ("arrived", kind) not in told_of(peers, line_id)


def test_what_was_received_first_and_is_called_garbled_later_comes_back_to_the_sender(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    peers.carry()
    met = []
    for answer in ("received", "garbled", "received"):
        peers.say(RU, line_id, "core/acknowledge@1", WATCH, answer=answer, refs=[notice])
        peers.carry()
        met.append(kinds(peers, line_id))
    assert met == [[], ["garbled"], []]


def test_a_new_version_takes_the_place_of_what_came_garbled(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    peers.carry()
    peers.say(RU, line_id, "core/acknowledge@1", WATCH, answer="garbled", refs=[notice])
    peers.carry()
    again = {**VISIT, "place": "The other bank", "relation": "amends"}
    peers.say(US, line_id, "core/visit@1", again, refs=[notice])
    peers.carry()
    assert kinds(peers, line_id) == []


def test_an_ending_that_came_garbled_stays_though_its_case_is_closed(
    told: tuple[Peers, bytes, Ref],
) -> None:
    """Who did not get that it is over goes on: that is not moot when the case is closed."""
    peers, line_id, notice = told
    peers.carry()
    peers.say(RU, line_id, "core/acknowledge@1", WATCH, answer="garbled", refs=[notice])
    end = peers.say(US, line_id, "core/close@1", {}, answer="cancelled", refs=[notice])
    peers.carry()
    assert kinds(peers, line_id) == [], "what was garbled before is moot by then"
    peers.say(RU, line_id, "core/acknowledge@1", WATCH, answer="garbled", refs=[end])
    peers.carry()
    assert kinds(peers, line_id) == ["garbled"]
    peers.say(RU, line_id, "core/acknowledge@1", WATCH, answer="received", refs=[end])
    peers.carry()
    assert kinds(peers, line_id) == []


def test_our_answer_to_another_that_came_garbled_is_ours_to_say_again() -> None:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, timers=TIMERS)
    asked = peers.say(RU, line_id, "core/visit@1", VISIT)
    peers.carry()
    answer = peers.say(US, line_id, "core/answer@1", {}, answer="declined", refs=[asked])
    peers.carry()
    peers.say(RU, line_id, "core/acknowledge@1", WATCH, answer="garbled", refs=[answer])
    peers.carry()
    assert "garbled" in kinds(peers, line_id)
    assert "garbled" not in kinds(peers, line_id, RU)


def test_an_answer_that_was_acknowledged_and_then_changed_is_to_be_looked_at_again(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    peers.carry()
    yes = peers.say(RU, line_id, "core/answer@1", {}, answer="accepted", refs=[notice])
    peers.carry()
    peers.say(US, line_id, "core/acknowledge@1", WATCH, answer="received", refs=[yes])
    peers.carry()
    assert kinds(peers, line_id) == []
    change: dict[str, Any] = {"relation": "amends"}
    no = peers.say(RU, line_id, "core/answer@1", change, answer="declined", refs=[yes])
    peers.carry()
    (row,) = ours_of(peers[US].station, line_id)
    assert (row["kind"], row["ref"], row["class"]) == ("answered", list(no), "declined")
    peers.say(US, line_id, "core/acknowledge@1", WATCH, answer="received", refs=[no])
    peers.carry()
    assert kinds(peers, line_id) == []


def test_an_answer_that_was_taken_back_stays_until_somebody_says_something_to_that(
    told: tuple[Peers, bytes, Ref],
) -> None:
    peers, line_id, notice = told
    peers.carry()
    yes = peers.say(RU, line_id, "core/answer@1", {}, answer="accepted", refs=[notice])
    peers.carry()
    peers.say(US, line_id, "core/acknowledge@1", WATCH, answer="received", refs=[yes])
    peers.carry()
    off: dict[str, Any] = {"relation": "cancels"}
    end = peers.say(RU, line_id, "core/answer@1", off, answer="accepted", refs=[yes])
    peers.carry()
    (row,) = ours_of(peers[US].station, line_id)
    assert (row["kind"], row["ref"], row["about_ref"]) == ("answer-ended", list(end), list(notice))
    peers.say(US, line_id, "core/acknowledge@1", WATCH, answer="received", refs=[end])
    peers.carry()
    assert kinds(peers, line_id) == []


def test_a_phrase_that_waits_for_a_phrase_stays_until_one_is_said() -> None:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    ours = peers.say(US, line_id, "core/phrase@1", {}, answer="stop")
    peers.carry()
    asked = peers.say(RU, line_id, "core/phrase@1", {}, answer="accidental", refs=[ours])
    peers.carry()
    (row,) = ours_of(peers[US].station, line_id)
    assert (row["kind"], row["ref"], row["class"]) == ("phrase", list(asked), "accidental")
    answer = "received-understood"
    peers.say(US, line_id, "core/phrase@1", {}, answer=answer, refs=[asked])
    peers.carry()
    assert kinds(peers, line_id) == []
    assert kinds(peers, line_id, RU) == [], "what understands asks for nothing"
