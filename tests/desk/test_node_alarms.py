"""What the node has to tell somebody at night: at the desk, whom it concerns, until it was seen."""

from dataclasses import replace

import pytest

from openline.desk.pages import node_alarm_pages, shift_pages, watch_pages
from openline.desk.pages.look import LANGUAGES, Words
from openline.desk.pages.visit import NotAllowed
from openline.desk.roster import ADMINISTRATOR, EVERY_LINE, Officer
from openline.exchange.kept import alarms
from openline.exchange.kept.alarms import GRAVE, AlarmGone
from openline.exchange.refusals import NeedsYes
from openline.exchange.traffic import asks, recover
from openline.formats.coded import of_event
from openline.formats.request import Ask
from openline.formats.terms import load_terms
from tests.desk.paged import ANNA, paged, visit_of
from tests.desk.test_pages_in_process import element, plain
from tests.exchange.conftest import Peers, make_peers

US, RU, CELL = "us.example", "ru.example", "cell.example"
AUDIT = replace(ANNA, person=bytes(15) + b"z", name="Zoe", lines={EVERY_LINE: ("auditor",)})
ADMIN = replace(ANNA, person=bytes(15) + b"y", name="Yan", roles=(ADMINISTRATOR,), lines={})


@pytest.fixture
def told() -> tuple[Peers, bytes]:
    peers = make_peers(US, RU)
    return peers, peers.open_line(US, RU)


def board(peers: Peers, officer: Officer = ANNA, lang: str = "en") -> str:
    page = paged(watch_pages.board, visit_of(peers, US, officer=officer, lang=lang))
    return plain(element(page, "section", 'aria-labelledby="node-alarms"'))


def tell(peers: Peers, subject: str, code: str, words: str = "told") -> int:
    station = peers[US].station
    station.note_event("alarm", subject, code, words)
    return station.store.events("alarm", 1)[0].serial


def say_seen(peers: Peers, serial: int, officer: Officer = ANNA) -> None:
    visit = visit_of(peers, US, officer=officer, form={"serial": str(serial), "next": "/watch"})
    paged(node_alarm_pages.seen, visit)


def test_every_grave_alarm_has_words_and_says_what_to_do_in_every_language() -> None:
    terms = load_terms()
    found = {code: ".".join(of_event(code)) for code in GRAVE}
    for_operator = {
        code
        for code in GRAVE
        if node_alarm_pages.to_do({"kind": "alarm", "code": code}) == "operator"
    }
    assert for_operator == {"exchange.keyring-behind", "growth.stopped"}
    for lang in LANGUAGES:
        said = {Words(lang)(f"alarms.do-{each}") for each in set(node_alarm_pages.TO_DO.values())}
        assert len(said) == len(set(node_alarm_pages.TO_DO.values()))
        assert all(not terms.label(each, lang).is_fallback for each in found.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_alarm_stands_on_board_and_watch_until_a_named_officer_has_seen_it(
    told: tuple[Peers, bytes], lang: str
) -> None:
    peers, _ = told
    assert board(peers, lang=lang) == ""
    serial = tell(peers, RU, "party.doubled", "two nodes speak as ru.example")
    said = board(peers, lang=lang)
    assert str(load_terms().label("remark.party.doubled", lang)) in said or lang == "en"
    assert Words(lang)("alarms.do-ring") in said and RU in said
    watch = plain(paged(shift_pages.watch, visit_of(peers, US, lang=lang)))
    assert Words(lang)("alarms.do-ring") in watch
    say_seen(peers, serial)
    assert board(peers, lang=lang) == ""
    (event,) = peers[US].station.store.events("seen")
    assert (event.code, event.subject) == ("party.doubled", RU) and "Anna" in event.text


def test_what_was_told_again_since_the_page_was_made_is_not_seen_with_it(
    told: tuple[Peers, bytes],
) -> None:
    peers, _ = told
    old = tell(peers, RU, "reseal.asked")
    new = tell(peers, RU, "reseal.asked")
    with pytest.raises(AlarmGone):
        say_seen(peers, old)
    with pytest.raises(AlarmGone):
        alarms.see(peers[US].station, old, "Anna")
    assert "Times told: 2" in board(peers)
    say_seen(peers, new)
    tell(peers, RU, "reseal.asked")
    assert "ru.example" in board(peers) and "times" not in board(peers)


def test_who_has_no_role_on_a_line_reads_no_alarm_of_it(told: tuple[Peers, bytes]) -> None:
    peers, line = told
    own = peers[RU].station.own_log(line)
    for subject in (line.hex(), own.origin):
        tell(peers, subject, "log.unexplained", "a head of size 3 does not belong here")
    assert "does not fit" not in board(peers, ADMIN)
    elsewhere = replace(ANNA, lines={"00" * 32: ANNA.lines[EVERY_LINE]})
    assert board(peers, elsewhere) == ""
    assert "does not belong here" in board(peers, AUDIT)


def test_what_concerns_no_line_is_for_administrators_and_the_watch(
    told: tuple[Peers, bytes],
) -> None:
    peers, line = told
    serial = tell(peers, "clock", "exchange.clock-unsure")
    tell(peers, RU, "party.doubled")
    assert "clock" in board(peers, ADMIN) and RU in board(peers, ADMIN)
    assert board(peers, AUDIT) == ""
    say_seen(peers, serial, ADMIN)
    elsewhere = replace(ANNA, lines={"00" * 32: ANNA.lines[EVERY_LINE]})
    assert board(peers, elsewhere) == ""  # not even that there is such a party
    assert RU in board(peers, replace(ANNA, lines={line.hex(): ("watch",)}))


def test_only_the_watch_of_a_line_says_seen(told: tuple[Peers, bytes]) -> None:
    peers, line = told
    serial = tell(peers, line.hex(), "fold.differs")
    with pytest.raises(NotAllowed):
        say_seen(peers, serial, AUDIT)
    with pytest.raises(AlarmGone):
        say_seen(peers, serial, ADMIN)
    assert len(alarms.standing(peers[US].station)) == 1


def test_a_fork_leads_to_its_page_and_refusals_stand_below(told: tuple[Peers, bytes]) -> None:
    peers, line = told
    own = peers[RU].station.own_log(line)
    peers[US].station.note_event("refused", RU, "exchange.root-mismatch", "1 in the last minute")
    tell(peers, own.origin, "log.forked", "ru.example signed two histories")
    page = paged(watch_pages.board, visit_of(peers, US))
    assert f"/frozen?o={own.origin.replace('/', '%2F')}" in page
    said = board(peers)
    assert said.index("two histories") < said.index("Refused")


def test_a_reseal_that_a_person_has_to_allow_is_shown_on_both_desks() -> None:
    """PROTOCOL part 6; at the asking desk once until it is seen, however often the node asks."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    own = peers[RU].station.own_log(line)
    for _ in range(2):
        recover.reseal_refused(peers[US].station, RU, (own.origin, "0"), NeedsYes.code)
    (asking,) = alarms.standing(peers[US].station)
    assert (asking.code, asking.subject, asking.count) == ("reseal.waits", RU, 1)
    with pytest.raises(NeedsYes):
        asks.check_yes(peers[RU].station, Ask(US, RU, 0, bytes(16), "reseal", ()))
    (asked,) = alarms.standing(peers[RU].station)
    assert (asked.code, asked.subject) == ("reseal.asked", US)
    for party, other in ((US, RU), (RU, US)):
        page = plain(paged(watch_pages.board, visit_of(peers, party)))
        assert Words("en")("alarms.do-ring") in page and other in page
