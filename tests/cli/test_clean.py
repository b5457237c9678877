"""What came from outside cannot steer the operator's terminal."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openline.cli.clean import clean, clean_block
from openline.cli.face import table
from openline.formats.legible import width


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r0m\x1b\\after", "after"),
        ("a\x9b2Jb", "ab"),
        ("a\x9d0;x\x9cb", "ab"),
        ("never ends \x1b]0;x", "never ends "),
        ("over\rwrite", "over\N{REPLACEMENT CHARACTER}write"),
        ("two\nlines", "two lines"),
        ("us\N{RIGHT-TO-LEFT OVERRIDE}elpmaxe", "us\N{REPLACEMENT CHARACTER}elpmaxe"),
        ("zero\N{ZERO WIDTH SPACE}width", "zero\N{REPLACEMENT CHARACTER}width"),
    ],
)
def test_a_hostile_text_is_disarmed(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


@pytest.mark.parametrize("text", ["визит", "访问通知", "زيارة", "naïve “x”", "می\u200cخواهم"])
def test_the_scripts_of_the_world_stay_as_they_are(text: str) -> None:
    assert clean(text) == text


@given(st.text(st.characters(codec="utf-8"), max_size=80))
@example("\x1b[")
@example("\x9d\x1b")
def test_nothing_that_is_shown_can_move_a_cursor(text: str) -> None:
    shown = clean_block(text)
    assert [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\t"] == []
    assert clean_block(shown) == shown


def test_wide_letters_take_two_columns() -> None:
    assert (width("abc"), width("访问"), width("e\N{COMBINING ACUTE ACCENT}")) == (3, 4, 1)


def test_a_table_stands_straight_in_any_script() -> None:
    lines = table(["name", "n"], [["访问", 1], ["visit", 2]])
    assert lines == ["NAME   N", "访问   1", "visit  2"]


def test_a_table_cell_cannot_make_a_second_row() -> None:
    assert len(table(["name"], [["a\nFAKE ROW"]])) == 2
