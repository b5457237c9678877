"""NOTAMs: new, replacing, cancelling; schedules within a validity. Texts are invented."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.foreign.heard import Heard
from openline.formats.foreign.notam import read_notam
from openline.formats.malformed import Malformed

RING = "AREA BOUNDED BY 471000N0350000W-472000N0350000W-472000N0351000W-471000N0350000W"


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(2026, month, day, hour, minute, tzinfo=UTC).timestamp())


def notam(
    schedule: str = "", end: str = "2605041530", kind: str = "N", text: str = RING, old: str = ""
) -> Heard:
    middle = f"D) {schedule} " if schedule else ""
    return read_notam(
        f"A0123/26 NOTAM{kind} {old} Q) EAAD/QRDCA/IV/BO/W/000/150/4147N03501W011 A) EAAD "
        f"B) 2605010600 C) {end} {middle}E) {text} F) SFC G) 15000FT AMSL"
    )


def windows(heard: Heard) -> list[tuple[int, int | None]]:
    return [(w.start_s, w.end_s) for w in heard.windows]


def test_without_a_schedule_the_validity_is_the_window() -> None:
    heard = notam()
    assert windows(heard) == [(at(5, 1, 6), at(5, 4, 15, 30))]
    assert heard.is_checkable
    (area,) = heard.zones[0].areas
    assert (area.lower_m, area.upper_m, area.reference) == (0, 4_572, "msl")


@pytest.mark.parametrize(
    ("schedule", "count", "first"),
    [
        ("DAILY 0600-1530", 4, (at(5, 1, 6), at(5, 1, 15, 30))),
        ("2200-0400", 3, (at(5, 1, 22), at(5, 2, 4))),
        ("01 03 0700-0800 0900-1000", 4, (at(5, 1, 7), at(5, 1, 8))),
        ("SAT SUN 0700-0800", 2, (at(5, 2, 7), at(5, 2, 8))),
        ("01 1200-03 0800", 1, (at(5, 1, 12), at(5, 3, 8))),
        ("2605020100 TO 2605020200 2605030100 TO 2605030200", 2, (at(5, 2, 1), at(5, 2, 2))),
        ("DAILY 0700-0800 EXC MAY 02", 3, (at(5, 1, 7), at(5, 1, 8))),
        ("H24", 4, (at(5, 1, 6), at(5, 2))),
    ],
)
def test_a_schedule_gives_its_windows_within_the_validity(
    schedule: str, count: int, first: tuple[int, int]
) -> None:
    found = windows(notam(schedule))
    assert (len(found), found[0]) == (count, first)


@pytest.mark.parametrize(
    "schedule",
    ["SR-SS", "MON-FRI EXC HOL 0600-1000", "0600-1000 LT", "01-09 0600-1000", "BY NOTAM"],
)
def test_a_schedule_that_is_not_wholly_understood_gives_no_window(schedule: str) -> None:
    heard = notam(schedule)
    assert heard.windows == ()
    assert not heard.is_checkable


def test_an_estimated_end_is_marked_and_no_end_is_open() -> None:
    assert notam(end="2605041530 EST").windows[0].is_estimated
    assert notam(end="PERM").windows[0].end_s is None


def test_what_is_replaced_or_cancelled_is_named() -> None:
    assert notam(kind="R", old="A0100/26").cancels == ("A0100/26",)
    cancelling = notam(kind="C", old="A0100/26", text="CANCELLED")
    assert (cancelling.kind, cancelling.zones) == ("cancels", ())
    assert "no-reference" in {d.code for d in notam(kind="R").doubts}


@pytest.mark.parametrize(
    "text",
    [
        "AREA ARC RADIUS 5NM CENTRED ON 471000N0350000W 472000N0350000W 472000N0351000W",
        "ROUTE 471000N0350000W DCT 472000N0350000W",
        "CIRCLE RADIUS 5NM CENTRED ON 471000N0350000W AND BUFFER TO 10NM",
        "AREA 471000N0350000W-473000N0351000W-471000N0351000W-473000N0350000W",
    ],
)
def test_an_area_that_is_no_plain_ring_or_circle_is_none(text: str) -> None:
    assert all(not zone.areas for zone in notam(text=text).zones)


def test_a_position_that_a_line_end_broke_is_joined() -> None:
    broken = RING.replace("472000N0351000W", "47200 0N0351000W")
    assert notam(text=broken).zones[0].areas == notam().zones[0].areas


def test_the_circle_of_item_q_is_not_the_area() -> None:
    heard = notam(text="DANGER AREA EAD1 ACTIVATED")
    assert heard.zones[0].areas == ()
    assert not heard.is_checkable


def test_what_is_no_notam_is_refused() -> None:
    with pytest.raises(Malformed):
        read_notam("Airspace closed over Donlon from Monday.")


@given(st.text(alphabet="0123456789-/, DLYMONSUATFRIEXCH", max_size=60))
def test_any_schedule_gives_windows_inside_the_validity_or_a_doubt(schedule: str) -> None:
    heard = notam(schedule)
    inside = [
        at(5, 1, 6) <= w.start_s and (w.end_s or 0) <= at(5, 4, 15, 30) for w in heard.windows
    ]
    assert all(inside)
    assert heard.windows or heard.doubts
