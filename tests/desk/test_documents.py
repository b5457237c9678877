"""Documents of a node: what is on them, what is kept off them, and that they are of one line."""

import asyncio
import base64
from types import SimpleNamespace
from typing import Any

import pytest

from openline.cases.calendar import UnknownZone
from openline.desk import documents
from openline.desk.acts import BadRequest
from openline.exchange.folding.entries import NoSuchEntry
from openline.formats.names import Names
from tests.exchange.conftest import T0, Peers, make_peers, text

US, RU = "us.example", "ru.example"


class Lane:
    """The lane of a node that nothing else works at."""

    async def run(self, function: Any, *args: Any) -> Any:
        return function(*args)


@pytest.fixture(scope="module")
def shared() -> tuple[Peers, bytes]:
    """A visit with a withheld route, amended; received, misread and answered by ru.example."""
    peers = make_peers(US, RU)
    timers = {"acknowledge.visit": 7_200}
    line_id = peers.open_line(US, RU, timers=timers, title="North-South", status="exercise")
    content = {
        "subject": text("Visit"), "place": "Kyiv", "effect": "guarantee", "route": "old road",
        "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
    }  # fmt: skip
    told = peers.say(US, line_id, "core/visit@1", content, withhold=["route"])
    peers.carry()
    ref = list(told)
    peers.say(RU, line_id, "core/acknowledge@1", {}, answer="received", refs=[told])
    read = {"fields": [["place", "Lviv"]]}
    peers.say(RU, line_id, "core/readback@1", read, answer="correct", refs=[told])
    peers.say(
        RU, line_id, "core/answer@1", {"text": text("Noted.")},
        answer="noted-without-guarantee", refs=[told],
    )  # fmt: skip
    peers.carry()
    later = {**content, "until": "2024-02-20T15:00:00Z", "relation": "amends"}
    peers.say(US, line_id, "core/visit@1", later, refs=[told], withhold=["route"])
    peers.carry()
    assert ref[1] == 1
    return peers, line_id


def made(peers: Peers, party: str, **args: Any) -> dict[str, Any]:
    """The operation `document` at one party's node."""
    roster = SimpleNamespace(officers={})
    desk = SimpleNamespace(station=peers[party].station, lane=Lane(), roster=roster)
    return asyncio.run(documents.document(desk, args))  # type: ignore[arg-type]


def told(peers: Peers, party: str, **args: Any) -> str:
    return "\n".join(line for _, line in made(peers, party, columns=240, **args)["lines"])


def ref(shared: tuple[Peers, bytes]) -> list[Any]:
    peers, line_id = shared
    return [peers[US].log(line_id), 1]


def test_a_message_says_status_content_reception_and_life_apart(
    shared: tuple[Peers, bytes],
) -> None:
    page = told(shared[0], RU, ref=ref(shared))
    replaced = "SUPERSEDED BY A LATER VERSION: us.example:1.2"
    assert page.startswith(f"EXERCISE\n{replaced}\nNotice of a visit\nus.example:1.1\n")
    for said in ("Life cycle", "Reception", "A0 Delivered", "Read back: differs", "Proof data"):
        assert said in page
    assert "ru.example, 2 Place: read Lviv; told Kyiv" in page
    assert "Items withheld by the sender: 1" in page
    assert "Noted without guarantee" in page
    assert "Receipt is not agreement" in page


def test_what_nobody_has_receipted_is_not_received_and_not_silence(
    shared: tuple[Peers, bytes],
) -> None:
    peers, line_id = shared
    peers.cut.add(US)
    content = {"subject": text("Leave"), "action": "relocate"}
    place = peers.say(RU, line_id, "core/advisory@1", content)
    page = told(peers, RU, ref=list(place))
    peers.cut.clear()
    assert "NOT RECEIVED: us.example" in page
    assert "Silent" not in page
    assert "Awaiting receipt" in page
    assert "Told\n" not in page  # nobody is told what nobody received


def test_what_is_withheld_stays_off_paper_unless_it_is_asked_for(
    shared: tuple[Peers, bytes],
) -> None:
    peers, _ = shared
    for form in ("html", "lines"):
        page = str(made(peers, US, ref=ref(shared), **{"as": form})[form])
        assert "old road" not in page
        assert "Withheld" in page
    with_it = str(made(peers, US, ref=ref(shared), withheld=True, **{"as": "html"})["html"])
    assert "old road" in with_it
    assert "old road" not in str(made(peers, US, of="case", ref=ref(shared), **{"as": "html"}))


def test_who_released_a_message_is_on_paper_only_where_the_other_side_sees_it(
    shared: tuple[Peers, bytes],
) -> None:
    peers, _ = shared
    person = base64.b64encode(peers[US].officers[0].person).decode()
    assert person not in told(peers, US, ref=ref(shared))
    assert person in told(peers, US, ref=ref(shared), withheld=True)
    assert person not in told(peers, RU, ref=ref(shared), withheld=True)


def test_a_case_shows_every_version_answer_and_the_digest_of_every_entry(
    shared: tuple[Peers, bytes],
) -> None:
    page = told(shared[0], RU, of="case", ref=ref(shared))
    assert "Case: Notice of a visit" in page
    assert "Version 1 / 2" in page
    assert "Version 2 / 2" in page
    assert "To an earlier version" in page
    ladder = page[page.index("Reception") : page.index("Noted.")]
    assert [line.split()[0] for line in ladder.splitlines() if line[:2] == "1."] == ["1.1", "1.2"]
    assert "Noted." in page
    numbers = ("us.example:1.1", "ru.example:1.1", "ru.example:1.2", "ru.example:1.3")
    assert all(number in page for number in numbers)


def test_a_register_and_a_watch_sheet_are_of_one_line(shared: tuple[Peers, bytes]) -> None:
    peers, line_id = shared
    page = told(peers, US, of="register", line="North-South", register="due")
    assert "Duties and deadlines" in page
    sheet = made(peers, US, of="watch", line="North-South")
    assert (sheet["line"], sheet["status"]) == (line_id.hex(), "exercise")
    assert sheet["name"].startswith("exercise-")
    assert "Duty roster" in "\n".join(line for _, line in sheet["lines"])


def test_two_languages_local_time_and_names_of_one_s_own(shared: tuple[Peers, bytes]) -> None:
    peers, _ = shared
    peers[RU].station.names = Names({US: {"*": "The United"}}, {"Kyiv": {"ru": "Киев"}})
    page = told(peers, RU, ref=ref(shared), languages=["en", "ru"], zone="Europe/Vienna")
    peers[RU].station.names = Names()
    assert "УЧЕНИЯ" in page
    assert "The United (us.example)" in page
    assert "Киев (Kyiv)" in page
    assert "2024-02-20 07:00 Europe/Vienna (UTC+01:00)" in page


def test_the_time_on_the_paper_is_the_node_s_and_the_same_page_has_the_same_bytes(
    shared: tuple[Peers, bytes],
) -> None:
    peers, _ = shared
    peers.clock.time_s = T0 + 9_000
    both = [made(peers, RU, ref=ref(shared), **{"as": "pdf"})["pdf"] for _ in range(2)]
    assert both[0] == both[1]
    assert base64.b64decode(both[0]).startswith(b"%PDF-1.7")
    peers.clock.time_s += 1
    assert made(peers, RU, ref=ref(shared), **{"as": "pdf"})["pdf"] != both[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"of": "letter"},
        {"as": "docx"},
        {"languages": []},
        {"languages": ["en", "en"]},
        {"languages": ["en", "fr", "de"]},
        {"languages": ["xx"]},
        {"languages": "en"},
        {"columns": "wide"},
        {"of": "register", "line": "North-South", "register": "secrets"},
    ],
    ids=str,
)
def test_what_nobody_can_mean_is_refused(
    shared: tuple[Peers, bytes], wrong: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest):
        made(shared[0], US, **{"ref": ref(shared), **wrong})


def test_an_entry_or_a_zone_that_is_not_there_is_named(shared: tuple[Peers, bytes]) -> None:
    peers, _ = shared
    with pytest.raises(NoSuchEntry):
        made(peers, US, ref=[ref(shared)[0], 99])
    with pytest.raises(NoSuchEntry):
        made(peers, US, of="case", ref=["nobody", 1])
    with pytest.raises(UnknownZone):
        made(peers, US, ref=ref(shared), zone="Mars/Olympus")


@pytest.fixture(scope="module")
def accepted() -> tuple[Peers, bytes]:
    """A visit for which a guarantee was asked: accepted; a request: a guarantee, withdrawn."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, title="North-South", status="exercise")
    content = {
        "subject": text("Visit"), "place": "Kyiv", "effect": "guarantee",
        "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
    }  # fmt: skip
    visit = peers.say(US, line_id, "core/visit@1", content)
    request = peers.say(
        US, line_id, "core/request-guarantee@1", {**content, "scope": text("All")}, refs=[visit]
    )
    peers.carry()
    said = {"text": text("Passage is guaranteed.")}
    peers.say(RU, line_id, "core/answer@1", said, answer="accepted", refs=[visit])
    bounds = {"scope": text("All"), "from": content["from"], "until": "2024-02-20T09:00:00Z"}
    given = peers.say(RU, line_id, "core/guarantee@1", bounds, answer="guarantee", refs=[request])
    peers.carry()
    assert given[1] == 2
    return peers, line_id


def entry(line: bytes, party: str, index: int, peers: Peers) -> list[Any]:
    log = peers[party].station.own_log(line)
    assert log is not None
    return [log.origin, index]


def test_accepted_stands_beside_guarantee_none_and_only_a_guarantee_guarantees(
    accepted: tuple[Peers, bytes],
) -> None:
    peers, line_id = accepted
    text_ = told(peers, US, of="message", ref=entry(line_id, US, 1, peers))
    assert "Only a guarantee guarantees" in text_
    assert "Accepted" in text_


def test_an_irregularity_stands_on_its_own_entry_with_its_number_and_nowhere_else(
    accepted: tuple[Peers, bytes],
) -> None:
    peers, line_id = accepted
    odd = "It does not cover the whole time of what it answers."
    own = told(peers, US, of="message", ref=entry(line_id, RU, 2, peers))
    assert f"ru.example:1.2: {odd}" in own
    for party, index in ((US, 1), (US, 2), (RU, 1)):
        other = told(peers, US, of="message", ref=entry(line_id, party, index, peers))
        assert odd not in other
