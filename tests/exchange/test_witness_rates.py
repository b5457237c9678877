"""A witness signs so many heads of a log and so many logs of a party, and no other party pays."""

import asyncio
import hashlib
from typing import Any

import pytest

from openline.exchange.carried.allowances import Allowances, TooFast, TooManyLogs
from openline.exchange.peer.witness_server import Named, witness_app
from openline.formats.add_checkpoint import AddCheckpoint
from openline.formats.charter import origin_of
from openline.formats.head import Head
from openline.record.tree import EMPTY, Frontier, growth_proof, leaf_hash
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.visiting import RU, US


class Log:
    """A log that a party made up: it grows by one entry for each request."""

    def __init__(self, peers: Peers, party: str, number: int = 0) -> None:
        self.peers, self.party = peers, party
        self.origin = origin_of(hashlib.sha256(b"%d" % number).digest(), 1, bytes(8), party)
        self.frontier: Frontier = EMPTY

    def request(self, *, is_again: bool = False) -> bytes:
        """For the next head, or once more for the last one."""
        before, proof = self.frontier, tuple[bytes, ...]()
        if not is_again:
            leaf = leaf_hash(b"%d" % before.size)
            self.frontier = before.append(leaf)
            proof = growth_proof(before, [leaf]) if before.size else ()
        head = Head(self.origin, self.frontier.size, self.frontier.root)
        note = self.peers[self.party].station.keys.sign_head(head, self.peers.clock.now_s())
        return AddCheckpoint(before.size, proof, note).encode()


def peers_with(allowances: Allowances) -> Peers:
    peers = make_peers(US, RU)
    peers.witness.allowances = allowances
    return peers


def answers(peers: Peers, requests: list[bytes]) -> list[str]:
    """ "signed", or the code of the refusal, one by one."""
    found = []
    for request in requests:
        (answer,) = peers.witness.add_checkpoints([request])
        found.append("signed" if isinstance(answer, bytes) else answer.code)
    return found


FAST, MANY = "witness.too-fast", "witness.too-many-logs"


def test_a_log_that_grows_without_end_is_signed_at_a_rate() -> None:
    peers = peers_with(Allowances(heads=3, head_s=10))
    log, other = Log(peers, US), Log(peers, US, 1)
    requests = [log.request() for _ in range(4)]
    assert answers(peers, requests) == ["signed"] * 3 + [FAST]
    assert answers(peers, [other.request()]) == ["signed"], "another log has its own"
    peers.clock.time_s += 9
    assert answers(peers, requests[3:]) == [FAST]
    peers.clock.time_s += 1
    assert answers(peers, requests[3:]) == ["signed"]


def test_who_asks_again_for_a_head_that_was_signed_uses_up_nothing_of_the_owner_s() -> None:
    peers = peers_with(Allowances(heads=3, head_s=10))
    log = Log(peers, US)
    assert answers(peers, [log.request()]) == ["signed"]
    again = log.request(is_again=True)
    assert answers(peers, [again] * 4) == ["signed"] * 3 + [FAST]
    assert answers(peers, [log.request()]) == ["signed"]


@pytest.mark.parametrize(
    ("allowances", "refusal"),
    [(Allowances(new_logs=3), FAST), (Allowances(logs=3), MANY)],
)
def test_invented_logs_of_one_party_come_to_an_end_and_another_s_are_signed(
    allowances: Allowances, refusal: str
) -> None:
    peers = peers_with(allowances)
    ours = [Log(peers, US, number) for number in range(5)]
    told = answers(peers, [log.request() for log in ours])
    assert told == ["signed"] * 3 + [refusal] * 2
    assert len(peers.witness.origins()) == 3
    assert answers(peers, [ours[0].request(), Log(peers, RU).request()]) == ["signed", "signed"]


def test_logs_from_before_a_restart_count() -> None:
    peers = peers_with(Allowances())
    answers(peers, [Log(peers, US, number).request() for number in range(3)])
    later = type(peers.witness)(
        "w.example", peers.witness.keys, peers.witness.suite, peers.witness.store,
        peers.witness.anchor, peers.clock, allowances=Allowances(logs=3),
    )  # fmt: skip
    (answer,) = later.add_checkpoints([Log(peers, US, 3).request()])
    assert isinstance(answer, TooManyLogs)


def test_what_is_given_back_comes_back_and_no_more_than_was_granted() -> None:
    allowances = Allowances(heads=2, head_s=10)
    head = Head(Log(make_peers(US), US).origin, 1, bytes(32))
    given: dict[str, Any] = {"is_new": False, "is_again": False}
    for now_s in (1_000, 1_000):
        assert allowances.refusal_of(head, **given, now_s=now_s) is None
        allowances.spend(head, **given, now_s=now_s)
    refused = allowances.refusal_of(head, **given, now_s=1_003)
    assert isinstance(refused, TooFast) and refused.retry_s == 7
    assert allowances.refusal_of(head, **given, now_s=1_010) is None


def test_the_answer_is_429_and_says_when_to_come_again() -> None:
    peers = peers_with(Allowances(heads=1, head_s=30))
    log = Log(peers, US)
    peers.witness.add_checkpoint(log.request())

    async def lane(work: Any, *args: Any) -> Any:
        return work(*args)

    sent: list[Any] = []

    async def ask() -> None:
        whole = {"type": "http.request", "body": log.request(), "more_body": False}
        scope: Any = {
            "type": "http", "method": "POST", "path": "/add-checkpoint", "root_path": "",
            "query_string": b"", "headers": [], "http_version": "1.1", "scheme": "http",
        }  # fmt: skip

        async def receive() -> Any:
            return whole

        async def send(message: Any) -> None:
            sent.append(message)

        await witness_app(peers.witness, lane)(scope, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 429 and (b"retry-after", b"30") in sent[0]["headers"]
    assert sent[1]["body"].startswith(FAST.encode() + b"\n")


def test_who_asks_for_checkpoints_without_end_has_each_log_hashed_once() -> None:
    peers = peers_with(Allowances())

    async def run(act: Any, *args: Any) -> Any:
        return act(*args)

    async def asked(named: Named, origins: list[str]) -> list[str | None]:
        hashes = [hashlib.sha256(origin.encode()).hexdigest() for origin in origins]
        return [await named.of(each) for each in hashes]

    named, logs = Named(peers.witness, run), [Log(peers, US, number) for number in range(3)]
    for count, log in enumerate(logs, start=1):
        assert answers(peers, [log.request()]) == ["signed"]
        origins = [each.origin for each in logs]
        assert asyncio.run(asked(named, origins)) == [*origins[:count], *[None] * (3 - count)]
        assert named.hashed == count
