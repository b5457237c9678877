"""A line that others proposed: accepted by officers who read its rules, or declined here."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from openline.desk import watchroom
from openline.desk.pages import case_pages, proposal_pages, release_pages
from openline.desk.pages.look import LANGUAGES, Words
from openline.desk.pages.passkeys import PasskeyRefused
from openline.desk.pages.visit import NotAllowed, NotHere, Visit
from openline.desk.roster import ADMINISTRATOR, EVERY_LINE, Officer
from openline.exchange.drafting import drafts
from openline.exchange.logs import post
from openline.exchange.membership import invited, lines
from tests.desk.paged import ANNA, paged, visit_of
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_ours import VISIT

US, RU = "us.example", "ru.example"
Asked = tuple[Peers, str]


@pytest.fixture
def asked() -> Asked:
    """US proposes a line to RU and speaks on it at once."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU, accepting=[], opens=1, title="Loud", purpose="To be heard")
    peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    return peers, line.hex()


def at(asked: Asked, officer: Officer = ANNA, **more: Any) -> Visit:
    return visit_of(asked[0], RU, officer=officer, route={"line": asked[1]}, **more)


def page(asked: Asked, officer: Officer = ANNA, lang: str = "en") -> str:
    return paged(case_pages.line, at(asked, officer, lang=lang))


def has(*roles: str) -> Officer:
    return replace(ANNA, roles=roles, lines={EVERY_LINE: roles})


def accepted(asked: Asked, officer: Officer = ANNA) -> str:
    """The draft to which the button leads."""
    answer = asyncio.run(proposal_pages.accept(at(asked, officer)))
    assert answer.status_code == 303
    return answer.headers["location"].removeprefix("/drafts/")


def queue(asked: Asked) -> list[Any]:
    found: Any = asyncio.run(watchroom.queue(at(asked).context.desk, {}))
    return [*found["queue"]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_of_a_proposed_line_offers_both_words_in_the_readers_language(
    asked: Asked, lang: str
) -> None:
    shown, words = page(asked, lang=lang), Words(lang)
    for key in ("line.accept", "line.decline"):
        assert words(key) in shown
    assert f'action="/lines/{asked[1]}/accept"' in shown
    assert f'action="/lines/{asked[1]}/decline" class="passkey"' in shown
    assert "openline line" not in shown, "nobody is sent to the command line"


def test_what_officers_sign_is_the_rules_word_for_word_and_their_signatures_open_the_line(
    asked: Asked,
) -> None:
    peers, line = asked
    draft = accepted(asked)
    assert accepted(asked) == draft, "the button leads to the draft that waits already"
    shown = paged(release_pages.draft, visit_of(peers, RU, route={"draft": draft}))
    charter = peers[RU].station.charter(bytes.fromhex(line)).text()
    assert charter.replace("+", "&#43;") in shown.replace("+", "&#43;")
    assert Words("en")("draft.accepts") in shown and "the terminal" not in shown
    kept = drafts.kept(peers[RU].station, draft)
    (signed,) = [each.json for each in kept.fields if each.path == "charter"]
    assert signed == charter, "what is shown is the field that is signed"
    assert peers[RU].station.own_log(bytes.fromhex(line)) is None, "nothing is accepted by a click"
    post.post(peers[RU].station, [peers[RU].release(kept)])
    assert peers[RU].station.own_log(bytes.fromhex(line)) is not None
    assert "invited" not in page(asked)


def test_a_line_is_declined_with_the_passkey_alone_and_rings_no_more(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = asked[0][RU].station
    draft = accepted(asked)
    with pytest.raises(PasskeyRefused):
        asyncio.run(proposal_pages.decline(at(asked)))
    assert queue(asked), "the control: it asks for something"

    async def stepped(visit: Visit, purpose: str) -> None:
        assert purpose == f"decline {asked[1]}", "one line, and no other act"

    monkeypatch.setattr(proposal_pages, "stepped_up", stepped)
    answer = asyncio.run(proposal_pages.decline(at(asked)))
    assert answer.headers["location"] == f"/lines/{asked[1]}"
    assert queue(asked) == []
    assert station.views.get(drafts.DRAFTS, draft) is None, "nor is an acceptance left to be signed"
    told = [each.text for each in station.store.events() if each.code == "line.declined"]
    assert told == ["Anna declined the line Loud"]
    after = page(asked)
    assert Words("en").term("line.declined-by-us") in after and "/decline" not in after
    assert "/accept" in after, "it can be accepted later all the same"
    assert accepted(asked)


def test_roles_say_who_answers_for_the_party(asked: Asked) -> None:
    for officer, may in (
        (has("drafter"), (True, False)),
        (has("releaser"), (False, True)),
        (has("auditor"), (False, False)),
    ):
        shown = page(asked, officer)
        assert (f'action="/lines/{asked[1]}/accept"' in shown) == may[0]
        assert (f'action="/lines/{asked[1]}/decline"' in shown) == may[1]
        for act, allowed in zip((proposal_pages.accept, proposal_pages.decline), may, strict=True):
            if not allowed:
                with pytest.raises(NotAllowed):
                    asyncio.run(act(at(asked, officer)))


def test_neither_an_administrator_nor_an_officer_of_other_lines_learns_of_a_proposal(
    asked: Asked,
) -> None:
    admin = replace(ANNA, roles=(ADMINISTRATOR,), lines={})
    elsewhere = replace(ANNA, lines={"ab" * 32: ANNA.roles})
    for officer in (admin, elsewhere):
        for act in (case_pages.line, proposal_pages.accept, proposal_pages.decline):
            with pytest.raises(NotHere):
                asyncio.run(act(at(asked, officer)))


def test_an_expired_proposal_drafts_nothing(asked: Asked) -> None:
    asked[0].clock.time_s += 400 * 86_400
    with pytest.raises(lines.InviteExpired):
        asyncio.run(proposal_pages.accept(at(asked)))
    assert asked[0][RU].station.store.line(bytes.fromhex(asked[1])).state == invited.PROPOSED  # type: ignore[union-attr]


def test_a_line_of_ours_offers_no_answer_to_itself(asked: Asked) -> None:
    shown = paged(case_pages.line, visit_of(asked[0], US, route={"line": asked[1]}))
    assert "/accept" not in shown and "/decline" not in shown
    assert "invited" not in shown
