"""Answers that say more than their class: foreign items and promising words are asked about."""

import re

import pytest

from openline.cases.claims import STEMS, claims
from openline.cases.denial import LISTS, Denial, words
from openline.desk.cautions import denials, stems
from openline.formats.coded import QUOTES, in_line
from openline.formats.denials import load_denials
from openline.formats.likeness import folded
from openline.formats.terms import load_terms
from tests.cases.hand import text

ANSWER = "core/answer@1"
TERMS = load_terms()
WORDS, DENIALS = stems(TERMS), denials()
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
        quoted = re.search("“(.+)”", each.sentence)
        assert said == (f"{general} {QUOTES[lang].format(quoted[1])}" if quoted else general)


# What officers write beside an answer that is none: it says the same as the class.
DENIED = {
    "en": (
        "No guarantee is given.", "We give no guarantee.", "This is not a guarantee.",
        "Noted. No permission, no guarantee.", "We do not guarantee the safety of the visit.",
        "No guarantee or permission is given", "Safety is not guaranteed",
        "No guarantee of safe passage is given.", "We cannot guarantee your safety.",
        "Noted, without any guarantee.", "Your notice is noted; no guarantee is given.",
    ),
    "de": (
        "Wir geben keine Garantie.", "Es wird keine Garantie gegeben.",
        "Keine Garantie, keine Genehmigung.", "Wir garantieren nicht.",
        "Zur Kenntnis genommen, ohne Garantie.", "Dies ist weder Garantie noch Erlaubnis.",
        "Eine Sicherheitsgarantie geben wir nicht.", "Eine Garantie wird nicht gegeben.",
        "Wir können Ihre Sicherheit nicht garantieren.",
        "Wir können für Ihre Sicherheit nicht garantieren.", "Die Sicherheit ist nicht garantiert.",
        "Zur Kenntnis genommen. Eine Sicherheitsgarantie geben wir nicht.",
        "Für Ihre Sicherheit können wir nicht garantieren.",
        "Wir geben für Ihren Besuch keine Garantie.",
    ),
    "fr": (
        "Aucune garantie n\u2019est donnée.", "Nous ne donnons aucune garantie.",
        "Bien noté, sans garantie.", "Ce n'est pas une garantie.",
        "Aucune garantie ni autorisation.", "Nous ne garantissons pas votre sécurité.",
        "La sécurité de la visite n'est pas garantie.",
        "Nous ne pouvons pas garantir la sécurité.",
    ),
    "nl": (
        "Er wordt geen garantie gegeven.", "Wij geven geen garantie.",
        "Dit is geen garantie en geen toestemming.", "Zonder garantie.",
        "Een veiligheidsgarantie geven wij niet.", "Wij kunnen uw veiligheid niet garanderen.",
        "Een garantie wordt niet gegeven.", "Wij garanderen uw veiligheid niet.",
        "De veiligheid is niet gegarandeerd.",
    ),
    "es": (
        "No se da ninguna garantía.", "Sin garantía.", "No damos garantía de seguridad.",
        "No garantizamos la seguridad.", "Esta respuesta no es una garantía.",
        "No podemos garantizar su seguridad.", "La seguridad no está garantizada.",
    ),
    "it": (
        "Non diamo alcuna garanzia.", "Nessuna garanzia.", "Senza garanzia.",
        "Questa risposta non è una garanzia.", "Nessuna garanzia né autorizzazione.",
        "Non possiamo garantire la vostra sicurezza.", "La sicurezza non è garantita.",
    ),
    "ru": (
        "Гарантий безопасности не даём.", "Гарантий не даем.", "Без гарантий.",
        "Никаких гарантий не даём.", "Это не гарантия и не разрешение.",
        "Принято к сведению. Безопасность не гарантируем.",
        "Приняли к сведению. Гарантий безопасности не даём.",
        "Мы не можем гарантировать вашу безопасность.", "Безопасность визита не гарантируется.",
        "За безопасность визита не ручаемся.",
    ),
    "uk": (
        "Гарантій безпеки не даємо.", "Без гарантій.", "Жодних гарантій не даємо.",
        "Взято до відома. Це не гарантія.", "Гарантія не надається.",
        "Ми не можемо гарантувати вашу безпеку.", "Безпеку візиту не гарантуємо.",
    ),
    "ar": (
        "لا نقدم أي ضمان.", "دون ضمان.", "أخذنا علماً بذلك، دون أي ضمان.",
        "هذا الرد ليس ضماناً.", "لا ضمان.", "لن نقدم أي ضمان للسلامة.", "لا نضمن سلامتكم.",
        "ليس هذا ضماناً.", "السلامة غير مضمونة.",
    ),
    "zh": (
        "我方不作任何保证。", "已知悉，无保证。", "我方不保证安全。", "本答复不构成保证或许可。",
        "没有保证。", "我方不能保证贵方安全。", "我方不对安全作出任何保证。", "本答复不是保证。",
    ),
}  # fmt: skip
# Denying words beside promising ones, and yet no denial, or none that is certain.
HIDDEN = {
    "en": (
        "No permission is needed.", "There is no doubt: passage is guaranteed.",
        "No permission\nis needed to pass.", "Not only do we guarantee it.",
        "We guarantee that no attack will come.", "No guarantee is given, except by day.",
        "No guarantee without our word.", "Not without guarantee.", "Nor without guarantee.",
        "We do not say that no guarantee is given.", "No, guaranteed.", "No guarantee?",
        "We give no answer and guarantee safety.", "No guarantee is not given.",
        "This is no permission, this is a guarantee.", "No guarantee but permission is given.",
        "No guarantee is given. Passage is guaranteed.",
        "Your visit can be without permission.", "Your visit is noted, without permission.",
        "We do not guarantee; it is given.", "We do not guarantee. It is given.",
        "No guarantee is given. Except by day.", "Safety is not unguaranteed.",
        "Without permission.", "This is not a guarantee. It is more than one.",
        "We do not guarantee and permission is given.", "We do not permit any flight on the route.",
        "We give no guarantee. You need none.",
        "We give no guarantee: you need none.",
    ),
    "de": (
        "Keine Frage, garantiert.", "Ohne Zweifel garantiert.", "Nicht ohne Garantie.",
        "Keine Genehmigung nötig.", "Keine Garantie, außer bei Tag.",
        "Der Besuch ist nicht unerlaubt.", "Wir garantieren nicht nur Sicherheit.",
        "Ihr Besuch kann ohne Genehmigung sein.", "Wir garantieren nicht; sie ist gegeben.",
        "Eine Garantie wird nicht gegeben. Sie gilt.", "Eine Garantie wird nicht nicht gegeben.",
        "Eine Genehmigung geben wir nicht nur, wir garantieren.",
        "Wir geben keine Garantie. Sie brauchen keine.",
    ),
    "fr": (
        "Aucune autorisation requise.", "Ce n'est pas sans garantie.", "Ni sans garantie.",
        "Nous ne garantissons que cela.", "Votre visite peut être sans autorisation.",
        "Nous ne garantissons pas; elle est donnée.", "Aucune garantie, sauf de jour.",
        "Nous ne donnons aucune garantie. Vous n'en avez pas besoin.",
    ),
    "nl": (
        "Geen toestemming nodig.", "Niet zonder garantie.", "Uw bezoek kan zonder toestemming.",
        "Wij garanderen niet; het is gegeven.", "Geen garantie, behalve overdag.",
        "Wij garanderen niet alleen uw veiligheid.", "Geen twijfel: gegarandeerd.",
        "Wij geven geen garantie. Die hebt u niet nodig.",
    ),
    "es": (
        "No hace falta permiso.", "No sin garantía.", "Su visita puede ser sin permiso.",
        "No garantizamos; se da.", "Ninguna garantía, salvo de día.",
        "No solo garantizamos el paso.", "Sin duda, garantizado.",
        "No damos garantía. No la necesita.",
    ),
    "it": (
        "Nessun permesso necessario.", "Non senza garanzia.",
        "La vostra visita può essere senza permesso.", "Non garantiamo; è data.",
        "Nessuna garanzia, salvo di giorno.", "Non solo garantiamo il passaggio.",
        "Nessun dubbio: garantito.",
        "Non diamo garanzia. Non ne avete bisogno.",
    ),
    "ru": (
        "Разрешения не нужно.", "Гарантируем, что не нападём.", "Не без гарантии.",
        "Гарантий не даём, кроме дневного времени.", "Нет сомнений: гарантируем.",
        "Визит возможен без разрешения.", "Не гарантируем и разрешаем визит.",
        "Не гарантия, а разрешение.", "Гарантий не даём. Но визит безопасен.",
        "Не только гарантируем.",
        "Гарантий не даём. Они не нужны.",
    ),
    "uk": (
        "Дозволу не треба.", "Не без гарантій.", "Не лише гарантуємо.",
        "Візит можливий без дозволу.", "Не гарантуємо і дозволяємо візит.",
        "Гарантій не даємо. Але візит безпечний.", "Не гарантія, а дозвіл.",
        "Гарантій не даємо. Вони не потрібні.",
    ),
    "ar": (
        "لا شك أن هذا ضمان.", "ليس دون ضمان.", "لا حاجة إلى تصريح.",
        "لا نقدم أي ضمان إلا نهاراً.", "لا نضمن؛ فهو قائم.", "زيارتكم ممكنة دون تصريح.",
        "لن نقدم ضماناً فقط.",
        "لا نقدم أي ضمان. لا تحتاجون إليه.",
    ),
    "zh": (
        "我方不得不保证。", "无需许可。", "无疑保证安全。", "不是没有保证。", "除白天外不保证。",
        "不保证并许可访问。", "访问可以没有许可。", "我方不保证。但安全。",
        "我方不作任何保证。贵方不需要。",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lang", "said"), [(n, s) for n, each in DENIED.items() for s in each])
def test_a_sentence_that_only_denies_is_left_alone(lang: str, said: str) -> None:
    assert found("noted-without-guarantee", text=text(said)) == []
    # Beside a promise it hides nothing.
    both = f"{said.rstrip('.。')}. {PROMISES[lang]}"
    assert found("noted-without-guarantee", text=text(both)) != []
    # One word more, and nobody can be certain.
    more = f"{said.rstrip('.。')} xyz."
    assert found("noted-without-guarantee", text=text(more)) != []


@pytest.mark.parametrize(("lang", "said"), [(n, s) for n, each in HIDDEN.items() for s in each])
def test_where_a_denial_is_in_doubt_the_word_is_named(lang: str, said: str) -> None:
    assert found("noted-without-guarantee", text=text(said)) != []


def test_each_language_has_six_honest_denials_and_six_hidden_promises() -> None:
    for table in (DENIED, HIDDEN):
        assert sorted(table) == sorted(PROMISES)
        assert min(map(len, table.values())) >= 6


@pytest.mark.parametrize("lang", sorted(PROMISES))
def test_without_its_lists_no_denial_is_left_alone_and_with_a_loose_one_a_promise_is(
    lang: str,
) -> None:
    """Negative control of both tables: each is decided by the lists, and by nothing else."""
    denial = Denial.of(load_denials()[lang])
    assert [
        each for each in DENIED[lang] if not any(map(denial.denies, re.split("[.。]", each)))
    ] == []
    lists = {**load_denials()[lang], "clauses": [], "beside": []}
    none = Denial.of(lists)
    assert [each for each in DENIED[lang] if any(map(none.denies, re.split("[.。]", each)))] == []
    # As the words were held before: any of them, in any order, beside a denial.
    (first, *_) = HIDDEN[lang]
    loose = {**load_denials()[lang], "clauses": ["~"], "about": list(words(first.rstrip(".。")))}
    assert Denial.of(loose).denies(first.rstrip(".。"))


@pytest.mark.parametrize("lang", sorted(PROMISES))
def test_the_words_of_the_class_itself_deny(lang: str) -> None:
    for term in ("class.noted-without-guarantee", "wording.no-permission-no-guarantee"):
        said = TERMS.label(term, lang).text
        assert found("noted-without-guarantee", text=text(said)) == [], said


@pytest.mark.parametrize("lang", sorted(PROMISES))
def test_only_promising_words_stand_for_a_promise_and_every_clause_that_denies_names_one(
    lang: str,
) -> None:
    lists = load_denials()[lang]
    assert set(lists) == set(LISTS)
    every = [folded(stem) for name in STEMS for stem in WORDS[name]]
    for name in ("clauses", "beside", "link", "and", "turn"):
        for phrase in lists[name]:
            assert not any(stem in folded(phrase) for stem in every), phrase
    for clause in lists["clauses"]:
        assert {"*", "#"} & {*words(clause)}, clause
    for clause in lists["beside"]:
        assert not {"*", "#"} & {*words(clause)}, clause
    # What a clause is about may neither deny nor turn a denial round.
    denying = (
        "no not without nicht ohne ne pas sans niet zonder sin non senza не без ні دون لا 不 无"
    )
    assert not {*lists["about"]} & {*lists["turn"], *denying.split()}


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
