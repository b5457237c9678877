"""A log that was continued twice: what its entries are called, on every page and at everybody."""

import asyncio
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from openline.cases.entry import Ref
from openline.desk.case_sheet import case_sheet
from openline.desk.disclosing import entry_plan
from openline.desk.meant import named
from openline.desk.pages import look
from openline.desk.pages.case_pages import siblings
from openline.desk.pages.typed_times import Unread
from openline.desk.pages.typed_values import found_entry
from openline.desk.views import line_show, shown
from openline.exchange.folding import entries, reading, searching
from openline.exchange.folding.searching import Asked
from openline.exchange.folding.waiting import queue_of
from openline.exchange.membership import rotation
from openline.exchange.membership.rotation import NoSuchFloor
from openline.exchange.station import Station
from openline.formats.numbers import before
from openline.store.sqlite import SqliteStore
from tests.desk.test_documents import Lane, told
from tests.exchange.conftest import Peers
from tests.exchange.test_card_keys import snapshot
from tests.exchange.test_many_epochs import reopen
from tests.exchange.test_rotation import CLARIFY, opened, restarted, words
from tests.exchange.visiting import RU, US, VISIT


class Twice(NamedTuple):
    """A machine and its copy went on under one epoch number: the other side heard of one, then of
    both. `first` is what the message of the one was called before."""

    peers: Peers
    line: bytes
    one: Ref
    other: Ref
    first: str

    @property
    def ru(self) -> Station:
        return self.peers[RU].station


@pytest.fixture
def twice(monkeypatch: pytest.MonkeyPatch) -> Twice:
    """Nothing is folded anew by chance: what is kept of the one has to notice the other."""
    monkeypatch.setattr(reading, "refold_line", lambda station, line_id: None)
    peers, line = opened()
    us = peers[US].station
    copy, keyring = snapshot(us), us.keyring.to_bytes()
    reopen(peers[US], line)
    one = peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    ru = peers[RU].station
    first = named(ru, line, one)
    queue_of(ru, line)
    sought(ru, line, "")
    us.store = SqliteStore.from_snapshot(copy)
    peers[US].station = restarted(us, keyring)
    reopen(peers[US], line)
    other = peers.say(US, line, CLARIFY, words("told by the copy"))
    peers.carry(US)
    assert {us.counter for us in ru.logs_of(line) if us.party == US} == {1, 2}
    return Twice(peers, line, one, other, first)


def sought(station: Station, line: bytes, text: str) -> set[Any]:
    while searching.step(station):
        pass
    return {tuple(row["ref"]) for row in searching.find(station, [line], Asked(text))["rows"]}


def test_siblings_are_called_alike_by_the_fold_and_by_everything_that_is_shown(
    twice: Twice,
) -> None:
    ru, state = twice.ru, reading.state(twice.ru, twice.line)
    desk: Any = SimpleNamespace(station=ru, roster=SimpleNamespace(officers={}))
    for place in (twice.one, twice.other):
        entry = entries.at(ru, place)
        number = state.number(entry)
        assert number.rstrip("0123456789").rstrip(".").lstrip("0123456789"), "it has letters"
        page = shown(ru, place, "en")
        assert page["number"] == number == ru.number(place) == entry_plan(ru, entry)["number"]
        assert page["before"] == list(before(number))
        sheet = case_sheet(desk, place, "en")
        assert sheet["number"] == number
        assert named(ru, twice.line, place) == f"{US}:{number}"
    assert {row["number"] for row in queue_of(ru, twice.line)} <= {
        state.number(entry) for entry in state.entries.values()
    }


def test_a_page_says_what_the_number_was_before(twice: Twice) -> None:
    page = told(twice.peers, RU, ref=[*twice.one])
    assert named(twice.ru, twice.line, twice.one) in page
    (said,) = [row for row in page.split("\n") if row.startswith("Number before another log")]
    assert said.endswith(f" {twice.first}")
    assert "Number before" not in told(twice.peers, RU, ref=[twice.peers[RU].log(twice.line), 1])


def test_the_page_of_a_line_names_the_logs_that_share_a_number(twice: Twice) -> None:
    """The template alone, in a language that runs from right to left."""
    desk: Any = SimpleNamespace(station=twice.ru, lane=Lane())
    line = asyncio.run(line_show(desk, {"line": twice.line.hex()}))
    called = {log["origin"]: f"{log['party']}:{log['epoch']}" for log in line["logs"]}
    for place in (twice.one, twice.other):
        assert named(twice.ru, twice.line, place) == f"{called[place.origin]}.1"
    made, words = look.environment(), look.Words("ar")
    template, pager = made.get_template("line.html"), made.get_template("filters.html").module
    lists: dict[str, Any] = {key: [] for key in ("members", "cases", "groups", "lately")}
    lists |= {"line": line, "may_draft": False, "w": words, "siblings": siblings(line)}
    lists |= {"pager": pager.pager, "page": 1, "pages": 1, "proposal": {}}  # type: ignore[attr-defined]
    page = "".join(template.blocks["main"](template.new_context(lists)))
    assert words.term("remark.epoch.sibling") in page
    assert all(called[place.origin] in page for place in (twice.one, twice.other))
    assert page.count('<bdi dir="ltr">us.example:') == 2


def test_a_name_of_before_is_asked_about_with_both_offered(twice: Twice) -> None:
    ru, line = twice.ru, twice.line
    assert twice.first == f"{US}:2.1"
    with pytest.raises(Unread, match="which-entry") as asked:
        found_entry(ru, line, twice.first)
    offered = str(asked.value.blanks["names"]).split(" · ")
    assert {tuple(found_entry(ru, line, name)) for name in offered} == {twice.one, twice.other}  # type: ignore[arg-type]
    for place in (twice.one, twice.other):
        assert found_entry(ru, line, named(ru, line, place)) == [*place]


def test_a_search_finds_what_a_name_means_and_both_by_the_name_of_before(twice: Twice) -> None:
    """The first of the two was in the index before the second was known."""
    ru, line = twice.ru, twice.line
    assert sought(ru, line, twice.first) == {twice.one, twice.other}
    for place in (twice.one, twice.other):
        assert sought(ru, line, named(ru, line, place)) == {place}
    # Who knows one of them alone takes the longer name back as well.
    assert sought(twice.peers[US].station, line, named(ru, line, twice.other)) == {twice.other}


def test_what_is_not_ours_is_told_by_the_letters_of_its_log(
    twice: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To whom holds both of its own: its officers name either of the two."""
    monkeypatch.setattr(twice.ru, "party", US)
    with pytest.raises(NoSuchFloor, match=r"2[a-z]+, 2[a-z]+ of ours"):
        rotation.floors_from(twice.ru, twice.line, "2", 1)
    for place in (twice.one, twice.other):
        epoch = twice.ru.number(place).partition(".")[0]
        assert rotation.floors_from(twice.ru, twice.line, epoch, 1) == {place.origin: 1}
