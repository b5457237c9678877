"""Fork evidence: two heads of one log, both properly signed, that cannot both be true.

Shapes   ForkEvidence <-> bytes; build_evidence(note, leaves, note, leaves) -> ForkEvidence;
         verify_evidence(bytes, keys, suite) -> Fork
Units    leaves are 32-byte leaf hashes; `index` counts from 0
Raises   NotAFork, BadProof, BadNote, Malformed
Source   docs/PROTOCOL.md part 10
Never    calls anything less a fork: a root that does not fit may be our mistake or a lost byte, so
         without both signatures and both proofs the log is *unexplained*, not forked
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.suite import BadSignature, Suite
from openline.errors import OpenlineError
from openline.formats import openjson, values
from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.shown import PROOF_MAX
from openline.formats.spell import HASH_SIZE, b64, utf8
from openline.record.checkpoint import BadNote, LogKeys, open_checkpoint, read_checkpoint
from openline.record.tree import inclusion_proof, verify_inclusion

EVIDENCE_BYTES_MAX: Final = 256 * 1024
FIRST_LINE: Final = b"openline/v1 fork\n"
WHAT: Final = "fork evidence"


class NotAFork(OpenlineError):
    """The two heads do not contradict each other, or are not of one log."""

    code: ClassVar[str] = "record.not-a-fork"
    remedy: ClassVar[str] = "Treat the log as unexplained: ask all members for their signed heads."


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two stories: its note and, where sizes differ, its leaf at the index."""

    note: bytes
    leaf: bytes | None
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ForkEvidence:
    """Two sides. `index` is None where equal sizes with different roots say it all."""

    first: Side
    second: Side
    index: int | None

    def encode(self) -> bytes:
        """One line of Openline JSON below a first line; notes are text."""
        value: dict[str, Value] = {"sides": [spell_side(self.first), spell_side(self.second)]}
        if self.index is not None:
            value["index"] = self.index
        return FIRST_LINE + openjson.encode(value) + b"\n"


@dataclass(frozen=True, slots=True)
class Fork:
    """What valid evidence shows."""

    first: Head
    second: Head
    index: int | None


def build_evidence(
    note_1: bytes, leaves_1: Sequence[bytes], note_2: bytes, leaves_2: Sequence[bytes]
) -> ForkEvidence:
    """The evidence in two notes and the leaf hashes below them; unsigned heads are not looked at.

    Where sizes are equal the leaves are not needed and may be empty.
    """
    (_, head_1), (_, head_2) = read_checkpoint(note_1), read_checkpoint(note_2)
    if head_1.origin != head_2.origin:
        raise NotAFork(f"{head_1.origin} and {head_2.origin} are two logs")
    if head_1.size == head_2.size:
        if head_1.root == head_2.root:
            raise NotAFork(f"{head_1.origin}: one and the same head at {head_1.size}")
        return ForkEvidence(Side(note_1, None, ()), Side(note_2, None, ()), None)
    for head, leaves in ((head_1, leaves_1), (head_2, leaves_2)):
        if len(leaves) != head.size:
            raise NotAFork(f"{head.origin}: {len(leaves)} leaves for the head at {head.size}")
    for index, (leaf_1, leaf_2) in enumerate(zip(leaves_1, leaves_2, strict=False)):
        if leaf_1 != leaf_2:
            return ForkEvidence(
                Side(note_1, leaf_1, inclusion_proof(leaves_1, index)),
                Side(note_2, leaf_2, inclusion_proof(leaves_2, index)),
                index,
            )
    raise NotAFork(f"{head_1.origin}: the longer log extends the shorter one")


def verify_evidence(data: bytes, keys: Sequence[LogKeys], suite: Suite) -> Fork:
    """The fork that the bytes show. `keys`: every pair that may sign this log, from its cards."""
    evidence = parse_evidence(data)
    sides = (evidence.first, evidence.second)
    first, second = (signed_head(side.note, keys, suite) for side in sides)
    if first.origin != second.origin:
        raise NotAFork(f"{first.origin} and {second.origin} are two logs")
    if evidence.index is None:
        if first.size != second.size or first.root == second.root:
            raise NotAFork(f"{first.origin}: not two roots of one size")
        return Fork(first, second, None)
    for side, head in zip(sides, (first, second), strict=True):
        if side.leaf is None:
            raise NotAFork(f"{head.origin}: no leaf at {evidence.index}")
        verify_inclusion(side.leaf, evidence.index, head.size, side.proof, head.root)
    if evidence.first.leaf == evidence.second.leaf:
        raise NotAFork(f"{first.origin}: one and the same leaf at {evidence.index}")
    return Fork(first, second, evidence.index)


def signed_head(note: bytes, keys: Sequence[LogKeys], suite: Suite) -> Head:
    """The head under the first key pair that signed it."""
    fault: BadSignature = BadNote("no keys of this log are known")
    for pair in keys:
        try:
            return open_checkpoint(note, pair, suite)
        except BadSignature as refused:
            fault = refused
    raise fault


def parse_evidence(data: bytes) -> ForkEvidence:
    """Read evidence strictly."""
    if len(data) > EVIDENCE_BYTES_MAX:
        raise Malformed(WHAT, f"longer than {EVIDENCE_BYTES_MAX} bytes")
    if not data.startswith(FIRST_LINE) or not data.endswith(b"\n"):
        raise Malformed(WHAT, "not a first line and one line of Openline JSON")
    value = openjson.decode(data[len(FIRST_LINE) : -1])
    table = values.table(value, WHAT, frozenset({"sides"}), frozenset({"index"}))
    first, second = [parse_side(each) for each in values.array(table["sides"], WHAT, 2)]
    index = values.whole(table["index"], WHAT) if "index" in table else None
    evidence = ForkEvidence(first, second, index)
    if evidence.encode() != data:
        raise Malformed(WHAT, "not the canonical spelling")
    return evidence


def spell_side(side: Side) -> Value:
    """A side as [note] or [note, leaf, [proof]]."""
    note = side.note.decode("utf-8")
    if side.leaf is None:
        return [note]
    return [note, b64(side.leaf), [b64(each) for each in side.proof]]


def parse_side(value: Value) -> Side:
    """Read what `spell_side` wrote."""
    items = values.array(value, WHAT)
    if len(items) not in (1, 3):
        raise Malformed(WHAT, "a side is neither [note] nor [note, leaf, proof]")
    note = utf8(values.text(items[0], WHAT), what=WHAT)
    if len(items) == 1:
        return Side(note, None, ())
    leaf = values.data(items[1], WHAT, HASH_SIZE)
    return Side(note, leaf, values.hashes(items[2], WHAT, PROOF_MAX))
