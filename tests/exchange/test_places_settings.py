"""What `node.toml` says of places: a file of areas that is none keeps a node from starting."""

from dataclasses import replace
from pathlib import Path

import pytest

from openline.exchange import start
from openline.exchange.start import BadNodeFile, NodeSettings

AREA = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"pcode":"XX01"},'
    '"geometry":{"type":"Polygon","coordinates":[[[30,12],[31,12],[31,13],[30,12]]]}}]}'
)


def settings(folder: Path, **changed: object) -> NodeSettings:
    """Settings written to a folder's node.toml and read again."""
    made = replace(NodeSettings("us.example"), **changed)  # type: ignore[arg-type]
    start.write_settings(folder, made)
    read = start.read_settings(folder)
    assert read == made
    return read


def test_areas_and_separation_are_read_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "areas.geojson").write_text(AREA, "utf-8")
    made = settings(tmp_path, admin_areas=str(tmp_path / "areas.geojson"), separation_m=750)
    assert [area.pcode for area in start.areas_of(made.admin_areas).named("xx01")] == ["XX01"]
    assert made.separation_m == 750
    assert not start.areas_of(NodeSettings("us.example").admin_areas)


@pytest.mark.parametrize(
    ("text", "reason"), [("{", "not JSON"), (AREA.replace("pcode", "p"), "no pcode")]
)
def test_a_file_of_areas_that_is_not_one_is_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "areas.geojson").write_text(text, "utf-8")
    with pytest.raises(BadNodeFile, match=reason):
        start.areas_of(str(tmp_path / "areas.geojson"))


def test_a_file_of_areas_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadNodeFile, match="admin_areas"):
        start.areas_of(str(tmp_path / "none.geojson"))


@pytest.mark.parametrize("metres", [-1, 100_001])
def test_a_separation_that_cannot_be_meant_is_refused(tmp_path: Path, metres: int) -> None:
    with pytest.raises(BadNodeFile, match="separation_m"):
        settings(tmp_path, separation_m=metres)
