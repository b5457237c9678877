"""Movements: where the column is, beside the notice's life and beside who has received it."""

from itertools import permutations

import pytest

from openline.cases.entry import Entry
from openline.cases.fold import fold
from openline.cases.ladder import unnumbered
from openline.cases.motion import MOTION, PLANNED, gauge, motion
from openline.cases.views import case_view
from openline.formats.openjson import Value
from tests.cases.hand import PACKS, Pen, folded, pens, text

AT: dict[str, Value] = {"at_time": "2023-02-20T07:00:00Z", "reason": text("Mud")}


def movement(pen: Pen) -> Entry:
    return pen.say("humanitarian/movement@1", "-", (), {"movement": "m-1"})


def report(pen: Pen, about: Entry, *words: str) -> None:
    for word in words:
        pen.say("humanitarian/progress@1", word, [about], AT)


def state(*written: Pen) -> str:
    case = folded(*written).cases[0]
    found = motion(case, case.main)
    assert found is not None
    return found.state


@pytest.mark.parametrize(
    "words",
    [
        ("under-way", "at-checkpoint", "delayed", "stopped", "under-way", "arrived"),
        ("delayed", "under-way", "diverted", "aborted"),
        ("arrived",),
    ],
)
def test_a_movement_stands_where_its_last_report_puts_it(words: tuple[str, ...]) -> None:
    us, ru = pens("us", "ru")
    told = movement(us)
    assert state(us, ru) == PLANNED
    for word in words:
        report(us, told, word)
        assert state(us, ru) == word


def test_after_the_end_nothing_moves_and_the_report_is_listed() -> None:
    us, ru = pens("us", "ru")
    told = movement(us)
    report(us, told, "under-way", "arrived", "stopped")
    case = folded(us, ru).cases[0]
    found = motion(case, case.main)
    assert found is not None
    assert (found.state, list(found.out_of_order)) == ("arrived", [us.entries[-1].ref])


def test_nobody_else_says_where_the_column_is() -> None:
    us, ru = pens("us", "ru")
    report(ru, movement(us), "aborted")
    assert state(us, ru) == PLANNED


def test_every_party_says_for_itself_how_it_ended() -> None:
    us, ru = pens("us", "ru")
    told = movement(us)
    ru.say("humanitarian/outcome@1", "facilitated", [told])
    us.say("humanitarian/outcome@1", "impeded", [told])
    (case,) = folded(us, ru).cases
    shown = case_view(case, {}, 0, unnumbered)["matters"][0]
    assert shown["outcomes"] == {"ru.example": "facilitated", "us.example": "impeded"}
    assert (shown["motion"], shown["state"]) == (PLANNED, "told")


def test_no_order_of_arrival_changes_where_it_is() -> None:
    us, _ = pens("us", "ru")
    report(us, movement(us), "under-way", "stopped", "under-way")
    found = set()
    for order in permutations(us.entries):
        case = fold(order, PACKS, ("ru.example", "us.example")).cases[0]
        moving = motion(case, case.main)
        found.add(moving.state if moving else "")
    assert found == {"under-way"}


def test_every_word_of_the_form_moves_and_the_end_is_never_left() -> None:
    form = PACKS.format("humanitarian/progress@1")
    assert form is not None
    assert {act for _, act in MOTION} == {name for name, _ in form.classes}
    assert {before for before, _ in MOTION}.isdisjoint({"arrived", "aborted"})


def test_an_exercise_shows_its_strength_against_the_thresholds_it_names() -> None:
    us, ru = pens("us", "ru")
    fields: dict[str, Value] = {
        "subject": text("Exercise"),
        "strength": [["troops", 13_000], ["tanks", 100]],
        "thresholds": [["troops", 9_000], ["tanks", 250], ["guns", 250]],
    }
    us.say("core/exercise@1", "-", (), fields)
    (case,) = folded(us, ru).cases
    assert gauge(case.main) == (("troops", 13_000, 9_000), ("tanks", 100, 250), ("guns", 0, 250))
    rows = case_view(case, {}, 0, unnumbered)["matters"][0]["gauge"]
    assert [row[3] for row in rows] == [True, False, False]
