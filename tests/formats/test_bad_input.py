"""Bad input of forms: each has a named flaw at the field, and its like that is right has none."""

import math

import pytest

from openline.formats.check import check
from openline.formats.check_value import faults
from openline.formats.form import Item
from openline.formats.openjson import Value
from openline.formats.pack import load_packs

DEGREE = 10**7
PLACE = Item("5", "area", "item.area", "area")
TIME = Item("3", "from", "item.from", "time")
TEXT: Value = [{"lang": "en", "status": "original", "text": "Visit"}]


def area(*degrees: tuple[float, float]) -> Value:
    return {"points": [[round(lon * DEGREE), round(lat * DEGREE)] for lon, lat in degrees]}


def ring(*degrees: tuple[float, float]) -> Value:
    return area(*degrees, degrees[0])


PLACES = {
    "swapped": (area((30.5, 150.4)), area((150.4, 30.5)), "bad-place"),
    "0/0": (area((0, 0)), area((0.5, 0)), "bad-place"),
    "in whole degrees": ({"points": [[30, 50]]}, area((30, 50)), "bad-place"),
    "crossing itself": (
        ring((1, 2), (3, 2), (1, 4), (3, 4)),
        ring((1, 2), (3, 2), (3, 4), (1, 4)),
        "place-crosses-itself",
    ),
    "round the pole": (
        ring((0, 80), (120, 80), (-120, 80)),
        ring((0, 80), (120, 80), (60, 85)),
        "place-round-pole",
    ),
    "an edge of half a turn": (
        ring((-90, 10), (90, 10), (0, 40)),
        ring((-89, 10), (90, 10), (0, 40)),
        "place-half-turn",
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_place_that_cannot_be_right_is_named_and_one_that_can_is_taken(case: str) -> None:
    wrong, right, code = PLACES[case]
    assert [found for found, _ in faults(PLACE, wrong)] == [code]
    assert list(faults(PLACE, right)) == []


def test_an_area_over_180_degrees_is_no_flaw() -> None:
    over = ring((179.1, 2.3), (-179.2, 2.3), (-179.2, 4.3), (179.1, 4.3))
    assert list(faults(PLACE, over)) == []


def test_a_ring_of_hundreds_of_corners_is_judged_and_a_crossing_in_it_found() -> None:
    n = 300
    corners = [
        (10 * math.cos(2 * math.pi * i / n), 10 * math.sin(2 * math.pi * i / n)) for i in range(n)
    ]
    assert list(faults(PLACE, ring(*corners))) == []
    corners[10], corners[200] = corners[200], corners[10]
    assert [code for code, _ in faults(PLACE, ring(*corners))] == ["place-crosses-itself"]


TIMES = {
    "2023-02-20T24:00:00Z": "no-such-time",
    "2023-02-29T08:00:00Z": "no-such-time",
    "2023-02-20T08:60:00Z": "no-such-time",
    "2023-06-30T23:59:60Z": "no-such-time",
    "2023-03-26T02:30:00+01:00": "not-utc",  # the hour that is left out in spring
    "2023-03-26T02:30:00": "not-utc",
    "20 Feb 2023": "wrong-type",
}


@pytest.mark.parametrize("spelled", TIMES)
def test_a_time_that_does_not_exist_or_is_local_is_named(spelled: str) -> None:
    assert [code for code, _ in faults(TIME, spelled)] == [TIMES[spelled]]
    assert list(faults(TIME, "2023-03-26T02:30:00Z")) == []


def test_midnight_is_spelled_out_for_whoever_wrote_24_00() -> None:
    (said,) = [words for _, words in faults(TIME, "2023-02-20T24:00:00Z")]
    assert "00:00:00 of the next day" in said


def test_times_backwards_are_named_in_the_row_that_has_them() -> None:
    form = load_packs().format("core/launch@1")
    assert form is not None
    place = area((10, 10))
    fields: dict[str, Value] = {
        "subject": TEXT,
        "from": "2023-02-20T08:00:00Z",
        "until": "2023-02-20T09:00:00Z",
        "launch_area": place,
        "impact_area": place,
        "window.1.from": "2023-02-21T08:00:00Z",
        "window.1.until": "2023-02-21T09:00:00Z",
        "window.2.from": "2023-02-22T09:00:00Z",
        "window.2.until": "2023-02-22T09:00:00Z",
    }
    found = [(flaw.path, flaw.code) for flaw in check(form, "-", fields)]
    assert found == [("window.2.until", "ends-before-it-begins")]
