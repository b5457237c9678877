"""A parcel: what two nodes would say over a connection, in one file for whatever carries files.

Shapes   Parcel(records) <-> bytes; a record is (kind, data); Answer and ReceiptsOf are two of them
Units    lengths in bytes, big-endian; at most 64 MiB and 4,096 records
Raises   Malformed
Source   docs/PROTOCOL.md part 11
Never    holds a name, a path or anything packed: there is nothing in it to unpack or to follow
"""

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from openline.formats.malformed import Malformed
from openline.formats.spell import b64, check_key_name, unb64

HELLO: Final = 1
DELIVERY: Final = 2
RECEIPTS: Final = 3
ATTACHMENT: Final = 4
ASK: Final = 5
ANSWER: Final = 6
CARDS: Final = 7
HEAD: Final = 8
EVIDENCE: Final = 9
KINDS: Final = frozenset(
    {HELLO, DELIVERY, RECEIPTS, ATTACHMENT, ASK, ANSWER, CARDS, HEAD, EVIDENCE}
)

PARCEL_BYTES_MAX: Final = 64 * 1024 * 1024
RECORDS_MAX: Final = 4_096
NONCE_SIZE: Final = 16

_FIRST: Final = b"openline/v1 parcel\n"
_HEAD: Final = struct.Struct(">BI")


class Record(NamedTuple):
    """One thing that is said, as the code behind HTTP takes it."""

    kind: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Parcel:
    """The records in the order in which they are to be taken."""

    records: tuple[Record, ...]

    def encode(self) -> bytes:
        """The bytes that are sealed to the addressee."""
        parts = [_FIRST]
        for kind, data in self.records:
            if kind not in KINDS:
                raise Malformed("parcel", "a record of an unknown kind")
            parts += (_HEAD.pack(kind, len(data)), data)
        if len(self.records) > RECORDS_MAX or sum(map(len, parts)) > PARCEL_BYTES_MAX:
            raise Malformed("parcel", "longer than a parcel may be")
        return b"".join(parts)


def parse_parcel(data: bytes) -> Parcel:
    """Read a parcel strictly: known kinds, lengths that fit, nothing behind the last record."""
    if len(data) > PARCEL_BYTES_MAX:
        raise Malformed("parcel", f"longer than {PARCEL_BYTES_MAX} bytes")
    if not data.startswith(_FIRST):
        raise Malformed("parcel", "does not begin as a parcel")
    records: list[Record] = []
    at = len(_FIRST)
    while at < len(data):
        if len(data) - at < _HEAD.size or len(records) == RECORDS_MAX:
            raise Malformed("parcel", "ends too early, or has too many records")
        kind, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        if kind not in KINDS or len(data) - at < length:
            raise Malformed("parcel", "a record of an unknown kind, or cut short")
        records.append(Record(kind, data[at : at + length]))
        at += length
    # Kinds and lengths were taken without choice, so there is no second spelling to compare.
    return Parcel(tuple(records))


@dataclass(frozen=True, slots=True)
class ReceiptsOf:
    """Receipts on one log: the name, then what the ask `receipts` is answered with."""

    origin: str
    blocks: bytes

    def encode(self) -> bytes:
        """The data of a record."""
        return check_key_name(self.origin).encode("ascii") + b"\n" + self.blocks


def parse_receipts_of(data: bytes) -> ReceiptsOf:
    """Read the data of a receipts record; the blocks are verified one by one by who takes them."""
    origin, line_end, blocks = data.partition(b"\n")
    if not line_end:
        raise Malformed("receipts record", "no name of a log")
    return ReceiptsOf(check_key_name(origin.decode("ascii", "replace")), blocks)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an ask was answered with, under the nonce of the ask."""

    nonce: bytes
    data: bytes

    def encode(self) -> bytes:
        """The data of a record."""
        return b64(self.nonce).encode() + b"\n" + self.data


def parse_answer(data: bytes) -> Answer:
    """Read the data of an answer record."""
    nonce, line_end, rest = data.partition(b"\n")
    if not line_end:
        raise Malformed("answer record", "no nonce")
    return Answer(unb64(nonce.decode("ascii", "replace"), NONCE_SIZE, what="answered nonce"), rest)
