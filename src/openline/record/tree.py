"""RFC 6962 trees: roots, frontiers, inclusion and consistency proofs.

Shapes   leaf_hash(bytes) -> 32 bytes; Frontier(size, hashes) with append, extend, root;
         inclusion_proof, consistency_proof -> tuple of hashes, nearest sibling first;
         verify_inclusion, verify_consistency -> None
Units    sizes and indexes count leaves from 0; every hash is 32 raw bytes
Raises   BadProof: a failed check is never a returned False
Source   RFC 6962 part 2.1, RFC 9162 part 2.1; docs/PROTOCOL.md parts 1 and 6
Never    sees what a leaf means. A proof has exactly the length that its sizes ask for: a longer
         one could carry bytes that no root covers, so it is refused
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.head import EMPTY_ROOT
from openline.formats.spell import HASH_SIZE, INTEGER_MAX

ONE_SIZE: Final = frozenset((HASH_SIZE,))


class BadProof(OpenlineError):
    """Hashes that were offered as a proof do not lead to the root."""

    code: ClassVar[str] = "record.bad-proof"
    remedy: ClassVar[str] = "Do not rely on this copy; ask whoever gave it for the original file."


def check_hashes(what: str, hashes: Sequence[bytes]) -> None:
    """Every hash is 32 bytes: a shorter one would shift the bytes that a node hash covers."""
    if not ONE_SIZE.issuperset(map(len, hashes)):
        raise BadProof(f"{what}: a hash that is not {HASH_SIZE} bytes")


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf (RFC 6962: a zero byte first, so that no leaf passes for a node)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: the roots of its full subtrees, largest (leftmost) first.

    It is all that is needed to append and to know the root: one hash per 1 bit of the size.
    """

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.size <= INTEGER_MAX or len(self.hashes) != self.size.bit_count():
            raise BadProof(f"frontier of size {self.size} with {len(self.hashes)} hashes")
        check_hashes("frontier", self.hashes)

    def append(self, leaf: bytes) -> "Frontier":
        """The frontier with one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> "Frontier":
        """The frontier with more leaf hashes. About one hash of work per leaf."""
        stack, size = list(self.hashes), self.size
        pop, push, digest = stack.pop, stack.append, sha256
        for leaf in leaves:
            if len(leaf) != HASH_SIZE:
                raise BadProof(f"leaf {size}: hash of {len(leaf)} bytes")
            ones = size
            while ones & 1:  # each trailing 1 bit is a full subtree that the leaf completes
                leaf = digest(b"\1" + pop() + leaf).digest()
                ones >>= 1
            push(leaf)
            size += 1
        return Frontier(size, tuple(stack))

    @property
    def root(self) -> bytes:
        """The root of the whole tree; of no leaves SHA-256 of nothing."""
        if not self.hashes:
            return EMPTY_ROOT
        *rest, root = self.hashes
        for left in reversed(rest):
            root = node_hash(left, root)
        return root


EMPTY: Final = Frontier(0, ())


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes: MTH of RFC 6962, level by level."""
    check_hashes("leaves", leaves)
    if not leaves:
        return EMPTY_ROOT
    level = leaves
    while len(level) > 1:
        level = level_above(level)
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The siblings from leaf `index` up to the root."""
    check_hashes("leaves", leaves)
    if not 0 <= index < len(leaves):
        raise BadProof(f"index {index} is not below size {len(leaves)}")
    proof: list[bytes] = []
    level = leaves
    while len(level) > 1:
        if index ^ 1 < len(level):  # the last node of an odd level has no sibling there
            proof.append(level[index ^ 1])
        level, index = level_above(level), index >> 1
    return tuple(proof)


def inclusion_proofs(leaves: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    """`inclusion_proof` of every leaf; each level is hashed once, not once for each of them."""
    check_hashes("leaves", leaves)
    proofs: list[list[bytes]] = [[] for _ in leaves]
    level, depth = leaves, 0
    while len(level) > 1:
        for index, proof in enumerate(proofs):
            sibling = (index >> depth) ^ 1
            if sibling < len(level):
                proof.append(level[sibling])
        level, depth = level_above(level), depth + 1
    return [tuple(proof) for proof in proofs]


def root_by_path(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that a leaf hash at `index` and its path claim for a tree of `size` leaves."""
    check_hashes("inclusion", (leaf, *proof))
    if not 0 <= index < size <= INTEGER_MAX:
        raise BadProof(f"inclusion: index {index} is not below size {size}")
    root, at, last, used = leaf, index, size - 1, 0
    while last > 0:
        if at & 1 or at < last:
            if used == len(proof):
                raise BadProof(f"inclusion of {index} in {size}: proof is too short")
            sibling = proof[used]
            root = node_hash(sibling, root) if at & 1 else node_hash(root, sibling)
            used += 1
        at, last = at >> 1, last >> 1
    if used != len(proof):
        raise BadProof(f"inclusion of {index} in {size}: proof is too long")
    return root


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Return if the leaf hash stands at `index` of the tree of `size` leaves under `root`."""
    if root_by_path(leaf, index, size, proof) != root:
        raise BadProof(f"inclusion of {index} in {size}: another root")


def consistency_proof(leaves: Sequence[bytes], old: int) -> tuple[bytes, ...]:
    """What shows that the tree over `leaves` begins with its own first `old` leaves."""
    check_hashes("leaves", leaves)
    size = len(leaves)
    if not 0 <= old <= size:
        raise BadProof(f"old size {old} is not below size {size}")
    if old in (0, size):
        return ()
    proof: list[bytes] = []
    start, stop, whole = 0, size, True
    while old - start < stop - start:
        middle = start + largest_power_below(stop - start)
        if old <= middle:  # the old tree ends in the left half: the right half is new
            proof.append(root_of(leaves[middle:stop]))
            stop = middle
        else:  # the left half is common to both
            proof.append(root_of(leaves[start:middle]))
            start, whole = middle, False
    if not whole:
        proof.append(root_of(leaves[start:stop]))
    return tuple(reversed(proof))


def growth_proof(before: Frontier, added: Sequence[bytes]) -> tuple[bytes, ...]:
    """The consistency proof from a frontier to the tree that is longer by some leaf hashes.

    What of the old tree stands in such a proof are its full subtrees, and those are the frontier:
    nobody has to read a long log again to prove that a few entries were added to it.
    """
    check_hashes("leaves", added)
    old, size = before.size, before.size + len(added)
    if old in (0, size):
        return ()
    full, at = {}, 0
    for shift, known in zip(bits_of(old), before.hashes, strict=True):
        full[at] = known
        at += 1 << shift
    proof: list[bytes] = []
    start, stop, whole = 0, size, True
    while old < stop:
        middle = start + largest_power_below(stop - start)
        if old <= middle:
            proof.append(root_of(added[middle - old : stop - old]))
            stop = middle
        else:
            proof.append(full[start])
            start, whole = middle, False
    if not whole:
        proof.append(full[start])
    return tuple(reversed(proof))


def bits_of(number: int) -> list[int]:
    """The places of the 1 bits, highest first: how large the full subtrees of a tree are."""
    return [place for place in reversed(range(number.bit_length())) if number >> place & 1]


def verify_consistency(
    old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> None:
    """Return if the tree of `size` under `root` extends the tree of `old` under `old_root`."""
    check_hashes("consistency", (old_root, root, *proof))
    if not 0 <= old <= size <= INTEGER_MAX:
        raise BadProof(f"consistency: old size {old} above size {size}")
    for count, claimed in ((old, old_root), (size, root)):
        if count == 0 and claimed != EMPTY_ROOT:
            raise BadProof("consistency: size 0 with another root than that of no leaves")
    if old in (0, size):
        if proof:
            raise BadProof(f"consistency from {old} to {size}: proof is not empty")
        if old == size and old_root != root:
            raise BadProof(f"consistency: two roots of one size {size}")
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    check_extension(old, size, path, old_root, root)


def check_extension(
    old: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes
) -> None:
    """RFC 9162 2.1.4.2 with the old root in front where the old tree is one full subtree."""
    if not path:
        raise BadProof(f"consistency from {old} to {size}: proof is empty")
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BadProof(f"consistency from {old} to {size}: proof is too long")
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise BadProof(f"consistency from {old} to {size}: proof is too short")
    if before != old_root or after != root:
        raise BadProof(f"consistency from {old} to {size}: another root")


def level_above(level: Sequence[bytes]) -> list[bytes]:
    """Pairs hashed; an odd last node moves up as it is."""
    above = [
        sha256(b"\1" + left + right).digest()
        for left, right in zip(level[::2], level[1::2], strict=False)
    ]
    if len(level) & 1:
        above.append(level[-1])
    return above


def largest_power_below(count: int) -> int:
    """The largest power of two smaller than `count` (> 1)."""
    return 1 << ((count - 1).bit_length() - 1)
