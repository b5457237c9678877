"""Sites in the administrative area that they say, and the slips that put them elsewhere."""

import json
from typing import Any

import pytest

from openline.deconflict.admin import misplaced
from openline.formats.admin_areas import NO_AREAS, AdminAreas, read_admin_areas
from openline.formats.malformed import Malformed

Json = dict[str, Any]


def square(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(pcode: str, name: str, *rings: list[Any], **more: Any) -> Json:
    return {
        "type": "Feature",
        "properties": {"pcode": pcode, "name": name, **more},
        "geometry": {"type": "Polygon", "coordinates": list(rings)},
    }


def file(*features: Json) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


# The province has a hole; the district lies within it.
AREAS = read_admin_areas(
    file(
        feature("XX01", "North", square(30.0, 12.0, 31.0, 13.0), square(30.7, 12.7, 30.8, 12.8)),
        feature("XX0101", "Hill", square(30.0, 12.5, 30.5, 12.6)),
    )
)


def said(lon: float, lat: float, areas: AdminAreas = AREAS, **levels: str) -> list[str]:
    fields: Json = {"point": {"points": [[round(lon * 10**7), round(lat * 10**7)]]}}
    fields |= {f"admin.{name}": value for name, value in levels.items()}
    return [each.code for each in misplaced(areas, fields)]


@pytest.mark.parametrize("name", ["XX01", "xx01", " north ", "North"])
def test_a_site_in_its_area_by_code_or_name_has_nothing_remarked(name: str) -> None:
    assert said(30.2, 12.2, level1=name) == []


def test_every_level_that_is_stated_is_looked_at() -> None:
    assert said(30.2, 12.55, level1="XX01", level2="Hill") == []
    assert said(30.2, 12.2, level1="XX01", level2="Hill") == ["admin.outside"]
    assert said(29.2, 12.2, level1="XX01", level2="Hill") == ["admin.outside"] * 2


def test_a_hole_is_outside() -> None:
    assert said(30.75, 12.75, level1="XX01") == ["admin.outside"]


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (12.2, 30.2, "admin.swapped"),
        (-30.2, 12.2, "admin.signs"),
        (30.2, -12.2, "admin.signs"),
        (-30.2, -12.2, "admin.signs"),
        (50.2, 40.2, "admin.outside"),
    ],
)
def test_swapped_and_sign_slips_are_recognised(lon: float, lat: float, code: str) -> None:
    assert said(lon, lat, level1="XX01") == [code]


def test_minutes_that_were_written_as_decimals_are_recognised() -> None:
    """12 degrees 30 minutes, 30 degrees 12 minutes, typed as 12.30 and 30.12: 0.2 degrees off."""
    assert said(30.12, 12.30, level2="Hill") == ["admin.minutes"]
    assert said(30.1236, 12.3018, level2="Hill") == ["admin.minutes"]
    assert said(30.20, 12.70, level2="Hill") == ["admin.outside"]


def test_what_the_file_does_not_have_is_said_to_be_not_checked() -> None:
    (remark,) = misplaced(AREAS, {"point": {"points": [[302_000_000, 122_000_000]]},
                                  "admin.level1": "Elsewhere"})  # fmt: skip
    assert (remark.path, remark.code, remark.stops) == ("admin.level1", "admin.not-listed", False)
    assert "NOT CHECKED" in remark.sentence


def test_without_a_file_nothing_is_compared() -> None:
    """Negative control: the same site is remarked where there is one."""
    assert said(50.2, 40.2, NO_AREAS, level1="XX01") == []
    assert said(50.2, 40.2, level1="XX01") != []


def test_codes_of_the_deepest_level_are_taken() -> None:
    deep = feature("", "", square(30, 12, 31, 13))
    deep["properties"] = {
        "ADM1_PCODE": "XX01", "ADM2_PCODE": "XX0102", "ADM2_EN": "Vale", "ADM1_EN": "North",
    }  # fmt: skip
    areas = read_admin_areas(file(deep))
    assert [area.pcode for area in areas.named("vale")] == ["XX0102"]
    assert areas.named("XX01") == ()


WHOLE = feature("A", "a", square(30, 12, 31, 13))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "not JSON"),
        (b'{"type":"FeatureCollection","features":[]}', "features"),
        (file(WHOLE, WHOLE), "is there already"),
        (file({**WHOLE, "properties": {}}), "no pcode"),
        (file({**WHOLE, "properties": {"pcode": 7}}), "characters"),
        (file({**WHOLE, "geometry": {"type": "Point", "coordinates": [1, 2]}}), "neither Polygon"),
        (file(feature("A", "a", square(30, 12, 31, 13)[:-1])), "not closed"),
        (file(feature("A", "a", square(12, 130, 13, 131))), "beyond"),
        (file(feature("A", "a", [["x", 1]] * 4)), "not numbers"),
        (file(feature("A", "a", [[True, False]] * 4)), "not numbers"),
        (b'{"type":"FeatureCollection","crs":"EPSG:3857","features":[{}]}', "reference system"),
        (b"[" * 40 + b"]" * 40, "levels deep"),
        (b'{"a":1,"a":2}', "twice"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        read_admin_areas(data)
