"""The queue is kept case by case, and never says anything else than a queue made anew."""

from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.cases.queue import ACKNOWLEDGE, ANSWER
from openline.cli.commands.queue import NO_RUNG, reception_of
from openline.exchange.folding.timetable import reminders_of
from openline.exchange.folding.waiting import by_due, ours_of, queue_of
from openline.formats.terms import load_terms
from tests.exchange.conftest import T0, Peers, make_peers, text

US, RU = "us.example", "ru.example"
TIMERS = {"acknowledge.visit": 3_600, "answer.visit": 7_200}
VISIT: dict[str, Any] = {
    "subject": text("Visit"), "place": "Riverside", "effect": "guarantee",
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip

WATCH: dict[str, Any] = {"position": "watch", "at_time": "2023-11-14T22:30:00Z"}


@pytest.fixture
def told() -> tuple[Peers, bytes]:
    """A line on which three visits were told and received, one of them flash."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, timers=TIMERS)
    for more in ({}, {"precedence": "flash"}, {"effect": "acknowledge"}):
        peers.say(US, line_id, "core/visit@1", {**VISIT, **more})
    peers.carry()
    return peers, line_id


def rows(told: tuple[Peers, bytes], *, anew: bool = False) -> list[dict[str, Any]]:
    peers, line_id = told
    station = peers[RU].station
    if anew:
        station.queues.clear()
    return by_due(queue_of(station, line_id))


def visits(told: tuple[Peers, bytes]) -> list[dict[str, Any]]:
    return [row for row in rows(told) if row["format"] == "core/visit@1"]


def test_at_every_instant_what_is_kept_is_what_would_be_worked_out(
    told: tuple[Peers, bytes],
) -> None:
    peers, _ = told
    rows(told)
    states = set()
    for second in (0, 1, 599, 600, 601, 602, 3_599, 3_601, 3_602, 7_205, 90_000):
        peers.clock.time_s = T0 + second
        kept = rows(told)
        assert kept == rows(told, anew=True), second
        states |= {row["state"] for row in kept}
    assert {"running", "past-objective", "overdue"} <= states


def test_a_clock_that_went_back_makes_the_rows_anew(told: tuple[Peers, bytes]) -> None:
    peers, _ = told
    peers.clock.time_s = T0 + 90_000
    assert rows(told)[0]["state"] == "past-objective"
    peers.clock.time_s = T0
    assert rows(told) == rows(told, anew=True)
    assert rows(told)[0]["state"] == "running"


def test_what_was_acknowledged_stays_until_it_is_answered(told: tuple[Peers, bytes]) -> None:
    peers, line_id = told
    first = next(row for row in visits(told) if row["number"].endswith(".1"))
    place = Ref(*first["ref"])
    assert {row["next"] for row in visits(told)} == {ACKNOWLEDGE}
    peers.say(RU, line_id, "core/acknowledge@1", WATCH, "received", refs=[place])
    (row,) = [row for row in visits(told) if row["ref"] == first["ref"]]
    assert (row["next"], row["ladder"], row["life"]) == (ANSWER, "A1", "told")
    peers.say(RU, line_id, "core/answer@1", {}, "noted-without-guarantee", refs=[place])
    assert [row for row in visits(told) if row["ref"] == first["ref"]] == []
    assert rows(told) == rows(told, anew=True)


MISREAD = [["place", "Elsewhere"]]
READ = [["place", VISIT["place"]], ["from", VISIT["from"]], ["until", VISIT["until"]]]


@pytest.mark.parametrize("said", ["correct", "differs"])
def test_a_readback_that_differs_is_no_rung_and_leaves_the_message_unread_and_its_deadline(
    told: tuple[Peers, bytes], said: str
) -> None:
    peers, line_id = told
    flash = next(row for row in visits(told) if row["precedence"] == "flash")
    place = Ref(*flash["ref"])
    rung = [point for point in reminded(told) if point == ("arrived", "acknowledge")]
    peers.say(RU, line_id, "core/readback@1", {"fields": MISREAD}, said, refs=[place])
    (row,) = [row for row in visits(told) if row["ref"] == flash["ref"]]
    assert row["ladder"] == "differs"
    assert {name: row[name] for name in ("next", "due", "rule", "state")} == {
        name: flash[name] for name in ("next", "due", "rule", "state")
    }
    assert row["next"] == ACKNOWLEDGE and row["due"]
    assert rung and [p for p in reminded(told) if p == ("arrived", "acknowledge")] == rung
    peers.clock.time_s = T0 + 3_700
    peers.carry()
    assert ("overdue", flash["number"]) in {
        (each["kind"], each["number"]) for each in ours_of(peers[US].station, line_id)
    }
    peers.say(RU, line_id, "core/readback@1", {"fields": READ}, "correct", refs=[place])
    (row,) = [row for row in visits(told) if row["ref"] == flash["ref"]]
    assert (row["ladder"], row["next"]) == ("A2", ANSWER)


def reminded(told: tuple[Peers, bytes]) -> list[tuple[str, str]]:
    peers, line_id = told
    return [(each.point, each.kind) for each in reminders_of(peers[RU].station, line_id)]


@pytest.mark.parametrize(
    ("form", "fields", "said", "word", "todo"),
    [
        ("core/readback@1", {"fields": READ[:1]}, "correct", "read-part", ANSWER),
        ("core/readback@1", {"fields": READ}, "correct", "A2", ANSWER),
        ("core/acknowledge@1", WATCH, "received", "A1", ANSWER),
        ("core/acknowledge@1", WATCH, "received-not-understood", "received-not-understood", ANSWER),
        ("core/acknowledge@1", WATCH, "garbled", "garbled", ACKNOWLEDGE),
    ],
)
def test_what_is_said_of_a_message_stands_in_its_row_and_never_as_more(
    told: tuple[Peers, bytes], form: str, fields: dict[str, Any], said: str, word: str, todo: str
) -> None:
    peers, line_id = told
    first = next(row for row in visits(told) if row["number"].endswith(".1"))
    peers.say(RU, line_id, form, fields, said, refs=[Ref(*first["ref"])])
    (row,) = [row for row in visits(told) if row["ref"] == first["ref"]]
    assert (row["ladder"], row["next"]) == (word, todo)
    english = {"A1": "A1", "A2": "A2"}
    assert reception_of(word, "en") == english.get(word, NO_RUNG.get(word))
    words = {lang: reception_of(word, lang) for lang in load_terms().languages}
    assert len({each for lang, each in words.items() if lang != "en"}) == len(words) - 1


def test_a_guarantee_taken_back_rings_on_after_a_readback_of_it_that_differs(
    told: tuple[Peers, bytes],
) -> None:
    peers, line_id = told
    asked = Ref(*next(row["ref"] for row in visits(told) if row["number"].endswith(".1")))
    bounds = {"scope": text("All"), "from": VISIT["from"], "until": VISIT["until"]}
    given = peers.say(RU, line_id, "core/guarantee@1", bounds, "guarantee", refs=[asked])
    peers.carry()
    end = peers.say(RU, line_id, "core/close@1", {"reason": text("No")}, "withdrawn", refs=[given])
    peers.carry()
    read = {"fields": [["reason", text("Yes")]]}
    peers.say(US, line_id, "core/readback@1", read, "differs", refs=[end])
    (row,) = queue_of(peers[US].station, line_id)
    assert (row["ref"], row["next"], row["ladder"]) == (list(end), ACKNOWLEDGE, "differs")


def test_a_row_of_the_queue_is_worked_out_once(
    told: tuple[Peers, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows(told)
    monkeypatch.setattr("openline.exchange.folding.waiting.waits", None)
    assert len(visits(told)) == 3


def test_a_message_that_is_late_by_several_rules_stands_once_among_what_ours_met_with(
    told: tuple[Peers, bytes],
) -> None:
    peers, line_id = told
    peers.clock.time_s = T0 + 90_000
    late = ours_of(peers[US].station, line_id)
    assert sorted((row["number"], row["kind"]) for row in late) == [
        ("1.1", "overdue"), ("1.2", "overdue"), ("1.3", "overdue"),
    ]  # fmt: skip
    peers.clock.time_s = T0 + 700
    assert [row["kind"] for row in ours_of(peers[US].station, line_id)] == ["past-objective"]


def test_without_a_deadline_the_higher_precedence_stands_first_and_what_is_over_last() -> None:
    rows = [
        {"number": "1", "due": "", "precedence": "flash", "life": "closed", "received": "1"},
        {"number": "2", "due": "", "precedence": "", "life": "told", "received": "2"},
        {"number": "3", "due": "", "precedence": "routine", "life": "told", "received": "3"},
        {"number": "4", "due": "", "precedence": "flash", "life": "told", "received": "4"},
        {"number": "5", "due": "2030", "precedence": "routine", "life": "told", "received": "6"},
        {"number": "6", "due": "2030", "precedence": "flash", "life": "told", "received": "5"},
    ]
    rows = [{**row, "ref": ["log", 1]} for row in rows]
    assert [row["number"] for row in by_due(rows)] == ["6", "5", "4", "3", "2", "1"]


def test_of_two_that_came_in_one_second_the_ninth_stands_before_the_tenth() -> None:
    row = {"due": "2030", "precedence": "", "life": "told", "received": "1"}
    rows = [{**row, "number": f"1.{n}", "ref": ["log", n]} for n in (10, 9, 11)]
    assert [row["number"] for row in by_due(rows)] == ["1.9", "1.10", "1.11"]
