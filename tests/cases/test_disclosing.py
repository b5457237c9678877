"""Positions that stand on a line are held against what somebody is about to disclose."""

import pytest

from openline.cases.disclosing import positions_on
from openline.formats.openjson import Value
from tests.cases.hand import folded, pens, visit

FACT = "positions/fact-position@1"


def position(fact: str = "bridge", **more: Value) -> dict[str, Value]:
    return {"fact": fact, "office": "Press service", **more}


@pytest.mark.parametrize(
    ("answer", "silent"),
    [
        ("confirmed", False),
        ("denied", True),
        ("not-commented", True),
        ("refuses-details", True),
        ("does-not-say", True),
    ],
)
def test_a_position_that_names_the_message_is_about_its_disclosure(
    answer: str, silent: bool
) -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say(FACT, answer, (notice.ref,), position(relation="supplements"))
    (row,) = positions_on(folded(us, ru), [notice.ref])
    assert (row["party"], row["about"], row["silent"]) == ("ru.example", True, silent)


def test_a_position_that_names_nothing_is_shown_and_not_judged() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say(FACT, "not-commented", (), position())
    (row,) = positions_on(folded(us, ru), [notice.ref])
    assert (row["about"], row["silent"]) == (False, True)


def test_an_answer_to_the_message_brings_its_positions_along() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    answer = ru.say("core/answer@1", "accepted", (notice.ref,), {})
    us.say(FACT, "denied", (notice.ref,), position(relation="supplements"))
    (row,) = positions_on(folded(us, ru), [answer.ref])
    assert row["about"] is True


def test_a_position_that_was_cancelled_or_replaced_does_not_stand() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    first = us.say(FACT, "denied", (notice.ref,), position(relation="supplements"))
    us.say(FACT, "confirmed", (first.ref,), position(relation="amends"))
    (row,) = positions_on(folded(us, ru), [notice.ref])
    assert (row["class"], row["silent"]) == ("confirmed", False)


def test_a_line_without_positions_has_none() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    assert positions_on(folded(us, ru), [notice.ref]) == []
