"""Registers as documents: every column exists, no row is left out, nothing breaks on odd lines."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.documents.register import cell, is_named, register, tables
from openline.cases.documents.sheets import SHEETS, Sheet, heading
from openline.cases.entry import Entry, Ref
from openline.cases.fold import fold
from openline.cases.registers import REGISTERS, registers
from openline.formats.document.model import plain, plain_words
from openline.formats.document.speaker import speakers, term
from openline.formats.document.text import lines_of
from openline.formats.spell import parse_utc
from openline.formats.terms import load_terms
from tests.cases.hand import PACKS, Pen, folded, pens, text, visit
from tests.cases.lines import PARTIES, lines

NOW_S = parse_utc("2023-02-20T08:00:00Z")
TIMERS = {"acknowledge.visit": 60, "answer.visit": 120, "lead.visit": 3_600, "lag.data": 60}
TERMS = load_terms()
EN = speakers(TERMS, ("en",))
LINE = {
    "line": "00" * 32, "status": "exercise", "title": "North-South", "level": "diplomatic",
    "members": [{"party": party} for party in PARTIES],
}  # fmt: skip


def told(name: str, value: Any, *languages: str) -> list[str]:
    """A register as lines of a wide terminal."""
    of = speakers(TERMS, languages or ("en",))
    found = register(LINE, {name: value}, (name,), term(of, "word.register"), of, (NOW_S, "x"))
    return [line for _, line in lines_of(found, 240)]


def test_every_sheet_is_one_of_a_register_and_every_register_has_a_name() -> None:
    assert set(SHEETS) - {*REGISTERS, "public"} == set()
    names = {f"register.{name.replace('_', '-')}" for name in (*REGISTERS, "public")}
    assert names == {each for each in TERMS.known if each.startswith("register.")}


def test_every_title_and_every_column_has_a_label_and_no_label_is_without_use() -> None:
    used = set()
    for name, sheets in SHEETS.items():
        for sheet in sheets:
            used |= {f"sheet.{sheet.title}"} if is_named(name) else set()
            used |= {heading(column.partition("=")[0]) for column in sheet.columns}
    assert used <= TERMS.known
    drawn = {each for each in TERMS.known if each.startswith(("head.", "sheet."))}
    assert drawn - used == set()


@given(lines(), st.integers(0, 2**33))
def test_every_register_of_any_line_becomes_lines(entries: list[Entry], now_s: int) -> None:
    shown = registers(fold(entries, PACKS, PARTIES), {}, TIMERS, now_s)
    for name, value in shown.items():
        assert all("\x1b" not in line for line in told(name, value)), name


def busy() -> dict[str, Any]:
    """A line with at least one row in most registers."""
    us, ru = pens("us", "ru")
    notice = visit(us, effect="guarantee", precedence="flash")
    ru.say("core/guarantee@1", "guarantee", [notice], {
        "scope": text("the visit"), "from": "2023-02-20T06:00:00Z",
        "until": "2023-02-20T12:00:00Z", "authority": "general staff",
    })  # fmt: skip
    visit(us, precedence="flash")
    about(us, ru)
    told_of_facts(us, ru)
    receipts = {us.origin: [("ru.example", 9, NOW_S)], ru.origin: [("us.example", 9, NOW_S)]}
    return registers(folded(us, ru), receipts, TIMERS, NOW_S)


def about(us: Pen, ru: Pen) -> None:
    """An agreement: limits, data, a reservation, an inspection, a suspension and what follows."""
    name = {"agreement": "limits"}
    us.say("agreements/limits@1", "-", (), {**name, "limits": [["warheads", 5]], "inspections": 18})
    data = ru.say("agreements/data@1", "-", (), {
        **name, "as_of": "2023-02-19T00:00:00Z", "holdings": [["warheads", 6]],
    })  # fmt: skip
    us.say("agreements/reservation@1", "-", [data], {
        **name, "items": ["warheads: 7"], "text": text("ours"),
    })  # fmt: skip
    us.say("agreements/inspection@1", "intent", (), {**name, "from": "2023-02-21T00:00:00Z"})
    measure = {**name, "obligations": ["inspection"]}
    suspension = ru.say("agreements/suspension@1", "in-effect", (), {
        **measure, "ground": text("x"), "at_time": "2023-02-19T00:00:00Z",
    })  # fmt: skip
    us.say("agreements/contest@1", "-", [suspension], {**name, "text": text("no")})
    us.say("agreements/countermeasure@1", "-", [suspension], {
        **measure, "reversible": True, "from": "2023-02-19T00:00:00Z",
    })  # fmt: skip
    ru.say("agreements/resumption@1", "-", [suspension], measure)
    us.say("core/contact@1", "held", (), {
        "level": "leaders", "with": ["ru.example"], "at_time": "2023-02-19T00:00:00Z",
    })  # fmt: skip
    us.say("positions/fact-position@1", "denied", (), {"fact": "f", "office": "spokesman"})


def told_of_facts(us: Pen, ru: Pen) -> None:
    """One of each that has a register of its own: incidents, positions, texts, lists, relays."""
    us.say("core/incident@1", "report", (), {"subject": text("a mast fell"), "place": "Mast 4"})
    for name, answer in (("warning", "open"), ("assessment", "-"), ("announcement", "planned"),
                         ("denial", "-")):  # fmt: skip
        us.say(f"positions/{name}@1", answer, (), {"topic": "t", "text": text("so it is")})
    demand = us.say("positions/demand@1", "-", (), {"topic": "t", "text": text("leave")})
    ru.say("positions/demand-answer@1", "rejected", [demand], {"text": text("no")})
    us.say("positions/claim@1", "asserted", (), {"topic": "t", "object": "Mast 4"})
    us.say("agreements/text@1", "-", (), {"title": text("Articles"), "articles": ["1"]})
    us.say("humanitarian/corridor@1", "-", (), {"site": "c"})
    us.say("humanitarian/person-list@1", "-", (), {"list": "l", "count": 1})
    us.say("core/advisory@1", "-", (), {"action": "leave", "subject": text("leave")})
    relayed = us.say("core/relayed@1", "-", (), {"originator": "x", "consent": True})
    ru.say("core/relay-receipt@1", "-", [relayed], {"party": "x"})
    notice = visit(us)
    ru.say("core/relay-receipt@1", "-", [notice], {"party": "x"})
    ru.say("core/answer@1", "accepted", [Ref("nobody/openline/x", 4)], {})
    us.say("core/close@1", "done", [visit(ru)], {})


SHOWN = busy()
PAIRS = [(name, sheet) for name, sheets in SHEETS.items() for sheet in sheets if name != "public"]


@pytest.mark.parametrize(("name", "sheet"), PAIRS, ids=lambda each: getattr(each, "title", each))
def test_every_column_of_a_sheet_stands_in_the_rows_of_its_register(
    name: str, sheet: Sheet
) -> None:
    rows, keys = [SHOWN[name]], set[str]()
    for step in sheet.walk:
        for row in rows:
            keys |= set(row) if isinstance(row, dict) else set()
        inner = [row[step] for row in rows]
        rows = [r for each in inner for r in (each if isinstance(each, list) else [each])]
    if not sheet.walk:
        rows = SHOWN[name]
    for row in rows:
        keys |= set(row)
    wanted = {column.rpartition("=")[2].partition(".")[0] for column in sheet.columns}
    assert not rows or wanted - keys == set()
    assert rows or sheet.title in ("watch", "calls", "shares"), (
        "the sample has no row for this sheet"
    )


def test_a_duty_officer_reads_obligations_limits_and_positions() -> None:
    (duties,) = tables("duties", SHOWN["duties"], EN)
    assert "Contested by" in [plain_words(head) for head in duties.heads]
    limits, *_ = tables("limits", SHOWN["limits"], EN)
    cells = [plain_words(words) for words in limits.rows[-1]]
    assert cells[:5] == ["limits", "ru.example", "warheads", "6", "5"]
    assert "us.example: 7" in cells
    (matrix,) = tables("matrix", SHOWN["matrix"], EN)
    assert [plain_words(words) for words in matrix.rows[-1]] == ["f", "Denied"]
    assert duties.title == ()
    assert plain(next(tables("flash", SHOWN["flash"], EN)).title[0]) == "Flash messages"


def test_a_register_is_read_in_the_reader_s_language_or_in_two() -> None:
    french = "\n".join(told("guarantees", SHOWN["guarantees"], "fr"))
    assert "EXERCICE (EXERCISE)" in french
    both = "\n".join(told("due", SHOWN["due"], "en", "ru"))
    assert "Duties and deadlines" in both
    assert "Обязанности и сроки" in both


def test_durations_are_said_in_the_reader_s_words() -> None:
    assert plain_words(cell("late_by_s", 273_661, speakers(TERMS, ["ru"]))) == "3\xa0сут 4\xa0ч"


@pytest.mark.parametrize("lang", ["uk", "zh"])
def test_items_forms_and_next_steps_of_a_register_are_words(lang: str) -> None:
    """A checklist names its items as its form does; what comes next is what the timer is called."""
    say = speakers(PACKS.terms, [lang], forms=PACKS.format)
    corridor, labels = "humanitarian/corridor@1", load_terms().languages[lang].labels
    assert plain_words(cell("empty", ["buffer_m"], say, corridor)) == (
        f"10 {labels['item.buffer'][0]}"
    )
    assert plain_words(cell("format", corridor, say)) == labels["format.corridor"][0]
    assert plain_words(cell("next", "answer", say)) == labels["timer.answer"][0]
    assert (
        plain_words(cell("state", "countersigned", say))
        == (labels["class.inspection-countersigned"][0])
    )
