"""The leaf: all that a log, a relay or a witness ever sees of one entry.

Shapes   Leaf <-> five LF-terminated ASCII lines
Units    time_s is the node's claim, unix seconds UTC; `fields` counts the fields
Raises   Malformed
Source   docs/PROTOCOL.md part 6, "Leaf"
Never    limits the kind to those we know, nor the count to what an entry may hold: such a leaf is
         carried and receipted, and its entry judged when it is opened
"""

import re
from dataclasses import dataclass
from typing import Final

from openline.formats.malformed import Malformed
from openline.formats.spell import HASH_SIZE, b64, check_int, check_size, parse_int, unb64

LEAF_BYTES_MAX: Final = 256
KINDS: Final = ("open", "keys", "message", "defect", "gap", "close")

_KIND: Final = re.compile(r"[a-z]{1,16}")
_LEAF: Final = re.compile(
    rb"openline/v1 ([a-z]{1,16})\n([0-9]{1,16})\n([0-9]{1,16})\n"
    rb"([A-Za-z0-9+/]{43}=)\n([A-Za-z0-9+/]{43}=)\n"
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """Kind, claimed time, number of fields, their root, and the hash of the envelope."""

    kind: str
    time_s: int
    fields: int
    fields_root: bytes
    envelope_hash: bytes

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise Malformed("leaf", "the kind is not [a-z]{1,16}")
        check_int(self.time_s, what="leaf time")
        check_int(self.fields, what="leaf field count")
        check_size(self.fields_root, HASH_SIZE, what="leaf fields root")
        check_size(self.envelope_hash, HASH_SIZE, what="leaf envelope hash")

    def encode(self) -> bytes:
        """The five lines."""
        return (
            f"openline/v1 {self.kind}\n{self.time_s}\n{self.fields}\n"
            f"{b64(self.fields_root)}\n{b64(self.envelope_hash)}\n"
        ).encode("ascii")


def parse_leaf(data: bytes) -> Leaf:
    """Read a leaf strictly."""
    if len(data) > LEAF_BYTES_MAX:
        raise Malformed("leaf", f"longer than {LEAF_BYTES_MAX} bytes")
    found = _LEAF.fullmatch(data)
    if found is None:
        raise Malformed("leaf", "not five lines of kind, time, fields, root, envelope hash")
    kind, time, fields, root, envelope = (group.decode("ascii") for group in found.groups())
    leaf = Leaf(
        kind,
        parse_int(time, what="leaf time"),
        parse_int(fields, what="leaf field count"),
        unb64(root, HASH_SIZE, what="leaf fields root"),
        unb64(envelope, HASH_SIZE, what="leaf envelope hash"),
    )
    if leaf.encode() != data:
        raise Malformed("leaf", "not the canonical spelling")
    return leaf
