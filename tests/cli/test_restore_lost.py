"""`openline restore --lost` says that nothing is newer only after every member was asked."""

from typing import Any

import pytest

from openline.cli.commands.restore import lost_lines

EAST, SOUTH = "east.example", "south.example"


def told(*members: tuple[str, bool], **more: Any) -> str:
    """What is printed, with these members and whether each has answered."""
    answer = {
        "reopen": ["Bridge"], "waiting": 0, "profile": "file", "keys": "", "newer": [], "told": [],
        "cannot_see": [], "members": [list(each) for each in members], **more,
    }  # fmt: skip
    return "\n".join(lost_lines(answer, "en"))


@pytest.mark.parametrize("members", [[(EAST, False)], [(EAST, True), (SOUTH, False)]])
def test_nothing_is_called_known_before_every_member_has_answered(
    members: list[tuple[str, bool]],
) -> None:
    text = told(*members)
    assert "NOT KNOWN yet" in text and "no member has more" not in text
    assert f"not yet: {members[-1][0]}" in text


def test_when_all_have_answered_it_says_how_many_and_that_none_has_more() -> None:
    text = told((EAST, True), (SOUTH, True))
    assert "2 of 2 answered" in text and "no member has more than is here" in text
    assert "NOT KNOWN" not in text


def test_a_log_that_was_longer_names_who_answered_and_has_no_more() -> None:
    row = [f"{EAST}/openline/x", 2, 4, []]
    text = told((EAST, True), (SOUTH, True), newer=[row])
    assert "none; 2 of 2 answered" in text


def test_what_was_told_as_lost_and_keys_that_are_over_stay_in_it() -> None:
    text = told((EAST, True), told=[["log", 2, 3, "lost"]], keys="card 5 names newer keys")
    assert "told as lost: log 2 to 2 (lost)" in text
    assert "nothing is signed: card 5" in text
