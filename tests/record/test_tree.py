"""Trees against the published answers, against each other, and against every changed byte."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.head import EMPTY_ROOT
from openline.record.tree import (
    EMPTY,
    BadProof,
    Frontier,
    consistency_proof,
    growth_proof,
    inclusion_proof,
    inclusion_proofs,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.vectors import load

NOTES = load("notes")
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in NOTES["leaves"]]
ROOTS = [bytes.fromhex(root) for root in NOTES["roots"]]


def hashes(texts: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(text) for text in texts)


def numbered(count: int) -> list[bytes]:
    return [leaf_hash(b"leaf %d" % i) for i in range(count)]


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def test_every_root_is_the_published_one_by_both_ways() -> None:
    for size, root in enumerate(ROOTS):
        assert root_of(LEAVES[:size]) == root
        assert EMPTY.extend(LEAVES[:size]).root == root


def test_the_frontier_holds_the_published_subtrees() -> None:
    for size, published in NOTES["frontier"].items():
        assert EMPTY.extend(LEAVES[: int(size)]).hashes == hashes(published)


def test_inclusion_proofs_are_the_published_ones() -> None:
    for case in NOTES["inclusion"]:
        index, size, proof = case["index"], case["size"], hashes(case["proof"])
        assert inclusion_proof(LEAVES[:size], index) == proof
        verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


def test_consistency_proofs_are_the_published_ones() -> None:
    for case in NOTES["consistency"]:
        old, size, proof = case["old"], case["size"], hashes(case["proof"])
        assert consistency_proof(LEAVES[:size], old) == proof
        verify_consistency(old, size, proof, ROOTS[old], ROOTS[size])


def test_appending_one_by_one_equals_extending_at_once() -> None:
    frontier = EMPTY
    for size, leaf in enumerate(numbered(70), 1):
        frontier = frontier.append(leaf)
        assert frontier == EMPTY.extend(numbered(size))
        assert frontier == Frontier(size, frontier.hashes)


@given(st.integers(1, 300), st.data())
def test_any_leaf_of_any_tree_is_proven(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = numbered(size)
    proof = inclusion_proof(leaves, index)
    verify_inclusion(leaves[index], index, size, proof, root_of(leaves))


@given(st.integers(0, 300), st.data())
def test_any_tree_is_proven_to_extend_any_part_of_it(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    leaves = numbered(size)
    proof = consistency_proof(leaves, old)
    verify_consistency(old, size, proof, root_of(leaves[:old]), root_of(leaves))


@given(st.integers(2, 200), st.data())
def test_an_inclusion_proof_with_any_changed_byte_is_refused(
    size: int, data: st.DataObject
) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    proof = list(inclusion_proof(leaves, index))
    parts = [leaves[index], root_of(leaves), *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    with pytest.raises(BadProof):
        verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(st.integers(2, 200), st.data())
def test_a_consistency_proof_with_any_changed_byte_is_refused(
    size: int, data: st.DataObject
) -> None:
    leaves = numbered(size)
    old = data.draw(st.integers(1, size - 1))
    parts = [root_of(leaves[:old]), root_of(leaves), *consistency_proof(leaves, old)]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    with pytest.raises(BadProof):
        verify_consistency(old, size, parts[2:], parts[0], parts[1])


@given(st.integers(2, 200), st.data())
def test_a_proof_is_refused_at_any_other_place_or_length(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
    proof, root = inclusion_proof(leaves, index), root_of(leaves)
    for bad_index, bad_proof in (
        (other, proof),
        (index, (*proof, proof[-1])),
        (index, proof[:-1]),
        (size, proof),
        (-1, proof),
    ):
        with pytest.raises(BadProof):
            verify_inclusion(leaves[index], bad_index, size, bad_proof, root)


@given(st.integers(2, 200), st.data())
def test_a_consistency_proof_is_refused_for_other_sizes_or_length(
    size: int, data: st.DataObject
) -> None:
    leaves = numbered(size)
    old = data.draw(st.integers(1, size - 1))
    proof = consistency_proof(leaves, old)
    old_root, root = root_of(leaves[:old]), root_of(leaves)
    for claimed, longer in ((old, (*proof, root)), (old, proof[:-1]), (size + 1, proof), (-1, ())):
        with pytest.raises(BadProof):
            verify_consistency(claimed, size, longer, old_root, root)


def test_a_rewritten_history_is_refused() -> None:
    """The attack that consistency exists for: an old leaf changed, everything after it honest."""
    honest = numbered(40)
    forged = [honest[0], leaf_hash(b"another"), *honest[2:]]
    with pytest.raises(BadProof):
        verify_consistency(
            20, 40, consistency_proof(forged, 20), root_of(honest[:20]), root_of(forged)
        )


def test_no_leaves_have_one_root_and_prove_nothing() -> None:
    assert root_of([]) == EMPTY.root == EMPTY_ROOT
    verify_consistency(0, 0, (), EMPTY_ROOT, EMPTY_ROOT)
    verify_consistency(0, 5, (), EMPTY_ROOT, ROOTS[5])
    other = hashlib.sha256(b"other").digest()
    for case in (
        (0, 5, (), other, ROOTS[5]),
        (0, 5, (ROOTS[5],), EMPTY_ROOT, ROOTS[5]),
        (0, 0, (), EMPTY_ROOT, other),
        (0, 0, (), other, other),
        (5, 5, (other,), ROOTS[5], ROOTS[5]),
        (5, 5, (), ROOTS[5], other),
        (6, 5, (), ROOTS[6], ROOTS[5]),
    ):
        with pytest.raises(BadProof):
            verify_consistency(*case)
    with pytest.raises(BadProof):
        verify_inclusion(EMPTY_ROOT, 0, 0, (), EMPTY_ROOT)


def test_hashes_of_another_length_are_refused_everywhere() -> None:
    short = b"x" * 31
    with pytest.raises(BadProof):
        root_of([short])
    with pytest.raises(BadProof):
        EMPTY.append(short)
    with pytest.raises(BadProof):
        verify_inclusion(LEAVES[0], 0, 2, (short,), ROOTS[2])
    with pytest.raises(BadProof):
        verify_inclusion(short, 0, 1, (), short)
    with pytest.raises(BadProof):
        verify_consistency(1, 2, (short,), ROOTS[1], ROOTS[2])
    with pytest.raises(BadProof):
        Frontier(1, (short,))


def test_a_frontier_must_have_one_hash_per_bit_of_its_size() -> None:
    for size, count in ((0, 1), (1, 0), (3, 1), (4, 2), (-1, 1)):
        with pytest.raises(BadProof):
            Frontier(size, (LEAVES[0],) * count)


def test_a_leaf_does_not_pass_for_a_node() -> None:
    left, right = LEAVES[0], LEAVES[1]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"\1" + left + right) != node_hash(left, right)


def test_proofs_from_outside_the_tree_are_not_made() -> None:
    with pytest.raises(BadProof):
        inclusion_proof(LEAVES, len(LEAVES))
    with pytest.raises(BadProof):
        consistency_proof(LEAVES, len(LEAVES) + 1)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_the_proofs_of_all_leaves_are_those_of_each(leaves: list[bytes]) -> None:
    assert inclusion_proofs(leaves) == [inclusion_proof(leaves, n) for n in range(len(leaves))]


def test_a_frontier_and_what_was_added_prove_what_all_leaves_prove() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(70)]
    for size in range(1, len(leaves) + 1):
        for old in range(size + 1):
            before = EMPTY.extend(leaves[:old])
            assert growth_proof(before, leaves[old:size]) == consistency_proof(leaves[:size], old)
