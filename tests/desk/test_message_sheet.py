"""What stands above a message and a draft: to whom, about what, whether it stands, who has it."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.desk.addressing import refused_replies
from openline.desk.forms import draft_value, times_of
from openline.desk.message_sheet import draft_sheet, message_sheet
from openline.desk.views import shown
from openline.exchange.drafting import drafts
from openline.exchange.folding.sights import Period
from openline.exchange.folding.sights import times_of as sights
from openline.formats.document.model import plain_words
from tests.exchange.conftest import Peers, make_peers, text

US, RU = "us.example", "ru.example"
VISIT = {
    "subject": text("Visit"), "place": "Kyiv", "effect": "acknowledge", "route": "old road",
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip
Told = tuple[Peers, bytes, Ref]


@pytest.fixture
def told() -> Told:
    """A visit with a withheld route, told by us.example to ru.example."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, timers={"answer.visit": 86_400, "acknowledge.visit": 7_200})
    place = peers.say(US, line_id, "core/visit@1", VISIT, withhold=["route"])
    peers.carry()
    return peers, line_id, place


def desk(peers: Peers, party: str) -> Any:
    return SimpleNamespace(station=peers[party].station, roster=SimpleNamespace(officers={}))


def page(peers: Peers, party: str, place: Ref, lang: str = "en") -> dict[str, Any]:
    there = desk(peers, party)
    return message_sheet(there, shown(there.station, place, lang), lang)


def checked(peers: Peers, party: str, draft: drafts.Draft, lang: str = "en") -> dict[str, Any]:
    there = desk(peers, party)
    return draft_sheet(there, drafts.describe(there.station, draft), lang)


def rungs(sheet: dict[str, Any]) -> list[str]:
    (row,) = sheet["ladder"]["rows"]
    return [plain_words(cell["words"]) for cell in row["cells"]]


def test_a_draft_says_to_whom_it_goes_and_what_it_is_about(told: Told) -> None:
    peers, line_id, place = told
    made = peers.draft(RU, line_id, "core/acknowledge@1", {}, "received", [place])
    sheet = checked(peers, RU, made)
    assert [plain_words(each) for each in sheet["to"]] == [US]
    (about,) = sheet["about"]
    assert (about["name"], plain_words(about["what"])) == ("us.example:1.1", "Notice of a visit")
    assert about["parts"][0]["text"] == "Visit"


def test_a_reply_says_what_it_answers_after_it_was_sent_too_and_with_its_class(told: Told) -> None:
    peers, line_id, place = told
    answer = peers.say(RU, line_id, "core/answer@1", {}, "noted-without-guarantee", [place])
    peers.carry()
    sheet = page(peers, US, answer)
    assert sheet["about"][0]["name"] == "us.example:1.1"
    clear = peers.say(US, line_id, "core/judgement@1", {"text": text("?")}, "unclear", [answer])
    (about,) = page(peers, US, clear)["about"]
    assert plain_words(about["class"]) == "Noted without guarantee"


def test_an_addressee_that_a_withheld_item_names_is_not_given_away() -> None:
    peers = make_peers(US, RU, "cell.example")
    line_id = peers.open_line(US, RU, "cell.example")
    content = {**VISIT, "to": [RU]}

    def to(*withhold: str) -> list[str]:
        made = peers.draft(US, line_id, "core/visit@1", content, withhold=withhold)
        return [plain_words(each) for each in checked(peers, US, made)["to"]]

    assert to("route") == [RU]
    assert to("route", "to") == ["cell.example", RU]  # as the others will read it


def test_what_nobody_is_shown_is_named_and_no_release_is_among_it(told: Told) -> None:
    peers, line_id, _ = told
    made = peers.draft(US, line_id, "core/visit@1", VISIT, withhold=["route"])
    assert checked(peers, US, made)["hidden"] == ["route"]


def test_its_author_reads_what_is_not_shown_and_its_reader_that_something_is_not(
    told: Told,
) -> None:
    peers, _, place = told
    ours, theirs = page(peers, US, place), page(peers, RU, place)
    assert (ours["hidden"], ours["unseen"]) == (["route"], 0)
    assert (theirs["hidden"], theirs["unseen"]) == ([], 1)


def test_the_page_has_every_rung_and_the_class_of_the_answer(told: Told) -> None:
    peers, line_id, place = told
    seen = {"position": "duty officer", "at_time": "2023-11-14T22:14:00Z"}
    peers.say(RU, line_id, "core/acknowledge@1", seen, "received", [place])
    peers.say(RU, line_id, "core/answer@1", {}, "noted-without-guarantee", [place])
    peers.carry()
    found = rungs(page(peers, US, place))
    assert found[1].startswith("Received")
    assert found[4].startswith("Noted without guarantee")
    assert page(peers, RU, place)["acknowledged"]


def test_nobody_is_silent_towards_an_answer(told: Told) -> None:
    peers, line_id, place = told
    answer = peers.say(RU, line_id, "core/answer@1", {}, "declined", [place])
    peers.carry()
    assert "Silent" not in rungs(page(peers, RU, answer))
    assert rungs(page(peers, US, place))[4] != "Silent"


def test_a_guarantee_without_effect_says_so_above_everything(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers, line_id, place = told
    bounds = {
        "scope": text("Safe passage"),
        "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
    }  # fmt: skip
    with monkeypatch.context() as elsewhere:  # a node that has no such rule sends it
        elsewhere.setattr(drafts, "refuse_hidden", lambda *_: None)
        bad = peers.say(
            RU, line_id, "core/guarantee@1", bounds, "guarantee", [place], ["scope", "until"]
        )
    peers.carry()
    sheet = page(peers, US, bad)
    (stands,) = sheet["stands"]
    assert plain_words(stands.cells[0].value) == "WITHOUT EFFECT"
    (odd,) = sheet["odd"]
    assert "all shown" in plain_words(odd.notes)
    good = peers.say(RU, line_id, "core/guarantee@1", bounds, "guarantee", [place])
    peers.carry()
    assert page(peers, US, good)["stands"] == ()


def test_one_is_offered_no_reply_that_would_be_refused(told: Told) -> None:
    peers, _, place = told
    own = refused_replies(peers[US].station, place)
    assert {"core/acknowledge@1", "core/readback@1", "core/answer@1", "core/guarantee@1"} <= own
    assert not own & {"core/close@1", "core/reveal@1", "core/told-elsewhere@1"}
    theirs = refused_replies(peers[RU].station, place)
    assert theirs == {"core/close@1", "core/reveal@1"}  # its author alone may say these


def test_a_form_promises_no_answer_that_it_does_not_ask_for(told: Told) -> None:
    peers, line_id, _ = told
    station = peers[US].station
    form = station.packs.format("core/visit@1")
    assert form is not None

    def owed(effect: str) -> list[str]:
        fields: Any = {**VISIT, "effect": effect}
        return [each["kind"] for each in times_of(station, line_id, form, fields)["owed"]]

    assert owed("acknowledge") == ["acknowledge"]
    assert owed("guarantee") == ["acknowledge", "answer"]
    assert owed("none") == []


def test_the_timeline_says_who_has_not_received(told: Told) -> None:
    peers, line_id, first = told
    peers.cut.add(US)
    late = peers.say(US, line_id, "core/visit@1", VISIT)
    rows = {tuple(r["ref"]): r for r in sights(peers[US].station, line_id, Period())}
    assert rows[tuple(first)]["not_received"] == []
    assert (rows[tuple(late)]["not_received"], rows[tuple(late)]["heard"]) == ([RU], False)
    assert json.dumps(rows[tuple(late)])


def test_drafts_of_one_form_on_one_line_are_told_apart_by_their_first_words_or_what_they_are_about(
    told: Told,
) -> None:
    peers, line_id, place = told
    other = {**VISIT, "subject": text("Second visit, " + "far " * 30)}
    found = [
        draft_value(peers[US].station, peers.draft(US, line_id, "core/visit@1", each))
        for each in (VISIT, other)
    ]
    assert [each["gist"][:12] for each in found] == ["Visit", "Second visit"]
    assert len(found[1]["gist"]) == 60
    assert [(each["about"], each["releases"], each["officers"]) for each in found] == [
        ("", 0, 1),
        ("", 0, 1),
    ]
    answer = peers.draft(RU, line_id, "core/answer@1", {}, "received", [place])
    assert draft_value(peers[RU].station, answer)["about"] == "us.example:1.1"
