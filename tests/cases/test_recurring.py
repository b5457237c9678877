"""What comes again by the calendar: days of the year, reports of a period, link tests."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.cases.agreed import Agreed, Local
from openline.cases.calendar import DAY_S
from openline.cases.receipts import Receipts
from openline.cases.timing import Due, is_recurring
from openline.formats.form import TIMER_KINDS, Format, Timer
from openline.formats.spell import parse_utc, utc
from tests.cases.hand import PACKS, Pen, pens, text
from tests.cases.timed import dues, line, packs_with

DATA, TEST = "agreements/data@1", "core/link-test@1"
HOUR_S = 3_600


def opened(*parties: str) -> tuple[Pen, ...]:
    """Pens that opened the line on 1 January 2023."""
    found = pens(*parties)
    for pen in found:
        pen.say("-", "-", (), kind="open", at_s=parse_utc("2023-01-01T00:00:00Z"))
    return found


def of(found: tuple[Due, ...], party: str) -> list[tuple[str, str]]:
    return [(utc(each.due_s), each.state) for each in found if each.party == party and each.due_s]


def now(spelled: str) -> int:
    return parse_utc(f"2023-{spelled}Z")


def data(pen: Pen, as_of: str, received: str, rows: dict[str, list[tuple[str, int, int]]]) -> None:
    entry = pen.say(
        DATA, "-", (), {"agreement": "a", "as_of": f"2023-{as_of}Z"}, at_s=now(received)
    )
    rows.setdefault(pen.origin, []).append(("us.example", entry.ref.index + 1, now(received)))


def test_the_days_of_a_year_are_owed_by_every_member_with_the_days_allowed() -> None:
    us, ru = opened("us", "ru")
    rows: dict[str, list[tuple[str, int, int]]] = {}
    data(ru, "04-30T00:00:00", "05-03T00:00:00", rows)
    timer = Timer("calendar", "calendar.data", "as_of", days=("04-30", "12-15"))
    state = line(packs_with(DATA, timer), us, ru)
    found = dues(state, rows, {timer.name: 2 * DAY_S}, now("05-10T00:00:00"))
    assert of(found, "ru.example") == [
        ("2023-05-02T00:00:00Z", "met-late"), ("2023-12-17T00:00:00Z", "running"),
    ]  # fmt: skip
    assert of(found, "us.example")[0] == ("2023-05-02T00:00:00Z", "overdue")


def test_a_day_begins_on_the_clock_of_the_party_that_owes_it() -> None:
    us, ru = opened("us", "ru")
    timer = Timer("calendar", "calendar.data", "as_of", clock="local", days=("04-30",))
    agreed = Agreed({timer.name: 0}, {"ru.example": Local("Asia/Kamchatka")})
    state = line(packs_with(DATA, timer), us, ru)
    found = dues(state, {}, agreed, now("04-29T13:00:00"))
    assert of(found, "ru.example")[0] == ("2023-04-29T12:00:00Z", "overdue")
    assert of(found, "us.example")[0] == ("2023-04-30T00:00:00Z", "running")


def test_a_period_is_reported_so_many_days_after_its_end() -> None:
    us, ru = opened("us", "ru")
    rows: dict[str, list[tuple[str, int, int]]] = {}
    data(ru, "08-31T00:00:00", "09-20T00:00:00", rows)
    timer = Timer("period", "period.data", "as_of", days=("03-01", "09-01"))
    state = line(packs_with(DATA, timer), us, ru)
    found = dues(state, rows, {timer.name: 30 * DAY_S}, now("09-25T00:00:00"))
    assert of(found, "ru.example")[1] == ("2023-10-01T00:00:00Z", "met")
    assert of(found, "us.example")[1] == ("2023-10-01T00:00:00Z", "running")


def test_nobody_owes_what_fell_due_before_it_opened_the_line() -> None:
    us, ru = opened("us", "ru")
    timer = Timer("calendar", "calendar.data", "as_of", days=("12-15",))
    state = line(packs_with(DATA, timer), us, ru)
    found = dues(state, {}, {timer.name: 0}, now("02-01T00:00:00"))
    assert of(found, "ru.example") == [("2023-12-15T00:00:00Z", "running")]


def say_test(pen: Pen, spelled: str) -> None:
    pen.say(TEST, "test", (), {"content": "0123456789"}, at_s=now(spelled))


def test_a_beat_of_one_party_is_not_met_by_the_test_of_the_other() -> None:
    us, ru = opened("us", "ru")
    say_test(us, "02-20T10:20:00")
    timer = Timer("beat", "beat.hourly")
    state = line(packs_with(TEST, timer), us, ru)
    found = dues(state, {}, {timer.name: HOUR_S}, now("02-20T11:30:00"))
    assert of(found, "us.example")[-3:] == [
        ("2023-02-20T11:00:00Z", "met"),
        ("2023-02-20T12:00:00Z", "running"),
        ("2023-02-20T13:00:00Z", "running"),
    ]
    assert of(found, "ru.example")[-3] == ("2023-02-20T11:00:00Z", "overdue")


def test_twice_a_day_on_working_days_at_the_times_of_the_place() -> None:
    us, ru = opened("us", "ru")
    days = ("mon", "tue", "wed", "thu", "fri", "09:00", "17:00")
    timer = Timer("beat", "beat.twice-daily", clock="local", days=days)
    agreed = Agreed(
        {timer.name: 900}, dict.fromkeys(("us.example", "ru.example"), Local("Asia/Seoul"))
    )
    say_test(ru, "02-17T08:10:00")  # Friday, ten past five in Seoul
    state = line(packs_with(TEST, timer), us, ru)
    found = dues(state, {}, agreed, now("02-18T12:00:00"))
    assert of(found, "ru.example")[-2:] == [
        ("2023-02-17T08:15:00Z", "met"),
        ("2023-02-20T00:15:00Z", "running"),  # Monday nine o'clock: the weekend is left out
    ]
    assert of(found, "us.example")[-2] == ("2023-02-17T08:15:00Z", "overdue")


def test_a_party_that_suspended_the_line_owes_no_tests_from_then_on() -> None:
    us, ru = opened("us", "ru")
    ru.say("core/line-status@1", "suspended", (), {"reason": text("x")}, at_s=now("02-20T10:30:00"))
    timer = Timer("beat", "beat.hourly")
    state = line(packs_with(TEST, timer), us, ru)
    found = dues(state, {}, {timer.name: HOUR_S}, now("02-20T11:45:00"))
    assert of(found, "ru.example")[-4:] == [
        ("2023-02-20T10:00:00Z", "overdue"),
        ("2023-02-20T11:00:00Z", "suspended"),
        ("2023-02-20T12:00:00Z", "suspended"),
        ("2023-02-20T13:00:00Z", "suspended"),
    ]
    assert {state for _, state in of(found, "us.example")[-4:-2]} == {"overdue"}


def test_a_test_is_dated_by_whoever_received_it() -> None:
    us, ru = opened("us", "ru")
    say_test(ru, "02-20T10:20:00")
    timer = Timer("beat", "beat.hourly")
    state = line(packs_with(TEST, timer), us, ru)
    late = Receipts({ru.origin: [("us.example", 2, now("02-20T11:10:00"))]})
    found = dues(state, late, {timer.name: HOUR_S}, now("02-20T11:30:00"))
    assert of(found, "ru.example")[-3:-1] == [
        ("2023-02-20T11:00:00Z", "overdue"), ("2023-02-20T12:00:00Z", "met"),
    ]  # fmt: skip


def test_an_interval_of_seconds_is_no_duty_of_people() -> None:
    us, ru = opened("us", "ru")
    timer = Timer("beat", "beat.hourly")
    state = line(packs_with(TEST, timer), us, ru)
    for seconds in (0, 1, 59):
        assert dues(state, {}, {timer.name: seconds}, now("02-20T11:30:00")) == ()
    assert dues(state, {}, {timer.name: 2**53}, now("02-20T11:30:00")) == ()


def test_a_period_without_days_runs_from_what_the_party_said_last() -> None:
    us, ru = opened("us", "ru")
    rows: dict[str, list[tuple[str, int, int]]] = {}
    data(ru, "01-20T00:00:00", "01-20T00:00:00", rows)
    timer = Timer("period", "period.data")
    state = line(packs_with(DATA, timer), us, ru)
    seconds = {timer.name: 30 * DAY_S}
    assert of(dues(state, rows, seconds, now("02-10T00:00:00")), "ru.example") == [
        ("2023-01-31T00:00:00Z", "met"), ("2023-02-19T00:00:00Z", "running"),
    ]  # fmt: skip
    found = dues(state, rows, seconds, now("02-20T00:00:00"))
    assert of(found, "ru.example")[-1] == ("2023-02-19T00:00:00Z", "overdue")
    assert of(found, "us.example") == [("2023-01-31T00:00:00Z", "overdue")]


def test_an_interval_of_a_thousand_years_is_counted_in_no_time() -> None:
    us, ru = opened("us", "ru")
    timer = Timer("beat", "beat.link")
    state = line(packs_with(TEST, timer), us, ru)
    assert len(dues(state, {}, {timer.name: 366_000 * DAY_S}, now("02-01T00:00:00"))) <= 50


TIMERS = st.builds(
    Timer,
    st.sampled_from(TIMER_KINDS),
    st.just("timer.any"),
    st.sampled_from(["", "as_of"]),
    days=st.sampled_from([(), ("12-15",), ("02-29",), ("mon", "fri")]),
    clock=st.sampled_from(["utc", "local"]),
)


@given(TIMERS, st.integers(0, 2**53), st.integers(-(2**40), 2**40))
@settings(max_examples=300)
def test_no_rule_of_time_and_no_seconds_of_a_charter_break_the_watch(
    timer: Timer, seconds: int, now_s: int
) -> None:
    us, ru = opened("us", "ru")
    rows: dict[str, list[tuple[str, int, int]]] = {}
    data(ru, "04-30T00:00:00", "05-03T00:00:00", rows)
    state = line(packs_with(DATA, timer), us, ru)
    for each in dues(state, rows, {timer.name: seconds}, now_s):
        assert each.party in state.members


@pytest.mark.parametrize(
    ("form", "timer"),
    [(f, t) for f in PACKS.formats for t in f.timers if is_recurring(t)],
    ids=lambda each: getattr(each, "name", None) or each.id,
)
def test_every_recurring_rule_of_the_packs_makes_a_duty_for_each_member(
    form: Format, timer: Timer
) -> None:
    us, ru = opened("us", "ru")
    found = dues(line(PACKS, us, ru), {}, {timer.name: DAY_S}, now("06-01T00:00:00"))
    assert {each.party for each in found if each.timer == timer.name} == {
        "us.example", "ru.example",
    }  # fmt: skip
