"""Flash: one officer sends what is about safety of life, whatever the charter asks."""

from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.exchange.drafting import confirming, drafts
from openline.exchange.folding import reading
from openline.exchange.logs import post
from openline.formats.spell import b64
from tests.exchange.conftest import Peers, make_peers, text

US, RU = "us.example", "ru.example"
INCIDENT = "core/incident@1"


@pytest.fixture(scope="module")
def strict() -> tuple[Peers, bytes]:
    """A line on which every message asks two officers, and shows who released incidents."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(
        US, RU, officers={"*": 2, "open": 2}, visible=["core/incident", "core/visit"]
    )
    return peers, line_id


def incident(strict: tuple[Peers, bytes], **more: Any) -> drafts.Draft:
    peers, line_id = strict
    withhold = more.pop("withhold", ())
    content = {"subject": text("Fire on a convoy"), **more}
    return peers.draft(US, line_id, INCIDENT, content, "report", withhold=withhold)


def told(strict: tuple[Peers, bytes], draft: drafts.Draft) -> Ref:
    peers, _ = strict
    (place,) = post.post(peers[US].station, [peers[US].release(draft)])
    assert place is not None
    peers.carry()
    return place


def flaws(strict: tuple[Peers, bytes], place: Ref) -> tuple[str, ...]:
    peers, line_id = strict
    entry = reading.state(peers[RU].station, line_id).entry(place)
    assert entry is not None
    return entry.flaws


def test_one_officer_sends_a_flash_about_safety_of_life(strict: tuple[Peers, bytes]) -> None:
    draft = incident(strict, precedence="flash")
    assert draft.officers == 1
    assert flaws(strict, told(strict, draft)) == ()


@pytest.mark.parametrize("level", ["routine", "priority", "immediate"])
def test_what_is_slower_waits_for_both_officers(strict: tuple[Peers, bytes], level: str) -> None:
    assert incident(strict, precedence=level).officers == 2
    assert incident(strict).officers == 2


def test_what_is_no_safety_of_life_waits_for_both_officers(strict: tuple[Peers, bytes]) -> None:
    peers, line_id = strict
    content = {
        "subject": text("Visit"), "place": "Kyiv", "effect": "none", "precedence": "flash",
        "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
    }  # fmt: skip
    assert peers.draft(US, line_id, "core/visit@1", content).officers == 2


def test_a_precedence_that_nobody_is_shown_excuses_nothing(strict: tuple[Peers, bytes]) -> None:
    assert incident(strict, precedence="flash", withhold=["precedence"]).officers == 2


def test_one_officer_alone_is_seen_where_it_is_no_flash(strict: tuple[Peers, bytes]) -> None:
    """Negative control: the same message, released by one officer, without the precedence."""
    peers, line_id = strict
    draft = drafts.compose(
        peers[US].station, line_id, "message", {"subject": text("Fire")},
        format_id=INCIDENT, answer="report", officers=1,
    )  # fmt: skip
    assert flaws(strict, told(strict, draft)) == ("release.missing",)


def test_a_party_knows_who_released_its_own_message_and_nobody_elses(
    strict: tuple[Peers, bytes],
) -> None:
    peers, _ = strict
    place = told(strict, incident(strict, precedence="flash"))
    first = b64(peers[US].officers[0].person)
    assert confirming.releasers(peers[US].station, *place) == {first}
    assert confirming.releasers(peers[RU].station, *place) == frozenset()


def test_who_confirms_is_not_who_sent(strict: tuple[Peers, bytes]) -> None:
    peers, line_id = strict
    us = peers[US]
    place = told(strict, incident(strict, precedence="flash"))
    draft = peers.draft(US, line_id, "core/confirmation@1", {}, refs=[place])
    with pytest.raises(confirming.SameOfficer):
        drafts.release(us.station, draft, us.sign(draft, 0))
    other = drafts.release(us.station, draft, us.sign(draft, 1))
    assert other.releases == 1
