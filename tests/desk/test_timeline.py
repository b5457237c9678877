"""The drawing of the timeline: no mark and no word of it lies over another."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.desk.pages.time_pages import (
    DAY_S,
    ROWS_MAX,
    SPANS,
    TICKS_MAX,
    WIDTH,
    Mark,
    placed,
    stacked,
    ticks,
)

WEEK_S = 7 * DAY_S
times = st.integers(0, WEEK_S - 1)
marks = st.builds(
    lambda start_s, length_s, words: Mark(
        "window" if length_s else "told", start_s, start_s + length_s or None, "us.example:1.1",
        words, "/message",
    ),
    times,
    st.sampled_from([0, 600, DAY_S, WEEK_S]),
    st.sampled_from(["", "Visit to the bridge", "视察渡口" * 12, "x" * 200]),
)  # fmt: skip


@given(st.lists(marks, max_size=30))
def test_marks_and_their_words_lie_beside_each_other(found: list[Mark]) -> None:
    lane = stacked({"title": "Harbour", "line": "ab"}, found, 0, WEEK_S)
    assert len(lane.rows) <= ROWS_MAX
    assert len(lane.marks) + lane.more == len(found)
    for row in lane.rows:
        for one, other in combinations(row, 2):
            assert one.right < other.left or other.right < one.left


def test_words_that_would_leave_the_drawing_stand_before_their_mark() -> None:
    early, late = (
        placed(Mark("told", at_s, None, "us.example:1.1", "Visit to the bridge", ""), 0, WEEK_S)
        for at_s in (0, WEEK_S - 60)
    )
    assert (early.anchor, late.anchor) == ("start", "end")
    assert WIDTH / 2 < late.left < late.text_x < late.x


def test_words_stand_in_their_bar_where_it_is_wide_enough_and_beside_it_where_not() -> None:
    wide, narrow = (
        placed(Mark("window", DAY_S, DAY_S + length_s, "us.example:1.1", "Visit", ""), 0, WEEK_S)
        for length_s in (3 * DAY_S, DAY_S // 4)
    )
    assert wide.x < wide.text_x < wide.right == wide.x + wide.width
    assert narrow.text_x > narrow.x + narrow.width


@pytest.mark.parametrize("days", SPANS)
def test_the_axis_is_divided_at_midnights_and_whole_hours(days: int) -> None:
    start_s = 19_408 * DAY_S
    found = ticks(start_s, start_s + days * DAY_S)
    assert 3 <= len(found) <= TICKS_MAX
    assert found[0] == (0, "2023-02-20")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d|\d\d:00Z", word) for _, word in found)
    assert [word for _, word in found[1:] if days > 3 and word.endswith("Z")] == []
