"""What entries are that a message names, and by what lists name a message."""

from typing import Any

import pytest

from openline.cases import shown as readers
from openline.cases.entry import Ref
from openline.desk.meant import meant
from openline.desk.pages.begun_forms import found_entry
from openline.desk.pages.form_values import read_ref
from openline.desk.pages.typed_times import Unread
from openline.desk.views import shown
from openline.exchange.folding.waiting import queue_of
from tests.exchange.conftest import Peers, make_peers, text

US, RU = "us.example", "ru.example"
VISIT: dict[str, Any] = {
    "subject": text("Visit"), "place": "Kyiv", "effect": "acknowledge",
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip
Lines = tuple[Peers, bytes, bytes]


@pytest.fixture
def two() -> Lines:
    """Two lines between the same two parties."""
    peers = make_peers(US, RU)
    lines = [
        peers.open_line(US, RU, title=title, packs=["core", "humanitarian"]) for title in ("A", "B")
    ]
    return peers, lines[0], lines[1]


def hit(peers: Peers, line_id: bytes, affected: Ref) -> Ref:
    """An incident that names what it befell."""
    fields: dict[str, Any] = {"incident": "clinic-1", "affected": [list(affected)]}
    return peers.say(US, line_id, "humanitarian/incident@1", fields, answer="report")


def value_of(peers: Peers, place: Ref, number: str = "6") -> str:
    rows = shown(peers[US].station, place, "en")["rows"]
    return str(next(value for nth, _, value in rows if nth == number))


def test_an_entry_that_an_item_names_is_shown_by_form_and_subject(two: Lines) -> None:
    peers, line_id, _ = two
    told = peers.say(US, line_id, "core/visit@1", VISIT)
    assert value_of(peers, hit(peers, line_id, told)) == (
        "us.example:1.1, Notice of a visit, Visit"
    )


def test_an_entry_of_another_line_is_named_by_its_place_alone(two: Lines) -> None:
    """Who reads here may have no role there: not even a subject may cross."""
    peers, line_id, other = two
    told = peers.say(US, other, "core/visit@1", VISIT)
    assert value_of(peers, hit(peers, line_id, told)) == f"{told.origin} {told.index}"
    (row,) = meant(peers[US].station, line_id, [told])
    assert not row["held"] and "subject" not in row


def test_the_queue_names_a_site_and_a_movement_by_what_they_are_called(two: Lines) -> None:
    peers, line_id, _ = two
    for form, fields in (("site", {"site": "site-047"}), ("movement", {"movement": "convoy-9"})):
        peers.say(US, line_id, f"humanitarian/{form}@1", fields)
    peers.carry()
    named = {row["format"]: row["subject"] for row in queue_of(peers[RU].station, line_id)}
    assert named == {"humanitarian/site@1": "site-047", "humanitarian/movement@1": "convoy-9"}


@pytest.mark.parametrize("value", [7, ["x"], [{"lang": 3, "text": "x"}], [{"text": "x"}], {}])
def test_what_is_no_line_and_no_text_names_nothing(value: Any) -> None:
    assert readers.subject({"subject": value}) == []
    assert readers.subject({"subject": value, "site": "site-1"}) == "site-1"


def test_the_desk_finds_an_entry_by_its_number_on_the_line_of_the_form_and_nowhere_else(
    two: Lines,
) -> None:
    peers, line_id, other = two
    station, told = peers[US].station, peers.say(US, line_id, "core/visit@1", VISIT)
    assert read_ref("us.example:1.1") == "us.example:1.1"
    assert found_entry(station, line_id, "us.example:1.1") == [*told]
    for name in ("us.example:1.2", "us.example:2.1", "ru.example:1.7", "us.example:1.x", ":"):
        with pytest.raises(Unread, match="no-entry"):
            found_entry(station, line_id, name)
    with pytest.raises(Unread, match="no-entry"):
        found_entry(station, other, "us.example:1.1")
