"""Places: five notations, three datums, and a named error for everything that could mean two."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.errors import OpenlineError
from openline.formats.area import DEGREE, Area, area_value
from openline.formats.malformed import Malformed
from openline.formats.place import grid
from openline.formats.place.compare import distance_m, same_place
from openline.formats.place.datum import BadDatum, known
from openline.formats.place.read import BadPlace, Place, read_place
from openline.formats.place.show import also_written, others, spellings

# Away from the poles (no UTM), from 0, 0 and from the edges of zones, where squares meet.
longitudes = st.integers(-179 * DEGREE, 179 * DEGREE)
latitudes = st.integers(-79 * DEGREE, 83 * DEGREE)
positions = st.tuples(longitudes, latitudes).filter(lambda p: max(map(abs, p)) > DEGREE // 10)


def place_at(position: tuple[int, int]) -> Place:
    return Place("", "decimal", "WGS 84", *position, 0.02)


@given(positions)
def test_every_spelling_is_read_back_as_the_same_place(position: tuple[int, int]) -> None:
    for notation, text in spellings(*position).items():
        place = read_place(text)
        assert place.notation == notation
        limit = 1.5 if notation == "mgrs" else 0.1
        assert distance_m(place_at(position), place) <= limit, text


@given(positions)
def test_utm_and_mgrs_agree_with_independent_libraries(position: tuple[int, int]) -> None:
    import mgrs
    from pyproj import Proj

    x, y = (each / DEGREE for each in position)
    utm = grid.to_utm(x, y)
    east, north = Proj(proj="utm", zone=utm.zone, ellps="WGS84", south=not utm.is_north)(x, y)
    assert math.hypot(east - utm.east_m, north - utm.north_m) < 0.001
    text = mgrs.MGRS().toMGRS(y, x)
    longitude, latitude, side = grid.square_of(text)
    corner = place_at((round(longitude * DEGREE), round(latitude * DEGREE)))
    assert side == 1.0
    assert distance_m(corner, place_at(position)) < 1.5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("50.4501, 30.5234", "ask-order"),
        ("-33.4501 18.2345", "ask-order"),
        ("50.4501N 30.5234S", "ask-order"),
        ("50,4501N 30,5234E", "decimal-comma"),
        ("٥٠٫٤٥٠١N ٣٠٫٥٢٣٤E", "foreign-digits"),
        ("50.4501С 30.5234В", "foreign-letter"),
        ("50.4501N 30.5234Е", "foreign-letter"),  # a Cyrillic letter that looks like E
        ("0.0000N 0.0000E", "null-place"),
        ("50.450N 30.523E", "too-coarse"),
        ("36UUA241901", "too-coarse"),
        ("50°27'N 030°31'E", "too-coarse"),
        ("91.0000N 30.5234E", "beyond"),
        ("50.4501N 181.5234E", "beyond"),
        ("50°61.000'N 030°31.404'E", "beyond"),
        ("36S 324123 5590123", "ask-hemisphere"),
        ("36U 324123 9590123", "bad-utm"),
        ("61N 324123 5590123", "bad-utm"),
        ("36UZZ2412390123", "bad-mgrs"),
        ("36UAA2412390123", "bad-mgrs"),
        ("Riverside", "no-place"),
        ("", "no-place"),
        ("36UUA2412390123 ED50", "mgrs-datum"),
        ("36U 324123 5590123 Pulkovo 1942", "utm-datum"),
    ],
)
def test_what_could_mean_two_places_is_asked_by_name(text: str, reason: str) -> None:
    with pytest.raises(BadPlace) as caught:
        read_place(text)
    assert caught.value.reason == reason


def test_a_place_without_letters_is_shown_in_both_readings() -> None:
    with pytest.raises(BadPlace, match=r"50\.4501N 30\.5234E or 30\.5234N 50\.4501E"):
        read_place("50.4501, 30.5234")


@pytest.mark.parametrize("name", ["NAD27", "GCJ-02", "Tokyo", "ETRS89", "Donlon 1900"])
def test_a_datum_that_is_not_read_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(BadDatum, match=r"not read: \w+"):
        known(name)


@pytest.mark.parametrize(
    ("text", "low_m", "high_m"),
    [("50.4501N 30.5234E ED50", 50, 200), ("55.7520N 37.6170E Pulkovo 1942", 50, 200)],
)
def test_a_change_of_datum_moves_a_place_and_states_its_accuracy(
    text: str, low_m: float, high_m: float
) -> None:
    place = read_place(text)
    plain = read_place(text.partition("E ")[0] + "E")
    assert low_m < distance_m(place, plain) < high_m
    assert 0 < place.accuracy_m <= 10


def test_a_datum_beyond_where_it_is_used_is_refused() -> None:
    with pytest.raises(BadDatum):
        read_place("33.4501S 151.5234E ED50")


def test_two_datums_for_one_place_are_refused() -> None:
    with pytest.raises(BadPlace) as caught:
        read_place("50.4501N 30.5234E ED50", "WGS 84")
    assert caught.value.reason == "datum-differs"


def test_the_check_shows_a_place_in_two_other_spellings() -> None:
    place = read_place("36U 324182 5591607")
    shown = others(place)
    assert len(shown) == 2
    assert all(read_place(text).notation != place.notation for text in shown)
    assert len(also_written(*place.point)) == 2


def test_a_pole_has_two_spellings_too() -> None:
    assert len(also_written(0, 89 * DEGREE)) == 2
    with pytest.raises(Malformed):
        grid.to_utm(0.0, 89.0)


@pytest.mark.parametrize(
    ("told", "read", "same"),
    [
        ("50.4501N 30.5234E", "36UUA2418291607", True),
        ("50.4501N 30.5234E", "50°27'00.36\"N 030°31'24.24\"E", True),
        ("50.4501N 30.5234E", "36UUA2518291607", False),  # one kilometre off
        ("50.4501N 30.5234E", "50.4501N 30.5243E", False),  # two digits exchanged
        ("50.4501N 30.5234E", "Riverside", None),
    ],
)
def test_a_place_is_compared_as_a_place(told: str, read: str, same: bool | None) -> None:
    assert same_place(told, read) is same
    area = area_value(Area((read_place(told).point,)), told)
    assert same_place(area, read) is same
    assert same_place(read, told) is same


@given(positions, st.integers(0, 3))
def test_a_place_that_lies_a_hundred_metres_off_is_never_the_same(
    position: tuple[int, int], way: int
) -> None:
    north = 10_000 if way % 2 else -10_000
    told = spellings(*position)
    moved = spellings(position[0], position[1] + north)
    assert same_place(told["decimal"], moved["mgrs"]) is False


@given(st.text(max_size=60))
def test_any_text_is_a_place_or_a_named_refusal(text: str) -> None:
    try:
        place = read_place(text)
    except (BadPlace, BadDatum):
        return
    assert abs(place.latitude) <= 90 * DEGREE


def test_what_was_typed_stays_in_the_area() -> None:
    value = area_value(Area((read_place("36UUA2418291607").point,)), "36UUA2418291607")
    assert isinstance(value, dict)
    assert value["typed"] == "36UUA2418291607"


def test_every_refusal_of_a_place_says_what_to_do() -> None:
    for error in (BadPlace, BadDatum):
        assert issubclass(error, OpenlineError)
        assert error.remedy
