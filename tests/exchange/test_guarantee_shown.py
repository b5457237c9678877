"""A guarantee shows its scope, its beginning and its end, or nobody here signs it."""

import pytest

from openline.cases.entry import Ref
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import DraftRefused
from openline.exchange.folding import reading
from openline.exchange.logs import post
from tests.exchange.conftest import Peers, make_peers, text

US, RU = "us.example", "ru.example"
GUARANTEE = "core/guarantee@1"
VISIT = {
    "subject": text("Visit"), "place": "Kyiv", "effect": "guarantee",
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip
BOUNDS = {
    "scope": text("Safe passage"), "authority": "General staff",
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip


@pytest.fixture(scope="module")
def asked() -> tuple[Peers, bytes, Ref]:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    place = peers.say(US, line_id, "core/visit@1", VISIT)
    peers.carry()
    return peers, line_id, place


def guarantee(asked: tuple[Peers, bytes, Ref], *withhold: str) -> drafts.Draft:
    peers, line_id, place = asked
    return peers.draft(RU, line_id, GUARANTEE, BOUNDS, "guarantee", [place], withhold)


@pytest.mark.parametrize("hidden", [("scope",), ("from",), ("until",), ("scope", "until")])
def test_without_its_bounds_it_is_refused_before_anybody_signs(
    asked: tuple[Peers, bytes, Ref], hidden: tuple[str, ...]
) -> None:
    with pytest.raises(DraftRefused, match=hidden[0]):
        guarantee(asked, *hidden)


def test_what_it_does_not_need_may_be_withheld(asked: tuple[Peers, bytes, Ref]) -> None:
    peers, line_id, _ = asked
    (place,) = post.post(peers[RU].station, [peers[RU].release(guarantee(asked, "authority"))])
    assert place is not None
    peers.carry()
    case = reading.state(peers[US].station, line_id).case(place)
    assert case is not None
    (matter,) = [each for each in case.matters if each.ref == place]
    assert matter.state == "told"


def test_a_draft_that_was_kept_before_this_rule_is_refused_at_its_first_signature(
    asked: tuple[Peers, bytes, Ref], monkeypatch: pytest.MonkeyPatch
) -> None:
    peers, _, _ = asked
    with monkeypatch.context() as older:
        older.setattr(drafts, "refuse_hidden", lambda *_: None)
        kept = guarantee(asked, "scope", "until")
    with pytest.raises(DraftRefused, match="scope, until"):
        peers[RU].release(kept)
