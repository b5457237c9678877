"""What a message shows is read back the same, usual spellings are taken, doubtful ones asked."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.desk.pages.form_values import read
from openline.desk.pages.look import LANGUAGES, Words, catalogue, isolated
from openline.desk.pages.typed_times import _NAMES, MONTHS, Unread, read_time
from openline.desk.pages.typed_values import read_int, read_points
from openline.formats.form import Format, Item
from openline.formats.legible import date_time_group
from openline.formats.openjson import Value
from openline.formats.place.show import spellings
from openline.formats.render import render
from openline.formats.spell import utc

LAST_S = 4_102_444_799  # 2099-12-31T23:59:59Z: a short year is one of this century
FIRST_S = 946_684_800
LATITUDES = st.integers(-90 * 10**7, 90 * 10**7)
LONGITUDES = st.integers(-180 * 10**7, 180 * 10**7)
POINTS = st.tuples(LONGITUDES, LATITUDES).filter(lambda p: max(map(abs, p)) > 20_000).map(list)
WORDS = st.text("abcdefgh م\u0627б", min_size=1, max_size=20).filter(lambda t: t.strip() == t)


def form_of(item: Item) -> Format:
    return Format("x/y@1", "format.visit", "notice", "A test", (item,), ())


def shown(item: Item, value: Value, lang: str) -> str:
    """The first line of a value as a message has it."""
    return render(form_of(item), "-", {"x": value}, lang)[0].value.partition("\n")[0]


def typed(item: Item, text: str) -> Value | None:
    name = {"area": "f.x.points", "text": "f.x.1.text"}.get(item.type, "f.x")
    return read(item, {name: text, "f.x.1.lang": "en"})


ANY: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("time", ""): st.integers(FIRST_S, LAST_S).map(utc),
    ("int", "persons"): st.integers(0, 10**15 - 1),
    ("int", ""): st.integers(0, 10**15 - 1),
    ("amount", ""): st.tuples(WORDS.filter(lambda t: ":" not in t), st.integers(0, 99)).map(list),
    ("ref", ""): st.integers(0, 99).map(lambda n: [f"a.example/openline/{'a' * 52}", n]),
    ("day", ""): st.just("03-01"),
    ("string", ""): WORDS,
    ("slug", ""): st.just("convoy-7"),
    ("party", ""): st.just("mfa.north.example"),
    ("text", ""): st.tuples(st.sampled_from(["original", "official", "courtesy"]), WORDS).map(
        lambda t: [{"lang": "ar", "status": t[0], "text": t[1]}]
    ),
    ("area", ""): st.lists(POINTS, min_size=1, max_size=4, unique_by=tuple).map(
        lambda p: {"points": p}
    ),
}


@pytest.mark.parametrize(("kind", "unit"), list(ANY))
@given(data=st.data(), lang=st.sampled_from(LANGUAGES))
def test_every_value_is_read_back_as_a_message_shows_it(
    kind: str, unit: str, data: st.DataObject, lang: str
) -> None:
    item = Item("1", "x", "item.place", kind, unit=unit)
    value = data.draw(ANY[kind, unit])
    assert typed(item, shown(item, value, lang)) == value


@given(st.integers(FIRST_S, LAST_S))
def test_a_date_time_group_alone_is_read_to_the_minute(time_s: int) -> None:
    assert read_time(date_time_group(time_s)) == utc(time_s - time_s % 60)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01 8:00", "2026-12-01T08:00:00Z", "2026-12-01 08:00 UTC", "2026/12/1 8:00",
        "1 Dec 2026 8:00", "1 December 2026, 08:00", "December 1, 2026 8:00", "1. Dez. 2026 8:00",
        "1 décembre 2026 8:00", "1 de diciembre de 2026 8:00", "1 dicembre 2026 8:00",
        "1 декабря 2026 г. 8:00", "1 грудня 2026 р. 8:00", "1 ديسمبر 2026 8:00",
        "1 كانون الأول 2026 8:00", "٠١ ديسمبر ٢٠٢٦ ٠٨:٠٠", "۲۰۲۶-۱۲-۰۱ ۸:۰۰",
        "2026年12月1日 8:00", "010800Z DEC 26", "010800Z DEC 26 (2026-12-01T08:00:00Z)",
    ],
)  # fmt: skip
def test_usual_spellings_of_a_time_are_taken(text: str) -> None:
    assert read_time(text) == "2026-12-01T08:00:00Z"


def test_a_dotted_day_is_taken_only_where_it_can_be_one_day_alone() -> None:
    assert read_time("25.12.2026 8:00") == read_time("12/25/2026 8:00") == "2026-12-25T08:00:00Z"
    assert read_time("11.11.2026 8:00") == "2026-11-11T08:00:00Z"
    with pytest.raises(Unread) as asked:
        read_time("01.12.2026 08:00")
    assert asked.value.code == "which-day"
    assert set(asked.value.blanks.values()) == {"2026-12-01 08:00", "2026-01-12 08:00"}
    for answer in asked.value.blanks.values():  # what is proposed can be typed as it stands
        assert read_time(str(answer)) == f"{str(answer).replace(' ', 'T')}:00Z"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("8:00", "no-day"), ("2026-12-01", "no-clock"), ("31.02.2026 8:00", "no-such-time"),
        ("2026-02-30 8:00", "no-such-time"), ("2026-12-01 24:00", "no-such-time"),
        ("2026-12-01 8:00+02:00", "not-utc"), ("1 Foo 2026 8:00", "time"), ("tomorrow", "time"),
        ("010800Z DEC 26 (2026-12-02T08:00:00Z)", "two-times"), ("1.2.26 8:00", "time"),
    ],
)  # fmt: skip
def test_a_time_that_is_not_clear_is_asked_about(text: str, code: str) -> None:
    with pytest.raises(Unread) as asked:
        read_time(text)
    assert asked.value.code == code


def test_no_name_of_a_month_stands_for_two() -> None:
    count = sum(len(re.sub(r"(كانون|تشرين) ", r"\1_", row).split()) for row in _NAMES)
    assert len(MONTHS) >= count - 12  # one spelling may fold into another of the same month
    for month, row in enumerate(_NAMES, 1):
        for name in re.sub(r"(كانون|تشرين) ", r"\1_", row).split():
            assert read_time(f"2 {name.replace('_', ' ')} 2026 8:00")[5:7] == f"{month:02}"


def test_five_notations_of_a_place_name_the_same_place() -> None:
    for text in (
        "48.2082000°N 16.3738000°E", "48.2082N, 16.3738E", "48.2082, 16.3738",
        "٤٨٫٢٠٨٢، ١٦٫٣٧٣٨", "Point: 48.2082000°N 16.3738000°E", "نقطة: 48.2082, 16.3738",
    ):  # fmt: skip
        assert read_points(text) == [[163_738_000, 482_082_000]], text
    for text in spellings(163_738_000, 482_082_000).values():
        [[longitude, latitude]] = read_points(text)
        assert max(abs(longitude - 163_738_000), abs(latitude - 482_082_000)) < 100, text
    both = read_points("46.0460000°N 30.9520000°E, 46.1000°N 30.9521°E\n46.2, 30.9")
    assert len(both) == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("48,2082, 16,3738", "place-comma"), ("148.2082N 16.3738E", "place-beyond"),
        ("48.2N 16.3E", "place-coarse"), ("48.2082 16.3738", "place"), ("here", "place"),
    ],
)  # fmt: skip
def test_a_place_that_is_not_clear_is_asked_about(text: str, code: str) -> None:
    with pytest.raises(Unread) as asked:
        read_points(text)
    assert asked.value.code == code


def test_a_number_is_read_in_the_digits_of_its_writer_and_never_with_another_unit() -> None:
    assert read_int("١٢") == read_int("１２") == 12
    assert read_int("12 persons", "persons") == 12
    for text in ("12 km", "1,200", "1 200", "12.5", "-3"):
        with pytest.raises(Unread):
            read_int(text, "persons")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_a_sentence_in_every_language(lang: str) -> None:
    words, keys = Words(lang), [key for key in catalogue("en") if key.startswith("unread.")]
    assert len(keys) > 15
    for key in keys:
        said = words(key, typed="x", first="1", second="2", day="3", names="y")
        assert said
        if lang == "ar" and re.search("[A-Za-z0-9]", said):
            assert "\N{FIRST STRONG ISOLATE}" in isolated(said, lang)
