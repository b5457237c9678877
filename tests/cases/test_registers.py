"""Registers as a whole: plain JSON on any line, chosen by name, silent about what is closed."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openline.cases.entry import Entry
from openline.cases.fold import fold
from openline.cases.ladder import unnumbered
from openline.cases.registers import REGISTERS, board_row, registers
from openline.cases.views import case_view
from tests.cases.hand import PACKS, folded, pens, visit
from tests.cases.lines import PARTIES, lines

TIMERS = {timer.name: 3_600 for form in PACKS.formats for timer in form.timers} | {
    "collect": 60,
    "lag.data": 60,
}


def is_plain(value: Any) -> bool:
    """str, int, bool, list and dict of text keys only; never null."""
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(map(is_plain, value.values()))
    if isinstance(value, list):
        return all(map(is_plain, value))
    return isinstance(value, (str, int, bool))


@given(lines(), st.integers(0, 2**33))
def test_every_register_of_any_line_is_plain_json(entries: list[Entry], now_s: int) -> None:
    state = fold(entries, PACKS, PARTIES)
    receipts = {entry.ref.origin: [(party, 3, now_s) for party in PARTIES] for entry in entries}
    shown = registers(state, receipts, TIMERS, now_s)
    assert list(shown) == list(REGISTERS)
    assert is_plain(shown)
    assert is_plain(board_row(state, now_s, receipts))
    assert all(is_plain(case_view(case, receipts, now_s, unnumbered)) for case in state.cases)
    json.dumps(shown)


@given(lines())
def test_a_guarantee_in_force_is_always_a_guarantee_message_of_an_addressee(
    entries: list[Entry],
) -> None:
    state = fold(entries, PACKS, PARTIES)
    shown = registers(state, now_s=1_676_900_000)["guarantees"]
    for row in shown["rows"]:
        (given_by,) = [e for e in entries if [*e.ref] == row["ref"]]
        assert given_by.format == "core/guarantee@1"
        assert given_by.effect
        assert given_by.party in PARTIES
    assert shown["in_force"] <= len(shown["rows"])


def test_registers_are_chosen_by_name_and_may_leave_out_what_is_closed() -> None:
    us, ru = pens("us", "ru")
    us.say("core/close@1", "completed", [visit(us)])
    visit(us)
    state = folded(us, ru)
    assert list(registers(state, only=("due", "reception"))) == ["reception", "due"]
    assert len(registers(state, only=["cases"])["cases"]) == 2
    (case,) = registers(state, only=["cases"], open_only=True)["cases"]
    assert case["number"] == "1.2"
