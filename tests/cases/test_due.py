"""What is due: counted from receipts, no more than was asked, never overdue while suspended."""

from openline.cases.case import Case
from openline.cases.due import Due, due, late_by, short_lead_s
from openline.cases.entry import Entry
from openline.cases.fold import LineState
from openline.cases.obligations import measures
from openline.cases.receipts import Receipts
from openline.cases.registers import registers
from openline.formats.pack import load_packs
from openline.formats.spell import parse_utc
from tests.cases.hand import Pen, folded, pens, visit

TIMERS = {"lead.visit": 172_800, "answer.visit": 86_400, "acknowledge.visit": 10_800}


def at(spelled: str) -> int:
    return parse_utc(f"2023-02-{spelled}Z")


def held(notice: Entry, spelled: str) -> Receipts:
    return Receipts({notice.ref.origin: [("ru.example", notice.ref.index + 1, at(spelled))]})


def told(us: Pen, effect: str = "guarantee") -> Entry:
    return visit(
        us, effect=effect, **{"from": "2023-02-24T06:00:00Z", "until": "2023-02-25T06:00:00Z"}
    )


def only(us: Pen, ru: Pen) -> Case:
    (case,) = folded(us, ru).cases
    return case


def by_kind(found: tuple[Due, ...]) -> dict[str, Due]:
    return {each.kind: each for each in found}


def test_lead_time_counts_to_the_receipt_and_not_to_the_claim() -> None:
    us, ru = pens("us", "ru")
    notice = told(us)
    (late,) = late_by(only(us, ru), held(notice, "23T06:00:00"), TIMERS)
    assert (late.lead_s, late.late_by_s, late.basis) == (86_400, 86_400, "received")
    (in_time,) = late_by(only(us, ru), held(notice, "22T06:00:00"), TIMERS)
    assert in_time.late_by_s == 0
    (never,) = late_by(only(us, ru), Receipts(), TIMERS)
    assert (never.lead_s, never.late_by_s, never.basis) == (None, 0, "not-received")


def test_a_draft_knows_before_it_is_signed_that_it_comes_late() -> None:
    form = load_packs().format("core/visit@1")
    assert form is not None
    fields = told(pens("us", "ru")[0]).fields
    assert short_lead_s(form, fields, TIMERS, at("23T06:00:00")) == 86_400
    assert short_lead_s(form, fields, TIMERS, at("22T06:00:00")) == 0
    assert short_lead_s(form, fields, {}, at("24T05:59:59")) == 0


def test_a_deemed_receipt_counts_from_the_deposit_and_the_collect_timer() -> None:
    us, ru = pens("us", "ru")
    notice = told(us)
    deposits = {notice.ref.origin: [("ru.example", 1, at("22T00:00:00"))]}
    receipts = Receipts({}, deposits)
    (late,) = late_by(only(us, ru), receipts, {**TIMERS, "collect": 21_600})
    assert (late.basis, late.late_by_s) == ("deemed", 0)
    (without,) = late_by(only(us, ru), receipts, TIMERS)
    assert without.basis == "not-received"


def test_each_version_has_a_lead_time_of_its_own() -> None:
    us, ru = pens("us", "ru")
    notice = told(us)
    us.say("core/visit@1", "-", [notice], {**notice.fields, "from": "2023-02-23T06:00:00Z"})
    receipts = {us.origin: [("ru.example", 2, at("21T06:00:00"))]}
    found = late_by(only(us, ru), receipts, TIMERS)
    assert [(late.version.number, late.lead_s) for late in found] == [(1, 259_200), (2, 172_800)]


def test_acknowledgement_and_answer_are_due_from_the_receipt() -> None:
    us, ru = pens("us", "ru")
    notice = told(us)
    case = only(us, ru)
    before = by_kind(due(case, Receipts(), TIMERS, at("20T12:00:00")))
    assert (before["answer"].state, before["answer"].due_s) == ("not-started", None)
    receipts = held(notice, "20T12:00:00")
    running = by_kind(due(case, receipts, TIMERS, at("20T13:00:00")))
    assert (running["acknowledge"].state, running["acknowledge"].party) == ("running", "ru.example")
    assert running["answer"].due_s == at("21T12:00:00")
    overdue = by_kind(due(case, receipts, TIMERS, at("21T12:00:01")))
    assert (overdue["answer"].state, overdue["answer"].late_by_s) == ("overdue", 1)


def test_a_reply_is_dated_by_the_other_side_s_receipt() -> None:
    us, ru = pens("us", "ru")
    notice = told(us)
    answer = ru.say("core/answer@1", "declined", [notice], at_s=1)
    rows = {notice.ref.origin: [("ru.example", 1, at("20T12:00:00"))]}
    late = {answer.ref.origin: [("us.example", 1, at("21T13:00:00"))]}
    found = by_kind(due(only(us, ru), {**rows, **late}, TIMERS, at("22T00:00:00")))
    assert (found["answer"].state, found["answer"].late_by_s) == ("met-late", 3_600)
    assert found["acknowledge"].state == "met-late"
    unknown = by_kind(due(only(us, ru), rows, TIMERS, at("22T00:00:00")))
    assert unknown["answer"].state == "met"


def test_nobody_owes_more_than_was_asked() -> None:
    kinds = {}
    for effect in ("none", "acknowledge", "guarantee"):
        us, ru = pens("us", "ru")
        notice = told(us, effect)
        found = due(only(us, ru), held(notice, "20T12:00:00"), TIMERS, at("23T00:00:00"))
        kinds[effect] = {each.kind for each in found} - {"lead"}
    assert kinds == {
        "none": set(),
        "acknowledge": {"acknowledge"},
        "guarantee": {"acknowledge", "answer"},
    }


def test_what_is_closed_owes_nothing() -> None:
    us, ru = pens("us", "ru")
    notice = told(us)
    us.say("core/close@1", "cancelled", [notice])
    assert due(only(us, ru), held(notice, "20T12:00:00"), TIMERS, at("28T00:00:00")) == ()


def test_a_held_contact_asks_for_no_answer() -> None:
    timers = {"answer.contact": 3_600}
    for answer, kinds in (("proposed", ["answer"]), ("held", []), ("announced", [])):
        us, ru = pens("us", "ru")
        us.say("core/contact@1", answer, (), {"level": "leaders", "with": ["ru.example"]})
        found = due(only(us, ru), Receipts(), timers, at("20T00:00:00"))
        assert [each.kind for each in found] == kinds


def suspended(us: Pen, ru: Pen, **more: str) -> LineState:
    us.say(
        "agreements/inspection@1", "intent", (),
        {"agreement": "a", "from": "2023-02-27T00:00:00Z"},
    )  # fmt: skip
    ru.say(
        "agreements/suspension@1", more.get("stage", "in-effect"), (),
        {"agreement": more.get("agreement", "a"), "at_time": "2023-02-21T00:00:00Z",
         "obligations": [more.get("obligation", "agreements/inspection")]},
    )  # fmt: skip
    return folded(us, ru)


def state_of_answer(state: LineState, us: Pen) -> Due:
    receipts = {us.origin: [("ru.example", 1, at("20T12:00:00"))]}
    timers = {"answer.inspection": 86_400}
    case = state.case(us.entries[0].ref)
    if case is None:
        raise AssertionError
    found = due(case, receipts, timers, at("25T00:00:00"), measures(state))
    return by_kind(found)["answer"]


def test_a_suspended_duty_is_suspended_and_not_overdue() -> None:
    us, ru = pens("us", "ru")
    found = state_of_answer(suspended(us, ru), us)
    assert (found.state, found.suspended_by, found.contested_by) == (
        "suspended",
        ("ru.example",),
        (),
    )


def test_only_what_was_listed_since_its_date_under_its_agreement_is_suspended() -> None:
    for more in (
        {"obligation": "agreements/data"},
        {"agreement": "b"},
        {"stage": "announced"},
    ):
        us, ru = pens("us", "ru")
        assert state_of_answer(suspended(us, ru, **more), us).state == "overdue", more


def test_a_suspension_from_a_later_date_suspends_nothing_yet() -> None:
    us, ru = pens("us", "ru")
    state = suspended(us, ru)
    case = state.case(us.entries[0].ref)
    assert case is not None
    receipts = {us.origin: [("ru.example", 1, at("20T12:00:00"))]}
    timers = {"answer.inspection": 86_400}
    before, after = (
        by_kind(due(case, receipts, timers, at(now), measures(state)))["answer"].state
        for now in ("20T13:00:00", "21T00:00:00")
    )
    assert (before, after) == ("running", "suspended")


def test_what_was_overdue_before_the_suspension_stays_overdue() -> None:
    us, ru = pens("us", "ru")
    state = suspended(us, ru)
    receipts = {us.origin: [("ru.example", 1, at("18T12:00:00"))]}
    case = state.case(us.entries[0].ref)
    assert case is not None
    found = due(case, receipts, {"answer.inspection": 86_400}, at("25T00:00:00"), measures(state))
    assert by_kind(found)["answer"].state == "overdue"


def test_the_register_lists_dues_and_lateness() -> None:
    us, ru = pens("us", "ru")
    notice = told(us)
    receipts = {notice.ref.origin: [("ru.example", 1, at("23T06:00:00"))]}
    shown = registers(folded(us, ru), receipts, TIMERS, at("23T10:00:00"))
    assert [(row["kind"], row["state"], row["late_by_s"]) for row in shown["due"]] == [
        ("lead", "met-late", 86_400),
        ("acknowledge", "overdue", 3_600),
        ("answer", "running", 0),
    ]
    assert [row["late_by_s"] for row in shown["late"]] == [86_400]
