"""A delivery: a signed head, and the entries that lead from an older size to it.

Shapes   Delivery(old, note, entries) <-> body of POST deliver
Units    old and sizes count entries; lengths in bytes, big-endian
Raises   Malformed
Source   docs/PROTOCOL.md part 8
Never    verifies the note: `read_opening` gives it first, so that a receiver can refuse an unknown
         sender before it looks at a single entry
"""

import struct
from dataclasses import dataclass
from typing import Final

from openline.formats.add_checkpoint import (
    ADD_CHECKPOINT_BYTES_MAX,
    AddCheckpoint,
    parse_add_checkpoint,
)
from openline.formats.leaf import LEAF_BYTES_MAX
from openline.formats.malformed import Malformed

BODY_BYTES_MAX: Final = 8 * 1024 * 1024
ENTRIES_MAX: Final = 256
ENVELOPE_BYTES_MAX: Final = 512 * 1024
OPENING_BYTES_MAX: Final = ADD_CHECKPOINT_BYTES_MAX

_U16: Final = struct.Struct(">H")
_U32: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Entries old..size-1 as (leaf, envelope); an empty envelope was erased by whoever serves."""

    old: int
    note: bytes
    entries: tuple[tuple[bytes, bytes], ...]

    def encode(self) -> bytes:
        """The body of the request."""
        opening = AddCheckpoint(self.old, (), self.note).encode()
        parts = [_U32.pack(len(opening)), opening]
        for leaf, envelope in self.entries:
            if not 1 <= len(leaf) <= LEAF_BYTES_MAX or len(envelope) > ENVELOPE_BYTES_MAX:
                raise Malformed("delivery", "a leaf or an envelope is out of its bounds")
            parts += (_U16.pack(len(leaf)), leaf, _U32.pack(len(envelope)), envelope)
        _check_bounds(len(opening), len(self.entries), sum(map(len, parts)))
        return b"".join(parts)


def read_opening(body: bytes) -> tuple[AddCheckpoint, int]:
    """The old size and note of a body, and where its entries begin."""
    if len(body) > BODY_BYTES_MAX:
        raise Malformed("delivery", f"longer than {BODY_BYTES_MAX} bytes")
    if len(body) < _U32.size:
        raise Malformed("delivery", "ends too early")
    (length,) = _U32.unpack_from(body)
    if length > OPENING_BYTES_MAX or len(body) - _U32.size < length:
        raise Malformed("delivery", "the note is too long, or the body ends in it")
    start = _U32.size + length
    opening = parse_add_checkpoint(body[_U32.size : start])
    if opening.proof:
        raise Malformed("delivery", "a proof has no place before entries")
    return opening, start


def parse_delivery(body: bytes) -> Delivery:
    """Read a delivery strictly: exactly the entries from `old` to the size of the checkpoint."""
    opening, at = read_opening(body)
    count = opening.head.size - opening.old
    _check_bounds(0, count, len(body))
    entries = []
    for _ in range(count):
        leaf, at = _take(body, at, _U16, 1, LEAF_BYTES_MAX)
        envelope, at = _take(body, at, _U32, 0, ENVELOPE_BYTES_MAX)
        entries.append((leaf, envelope))
    if at != len(body):
        raise Malformed("delivery", "bytes after the last entry")
    # Lengths and contents were taken without choice, so there is no second spelling to compare.
    return Delivery(opening.old, opening.note, tuple(entries))


def _take(
    body: bytes, at: int, length_of: struct.Struct, least: int, most: int
) -> tuple[bytes, int]:
    if len(body) - at < length_of.size:
        raise Malformed("delivery", "ends too early")
    (length,) = length_of.unpack_from(body, at)
    start = at + length_of.size
    if not least <= length <= most or len(body) - start < length:
        raise Malformed("delivery", "a leaf or an envelope is out of its bounds")
    return body[start : start + length], start + length


def _check_bounds(opening_bytes: int, entries: int, body_bytes: int) -> None:
    if opening_bytes > OPENING_BYTES_MAX:
        raise Malformed("delivery", f"the note is longer than {OPENING_BYTES_MAX} bytes")
    if entries > ENTRIES_MAX:
        raise Malformed("delivery", f"more than {ENTRIES_MAX} entries")
    if body_bytes > BODY_BYTES_MAX:
        raise Malformed("delivery", f"longer than {BODY_BYTES_MAX} bytes")
