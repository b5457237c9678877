"""Informed is never guaranteed: what was asked, what was given, and where it stands now."""

import pytest

from openline.cases.ahead import ahead
from openline.cases.case import Case
from openline.cases.entry import Entry
from openline.cases.guaranteed import taken_back
from openline.cases.ladder import reception, unnumbered
from openline.cases.views import case_view
from openline.formats.openjson import Value
from openline.formats.spell import parse_utc
from tests.cases.hand import Pen, folded, pens, text, visit

BEFORE, DURING, AFTER = (parse_utc(f"2023-02-20T{at}:00Z") for at in ("05:00", "08:00", "13:00"))
BOUNDS: dict[str, Value] = {
    "scope": text("Safe passage"),
    "from": "2023-02-20T06:00:00Z",
    "until": "2023-02-20T12:00:00Z",
}


def asked(us: Pen) -> Entry:
    return visit(us, effect="guarantee")


def cautions(us: Pen, ru: Pen, notice: Entry, format_id: str, answer: str) -> list[str]:
    fields = BOUNDS if answer == "guarantee" else {"text": text("Passage is guaranteed.")}
    state = folded(us, ru)
    return [c.code for c in ahead(state, ru.party, format_id, answer, fields, [notice.ref])]


def told(us: Pen, ru: Pen, now_s: int = DURING) -> dict[str, object]:
    state = folded(us, ru)
    found = case_view(state.cases[0], {}, now_s, state.number)["matters"][0]["guarantee"]
    assert isinstance(found, dict)
    return found


def only_case(us: Pen, ru: Pen) -> Case:
    (case,) = folded(us, ru).cases
    return case


@pytest.mark.parametrize("answer", ["accepted", "conditional"])
def test_a_yes_to_whoever_asked_for_a_guarantee_is_said_to_be_none_before_it_is_signed(
    answer: str,
) -> None:
    us, ru = pens("us", "ru")
    assert cautions(us, ru, asked(us), "core/answer@1", answer) == ["answer.no-guarantee"]


def test_a_yes_to_a_request_for_a_guarantee_is_said_to_be_none_as_well() -> None:
    us, ru = pens("us", "ru")
    request = us.say("core/request-guarantee@1", "-", [visit(us)], {"subject": text("Passage")})
    assert cautions(us, ru, request, "core/answer@1", "accepted") == ["answer.no-guarantee"]


def test_no_caution_where_no_guarantee_was_asked_where_it_is_denied_or_where_one_is_given() -> None:
    us, ru = pens("us", "ru")
    plain, wanted = visit(us), asked(us)
    assert cautions(us, ru, plain, "core/answer@1", "accepted") == []
    assert cautions(us, ru, wanted, "core/answer@1", "declined") == []
    assert cautions(us, ru, wanted, "core/answer@1", "noted-without-guarantee") == []
    assert cautions(us, ru, wanted, "core/guarantee@1", "guarantee") == []


def test_a_notice_that_asked_for_a_guarantee_and_was_accepted_has_none() -> None:
    us, ru = pens("us", "ru")
    ru.say("core/answer@1", "accepted", [asked(us)], {"text": text("Passage is guaranteed.")})
    assert told(us, ru) == {"asked": True, "rows": []}


@pytest.mark.parametrize(
    ("at_s", "standing"), [(BEFORE, "not-begun"), (DURING, "in-force"), (AFTER, "over")]
)
def test_not_begun_in_force_and_over_are_three_words(at_s: int, standing: str) -> None:
    us, ru = pens("us", "ru")
    ru.say("core/guarantee@1", "guarantee", [asked(us)], BOUNDS)
    (row,) = told(us, ru, at_s)["rows"]  # type: ignore[attr-defined]
    assert (row["party"], row["standing"]) == (ru.party, standing)


def test_a_guarantee_on_a_request_is_shown_beside_the_notice_that_the_request_is_about() -> None:
    us, ru = pens("us", "ru")
    request = us.say("core/request-guarantee@1", "-", [asked(us)], {"subject": text("Passage")})
    ru.say("core/guarantee@1", "guarantee", [request], BOUNDS)
    assert [row["number"] for row in told(us, ru)["rows"]] == ["1.0"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("outcome", "standing"),
    [("withdrawn", "withdrawn"), ("recalled", "withdrawn"), ("completed", "closed")],
)
@pytest.mark.parametrize("at_s", [BEFORE, DURING])
def test_a_guarantee_that_its_giver_withdrew_is_neither_not_begun_nor_superseded(
    outcome: str, standing: str, at_s: int
) -> None:
    us, ru = pens("us", "ru")
    given = ru.say("core/guarantee@1", "guarantee", [asked(us)], BOUNDS)
    end = ru.say("core/close@1", outcome, [given])
    (row,) = told(us, ru, at_s)["rows"]  # type: ignore[attr-defined]
    assert (row["standing"], row["ended"]) == (standing, "2023-02-20T00:01:00Z")
    case = only_case(us, ru)
    assert [e.ref for _, e in taken_back(case, at_s)] == ([end.ref] if standing != "closed" else [])


def test_the_ladder_says_of_a_withdrawn_guarantee_that_it_ended_and_not_that_it_answers() -> None:
    us, ru = pens("us", "ru")
    given = ru.say("core/guarantee@1", "guarantee", [asked(us)], BOUNDS)
    before = reception(only_case(us, ru), {}, unnumbered)[0]
    assert (before["a4"]["class"], before["ended"]) == ("guarantee", [])
    ru.say("core/close@1", "withdrawn", [given])
    row = reception(only_case(us, ru), {}, unnumbered)[0]
    assert row["a4"] == {}
    assert [(e["class"], e["outcome"]) for e in row["ended"]] == [("guarantee", "withdrawn")]


def test_a_position_on_an_item_that_the_record_does_not_have_is_stopped_with_the_list() -> None:
    us, ru = pens("us", "ru")
    corridor = us.say("humanitarian/corridor@1", "-", (), {"corridor": "c", "who": text("All")})
    state = folded(us, ru)
    form = "humanitarian/item-position@1"
    (found,) = ahead(state, ru.party, form, "accept", {"items": ["wh"]}, [corridor.ref])
    assert (found.code, found.blocks) == ("position.unknown-item", True)
    assert "corridor, who" in found.sentence
    assert ahead(state, ru.party, form, "accept", {"items": ["who"]}, [corridor.ref]) == ()


def test_an_item_that_is_empty_may_be_rejected_and_not_accepted() -> None:
    us, ru = pens("us", "ru")
    corridor = us.say("humanitarian/corridor@1", "-", (), {"corridor": "c", "who": text("All")})
    state, form = folded(us, ru), "humanitarian/item-position@1"
    said: dict[str, Value] = {"items": ["goods"], "text": text("None are named.")}
    assert ahead(state, ru.party, form, "reject", said, [corridor.ref]) == ()
    (found,) = ahead(state, ru.party, form, "accept", said, [corridor.ref])
    assert found.blocks


def test_who_took_a_position_on_one_item_is_not_silent() -> None:
    us, ru = pens("us", "ru")
    corridor = us.say("humanitarian/corridor@1", "-", (), {"corridor": "c", "who": text("All")})
    assert reception(only_case(us, ru), {}, unnumbered)[0]["silent"]
    ru.say("humanitarian/item-position@1", "accept", [corridor], {"items": ["who"]})
    assert not reception(only_case(us, ru), {}, unnumbered)[0]["silent"]
