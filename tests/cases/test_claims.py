"""Answers that say more than their class: foreign items and promising words are asked about."""

import pytest

from openline.cases.claims import STEMS, claims
from openline.formats.terms import load_terms
from tests.cases.hand import text

ANSWER = "core/answer@1"
TERMS = load_terms()
WORDS = {
    name: [
        stem.strip()
        for lang in sorted(TERMS.languages)
        for stem in str(TERMS.label(f"stem.{name}", lang)).split(",")
    ]
    for name in STEMS
}
# One sentence in each language by which a hurried officer would promise.
PROMISES = {
    "en": "You have our word that the visit will be safe; passage is guaranteed.",
    "de": "Wir sichern es zu: die Sicherheitsgarantie gilt.",
    "fr": "Le passage est garanti.",
    "nl": "De doorgang is gegarandeerd.",
    "es": "El paso está garantizado.",
    "it": "Il passaggio è garantito.",
    "ru": "Проезд гарантирован.",
    "uk": "Проїзд гарантовано.",
    "ar": "المرور مضمون وهذا ضمان منا.",
    "zh": "我方保证通行。",
}


def found(answer: str, format_id: str = ANSWER, **fields: object) -> list[tuple[str, str]]:
    given = claims(format_id, answer, fields, WORDS)  # type: ignore[arg-type]
    return [(each.path, each.code) for each in given]


@pytest.mark.parametrize("lang", sorted(PROMISES))
def test_noted_with_a_text_that_promises_is_asked_about_in_every_language(lang: str) -> None:
    said = text(PROMISES[lang])
    assert found("noted-without-guarantee", text=said) == [("text", "answer.text-promises")]


@pytest.mark.parametrize(
    "said", ["Noted.", "Bien noté.", "Принято к сведению.", "已知悉。", "أخذنا علماً."]
)
def test_a_text_that_promises_nothing_is_left_alone(said: str) -> None:
    assert found("noted-without-guarantee", text=text(said)) == []


@pytest.mark.parametrize(("lang", "word"), [("en", "guaranteed"), ("zh", "保证")])
def test_the_word_that_was_found_is_named(lang: str, word: str) -> None:
    said = {"text": text(PROMISES[lang].split("; ")[-1])}
    (caution,) = claims(ANSWER, "declined", said, WORDS)
    assert word in caution.sentence


def test_whoever_accepts_may_speak_of_permission_and_nobody_of_a_guarantee() -> None:
    assert found("accepted", text=text("We permit the passage.")) == []
    assert found("declined", text=text("We permit the passage.")) != []
    assert found("accepted", text=text("It is guaranteed.")) != []


@pytest.mark.parametrize("path", ["conditions", "alternative", "until"])
def test_an_item_of_another_class_is_asked_about(path: str) -> None:
    value = "2023-02-20T12:00:00Z" if path == "until" else text("By day only.")
    wanted = [(path, "answer.item-of-another-class")]
    assert found("noted-without-guarantee", **{path: value}) == wanted
    assert found("alternative-proposed", **{path: value}) == []


def test_a_guarantee_may_speak_of_itself() -> None:
    scope = text("Safe passage is guaranteed")
    assert found("guarantee", "core/guarantee@1", scope=scope, until="2023-02-20T12:00:00Z") == []


def test_no_caution_of_an_answer_keeps_it_from_being_released() -> None:
    given = claims(ANSWER, "declined", {"text": text("It is no guarantee.")}, WORDS)
    assert [each.blocks for each in given] == [False]
