"""Calendars: days, weekdays, wall clocks with their gaps, working days, days of rest."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.calendar import (
    DAY_S,
    SECONDS_MAX,
    BadSeconds,
    UnknownZone,
    counted,
    instant,
    occurrences,
    resting,
    seconds_of,
    zone_of,
)
from openline.formats.days import BadDays, Days, days_of
from openline.formats.spell import parse_utc, utc

VIENNA = zone_of("Europe/Vienna")
# A zone that puts its clock forward at midnight: that day has no 00:00.
BEIRUT = zone_of("Asia/Beirut")
WORKING = frozenset(range(5))
ZONES = (
    "UTC",
    "Europe/Vienna",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Pacific/Apia",
)


@pytest.mark.parametrize("token", ["02-30", "13-01", "00-10", "4-1", "monday", "", "24:00", "9:00"])
def test_a_day_that_no_calendar_has_is_refused_by_name(token: str) -> None:
    with pytest.raises(BadDays):
        days_of((token,))


def test_the_last_of_february_is_a_day_of_every_year() -> None:
    leap = days_of(("02-29",))
    assert leap.has(date(2024, 2, 29))
    assert leap.has(date(2023, 2, 28))
    assert not leap.has(date(2024, 2, 28))


@pytest.mark.parametrize(
    "name", ["Europe", "Mars/Phobos", "../../etc/passwd", "europe/vienna ", "", "a" * 400]
)
def test_a_zone_that_does_not_exist_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone_of(name)


@pytest.mark.parametrize("seconds", [-1, SECONDS_MAX + 1, 2**53])
def test_negative_and_absurd_seconds_are_refused_by_name(seconds: int) -> None:
    with pytest.raises(BadSeconds, match=r"answer\.visit"):
        seconds_of("answer.visit", seconds)
    assert seconds_of("answer.visit", SECONDS_MAX) == SECONDS_MAX


def test_a_wall_time_that_is_skipped_is_the_one_an_unmoved_clock_would_show() -> None:
    skipped = instant(date(2026, 3, 29), 2 * 3600 + 1800, VIENNA)
    assert skipped == parse_utc("2026-03-29T01:30:00Z")
    at_s = instant(date(2026, 3, 29), 0, BEIRUT)
    assert at_s is not None
    assert datetime.fromtimestamp(at_s, BEIRUT).strftime("%d %H:%M") == "29 01:00"


def test_of_a_wall_time_that_comes_twice_a_deadline_takes_the_later() -> None:
    assert instant(date(2026, 10, 25), 2 * 3600 + 1800, VIENNA) == parse_utc("2026-10-25T01:30:00Z")


def test_twice_a_day_on_working_days_in_the_time_of_the_place() -> None:
    beats = days_of(("mon", "tue", "wed", "thu", "fri", "09:00", "17:00"))
    start, stop = (parse_utc(f"2026-03-{day}T00:00:00Z") for day in ("27", "31"))
    assert [utc(t) for t in occurrences(beats, VIENNA, start, stop)] == [
        "2026-03-27T08:00:00Z", "2026-03-27T16:00:00Z",  # winter time, a Friday
        "2026-03-30T07:00:00Z", "2026-03-30T15:00:00Z",  # summer time, the Monday after
    ]  # fmt: skip


def test_ten_working_days_leave_out_two_weekends() -> None:
    friday = parse_utc("2026-11-27T15:00:00Z")
    assert counted(friday, 10 * DAY_S, WORKING, UTC) == parse_utc("2026-12-11T15:00:00Z")
    saturday = parse_utc("2026-11-28T15:00:00Z")
    assert counted(saturday, DAY_S, WORKING, UTC) == parse_utc("2026-12-01T00:00:00Z")
    assert counted(friday, DAY_S, frozenset(range(7)), UTC) == friday + DAY_S


def test_a_deadline_on_a_day_of_rest_is_told_the_last_working_day() -> None:
    sunday = parse_utc("2026-11-29T10:00:00Z")
    assert resting(sunday, {5, 6}, UTC) == parse_utc("2026-11-28T00:00:00Z")
    assert resting(sunday, {4, 5}, UTC) is None
    assert resting(sunday, range(7), UTC) is None


@given(
    st.integers(0, 4_102_444_800), st.integers(0, 400 * DAY_S), st.sampled_from(ZONES),
    st.frozensets(st.integers(0, 6), min_size=1),
)  # fmt: skip
def test_counted_time_never_ends_before_it_would_without_days_of_rest(
    start_s: int, seconds: int, name: str, weekdays: frozenset[int]
) -> None:
    end_s = counted(start_s, seconds, weekdays, zone_of(name))
    assert end_s is not None
    assert end_s >= start_s + seconds - 2 * 3600  # the clocks' own hours
    longer = counted(start_s, seconds + 7_200, weekdays, zone_of(name))
    assert longer is not None
    assert longer >= end_s


@given(
    st.integers(0, 4_102_444_800), st.integers(0, 40 * DAY_S), st.sampled_from(ZONES),
    st.frozensets(st.integers(0, 6)), st.frozensets(st.integers(0, DAY_S - 1), max_size=3),
)  # fmt: skip
def test_occurrences_are_those_of_one_day_at_a_time(
    start_s: int, length_s: int, name: str, weekdays: frozenset[int], times: frozenset[int]
) -> None:
    zone, days = zone_of(name), Days((), weekdays, tuple(sorted(times)))
    found = list(occurrences(days, zone, start_s, start_s + length_s))
    whole = start_s + length_s // 2
    parts = [
        *occurrences(days, zone, start_s, whole),
        *occurrences(days, zone, whole, start_s + length_s),
    ]
    assert found == parts
    assert len(found) <= (length_s // DAY_S + 3) * max(1, len(times))
    assert all(start_s <= at_s < start_s + length_s for at_s in found)


@given(st.integers(-(2**62), 2**62), st.integers(0, 2**53))
def test_times_beyond_the_calendar_are_no_occurrence_and_no_fault(at_s: int, seconds: int) -> None:
    assert len(list(occurrences(days_of(("mon",)), UTC, at_s, at_s + 14 * DAY_S))) <= 3
    counted(at_s, min(seconds, SECONDS_MAX), WORKING, VIENNA)
    resting(at_s, {5, 6}, VIENNA)


@given(st.dates(date(1971, 1, 1), date(2099, 1, 1)), st.integers(0, DAY_S - 1))
def test_without_a_moving_clock_an_instant_is_midnight_and_seconds(day: date, second: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert instant(day, second, UTC) == int((start + timedelta(seconds=second)).timestamp())


def test_a_charter_of_another_party_cannot_have_days_counted_without_end() -> None:
    assert counted(0, 2**53, WORKING, UTC) == 2**53
    assert counted(0, SECONDS_MAX, WORKING, UTC) != SECONDS_MAX
