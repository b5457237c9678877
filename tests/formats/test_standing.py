"""The list of what is in force: one spelling, sorted, in blocks that fit into fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.malformed import Malformed
from openline.formats.standing import ROWS_IN_BLOCK, Standing, parse_blocks, spell_blocks

ORIGINS = [f"cell.example/openline/{letter * 52}" for letter in "abc"]
ROWS = st.lists(
    st.builds(
        Standing,
        st.sampled_from(ORIGINS),
        st.integers(0, 5_000),
        st.binary(min_size=32, max_size=32),
        st.sampled_from(["", "2031-03-01T00:00:00Z"]),
    ),
    unique_by=lambda row: (row.origin, row.index),
    max_size=60,
)


@given(ROWS)
def test_what_is_spelled_reads_back_as_the_sorted_list(rows: list[Standing]) -> None:
    assert parse_blocks(spell_blocks(rows)) == tuple(sorted(rows))


@given(ROWS)
def test_what_reads_is_spelled_the_same_again(rows: list[Standing]) -> None:
    blocks = spell_blocks(rows)
    assert spell_blocks(parse_blocks(blocks)) == blocks


def test_a_long_list_is_divided_into_blocks_of_a_field() -> None:
    rows = [Standing(ORIGINS[0], n, bytes(32)) for n in range(2 * ROWS_IN_BLOCK + 1)]
    assert [text.count("\n") for _, text in spell_blocks(rows)] == [200, 200, 1]


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ([(ORIGINS[0], "")], "whole lines"),
        ([(ORIGINS[0], "1 AAAA")], "whole lines"),
        ([(ORIGINS[0], "1\n")], "not index, version and end"),
        ([(ORIGINS[0], f"01 {'A' * 43}= -\n")], "in-force list"),
        ([(ORIGINS[0], f"2 {'A' * 43}= -\n1 {'A' * 43}= -\n")], "not sorted"),
        ([(ORIGINS[1], f"1 {'A' * 43}= -\n"), (ORIGINS[0], f"1 {'A' * 43}= -\n")], "not sorted"),
        ([(ORIGINS[0], f"1 {'A' * 43}= -\n1 {'A' * 42}I= -\n")], "twice"),
        ([(ORIGINS[0], f"1 {'A' * 43}= tomorrow\n")], "time"),
    ],
)
def test_any_other_spelling_is_refused(blocks: list[tuple[str, str]], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse_blocks(blocks)


@given(st.text(max_size=200))
def test_nonsense_is_refused_and_nothing_else_is_raised(text: str) -> None:
    try:
        parse_blocks([(ORIGINS[0], text)])
    except Malformed:
        return
