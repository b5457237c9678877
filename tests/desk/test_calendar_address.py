"""A calendar program reads when something is due at an officer's own secret address.

It has no session: the address is the whole right, so it says as little as it can, follows the
officer's roles, is answered so often and no oftener, and is over when it is ended.
"""

import asyncio
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openline.desk import subscribed
from openline.desk.deskbook import Deskbook
from openline.desk.pages import own_pages, register_pages
from openline.desk.pages.look import LANGUAGES, Words
from openline.desk.pages.visit import NotAllowed, Visit
from openline.desk.roster import ADMINISTRATOR, LINE_ROLES, Officer
from openline.desk.subscribed import AT_ONCE, EACH_S, Pace
from openline.exchange.kept import keeping
from tests.desk.paged import ANNA, visit_of
from tests.desk.seated import ANNA as SEATED
from tests.desk.seated import Seat, at_desk, made_home
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.visiting import VISIT

US, RU, CH = "us.example", "ru.example", "ch.example"
SECRET = "ab" * subscribed.SECRET_BYTES
Due = tuple[Peers, bytes, bytes]
TIMERS: dict[str, Any] = {"acknowledge.visit": 3_600, "answer.visit": 7_200}


@pytest.fixture
def due() -> Due:
    """Our party owes something on two lines."""
    peers = make_peers(US, RU, CH)
    lines = [peers.open_line(US, each, timers=TIMERS) for each in (RU, CH)]
    for party, line in zip((RU, CH), lines, strict=True):
        peers.say(party, line, "core/visit@1", VISIT)
    peers.carry()
    return peers, lines[0], lines[1]


def fetched(peers: Peers, officer: Officer, secret: str) -> tuple[int, str]:
    """What a program without any cookie gets at an address, while this officer is at the desk."""
    visit = visit_of(peers, US, officer=officer, route={"secret": secret})
    visit.officer = None
    answer = asyncio.run(register_pages.subscribed_feed(visit))
    return answer.status_code, bytes(answer.body).decode()


def subscribe(peers: Peers, officer: Officer) -> str:
    visit = visit_of(peers, US, officer=officer)
    return subscribed.subscribe(visit.context.book, officer.person, visit.context.random, 1)


def on(*lines: bytes) -> Officer:
    return replace(ANNA, lines={line.hex(): LINE_ROLES for line in lines})


def test_a_program_without_a_session_reads_when_and_never_what(
    due: Due,
) -> None:
    peers, first, second = due
    status, text = fetched(peers, on(first, second), subscribe(peers, ANNA))
    assert (status, text.count("BEGIN:VEVENT")) == (200, 2)
    assert "something is due on line" in text
    said = [str(each) for each in (RU, CH, "visit", "Kyiv", first.hex(), second.hex())]
    assert [each for each in said if each in text] == []


def test_it_follows_the_roles_that_its_officer_has_now(due: Due) -> None:
    """One address: given away line by line, it shows less; with a role, more."""
    peers, first, second = due
    secret = subscribe(peers, ANNA)
    feeds = [
        fetched(peers, on(*lines), secret)[1]
        for lines in ((first, second), (first,), (second,), ())
    ]
    assert [feed.count("BEGIN:VEVENT") for feed in feeds] == [2, 1, 1, 0]
    numbers = [set(re.findall(r"line (\d{6})", feed)) for feed in feeds]
    assert numbers[1].isdisjoint(numbers[2]) and numbers[1] | numbers[2] == numbers[0]


def test_a_wrong_address_one_that_was_ended_and_one_of_nobody_here_are_answered_alike(
    due: Due,
) -> None:
    peers, first, _ = due
    secret = subscribe(peers, ANNA)
    assert fetched(peers, on(first), secret)[0] == 200, "the control"
    left = replace(ANNA, person=bytes(15) + b"b")  # Anna is not among the officers any more
    answers = {fetched(peers, left, secret), fetched(peers, on(first), SECRET)}
    answers |= {fetched(peers, on(first), each) for each in ("", "x", secret[:-1], secret.upper())}
    subscribed.end(visit_of(peers, US).context.book, ANNA.person)
    answers.add(fetched(peers, on(first), secret))
    assert answers == {(404, "no such calendar\n")}


def test_a_new_address_ends_the_one_before_and_the_secret_itself_is_kept_nowhere(
    due: Due,
) -> None:
    peers, first, _ = due
    book = visit_of(peers, US).context.book
    draw = iter((b"\1" * 32, b"\2" * 32))
    old, new = (subscribed.subscribe(book, ANNA.person, lambda _: next(draw), 1) for _ in range(2))
    assert [fetched(peers, on(first), each)[0] for each in (old, new)] == [404, 200]
    kept = str(keeping.read_notes(peers[US].station, subscribed.KIND))
    assert old not in kept and new not in kept and ANNA.person.hex() in kept
    assert subscribed.whose(Deskbook(peers[US].station), new) == ANNA.person, "after a restart too"


def test_an_address_is_answered_a_few_times_at_once_and_then_once_a_minute() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    assert [pace.wait_s(b"a") for _ in range(AT_ONCE)] == [0.0] * AT_ONCE
    assert pace.wait_s(b"a") == EACH_S
    assert pace.wait_s(b"b") == 0.0, "another officer's is answered meanwhile"
    now[0] += EACH_S / 2
    assert pace.wait_s(b"a") == EACH_S / 2
    now[0] += EACH_S / 2
    assert [pace.wait_s(b"a") for _ in range(2)] == [0.0, EACH_S]
    now[0] += 1_000 * EACH_S
    assert sum(pace.wait_s(b"a") == 0.0 for _ in range(2 * AT_ONCE)) == AT_ONCE


def test_who_asks_too_often_is_told_when_to_come_again(due: Due) -> None:
    peers, first, _ = due
    secret = subscribe(peers, ANNA)
    visit = visit_of(peers, US, officer=on(first), route={"secret": secret})
    visit.context.pace = Pace(lambda: 0.0)
    answers = [asyncio.run(register_pages.subscribed_feed(visit)) for _ in range(AT_ONCE + 1)]
    assert [each.status_code for each in answers] == [200] * AT_ONCE + [429]
    assert answers[-1].headers["retry-after"] == str(int(EACH_S))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_shows_an_address_once_and_since_when_there_is_one(
    due: Due, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stepped(visit: Visit, purpose: str) -> None:
        assert purpose == own_pages.OWN

    monkeypatch.setattr(own_pages, "stepped_up", stepped)
    words = Words(lang)
    before = page(own_pages.own, due[0], lang)
    made = page(own_pages.subscribe, due[0], lang)
    after = page(own_pages.own, due[0], lang)
    assert words("own.calendar-lead") in before and words("own.calendar-since") not in before
    address = re.search(r"http://localhost/calendar/([0-9a-f]{64})/openline\.ics", made)
    assert address and words("own.calendar-made") in made and 'action="/me/calendar/end"' in made
    assert fetched(due[0], on(due[1]), address[1])[0] == 200
    assert words("own.calendar-since") in after and address[1] not in after
    asyncio.run(own_pages.unsubscribe(visit_of(due[0], US)))
    assert words("own.calendar-since") not in page(own_pages.own, due[0], lang)
    assert fetched(due[0], on(due[1]), address[1])[0] == 404


def page(of: Any, peers: Peers, lang: str) -> str:
    return bytes(asyncio.run(of(visit_of(peers, US, lang=lang))).body).decode()


def test_an_administrator_who_reads_no_line_has_no_calendar(
    due: Due,
) -> None:
    admin = replace(ANNA, roles=(ADMINISTRATOR,), lines={})
    visit = visit_of(due[0], US, officer=admin)
    with pytest.raises(NotAllowed):
        asyncio.run(own_pages.subscribe(visit))
    assert "calendar" not in bytes(asyncio.run(own_pages.own(visit)).body).decode()


# ---- through the whole application ---------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENLINE_PASSPHRASE", "only for this test")
    return made_home(tmp_path)


def test_no_address_is_made_without_the_passkey_and_it_ends_with_its_officer(home: Path) -> None:
    async def steps(seat: Seat) -> None:
        assert (await seat.post("/me/calendar", {})).status == 403
        station = seat.desk.station
        book = Deskbook(station)
        secret = subscribed.subscribe(book, SEATED, station.random, 1)
        address = f"/calendar/{secret}/openline.ics"
        cookie, seat.cookie = seat.cookie, "none=none"
        answer = await seat.get(address)
        assert (answer.status, answer.headers["content-type"]) == (
            200,
            "text/calendar; charset=utf-8",
        )
        assert answer.headers["cache-control"] == "no-store"
        assert (await seat.get(address, host="elsewhere.example:1")).status == 403
        seat.cookie = cookie
        await seat.desk.lane.run(seat.desk.roster.remove, SEATED)
        assert (await seat.get(address)).status == 404
        assert subscribed.since_s(Deskbook(station), SEATED) == 0, "not only asleep: it is over"

    at_desk(home, steps)


def test_the_secret_stands_in_no_log_and_no_event_whatever_goes_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(visit: Visit, officer: Officer) -> Any:
        raise ZeroDivisionError("nobody foresaw this")

    async def steps(seat: Seat) -> None:
        station = seat.desk.station
        secret = subscribed.subscribe(Deskbook(station), SEATED, station.random, 1)
        address = f"/calendar/{secret}/openline.ics"
        assert (await seat.get(address)).status == 200
        assert (await seat.get(f"/calendar/{SECRET}/openline.ics")).status == 404
        assert (await seat.get(f"{address}/more")).status == 404
        monkeypatch.setattr(register_pages, "feed_of", broken)
        assert (await seat.get(address)).status == 500
        assert (await seat.get(f"/enrol/{SECRET}")).status == 410
        told = [*seat.failed, caplog.text, *(str(each) for each in station.store.events())]
        assert len(seat.failed) == 1 and "/calendar/{secret}/openline.ics" in seat.failed[0]
        assert not any(each in text for text in told for each in (secret, SECRET))

    caplog.set_level(logging.DEBUG)
    at_desk(home, steps)
