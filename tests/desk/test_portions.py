"""A long case comes in portions: none is huge, and together they are the whole case."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.documents.sides import newest
from openline.cases.entry import Ref
from openline.desk.case_sheet import COLUMNS_MAX, ODD_FIRST_MAX, case_sheet
from openline.desk.message_sheet import SAID_LETTERS_MAX, SAID_MAX
from openline.desk.portions import PAGE, ROW, portions, weight_of
from openline.formats.document.model import plain_words
from tests.desk.test_documents import made
from tests.desk.test_message_sheet import desk, page
from tests.exchange.conftest import Peers, make_peers, text
from tests.exchange.visiting import CH, RU, US, VISIT

PARTS = st.lists(st.lists(st.integers(0, 5_000), max_size=8), max_size=8)
LETTERS = 4_000
FLOOD = 60
Case = tuple[Peers, bytes, Ref]


@given(PARTS)
def test_every_row_stands_on_one_page_in_its_place_and_no_page_is_too_full(
    weights: list[list[int]],
) -> None:
    found = portions(list(enumerate(weights)), 3_000)
    told = []
    for each in found:
        here = [
            (part, at)
            for part, rows in enumerate(weights)
            for at in each.of(part, range(len(rows)))
        ]
        told += here
        cost = sum(weights[part][at] + ROW for part, at in here)
        assert cost <= 3_000 or len(here) == 1
    assert told == [(part, at) for part, rows in enumerate(weights) for at in range(len(rows))]
    assert len(found) >= 1


def test_whatever_a_counterpart_puts_into_a_field_has_a_weight() -> None:
    assert weight_of({"a": ["xx", {"b": "yyy"}], "c": 5, "d": None}) == 2 + 3 + 8 + 8


def report(words: str) -> dict[str, Any]:
    return {"subject": text("A shot"), "account": text(words)}


@pytest.fixture(scope="module")
def flooded() -> Case:
    """An incident of which one party has given sixty long accounts, and a third one, first."""
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    place = peers.say(US, line, "core/incident@1", report("It was so."), "report")
    peers.carry()
    said = [(CH, "ch saw it")] + [(RU, f"account {n} {'x' * LETTERS}") for n in range(FLOOD)]
    for party, words in said:
        peers.say(party, line, "core/incident@1", report(words), "counter-account", [place])
    peers.carry()
    return peers, line, place


def sheets(case: Case, party: str = US) -> list[dict[str, Any]]:
    """Every page of a case, one after the other."""
    peers, _, place = case
    first = case_sheet(desk(peers, party), place, "en")
    return [case_sheet(desk(peers, party), place, "en", n + 1) for n in range(first["pages"])]


def heads(sheet: dict[str, Any]) -> list[str]:
    table = sheet["matters"][0]["accounts"]
    return [] if table is None else [plain_words(head) for head in table.heads[1:]]


def test_no_page_of_a_flooded_case_is_huge_and_together_they_hold_every_account_and_entry(
    flooded: Case,
) -> None:
    found = sheets(flooded)
    assert len(found) > 2
    for sheet in found:
        letters = sum(
            len(plain_words(cell))
            for matter in sheet["matters"] if matter["accounts"]
            for row in matter["accounts"].rows for cell in row
        )  # fmt: skip
        assert letters <= PAGE
    columns = [head for sheet in found for head in heads(sheet)]
    assert len(columns) == len(set(columns)) == 2 + FLOOD
    assert sum(len(sheet["entries"]) for sheet in found) == 2 + FLOOD
    accounts = "".join(
        plain_words(cell)
        for sheet in found for matter in sheet["matters"] if matter["accounts"]
        for row in matter["accounts"].rows for cell in row
    )  # fmt: skip
    assert all(f"account {n} " in accounts for n in range(FLOOD))


def test_on_paper_the_case_is_whole(flooded: Case) -> None:
    peers, _, place = flooded
    paper = "\n".join(line for _, line in made(peers, US, of="case", ref=list(place))["lines"])
    assert all(f"account {n}\n" in paper for n in range(FLOOD)) and "ch saw it" in paper


def test_what_each_party_said_last_stands_first_whoever_floods(flooded: Case) -> None:
    first = sheets(flooded)[0]
    leading = [head.split()[0] for head in heads(first)][:3]
    assert sorted(leading) == [CH, RU, US]
    assert heads(first)[leading.index(RU)].split()[1] == f"1.{FLOOD}"


def test_every_page_says_what_the_case_is_about_and_whether_it_stands(flooded: Case) -> None:
    for sheet in sheets(flooded):
        matter = sheet["matters"][0]
        assert (matter["party"], matter["number"]) == (US, "1.1")
        assert matter["life"] and sheet["counts"] == list(flooded[2])


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (10_000, None)])
def test_a_page_that_is_not_there_is_the_nearest_that_is(
    flooded: Case, asked: int, given: int | None
) -> None:
    peers, _, place = flooded
    sheet = case_sheet(desk(peers, US), place, "en", asked)
    assert sheet["page"] == (given or sheet["pages"])


def test_a_case_of_a_few_words_is_one_page_in_the_order_in_which_it_was_said() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    place = peers.say(US, line, "core/incident@1", report("It was so."), "report")
    peers.carry()
    for n in range(COLUMNS_MAX - 1):
        words = report(f"account {n}")
        peers.say(RU, line, "core/incident@1", words, "counter-account", [place])
    peers.carry()
    (sheet,) = sheets((peers, line, place))
    assert [head.split()[1] for head in heads(sheet)] == ["1.1", *(f"1.{n + 1}" for n in range(5))]


def test_a_message_shows_the_newest_of_what_each_party_says_of_it_and_how_many_more_there_are(
    flooded: Case,
) -> None:
    peers, _, place = flooded
    sheet = page(peers, US, place)
    rows = [row for section in sheet["said"] for table in section.tables for row in table.rows]
    said = [plain_words(row[2]) for row in rows]
    assert f"{CH}:1.1" in said and f"{RU}:1.{FLOOD}" in said
    assert len(rows) <= 3 * SAID_MAX and sheet["left_out"] == 2 + FLOOD - len(rows)
    assert sum(len(plain_words(cell)) for row in rows for cell in row) < PAGE


@pytest.mark.parametrize(("letters", "kept"), [(1, SAID_MAX), (SAID_LETTERS_MAX, 1)])
def test_neither_many_short_words_nor_a_few_long_ones_make_the_page_of_a_message_long(
    letters: int, kept: int
) -> None:
    acts = [{"number": n, "text": text("x" * letters)} for n in range(FLOOD)]
    quiet = {"party": CH, "acts": [{"number": 1, "text": text("heard")}]}
    rows = [{"party": RU, **act} for act in acts]
    matter = {"sides": [{"party": RU, "acts": acts}, quiet], "positions": rows}
    found, left = newest(matter, SAID_MAX, SAID_LETTERS_MAX)
    assert [len(side["acts"]) for side in found["sides"]] == [kept, 1]
    assert found["sides"][0]["acts"][-1]["number"] == FLOOD - 1
    assert len(found["positions"]) == kept and left == 2 * (FLOOD - kept)


def test_many_irregularities_push_nothing_off_the_first_page_and_none_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    place = peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    for _ in range(4 * ODD_FIRST_MAX):
        peers.say(RU, line, "core/close@1", {}, "cancelled", refs=[place])
    peers.carry()
    monkeypatch.setattr("openline.desk.case_sheet.portions", partial(portions, page=10_000))
    first, *more = sheets((peers, line, place))
    assert first["matters"][0]["ladder"]["rows"] and first["odd"]
    odd = [note for sheet in (first, *more) for found in sheet["odd"] for note in found.notes]
    assert len(odd) == len(set(odd)) == 4 * ODD_FIRST_MAX
    assert more and len(first["odd"][0].notes) < len(odd)
