"""What a verdict means, in sentences made of its facts; no browser."""

from typing import Any

import pytest

from openline.desk.pages.look import LANGUAGES, Words
from openline.desk.verifier_words import not_shown, of_delivery, of_fields

CLOSED: dict[str, Any] = {"content_of": 17, "content_shown": 10, "content_withheld": 2}
OWN: dict[str, Any] = {"fields": [[14, "release.1", "{}", ""]], "officers_asked": 1}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_withheld_and_left_out_are_two_numbers_in_two_sentences(lang: str) -> None:
    withheld, left_out, beware = not_shown(CLOSED, Words(lang))
    assert "17" in withheld and "2" in withheld.replace("17", "")
    assert "17" in left_out and "5" in left_out.replace("17", "")
    assert withheld.replace("2", "") != left_out.replace("5", "")
    assert not any(letter.isdigit() for letter in beware)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("shown", "withheld", "sentences"), [(17, 0, 1), (16, 1, 2), (16, 0, 2)])
def test_of_what_there_is_none_nothing_is_said(
    lang: str, shown: int, withheld: int, sentences: int
) -> None:
    table = {**CLOSED, **OWN, "content_shown": shown, "content_withheld": withheld}
    assert len([*of_fields(table, Words(lang))]) == sentences


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_grade_of_a_delivery_is_said_by_its_number_and_a_word_of_its_own(lang: str) -> None:
    words = Words(lang)
    assert len({words(f"verify.grade.{grade}") for grade in range(1, 6)}) == 5
    table = {"grade": 2, "grades": {"a.example": 5, "b.example": 2}, "relays": True}
    first, second, open_ = of_delivery(table, words)
    assert ("a.example" in first, words("verify.grade.5") in first) == (True, True)
    assert ("b.example" in second, words("verify.grade.2") in second) == (True, True)
    assert open_ == words("verify.delivery.no-deposit")
    (none,) = of_delivery({**table, "grade": 0}, words)
    (nobody,) = of_delivery({**table, "grades": {}}, words)
    assert none == words("verify.delivery.none")
    assert words("verify.grade.2") in nobody
