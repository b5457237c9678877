"""Words: every label is complete, in its own script, short, harmless, and never promises more."""

import re
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.documents.parts import FOOT
from openline.cli.play.loading import load_all
from openline.cli.play.scenario import Send
from openline.formats import form as forms
from openline.formats.pack import load_packs
from openline.formats.phrases import PHRASES
from openline.formats.terms import (
    ENGLISH,
    BadTerms,
    Language,
    dictionary,
    label,
    load_terms,
    parse_terms,
)

TERMS = load_terms()
ALL = ("ar", "de", "en", "es", "fr", "it", "nl", "ru", "uk", "zh")
FIVE = ("de", "en", "fr", "nl", "ru")
ENGLISH_LABELS = {term: text for term, (text, _) in TERMS.languages[ENGLISH].labels.items()}

# Said in every language from the first build on: nobody may guess at these.
IN_TEN_LANGUAGES = re.compile(
    r"ladder\..*|status\..*|wording\..*|line\.(suspended|not-connected)|mark\.(deemed|suspended)"
)
# How each language says guarantee, and how it says without, no or not.
GUARANTEE = {
    "en": "guarant",
    "nl": "garant",
    "de": "garant",
    "fr": "garant",
    "ru": "гарант",
    "es": "garant",
    "it": "garan",
    "uk": "гарант",
    "ar": "ضمان",
    "zh": "保证",
}
WITHOUT = {
    "en": ("without", "no "),
    "nl": ("zonder", "geen "),
    "de": ("ohne", "keine "),
    "fr": ("sans", "ni "),
    "ru": ("без ", "не "),
    "es": ("sin ", "ni "),
    "it": ("senza", "nessuna "),
    "uk": ("без ", "не "),
    "ar": ("دون", "لا "),
    "zh": ("不",),
}
# The only terms that may speak of a guarantee, and those of them that must deny it.
MAY_SAY = {
    "class.guarantee",
    "code.effect-guarantee",
    "flaw.no-end",
    "remark.answer.no-guarantee",
    "remark.answer.text-promises",
    "remark.guarantee.incomplete",
    "format.guarantee",
    "format.request-guarantee",
    "life.guarantee-withdrawn",
    "register.guarantees",
    "sheet.guarantees",
    "stem.guarantee",
    "word.guarantee",
    "word.guarantees-in-force",
    "wording.only-a-guarantee-guarantees",
}
MUST_DENY = {
    "class.noted-without-guarantee",
    "wording.no-permission-no-guarantee",
    "wording.noted-without-guarantee",
}
LETTERS_OF_OTHERS = {"ru": "ґєії", "uk": "ёъыэ"}


def objections(language: Language) -> Iterator[tuple[str, str]]:
    """What a careful editor would not let pass, unless the file gives a reason."""
    for term, (text, _) in language.labels.items():
        if term in language.reasons:
            continue
        english = ENGLISH_LABELS[term]
        if language.lang != ENGLISH and text == english:
            yield term, "is the English label"
        if len(text) > max(24, 2 * len(english)):
            yield term, "is more than twice as long as the English label"
        if foreign_letters(text, language):
            yield term, "holds letters of another script"


def foreign_letters(text: str, language: Language) -> str:
    names = tuple("CJK" if script == "Han" else script.upper() for script in language.scripts)
    others = LETTERS_OF_OTHERS.get(language.lang, "")
    return "".join(
        letter
        for letter in text
        if letter.isalpha()
        and (not unicodedata.name(letter).startswith(names) or letter.lower() in others)
    )


def says_guarantee(language: Language) -> set[str]:
    stem = GUARANTEE[language.lang]
    return {term for term, (text, _) in language.labels.items() if stem in text.lower()}


def with_label(lang: str, term: str, text: str, review: str = "unreviewed") -> Language:
    old = TERMS.languages[lang]
    labels = {**old.labels, term: (text, review)}
    return Language(
        lang, old.name, old.direction, old.scripts, old.is_complete, labels, old.reasons
    )


def test_the_ten_languages_are_there_and_none_says_more_of_itself_than_is_so() -> None:
    assert tuple(sorted(TERMS.languages)) == ALL
    for language in TERMS.languages.values():
        assert language.is_complete == (set(language.labels) == TERMS.known)


@pytest.mark.parametrize("lang", FIVE)
def test_what_the_first_five_histories_say_is_there_in_five_languages(lang: str) -> None:
    """Every form that they use, with its class and the items that are filled in."""
    packs, known = load_packs(), TERMS.languages[lang].labels
    for history in load_all()[:5]:
        for send in (s.action for s in history.steps if isinstance(s.action, Send)):
            form = packs.format(send.format)
            assert form is not None
            items = form.written(send.fields)
            needed = {form.term, f"family.{form.family}"} | {item.term for item in items}
            needed |= {term for name, term in form.classes if name == send.answer}
            assert sorted(needed - set(known)) == []


@pytest.mark.parametrize("lang", ALL)
def test_answers_ladder_and_standing_words_exist_in_every_language(lang: str) -> None:
    packs = load_packs()
    needed = {term for term in TERMS.known if IN_TEN_LANGUAGES.fullmatch(term)}
    for name in ("core/answer@1", "core/guarantee@1", "core/acknowledge@1", "core/readback@1"):
        form = packs.format(name)
        assert form is not None
        needed |= {term for _, term in form.classes}
    assert needed - set(TERMS.languages[lang].labels) == set()


def test_every_term_that_a_pack_names_exists_and_every_label_is_used_or_said_by_a_view() -> None:
    used = {form.term for form in load_packs().formats}
    for form in load_packs().formats:
        used |= {f"family.{form.family}"} | {term for _, term in form.classes}
        for item in forms.outlined((*form.items, *form.common)):
            used |= {item.term} | {term for _, term in item.codes}
    packed = {"format", "family", "class", "item", "code"}
    assert used <= TERMS.known
    known, said = (
        {t for t in each if t.partition(".")[0] in packed} for each in (TERMS.known, used)
    )
    assert known == said


def test_every_family_has_a_word() -> None:
    assert {f"family.{family}" for family in forms.FAMILIES} <= TERMS.known


@pytest.mark.parametrize("lang", ALL)
def test_no_label_is_english_too_long_or_in_another_script_without_a_reason(lang: str) -> None:
    assert list(objections(TERMS.languages[lang])) == []


@pytest.mark.parametrize(
    ("lang", "text"),
    [("ru", "Place"), ("ru", "Місце"), ("ru", "Mесто"), ("zh", "поле"), ("de", "x" * 25)],
)
def test_the_editor_would_object_to_a_bad_label(lang: str, text: str) -> None:
    """Negative control: the rules above find what they are for, a Latin M in Cyrillic included."""
    assert "item.place" in dict(objections(with_label(lang, "item.place", text)))


def test_every_reason_is_needed() -> None:
    for language in TERMS.languages.values():
        bare = Language(
            language.lang,
            language.name,
            language.direction,
            language.scripts,
            language.is_complete,
            language.labels,
            {},
        )
        assert set(language.reasons) == {term for term, _ in objections(bare)}


@pytest.mark.parametrize("lang", ALL)
def test_only_a_guarantee_reads_as_a_guarantee(lang: str) -> None:
    language = TERMS.languages[lang]
    saying = says_guarantee(language)
    assert saying - MAY_SAY == MUST_DENY
    for term in MUST_DENY:
        text = language.labels[term][0].lower()
        before = text[: text.index(GUARANTEE[lang])]
        assert any(word in before for word in WITHOUT[lang]), (term, text)


@pytest.mark.parametrize("lang", ALL)
def test_a_label_that_promises_too_much_would_be_found(lang: str) -> None:
    """Negative control: the guarantee's own word under `received` or `noted` breaks the rule."""
    promise = TERMS.languages[lang].labels["class.guarantee"][0]
    for term in ("class.received", "ladder.a1", "class.accepted"):
        assert says_guarantee(with_label(lang, term, promise)) - MAY_SAY != MUST_DENY


@pytest.mark.parametrize("lang", ALL)
def test_rungs_and_answers_cannot_be_taken_for_one_another(lang: str) -> None:
    labels = TERMS.languages[lang].labels
    for family in ("ladder.", "status.", "wording."):
        texts = [text for term, (text, _) in labels.items() if term.startswith(family)]
        assert len(set(texts)) == len(texts)
    packs = load_packs()
    for form in packs.formats:
        texts = [labels[term][0] for _, term in form.classes if term in labels]
        assert len(set(texts)) == len(texts), form.id
    answers = packs.format("core/answer@1")
    receipts = packs.format("core/acknowledge@1")
    assert answers is not None and receipts is not None
    said = {labels[term][0] for _, term in answers.classes}
    assert said.isdisjoint({labels[term][0] for _, term in receipts.classes})


def said_twice(language: Language) -> list[list[str]]:
    """Terms of one category that a reader could not tell apart."""
    found: dict[tuple[str, str], list[str]] = {}
    for term, (text, _) in language.labels.items():
        found.setdefault((term.partition(".")[0], text.casefold()), []).append(term)
    return [terms for terms in found.values() if len(terms) > 1]


@pytest.mark.parametrize("lang", ALL)
def test_no_two_terms_of_a_category_have_one_label(lang: str) -> None:
    assert said_twice(TERMS.languages[lang]) == []


def test_a_label_said_twice_would_be_found() -> None:
    """Negative control: two answers under one word."""
    doubled = with_label("de", "class.declined", TERMS.languages["de"].labels["class.accepted"][0])
    assert said_twice(doubled) == [["class.accepted", "class.declined"]]


def test_every_language_has_every_term() -> None:
    for lang in ALL:
        assert TERMS.known - set(TERMS.languages[lang].labels) == set(), lang
        assert TERMS.languages[lang].is_complete


def test_nobody_has_reviewed_the_labels_yet_and_the_files_say_so() -> None:
    """Change this when a native speaker who works in the field has read a language."""
    reviews = {review for lang in TERMS.languages.values() for _, review in lang.labels.values()}
    assert reviews == {"unreviewed"}


def test_a_missing_label_is_the_english_one_marked_as_english() -> None:
    fewer = Language("zh", "中文", "ltr", ("Han",), False, {}, {})
    missing = dictionary([TERMS.languages[ENGLISH], fewer]).label("item.place", "zh")
    assert (missing.text, missing.lang, missing.is_fallback) == ("Place", "en", True)
    assert str(missing) == "Place [en]"
    assert str(label("item.place", "de")) == "Ort"
    assert str(label("item.place", "xx")) == "Place [en]"
    assert str(label("item.unheard", "de")) == "item.unheard [term]"


def test_a_phrase_on_which_lives_hang_has_english_beside_it_until_someone_reviewed_it() -> None:
    unreviewed = label("class.noted-without-guarantee", "de")
    assert unreviewed.beside == "Noted without guarantee"
    assert str(unreviewed) == f"{unreviewed.text} (Noted without guarantee)"
    reviewed = with_label("de", "class.noted-without-guarantee", "Ohne Garantie", "reviewed")
    terms = dictionary([TERMS.languages[ENGLISH], reviewed])
    assert str(terms.label("class.noted-without-guarantee", "de")) == "Ohne Garantie"
    assert label("class.noted-without-guarantee", "en").beside == ""
    assert label("item.place", "de").beside == ""


def test_there_are_sixty_one_such_phrases_and_each_is_a_term() -> None:
    assert len(set(PHRASES)) == len(PHRASES) == 61
    assert set(PHRASES) <= TERMS.known


@pytest.mark.parametrize("lang", sorted(set(ALL) - {ENGLISH}))
def test_no_standing_wording_is_shown_without_its_english(lang: str) -> None:
    """All of it stands below every document."""
    for wording in FOOT:
        assert label(f"wording.{wording}", lang).beside == ENGLISH_LABELS[f"wording.{wording}"]


# ---- the dictionary files ------------------------------------------------------------------

HEAD = 'lang = "de"\nname = "Deutsch"\ndirection = "ltr"\nscripts = ["Latin"]\ncomplete = false\n'
SMALL = HEAD + '[reasons]\n[terms]\n"item.place" = ["Ort", "unreviewed"]\n'

HOSTILE = {
    "turned": ("Ort", "\\u202ETRO", "U+202E"),
    "isolated": ("Ort", "O\\u2066rt", "U+2066"),
    "invisible": ("Ort", "O\\u200Brt", "U+200B"),
    "a control letter": ("Ort", "O\\u001Brt", "U+001B"),
    "two lines": ("Ort", "O\\nrt", "U+000A"),
    "markup": ("Ort", "<b>Ort</b>", "markup"),
    "an entity": ("Ort", "O&rt;", "markup"),
    "huge": ("Ort", "O" * 201, "longer than 200"),
    "empty": ("Ort", "", "is empty"),
    "padded": ("Ort", " Ort", "is empty or begins"),
    "not composed": ("Ort", "O\\u0308rt", "NFC"),
    "no review": ('"unreviewed"', '"fine"', "is not a label and one of"),
    "no pair": ('["Ort", "unreviewed"]', '"Ort"', "is not a label and one of"),
    "a bad term": ("item.place", "Item.Place", "a term is spelled"),
    "an unknown key": ("complete = false", 'complete = false\ncolour = "red"', "colour"),
    "a missing key": ('direction = "ltr"\n', "", "direction"),
    "another direction": ('"ltr"', '"up"', "is not ltr or rtl"),
    "another language": ('lang = "de"', 'lang = "nl"', "language code"),
    "a reason for nothing": (
        "[reasons]",
        '[reasons]\n"item.x" = "why"',
        "has a reason but no label",
    ),
    "not toml": ("[terms]", "[terms", "is not TOML"),
}


def test_the_small_dictionary_is_sound() -> None:
    assert parse_terms(SMALL.encode(), "de.toml").labels == {"item.place": ("Ort", "unreviewed")}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_or_broken_dictionary_is_refused_with_its_place(case: str) -> None:
    old, new, reason = HOSTILE[case]
    assert old in SMALL
    with pytest.raises(BadTerms, match=re.escape(reason)) as refused:
        parse_terms(SMALL.replace(old, new, 1).encode(), "de.toml")
    assert refused.value.file == "de.toml"


def test_a_dictionary_may_not_know_a_term_that_english_does_not() -> None:
    english = TERMS.languages[ENGLISH]
    extra = with_label("de", "item.unheard", "Unerhört")
    with pytest.raises(BadTerms, match=r"item\.unheard"):
        dictionary([english, extra])


def test_a_dictionary_that_says_it_is_complete_must_be() -> None:
    english = TERMS.languages[ENGLISH]
    fewer = {t: pair for t, pair in english.labels.items() if t != "item.place"}
    holed = Language("de", "Deutsch", "ltr", ("Latin",), True, fewer, {})
    with pytest.raises(BadTerms, match=r"item\.place"):
        dictionary([TERMS.languages[ENGLISH], holed])


def test_without_english_there_are_no_terms() -> None:
    with pytest.raises(BadTerms, match="no English"):
        dictionary([TERMS.languages["de"]])


@given(st.binary(max_size=300))
def test_no_bytes_make_the_dictionary_reader_raise_anything_else(data: bytes) -> None:
    with pytest.raises(BadTerms):
        parse_terms(data, "de.toml")
