"""What a reader sees: rows in the reader's language, no letter of the counterpart's in charge."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.document.model import plain_words
from openline.formats.document.speaker import speakers
from openline.formats.form import Format
from openline.formats.legible import date_time_group, show_position, show_time, visible
from openline.formats.openjson import Value
from openline.formats.pack import Packs, load_packs
from openline.formats.render import Row, items, render
from openline.formats.terms import load_terms

PACKS = load_packs()
ORIGIN = "mfa.north.example/openline/" + "a" * 52
VISIT: dict[str, Value] = {
    "remark": "Short notice",
    "effect": "guarantee",
    "until": "2023-02-20T18:00:00Z",
    "from": "2023-02-20T08:00:00Z",
    "subject": [
        {"lang": "en", "status": "original", "text": "Visit"},
        {"lang": "ru", "status": "courtesy", "text": "Визит"},
    ],
    "place": "Portville",
    "area": {
        "points": [[305_233_333, 504_500_000]],
        "radius_m": 500,
        "upper_m": 3_000,
        "reference": "msl",
    },
    "to": ["a.example", "b.example"],
    "zz": {"new": 1},
}


def form(name: str) -> Format:
    found = PACKS.format(f"{name}@1")
    assert found is not None
    return found


def shown(name: str, answer: str, fields: dict[str, Value], lang: str) -> dict[str, str]:
    return {row.label: row.value for row in render(form(name), answer, fields, lang)}


def test_a_visit_is_shown_in_the_order_of_its_form() -> None:
    assert render(form("core/visit"), "-", VISIT, "en") == (
        Row("1", "Subject", "[en, Original] Visit\n[ru, Courtesy translation] Визит"),
        Row("2", "Place", "Portville"),
        Row("3", "From", "200800Z FEB 23 (2023-02-20T08:00:00Z)"),
        Row("4", "Until", "201800Z FEB 23 (2023-02-20T18:00:00Z)"),
        Row(
            "5",
            "Area",
            "Point: 50.4500000°N 30.5233333°E\n"
            "Also written: 36UUA2417791596 · 50°27'00.000\"N 030°31'24.000\"E\nRadius: 500 m\n"
            "Upper limit: 3000 m, above mean sea level",
        ),
        Row("9", "Effect asked", "Guarantee"),
        Row("C2", "To, for action", "a.example, b.example"),
        Row("C9", "Remarks", "Short notice"),
        Row("?", "zz", '{"new":1}'),
    )


def test_the_same_message_in_the_reader_s_language_keeps_the_counterpart_s_words() -> None:
    rows = shown("core/visit", "-", VISIT, "ru")
    assert rows["Место"] == "Portville"
    assert rows["Предмет"] == "[en, Оригинал] Visit\n[ru, Неофициальный перевод] Визит"
    assert rows["Запрашиваемое действие"] == "Гарантия"


@pytest.mark.parametrize(
    ("lang", "label", "value"),
    [
        ("en", "Answer", "Noted without guarantee"),
        ("nl", "Antwoord", "Kennisgenomen, zonder garantie"),
        ("de", "Antwort", "Zur Kenntnis genommen, ohne Garantie"),
        ("fr", "Réponse", "Pris note, sans garantie"),
        ("ru", "Ответ", "Принято к сведению, без гарантий"),
    ],
)
def test_noted_without_guarantee_says_so_in_every_language(
    lang: str, label: str, value: str
) -> None:
    rows = render(form("core/answer"), "noted-without-guarantee", {}, lang)
    beside = "" if lang == "en" else " (Noted without guarantee)"
    assert rows == (Row("", label, value + beside),)


def test_a_language_without_a_label_shows_english_and_says_so() -> None:
    assert shown("core/visit", "-", {"place": "Portville"}, "xx") == {"Place [en]": "Portville"}


def test_a_class_that_the_form_does_not_know_is_shown_as_it_stands() -> None:
    assert shown("core/answer", "agreed\u202e", {}, "en") == {"Answer": "agreed\\u{202E}"}


def test_what_the_node_writes_for_itself_is_no_row_of_the_form() -> None:
    assert shown("core/visit", "-", {"expires": "2023-02-20T06:00:00Z"}, "en") == {}


def test_marks_stand_behind_the_value() -> None:
    rows = render(
        form("core/visit"), "-", {"route": "By rail"}, "de", marks={"route": "mark.withheld"}
    )
    assert rows == (Row("6", "Route", "By rail [Zurückgehalten]"),)


def test_the_brackets_of_a_mark_face_it_in_a_text_from_right_to_left() -> None:
    (row,) = items(
        form("core/visit"), "-", {"route": "By rail"}, speakers(load_terms(), ("ar",)),
        marks={"route": "mark.withheld"},
    )  # fmt: skip
    ((_, *marks),) = row.cells[0].value
    assert [span.text.strip() for span in marks] == ["[", "محجوب", "]"]
    assert all(span.is_rtl for span in marks)


def test_every_entry_of_a_list_has_its_mark_and_a_covered_list_shows_the_mark_alone() -> None:
    """Behind the last of several names alone it would read as a mark of that one."""
    fields: dict[str, Value] = {"with": ["us.example", "ru.example"]}
    marks = {"with": "mark.withheld"}
    contact = form("core/contact")
    (_, row) = render(contact, "held", fields, "en", marks=marks)
    assert row.value == "us.example [Withheld], ru.example [Withheld]"
    (_, shown_) = items(
        contact, "held", fields, speakers(load_terms(), ("en",)), marks=marks, covered=("with",)
    )
    assert plain_words(shown_.cells[0].value) == "Withheld"


def test_a_code_that_is_read_back_has_its_label_and_the_code_that_is_signed() -> None:
    packs = load_packs()
    fields: dict[str, Value] = {"fields": [["effect", "guarantee"], ["effect", "unheard-of"]]}
    told = render(
        form("core/readback"), "correct", fields, "fr", code_term=packs.code_term
    )[-1].value  # fmt: skip
    assert told == "effect: Garantie (guarantee)\neffect: unheard-of"
    assert packs.code_term("place", "guarantee") is None


def test_a_code_that_two_forms_mean_differently_keeps_its_bare_spelling() -> None:
    form_, other = form("core/visit"), form("core/transit")
    (item,) = [each for each in form_.items if each.path == "effect"]
    turned = replace(item, codes=(("guarantee", "code.effect-none"),))
    rest = tuple(each for each in other.items if each.path != "effect")
    pack = replace(
        load_packs().packs[0], formats=(form_, replace(other, items=(*rest, turned)))
    )  # fmt: skip
    assert Packs((pack,)).code_term("effect", "guarantee") is None


def test_a_known_level_is_a_label_and_another_stays_as_written() -> None:
    contact: dict[str, Value] = {"level": "chiefs-of-staff", "minutes": 60, "with": ["us.example"]}
    rows = shown("core/contact", "held", contact, "fr")
    assert rows["Niveau"] == "Chefs d’état-major"
    assert rows["Durée"] == "60 min"
    assert shown("core/contact", "held", {"level": "sherpas"}, "fr")["Niveau"] == "sherpas"


def test_rows_of_data_openings_and_readings_are_pairs() -> None:
    data = shown("agreements/data", "-", {"holdings": [["launchers", 800], ["x", 1]]}, "en")
    assert data["Holdings"] == "launchers: 800\nx: 1"
    reading = shown("core/readback", "correct", {"fields": [["count", 3], ["place", "P"]]}, "en")
    assert reading["Fields read back"] == "count: 3\nplace: P"
    opening: Value = [ORIGIN, 1, 11, "salt", "route", "By rail"]
    revealed = shown("core/reveal", "-", {"fields": [opening]}, "en")
    assert revealed["Fields revealed"] == f"{ORIGIN} 1, route: By rail"


def test_a_place_and_a_time_that_are_read_back_are_spelled_as_in_any_message() -> None:
    """The officer who signs a readback sees N and E, never bare numbers, longitude first."""
    read: list[Value] = [
        ["area", {"points": [[305234000, 504510000]]}],
        ["from", "2030-12-01T08:00:00Z"],
        ["observers", True],
    ]
    value = shown("core/readback", "correct", {"fields": read}, "en")["Fields read back"]
    assert "50.4510000°N 30.5234000°E" in value
    assert "305234000" not in value
    assert f"from: {shown('core/visit', '-', VISIT | {'from': read[1][1]}, 'en')['From']}" in value
    assert "observers: Yes" in value


def test_a_value_of_another_type_is_shown_as_its_json() -> None:
    rows = shown("core/visit", "-", {"from": 5, "area": "Kyiv", "to": "x", "effect": "obey"}, "en")
    assert rows == {
        "From": "5",
        "Area": '"Kyiv"',
        "To, for action": '"x"',
        "Effect asked": '"obey"',
    }


def test_a_counterpart_cannot_make_a_row_that_looks_like_ours() -> None:
    rows = shown("core/visit", "-", {"place": "Portville\n9 Effect asked: none"}, "en")
    assert rows["Place"] == "Portville\\u{000A}9 Effect asked: none"


def test_hidden_and_turning_letters_are_spelled_out() -> None:
    assert visible("a\u202eb\u2066c\u001b[0m\u0085") == (
        "a\\u{202E}b\\u{2066}c\\u{001B}[0m\\u{0085}"
    )
    assert visible("a\u2028b\ud800") == "a\\u{2028}b\\u{D800}"
    assert visible("الممر الإنساني – ок") == "الممر الإنساني – ок"


def test_times_are_shown_twice_and_positions_with_their_letters() -> None:
    assert date_time_group(1_676_880_000) == "200800Z FEB 23"
    assert show_time(0) == "010000Z JAN 70 (1970-01-01T00:00:00Z)"
    assert show_position(-5, -1) == "0.0000001°S 0.0000005°W"
    assert show_position(1_800_000_000, 900_000_000) == "90.0000000°N 180.0000000°E"


def test_no_label_is_ever_a_bare_term() -> None:
    for each in PACKS.formats:
        fields: dict[str, Value] = {item.path: 1 for item in (*each.items, *each.common)}
        for lang in load_terms().languages:
            for row in render(each, "-", fields, lang):
                assert "[term]" not in row.label + row.value


JSON = st.recursive(
    st.one_of(st.text(max_size=10), st.integers(-(2**53), 2**53), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.dictionaries(st.sampled_from(["lang", "status", "text", "points"]), inner, max_size=4),
    ),
    max_leaves=8,
)


@given(st.sampled_from(PACKS.formats), st.data())
def test_whatever_a_counterpart_writes_is_shown_and_cannot_turn_or_hide(
    known: Format, data: st.DataObject
) -> None:
    paths = [item.path for item in (*known.items, *known.common)]
    fields = data.draw(st.dictionaries(st.sampled_from([*paths, "x\u202e"]), JSON, max_size=6))
    rows = render(known, "x", fields, "en")  # type: ignore[arg-type]
    assert len(rows) == len(fields) + 1
    for row in rows:
        assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x1b") & set(
            row.label + row.value
        )
