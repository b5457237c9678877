"""Precedence, flash and rosters: the earliest rule, whom to ring, who confirmed, who only rang."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.agreed import Agreed
from openline.cases.entry import Entry
from openline.cases.fold import LineState, fold
from openline.cases.precedence import LEVELS, OBJECTIVES_S
from openline.cases.receipts import Receipts
from openline.cases.registers import registers
from openline.cases.reminders import reminders
from openline.formats.spell import parse_utc, utc
from tests.cases.hand import PACKS, START_S, Pen, folded, pens, text, visit
from tests.cases.lines import PARTIES, lines
from tests.cases.timed import held

RU = "ru.example"
HELD = "20T06:00"
HELD_S = parse_utc("2023-02-20T06:00:00Z")


def step(pen: Pen, other: Pen, now_s: int, **timers: int) -> dict[str, Any]:
    """The one thing that ru.example has to do next."""
    state = folded(pen, other)
    shown = registers(state, held(pen, "ru", HELD), timers, now_s, only=("next",))["next"]
    (row,) = [each for each in shown if each["party"] == RU]
    return dict(row)


@pytest.mark.parametrize("level", LEVELS)
def test_a_stated_precedence_makes_the_handling_objective(level: str) -> None:
    us, ru = pens("us", "ru")
    visit(us, precedence=level)
    row = step(us, ru, HELD_S)
    assert (row["due"], row["rule"]) == (utc(HELD_S + OBJECTIVES_S[level]), "precedence")
    assert step(us, ru, HELD_S + OBJECTIVES_S[level])["state"] == "running"
    assert step(us, ru, HELD_S + OBJECTIVES_S[level] + 1)["state"] == "past-objective"
    agreed = {f"precedence.{level}": 60}
    assert step(us, ru, HELD_S + 61, **agreed)["state"] == "overdue"


def test_without_a_stated_precedence_nothing_is_late_by_it() -> None:
    us, ru = pens("us", "ru")
    visit(us)
    row = step(us, ru, HELD_S + 10**7)
    assert (row["due"], row["rule"], row["state"]) == ("", "", "no-deadline")


def test_received_without_a_deadline_is_another_thing_than_not_received() -> None:
    us, ru = pens("us", "ru")
    visit(us)
    assert step(us, ru, HELD_S)["state"] == "no-deadline"
    state = folded(us, ru)
    shown = registers(state, None, {}, HELD_S, only=("next",))["next"]
    assert [each["state"] for each in shown if each["party"] == RU] == ["not-started"]


def test_the_earliest_of_three_rules_decides_and_is_named() -> None:
    us, ru = pens("us", "ru")
    visit(us, precedence="priority", reply_due="2023-02-20T08:00:00Z")
    assert step(us, ru, HELD_S)["rule"] == "reply-due"
    assert step(us, ru, HELD_S + 7_201)["state"] == "past-asked"
    row = step(us, ru, HELD_S, **{"acknowledge.visit": 3_600})
    assert (row["rule"], row["due"]) == ("format", "2023-02-20T07:00:00Z")
    row = step(us, ru, HELD_S, **{"acknowledge.visit": 3_600, "precedence.priority": 60})
    assert (row["rule"], row["due"]) == ("precedence", "2023-02-20T06:01:00Z")


def roster(pen: Pen, *names: str, **more: Any) -> Entry:
    rows = {}
    for number, name in enumerate(names, 1):
        rows |= {f"position.{number}.name": name, f"position.{number}.reach": f"+{number}"}
    return pen.say("core/duty-roster@1", "-", (), {**rows, **more})


def shown(state: LineState, name: str, now_s: int, **timers: int) -> list[dict[str, Any]]:
    receipts = {pen: [(RU, 9, HELD_S)] for pen in {ref.origin for ref in state.entries}}
    found = registers(state, receipts, timers, now_s, only=(name,))[name]["rows"]
    return list(found)


def test_a_flash_names_whom_to_ring_and_when_until_it_is_acknowledged() -> None:
    us, ru = pens("us", "ru")
    roster(ru, "duty officer", "deputy", "operations centre")
    notice = visit(us, precedence="flash")
    (row,) = shown(folded(us, ru), "flash", HELD_S, escalate=120)
    (addressee,) = row["addressees"]
    assert [(post["position"], post["at"]) for post in addressee["ring"]] == [
        ("duty officer", "2023-02-20T06:02:00Z"),
        ("deputy", "2023-02-20T06:04:00Z"),
        ("operations centre", "2023-02-20T06:06:00Z"),
    ]
    ru.say("core/acknowledge@1", "received", [notice], {"position": "deputy", "at_time": "x"})
    (row,) = shown(folded(us, ru), "flash", HELD_S, escalate=120)
    assert row["addressees"][0]["ring"] == []


def test_a_call_is_the_word_of_who_rang_and_no_receipt() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us, precedence="flash")
    us.say("core/call@1", "answered", [notice], {"position": "deputy", "at_time": "x"})
    (row,) = shown(folded(us, ru), "flash", HELD_S)
    assert [(call["class"], call["party"]) for call in row["calls"]] == [("answered", "us.example")]
    assert row["addressees"][0]["acknowledged"] == ""


def test_a_flash_is_confirmed_by_its_own_party_only_and_asked_for_in_time() -> None:
    us, ru = pens("us", "ru")
    incident = us.say("core/incident@1", "report", (), {"precedence": "flash"})
    ru.say("core/confirmation@1", "-", [incident], {"text": text("we believe it")})
    timers = {"confirm.flash": 3_600}
    (row,) = shown(folded(us, ru), "flash", HELD_S + 60, **timers)
    assert (row["confirm_state"], row["confirm_due"]) == ("not-confirmed", "2023-02-20T07:00:00Z")
    (row,) = shown(folded(us, ru), "flash", HELD_S + 3_601, **timers)
    assert row["confirm_state"] == "overdue"
    us.say("core/confirmation@1", "-", [incident], {})
    (row,) = shown(folded(us, ru), "flash", HELD_S + 3_601, **timers)
    assert row["confirm_state"] == "confirmed"


def test_the_latest_roster_whose_time_has_come_counts() -> None:
    us, ru = pens("us", "ru")
    roster(ru, "day shift", local_zone="Europe/Vienna", rest_days=["fri"])
    roster(ru, "night shift", **{"from": "2023-02-20T18:00:00Z", "until": "2023-02-21T06:00:00Z"})
    state = folded(us, ru)
    for now, position in (("20T12:00", "day shift"), ("20T20:00", "night shift")):
        now_s = parse_utc(f"2023-02-{now}:00Z")
        row = shown(state, "roster", now_s)[0]
        assert [post["position"] for post in row["posts"]] == [position]
    over = shown(state, "roster", parse_utc("2023-02-22T00:00:00Z"))[0]
    assert over["posts"] == []


def test_a_roster_with_a_gap_or_without_rows_breaks_nothing() -> None:
    us, ru = pens("us", "ru")
    ru.say("core/duty-roster@1", "-", (), {
        "position.1.name": "first", "position.3.name": "third", "position.x.name": "?",
        "position.1.reach": 7, "local_zone": ["no text"], "rest_days": "sun",
    })  # fmt: skip
    row = shown(folded(us, ru), "roster", HELD_S)[0]
    assert [(post["position"], post["reach"]) for post in row["posts"]] == [("first", "")]


@given(lines(), st.integers(0, 2**33))
def test_reminders_of_any_line_have_names_of_their_own_that_time_does_not_change(
    entries: list[Entry], now_s: int
) -> None:
    state = fold(entries, PACKS, PARTIES)
    rows = {entry.ref.origin: [(party, 99, START_S) for party in PARTIES] for entry in entries}
    timers = {
        timer.name: 3_600 for form in PACKS.formats for timer in form.timers if not timer.days
    }
    names = {}
    for at_s in (START_S, now_s):
        found = reminders(state, Receipts(rows), Agreed(timers), at_s, PARTIES[1])
        assert len({each.key for each in found}) == len(found)
        assert [each.at_s for each in found] == sorted(each.at_s for each in found)
        names[at_s] = {each.key: each.at_s for each in found if each.kind != "beat"}
    for key in names[START_S].keys() & names[now_s].keys():
        assert names[START_S][key] == names[now_s][key]
