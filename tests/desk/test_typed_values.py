"""What a message shows is read back the same, usual spellings are taken, doubtful ones asked."""

import contextlib
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.desk.pages.form_values import read
from openline.desk.pages.form_words import in_full, time_example, unread_in
from openline.desk.pages.look import LANGUAGES, Words, catalogue, isolated
from openline.desk.pages.typed_times import _NAMES, DAY_FIRST, MONTHS, Unread, read_time
from openline.desk.pages.typed_values import read_amount, read_int, read_points
from openline.formats.form import Format, Item
from openline.formats.legible import date_time_group
from openline.formats.openjson import Value
from openline.formats.place.show import spellings
from openline.formats.render import render
from openline.formats.spell import utc

LAST_S = 4_102_444_799  # 2099-12-31T23:59:59Z: a short year is one of this century
FIRST_S = 946_684_800
NOW_S = 1_677_196_800
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
    """In the language of the reader, where it is known: `DAY_FIRST`; here it is not."""
    assert read_time("25.12.2026 8:00") == read_time("12/25/2026 8:00") == "2026-12-25T08:00:00Z"
    assert read_time("11.11.2026 8:00") == "2026-11-11T08:00:00Z"
    with pytest.raises(Unread) as asked:
        read_time("01.12.2026 08:00")
    assert asked.value.code == "which-day"
    assert set(asked.value.blanks.values()) == {"2026-12-01 08:00", "2026-01-12 08:00"}
    for answer in asked.value.blanks.values():  # what is proposed can be typed as it stands
        assert read_time(str(answer)) == f"{str(answer).replace(' ', 'T')}:00Z"


SHORT = {
    "de": "01.12.2026", "ru": "01.12.2026", "uk": "1.12.2026", "fr": "01/12/2026",
    "es": "1/12/2026", "it": "01/12/2026", "nl": "01-12-2026",
    "ar": "\u0661\u200f/\u0661\u0662\u200f/\u0662\u0660\u0662\u0666",
    "zh": "2026/12/1",
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_short_date_of_the_writers_language_is_taken_and_no_other(lang: str) -> None:
    """A language that has no such date, and a sign that is not its own, are asked about."""
    if lang in SHORT:
        assert read_time(f"{SHORT[lang]} 8:00", lang) == "2026-12-01T08:00:00Z"
    for sign in ".-/":
        if DAY_FIRST.get(lang) != sign:
            with pytest.raises(Unread) as asked:
                read_time(f"01{sign}12{sign}2026 8:00", lang)
            assert asked.value.code == "which-day"
    for mixed in ("01.12/2026", "01/12-2026", "01-12.2026"):
        with pytest.raises(Unread) as asked:
            read_time(f"{mixed} 8:00", lang)
        assert asked.value.code == "which-day"
    for year_first in ("2026/12/1", "2026.12.1", "2026-12-01"):
        assert read_time(f"{year_first} 8:00", lang) == "2026-12-01T08:00:00Z"


@given(one=st.integers(1, 12), two=st.integers(1, 12), lang=st.sampled_from(LANGUAGES))
def test_no_language_reads_the_month_first_where_the_day_could_be(
    one: int, two: int, lang: str
) -> None:
    for sign in ".-/":
        try:
            found = read_time(f"{one:02}{sign}{two:02}{sign}2026 8:00", lang)
        except Unread:
            continue
        assert found == f"2026-{two:02}-{one:02}T08:00:00Z"


@given(time_s=st.integers(FIRST_S, LAST_S), lang=st.sampled_from(LANGUAGES))
def test_what_was_understood_is_said_in_words_that_can_be_typed(time_s: int, lang: str) -> None:
    said = in_full(Words(lang), utc(time_s))
    assert read_time(said, lang) == read_time(said) == utc(time_s)
    assert not re.search(r"\d[./-]\d", said)


def test_a_time_in_words_reads_as_people_say_it() -> None:
    assert in_full(Words("en"), "2023-03-01T08:00:00Z") == "1 March 2023, 08:00Z"
    assert in_full(Words("ru"), "2023-03-01T08:00:00Z") == "1 марта 2023 г., 08:00Z"
    assert in_full(Words("zh"), "2023-03-01T08:00:30Z") == "2023年3月1日, 08:00:30Z"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("8:00", "no-day"), ("2026-12-01", "no-clock"), ("31.02.2026 8:00", "no-such-time"),
        ("2026-02-30 8:00", "no-such-time"), ("2026-12-01 24:00", "no-such-time"),
        ("2026-12-01 8:00+02:00", "not-utc"), ("1 Foo 2026 8:00", "time"), ("tomorrow", "time"),
        ("010800Z DEC 26 (2026-12-02T08:00:00Z)", "two-times"), ("1.2.26 8:00", "short-year"),
        ("24.2. 8:00", "no-year"), ("24 Feb 8:00", "no-year"), ("24.2. 0800", "no-year"),
        ("2月24日 8:00", "no-year"), ("8 Uhr", "no-day"), ("13.30", "no-day"), ("0800", "no-day"),
        ("в 8:00", "no-day"), ("2026-12-01 8:00 МСК", "zone-name"),
        ("2026-12-01 8:00 Uhr MEZ", "zone-name"), ("2026-12-01 8:00 pm", "zone-name"),
        ("8:00 MSK", "zone-name"), ("2026-12-01 8:00 UTC+3", "not-utc"),
        ("2026-12-118:00", "time"), ("2026-12-01 8", "time"), ("2026-12-01 Moscow", "time"),
        ("10.11.12 8:00", "short-year"), ("24.2.23 8:00", "short-year"),
        ("32.13.40 8:00", "no-such-time"),
    ],
)  # fmt: skip
def test_a_time_that_is_not_clear_is_asked_about(text: str, code: str) -> None:
    with pytest.raises(Unread) as asked:
        read_time(text)
    assert asked.value.code == code


# How people write eight o'clock and half past eight behind a day, with minutes.
CLOCKS = {
    "8:00": 0, "08:00": 0, "8.00": 0, "0800": 0, "8 Uhr": 0, "8:00 Uhr": 0, "8 uur": 0, "8 h": 0,
    "8h": 0, "8 ч": 0, "8 ч.": 0, "8时": 0, "0800 Uhr": 0, "в 8:00": 0, "о 8:00": 0, "um 8 Uhr": 0,
    "om 8 uur": 0, "à 8h": 0, "a las 8:00": 0, "alle 8:00": 0, "at 0800": 0, "الساعة 8:00": 0,
    "8:00 UTC": 0, "0800Z": 0, "8:30": 30, "8.30": 30, "0830": 30, "8h30": 30, "8 Uhr 30": 30,
    "8时30分": 30, "8.30 Uhr": 30, "8 h 30": 30,
}  # fmt: skip


@pytest.mark.parametrize("clock", CLOCKS)
@given(time_s=st.integers(FIRST_S, LAST_S), lang=st.sampled_from(LANGUAGES))
def test_a_clock_as_people_write_it_is_the_same_behind_every_way_to_write_a_day(
    clock: str, time_s: int, lang: str
) -> None:
    words = Words(lang)
    day = utc(time_s)[:10]
    said = in_full(words, f"{day}T00:00:00Z").removesuffix(", 00:00Z")
    numeric = time_example(words, time_s).removesuffix(" 14:30")
    for spelled in (day, said, numeric):
        for between in (" ", ", "):
            read_as = read_time(f"{spelled}{between}{clock}", lang)
            assert read_as == f"{day}T08:{CLOCKS[clock]:02}:00Z"


@given(time_s=st.integers(FIRST_S, LAST_S), clock=st.sampled_from(sorted(CLOCKS)))
def test_a_day_without_its_year_is_never_read_whatever_the_clock(time_s: int, clock: str) -> None:
    for lang in LANGUAGES:
        month, day = int(utc(time_s)[5:7]), int(utc(time_s)[8:10])
        for said in (f"{day}.{month}.", f"{day}.{month}", f"{day}/{month}"):
            with pytest.raises(Unread) as asked:
                read_time(f"{said} {clock}", lang)
            assert asked.value.code in ("no-year", "time")


@given(
    one=st.integers(1, 31), two=st.integers(1, 31), last=st.integers(0, 99),
    lang=st.sampled_from(LANGUAGES), sign=st.sampled_from("./-"),
)  # fmt: skip
def test_a_year_of_two_figures_is_read_only_where_no_order_of_the_three_gives_another_day(
    one: int, two: int, last: int, lang: str, sign: str
) -> None:
    days = set()
    for year, month, day in ((last, two, one), (last, one, two), (one, two, last)):
        with contextlib.suppress(ValueError):
            days.add(date(2000 + year, month, day).isoformat())
    try:
        found = read_time(f"{one}{sign}{two}{sign}{last:02} 8:00", lang)
    except Unread as asked:
        assert len(days) != 1
        if asked.code == "short-year":  # each day that is proposed can be typed as it stands
            proposed = str(asked.blanks["days"]).split(" · ")
            assert {read_time(each, lang)[:10] for each in proposed} == days
    else:
        assert days == {found[:10]}


@given(time_s=st.integers(FIRST_S, LAST_S), lang=st.sampled_from(LANGUAGES))
def test_the_example_of_a_time_is_of_the_lines_day_and_can_be_typed(time_s: int, lang: str) -> None:
    example = time_example(Words(lang), time_s)
    assert read_time(example, lang) == f"{utc(time_s)[:10]}T14:30:00Z"
    said = unread_in(Words(lang), Unread("time"), time_s).translate(ISOLATES)
    assert example in said and f"{utc(time_s)[:10]} 14:30" in said


def test_an_example_is_written_as_the_reader_writes_dates() -> None:
    day_s = 1_677_196_800  # 2023-02-24
    assert time_example(Words("ru"), day_s) == "24.02.2023 14:30"
    assert time_example(Words("fr"), day_s) == "24/02/2023 14:30"
    assert time_example(Words("en"), day_s) == "24 February 2023 14:30"
    assert time_example(Words("zh"), day_s) == "2023年2月24日 14:30"


@given(latitude=st.integers(-89_9999, 89_9999), longitude=st.integers(-179_9999, 179_9999))
def test_two_numbers_apart_by_a_blank_are_latitude_and_longitude_with_point_or_comma(
    latitude: int, longitude: int
) -> None:
    north, east = f"{latitude / 10**4:.4f}", f"{longitude / 10**4:.4f}"
    with_comma = f"{north}, {east}"
    try:
        wanted: object = read_points(with_comma)
    except Unread as unread:
        wanted = unread.code
    for text in (f"{north} {east}", f"{north} {east}".replace(".", ",")):
        try:
            found: object = read_points(text)
        except Unread as unread:
            found = unread.code
        assert found == wanted, text


def test_no_name_of_a_month_stands_for_two() -> None:
    count = sum(len(re.sub(r"(كانون|تشرين) ", r"\1_", row).split()) for row in _NAMES)
    assert len(MONTHS) >= count - 12  # one spelling may fold into another of the same month
    for month, row in enumerate(_NAMES, 1):
        for name in re.sub(r"(كانون|تشرين) ", r"\1_", row).split():
            assert read_time(f"2 {name.replace('_', ' ')} 2026 8:00")[5:7] == f"{month:02}"


def test_five_notations_of_a_place_name_the_same_place() -> None:
    for text in (
        "48.2082000°N 16.3738000°E", "48.2082N, 16.3738E", "48.2082, 16.3738",
        "48.2082 16.3738", "48,2082 16,3738", "48,2082; 16,3738", "48.2082\u00a016.3738",
        "٤٨٫٢٠٨٢، ١٦٫٣٧٣٨", "Point: 48.2082000°N 16.3738000°E", "نقطة: 48.2082, 16.3738",
    ):  # fmt: skip
        assert read_points(text) == [[163_738_000, 482_082_000]], text
    for text in spellings(163_738_000, 482_082_000).values():
        [[longitude, latitude]] = read_points(text)
        assert max(abs(longitude - 163_738_000), abs(latitude - 482_082_000)) < 100, text
    both = read_points("46.0460000°N 30.9520000°E, 46.1000°N 30.9521°E\n46.2000, 30.9000")
    assert len(both) == 3


@given(LATITUDES, LONGITUDES, st.integers(0, 7))
def test_a_bare_pair_is_as_exact_as_the_same_place_with_letters(
    latitude: int, longitude: int, decimals: int
) -> None:
    """The sender types what the receiver will read back: neither may be asked for more."""
    north, east = (f"{abs(each) / 10**7:.{decimals}f}" for each in (latitude, longitude))
    letters = f"{north}{'S' if latitude < 0 else 'N'} {east}{'W' if longitude < 0 else 'E'}"
    bare = f"{'-' * (latitude < 0)}{north}, {'-' * (longitude < 0)}{east}"
    try:
        wanted: object = read_points(letters)
    except Unread as unread:
        with pytest.raises(Unread) as asked:
            read_points(bare)
        assert asked.value.code == unread.code
    else:
        assert read_points(bare) == wanted


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("48,2082, 16,3738", "place-comma"), ("148.2082N 16.3738E", "place-beyond"),
        ("48.2N 16.3E", "place-coarse"), ("40.2, 38.4", "place-coarse"),
        ("40.2000, 38.400", "place-coarse"), ("0.0000, 0.0000", "place-null"),
        ("here", "place"), ("48 16", "place"), ("48.2082 16", "place"),
        ("48,208 16,373", "place-comma"), ("48.20 16.37", "place-coarse"),
        ("148,2082 16,3738", "place-beyond"),
    ],
)  # fmt: skip
def test_a_place_that_is_not_clear_is_asked_about(text: str, code: str) -> None:
    with pytest.raises(Unread) as asked:
        read_points(text)
    assert asked.value.code == code


def test_a_number_is_read_in_the_digits_of_its_writer_and_never_with_another_unit() -> None:
    assert read_int("١٢") == read_int("１２") == 12
    assert read_int("12 persons", "persons") == read_int("12 чел.", "persons") == 12


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f", "\u2009"])
def test_threes_are_parted_by_one_blank_of_one_kind(blank: str) -> None:
    for typed in ("15_000", "1_200_000", "15_000 m", "15_000_m", "١٥_٠٠٠"):
        number = 1_200_000 if typed.startswith("1_2") else 15_000
        assert read_int(typed.replace("_", blank), "m") == number
    for typed in ("15_00", "1500_000", "1_2000", "_15__000", "15_000_00", "1_2_3"):
        with pytest.raises(Unread) as asked:
            read_int(typed.replace("_", blank), "m")
        assert asked.value.code == "int-groups"
    other = "\u2009" if blank == " " else " "
    with pytest.raises(Unread):
        read_int(f"1{blank}200{other}000")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1,200", "int-point"), ("1.200", "int-point"), ("12.5", "int-point"),
        ("15\u2019000", "int-point"), ("١٥٬٠٠٠", "int-point"), ("-3", "int-below"),
        ("\u22123", "int-below"), ("12 km", "int-unit"), ("twelve", "int"), ("1" * 16, "int"),
    ],
)  # fmt: skip
def test_a_number_that_is_not_clear_is_asked_about_by_what_is_wrong_with_it(
    typed: str, code: str
) -> None:
    with pytest.raises(Unread) as asked:
        read_int(typed, "persons")
    assert asked.value.code == code


ISOLATES = {0x2068: None, 0x2069: None}
AREA = Item("4", "x", "item.area", "area")
POINT = {"f.x.points": "40.2000, 38.4000"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("part", "text", "code"),
    [
        ("radius", "15 00", "int-groups"), ("radius", "15.000", "int-point"),
        ("radius", "15 km", "int-unit"), ("radius", "-5", "int-below"),
        ("radius", "20040001", "int-beyond"), ("lower", "low", "int"),
        ("upper", "-6", "upper-below"), ("points", "40.2, 38.4", "place-coarse"),
        ("points", "40.2000, 38.4000\n40.2000, 38.4000", "place-twice"),
        ("points", "1.0000, 2.0000\n3.0000, 4.0000\n1.0000, 2.0000", "ring-corners"),
    ],
)  # fmt: skip
def test_a_fault_in_a_field_of_several_parts_names_the_part(
    part: str, text: str, code: str, lang: str
) -> None:
    with pytest.raises(Unread) as asked:
        read(AREA, {**POINT, "f.x.lower": "-5", f"f.x.{part}": text})
    assert (asked.value.part, asked.value.code) == (part, code)
    words = Words(lang)
    name = words.term("area.radius") if part == "radius" else words(f"compose.{part}")
    said = unread_in(words, asked.value, NOW_S).translate(ISOLATES)
    assert said.startswith(f"{name} – ")
    assert code == "ring-corners" or text.split("\n")[0] in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_strength_is_typed_as_its_example_shows(lang: str) -> None:
    example = Words(lang)("example.amount")
    assert example in Words(lang)("hint.amount", example=example)
    assert read_amount(example) == [re.split("[:：]", example)[0].strip(), 350]
    with pytest.raises(Unread) as asked:
        read_amount("350 человек")
    assert example in unread_in(Words(lang), asked.value, NOW_S).translate(ISOLATES)
    with pytest.raises(Unread) as asked:
        read_amount("tanks: 1.5")
    assert asked.value.part == "number"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_a_sentence_in_every_language(lang: str) -> None:
    words, keys = Words(lang), [key for key in catalogue("en") if key.startswith("unread.")]
    assert len(keys) > 15
    named = (
        "typed",
        "first",
        "second",
        "day",
        "unit",
        "most",
        "example",
        "names",
        "iso",
        "days",
        "zone",
    )
    blanks = dict.fromkeys(named, "x1")
    for key in keys:
        said = words(key, **blanks)
        assert said
        if lang == "ar" and re.search("[A-Za-z0-9]", said):
            assert "\N{FIRST STRONG ISOLATE}" in isolated(said, lang)
