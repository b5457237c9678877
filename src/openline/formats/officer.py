"""An officer's leaf: a person, the roles, the key, and a salt that hides them in the desk's tree.

Shapes   OfficerLeaf <-> five lines
Units    person is 16 bytes, salt 32; spki is DER
Raises   Malformed
Source   docs/PROTOCOL.md part 4, "Officers-tree leaf"
Never    holds a name: who a person id is stays on the node that drew it
"""

import re
from dataclasses import dataclass
from typing import Final

from openline.formats.lines import Lines
from openline.formats.malformed import Malformed
from openline.formats.spell import HASH_SIZE, b64, check_size, check_sorted, check_token, unb64

OFFICER_BYTES_MAX: Final = 1_024
PERSON_SIZE: Final = 16
ROLES_MAX: Final = 16

# The two DER forms of a SubjectPublicKeyInfo that a release may be verified with.
_P256: Final = re.compile(
    rb"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
    rb"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04.{64}",
    re.DOTALL,
)
_ED25519: Final = re.compile(rb"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00.{32}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OfficerLeaf:
    """One officer as the desk's tree commits to it; roles are sorted here."""

    person: bytes
    roles: tuple[str, ...]
    spki: bytes
    salt: bytes

    def __post_init__(self) -> None:
        check_size(self.person, PERSON_SIZE, what="person id")
        check_size(self.salt, HASH_SIZE, what="officer salt")
        object.__setattr__(self, "roles", tuple(sorted(self.roles)))
        if not 1 <= len(self.roles) <= ROLES_MAX:
            raise Malformed("officer", f"no role, or more than {ROLES_MAX}")
        for role in self.roles:
            check_token(role, what="officer role")
        check_sorted(self.roles, what="officer roles")
        if not _P256.fullmatch(self.spki) and not _ED25519.fullmatch(self.spki):
            raise Malformed("officer", "the key is neither P-256 nor Ed25519 in DER")

    def text(self) -> str:
        """The leaf as text."""
        return (
            f"openline/v1 officer\n{b64(self.person)}\n{','.join(self.roles)}\n"
            f"{b64(self.spki)}\n{b64(self.salt)}\n"
        )

    def encode(self) -> bytes:
        """The leaf of the officers' tree."""
        return self.text().encode("ascii")


def parse_officer(data: bytes) -> OfficerLeaf:
    """Read an officer's leaf strictly."""
    lines = Lines(data, OFFICER_BYTES_MAX, "officer")
    lines.exactly("openline/v1 officer")
    officer = OfficerLeaf(
        person=unb64(lines.line(), PERSON_SIZE, what="person id"),
        roles=tuple(lines.line().split(",")),
        spki=unb64(lines.line(), what="officer key"),
        salt=unb64(lines.line(), HASH_SIZE, what="officer salt"),
    )
    lines.end()
    if officer.encode() != data:
        raise Malformed("officer", "not the canonical spelling")
    return officer
