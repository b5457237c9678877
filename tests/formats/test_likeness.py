"""What a search takes for alike, in ten languages, and what it never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.likeness import WORDS_MAX, asked, excerpt, folded, spaced


@pytest.mark.parametrize(
    ("written", "asked_for"),
    [
        ("Préavis de la visite d’été", "preavis"),
        ("Die Straßenbrückenprüfung", "STRASSEN"),
        ("Визит на мост", "визит"),
        ("Повідомлення про її приїзд", "приїзд"),
        ("إِشْعَارٌ بِزِيَارَةِ الجسر", "زيارة"),
        ("أُجِّل إلى الأحد", "الاحد"),
        ("关于导弹发射的通知", "导弹"),
        ("ﬁnal ＡＢＣ", "final abc"),
    ],
)
def test_what_is_written_in_another_way_is_found(written: str, asked_for: str) -> None:
    assert folded(asked_for) in folded(written)


def test_words_of_a_question_are_parts_tokens_phrases_or_absent() -> None:
    found = asked('Brücke "two words" -nicht 通知 t9')
    assert [(w.text, w.is_part, w.is_absent) for w in found] == [
        ("brucke", True, False), ("two words", True, False), ("nicht", True, True),
        ("通知", False, False), ("t9", False, False),
    ]  # fmt: skip
    assert found[3].tokens == ("通", "知")
    assert spaced("a通知b").split() == ["a", "通", "知", "b"]


@given(st.text(max_size=400))
def test_any_text_is_a_question(text: str) -> None:
    assert len(asked(text)) <= WORDS_MAX
    assert folded(folded(text)) == folded(text)


@given(st.text(max_size=60), st.text(max_size=60), st.text(min_size=3, max_size=10))
def test_an_excerpt_is_a_piece_of_what_was_said(before: str, after: str, word: str) -> None:
    text = before + word + after
    for each in asked(word):
        found = excerpt(text, [each])
        if found is not None:
            assert found.before + found.found + found.after in text
            assert each.text in folded(found.found) or each.is_absent
