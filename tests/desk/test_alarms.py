"""Who has an alarm: groups, holding, and what comes back."""

from typing import Any

import pytest

from openline.cases.precedence import LEVELS
from openline.desk.alarms import HOLD_S, SHOWN_MAX, UNFOLDED_MAX, Alarms, GroupGone


def row(n: int, level: str = "", status: str = "exercise", **more: Any) -> dict[str, Any]:
    return {
        "ref": ["north.example/openline/a", n], "next": "acknowledge", "precedence": level,
        "status": status, "line": "a1", "from": "north.example", **more,
    }  # fmt: skip


def of_east(n: int, level: str = "", **more: Any) -> dict[str, Any]:
    return row(n, level, **{"ref": ["east.example/openline/b", n], "from": "east.example", **more})


ANNA, BORIS = b"a" * 16, b"b" * 16


def test_five_hundred_alarms_of_one_party_are_one_group() -> None:
    alarms = Alarms()
    (group,) = alarms.groups([row(n) for n in range(500)], 0)
    assert (group.count, len(group.shown), group.level) == (500, SHOWN_MAX, "routine")
    assert alarms.take(group.id, ANNA, "Anna", 0) == 500
    assert alarms.groups([row(n) for n in range(500)], 1) == []


def test_many_alarms_are_folded_and_a_flash_never_is() -> None:
    def folds(count: int, level: str) -> bool:
        (group,) = Alarms().groups([row(n, level) for n in range(count)], 0)
        return group.folds

    assert not folds(UNFOLDED_MAX, "immediate")
    for level in LEVELS:
        assert folds(UNFOLDED_MAX + 1, level) is (level != "flash")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("junk", [UNFOLDED_MAX + 1, 500])
def test_however_much_one_party_sends_the_first_of_another_stands_in_the_bar(
    level: str, junk: int
) -> None:
    rows = [*(row(n, level) for n in range(junk)), of_east(1, level)]
    loud, quiet = Alarms().groups(rows, 0)
    assert (loud.count, quiet.count) == (junk, 1)
    assert len(loud.open_rows) == (min(junk, SHOWN_MAX) if level == "flash" else 1)
    assert [each["from"] for each in quiet.open_rows] == ["east.example"]


def test_what_one_party_sends_on_a_line_folds_nothing_of_it_on_another() -> None:
    rows = [*(row(n, "immediate") for n in range(9)), row(9, "immediate", line="a2")]
    found = Alarms().groups(rows, 0)
    assert [(each.line, len(each.open_rows)) for each in found] == [("a1", 1), ("a2", 1)]


def test_who_takes_what_one_party_floods_with_has_not_taken_anothers() -> None:
    alarms, rows = Alarms(), [*(row(n) for n in range(4)), of_east(1)]
    loud, _ = alarms.groups(rows, 0)
    assert alarms.take(loud.id, ANNA, "Anna", 0) == 4
    (left,) = alarms.groups(rows, 1)
    assert left.party == "east.example"


def test_of_one_precedence_the_group_with_the_most_urgent_row_comes_first() -> None:
    rows = [of_east(1), *(row(n) for n in range(3)), of_east(2)]
    assert [group.party for group in Alarms().groups(rows, 0)] == ["east.example", "north.example"]


def test_the_most_urgent_group_comes_first_and_statuses_stay_apart() -> None:
    rows = [row(1), row(2, "flash"), row(3, "priority"), row(4, "flash", "actual")]
    found = [(group.level, group.status) for group in Alarms().groups(rows, 0)]
    assert found == [
        ("flash", "actual"), ("flash", "exercise"), ("priority", "exercise"),
        ("routine", "exercise"),
    ]  # fmt: skip


def test_what_was_acknowledged_does_not_ring() -> None:
    assert Alarms().groups([row(1, "flash", next="answer")], 0) == []


@pytest.mark.parametrize("level", HOLD_S)
def test_an_alarm_that_is_taken_and_not_acknowledged_rings_again(level: str) -> None:
    alarms = Alarms()
    (group,) = alarms.groups([row(1, level)], 100)
    alarms.take(group.id, ANNA, "Anna", 100)
    assert alarms.groups([row(1, level)], 100 + HOLD_S[level] - 1) == []
    assert len(alarms.groups([row(1, level)], 100 + HOLD_S[level])) == 1


def test_what_came_after_the_page_was_made_is_not_taken_with_it() -> None:
    alarms = Alarms()
    (group,) = alarms.groups([row(1)], 0)
    alarms.groups([row(1), row(2)], 1)
    alarms.take(group.id, ANNA, "Anna", 2)
    (left,) = alarms.groups([row(1), row(2)], 3)
    assert [each["ref"][1] for each in left.rows] == [2]


def test_an_alarm_is_taken_by_one_officer() -> None:
    alarms = Alarms()
    (group,) = alarms.groups([row(1)], 0)
    alarms.take(group.id, ANNA, "Anna", 0)
    with pytest.raises(GroupGone):
        alarms.take(group.id, BORIS, "Boris", 1)
    with pytest.raises(GroupGone):
        alarms.take("0" * 32, BORIS, "Boris", 1)


def test_what_an_officer_who_leaves_had_rings_again() -> None:
    alarms = Alarms()
    (group,) = alarms.groups([row(1)], 0)
    alarms.take(group.id, ANNA, "Anna", 0)
    alarms.release(BORIS)
    assert alarms.groups([row(1)], 1) == []
    alarms.release(ANNA)
    assert len(alarms.groups([row(1)], 1)) == 1


def test_what_left_the_queue_is_forgotten() -> None:
    alarms = Alarms()
    (group,) = alarms.groups([row(1), row(2)], 0)
    alarms.take(group.id, ANNA, "Anna", 0)
    alarms.forget([("north.example/openline/a", 2)], 1)
    assert list(alarms.taken) == [("north.example/openline/a", 2)]
