"""Batches: many drafts by one signature of each officer, each provable alone."""

import hashlib
from dataclasses import replace

import pytest

from openline.envelope.release import BadAssertion
from openline.exchange.drafting import batches, drafts, signing
from openline.exchange.drafting.batches import Batch, BatchRefused, NoSuchBatch
from openline.exchange.drafting.drafts import Draft, ReleaseRefused
from openline.exchange.drafting.signing import StatementDiffers
from openline.exchange.folding import reading
from openline.exchange.logs import post
from openline.exchange.proof import disclose
from openline.formats.policy import parse_policies
from openline.formats.release import Assertion, comparison40, parse_assertion
from openline.record.disclosure import verify_file
from tests.exchange.conftest import SUITE, Node, Peers, make_peers, text

US, RU = "us.example", "ru.example"
FORM = "core/transit@1"


def opened(*, listed: bool = True) -> tuple[Peers, bytes]:
    peers = make_peers(US, RU)
    more = {"batch": ["core/transit"]} if listed else {}
    return peers, peers.open_line(US, RU, visible=["core/transit"], **more)


def transits(peers: Peers, line: bytes, count: int, officers: int = 2) -> list[Draft]:
    station = peers[US].station
    return [
        drafts.compose(
            station, line, "message",
            {"subject": text(f"transit {n}"), "from": "2023-11-20T06:00:00Z",
             "until": "2023-11-20T12:00:00Z"},
            format_id=FORM, officers=officers,
        )
        for n in range(count)
    ]  # fmt: skip


def signed(node: Node, batch: Batch, officer: int) -> Assertion:
    value = signing.sign_batch(batches.describe(node.station, batch), node.officers[officer], SUITE)
    return parse_assertion(value)


def released(node: Node, batch: Batch) -> Batch:
    for officer in range(batch.first.officers):
        batch = batches.release(node.station, batch, signed(node, batch, officer))
    return batch


def test_every_message_of_a_batch_has_effect_at_the_other_side() -> None:
    peers, line = opened()
    batch = released(peers[US], batches.together(peers[US].station, transits(peers, line, 7)))
    places = post.post(peers[US].station, batch.drafts)
    peers.carry()
    state = reading.state(peers[RU].station, line)
    assert [len(state.cases), len(state.irregularities)] == [7, 0]
    assert all(place is not None and state.case(place) for place in places)


def test_one_message_of_a_batch_is_proved_alone_by_two_officers() -> None:
    peers, line = opened()
    batch = released(peers[US], batches.together(peers[US].station, transits(peers, line, 5)))
    place = post.post(peers[US].station, batch.drafts)[3]
    peers.carry()
    assert place is not None
    file = disclose.write(peers[US].station, [{"kind": "entry", "ref": list(place)}], bundle=False)
    verdict = verify_file(file.data, parse_policies(file.policy), SUITE)
    assert (verdict.facts["releases"], verdict.is_shown) == (2, True)


def test_a_batch_asks_two_officers_where_one_message_would_ask_one() -> None:
    peers, line = opened()
    station = peers[US].station
    assert drafts.due_officers(station, line, "message", FORM) == 1
    assert batches.officers_of(station, line, FORM) == 2


def test_one_officer_does_not_release_a_batch_twice() -> None:
    peers, line = opened()
    node = peers[US]
    batch = batches.together(node.station, transits(peers, line, 3))
    once = batches.release(node.station, batch, signed(node, batch, 0))
    with pytest.raises(ReleaseRefused, match="cannot release twice"):
        batches.release(node.station, once, signed(node, once, 0))


def test_a_signature_over_another_list_releases_nothing() -> None:
    peers, line = opened()
    node = peers[US]
    batch = batches.together(node.station, transits(peers, line, 3))
    other = replace(batch, drafts=tuple(reversed(batch.drafts)))
    with pytest.raises(BadAssertion):
        batches.release(node.station, batch, signed(node, other, 0))


def test_an_officer_does_not_sign_a_statement_that_the_drafts_do_not_give() -> None:
    peers, line = opened()
    node = peers[US]
    told = batches.describe(node.station, batches.together(node.station, transits(peers, line, 2)))
    other = hashlib.sha256(b"another").hexdigest()
    with pytest.raises(StatementDiffers):
        signing.sign_batch({**told, "statement": other}, node.officers[0], SUITE)


def test_a_form_that_the_charter_does_not_list_goes_in_no_batch() -> None:
    peers, line = opened(listed=False)
    with pytest.raises(BatchRefused, match="charter does not list"):
        batches.together(peers[US].station, transits(peers, line, 2))


def test_a_guarantee_goes_in_no_batch() -> None:
    peers, line = opened()
    made = peers.draft(
        US, line, "core/guarantee@1",
        {"scope": "all", "from": "2023-11-20T06:00:00Z", "until": "2023-11-20T12:00:00Z"},
        answer="guarantee",
    )  # fmt: skip
    with pytest.raises(BatchRefused, match="never released in a batch"):
        batches.together(peers[US].station, [made])


def test_a_batch_release_under_a_charter_that_lists_no_form_has_no_effect() -> None:
    peers, line = opened(listed=False)
    node = peers[US]
    batch = released(node, Batch(bytes(16), tuple(transits(peers, line, 2))))
    post.post(node.station, batch.drafts)
    peers.carry()
    state = reading.state(peers[RU].station, line)
    assert {odd.code for odd in state.irregularities} == {"release.missing"}


def test_after_a_crash_between_the_rest_of_a_batch_follows_and_nothing_twice() -> None:
    peers, line = opened()
    node = peers[US]
    batch = released(node, batches.together(node.station, transits(peers, line, 5)))
    post.post(node.station, batch.drafts[:2])
    rest = batches.unposted(node.station, batch)
    assert rest == batch.drafts[2:]
    post.post(node.station, rest)
    assert batches.unposted(node.station, batch) == ()
    assert len(reading.state(node.station, line).cases) == 5


def test_a_kept_batch_is_the_same_batch_after_a_start() -> None:
    peers, line = opened()
    station = peers[US].station
    batch = batches.together(station, transits(peers, line, 4))
    batches.keep(station, batch)
    assert batches.kept(station, batch.id.hex()) == batch
    batches.drop(station, batch)
    with pytest.raises(NoSuchBatch):
        batches.kept(station, batch.id.hex())


def test_all_officers_of_a_batch_compare_one_row_of_digits() -> None:
    peers, line = opened()
    node = peers[US]
    batch = batches.together(node.station, transits(peers, line, 3))
    before = batches.describe(node.station, batch)
    after = batches.describe(
        node.station, batches.release(node.station, batch, signed(node, batch, 0))
    )
    assert before["digits"] == after["digits"] == before["signature_digits"]
    assert after["signature_digits"] != after["digits"]
    for told in (before, after):
        computed = comparison40(signing.common_batch_challenge_of(told))
        assert computed == told["digits"]


def test_all_officers_of_one_message_compare_one_row_of_digits_and_another_text_has_another() -> (
    None
):
    peers, line = opened()
    station, node = peers[US].station, peers[US]
    one, other = transits(peers, line, 2)
    before = drafts.describe(station, one)
    value = signing.sign(before, node.officers[0], SUITE)
    after = drafts.describe(station, drafts.release(station, one, parse_assertion(value)))
    assert before["digits"] == after["digits"]
    assert before["signature_digits"] != after["signature_digits"]
    for told in (before, after):
        assert comparison40(signing.common_challenge_of(told)) == told["digits"]
    assert drafts.describe(station, other)["digits"] != before["digits"]
