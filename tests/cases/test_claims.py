"""Answers that say more than their class: foreign items and promising words are asked about."""

import re

import pytest

from openline.cases.claims import STEMS, claims
from openline.cases.denial import LISTS
from openline.desk.cautions import denials, listed, stems
from openline.formats.coded import in_line
from openline.formats.likeness import folded
from openline.formats.terms import load_terms
from tests.cases.hand import text

ANSWER = "core/answer@1"
TERMS = load_terms()
WORDS, DENIALS = stems(TERMS), denials(TERMS)
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
    given = claims(format_id, answer, fields, WORDS, DENIALS)  # type: ignore[arg-type]
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
    (caution,) = claims(ANSWER, "declined", said, WORDS, DENIALS)
    assert word in caution.sentence
    assert "declined" not in caution.sentence  # a class is called by its label, or not at all


@pytest.mark.parametrize("lang", sorted(PROMISES))
def test_what_a_caution_says_stands_in_the_readers_language_alone(lang: str) -> None:
    fields = {"text": text(PROMISES[lang]), "conditions": text("-")}
    for each in claims(ANSWER, "noted-without-guarantee", fields, WORDS, DENIALS):
        said = in_line("remark", each.code, each.sentence, lang)
        general = TERMS.label(f"remark.{each.code}", lang).text
        quoted = re.search("“.+”", each.sentence)
        assert said == (f"{general} {quoted[0]}" if quoted else general)


# What officers write beside an answer that is none: it says the same as the class.
DENIED = {
    "en": (
        "No guarantee is given.", "We give no guarantee.", "This is not a guarantee.",
        "Noted. No permission, no guarantee.", "We do not guarantee the safety of the visit.",
        "No guarantee or permission is given", "Safety is not guaranteed",
        "No guarantee of safe passage is given.",
    ),
    "de": (
        "Wir geben keine Garantie.", "Es wird keine Garantie gegeben.",
        "Keine Garantie, keine Genehmigung.", "Wir garantieren nicht.",
        "Zur Kenntnis genommen, ohne Garantie.", "Dies ist weder Garantie noch Erlaubnis.",
    ),
    "fr": (
        "Aucune garantie n\u2019est donnée.", "Nous ne donnons aucune garantie.",
        "Bien noté, sans garantie.", "Ce n'est pas une garantie.",
        "Aucune garantie ni autorisation.",
    ),
    "nl": (
        "Er wordt geen garantie gegeven.", "Wij geven geen garantie.",
        "Dit is geen garantie en geen toestemming.", "Zonder garantie.",
    ),
    "es": (
        "No se da ninguna garantía.", "Sin garantía.", "No damos garantía de seguridad.",
        "No garantizamos la seguridad.", "Esta respuesta no es una garantía.",
    ),
    "it": (
        "Non diamo alcuna garanzia.", "Nessuna garanzia.", "Senza garanzia.",
        "Questa risposta non è una garanzia.", "Nessuna garanzia né autorizzazione.",
    ),
    "ru": (
        "Гарантий безопасности не даём.", "Гарантий не даем.", "Без гарантий.",
        "Никаких гарантий не даём.", "Это не гарантия и не разрешение.",
        "Принято к сведению. Безопасность не гарантируем.",
    ),
    "uk": (
        "Гарантій безпеки не даємо.", "Без гарантій.", "Жодних гарантій не даємо.",
        "Взято до відома. Це не гарантія.", "Гарантія не надається.",
    ),
    "ar": (
        "لا نقدم أي ضمان.", "دون ضمان.", "أخذنا علماً بذلك، دون أي ضمان.",
        "هذا الرد ليس ضماناً.", "لا ضمان.",
    ),
    "zh": (
        "我方不作任何保证。", "已知悉，无保证。", "我方不保证安全。", "本答复不构成保证或许可。",
        "没有保证。",
    ),
}  # fmt: skip
# Denying words beside promising ones, and yet no denial, or none that is certain.
NOT_DENIED = (
    "No permission is needed.", "There is no doubt: passage is guaranteed.",
    "No permission\nis needed to pass.", "Not only do we guarantee it.",
    "We guarantee that no attack will come.",
    "No guarantee is given, except by day.", "No guarantee without our word.",
    "Not without guarantee.", "Nor without guarantee.", "Ni sans garantie.",
    "We do not say that no guarantee is given.", "No, guaranteed.",
    "No guarantee?", "We give no answer and guarantee safety.",
    "This is no permission, this is a guarantee.", "No guarantee is not given.",
    "No guarantee is given. Passage is guaranteed.", "No guarantee but permission is given.",
    "Keine Frage, garantiert.", "Ohne Zweifel garantiert.", "Nicht ohne Garantie.",
    "Keine Genehmigung nötig.", "Keine Garantie, außer bei Tag.",
    "Aucune autorisation requise.", "Ce n'est pas sans garantie.", "Nous ne garantissons que cela.",
    "Geen toestemming nodig.", "Niet zonder garantie.", "No hace falta permiso.",
    "No sin garantía.", "Nessun permesso necessario.", "Non senza garanzia.",
    "Разрешения не нужно.", "Гарантируем, что не нападём.", "Не без гарантии.",
    "Гарантий не даём, кроме дневного времени.", "Нет сомнений: гарантируем.",
    "Дозволу не треба.", "Не без гарантій.", "Не лише гарантуємо.",
    "لا شك أن هذا ضمان.", "ليس دون ضمان.", "لا حاجة إلى تصريح.",
    "我方不得不保证。", "无需许可。", "无疑保证安全。", "不是没有保证。", "除白天外不保证。",
)  # fmt: skip


@pytest.mark.parametrize(("lang", "said"), [(n, s) for n, each in DENIED.items() for s in each])
def test_a_sentence_that_only_denies_is_left_alone(lang: str, said: str) -> None:
    assert found("noted-without-guarantee", text=text(said)) == []
    # Beside a promise it hides nothing.
    both = f"{said.rstrip('.。')}. {PROMISES[lang]}"
    assert found("noted-without-guarantee", text=text(both)) != []
    # One word more, and nobody can be certain.
    more = f"{said.rstrip('.。')} xyz."
    assert found("noted-without-guarantee", text=text(more)) != []


@pytest.mark.parametrize("said", NOT_DENIED)
def test_where_a_denial_is_in_doubt_the_word_is_named(said: str) -> None:
    assert found("noted-without-guarantee", text=text(said)) != []


@pytest.mark.parametrize("lang", sorted(PROMISES))
def test_the_words_of_the_class_itself_deny(lang: str) -> None:
    for term in ("class.noted-without-guarantee", "wording.no-permission-no-guarantee"):
        said = TERMS.label(term, lang).text
        assert found("noted-without-guarantee", text=text(said)) == [], said


@pytest.mark.parametrize("lang", sorted(PROMISES))
def test_no_word_of_a_denial_promises_and_none_stands_in_two_lists_that_exclude_each_other(
    lang: str,
) -> None:
    lists = {name: listed(TERMS, f"denial.{name}", lang) for name in LISTS}
    every = [folded(stem) for name in STEMS for stem in WORDS[name]]
    for word in (each for words in lists.values() for each in words):
        assert not any(stem in folded(word) for stem in every), word
    assert not {*lists["frame"]} & {*lists["before"], *lists["behind"]}


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
    given = claims(ANSWER, "declined", {"text": text("It is guaranteed.")}, WORDS, DENIALS)
    assert [each.blocks for each in given] == [False]
