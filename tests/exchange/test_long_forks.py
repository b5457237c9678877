"""Two histories of a log that is longer than what one round fetches: proven to both members."""

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.exchange import conversation
from openline.exchange.logs import hello, sequence
from openline.exchange.refusals import NotYours
from openline.exchange.station import Station
from openline.exchange.traffic import asks, otherwise, receive
from openline.formats.delivery import Delivery
from openline.formats.head import Head
from openline.record.checkpoint import LogKeys
from openline.record.evidence import verify_evidence
from openline.record.tree import root_of
from tests.exchange.conftest import SUITE, Peers, make_peers
from tests.exchange.visiting import CH, RU, US, VISIT

COMMON = 8


@pytest.fixture
def bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two asks a round and two entries an answer; 16,384 entries are too many for a test."""
    monkeypatch.setattr(conversation, "PULLS_PER_ROUND", 2)
    monkeypatch.setattr(asks, "BATCH_MAX", 2)
    monkeypatch.setattr(otherwise, "BLOCK", 2)


def told_twice() -> tuple[Peers, str]:
    """After a common beginning RU is told one entry more, and CH eight others, two at a time: the
    two hold no signed heads of one size that differ."""
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    for _ in range(COMMON):
        peers.say(US, line, "core/visit@1", VISIT)
        peers.carry(US)
    us, ch = peers[US].station, peers[CH].station
    before = us.own_log(line)
    assert before is not None
    peers.cut.add(CH)
    peers.say(US, line, "core/visit@1", VISIT)
    peers.carry(US)
    told = before
    for _ in range(4):
        us.committed(told)
        drafts = [peers[US].release(peers.draft(US, line, "core/visit@1", VISIT)) for _ in "ab"]
        built = sequence.build(us, told, drafts)
        both = zip(built.rows, built.bodies, strict=True)
        pairs = tuple((row.leaf, body) for row, (_, body) in both)
        receive.receive(ch, Delivery(told.size, built.after.note, pairs).encode())
        told = built.after
    return peers, before.origin


def run(step: Generator[Any, Any, None], at: Station) -> int:
    """Carry one conversation's asks to a node; how many there were."""
    count = 0
    try:
        post = next(step)
        while True:
            count += 1
            post = step.send(asks.handle(at, post.body))
    except StopIteration:
        return count


def one_round(one: Station, other: Station) -> None:
    """A hello, and what follows from it."""
    nonce = one.random(16)
    answer, _, _ = hello.answer(other, hello.compose(one, other.party, nonce), other.random(16))
    needs = hello.accept_answer(one, other.party, answer, nonce)
    for origin, size in needs.heads:
        run(conversation.compare_heads(one, other.party, origin, size), other)
    for origin, _, size in needs.pulls:
        with pytest.raises(Exception, match=r"root|leaf|leaves"):
            run(conversation.pull(one, other.party, origin, size), other)


def test_both_have_the_proof_after_as_many_rounds_as_it_takes(bounds: None) -> None:
    peers, origin = told_twice()
    ru, ch = peers[RU].station, peers[CH].station
    rounds = 0
    while not (ru.store.evidence() and ch.store.evidence()):
        one_round(ru, ch)
        one_round(ch, ru)
        rounds += 1
        assert rounds < 20
    keys = [LogKeys.of(card, origin) for card in peers[US].station.cards(US)]
    for node in (ru, ch):
        ((_, data),) = node.store.evidence()
        fork = verify_evidence(data, keys, SUITE)
        assert fork.index == COMMON + 1
        log = node.store.log(origin)
        assert log is not None and log.status == "forked"
        assert node.otherwise == {}


def test_what_is_held_back_below_the_difference_needs_no_whole_log(bounds: None) -> None:
    """The beginning that both have is not fetched: the root over ours and theirs says that it is
    common."""
    peers, origin = told_twice()
    ru, ch = peers[RU].station, peers[CH].station
    size = ru.log(origin).size  # type: ignore[union-attr]
    asked = 0
    while not ch.store.evidence():
        asked += run(conversation.compare_heads(ch, RU, origin, size), ru)
    assert asked < COMMON / 2


def test_a_peer_whose_leaves_give_no_signed_root_proves_nothing_and_is_forgotten(
    bounds: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers, origin = told_twice()
    ru, ch = peers[RU].station, peers[CH].station
    size = ru.log(origin).size  # type: ignore[union-attr]
    monkeypatch.setattr(
        "openline.exchange.traffic.mending.leaf_hash", lambda leaf: bytes(31) + leaf[:1]
    )
    for _ in range(30):
        run(conversation.compare_heads(ch, RU, origin, size), ru)
        assert len(ch.otherwise) <= 1
    assert ch.store.evidence() == []
    assert ch.log(origin).status == "unexplained"  # type: ignore[union-attr]


def test_no_more_histories_are_kept_than_a_few_and_none_beyond_its_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    peers = make_peers(US, RU)
    ru, us = peers[RU].station, peers[US].station
    for number in range(9):
        origin = f"{US}/openline/{'abcdefghi'[number] * 52}"
        note = us.keys.sign_head(Head(origin, 5, bytes(32)), 1)
        known = otherwise.of(ru, US, note)
    assert len(ru.otherwise) == otherwise.HISTORIES_MAX
    monkeypatch.setattr(otherwise, "LEAVES_MAX", 2)
    known.take(0, [bytes(32)] * 3)
    assert known.next_start(ru) is None
    with pytest.raises(NotYours):
        known.take(3, [])


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40), st.integers(1, 5))
def test_wherever_two_histories_part_every_leaf_of_the_other_is_found(
    common: int, more: int, other: int, answer: int
) -> None:
    def leaf(number: int, story: bytes) -> bytes:
        return story * 31 + bytes([number])

    same = [leaf(number, b"c") for number in range(common)]
    ours = same + [leaf(number, b"o") for number in range(more)]
    theirs = same + [leaf(number, b"t") for number in range(other)]
    station: Any = type("Held", (), {"leaf_hashes": lambda self, origin, size: ours[:size]})()
    head = Head("us.example/openline/a", len(theirs), root_of(theirs))
    start = max(0, min(len(ours), len(theirs)) - 2)
    found = otherwise.Otherwise(head, start, 2, start)
    for _ in range(100):
        for at in found.asks(station, 2):
            found.take(at, theirs[at : at + answer])
        if found.hashes(station):
            break
    assert found.hashes(station) == theirs
