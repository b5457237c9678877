"""Registers as tables: every column exists, no row is left out, nothing breaks on odd lines."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.entry import Entry
from openline.cases.fold import fold
from openline.cases.registers import REGISTERS, registers
from openline.cli.register_tables import SHEETS, Sheet, lines_of, spoken
from openline.formats.spell import parse_utc
from tests.cases.hand import PACKS, Pen, folded, pens, text, visit
from tests.cases.lines import PARTIES, lines

NOW_S = parse_utc("2023-02-20T08:00:00Z")
TIMERS = {"acknowledge.visit": 60, "answer.visit": 120, "lead.visit": 3_600, "lag.data": 60}


def test_every_sheet_is_one_of_a_register() -> None:
    assert set(SHEETS) - {*REGISTERS, "public"} == set()


@given(lines(), st.integers(0, 2**33))
def test_every_register_of_any_line_becomes_lines(entries: list[Entry], now_s: int) -> None:
    shown = registers(fold(entries, PACKS, PARTIES), {}, TIMERS, now_s)
    for name, register in shown.items():
        told = lines_of(name, register, "en")
        assert told
        assert all(isinstance(line, str) and "\x1b" not in line for line in told), name


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
    duties = "\n".join(lines_of("duties", SHOWN["duties"], "en"))
    assert "CONTESTED BY" in duties
    limits = lines_of("limits", SHOWN["limits"], "en")
    assert limits[-1].split()[:5] == ["limits", "ru.example", "warheads", "6", "5"]
    assert "us.example: 7" in limits[-1]
    assert lines_of("matrix", SHOWN["matrix"], "en")[-1].split() == ["f", "denied"]
    assert lines_of("flash", SHOWN["flash"], "en")[0] == "flash:"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (3_660, "1 h 1 min"), (273_661, "3 d 4 h")]
)
def test_durations_are_said_in_their_two_largest_units(seconds: int, words: str) -> None:
    assert spoken(seconds) == words
