"""Of a value that was read back wrong the figures that differ are marked, and nothing is missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.desk.pages.figures import marked

TEXTS = st.text("0123456789.,°NE abأв三\n", min_size=1, max_size=40)


def marks(told: str, read: str) -> list[str]:
    return [text for text, is_marked in marked(told, read) if is_marked]


@pytest.mark.parametrize(
    ("told", "read", "found"),
    [
        ("44.9934000°N 39.6234000°E", "44.9934000°N 39.6342000°E", ["342"]),
        ("44.9934000°N 39.6234000°E", "44.9934000°N 39.6324000°E", ["32"]),
        ("1 500 m", "1 600 m", ["6"]),
        ("1500 m", "15000 m", ["15000"]),
        ("Portville", "Porthill", ["Porthill"]),
        ("200800Z FEB 23", "200800Z MAR 23", ["MAR"]),
        ("12.5", "12", ["12"]),
        ("a b", "a", ["a"]),
        ("a", "a b", [" b"]),
    ],
)
def test_the_figures_that_differ_are_marked(told: str, read: str, found: list[str]) -> None:
    assert marks(told, read) == found


def test_lines_that_do_not_differ_have_no_mark() -> None:
    told = "44.9934000°N 39.6234000°E\nRadius: 15000 m"
    read = "44.9934000°N 39.7234000°E\nRadius: 15000 m"
    assert marked(told, read) == [
        ("44.9934000°N 39.", False), ("7", True), ("234000°E\nRadius: 15000 m", False)
    ]  # fmt: skip


@given(told=TEXTS, read=TEXTS)
def test_nothing_is_added_nothing_lost_and_a_mark_stands_exactly_where_something_differs(
    told: str, read: str
) -> None:
    pieces = marked(told, read)
    assert "".join(text for text, _ in pieces) == read
    assert any(is_marked for _, is_marked in pieces) == (told != read)
