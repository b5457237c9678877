"""Fork evidence: two signed stories are a fork, and nothing less is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope.suite import BadSignature
from openline.formats.malformed import Malformed
from openline.record.checkpoint import LogKeys
from openline.record.evidence import (
    ForkEvidence,
    NotAFork,
    Side,
    build_evidence,
    parse_evidence,
    verify_evidence,
)
from openline.record.tree import BadProof, inclusion_proof
from tests.record.builder import NORTH, SOUTH, SUITE, Log, World


def grown(story: str, entries: int) -> Log:
    """North's log with `entries` messages after `open`, told in one of two ways."""
    log = World().log(NORTH)
    for _ in range(entries):
        log.add({"place": story})
    return log


def keys(log: Log) -> list[LogKeys]:
    return [LogKeys.of(log.party.cards[0], log.origin)]


def test_two_roots_of_one_size_are_a_fork() -> None:
    one, two = grown("here", 3), grown("there", 3)
    data = build_evidence(one.note(), (), two.note(), ()).encode()
    fork = verify_evidence(data, keys(one), SUITE)
    assert (fork.first, fork.second, fork.index) == (one.head(), two.head(), None)


def test_two_leaves_at_one_index_below_different_sizes_are_a_fork() -> None:
    one, two = grown("here", 3), grown("there", 5)
    data = build_evidence(one.note(), one.hashes, two.note(), two.hashes).encode()
    fork = verify_evidence(data, keys(one), SUITE)
    assert fork.index == 1, "entry 0 is common to both"
    assert {fork.first.size, fork.second.size} == {4, 6}


def test_an_honest_extension_is_not_a_fork() -> None:
    short, long = grown("here", 2), grown("here", 5)
    with pytest.raises(NotAFork):
        build_evidence(short.note(), short.hashes, long.note(), long.hashes)
    with pytest.raises(NotAFork):
        build_evidence(short.note(), short.hashes, short.note(), short.hashes)


def test_an_honest_extension_cannot_be_dressed_as_a_fork() -> None:
    """The accuser takes one leaf from index 1 and the other from index 2."""
    short, long = grown("here", 2), grown("here", 5)
    forged = ForkEvidence(
        Side(short.note(), short.hashes[1], inclusion_proof(short.hashes, 1)),
        Side(long.note(), long.hashes[2], inclusion_proof(long.hashes, 2)),
        1,
    )
    with pytest.raises(BadProof):
        verify_evidence(forged.encode(), keys(short), SUITE)
    same = replace(
        forged, second=Side(long.note(), long.hashes[1], inclusion_proof(long.hashes, 1))
    )
    with pytest.raises(NotAFork):
        verify_evidence(same.encode(), keys(short), SUITE)
    for sides in (
        replace(forged, index=None),
        ForkEvidence(Side(short.note(), None, ()), Side(long.note(), None, ()), None),
        ForkEvidence(Side(short.note(), None, ()), Side(long.note(), None, ()), 1),
        ForkEvidence(Side(short.note(), None, ()), Side(short.note(), None, ()), None),
    ):
        with pytest.raises(NotAFork):
            verify_evidence(sides.encode(), keys(short), SUITE)


def test_heads_of_two_logs_are_not_a_fork() -> None:
    world = World()
    north, south = world.log(NORTH), world.log(SOUTH)
    with pytest.raises(NotAFork):
        build_evidence(north.note(), north.hashes, south.note(), south.hashes)
    sides = ForkEvidence(Side(north.note(), None, ()), Side(south.note(), None, ()), None)
    with pytest.raises(NotAFork):
        verify_evidence(sides.encode(), [*keys(north), *keys(south)], SUITE)


def test_a_story_that_the_log_did_not_sign_is_not_evidence() -> None:
    """Somebody else's key over a forged root, under the origin of the accused."""
    one, two = grown("here", 3), grown("there", 3)
    stranger = World().parties[SOUTH]
    two.party.seeds.update({key: stranger.seeds[key] for key in ("log/1", "log/6")})
    data = build_evidence(one.note(), (), two.note(), ()).encode()
    with pytest.raises(BadSignature):
        verify_evidence(data, keys(one), SUITE)
    with pytest.raises(BadSignature):
        verify_evidence(data, [], SUITE)


EVIDENCE = build_evidence(
    grown("here", 3).note(), grown("here", 3).hashes, grown("there", 5).note(),
    grown("there", 5).hashes,
).encode()  # fmt: skip


@given(st.integers(0, len(EVIDENCE) * 8 - 1))
def test_any_changed_bit_in_evidence_is_refused(bit: int) -> None:
    changed = bytearray(EVIDENCE)
    changed[bit // 8] ^= 1 << (bit % 8)
    log = grown("here", 0)
    try:
        fork = verify_evidence(bytes(changed), keys(log), SUITE)
    except (Malformed, BadSignature, BadProof, NotAFork):
        return
    # A bit in a line of a key that is not the log's changes nothing that the evidence rests on.
    assert fork == verify_evidence(EVIDENCE, keys(log), SUITE)


def test_evidence_is_read_back_as_written_and_bounded() -> None:
    assert parse_evidence(EVIDENCE).encode() == EVIDENCE
    for bad in (EVIDENCE + b"\n", EVIDENCE[:-1], b"x" + EVIDENCE, EVIDENCE + bytes(300_000)):
        with pytest.raises(Malformed):
            parse_evidence(bad)
