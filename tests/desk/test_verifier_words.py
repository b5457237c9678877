"""What a verdict means, in sentences made of its facts; no browser."""

from typing import Any

import pytest

from openline.desk.pages.look import LANGUAGES, Words
from openline.desk.verifier_words import not_shown, of_fields

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
