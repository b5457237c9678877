"""Lists of persons: an answer for each row, and what is still without one."""

from typing import Any

from openline.cases.ahead import ahead
from openline.cases.registers import registers
from tests.cases.hand import folded, pens

LIST, REPLY = "humanitarian/person-list@1", "humanitarian/person-reply@1"


def listed(*rows: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"list": "list-1", "count": len(rows)}
    return fields | {f"person.{n}.row": row for n, row in enumerate(rows, 1)}


def replies(**status: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"list": "list-1"}
    for n, (row, said) in enumerate(status.items(), 1):
        fields |= {f"reply.{n}.row": row, f"reply.{n}.status": said}
    return fields


def register(*writers: Any) -> dict[str, Any]:
    (row,) = registers(folded(*writers))["persons"]["rows"]
    return dict(row["replies"][0])


def test_each_row_has_its_own_answer_and_the_rest_is_named() -> None:
    us, ru = pens("us", "ru")
    lists = us.say(LIST, "-", (), listed("a1", "a2", "a3"))
    ru.say(REPLY, "-", [lists], replies(a1="held", a2="need-data"))
    found = register(us, ru)
    assert found["by_status"] == {"held": 1, "need-data": 1}
    assert found["unanswered"] == ["a3"]


def test_a_later_answer_of_the_same_party_takes_the_place_of_the_earlier() -> None:
    us, ru = pens("us", "ru")
    lists = us.say(LIST, "-", (), listed("a1"))
    ru.say(REPLY, "-", [lists], replies(a1="unknown"))
    ru.say(REPLY, "-", [lists], replies(a1="deceased"))
    assert register(us, ru)["by_status"] == {"deceased": 1}


def test_an_answer_to_a_row_that_is_not_there_answers_nothing() -> None:
    us, ru = pens("us", "ru")
    lists = us.say(LIST, "-", (), listed("a1"))
    ru.say(REPLY, "-", [lists], replies(b9="held"))
    found = register(us, ru)
    assert (found["unanswered"], found["unknown_rows"]) == (["a1"], ["b9"])


def test_who_made_the_list_does_not_answer_it() -> None:
    us, ru = pens("us", "ru")
    lists = us.say(LIST, "-", (), listed("a1"))
    us.say(REPLY, "-", [lists], replies(a1="held"))
    state = folded(us, ru)
    assert [odd.code for odd in state.irregularities] == ["answer.own-message"]
    assert register(us, ru)["unanswered"] == ["a1"]


def test_a_reply_to_a_line_that_the_list_lacks_is_stopped_with_the_lines_there_are() -> None:
    us, ru = pens("us", "ru")
    lists = us.say(LIST, "-", (), listed("1", "2", "4"))
    state = folded(us, ru)
    said = replies(**{"1": "held", "3": "not-held"})
    (found,) = ahead(state, ru.party, REPLY, "-", said, [lists.ref])
    assert (found.path, found.code, found.blocks) == ("reply.2.row", "position.unknown-line", True)
    assert "1, 2, 4" in found.sentence
    assert ahead(state, ru.party, REPLY, "-", replies(**{"4": "held"}), [lists.ref]) == ()


def test_a_line_that_may_be_withheld_from_us_is_asked_about_and_not_stopped() -> None:
    us, ru = pens("us", "ru")
    lists = us.say(LIST, "-", (), {**listed("1", "2"), "count": 3})
    said = replies(**{"3": "held"})
    (found,) = ahead(folded(us, ru), ru.party, REPLY, "-", said, [lists.ref])
    assert (found.code, found.blocks) == ("position.unknown-line", False)
