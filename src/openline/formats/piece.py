"""Pieces: one request and its answer over a link that breaks, a little at a time.

Shapes   Piece <-> request bytes; Progress <-> answer bytes
Units    lengths in bytes, big-endian; a whole request or answer is shorter than 16 MiB
Raises   Malformed
Source   docs/PROTOCOL.md part 11, "Narrow links"
Never    says what a request means: the path names who takes it when it is whole
"""

import struct
from dataclasses import dataclass
from typing import Final

from openline.formats.malformed import Malformed

ID_BYTES: Final = 8
WHOLE_BYTES_MAX: Final = 2**24 - 2
PIECE_BYTES_MAX: Final = 65_536
NOT_YET: Final = 2**24 - 1
PATHS: Final = ("deliver", "hello", "ask", "parcel", "early", "complete", "cards")
PIECE_HEAD_BYTES: Final = 20
PROGRESS_HEAD_BYTES: Final = 6

_PLACE: Final = struct.Struct(">BBH")


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a request from `offset`; and which bytes of the answer are wanted, at most `room`.

    `id` is the beginning of the SHA-256 of path, LF and the whole request.
    """

    id: bytes
    path: str
    total: int
    offset: int
    wanted: int
    room: int
    data: bytes

    def encode(self) -> bytes:
        """20 bytes and the data."""
        numbers = [*map(_u24, (self.total, self.offset, self.wanted))]
        head = self.id + bytes([PATHS.index(self.path)]) + b"".join(numbers)
        return head + self.room.to_bytes(2, "big") + self.data


def parse_piece(data: bytes) -> Piece:
    """Read a piece strictly."""
    if not PIECE_HEAD_BYTES <= len(data) <= PIECE_HEAD_BYTES + PIECE_BYTES_MAX:
        raise Malformed("piece", "shorter than its head, or too long")
    number = data[ID_BYTES]
    total, offset, wanted = (_int(data[at : at + 3]) for at in (9, 12, 15))
    body = data[PIECE_HEAD_BYTES:]
    if number >= len(PATHS) or not 0 < total <= WHOLE_BYTES_MAX or offset + len(body) > total:
        raise Malformed("piece", "an unknown path, or beyond the whole")
    room = int.from_bytes(data[18:20], "big")
    return Piece(data[:ID_BYTES], PATHS[number], total, offset, wanted, room, body)


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of the request is held; the answer's length once it is made, and bytes of it."""

    next: int
    total: int
    data: bytes

    def encode(self) -> bytes:
        """6 bytes and the data."""
        return _u24(self.next) + _u24(self.total) + self.data


def parse_progress(data: bytes) -> Progress:
    """Read the answer to a piece."""
    if len(data) < PROGRESS_HEAD_BYTES:
        raise Malformed("progress", "shorter than its head")
    return Progress(_int(data[:3]), _int(data[3:6]), data[PROGRESS_HEAD_BYTES:])


def _u24(number: int) -> bytes:
    if not 0 <= number < 2**24:
        raise Malformed("piece", "a length of more than three bytes")
    return number.to_bytes(3, "big")


def _int(data: bytes) -> int:
    return int.from_bytes(data, "big")
