"""What several values must be together: said to drafter and reader, never a refusal to take."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.deconflict.form_rules import RULES, remarks
from openline.deconflict.line_rules import LINE_RULES
from openline.deconflict.measure import distance_m, inside
from openline.formats.area import Area
from openline.formats.form import RULE_KINDS
from openline.formats.pack import load_packs

PACKS = load_packs()
HERE = [-330123450, 470123450]
SITE: dict[str, Any] = {
    "point": {"points": [HERE]},
    "footprint": {"points": [HERE], "radius_m": 100},
    "second.method": "imagery",
    "second.distance_m": 8,
    "from": "2030-01-01T00:00:00Z",
    "until": "2030-06-01T00:00:00Z",
}
MOVE: dict[str, Any] = {
    "segment.1.route": {"points": [HERE, [-329123450, 470123450]]},
    "segment.1.enter": "2030-01-01T06:00:00Z",
    "segment.1.leave": "2030-01-01T07:00:00Z",
    "segment.2.route": {"points": [[-329123450, 470123450], [-328123450, 470123450]]},
    "segment.2.enter": "2030-01-01T07:00:00Z",
    "segment.2.leave": "2030-01-01T08:00:00Z",
    "vehicles": 1,
    "vehicle.1.type": "lorry",
}


def said(form: str, fields: dict[str, Any], **more: Any) -> list[tuple[str, str, bool]]:
    found = PACKS.format(f"humanitarian/{form}@1")
    assert found is not None
    return [(each.path, each.code, each.stops) for each in remarks(found, fields, **more)]


def test_every_kind_that_a_pack_may_name_has_a_function() -> None:
    assert set(RULES).isdisjoint(LINE_RULES)
    assert set(RULES) | set(LINE_RULES) == set(RULE_KINDS)


@pytest.mark.parametrize(
    "text", ["50.4501234 N, 30.5234567 E", "Ward 12, 340 beds", "2030-01-01 to 2030-06-01"]
)
def test_positions_counts_and_dates_are_not_taken_for_telephone_numbers(text: str) -> None:
    assert ("address", "rule.no-reach", False) not in said("site", {**SITE, "address": text})


def test_a_notice_that_fits_draws_no_remark() -> None:
    assert said("site", SITE) == []
    assert said("movement", MOVE) == []


@pytest.mark.parametrize(
    ("changed", "remark"),
    [
        ({"point": {"points": [[-330000000, 470000000]]}}, ("point", "rule.precision", True)),
        (
            {"footprint": {"points": [HERE], "radius_m": 1500}},
            ("footprint", "rule.across-m", False),
        ),
        ({"address": "Ask Maria, +44 20 7946 0958"}, ("address", "rule.no-reach", False)),
        ({"hours": "mail to duty@relief.example"}, ("hours", "rule.no-reach", False)),
        ({"second.distance_m": 51}, ("second.distance_m", "rule.at-most", True)),
        ({"until": "2030-12-01T00:00:00Z"}, ("until", "rule.within-s", False)),
        ({"point": {"points": [[-330223450, 470123450]]}}, ("point", "rule.inside", False)),
    ],
)
def test_a_site_that_does_not_fit_is_said(
    changed: dict[str, Any], remark: tuple[str, str, bool]
) -> None:
    assert remark in said("site", {**SITE, **changed})


def test_a_position_with_four_decimals_is_taken_and_five_are_advised() -> None:
    place = {"points": [[-330123000, 470123000]]}
    found = said("site", {**SITE, "point": place, "footprint": {**place, "radius_m": 100}})
    assert found == [("point", "rule.precision", False)]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("47.01200N 33.01000W", []),
        ("47.0120, -33.0100", [("point", "rule.precision", False)]),
        ("47.012 -33.01", [("point", "rule.precision", True)]),
        ("47.0120N 33.0100W", [("point", "rule.precision", False)]),
        ("47.01200N 33.01000W, 100 m", []),
    ],
)
def test_zeros_that_were_typed_are_decimals(typed: str, told: list[tuple[str, str, bool]]) -> None:
    place = {"points": [[-330100000, 470120000]], "typed": typed}
    around = {"points": [[-330100000, 470120000]], "radius_m": 100}
    assert said("site", {**SITE, "point": place, "footprint": around}) == told


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("47 00.720N 33 00.600W", []),  # a thousandth of a minute: 1.9 m
        ("47 00.72N 33 00.60W", [("point", "rule.precision", False)]),  # 19 m
        ("47 00.7N 33 00.6W", [("point", "rule.precision", True)]),  # 185 m
        ("47 01N 33 01W", [("point", "rule.precision", True)]),  # 1.9 km, and seven decimals
        ("47 00 43N 33 00 36W", [("point", "rule.precision", False)]),  # one second: 31 m
    ],
)
def test_a_place_in_minutes_is_judged_by_what_was_typed_and_not_by_its_degrees(
    typed: str, told: list[tuple[str, str, bool]]
) -> None:
    """Negative control: judged by its degrees, a whole minute (47.0166667) had seven decimals."""
    point = (-330166667, 470166667) if "01N" in typed else (-330100000, 470120000)
    place = {"points": [list(point)], "typed": typed}
    around = {"points": [list(point)], "radius_m": 100}
    assert said("site", {**SITE, "point": place, "footprint": around}) == told


def test_a_site_without_a_second_check_is_called_unverified_and_may_be_sent() -> None:
    fields = {path: value for path, value in SITE.items() if path != "second.method"}
    assert said("site", fields) == [("second.method", "rule.given", False)]


@pytest.mark.parametrize(
    ("changed", "remark"),
    [
        ({"segment.2.enter": "2030-01-01T06:30:00Z"}, ("segment.2.enter", "rule.ascending")),
        (
            {"segment.2.route": {"points": [[-329023450, 470123450], HERE]}},
            ("segment.2.route", "rule.touching-m"),
        ),
        ({"segment.1.leave": "2030-01-01T06:02:00Z"}, ("segment.1.route", "rule.speed-kmh")),
        ({"segment.1.leave": "2030-01-02T07:00:00Z"}, ("segment.1.leave", "rule.within-s")),
        ({"vehicles": 2}, ("vehicle", "rule.rows")),
    ],
)
def test_a_movement_that_does_not_fit_is_said(
    changed: dict[str, Any], remark: tuple[str, str]
) -> None:
    found = said("movement", {**MOVE, **changed})
    assert (*remark, False) in found


def test_more_confirmed_than_reported_is_said() -> None:
    fields = {"harm.1.reported": 3, "harm.1.confirmed": 2, "harm.2.reported": 1,
              "harm.2.confirmed": 4}  # fmt: skip
    assert said("incident", fields) == [("harm.2.confirmed", "rule.not-above", False)]


def test_what_may_be_withheld_is_not_missed() -> None:
    fields = {path: value for path, value in SITE.items() if path != "second.method"}
    assert said("site", fields, is_whole=False) == []
    assert said("movement", {**MOVE, "vehicles": 9}, is_whole=False) == []


def test_a_footprint_over_the_antimeridian_holds_what_lies_in_it() -> None:
    ring = Area(
        ((1799990000, 10000000), (-1799990000, 10000000), (-1799990000, 10010000),
         (1799990000, 10010000), (1799990000, 10000000))
    )  # fmt: skip
    assert inside((1800000000, 10005000), ring) and inside((-1799995000, 10005000), ring)
    assert not inside((1799980000, 10005000), ring)


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        ((0, 0), (10_000_000, 0), 111_195),
        ((1799000000, 0), (-1799000000, 0), 22_239),
        ((0, 900_000_000), (1_000_000_000, 900_000_000), 0),
    ],
)
def test_distances_are_those_of_the_sphere(
    a: tuple[int, int], b: tuple[int, int], metres: int
) -> None:
    assert distance_m(a, b) == pytest.approx(metres, abs=1)


@given(
    st.dictionaries(
        st.sampled_from([*SITE, *MOVE]),
        st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5),
                  st.lists(st.integers(0, 9), max_size=3)),
        max_size=8,
    )
)  # fmt: skip
def test_no_value_of_any_type_stops_a_rule(fields: dict[str, Any]) -> None:
    for form in PACKS.formats:
        assert isinstance(remarks(form, fields), tuple)


CORNERS = [HERE, [-329123450, 470123450], [-329123450, 471123450], [-330123450, 471123450]]


@pytest.mark.parametrize("points", [CORNERS, CORNERS[:3]])
@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("core/hazard-area@1", "area.2.area"),
        ("core/launch@1", "impact_area"),
        ("core/exercise@1", "area"),
        ("humanitarian/site@1", "footprint"),
        ("humanitarian/suspension-of-fire@1", "area"),
    ],
)
def test_corners_that_do_not_close_are_said_to_be_a_track_where_an_area_is_meant(
    form: str, path: str, points: list[list[int]]
) -> None:
    found = PACKS.format(form)
    assert found is not None
    remarked = {(each.path, each.code, each.stops) for each in remarks(
        found, {path: {"points": points}})}  # fmt: skip
    assert (path, "place.open-ring", False) in remarked
    for closed in ({"points": [*points, points[0]]}, {"points": points, "radius_m": 500}):
        assert "place.open-ring" not in {each.code for each in remarks(found, {path: closed})}


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("humanitarian/movement@1", "segment.1.route"),
        ("core/transit@1", "area"),
        ("core/told-elsewhere@1", "area.1.area"),
    ],
)
def test_a_way_is_no_open_ring(form: str, path: str) -> None:
    found = PACKS.format(form)
    assert found is not None and found.item(path) is not None
    said = {each.code for each in remarks(found, {path: {"points": CORNERS}})}
    assert "place.open-ring" not in said
