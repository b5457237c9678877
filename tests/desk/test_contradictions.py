"""What contradicts a sender: in its list until somebody said something to it, and on its page."""

from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.cli.commands.queue import Unsettled, flaw_of, ours_row
from openline.cli.exits import OVERDUE, exit_of
from openline.desk.message_sheet import message_sheet
from openline.desk.views import shown
from openline.exchange.folding.timetable import reminders_of
from openline.exchange.folding.waiting import ours_of, queue_of
from openline.formats.document.model import plain_words
from tests.desk.test_documents import told as page_of
from tests.desk.test_message_sheet import desk
from tests.exchange.conftest import T0, Peers, make_peers, text

US, RU = "us.example", "ru.example"
TIMERS = {"acknowledge.incident": 120, "answer.incident": 600}
WATCH: dict[str, Any] = {"position": "watch", "at_time": "2023-11-14T22:30:00Z"}
ATTACK: dict[str, Any] = {
    "incident": "clinic-1", "category": "attack-on-site", "ongoing": False,
    "at_time": "2023-11-14T20:00:00Z", "account": text("The clinic was hit."),
    "request": ["explanation"],
}  # fmt: skip
DENIED = {**ATTACK, "account": text("No fire was opened.")}
CORRIDOR: dict[str, Any] = {
    "corridor": "bridge-1", "direction": "out", "buffer_m": 500,
    "segment.1.route": {"points": [[300_000_000, 500_000_000], [300_100_000, 500_100_000]]},
    "segment.1.controlled_by": RU,
    "from": "2030-01-01T08:00:00Z", "until": "2030-01-01T16:00:00Z",
    "hotline_tested": "2029-12-31T08:00:00Z",
    **{path: text("as told") for path in ("who", "goods", "inspection", "fire_rules",
       "incident_procedure", "monitoring", "renewal", "announcement")},
}  # fmt: skip
Line = tuple[Peers, bytes]


@pytest.fixture
def line() -> Line:
    peers = make_peers(US, RU)
    return peers, peers.open_line(US, RU, timers=TIMERS, packs=["core", "humanitarian"])


def said(
    line: Line, party: str, form: str, fields: dict[str, Any], *about: Ref, **more: Any
) -> Ref:
    place = line[0].say(party, line[1], form, fields, refs=about, **more)
    line[0].carry()
    return place


def ours(line: Line, party: str = US) -> list[dict[str, Any]]:
    return ours_of(line[0][party].station, line[1])


def kinds(line: Line, party: str = US) -> list[str]:
    return [row["kind"] for row in ours(line, party)]


def attacked(line: Line) -> tuple[Ref, Ref]:
    """An attack that us.example told, and that ru.example tells otherwise."""
    told = said(line, US, "humanitarian/incident@1", ATTACK, answer="report")
    other = said(line, RU, "humanitarian/incident@1", DENIED, told, answer="counter-account")
    return told, other


def proposed(line: Line) -> tuple[Ref, Ref]:
    """A corridor of which ru.example accepts two items and rejects one."""
    told = said(line, US, "humanitarian/corridor@1", CORRIDOR)
    form = "humanitarian/item-position@1"
    said(line, RU, form, {"items": ["who", "goods"]}, told, answer="accept")
    why = {"items": ["buffer_m"], "text": text("Two kilometres at least.")}
    return told, said(line, RU, form, why, told, answer="reject")


def test_a_counter_account_stands_in_the_sender_s_list_until_somebody_there_says_something(
    line: Line,
) -> None:
    _, other = attacked(line)
    (row,) = ours(line)
    assert (row["kind"], row["ref"], row["about"]) == (
        "contradicted",
        list(other),
        "us.example:1.1",
    )
    assert ours_row(row, "en")[1:4] == [
        "us.example:1.1", "CONTRADICTED by ru.example", "ru.example:1.1 counter-account",
    ]  # fmt: skip
    station = line[0][US].station
    assert any(each.kind == "contradicted" for each in reminders_of(station, line[1]))
    assert kinds(line, RU) == []
    said(line, US, "core/acknowledge@1", WATCH, other, answer="received")
    assert kinds(line) == []


def test_a_protest_against_a_counter_account_is_said_against_its_author(line: Line) -> None:
    _, other = attacked(line)
    said(line, US, "humanitarian/incident@1", ATTACK, other, answer="protest")
    (row,) = ours(line, RU)
    assert (row["kind"], row["about"]) == ("contradicted", "ru.example:1.1")


def test_a_monitor_is_told_what_contradicts_us_with_the_code_it_waits_for(line: Line) -> None:
    attacked(line)
    flaw = flaw_of({"queue": [], "ours": [{**row, "late": True} for row in ours(line)]})
    assert isinstance(flaw, Unsettled) and exit_of(flaw.code) == OVERDUE
    assert str(flaw) == "us.example:1.1 CONTRADICTED by ru.example"


def test_who_tells_it_otherwise_is_neither_silent_nor_overdue(line: Line) -> None:
    told, _ = attacked(line)
    line[0].clock.time_s = T0 + 3_600
    assert "overdue" not in kinds(line)
    assert queue_of(line[0][RU].station, line[1]) == []
    page = page_of(line[0], US, ref=list(told))
    assert "Silent" not in page and "Counter-account" in page


def test_who_said_nothing_is_overdue_all_the_same(line: Line) -> None:
    said(line, US, "humanitarian/incident@1", ATTACK, answer="report")
    line[0].clock.time_s = T0 + 3_600
    assert "overdue" in kinds(line)


def test_the_page_of_an_incident_has_the_account_of_each_side(line: Line) -> None:
    told, _ = attacked(line)
    for args in ({}, {"of": "case"}):
        page = page_of(line[0], US, ref=list(told), **args)
        assert "Accounts of each side" in page and "[en" not in page.partition("Accounts of")[2]
        assert "No fire was opened." in page.partition("Accounts of each side")[2]
    assert "Accounts of each side" not in page_of(line[0], US, ref=[told.origin, 0])


def test_rejected_items_stand_in_the_sender_s_list_while_they_stand_rejected(line: Line) -> None:
    told, no = proposed(line)
    (row,) = ours(line)
    assert (row["kind"], row["ref"], row["class"]) == ("items-rejected", list(no), "reject")
    again = {"items": ["buffer_m"]}
    said(line, RU, "humanitarian/item-position@1", again, told, answer="accept")
    assert kinds(line) == []


def test_the_page_of_a_checklist_says_who_accepts_and_who_rejects_what_and_why(line: Line) -> None:
    told, _ = proposed(line)
    page = page_of(line[0], US, ref=list(told))
    assert "Accepts the items: 2" in page and "Rejects the items: 1" in page
    table = page.partition("Position on items")[2]
    for words in (RU, "10 Protective distance", "Two kilometres at least.", "Who may pass"):
        assert words in table, (words, table)


def test_the_desk_shows_the_same_below_the_message(line: Line) -> None:
    told, _ = proposed(line)
    there = desk(line[0], US)
    sheet = message_sheet(there, shown(there.station, told, "en"), "en")
    (section,) = sheet["said"]
    cells = [plain_words(cell) for row in section.tables[0].rows for cell in row]
    assert "Two kilometres at least." in cells
