"""Comparison with the expected end states: exact, and readable where it fails."""

import copy
from pathlib import Path

import pytest

from openline.cli.play.compare import NoExpected, differences, expected_of, packaged
from openline.formats.openjson import Value

SHOWN: Value = {"lines": {"a-b": {"said": {"a.example": 2}, "due": [1, 2]}}, "party": "a.example"}


def test_equal_is_no_difference() -> None:
    assert differences(SHOWN, copy.deepcopy(SHOWN)) == []


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({"lines": {}, "party": "a.example"}, "lines.a-b: not expected, shown"),
        ({"lines": {"a-b": {"said": {"a.example": 3}, "due": [1, 2]}}, "party": "a.example"},
         "lines.a-b.said.a.example: expected 3, shown 2"),
        ({"lines": {"a-b": {"said": {"a.example": 2}, "due": [1]}}, "party": "a.example"},
         "lines.a-b.due: expected 1 items, shown 2"),
        ({"lines": {"a-b": {"said": {"a.example": 2}, "due": [1, True]}}, "party": "a.example"},
         "lines.a-b.due[1]: expected true, shown 2"),
        ({"lines": {"a-b": {"said": {"a.example": 2}, "due": [1, 2], "more": 1}}, "party": "x"},
         "lines.a-b.more: expected 1, not shown"),
    ],
)  # fmt: skip
def test_every_other_value_is_a_difference_with_its_path(expected: Value, words: str) -> None:
    assert any(words in line for line in differences(expected, SHOWN))


def test_one_is_not_true() -> None:
    assert differences(1, True) and differences(0, False) and differences("1", 1)


def test_a_missing_or_broken_expected_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoExpected):
        expected_of(tmp_path, "1a", "us.example")
    (tmp_path / "1a").mkdir()
    (tmp_path / "1a" / "us.example.json").write_text("{", "utf-8")
    with pytest.raises(NoExpected):
        expected_of(tmp_path, "1a", "us.example")


def test_the_package_carries_its_expected_end_states() -> None:
    assert packaged().is_dir()
