"""An officer's key in a file that only a passphrase opens, for the command line.

Shapes   OfficerFile <-> age v1 passphrase file holding versioned Openline JSON
Units    bytes; log_n is the base-2 logarithm of scrypt's work
Raises   WeakPassphrase, CannotOpen, Malformed
Source   docs/PROTOCOL.md part 4 (officers-tree leaf); stock `age -d` opens the file
Never    touches disk; never shows the key: `repr` names the person only
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.age import LOG_N_DEFAULT, seal_passphrase, unseal_passphrase
from openline.envelope.release import SoftwareAuthenticator
from openline.envelope.suite import Randomness, Suite
from openline.errors import OpenlineError
from openline.formats.malformed import Malformed
from openline.formats.officer import PERSON_SIZE, ROLES_MAX, OfficerLeaf
from openline.formats.openjson import Value, decode, encode
from openline.formats.spell import b64, check_line, check_party, check_sorted, check_token, unb64

PASSPHRASE_CHARS_MIN: Final = 8
FILE_BYTES_MAX: Final = 64 * 1024

_WHAT: Final = "officer file"
_VERSION: Final = 1
_SALT_BYTES: Final = 32
_NAME_BYTES_MAX: Final = 200
_PRIVATE_BYTES_MAX: Final = 1024
_KEYS: Final = frozenset(("key", "name", "party", "person", "roles", "salt", "version"))


class WeakPassphrase(OpenlineError):
    """A passphrase is too short to protect a key that releases messages of a state."""

    code: ClassVar[str] = "envelope.weak-passphrase"
    remedy: ClassVar[str] = (
        f"Choose at least {PASSPHRASE_CHARS_MIN} characters; five words are better."
    )


@dataclass(frozen=True, slots=True, repr=False)
class OfficerFile:
    """What an officer needs to release: the key, and what the officers tree says of the person."""

    party: str
    name: str
    person: bytes
    roles: tuple[str, ...]
    salt: bytes
    private: bytes

    def __post_init__(self) -> None:
        check_party(self.party)
        check_line(self.name, _NAME_BYTES_MAX, what="officer name")
        if not 1 <= len(self.roles) <= ROLES_MAX:
            raise Malformed(_WHAT, f"{len(self.roles)} roles; an officer has 1 to {ROLES_MAX}")
        for role in self.roles:
            check_token(role, what="role")
        check_sorted(self.roles, what="roles")
        if len(self.person) != PERSON_SIZE or len(self.salt) != _SALT_BYTES:
            raise Malformed(_WHAT, "a person id or salt of a wrong length")
        if not 1 <= len(self.private) <= _PRIVATE_BYTES_MAX:
            raise Malformed(_WHAT, "a private key of a wrong length")

    def __repr__(self) -> str:
        return f"OfficerFile({self.party!r}, {self.name!r}, secret not shown)"

    def authenticator(self, suite: Suite) -> SoftwareAuthenticator:
        """The key, ready to release."""
        return SoftwareAuthenticator(self.private, self.person, suite)

    def leaf(self, suite: Suite) -> OfficerLeaf:
        """What the officers tree says of this person."""
        return OfficerLeaf(self.person, self.roles, suite.officer_public(self.private), self.salt)

    def lock(self, passphrase: str, random: Randomness, *, log_n: int = LOG_N_DEFAULT) -> bytes:
        """The file's content."""
        if len(passphrase) < PASSPHRASE_CHARS_MIN:
            raise WeakPassphrase(f"the passphrase has {len(passphrase)} characters")
        return seal_passphrase(passphrase, self._plaintext(), random, log_n=log_n)

    def _plaintext(self) -> bytes:
        roles: list[Value] = list(self.roles)
        return encode(
            {
                "key": b64(self.private),
                "name": self.name,
                "party": self.party,
                "person": b64(self.person),
                "roles": roles,
                "salt": b64(self.salt),
                "version": _VERSION,
            }
        )


def new_officer(
    party: str, name: str, roles: tuple[str, ...], suite: Suite, random: Randomness
) -> OfficerFile:
    """A new officer with a P-256 key, a random person id and a salt for the leaf."""
    key = SoftwareAuthenticator.create(suite, random)
    return OfficerFile(
        party, name, key.person, tuple(sorted(roles)), random(_SALT_BYTES), key.private
    )


def unlock_officer(passphrase: str, file: bytes) -> OfficerFile:
    """Read an officer's file with its passphrase."""
    if len(file) > FILE_BYTES_MAX:
        raise Malformed(_WHAT, f"longer than {FILE_BYTES_MAX} bytes")
    value = decode(unseal_passphrase(passphrase, file))
    if not isinstance(value, dict) or value.keys() != _KEYS:
        raise Malformed(_WHAT, "not the members of an officer file")
    if value["version"] is True or value["version"] != _VERSION:
        raise Malformed(_WHAT, "a version that this program does not know")
    roles = value["roles"]
    if not isinstance(roles, list):
        raise Malformed(_WHAT, "roles that are no list")
    return OfficerFile(
        party=_text(value["party"]),
        name=_text(value["name"]),
        person=unb64(_text(value["person"]), PERSON_SIZE),
        roles=tuple(_text(role) for role in roles),
        salt=unb64(_text(value["salt"]), _SALT_BYTES),
        private=unb64(_text(value["key"])),
    )


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise Malformed(_WHAT, "something else where text is due")
    return value
