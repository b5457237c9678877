"""A place read back in another spelling is the same place; one that is off differs."""

import pytest

from openline.cases.documents.differing import plain_value
from openline.cases.readback import is_read_back
from openline.formats.area import Area, area_value
from openline.formats.openjson import Value
from openline.formats.place.read import read_place


def point(text: str) -> Value:
    return area_value(Area((read_place(text).point,)), text)


@pytest.mark.parametrize(
    ("read", "same"),
    [
        ("36UUA2418291607", True),
        (point("36UUA2418291607"), True),
        ("36UUA2418391907", False),
        (point("50.4801N 30.5234E"), False),
        ("Riverside", False),
        (7, False),
    ],
)
def test_a_read_back_place_is_compared_with_the_step_of_the_coarser_spelling(
    read: Value, same: bool
) -> None:
    assert is_read_back(point("50.4501N 30.5234E"), read) is same


def test_words_and_numbers_are_compared_letter_by_letter() -> None:
    assert is_read_back("Riverside", "Riverside")
    assert not is_read_back("Riverside", "riverside")
    assert not is_read_back(1, True)


def test_the_alarm_about_a_place_read_wrongly_shows_letters_and_what_else_differs() -> None:
    points: Value = [[305234000, 504510000]]
    assert plain_value({"points": points}) == "50.4510000°N 30.5234000°E"
    near, wide = ({"points": points, "radius_m": metres} for metres in (500, 900))
    assert plain_value(near) != plain_value(wide)
    assert plain_value([["not", "a place"]]) == '[["not","a place"]]'
