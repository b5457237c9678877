"""A length of time in words: two units at most, and the forms that a language has for a number."""

import pytest

from openline.formats.lasting import lasting
from openline.formats.terms import load_terms

DAY_S = 86_400
NO_BREAK = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (3_660, "1 h 1 min"),
        (273_661, "3 d 4 h"),
        (-90, "\N{MINUS SIGN}1 min 30 s"),
    ],
)
def test_a_time_is_said_in_its_two_largest_units(seconds: int, words: str) -> None:
    said = lasting(load_terms(), "en", seconds)
    assert said.replace(NO_BREAK, " ") == words
    assert said.count(NO_BREAK) == 1 + (" " in said)  # a number is never parted from its unit


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "يوم واحد"),
        (2, "يومان"),
        (3, "3 أيام"),
        (11, "11 يوماً"),
        (100, "100 يوم"),
        (102, "102 يوم"),
        (103, "103 أيام"),
        (111, "111 يوماً"),
    ],
)
def test_arabic_has_its_forms_for_one_two_few_many_and_the_rest(days: int, words: str) -> None:
    assert lasting(load_terms(), "ar", days * DAY_S).replace(NO_BREAK, " ") == words


def test_german_has_a_day_and_days() -> None:
    said = [lasting(load_terms(), "de", days * DAY_S + 7_200) for days in (1, 2)]
    assert [each.replace(NO_BREAK, " ") for each in said] == ["1 Tag 2 Std.", "2 Tage 2 Std."]
