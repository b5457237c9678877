"""A file of boundaries is read strictly, and never without words that say whose view it is."""

from pathlib import Path

import pytest

from openline.desk.pages.overlay import BYTES_MAX, BadOverlay, read_overlay


def written(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "lines.json"
    path.write_bytes(data)
    return str(path)


def test_no_path_is_no_overlay() -> None:
    assert read_overlay("", "") is None


def test_a_file_with_a_label_is_sent_as_it_is(tmp_path: Path) -> None:
    data = b'{"type": "MultiLineString", "coordinates": []}'
    found = read_overlay(written(tmp_path, data), "Survey, 2031")
    assert found is not None and (found.data, found.label) == (data, "Survey, 2031")


@pytest.mark.parametrize("label", ["", "  ", "x" * 121, "two\nlines", "turned \u202e"])
def test_boundaries_without_words_are_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(BadOverlay, match="boundaries_label"):
        read_overlay(written(tmp_path, b'{"type": "Topology"}'), label)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"type": "Point"}', b"\xff", b"[" * 100_000, b" " * (BYTES_MAX + 1)],
    ids=["empty", "list", "point", "not text", "deep", "long"],
)
def test_what_is_no_set_of_lines_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadOverlay):
        read_overlay(written(tmp_path, data), "Survey")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOverlay):
        read_overlay(str(tmp_path / "none"), "Survey")
