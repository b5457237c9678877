"""Who may answer, change, close and reveal: everything else is shown and moves nothing."""

import pytest

from openline.cases.case import Case
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState
from openline.cases.registers import registers
from openline.formats.spell import parse_utc
from tests.cases.hand import Pen, folded, pens, text, visit


def only(state: LineState) -> Case:
    (case,) = state.cases
    return case


def codes(state: LineState) -> list[tuple[str, str, bool]]:
    return [(odd.party, odd.code, odd.effect) for odd in state.irregularities]


def current_answers(case: Case) -> dict[str, str]:
    found = {}
    for answer in case.main.answers:
        matter = case.matter(answer.ref)
        if answer.current and matter:
            found[answer.party] = matter.answer
    return found


def test_only_addressees_answer_and_an_answer_by_another_moves_nothing() -> None:
    us, ru, fr = pens("us", "ru", "fr")
    notice = visit(us, to=["ru.example"])
    fr.say("core/answer@1", "accepted", [notice])
    ru.say("core/answer@1", "declined", [notice])
    state = folded(us, ru, fr)
    assert current_answers(only(state)) == {"ru.example": "declined"}
    assert codes(state) == [("fr.example", "answer.not-addressed", False)]


def test_an_exempt_member_is_not_asked() -> None:
    us, ru, fr = pens("us", "ru", "fr")
    notice = visit(us, exempt=["fr.example"])
    fr.say("core/answer@1", "accepted", [notice])
    state = folded(us, ru, fr)
    assert only(state).main.current.addressees == ("ru.example",)
    assert codes(state) == [("fr.example", "answer.not-addressed", False)]


def test_the_sender_of_a_notice_never_answers_it() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    us.say("core/answer@1", "accepted", [notice])
    us.say(
        "core/guarantee@1", "guarantee", [notice],
        {"scope": "all", "from": "2023-02-20T00:00:00Z", "until": "2023-02-21T00:00:00Z"},
    )  # fmt: skip
    us.say("core/acknowledge@1", "received", [notice])
    state = folded(us, ru)
    assert current_answers(only(state)) == {}
    assert [code for _, code, _ in codes(state)] == [
        "answer.own-message",
        "answer.own-message",
        "ladder.own-message",
    ]
    assert registers(state, now_s=parse_utc("2023-02-20T08:00:00Z"))["guarantees"]["rows"] == []


def test_a_stranger_to_the_line_moves_nothing() -> None:
    us, ru, xx = pens("us", "ru", "xx")
    notice = visit(us)
    xx.say("core/answer@1", "accepted", [notice])
    visit(xx)
    state = folded(us, ru, xx, members=("ru.example", "us.example"))
    assert {code for _, code, _ in codes(state)} == {"party.not-a-member"}
    assert [case.main.state for case in state.cases] == ["told", "without-effect"]


def test_the_later_answer_in_ones_own_log_supersedes_and_both_are_shown() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/answer@1", "under-study", [notice])
    ru.say("core/answer@1", "declined", [notice])
    (case,) = registers(folded(us, ru))["cases"]
    shown = [(row["class"], row["current"]) for row in case["matters"][0]["answers"]]
    assert shown == [("under-study", False), ("declined", True)]
    (row,) = case["matters"][0]["reception"]
    assert (row["a4"]["class"], row["earlier"][0]["class"]) == ("declined", "under-study")


def test_an_answer_may_be_amended_and_withdrawn_by_its_author() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    first = ru.say("core/answer@1", "under-study", [notice])
    ru.say("core/answer@1", "declined", [first], relation="amends")
    state = folded(us, ru)
    assert current_answers(only(state)) == {"ru.example": "declined"}
    ru.say("core/answer@1", "declined", [first], relation="cancels")
    assert current_answers(only(folded(us, ru))) == {}


def test_an_amendment_is_a_version_and_acknowledgements_stay_with_theirs() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/acknowledge@1", "received", [notice])
    second = us.say("core/visit@1", "-", [notice], {**notice.fields, "place": "Lviv"})
    ru.say("core/answer@1", "noted-without-guarantee", [second])
    case = only(folded(us, ru))
    assert (case.main.state, len(case.main.versions)) == ("amended", 2)
    (shown,) = registers(folded(us, ru))["cases"]
    rows = {row["version"]: row for row in shown["matters"][0]["reception"]}
    assert (rows[1]["a1"]["class"], rows[1]["a4"], rows[1]["current"]) == ("received", {}, False)
    assert (rows[2]["a1"], rows[2]["a4"]["class"]) == ({}, "noted-without-guarantee")


def test_an_amendment_by_another_party_moves_nothing() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/visit@1", "-", [notice], {**notice.fields, "place": "Moscow"})
    ru.say("core/visit@1", "-", [notice], {**notice.fields, "relation": "cancels"})
    ru.say("core/close@1", "cancelled", [notice])
    state = folded(us, ru)
    assert only(state).main.state == "told"
    assert len(only(state).main.versions) == 1
    assert [code for _, code, _ in codes(state)] == [
        "amendment.not-author",
        "amendment.not-author",
        "closing.not-author",
    ]


def test_an_author_closes_once_and_amends_only_what_stands() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    us.say("core/close@1", "completed", [notice])
    us.say("core/visit@1", "-", [notice], notice.fields)
    us.say("core/close@1", "recalled", [notice])
    state = folded(us, ru)
    assert (only(state).main.state, only(state).main.outcome) == ("closed", "completed")
    assert [code for _, code, _ in codes(state)] == ["move.not-permitted"] * 2


def test_a_cancelled_notice_is_cancelled_and_keeps_its_last_words() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    us.say("core/visit@1", "-", [notice], {**notice.fields, "relation": "cancels"})
    case = only(folded(us, ru))
    assert (case.main.state, case.is_open, len(case.main.versions)) == ("cancelled", False, 2)


def test_a_reply_that_the_pack_does_not_foresee_moves_nothing() -> None:
    us, ru = pens("us", "ru")
    status = us.say("core/line-status@1", "degraded")
    ru.say("core/answer@1", "accepted", [status])
    state = folded(us, ru)
    assert codes(state) == [("ru.example", "reply.not-foreseen", False)]
    assert only(state).main.answers == ()


def test_a_flawed_entry_is_shown_and_moves_nothing() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.flawed(ru.say("core/answer@1", "accepted", [notice]), "release.missing")
    us.flawed(us.say("core/close@1", "completed", [notice]), "release.missing")
    state = folded(us, ru)
    assert current_answers(only(state)) == {}
    assert only(state).is_open
    assert [code for _, code, _ in codes(state)] == ["release.missing"] * 2
    assert len(only(state).entries) == 3


def test_a_reply_to_a_flawed_notice_still_has_its_place() -> None:
    us, ru = pens("us", "ru")
    notice = us.flawed(visit(us), "release.missing")
    ru.say("core/acknowledge@1", "received-not-understood", [notice])
    (case,) = registers(folded(us, ru))["cases"]
    assert (case["state"], case["open"]) == ("without-effect", False)
    assert case["matters"][0]["reception"][0]["a1"]["class"] == "received-not-understood"


def test_an_unknown_format_is_shown_as_it_is() -> None:
    us, ru = pens("us", "ru")
    us.say("core/tomorrow@3", "-", (), {"subject": text("?")})
    (case,) = registers(folded(us, ru))["cases"]
    assert (case["family"], case["state"]) == ("unknown", "without-effect")
    assert case["matters"][0]["versions"][0]["fields"] == {"subject": text("?")}


def test_an_entry_that_refers_to_its_own_future_moves_nothing() -> None:
    us, ru = pens("us", "ru")
    us.say("core/close@1", "completed", [Ref(us.origin, 1)])
    visit(us)
    state = folded(us, ru)
    assert only(state).is_open
    assert codes(state) == [("us.example", "reference.own-future", False)]


# ------------------------------------------------------------------------------- guarantees


def guarantee(pen: Pen, notice: Entry) -> Entry:
    return pen.say(
        "core/guarantee@1", "guarantee", [notice],
        {"scope": "the visit", "from": "2023-02-20T06:00:00Z", "until": "2023-02-20T12:00:00Z",
         "authority": "general staff"},
    )  # fmt: skip


NOON = parse_utc("2023-02-20T10:00:00Z")


def test_a_guarantee_is_in_force_between_its_times_only() -> None:
    us, ru = pens("us", "ru")
    guarantee(ru, visit(us))
    state = folded(us, ru)
    at = {
        spelled: registers(state, now_s=parse_utc(spelled))["guarantees"]["in_force"]
        for spelled in ("2023-02-20T05:59:59Z", "2023-02-20T06:00:00Z", "2023-02-20T12:00:00Z")
    }
    assert [*at.values()] == [0, 1, 0]
    (row,) = registers(state, now_s=NOON)["guarantees"]["rows"]
    assert (row["scope"], row["authority"], row["state"]) == ("the visit", "general staff", "given")
    assert (row["version"], row["of_versions"]) == (1, 1)


def test_noted_without_guarantee_and_assurances_are_never_guarantees() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/answer@1", "noted-without-guarantee", [notice])
    ru.say("positions/assurance@1", "-", (), {"topic": "visit", "text": text("All will be well")})
    assert registers(folded(us, ru), now_s=NOON)["guarantees"] == {"in_force": 0, "rows": []}


def test_a_guarantee_without_scope_or_end_moves_nothing() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say(
        "core/guarantee@1", "guarantee", [notice], {"scope": "x", "from": "2023-02-20T06:00:00Z"}
    )
    state = folded(us, ru)
    assert codes(state) == [("ru.example", "guarantee.incomplete", False)]
    assert registers(state, now_s=NOON)["guarantees"]["rows"] == []


def test_a_guarantee_is_ended_by_its_giver_or_by_its_giver_s_later_answer() -> None:
    us, ru = pens("us", "ru")
    given = guarantee(ru, visit(us))
    ru.say("core/close@1", "withdrawn", [given])
    (row,) = registers(folded(us, ru), now_s=NOON)["guarantees"]["rows"]
    assert (row["state"], row["in_force"]) == ("withdrawn", False)

    us, ru = pens("us", "ru")
    notice = visit(us)
    guarantee(ru, notice)
    ru.say("core/answer@1", "noted-without-guarantee", [notice])
    (row,) = registers(folded(us, ru), now_s=NOON)["guarantees"]["rows"]
    assert (row["state"], row["in_force"]) == ("superseded", False)


# --------------------------------------------------------------------------------- revealing


def test_a_revealed_field_is_shown_as_withheld_and_revealed_later() -> None:
    us, ru = pens("us", "ru")
    notice = us.say(
        "core/visit@1", "-", (), visit(us).fields,
        withheld=[11, 12], hidden={"route": "r"}, commitments=bytes(32) + b"h" * 32,
    )  # fmt: skip
    opening = [*notice.ref, 12, "salt", "route", "by rail"]
    us.say("core/reveal@1", "-", [notice], {"fields": [opening]}, opens=[b"h" * 32])
    case = registers(folded(us, ru))["cases"][1]
    version = case["matters"][0]["versions"][0]
    assert [(r["path"], r["value"]) for r in version["revealed"]] == [("route", "by rail")]
    assert "route" not in version["fields"]
    assert version["withheld"] == 2
    assert codes(folded(us, ru)) == []


@pytest.mark.parametrize("opens", [[b"x" * 32], [b""], []])
def test_a_reveal_that_does_not_give_what_was_committed_to_reveals_nothing(
    opens: list[bytes],
) -> None:
    us, ru = pens("us", "ru")
    notice = us.say("core/visit@1", "-", (), visit(us).fields, withheld=[11], commitments=b"h" * 32)
    opening = [*notice.ref, 11, "salt", "route", "by rail"]
    us.say("core/reveal@1", "-", [notice], {"fields": [opening]}, opens=opens)
    state = folded(us, ru)
    assert [code for _, code, _ in codes(state)] == ["reveal.false"]
    assert state.cases[1].main.revealed == ()


def test_nobody_reveals_for_another_nor_what_was_not_withheld() -> None:
    us, ru = pens("us", "ru")
    notice = us.say("core/visit@1", "-", (), visit(us).fields, withheld=[11])
    ru.say("core/reveal@1", "-", [notice], {"fields": [[*notice.ref, 11, "s", "route", "x"]]})
    us.say("core/reveal@1", "-", [notice], {"fields": [[*notice.ref, 9, "s", "place", "x"]]})
    us.say(
        "core/reveal@1", "-", [notice], {"fields": [["us.example/openline/z", 0, 1, "s", "a", 1]]}
    )
    state = folded(us, ru)
    assert [code for _, code, _ in codes(state)] == [
        "reveal.not-author",
        "reveal.not-withheld",
        "reveal.other-case",
    ]
    assert state.cases[1].main.revealed == ()


# -------------------------------------------------------------------- matters with sides


def test_an_acceptance_counts_for_the_proposal_that_it_names() -> None:
    us, ru = pens("us", "ru")
    base = {"level": "leaders", "with": ["ru.example"]}
    first = us.say("core/contact@1", "proposed", (), {**base, "at_time": "2022-01-10T09:00:00Z"})
    ru.say("core/contact@1", "declined", [first], {**base, "with": ["us.example"]})
    assert only(folded(us, ru)).main.state == "declined"
    us.say("core/contact@1", "proposed", [first], {**base, "at_time": "2022-01-12T09:00:00Z"})
    assert only(folded(us, ru)).main.state == "proposed"


def test_after_a_contact_was_held_nobody_proposes_it() -> None:
    us, ru = pens("us", "ru")
    base = {"level": "leaders", "with": ["ru.example"]}
    first = us.say("core/contact@1", "held", (), base)
    us.say("core/contact@1", "proposed", [first], base)
    state = folded(us, ru)
    assert (only(state).main.state, codes(state)[0][1]) == ("held", "move.not-permitted")


def test_a_member_that_a_contact_does_not_concern_has_no_side_in_it() -> None:
    us, ru, fr = pens("us", "ru", "fr")
    first = us.say("core/contact@1", "held", (), {"level": "leaders", "with": ["ru.example"]})
    fr.say(
        "core/contact@1", "readout", [first], {"level": "leaders", "with": [], "text": text("?")}
    )
    state = folded(us, ru, fr)
    assert codes(state) == [("fr.example", "side.not-concerned", False)]


def test_a_text_is_agreed_only_in_the_same_words_of_both() -> None:
    us, ru = pens("us", "ru")
    base = {"level": "leaders", "with": ["ru.example", "us.example"]}
    first = us.say("core/contact@1", "held", (), base)

    def agreed() -> str:
        return str(registers(folded(us, ru))["contacts"]["rows"][0]["agreed_text"])

    assert agreed() == "none"
    us.say("core/contact@1", "agreed-text", [first], {**base, "text": text("regret")})
    assert agreed() == "claimed"
    ru.say("core/contact@1", "agreed-text", [first], {**base, "text": text("apology")})
    assert agreed() == "claimed"
    ru.say("core/contact@1", "agreed-text", [first], {**base, "text": text("regret")})
    assert agreed() == "agreed"


def test_an_incident_is_closed_when_all_who_stated_anything_have_closed() -> None:
    us, ru = pens("us", "ru")
    report = ru.say("core/incident@1", "report", (), {"subject": text("x")})
    us.say("core/incident@1", "counter-account", [report])
    ru.say("core/incident@1", "close", [report])
    assert only(folded(us, ru)).main.state == "open"
    us.say("core/close@1", "resolved", [report])
    state = folded(us, ru)
    assert (only(state).main.state, only(state).main.outcome) == ("closed", "closed-by-each")
    assert state.irregularities == ()


def test_nobody_closes_an_incident_for_another() -> None:
    us, ru = pens("us", "ru")
    report = ru.say("core/incident@1", "report", (), {"subject": text("x")})
    us.say("core/close@1", "resolved", [report])
    state = folded(us, ru)
    assert (only(state).main.state, codes(state)[0][1]) == ("open", "move.not-permitted")


def test_what_others_say_never_depends_on_when_the_opener_cancelled() -> None:
    for opener, other in (("us", "ru"), ("ru", "us")):
        first_pen, other_pen = pens(opener, other)
        base = {"level": "leaders", "with": [other_pen.party]}
        first = first_pen.say("core/contact@1", "proposed", (), base)
        first_pen.say("core/contact@1", "proposed", [first], {**base, "relation": "cancels"})
        other_pen.say("core/contact@1", "accepted", [first], base)
        state = folded(first_pen, other_pen)
        assert state.irregularities == ()
        assert {side.party: side.state for side in only(state).main.sides} == {
            other_pen.party: "accepted",
            first_pen.party: "proposed",
        }
        assert only(state).main.state == "cancelled"


def test_stages_go_forward_only() -> None:
    us, ru = pens("us", "ru")
    common = {"agreement": "a", "obligations": ["x"], "at_time": "2023-02-21T00:00:00Z"}
    first = us.say("agreements/suspension@1", "formal", (), common)
    us.say("agreements/suspension@1", "announced", [first], common)
    us.say("agreements/suspension@1", "in-effect", [first], common)
    state = folded(us, ru)
    assert only(state).main.state == "in-effect"
    assert codes(state) == [("us.example", "move.not-permitted", False)]


def test_a_resumption_lifts_what_its_own_party_suspended_and_no_more() -> None:
    us, ru = pens("us", "ru")
    common = {"agreement": "a", "obligations": ["x", "y"], "at_time": "2023-02-21T00:00:00Z"}
    first = ru.say("agreements/suspension@1", "in-effect", (), common)
    us.say("agreements/resumption@1", "-", [first], {"agreement": "a", "obligations": ["x"]})
    (row,) = registers(folded(us, ru))["obligations"]["rows"]
    assert row["suspensions"][0]["suspended"] == ["x", "y"]
    ru.say("agreements/resumption@1", "-", [first], {"agreement": "a", "obligations": ["x"]})
    (row,) = registers(folded(us, ru))["obligations"]["rows"]
    assert (row["suspensions"][0]["resumed"], row["suspensions"][0]["suspended"]) == (["x"], ["y"])


def test_a_resumption_lifts_nothing_later_and_nothing_of_another_agreement() -> None:
    us, ru = pens("us", "ru")
    listed = {"agreement": "a", "obligations": ["x"]}
    ru.say("agreements/resumption@1", "-", (), listed)
    ru.say("agreements/suspension@1", "in-effect", (), {**listed, "ground": text("g")})
    ru.say("agreements/resumption@1", "-", (), {"agreement": "b", "obligations": ["x"]})
    rows = registers(folded(us, ru))["obligations"]["rows"]
    (row,) = [each for each in rows if each["agreement"] == "a"]
    assert row["suspensions"][0]["suspended"] == ["x"]


def test_nobody_contests_or_reserves_on_his_own_message() -> None:
    us, ru = pens("us", "ru")
    data = us.say("agreements/data@1", "-", (), {"agreement": "a", "as_of": "2022-03-01T00:00:00Z"})
    us.say("agreements/reservation@1", "-", [data], {"agreement": "a", "items": ["x"]})
    assert [code for _, code, _ in codes(folded(us, ru))] == ["answer.own-message"]
