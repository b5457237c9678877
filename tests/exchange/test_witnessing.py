"""A witness under load, what is asked of it, and its signature carried by hand."""

import asyncio
from typing import Any

import pytest

from openline.errors import OpenlineError
from openline.exchange.carried.neutral import SizeConflict, UntrustedNote
from openline.exchange.logs import witnesses
from openline.exchange.logs.witnesses import BadCosignature
from openline.exchange.peer import witness_server
from openline.exchange.peer.witness_server import Busy, Together
from openline.exchange.proof import stamps
from openline.exchange.proof.stamps import NoSuchWitness, NothingToStamp
from openline.exchange.station import Station
from openline.formats.add_checkpoint import AddCheckpoint
from openline.store.anchor import AnchorFailed
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import RU, US

WITNESS = "w.example"


def opened() -> tuple[Peers, bytes]:
    peers = make_peers(US, RU)
    return peers, peers.open_line(US, RU, is_witnessed=True)


def asked(peers: Peers) -> list[witnesses.Request]:
    return [each for node in peers.nodes.values() for each in witnesses.owed(node.station)]


def test_requests_that_wait_together_are_answered_each_for_itself() -> None:
    peers, _ = opened()
    ours, theirs = asked(peers)
    good, bad, twice, also = peers.witness.add_checkpoints(
        [ours.body, ours.body[:-9] + b"AAAAAAA=\n", ours.body, theirs.body]
    )
    assert isinstance(good, bytes) and isinstance(also, bytes)
    assert isinstance(bad, OpenlineError)
    assert isinstance(twice, SizeConflict) and twice.held == ours.head.size
    witnesses.taken(peers[US].station, ours, good)
    witnesses.taken(peers[RU].station, theirs, also)
    assert asked(peers) == []


def test_two_heads_of_one_log_in_one_batch_are_taken_in_their_order() -> None:
    peers, line = opened()
    first = asked(peers)[0]
    peers.say(US, line, CLARIFY, words("more"))
    station = peers[US].station
    log = station.own_log(line)
    assert log is not None
    proof = witnesses.consistency_proof(station.leaf_hashes(log.origin, log.size), first.head.size)
    second = AddCheckpoint(first.head.size, proof, log.note).encode()
    one, two = peers.witness.add_checkpoints([first.body, second])
    assert isinstance(one, bytes) and isinstance(two, bytes)
    assert isinstance(peers.witness.add_checkpoints([first.body])[0], SizeConflict)


def test_nothing_is_cosigned_that_is_not_durable(monkeypatch: pytest.MonkeyPatch) -> None:
    peers, _ = opened()

    def full(records: object) -> None:
        raise AnchorFailed("the disk is full")

    monkeypatch.setattr(peers.witness.anchor, "append", full)
    with pytest.raises(AnchorFailed):
        peers.witness.add_checkpoints([each.body for each in asked(peers)])


def test_a_long_log_is_not_read_again_for_each_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    peers, line = opened()
    peers.witness_all()
    read: list[int] = []
    entries = peers[US].station.store.entries
    monkeypatch.setattr(
        peers[US].station.store,
        "entries",
        lambda origin, start, stop: read.append(start) or entries(origin, start, stop),
    )
    for _ in range(3):
        peers.say(US, line, CLARIFY, words("more"))
        log = peers[US].station.own_log(line)
        assert log is not None
        del read[:]
        (request,) = witnesses.owed(peers[US].station)
        assert read == [log.size - 1], "one entry was added, one is read"
        answer = peers.witness.add_checkpoint(request.body)
        witnesses.taken(peers[US].station, request, answer)


def test_a_witness_that_is_elsewhere_than_was_thought_gets_a_proof_all_the_same() -> None:
    """No frontier of that size is kept: then the log is read, once, for the same proof."""
    peers, line = opened()
    station = peers[US].station
    peers.witness_all()
    peers.say(US, line, CLARIFY, words("more"))
    (request,) = witnesses.owed(station)
    with station.store.write() as tx:
        tx.set_meta(witnesses.frontier_key(request.witness.name, request.head.origin), b"")
    (again,) = witnesses.owed(station)
    assert again.body == request.body
    assert peers.witness.add_checkpoint(again.body)


def served(peers: Peers, bodies: list[bytes]) -> tuple[list[Any], list[int]]:
    """Requests that come at one time; the answers, and how many went into each commit."""
    commits: list[int] = []

    async def lane(work: Any, batch: list[bytes]) -> Any:
        await asyncio.sleep(0)
        commits.append(len(batch))
        return work(batch)

    async def ask() -> list[Any]:
        together = Together(peers.witness, lane)
        return await asyncio.gather(*map(together.answer, bodies), return_exceptions=True)

    return asyncio.run(ask()), commits


def test_requests_that_come_at_one_time_share_a_commit() -> None:
    peers, _ = opened()
    ours, theirs = asked(peers)
    answers, commits = served(peers, [ours.body, theirs.body, ours.body])
    assert commits == [3]
    assert [isinstance(each, bytes) for each in answers] == [True, True, False]
    assert isinstance(answers[2], SizeConflict)


def test_a_fault_of_the_service_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    peers, _ = opened()

    def broken(bodies: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(peers.witness), "add_checkpoints", lambda self, bodies: broken(bodies))
    answers, _ = served(peers, [each.body for each in asked(peers)])
    assert all(isinstance(each, asyncio.CancelledError) for each in answers)


def test_more_than_can_be_cosigned_soon_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    peers, _ = opened()
    monkeypatch.setattr(witness_server, "WAITING_MAX", 1)
    answers, _ = served(peers, [each.body for each in asked(peers)])
    assert [isinstance(each, Busy) for each in answers] == [False, True]


# ---- by hand ------------------------------------------------------------------------------------


def signed_by(station: Station, line: bytes) -> dict[str, object]:
    return {
        str(row["party"]): row["signed_by"]
        for row in stamps.heads(station, line)
        if isinstance(row, dict)
    }


def test_a_head_is_stamped_by_two_files() -> None:
    peers, line = opened()
    us = peers[US].station
    request = stamps.asked(us, line, WITNESS)
    answer = peers.witness.add_checkpoint(request.body)
    assert f"{WITNESS}/witness" not in str(signed_by(us, line)[US])
    peers.say(US, line, CLARIFY, words("said while it was on its way"))
    stamps.take(us, request.body, WITNESS, answer)
    held = us.store.cosignature(request.head.origin, request.head.size, request.witness.name)
    assert held is not None and held.lines == answer


def test_what_is_not_that_witness_on_that_head_is_not_kept() -> None:
    peers, line = opened()
    us = peers[US].station
    request = stamps.asked(us, line, WITNESS)
    answer = peers.witness.add_checkpoint(request.body)
    with pytest.raises(NoSuchWitness):
        stamps.asked(us, line, "x.example")
    with pytest.raises(BadCosignature):
        stamps.take(us, request.body, WITNESS, answer[:-9] + b"AAAAAAA=\n")
    with pytest.raises(NothingToStamp):
        stamps.take(peers[RU].station, request.body, WITNESS, answer)
    with pytest.raises(UntrustedNote):
        peers.witness.add_checkpoint(request.body[:-9] + b"AAAAAAA=\n")
