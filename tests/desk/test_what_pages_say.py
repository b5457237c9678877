"""What pages say of silence, of the end of a guarantee, of steps that replace nothing."""

from types import SimpleNamespace
from typing import Any

import pytest

from openline.cases.ahead import ahead
from openline.cases.entry import Ref
from openline.cases.ours import UNTIMED_S
from openline.cases.precedence import NO_DEADLINE
from openline.cases.registers.line import limits
from openline.cases.views import case_view
from openline.cli.commands.queue import ours_row
from openline.desk.pages.look import Words
from openline.desk.pages.queue_pages import says
from openline.desk.watchroom import is_late
from openline.exchange.folding.waiting import late_of, ours_of
from openline.exchange.logs import alike
from tests.cases.hand import folded, pens, visit
from tests.cases.hand import text as words
from tests.desk.test_documents import told as page_of
from tests.exchange.conftest import T0, Peers, make_peers, text

US, RU = "us.example", "ru.example"
VISIT: dict[str, Any] = {
    "subject": text("Visit"), "place": "Kyiv", "effect": "guarantee",
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip
BOUNDS: dict[str, Any] = {"scope": text("All"), "from": VISIT["from"], "until": VISIT["until"]}
Told = tuple[Peers, bytes, Ref]


@pytest.fixture
def told() -> Told:
    """A visit that ru.example has, to be acknowledged within an hour."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, timers={"acknowledge.visit": 3_600})
    place = peers.say(US, line_id, "core/visit@1", VISIT)
    peers.carry()
    return peers, line_id, place


def test_who_has_time_left_is_not_silent_and_who_let_it_pass_is(told: Told) -> None:
    peers, line_id, place = told
    for party in (US, RU):
        page = page_of(peers, party, ref=list(place))
        assert "No answer yet" in page and "Silent" not in page
    peers.clock.time_s = T0 + 3_700
    for party in (US, RU):
        page = page_of(peers, party, ref=list(place))
        assert "Silent" in page and "No answer yet" not in page
        station = peers[party].station
        assert late_of(station, line_id) == {(place, RU)}


CLOSED: dict[str, Any] = {"at_time": "2023-11-14T22:30:00Z"}


@pytest.mark.parametrize("is_late", [True, False])
def test_whoever_let_a_time_pass_stays_silent_after_the_end_and_nobody_else_is_waited_for(
    told: Told, is_late: bool
) -> None:
    peers, line_id, place = told
    peers.clock.time_s = T0 + (3_700 if is_late else 60)
    peers.say(US, line_id, "core/close@1", CLOSED, answer="completed", refs=[place])
    peers.carry()
    peers.clock.time_s = T0 + 86_400
    for party in (US, RU):
        page = page_of(peers, party, ref=list(place))
        assert ("Silent" in page) is is_late and "No answer yet" not in page
        late = late_of(peers[party].station, line_id)
        assert late == ({(place, RU)} if is_late else frozenset())


def test_why_a_guarantee_was_taken_back_stands_with_the_request_and_under_the_guarantee(
    told: Told,
) -> None:
    peers, line_id, place = told
    given = peers.say(RU, line_id, "core/guarantee@1", BOUNDS, answer="guarantee", refs=[place])
    why = {"reason": text("The bridge is mined.")}
    peers.say(RU, line_id, "core/close@1", why, answer="withdrawn", refs=[given])
    peers.carry()
    for asked in (place, given):
        assert "The bridge is mined." in page_of(peers, US, ref=list(asked))


def test_where_a_pack_is_missing_the_alarm_about_a_difference_names_it(told: Told) -> None:
    peers, line_id, _ = told
    station = peers[US].station
    assert alike.differing(station, RU, line_id) == (
        "ru.example understands this line otherwise than this node"
    )
    station.packs = type(station.packs)((), station.packs.terms)
    assert "pack core 1 is not held here" in alike.differing(station, RU, line_id)


def replaced(*writers: Any) -> list[str]:
    state = folded(*writers)
    view = case_view(state.cases[0], {}, 0, state.number)
    return [each["replaced_by"] for each in view["matters"][0]["versions"]]


def test_a_further_step_of_an_inspection_supersedes_no_step_before_it() -> None:
    us, ru = pens("us", "ru")
    form, fields = "agreements/inspection@1", {"agreement": "CFE", "to": ["ru.example"]}
    intent = us.say(form, "intent", (), fields)
    us.say(form, "report", [intent], fields)
    assert replaced(us, ru) == ["", ""]
    us.say(form, "report", [intent], {**fields, "relation": "corrects"})
    assert replaced(us, ru) == ["", "1.2", ""]


def test_a_later_version_of_a_notice_supersedes_it_and_an_account_only_if_it_says_so() -> None:
    us, ru = pens("us", "ru")
    first = visit(us)
    us.say("core/visit@1", "-", [first], {**first.fields, "relation": "amends"})
    assert replaced(us, ru)[0] == "1.1"
    us, ru = pens("us", "ru")
    report = us.say("core/incident@1", "report", (), {"subject": words("x")})
    us.say("core/incident@1", "report", [report], {"subject": words("y")})
    assert replaced(us, ru) == ["", ""]


@pytest.mark.parametrize("format_id", ["core/close@1", "core/visit@1"])
def test_what_is_over_is_said_to_be_over_and_how(format_id: str) -> None:
    us, ru = pens("us", "ru")
    first = visit(us)
    us.say("core/close@1", "recalled", [first])
    klass, more = ("completed", {}) if "close" in format_id else ("-", {"relation": "amends"})
    fields = {**first.fields, **more} if more else {}
    (found, *_) = ahead(folded(us, ru), us.party, format_id, klass, fields, [first.ref])
    assert (found.code, found.blocks) == ("move.closed-already", True)
    assert found.sentence == "It is closed already, as recalled."


def test_a_suspended_line_is_suspended_since_the_time_that_its_party_states() -> None:
    us, ru = pens("us", "ru")
    us.say("core/line-status@1", "suspended", (), {"from": "2023-02-19T00:30:00Z"})
    ru.say("core/line-status@1", "degraded", (), {})
    found = {row["party"]: row["since"] for row in limits(folded(us, ru))}
    assert found == {US: "2023-02-19T00:30:00Z", RU: "2023-02-20T00:00:00Z"}


@pytest.fixture
def untimed() -> Told:
    """A visit that ru.example has on a line whose charter gives nobody any time."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    place = peers.say(US, line_id, "core/visit@1", VISIT)
    peers.carry()
    return peers, line_id, place


def no_deadline(told: Told) -> list[dict[str, Any]]:
    peers, line_id, _ = told
    return [row for row in ours_of(peers[US].station, line_id) if row["kind"] == NO_DEADLINE]


def test_where_no_time_was_agreed_it_is_said_after_a_day_since_when_nothing_was_said(
    untimed: Told,
) -> None:
    peers, line_id, place = untimed
    for second, is_said in ((UNTIMED_S - 1, False), (UNTIMED_S, True), (9 * UNTIMED_S, True)):
        peers.clock.time_s = T0 + second
        for party in (US, RU):
            page = page_of(peers, party, ref=list(place))
            assert "No answer yet" in page
            assert ("Silent since 2023-11-14 22:13:20Z" in page) is is_said, second
            assert ("no deadline agreed" in page) is is_said
        assert bool(no_deadline(untimed)) is is_said
        assert late_of(peers[US].station, line_id) == frozenset(), "nobody is late by it"


def test_where_a_time_was_agreed_for_an_answer_alone_nobody_says_that_none_was(told: Told) -> None:
    peers, _, _ = told
    line_id = peers.open_line(US, RU, timers={"answer.visit": 10 * UNTIMED_S}, title="answers")
    place = peers.say(US, line_id, "core/visit@1", VISIT)
    peers.carry()
    peers.clock.time_s = T0 + 2 * UNTIMED_S
    assert "no deadline agreed" not in page_of(peers, US, ref=list(place))
    assert no_deadline((peers, line_id, place)) == []


def test_the_watch_sees_one_row_for_each_party_with_the_first_message_and_how_many(
    untimed: Told,
) -> None:
    peers, line_id, place = untimed
    for _ in range(3):
        peers.clock.time_s += 60
        peers.say(US, line_id, "core/visit@1", VISIT)
    peers.carry()
    peers.clock.time_s = T0 + 2 * UNTIMED_S
    (row,) = no_deadline(untimed)
    assert (row["party"], row["ref"], row["count"]) == (RU, list(place), 4)
    assert row["since"] == "2023-11-14T22:13:20Z"
    assert not is_late(row, peers.clock.now_s(), None)
    shown = ours_row({**row, "late": False}, "en")
    assert shown[2] == "no answer yet, no time was agreed: ru.example"


@pytest.mark.parametrize("lang", ["en", "ru", "ar"])
def test_the_desk_says_how_long_it_is_in_the_readers_language(untimed: Told, lang: str) -> None:
    peers = untimed[0]
    peers.clock.time_s = T0 + 3 * UNTIMED_S
    (row,) = no_deadline(untimed)
    context = SimpleNamespace(desk=SimpleNamespace(station=peers[US].station))
    visit: Any = SimpleNamespace(words=Words(lang), context=context)
    said = says(visit, row)
    assert "3" in said and (lang != "en" or said.startswith("silent for 3"))
    assert Words(lang)("ours.no-deadline") and (lang == "en" or "silent" not in said)


def test_whoever_has_said_anything_is_not_said_to_be_silent(untimed: Told) -> None:
    peers, line_id, place = untimed
    duty = {"position": "watch", "at_time": "2023-11-14T22:30:00Z"}
    peers.say(RU, line_id, "core/acknowledge@1", duty, "received", refs=[place])
    peers.carry()
    peers.clock.time_s = T0 + 2 * UNTIMED_S
    assert no_deadline(untimed) == []
    assert "Silent since" not in page_of(peers, US, ref=list(place))


def test_who_has_not_received_is_not_said_to_be_silent(untimed: Told) -> None:
    peers, line_id, _ = untimed
    place = peers.say(US, line_id, "core/visit@1", VISIT)
    peers.clock.time_s = T0 + 2 * UNTIMED_S
    assert "NOT RECEIVED" in page_of(peers, US, ref=list(place))
    assert "Silent since" not in page_of(peers, US, ref=list(place))
    (row,) = no_deadline(untimed)
    assert row["count"] == 1
