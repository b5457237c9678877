"""What a witness is sent, and what it answers when it stands elsewhere (C2SP tlog-witness).

Shapes   AddCheckpoint(old, proof, note) <-> body of POST add-checkpoint; a size body is one line
Units    old is a size; proof hashes are 32 bytes; the body is at most 16 KiB
Raises   Malformed
Source   docs/PROTOCOL.md part 1, "tlog-witness"; part 8 uses it without proof in front of entries
Never    carries collected cosignatures: two lines of the log fit into 16 KiB, a dozen do not
"""

from dataclasses import dataclass, field
from typing import Final

from openline.formats.head import Head, unverified_head
from openline.formats.malformed import Malformed
from openline.formats.spell import (
    HASH_SIZE,
    b64,
    check_int,
    check_size,
    parse_int,
    text_lines,
    unb64,
)

ADD_CHECKPOINT_BYTES_MAX: Final = 16_384
PROOF_MAX: Final = 63


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A checkpoint, the size from which it is to be extended, and the proof that it does."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes
    head: Head = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_int(self.old, what="old size")
        if len(self.proof) > PROOF_MAX:
            raise Malformed("add-checkpoint", f"more than {PROOF_MAX} proof hashes")
        for each in self.proof:
            check_size(each, HASH_SIZE, what="proof hash")
        # The head that the note is about; its signatures are not looked at.
        object.__setattr__(self, "head", unverified_head(self.note))

    def encode(self) -> bytes:
        """The body."""
        lines = "".join([f"{b64(each)}\n" for each in self.proof])
        return f"old {self.old}\n{lines}\n".encode("ascii") + self.note


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """Read a body strictly; the note is well formed and about a head."""
    if len(data) > ADD_CHECKPOINT_BYTES_MAX:
        raise Malformed("add-checkpoint", f"longer than {ADD_CHECKPOINT_BYTES_MAX} bytes")
    top, empty, note = data.partition(b"\n\n")
    if not empty:
        raise Malformed("add-checkpoint", "no empty line before the note")
    first, *rest = text_lines(top + b"\n", ADD_CHECKPOINT_BYTES_MAX, what="add-checkpoint")
    if not first.startswith("old "):
        raise Malformed("add-checkpoint", "does not begin with `old`")
    proof = tuple([unb64(line, HASH_SIZE, what="proof hash") for line in rest])
    found = AddCheckpoint(parse_int(first[4:], what="old size"), proof, note)
    if found.old > found.head.size:
        raise Malformed("add-checkpoint", "the old size is above the new one")
    if found.encode() != data:
        raise Malformed("add-checkpoint", "not the canonical spelling")
    return found


def size_body(size: int) -> bytes:
    """What a witness answers with 409: the size it holds."""
    return b"%d\n" % check_int(size, what="size")


def parse_size_body(data: bytes) -> int:
    """The size that a witness holds."""
    lines = text_lines(data, 32, what="size")
    if len(lines) != 1:
        raise Malformed("size", "not one line")
    return parse_int(lines[0], what="size")
