"""Timers that count from a message: what starts them, what meets them, what they become."""

import pytest

from openline.cases.agreed import Agreed, Local
from openline.cases.calendar import DAY_S
from openline.cases.entry import Entry
from openline.cases.receipts import Receipts
from openline.cases.timing import Due
from openline.formats.form import Timer
from tests.cases.hand import Pen, pens, text, visit
from tests.cases.timed import at, dues, held, line, packs_with

VISIT, INSPECTION = "core/visit@1", "agreements/inspection@1"
HOUR_S = 3_600


def only(found: tuple[Due, ...]) -> Due:
    (each,) = found
    return each


def told(us: Pen, **more: str) -> Entry:
    return visit(us, **{"from": "2023-02-24T06:00:00Z", "until": "2023-02-25T06:00:00Z", **more})


def judged(kind: str, now: str, *, held_at: str = "", item: str = "", **rule: str) -> Due:
    """The one duty of a visit under one timer of an hour."""
    us, ru = pens("us", "ru")
    told(us, effect="guarantee")
    timer = Timer(kind, f"{kind}.visit", item, **rule)
    receipts = held(us, "ru", held_at) if held_at else {}
    state = line(packs_with(VISIT, timer), us, ru)
    return only(dues(state, receipts, {timer.name: HOUR_S}, at(now)))


def test_a_timer_that_the_charter_does_not_name_never_runs() -> None:
    us, ru = pens("us", "ru")
    told(us)
    for kind in ("lead", "lag", "relay", "window", "lapse", "deemed", "supplement", "ending"):
        state = line(packs_with(VISIT, Timer(kind, f"{kind}.visit", "from")), us, ru)
        assert dues(state, held(us, "ru", "20T06:00"), {"answer.visit": 60}, at("28T00:00")) == ()


def test_an_event_has_to_be_heard_of_soon_enough_after_it() -> None:
    late = judged("lag", "28T00:00", item="from", held_at="24T09:00")
    assert (late.state, late.late_by_s, late.party) == ("met-late", 2 * HOUR_S, "us.example")
    assert judged("lag", "28T00:00", item="from", held_at="24T07:00").state == "met"
    assert judged("lag", "24T07:01", item="from").state == "overdue"


def test_a_correction_is_not_a_late_notice() -> None:
    us, ru = pens("us", "ru")
    first = told(us)
    us.say(VISIT, "-", [first], {**first.fields, "place": "Lviv"})
    receipts = {us.origin: [("ru.example", 1, at("24T06:30")), ("ru.example", 2, at("27T00:00"))]}
    state = line(packs_with(VISIT, Timer("lag", "lag.visit", "from")), us, ru)
    assert only(dues(state, receipts, {"lag.visit": HOUR_S}, at("28T00:00"))).state == "met"


def test_whoever_received_it_has_to_pass_it_on() -> None:
    us, ru = pens("us", "ru")
    notice = told(us)
    timer = Timer("relay", "relay.visit")
    state = line(packs_with(VISIT, timer), us, ru)
    receipts = held(us, "ru", "20T06:00")
    found = only(dues(state, receipts, {timer.name: HOUR_S}, at("20T08:00")))
    assert (found.state, found.party, found.to) == ("overdue", "ru.example", "us.example")
    ru.say("core/pass-on@1", "-", [notice], {"echelons": ["sector 3"], "at_time": "x"})
    state = line(packs_with(VISIT, timer), us, ru)
    assert only(dues(state, receipts, {timer.name: HOUR_S}, at("20T08:00"))).state == "met"


def test_what_was_announced_is_over_when_its_window_is() -> None:
    assert judged("window", "24T06:59", item="from").state == "running"
    assert judged("window", "24T07:01", item="from").state == "overdue"
    assert judged("window", "24T07:01", item="from", on_expiry="lapsed").state == "lapsed"


def test_an_intent_lapses_when_nobody_came_and_not_when_it_was_held() -> None:
    for held_too, state_after in ((False, "lapsed"), (True, "met")):
        us, ru = pens("us", "ru")
        intent = us.say(
            INSPECTION, "intent", (), {"agreement": "a", "from": "2023-02-21T00:00:00Z"}
        )
        if held_too:
            ru.say(INSPECTION, "held", [intent], {"agreement": "a"})
        timer = Timer("lapse", "lapse.inspection", "from")
        state = line(packs_with(INSPECTION, timer), us, ru)
        found = only(dues(state, {}, {timer.name: 6 * HOUR_S}, at("21T06:01")))
        assert found.state == state_after


def test_silence_is_acceptance_only_where_it_was_agreed_and_received() -> None:
    assert judged("deemed", "28T00:00").state == "not-started"
    assert judged("deemed", "20T06:30", held_at="20T06:00").state == "running"
    assert judged("deemed", "20T08:00", held_at="20T06:00").state == "deemed-accepted"
    us, ru = pens("us", "ru")
    notice = told(us, effect="guarantee")
    ru.say("core/answer@1", "declined", [notice])
    timer = Timer("deemed", "deemed.visit")
    state = line(packs_with(VISIT, timer), us, ru)
    found = only(dues(state, held(us, "ru", "20T06:00"), {timer.name: HOUR_S}, at("28T00:00")))
    assert found.state == "met"


def test_a_supplement_is_owed_until_the_matter_is_ended() -> None:
    us, ru = pens("us", "ru")
    notice = told(us)
    timer = Timer("supplement", "supplement.visit")
    packs, agreed = packs_with(VISIT, timer), {timer.name: DAY_S}
    found = only(dues(line(packs, us, ru), {}, agreed, at("21T12:00")))
    assert (found.state, found.basis) == ("overdue", "told")
    us.say(VISIT, "-", [notice], dict(notice.fields), relation="supplements")
    receipts = held(us, "ru", "21T06:00")
    found = only(dues(line(packs, us, ru), receipts, agreed, at("21T12:00")))
    assert (found.state, found.due_s, found.basis) == ("running", at("22T06:00"), "received")
    us.say("core/close@1", "completed", [notice])
    assert dues(line(packs, us, ru), receipts, agreed, at("28T00:00")) == ()


def test_a_notice_of_ending_is_held_before_its_date_or_makes_the_date() -> None:
    assert judged("ending", "24T05:30", item="from", held_at="24T05:30").late_by_s == HOUR_S // 2
    assert judged("ending", "20T06:30", held_at="20T06:00").state == "running"
    assert judged("ending", "20T07:01", held_at="20T06:00").state == "ended"
    assert judged("ending", "28T00:00").state == "not-started"


def test_a_party_may_have_seconds_of_its_own() -> None:
    us, ru = pens("us", "ru")
    told(us, effect="guarantee")
    timer = Timer("answer", "answer.visit")
    state = line(packs_with(VISIT, timer), us, ru)
    seconds = {"answer.visit": HOUR_S, "answer.visit.ru.example": 3 * HOUR_S}
    found = only(dues(state, held(us, "ru", "20T06:00"), seconds, at("20T08:00")))
    assert (found.state, found.due_s) == ("running", at("20T09:00"))
    alone = {"answer.visit.us.example": HOUR_S}
    assert dues(state, held(us, "ru", "20T06:00"), alone, at("28T00:00")) == ()


def test_working_days_are_those_of_the_party_that_owes() -> None:
    us, ru = pens("us", "ru")
    told(us, effect="guarantee")
    timer = Timer("answer", "answer.visit", clock="local", days=("sun", "mon", "tue", "wed", "thu"))
    agreed = Agreed({"answer.visit": 2 * DAY_S}, {"ru.example": Local("Asia/Riyadh")})
    state = line(packs_with(VISIT, timer), us, ru)
    found = only(dues(state, held(us, "ru", "22T21:30"), agreed, at("23T00:00")))
    # Thursday 00:30 in Riyadh: the rest of that day, Sunday, half an hour of Monday.
    assert found.due_s == at("26T21:30")


def test_a_zone_that_nobody_knows_counts_in_utc_and_names_the_party() -> None:
    agreed = Agreed({}, {"ru.example": Local("Mars/Phobos"), "us.example": Local("Europe/Vienna")})
    assert agreed.unknown_zones == ("ru.example",)
    assert str(agreed.clock(Timer("answer", "answer.visit", clock="local"), "ru.example")) == "UTC"


WEEKEND = {"ru.example": Local("UTC", frozenset({5, 6}))}


def asked_of(ru_locals: dict[str, Local], seconds: int, received: str) -> Due:
    """The one duty of a notice that asks for an answer within so many seconds."""
    us, ru = pens("us", "ru")
    told(us, effect="guarantee")
    timer = Timer("answer", "answer.visit", warn=(HOUR_S, 600), on_expiry="escalate")
    state = line(packs_with(VISIT, timer), us, ru)
    agreed = Agreed({timer.name: seconds}, ru_locals)
    return only(dues(state, held(us, "ru", received), agreed, at("24T13:00")))


def test_warning_points_lie_before_the_deadline_and_rest_days_are_told() -> None:
    found = asked_of(WEEKEND, DAY_S, "24T12:00")
    assert found.warn_s == (at("25T11:00"), at("25T11:50"))
    assert (found.rest_s, found.on_expiry) == (at("25T00:00"), "escalate")


def test_a_day_of_rest_is_told_only_of_who_named_it_and_of_a_deadline_of_days() -> None:
    """The same Saturday: nobody told a roster; a deadline of minutes that falls on it."""
    assert asked_of({}, DAY_S, "24T12:00").rest_s is None
    assert asked_of({"ru.example": Local("Europe/Vienna")}, DAY_S, "24T12:00").rest_s is None
    assert asked_of(WEEKEND, 120, "25T12:00").due_s == at("25T12:02")
    assert asked_of(WEEKEND, 120, "25T12:00").rest_s is None


def test_nobody_is_advised_to_do_before_a_day_of_rest_what_came_on_it() -> None:
    us, ru = pens("us", "ru")
    told(us, effect="guarantee")
    timer = Timer("answer", "answer.visit")
    state = line(packs_with(VISIT, timer), us, ru)
    (saturday,) = dues(state, held(us, "ru", "25T06:13"), {timer.name: HOUR_S}, at("25T06:30"))
    assert (saturday.due_s, saturday.rest_s) == (at("25T07:13"), None)


def test_a_deemed_receipt_is_told_to_be_one() -> None:
    us, ru = pens("us", "ru")
    notice = told(us, effect="guarantee")
    deposits = Receipts({}, {notice.ref.origin: [("ru.example", 1, at("20T06:00"))]})
    state = line(packs_with(VISIT, Timer("answer", "answer.visit")), us, ru)
    timers = {"answer.visit": HOUR_S, "collect": HOUR_S}
    found = only(dues(state, deposits, timers, at("20T07:30")))
    assert (found.basis, found.due_s) == ("deemed", at("20T08:00"))


@pytest.mark.parametrize("kind", ["answer", "relay", "lag", "lead", "window", "supplement"])
def test_a_suspended_duty_of_any_kind_is_suspended_and_never_overdue(kind: str) -> None:
    us, ru = pens("us", "ru")
    us.say(INSPECTION, "intent", (), {"agreement": "a", "from": "2023-02-24T00:00:00Z"})
    owing = ru if kind in ("answer", "relay") else us
    fields = {"agreement": "a", "at_time": "2023-02-20T12:00:00Z", "ground": text("x")}
    suspension = owing.say(
        "agreements/suspension@1", "in-effect", (), {**fields, "obligations": ["inspection"]}
    )
    other = us if owing is ru else ru
    other.say("agreements/contest@1", "-", [suspension], {"agreement": "a", "text": text("x")})
    state = line(packs_with(INSPECTION, Timer(kind, f"{kind}.inspection", "from")), us, ru)
    receipts = held(us, "ru", "21T06:00") if owing is ru else {}
    seconds = DAY_S if kind != "lead" else HOUR_S
    found = only(dues(state, receipts, {f"{kind}.inspection": seconds}, at("28T00:00")))
    assert (found.state, found.suspended_by) == ("suspended", (owing.party,))
    assert found.contested_by == (other.party,)
