"""What a reader is shown: one model, and whatever a counterpart wrote stays text in each writer."""

import re
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.document import html, text
from openline.formats.document.html import inline
from openline.formats.document.model import (
    ALARM,
    Cell,
    Document,
    Item,
    Section,
    Span,
    Table,
    plain,
)
from openline.formats.document.speaker import Speaker, each, speakers, term
from openline.formats.legible import width
from openline.formats.names import Names
from openline.formats.terms import Terms, load_terms

TERMS = load_terms()
NOON_S = 1_676_894_400  # 2023-02-20T12:00:00Z
LANGS = ("en", "", "ar", "und")
CONTROLS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</style><script>",
            '#import "@preview/x:1.0.0"',
            "#panic()",
            "$ x^2 $ *bold* _it_ = Heading",
            '] #eval("1") [',
            "a\u202eb\u2066c\u2069",
            "\x1b[2J\x1b]0;title\x07",
            "x" * 5_000,
            "שלום עולם",
            "مرحبا بالعالم",
            "通知" * 60,
        ]
    ),
)


def document(words: list[str], *languages: str) -> Document:
    """A document that shows these words everywhere that words can be."""
    spans = tuple(Span(word, lang) for word, lang in zip(words, LANGS, strict=False))
    line = spans or (Span("none"),)
    cells = tuple(Cell(line, (line, line)) for _ in languages)
    table = Table((line,), ((line,), (line,)), (((line,), (line,)),))
    section = Section((line,), (Item("1", cells),), (table,), ((*line, Span("!", "en", ALARM)),))
    of = speakers(TERMS, languages)
    marking = term(of, "status.exercise")
    return Document(
        "exercise", languages, marking, (line,), "north.example:1.1", (Item("", cells),),
        (section,), (line,), NOON_S, "exercise-1",
    )  # fmt: skip


def speaker(lang: str, **more: object) -> Speaker:
    return speakers(TERMS, (lang,), **more)[0]  # type: ignore[arg-type]


def reviewed(name: str, lang: str) -> Terms:
    label = TERMS.languages[lang].labels[name][0]
    return TERMS.with_labels({lang: {name: (label, "reviewed")}})


# ---- what is said -------------------------------------------------------------------------------


def test_english_stands_beside_a_phrase_on_which_lives_hang_until_it_is_reviewed() -> None:
    name = "class.noted-without-guarantee"
    assert plain(speaker("ru").say(name)).endswith(" (Noted without guarantee)")
    sure = Speaker(reviewed(name, "ru"), "ru")
    assert "(" not in plain(sure.say(name))


def test_english_is_not_said_twice_where_its_own_column_stands_beside() -> None:
    both = speakers(TERMS, ("en", "ru"))
    assert [plain(s.say("ladder.a4")) for s in both] == ["Answered", "Дан ответ"]


def test_the_reader_s_wall_clock_stands_beside_utc_and_never_instead() -> None:
    at = plain(speaker("en", zone=ZoneInfo("Europe/Kyiv")).time(NOON_S))
    assert at.startswith("201200Z FEB 23 (2023-02-20T12:00:00Z)")
    assert at.endswith("2023-02-20 14:00 Europe/Kyiv (UTC+02:00)")
    assert "·" not in plain(speaker("en").time(NOON_S))
    beyond = plain(speaker("en", zone=ZoneInfo("Europe/Kyiv")).stamp("9999-12-31T23:59:59Z"))
    assert beyond == "9999-12-31 23:59:59Z"


def test_a_name_of_one_s_own_never_hides_the_name_in_the_record() -> None:
    names = Names({"north.example": {"fr": "Nord"}}, {"Portville": {"*": "Port"}})
    of = speakers(TERMS, ("fr", "en"), names=names)
    assert [plain(s.party("north.example")) for s in of] == [
        "Nord (north.example)",
        "north.example",
    ]
    assert plain(of[1].place("Portville")) == "Port (Portville)"


def test_a_span_spells_out_what_hides_and_knows_which_way_it_runs() -> None:
    assert Span("a\u202eb").text == "a\\u{202E}b"
    assert [Span("x", "ar").is_rtl, Span("1 x", "ar").is_rtl, Span("north.example").is_rtl] == [
        False, False, False,
    ]  # fmt: skip
    assert all(s.is_rtl for s in (Span("x م", "ar"), Span("-", "ar"), Span("مرحبا", "en")))
    assert Span("مرحبا").is_rtl


def test_a_number_within_a_text_from_right_to_left_stays_whole() -> None:
    """A telephone number behind a name: without isolates its two halves change places."""
    assert Span("أحمد 555-0114", "ar").runs == (("أحمد ", False), ("555-0114", True))
    assert '<bdi dir="ltr">555-0114</bdi>' in inline(((Span("أحمد 555-0114"),),))
    assert Span("2 يوم", "ar").runs == (("2", True), (" يوم", False))
    assert Span("Ahmad 555-0114").runs == (("Ahmad 555-0114", False),)
    assert Span("x", '"><b').lang == "und"


def test_what_both_languages_say_alike_is_said_once() -> None:
    of = speakers(TERMS, ("en", "fr"))
    assert len(each(of, lambda s: s.party("north.example"))) == 1
    assert len(term(of, "word.line")) == 2


# ---- the terminal -------------------------------------------------------------------------------


def bare(line: str) -> str:
    return "".join(letter for letter in line if letter not in CONTROLS)


def is_closed(line: str) -> bool:
    """Whether every isolate ends in this line, and none ends that did not begin in it."""
    depth = 0
    for letter in line:
        depth += (letter in "\u2066\u2067") - (letter == "\u2069")
        if depth < 0:
            return False
    return depth == 0


@given(st.lists(HOSTILE, min_size=1, max_size=4), st.integers(40, 120), st.booleans())
def test_no_line_is_wider_than_the_terminal_and_every_isolate_ends_in_its_line(
    words: list[str], columns: int, both: bool
) -> None:
    shown = document(words, "en", "ar") if both else document(words, "ar")
    for _, line in text.lines_of(shown, columns):
        assert width(bare(line)) <= columns
        assert is_closed(line)
        assert not set(line) & {"\x1b", "\u202e", "\u202d", "\u2068", "\n"}


def test_the_property_sees_an_isolate_that_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    monkeypatch.setattr(text, "_PDI", "")
    told = text.lines_of(document(["Visit", "x", "زيارة"], "en", "ar"), 80)
    assert not all(is_closed(line) for _, line in told)


def test_a_text_from_left_to_right_holds_no_control_at_all() -> None:
    told = "".join(line for _, line in text.lines_of(document(["Visit"], "en", "ru"), 80))
    assert not set(told) & set(CONTROLS)


def test_two_languages_stand_side_by_side_the_right_one_at_the_right_edge() -> None:
    of = speakers(TERMS, ("en", "ar"))
    cells = tuple(Cell(s.say("item.place"), ((Span("Portville"),),)) for s in of)
    shown = document(["x"], "en", "ar")
    alone = Document(
        shown.status, shown.languages, shown.marking, (), "", (Item("2", cells),), (), (), 0, "x"
    )
    _, label, value = (line for _, line in text.lines_of(alone, 60))
    left, right = bare(label).split(" │ ")
    assert left.strip() == "2 Place:"
    assert right.endswith(f"2 {TERMS.label('item.place', 'ar').text}:")
    assert len(bare(label)) == len(bare(value)) <= 60
    assert label.startswith("\u200e")


def test_nothing_of_a_text_is_lost_when_it_is_wrapped() -> None:
    line = (
        Span("Visit to the bridge at Riverside, "),
        Span("视察组访问大桥", "zh"),
        Span("x" * 70),
    )
    parts = ["".join(s.text for s in part) for part in text.wrapped_line(line, 20)]
    assert "".join(parts).replace(" ", "") == plain(line).replace(" ", "")
    assert max(map(width, parts)) <= 20


def test_a_table_that_cannot_fit_is_told_row_by_row() -> None:
    heads = tuple(((Span(f"head{n}"),),) for n in range(12))
    row = tuple(((Span(f"value{n}"),),) for n in range(12))
    shown = document(["x"], "en")
    section = Section(((Span("T"),),), tables=(Table((), heads, (row,)),))
    told = text.lines_of(
        Document("test", ("en",), shown.marking, (), "", (), (section,), (), 0, "x"), 60
    )
    assert ("", "head11: value11") in told


def narrow_table(columns: int) -> list[str]:
    heads = tuple(((Span(name),),) for name in ("Party", "Precedence", "Next", "Received"))
    values = ("south.example", "routine", "acknowledge", "2030-12-01 08:00:00Z")
    row = tuple(((Span(value),),) for value in values)
    made = Document(
        "test", ("en",), (), (), "", (), (Section((), tables=(Table((), heads, (row,)),)),), (), 0,
        "x",
    )  # fmt: skip
    return [line for _, line in text.lines_of(made, columns)]


@pytest.mark.parametrize("columns", [40, 48, 52, 56, 60, 80, 120])
def test_a_word_of_a_table_is_never_cut(columns: int) -> None:
    """Negative control: with columns of seven letters, `south.example` became `south.e xample`."""
    told = "\n".join(narrow_table(columns))
    for word in ("south.example", "Precedence", "acknowledge", "2030-12-01", "08:00:00Z"):
        assert word in told
    assert max(map(len, narrow_table(columns))) <= columns


def test_a_digest_is_no_word_and_may_be_cut() -> None:
    assert text.longest_word("A" * 44) < 10
    assert text.longest_word("one south.example") == len("south.example")
    assert text.longest_word("视察组访问大桥") == 0


def test_that_a_message_does_not_stand_any_more_is_the_second_line() -> None:
    gone = Item("", (Cell((Span("State"),), ((Span("CANCELLED", "en", ALARM),),)),))
    other = Item("", (Cell((Span("Sender"),), ((Span("north.example"),),)),))
    marking, title = ((Span("EXERCISE"),),), ((Span("Notice of a visit"),),)
    made = Document("exercise", ("en",), marking, title, "1.1", (gone, other), (), (), 0, "x")
    told = text.lines_of(made, 80)
    assert told[:4] == [
        (ALARM, "EXERCISE"), (ALARM, "CANCELLED"), ("strong", "Notice of a visit"), ("", "1.1"),
    ]  # fmt: skip
    assert not any("State" in line for _, line in told)
    stands = text.lines_of(
        Document("exercise", ("en",), marking, title, "1.1", (other, gone), (), (), 0, "x"), 80
    )
    assert stands[1] == ("strong", "Notice of a visit")


# ---- HTML ---------------------------------------------------------------------------------------

ALLOWED = frozenset(
    {"html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section"}
    | {"h1", "h2", "h3", "p", "br", "bdi", "div"}
    | {"table", "caption", "thead", "tbody", "tr", "th", "td"}
)


class Reader(HTMLParser):
    """Collects tags, attributes and texts, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


@given(st.lists(HOSTILE, min_size=1, max_size=4))
def test_whatever_is_written_is_text_in_the_html_and_stands_there_whole(words: list[str]) -> None:
    shown = document(words, "en", "ar")
    page = read(html.page(shown))
    plainly = read(html.page(document(["a", "b", "c", "d"][: len(words)], "en", "ar")))
    assert {tag for tag, _ in page.tags} <= ALLOWED
    # The same document with harmless words has the same tags: nothing written made one.
    assert len([t for t, _ in page.tags if t != "bdi"]) == len(
        [t for t, _ in plainly.tags if t != "bdi"]
    )
    for _, attributes in page.tags:
        assert not [name for name, _ in attributes if name.startswith("on") or name == "href"]
    whole = "".join(page.texts)
    for word in words:
        assert Span(word).text.strip(" ") in whole


def test_the_property_sees_markup_that_is_not_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    monkeypatch.setattr(html, "escape", lambda text, quote=True: text)
    page = read(html.page(document(["<script>alert(1)</script>"], "en", "ar")))
    assert "script" in {tag for tag, _ in page.tags}


def test_a_page_stands_alone_and_names_language_and_direction_of_every_part() -> None:
    page = html.page(document(["Visit", "x", "زيارة"], "en", "ar"))
    assert not re.search(r"(?i)<script|https?:|url\(|@import|<link", page)
    assert '<html lang="en" dir="ltr">' in page
    assert '<td lang="ar" dir="rtl">' in page
    assert '<bdi lang="ar" dir="rtl">زيارة</bdi>' in page
    assert "@media print" in page
    assert html.POLICY.replace("'", "&#x27;") in page


def test_the_marking_stands_at_the_head_at_the_foot_and_in_the_title() -> None:
    page = html.page(document(["Visit"], "en"))
    assert page.count('class="marking exercise"') == 2
    assert "<title>EXERCISE · Visit · north.example:1.1</title>" in page
