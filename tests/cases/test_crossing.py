"""Answers and what they answer: crossings, second opinions, guarantees of something else."""

import pytest

from openline.cases import phrases
from openline.cases.entry import Entry
from openline.cases.fold import fold
from openline.cases.ladder import unnumbered
from openline.cases.views import case_view
from openline.formats.openjson import Value
from tests.cases.hand import PACKS, Pen, folded, pens, text, visit

GUARANTEE: dict[str, Value] = {
    "scope": "No fire within 5 km",
    "from": "2023-02-20T06:00:00Z",
    "until": "2023-02-20T12:00:00Z",
}


def codes(*written: Pen) -> list[str]:
    """The irregularities of the line, the same in both orders of arrival."""
    forth = [entry for pen in written for entry in pen.entries]
    members = ("ru.example", "us.example")
    one, other = (fold(each, PACKS, members).irregularities for each in (forth, forth[::-1]))
    assert one == other
    return [odd.code for odd in one]


def guarantee(pen: Pen, about: Entry, **more: Value) -> Entry:
    return pen.say("core/guarantee@1", "guarantee", [about], GUARANTEE | more)


def test_two_officers_who_answer_at_once_are_seen_and_the_later_answer_counts() -> None:
    us, ru = pens("us", "ru")
    told = visit(us)
    ru.say("core/answer@1", "accepted", [told])
    second = ru.say("core/answer@1", "declined", [told])
    assert codes(us, ru) == ["answer.again"]
    (matter, *_) = folded(us, ru).cases[0].matters
    assert [a.ref for a in matter.answers if a.current] == [second.ref]


def test_the_same_answer_twice_and_an_answer_after_under_study_are_no_second_opinion() -> None:
    us, ru = pens("us", "ru")
    told = visit(us)
    ru.say("core/answer@1", "under-study", [told])
    ru.say("core/answer@1", "accepted", [told])
    ru.say("core/answer@1", "accepted", [told])
    assert codes(us, ru) == []


def test_an_amended_answer_is_no_second_opinion() -> None:
    us, ru = pens("us", "ru")
    first = ru.say("core/answer@1", "accepted", [visit(us)])
    ru.say("core/answer@1", "declined", [first], {"relation": "amends"})
    assert codes(us, ru) == []


def test_an_answer_that_crossed_an_amendment_on_the_wire_is_marked_stale() -> None:
    us, ru = pens("us", "ru")
    told = visit(us)
    us.say(
        "core/visit@1", "-", [told],
        {**told.fields, "relation": "amends", "until": "2023-02-20T18:00:00Z"},
    )  # fmt: skip
    ru.say("core/answer@1", "accepted", [told])
    case = folded(us, ru).cases[0]
    (answer,) = case_view(case, {}, 0, unnumbered)["matters"][0]["answers"]
    assert (answer["version"], answer["of_versions"], answer["stale"]) == (1, 2, True)
    assert codes(us, ru) == []


def test_an_answer_to_the_version_that_stands_is_not_stale() -> None:
    us, ru = pens("us", "ru")
    ru.say("core/answer@1", "accepted", [visit(us)])
    (answer,) = case_view(folded(us, ru).cases[0], {}, 0, unnumbered)["matters"][0]["answers"]
    assert not answer["stale"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"place": "Lviv"}, "guarantee.another-place"),
        ({"area": {"points": [[300_000_000, 500_000_001]]}}, "guarantee.another-place"),
        ({"from": "2023-02-20T07:00:00Z"}, "guarantee.part-of-the-time"),
        ({"until": "2023-02-20T11:00:00Z"}, "guarantee.part-of-the-time"),
    ],
)
def test_a_guarantee_of_another_place_or_of_part_of_the_time_says_so(
    more: dict[str, Value], code: str
) -> None:
    us, ru = pens("us", "ru")
    guarantee(ru, visit(us), **more)
    assert codes(us, ru) == [code]


def test_a_guarantee_of_the_place_and_the_whole_time_has_nothing_to_remark() -> None:
    us, ru = pens("us", "ru")
    guarantee(ru, visit(us), place="Kyiv", until="2023-02-21T12:00:00Z")
    assert codes(us, ru) == []


def test_a_guarantee_without_an_end_is_none() -> None:
    us, ru = pens("us", "ru")
    fields = {path: value for path, value in GUARANTEE.items() if path != "until"}
    ru.say("core/guarantee@1", "guarantee", [visit(us)], fields)
    assert codes(us, ru) == ["guarantee.incomplete"]


def test_what_ended_before_anybody_was_told_is_remarked() -> None:
    us, ru = pens("us", "ru")
    us.say("core/close@1", "discontinued", [visit(us)], {"at_time": "2023-02-19T00:00:00Z"})
    assert codes(us, ru) == ["closing.backdated"]
    us, ru = pens("us", "ru")
    us.say("core/close@1", "discontinued", [visit(us)], {"at_time": "2023-02-20T09:00:00Z"})
    assert codes(us, ru) == []


@pytest.mark.parametrize("word", ["recalled", "discontinued", "consent-withdrawn", "lapsed"])
def test_recalled_discontinued_withdrawn_and_lapsed_are_four_outcomes(word: str) -> None:
    us, ru = pens("us", "ru")
    us.say("core/close@1", word, [visit(us)], {"at_time": "2023-02-20T09:00:00Z"})
    assert folded(us, ru).cases[0].main.outcome == word


def test_a_phrase_that_was_not_expected_is_shown_and_remarked() -> None:
    us, ru = pens("us", "ru")
    stop = us.say("core/phrase@1", "stop")
    ru.say("core/phrase@1", "stopping", [stop])
    assert codes(us, ru) == []
    ru.say("core/phrase@1", "line-test-received", [stop])
    assert codes(us, ru) == ["phrase.unexpected"]


def test_every_phrase_of_the_pack_has_its_expected_answers() -> None:
    form = PACKS.format(f"{phrases.PHRASE}@1")
    assert form is not None and form.safety
    classes = {name for name, _ in form.classes}
    assert set(phrases.EXPECTED) == classes
    assert {each for answers in phrases.EXPECTED.values() for each in answers} <= classes
    assert set(phrases.ALWAYS) <= classes


def question(pen: Pen) -> Entry:
    fields: dict[str, Value] = {
        "subject": text("Troops"), "activity": text("Columns"), "concern": text("Their number"),
    }  # fmt: skip
    return pen.say("core/unusual-activity@1", "-", (), fields)


def asked(*written: Pen) -> str:
    (case,) = folded(*written).cases
    (stage,) = case_view(case, {}, 0, unnumbered)["matters"][0]["asked"].values()
    return str(stage)


def test_a_question_goes_from_asked_to_answered_to_judged_to_a_meeting() -> None:
    us, ru = pens("us", "ru")
    told = question(us)
    assert asked(us, ru) == "asked"
    answer = ru.say("core/explanation@1", "-", [told], {"text": text("An exercise")})
    assert asked(us, ru) == "answered"
    judged = us.say("core/judgement@1", "inadequate", [answer], {"text": text("No end date")})
    assert asked(us, ru) == "inadequate"
    meeting: dict[str, Value] = {"level": "diplomatic", "with": ["ru.example"]}
    us.say("core/contact@1", "proposed", [judged], meeting)
    assert asked(us, ru) == "meeting"
    assert codes(us, ru) == []


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("declined", "declined"),
        ("answered-elsewhere", "elsewhere"),
        ("not-within-our-obligations", "declined"),
        ("under-study", "asked"),
        ("noted-without-guarantee", "answered"),
    ],
)
def test_what_kind_of_answer_came_is_told_apart(word: str, stage: str) -> None:
    us, ru = pens("us", "ru")
    ru.say("core/answer@1", word, [question(us)])
    assert asked(us, ru) == stage
