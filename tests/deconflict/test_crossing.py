"""A movement beside sites, exercises, launches and other movements: near in space and in time."""

from typing import Any

import pytest

from openline.deconflict.crossing import NOT_CHECKED, Budget, Near, crossing
from openline.deconflict.measure import apart_m, box
from openline.deconflict.volume import Taken, taken
from openline.formats.area import Area
from openline.formats.pack import load_packs
from openline.formats.spell import parse_utc

PACKS = load_packs()
X, Y = 400_000_000, 120_000_000  # 40 E, 12 N
KM = 89_932  # north, in 1e-7 degree
Fields = dict[str, Any]


def at(east_km: float = 0, north_km: float = 0) -> list[int]:
    """A position so far from 40 E, 12 N."""
    return [X + round(east_km * KM / 0.97815), Y + round(north_km * KM)]


def movement(*way: list[int], hour: int = 8, **more: Any) -> Fields:
    """One segment, driven within an hour of the second of March."""
    return {
        "segment.1.route": {"points": list(way)},
        "segment.1.controlled_by": "uncontrolled",
        "segment.1.enter": f"2030-03-02T{hour:02}:00:00Z",
        "segment.1.leave": f"2030-03-02T{hour + 1:02}:00:00Z",
        "from": f"2030-03-02T{hour:02}:00:00Z",
        "until": f"2030-03-02T{hour + 1:02}:00:00Z",
        **more,
    }


def site(place: list[int], **more: Any) -> Fields:
    return {
        "point": {"points": [place]},
        "footprint": {"points": [place], "radius_m": 50},
        "from": "2030-01-01T00:00:00Z",
        "until": "2030-06-01T00:00:00Z",
        **more,
    }


def exercise(*ring: list[int], hour: int = 6, **more: Any) -> Fields:
    return {
        "area": {"points": list(ring), **more},
        "from": f"2030-03-02T{hour:02}:00:00Z",
        "until": f"2030-03-02T{hour + 3:02}:00:00Z",
    }


def of(form: str, fields: Fields) -> Taken:
    found = taken(PACKS.format(form), fields)
    assert found is not None
    return found


def met(one: Taken, other: Taken, least_m: int = 500) -> Near | str | None:
    found, back = (
        crossing(a, b, least_m, Budget()) for a, b in ((one, other), (other, one))
    )  # both sides of a line see the same
    if isinstance(found, Near) and isinstance(back, Near):
        assert (found.distance_m, found.start_s, found.end_s) == (
            back.distance_m, back.start_s, back.end_s,
        )  # fmt: skip
    else:
        assert found == back
    return found


ROAD = (at(0, 0), at(20, 0))
MOVES = of("humanitarian/movement@1", movement(*ROAD))


@pytest.mark.parametrize(("north_km", "metres"), [(0.3, 250), (0.04, 0), (0.6, None), (-0.3, 250)])
def test_a_road_past_a_site_tells_the_metres_between_them(
    north_km: float, metres: int | None
) -> None:
    found = met(MOVES, of("humanitarian/site@1", site(at(10, north_km))))
    if metres is None:
        assert found is None
    else:
        assert isinstance(found, Near)
        assert found.distance_m == pytest.approx(metres, abs=3)
        assert found.start_s == parse_utc("2030-03-02T08:00:00Z")
        assert found.end_s == parse_utc("2030-03-02T09:00:00Z")


def test_the_same_place_at_another_time_is_not_near() -> None:
    later = of("humanitarian/movement@1", movement(*ROAD, hour=10))
    assert met(MOVES, later) is None
    slow = movement(*ROAD, hour=10, **{"segment.1.tolerance": 90})
    found = met(MOVES, of("humanitarian/movement@1", slow))
    assert isinstance(found, Near)
    assert (found.start_s, found.end_s) == tuple(
        parse_utc(f"2030-03-02T{each}:00Z") for each in ("08:30", "09:00")
    )


def test_ways_that_cross_and_a_way_through_a_ring_meet() -> None:
    across = of("humanitarian/movement@1", movement(at(10, -5), at(10, 5)))
    ring = (at(5, -2), at(9, -2), at(9, 2), at(5, 2), at(5, -2))
    around = (at(-90, -90), at(90, -90), at(90, 90), at(-90, 90), at(-90, -90))
    for other in (
        across,
        of("core/exercise@1", exercise(*ring)),
        of("core/exercise@1", exercise(*around)),
    ):
        found = met(MOVES, other)
        assert isinstance(found, Near)
        assert found.distance_m == 0


def test_a_buffer_that_is_asked_for_counts_where_it_is_wider() -> None:
    far = of("humanitarian/site@1", site(at(10, 3)))
    assert met(MOVES, far) is None
    wide = of("humanitarian/movement@1", movement(*ROAD, buffer_m=5_000))
    assert isinstance(met(wide, far), Near)


def test_heights_keep_two_apart_only_where_both_are_known() -> None:
    ring = (at(5, -2), at(9, -2), at(9, 2), at(5, 2), at(5, -2))
    low = movement(*ROAD)
    low["segment.1.route"] |= {"lower_m": 0, "upper_m": 300, "reference": "msl"}
    flies = of("humanitarian/movement@1", low)
    high: Fields = {"lower_m": 1_000, "upper_m": 5_000, "reference": "msl"}
    assert met(flies, of("core/exercise@1", exercise(*ring, **high))) is None
    assert met(flies, of("core/exercise@1", exercise(*ring, **(high | {"reference": "agl"}))))
    assert met(flies, of("core/exercise@1", exercise(*ring)))


def test_an_alternate_day_counts_with_the_way_of_the_segments() -> None:
    fields = movement(*ROAD, hour=20) | {
        "alternate.1.from": "2030-03-02T06:00:00Z", "alternate.1.until": "2030-03-02T07:00:00Z",
    }  # fmt: skip
    ring = (at(5, -2), at(9, -2), at(9, 2), at(5, 2), at(5, -2))
    assert met(of("humanitarian/movement@1", fields), of("core/exercise@1", exercise(*ring)))


def test_180_degrees_lie_between_no_two_places() -> None:
    east, west = [1_799_990_000, Y], [-1_799_990_000, Y]
    near = of("humanitarian/movement@1", movement([1_799_000_000, Y], east))
    found = met(near, of("humanitarian/site@1", site(west)))
    assert isinstance(found, Near)
    assert found.distance_m == pytest.approx(2 * 10_000 * 0.011119 * 0.978 - 50, abs=3)


@pytest.mark.parametrize(
    ("form", "fields", "lacks"),
    [
        ("core/exercise@1", {"from": "2030-03-02T06:00:00Z"}, "gives no until"),
        ("core/transit@1", {"from": "2030-03-02T06:00:00Z", "until": "2030-03-02T07:00:00Z"},
         "no place with a time"),
        ("humanitarian/movement@1", {}, "gives no segment"),
        ("humanitarian/movement@1",
         movement(*ROAD) | {"segment.2.route": {"points": [at(0), at(1)]}}, "segment.2.enter"),
        ("humanitarian/movement@1", movement(*ROAD) | {"segment.1.route": {"points": [[1]]}},
         "segment.1.route cannot be read"),
        ("humanitarian/movement@1", movement(*ROAD) | {"segment.1.leave": "24:00"},
         "segment.1.leave cannot be read"),
        ("humanitarian/movement@1", movement(*ROAD) | {"segment.1.leave": "2030-03-01T00:00:00Z"},
         "ends before it begins"),
        ("humanitarian/site@1", site([X, 890_000_000]), "near to a pole"),
        ("core/told-elsewhere@1", {"checked": "text-only", "at_time": "2030-03-02T06:00:00Z"},
         "no machine understood"),
        ("core/told-elsewhere@1", {"area.1.area": {"points": [at(0)]}, "at_time":
         "2030-03-02T06:00:00Z"}, "has no time"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_said(form: str, fields: Fields, lacks: str) -> None:
    assert lacks in of(form, fields).lacks


def test_more_corners_than_can_be_compared_are_said_to_be_not_checked() -> None:
    long = [at(each / 50, each % 2 / 100) for each in range(1_000)]
    many = of("humanitarian/movement@1", movement(*long))
    assert crossing(many, many, 500, Budget()) == NOT_CHECKED


def test_a_question_or_a_call_that_was_held_is_not_about_places_in_time() -> None:
    held = {"at_time": "2030-03-02T06:00:00Z"}
    assert taken(PACKS.format("core/told-elsewhere@1"), held) is None
    assert taken(PACKS.format("core/clarification@1"), {}) is None
    assert taken(None, {}) is None


@pytest.mark.parametrize("gap_km", [0.0, 0.4, 3.0, 40.0])
@pytest.mark.parametrize("latitude", [0, 600_000_000, -800_000_000])
@pytest.mark.parametrize("longitude", [X, 1_799_999_000])
def test_boxes_never_hide_what_is_near(gap_km: float, latitude: int, longitude: int) -> None:
    """The box only spares work: whatever is nearer than asked passes it."""
    for east, north in ((0, 1), (1, 0), (1, 1), (-1, 1)):
        step = (round(east * gap_km * KM), round(north * gap_km * KM))
        lon = (longitude + step[0] + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
        one, other = Area(((longitude, latitude),), 100), Area(((lon, latitude + step[1]),), 100)
        metres = apart_m(one, other)
        assert box(one).is_near(box(other), metres + 1)
        assert box(other).is_near(box(one), metres + 1)


def test_far_boxes_are_told_apart() -> None:
    """Negative control of the one above: a box that lets everything pass would spare nothing."""
    one, other = Area(((X, Y),), 100), Area(((X + 10_000_000, Y),), 100)
    assert not box(one).is_near(box(other), 500)
    assert not box(other).is_near(box(one), 500)
