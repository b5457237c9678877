"""An inspection from intent to countersigned report, and what it does to a quota."""

import pytest

from openline.cases.registers import registers
from tests.cases.hand import folded, pens, text

NAME = {"agreement": "CFE"}
FORM = "agreements/inspection@1"


def quota(*pens_: object, party: str = "us.example") -> dict[str, object]:
    rows = registers(folded(*pens_))["quotas"]["rows"]  # type: ignore[arg-type]
    (row,) = [each for each in rows if each["party"] == party]
    return dict(row)


def inspected() -> tuple[object, object, object]:
    """Intent, another time, arrival, a site, access, the report and its second signature."""
    us, ru = pens("us", "ru")
    us.say("agreements/limits@1", "-", (), {**NAME, "inspections": 3})
    intent = us.say(FORM, "intent", (), NAME)
    ru.say(FORM, "new-time", [intent], **NAME)
    us.say(FORM, "delay", [intent], **NAME)
    us.say(FORM, "arrived", [intent], **NAME)
    us.say(FORM, "site-named", [intent], site="depot 4", **NAME)
    ru.say(FORM, "granted", [intent], **NAME)
    us.say(FORM, "held", [intent], **NAME)
    us.say(FORM, "report", [intent], **NAME)
    ru.say(FORM, "countersigned", [intent], **NAME)
    return us, ru, intent


def test_every_stage_is_permitted_and_the_last_word_is_the_second_signature() -> None:
    us, ru, _ = inspected()
    state = folded(us, ru)  # type: ignore[arg-type]
    assert [odd.code for odd in state.irregularities] == []
    row = quota(us, ru)
    assert (row["used"], row["of"], row["by_state"]) == (1, 3, {"countersigned": 1})


def test_nobody_goes_back_behind_what_was_held() -> None:
    us, ru, intent = inspected()
    us.say(FORM, "cancelled", [intent], **NAME)  # type: ignore[attr-defined]
    ru.say(FORM, "refused", [intent], **NAME)  # type: ignore[attr-defined]
    state = folded(us, ru)  # type: ignore[arg-type]
    assert [odd.code for odd in state.irregularities] == ["move.not-permitted"] * 2


def test_after_a_refusal_nothing_was_held_by_the_inspected_side() -> None:
    us, ru = pens("us", "ru")
    intent = us.say(FORM, "intent", (), NAME)
    ru.say(FORM, "refused", [intent], **NAME)
    ru.say(FORM, "held", [intent], **NAME)
    assert [odd.code for odd in folded(us, ru).irregularities] == ["move.not-permitted"]


def test_what_the_inspected_side_says_does_not_count_uses_no_quota() -> None:
    us, ru, intent = inspected()
    more = {**NAME, "period": "2030", "reason": text("the weather")}
    us.say("agreements/quota@1", "does-not-count", [intent], **more)  # type: ignore[attr-defined]
    assert (quota(us, ru)["used"], quota(us, ru)["not_counted"]) == (1, 0)
    ru.say("agreements/quota@1", "does-not-count", [intent], **more)  # type: ignore[attr-defined]
    assert (quota(us, ru)["used"], quota(us, ru)["not_counted"]) == (0, 1)


@pytest.mark.parametrize(("party", "number"), [("us.example", 1), ("ru.example", 5)])
def test_a_transfer_moves_quota_from_its_author_to_the_receiver(party: str, number: int) -> None:
    us, ru = pens("us", "ru")
    us.say("agreements/limits@1", "-", (), {**NAME, "inspections": 3})
    told = {**NAME, "period": "2030", "number": 2, "receiver": "ru.example"}
    us.say("agreements/quota@1", "transferred", (), told)
    assert quota(us, ru, party=party)["of"] == number


def test_a_quota_that_is_filled_is_said_by_those_who_say_it() -> None:
    us, ru = pens("us", "ru")
    us.say("agreements/limits@1", "-", (), {**NAME, "inspections": 3})
    ru.say("agreements/quota@1", "filled", (), {**NAME, "period": "2030"})
    assert quota(us, ru)["filled_by"] == ["ru.example"]


def test_changes_and_the_life_of_an_agreement_stand_in_its_register() -> None:
    us, ru = pens("us", "ru")
    at_time = "2030-01-05T00:00:00Z"
    us.say("agreements/limits@1", "-", (), {**NAME, "limits": [["launchers", 800]]})
    us.say("agreements/entry-into-force@1", "in-force", (), {**NAME, "at_time": at_time})
    holdings = {**NAME, "at_time": at_time, "holdings": [["launchers", 801]]}
    us.say("agreements/change@1", "-", (), holdings)
    ru.say("agreements/withdrawal@1", "-", (), {**NAME, "at_time": at_time, "events": text("x")})
    (row,) = registers(folded(us, ru))["agreements"]["rows"]
    assert row["changes"][0]["against"][0]["over"] == 1
    assert {each["says"] for each in row["standing"]} == {"in-force", "withdrawal"}
