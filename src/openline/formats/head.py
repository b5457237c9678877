"""A head: what a log is at one size, and the text that a checkpoint signs.

Shapes   Head(origin, size, root) <-> three LF-terminated lines
Units    size counts entries; root is 32 raw bytes
Raises   Malformed
Source   docs/PROTOCOL.md parts 1 and 2 (tlog-checkpoint without extension lines)
Never    says who signed it: a signed head is a note, and `unverified_head` believes nobody
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from openline.formats.malformed import Malformed
from openline.formats.note import parse_note
from openline.formats.spell import (
    HASH_SIZE,
    b64,
    check_int,
    check_key_name,
    check_size,
    parse_int,
    text_lines,
    unb64,
)

HEAD_BYTES_MAX: Final = 300
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The size and root of one log."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_key_name(self.origin)
        check_int(self.size, what="head size")
        check_size(self.root, HASH_SIZE, what="head root")

    def text(self) -> str:
        """The checkpoint text: origin, size, root."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"


def parse_head(data: bytes) -> Head:
    """Read a head strictly: two spellings of one head would let two parsers disagree."""
    lines = text_lines(data, HEAD_BYTES_MAX, what="head")
    if len(lines) != 3:
        raise Malformed("head", "not three lines of origin, size, root")
    origin, size, root = lines
    head = Head(origin, parse_int(size, what="head size"), unb64(root, HASH_SIZE, what="head root"))
    if head.text().encode() != data:
        raise Malformed("head", "not the canonical spelling")
    return head


def unverified_head(note: bytes) -> Head:
    """The head that a checkpoint note is about; no signature is looked at."""
    return parse_head(parse_note(note).text.encode())
