"""What is typed into a form becomes the value of its type, or a flaw at its field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.claims import ANSWER, BELONGS
from openline.desk.forms import gist
from openline.desk.pages import form_fields, form_values
from openline.desk.pages.form_values import values
from openline.desk.pages.form_words import tongues
from openline.desk.pages.look import LANGUAGES, Words, catalogue
from openline.desk.pages.typed_values import read_points
from openline.formats.form import Format, Item, name_of
from openline.formats.pack import load_packs


def one(kind: str, typed: dict[str, str], **more: Any) -> tuple[Any, str]:
    """The value of one item of a type, and its flaw."""
    form = Format(
        "x/y@1",
        "format.visit",
        "notice",
        "A test",
        (Item("1", "x", "item.place", kind, **more),),
        (),
    )
    filled = values(form, {f"f.x{name}": text for name, text in typed.items()})
    unread = filled.flaws.get("x")
    return filled.fields.get("x"), unread.code if unread else ""


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("time", {"": "2030-12-01 08:00"}, "2030-12-01T08:00:00Z"),
        ("time", {"": " 2030-12-01T08:00:30Z "}, "2030-12-01T08:00:30Z"),
        ("int", {"": "12"}, 12),
        ("bool", {"": "true"}, True),
        ("string", {"": "Riverside "}, "Riverside"),
        ("amount", {"": "battle tanks: 12"}, ["battle tanks", 12]),
        ("ref", {"": "north.example/openline/abc 3"}, ["north.example/openline/abc", 3]),
        (
            "area",
            {".points": "-48.2082, 16.37380001", ".radius": "500"},
            None,
        ),
        (
            "area",
            {".points": "-48.2082, 16.3738", ".radius": "500"},
            {"points": [[163_738_000, -482_082_000]], "radius_m": 500},
        ),
        (
            "text",
            {".1.text": "Hello", ".1.lang": "en", ".2.text": "Hallo", ".2.lang": "nl",
             ".2.status": "courtesy"},
            [{"lang": "en", "status": "original", "text": "Hello"},
             {"lang": "nl", "status": "courtesy", "text": "Hallo"}],
        ),
    ],
)  # fmt: skip
def test_a_value_is_read_by_its_type(kind: str, typed: dict[str, str], value: Any) -> None:
    assert one(kind, typed)[0] == value


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("time", {"": "tomorrow"}),
        ("time", {"": "2030-12-01"}),
        ("int", {"": "-1"}),
        ("int", {"": "1e3"}),
        ("amount", {"": "tanks"}),
        ("ref", {"": "3"}),
        ("area", {".points": "48.2082 16"}),
        ("area", {".points": "48.20820001, 16.3738"}),
        ("area", {".points": "48,2082, 16,3738"}),
        ("text", {".1.text": "no language", ".1.lang": ""}),
    ],
)
def test_what_cannot_be_read_is_a_flaw_and_no_guess(kind: str, typed: dict[str, str]) -> None:
    value, flaw = one(kind, typed)
    assert value is None and flaw


def test_a_phrase_without_a_language_stays_without_one_where_the_form_takes_it() -> None:
    item = Item("1", "x", "item.scope", "text-or-string")
    form = Format("x/y@1", "format.visit", "notice", "A test", (item,), ())
    given = form_values.typed(form, {"x": "the bridge"}, "ar")
    assert values(form, given).fields == {"x": "the bridge"}
    beside = {**given, "f.x.2.text": "мост", "f.x.2.lang": "ru", "f.x.2.status": "courtesy"}
    assert [*values(form, beside).flaws] == ["x"]


def test_rows_of_a_list_stand_one_a_line() -> None:
    assert one("string", {"": "a\n\n b "}, repeatable=True)[0] == ["a", "b"]


@given(
    st.dictionaries(
        st.sampled_from(["", ".points", ".radius", ".1.text", ".1.lang"]), st.text(max_size=12)
    )
)
@pytest.mark.parametrize("kind", ["time", "int", "area", "text", "amount", "ref", "string"])
def test_nothing_that_is_typed_stops_the_page(kind: str, typed: dict[str, str]) -> None:
    one(kind, typed)


def test_degrees_are_read_to_the_last_digit() -> None:
    assert read_points("-0.0000001, -179.9999999") == [[-1_799_999_999, -1]]


def test_every_form_of_the_packs_has_its_inputs() -> None:
    for form in load_packs().formats:
        if not form.machine:
            rows = form_fields.inputs(form, Words("en"), {}, {})
            assert {row["path"] for row in rows} >= {item.path for item in form.items}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_catalogue_has_the_places_of_the_english_one(lang: str) -> None:
    """A sentence that lost a `{name}` would hide what stands there."""
    english = catalogue("en")
    for key, sentence in catalogue(lang).items():
        assert set(places(sentence)) == set(places(english[key])), key


def places(sentence: str) -> list[str]:
    return [part.partition("}")[0] for part in sentence.split("{")[1:]]


def test_a_file_that_a_former_message_named_stays_named_in_its_copy() -> None:
    """A page takes no file; what an amendment begins with must not lose one."""
    digest = "A" * 43 + "="
    named = [{"age": digest, "name": "a.jpg", "plain": digest, "size": 7}]
    item = Item("1", "x", "item.photos", "attachment", repeatable=True)
    form = Format("x/y@1", "format.visit", "notice", "A test", (item,), ())
    assert values(form, form_values.typed(form, {"x": named}, "en")).fields == {"x": named}
    assert one("attachment", {"": "plate.jpg"})[1] == "attachment"


def test_who_writes_no_language_of_the_line_is_told_which_they_are() -> None:
    visit = load_packs().format("core/visit@1")
    acknowledge = load_packs().format("core/acknowledge@1")
    assert visit is not None and acknowledge is not None
    assert tongues(Words("nl"), visit, ["en", "fr"]) == "English, Français"
    assert tongues(Words("fr"), visit, ["en", "fr"]) == ""
    assert tongues(Words("nl"), acknowledge, ["en"]) == ""


def test_a_form_is_known_again_by_what_was_typed_not_by_the_language_of_an_empty_text() -> None:
    begun = {"f.subject.1.lang": "en", "f.subject.1.status": "original", "f.subject.1.text": ""}
    assert gist(begun) == ""
    assert gist({**begun, "f.position": "duty officer"}) == "duty officer"
    assert gist({**begun, "f.subject.1.text": "Visit"}) == "Visit"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_item_of_an_answer_names_the_classes_to_which_it_belongs(lang: str) -> None:
    words = Words(lang)
    for form in load_packs().formats:
        rows = form_fields.inputs(form, words, {}, {})
        named = {row["path"]: row["classes"] for row in rows if row["classes"]}
        if name_of(form.id) != ANSWER:
            assert named == {}
            continue
        assert {path: {name for name, _ in each} for path, each in named.items()} == BELONGS
        assert ("conditional", words.term("class.conditional")) in named["conditions"]
