"""What a range is asked about: a class, a form, or a form with one value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.record.asked import Asked, BadAsked, parse_asked


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("guarantee", Asked("guarantee")),
        ("humanitarian/site", Asked("humanitarian/site")),
        ("humanitarian/site site=well-7", Asked("humanitarian/site", "site", "well-7")),
        (
            "core/visit place=the old = new bridge",
            Asked("core/visit", "place", "the old = new bridge"),
        ),
    ],
)
def test_a_class_a_form_or_a_form_with_a_value(text: str, asked: Asked) -> None:
    assert parse_asked(text) == asked


@pytest.mark.parametrize("text", ["", " ", "form path", "form =x", "form path=", "x" * 1001])
def test_half_a_question_is_refused(text: str) -> None:
    with pytest.raises(BadAsked):
        parse_asked(text)


@given(st.text(max_size=100))
def test_nothing_but_a_named_error_comes_of_nonsense(text: str) -> None:
    try:
        parse_asked(text)
    except BadAsked:
        return
