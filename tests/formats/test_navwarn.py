"""Navigational warnings: all windows or none, all areas or none. Texts are invented."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.foreign.heard import Heard, Window
from openline.formats.foreign.navwarn import read_warning
from openline.formats.malformed import Malformed

ISSUED = int(datetime(2026, 2, 26, 21, 11, tzinfo=UTC).timestamp())
HEAD = "262111Z FEB 26\nNAVAREA XXI 57/26(9).\nSEA OF DONLON.\n"
RING = "IN AREA BOUND BY\n39-18.00N 017-42.00E, 39-12.00N 017-49.00E,\n39-24.00N 017-54.00E."
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())


def told(times: str, area: str = RING, cancel: str = "141827Z MAR 26") -> Heard:
    last = f"\n2. CANCEL THIS MSG {cancel}." if cancel else ""
    return read_warning(f"{HEAD}1. HAZARDOUS OPERATIONS {times} {area}{last}")


def windows(heard: Heard) -> list[tuple[int, int | None]]:
    return [(w.start_s, w.end_s) for w in heard.windows]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("081200Z TO 141727Z MAR", [(at(3, 8, 12), at(3, 14, 17, 27))]),
        ("1241Z TO 1727Z DAILY 13 AND 14 MAR",
         [(at(3, 13, 12, 41), at(3, 13, 17, 27)), (at(3, 14, 12, 41), at(3, 14, 17, 27))]),
        ("2200Z TO 0100Z COMMENCING DAILY 12 THRU 13 MAR",
         [(at(3, 12, 22), at(3, 13, 1)), (at(3, 13, 22), at(3, 14, 1))]),
        ("27 FEB THRU 13 MAR", [(at(2, 27), at(3, 14))]),
        ("IN PROGRESS UNTIL 141500Z MAR", [(ISSUED, at(3, 14, 15))]),
        ("13 TO 14 MAR FROM 0700 TO 1300 UTC DAILY",
         [(at(3, 13, 7), at(3, 13, 13)), (at(3, 14, 7), at(3, 14, 13))]),
    ],
)  # fmt: skip
def test_times_are_read_as_they_are_meant(
    times: str, expected: list[tuple[int, int | None]]
) -> None:
    heard = told(times)
    assert windows(heard) == expected
    assert heard.is_checkable


def test_an_alternate_is_told_apart_from_the_window_before_it() -> None:
    heard = told("130800Z TO 130900Z MAR, ALTERNATE 0800Z TO 0900Z DAILY 14 MAR")
    assert [w.is_alternate for w in heard.windows] == [False, True]


def test_each_lettered_area_keeps_its_own_windows() -> None:
    heard = read_warning(
        f"{HEAD}1. ROCKET LAUNCHING:\nA. 130800Z TO 130900Z MAR {RING}\n"
        f"B. 130830Z TO 130930Z MAR {RING}\n2. CANCEL THIS MSG 131000Z MAR 26."
    )
    assert [zone.name for zone in heard.zones] == ["A", "B"]
    assert heard.zones[1].windows == (Window(at(3, 13, 8, 30), at(3, 13, 9, 30)),)


def test_no_end_is_an_open_window() -> None:
    heard = told("IN PROGRESS UNTIL FURTHER NOTICE", cancel="")
    assert windows(heard) == [(ISSUED, None)]


@pytest.mark.parametrize(
    "times",
    [
        "140800Z TO 141900Z MAR",  # beyond the end of the warning itself
        "010800Z TO 010900Z MAR",  # the warning would stand for days after it
        "0800Z TO 0900Z DAILY 13 AND 14 MAR EXCEPT SUNDAYS",
        "131200Z TO 131100Z MAR",
        "0800Z TO 0900Z DAILY 30 FEB THRU 14 MAR",
        "130800Z T0 130900Z MAR",  # a zero for an O
        "AT 130800Z MAR",
        "ONE HOUR BEFORE SUNSET DAILY 13 AND 14 MAR",
        "130800Z TO 131000Z MAR AND 130900Z TO 131100Z MAR",
    ],
)
def test_times_that_are_not_wholly_understood_give_no_window(times: str) -> None:
    heard = told(times)
    assert heard.windows == ()
    assert not heard.is_checkable
    assert heard.doubts


@pytest.mark.parametrize(
    "area",
    [
        "IN AREA BOUND BY 39-18.00N 017-42.00E, 39-12.00N 017-49.00E THENCE ALONG COASTLINE",
        "IN VICINITY 39-18.00N 017-42.00E.",
        "IN AREA BOUND BY 39-00N 017-00E, 40-00N 018-00E, 39-00N 018-00E, 40-00N 017-00E.",
        "IN AREA BOUND BY 39-72N 017-00E, 40-00N 018-00E, 39-00N 018-00E.",
        "IN AREA WITHIN SEVERAL MILES OF 39-18.00N 017-42.00E.",
    ],
)
def test_an_area_that_is_not_wholly_understood_is_none(area: str) -> None:
    heard = told("131200Z TO 131727Z MAR", area, "131827Z MAR 26")
    assert all(not zone.areas for zone in heard.zones)
    assert "area-not-understood" in {doubt.code for doubt in heard.doubts}


def test_boxes_and_circles_are_areas() -> None:
    box = told("131200Z TO 131727Z MAR", "IN AREA BETWEEN 35-08N 34-49N AND 035-04E 035-27E.")
    assert box.zones[0].areas[0].kind == "ring"
    circle = told("131200Z TO 131727Z MAR", "WITHIN FIVE MILES OF 39-18.0N 017-42.0E.")
    (area,) = circle.zones[0].areas
    assert (area.points, area.radius_m) == (((177_000_000, 393_000_000),), 9_260)


def test_what_a_warning_cancels_is_named() -> None:
    heard = read_warning(f"{HEAD}CANCEL NAVAREA XXI 31/26 AND 32/26 AND THIS MSG.")
    assert heard.kind == "cancels"
    assert heard.cancels == ("NAVAREA XXI 31/26", "NAVAREA XXI 32/26")


def test_two_messages_in_one_text_are_text_only() -> None:
    heard = read_warning(f"{HEAD}1. X {RING}\nMSGID/GENADMIN// RMKS/ {HEAD}1. Y {RING}")
    assert "several-messages" in {doubt.code for doubt in heard.doubts}


def test_a_ring_over_180_degrees_is_one_ring() -> None:
    heard = told(
        "131200Z TO 131727Z MAR",
        "IN AREA BOUND BY 40-00S 179-00E, 40-00S 179-00W, 42-00S 179-00W, 42-00S 179-00E.",
    )
    assert heard.zones[0].areas[0].kind == "ring"


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_and_never_gives_a_window_with_a_doubt(text: str) -> None:
    try:
        heard = read_warning(text, ISSUED)
    except Malformed:
        return
    assert not (heard.windows and any(d.code == "times-not-understood" for d in heard.doubts))


@given(
    st.integers(1, 27),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(1, 40),
    st.integers(3, 11),
)
def test_a_window_that_is_written_out_is_read_back(
    day: int, hour: int, minute: int, hours: int, month: int
) -> None:
    start = at(month, day, hour, minute)
    moments = [
        datetime.fromtimestamp(start + n, UTC) for n in (0, hours * 3600, hours * 3600 + 3600)
    ]
    first, last, end = (f"{m:%d%H%M}Z {MONTHS[m.month - 1]}" for m in moments)
    heard = told(f"{first} TO {last}", cancel=f"{end} 26")
    assert windows(heard) == [(start, start + hours * 3600)]
