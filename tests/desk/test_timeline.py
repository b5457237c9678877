"""The drawing of the timeline: no mark and no word of it lies over another."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from openline.desk.pages.time_pages import DAY_S, ROWS_MAX, WIDTH, Mark, placed, stacked

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
