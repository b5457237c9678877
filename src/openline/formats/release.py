"""What an officer's key signs, and how that signature becomes a field of the message.

Shapes   release_statement, batch_statement -> bytes; challenge -> 32 bytes; Assertion <-> Value
Units    k counts the fields that are released; card_size is the size of the party's card log
Raises   Malformed
Source   docs/PROTOCOL.md part 6, "Release"
Never    verifies: `envelope.release` checks an assertion, `record.release` whether it counts
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from openline.formats import values
from openline.formats.field import Field
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.shown import ShownOfficer, parse_shown_officer
from openline.formats.spell import HASH_SIZE, b64, check_int, check_size

RELEASE_PREFIX: Final = "release."
PERSON_SIZE: Final = 16
AUTHENTICATOR_DATA_MAX: Final = 1_024
CLIENT_DATA_MAX: Final = 4_096
SIGNATURE_MAX: Final = 512
BATCH_MAX: Final = 100_000
BATCH_PROOF_MAX: Final = 17

_REQUIRED: Final = frozenset({"ad", "cd", "person", "sig"})
_OPTIONAL: Final = frozenset({"batch", "officer"})


def release_statement(line_id: bytes, card_size: int, k: int, head: bytes) -> bytes:
    """What an officer releases: the first k fields, whose root is `head`."""
    check_size(line_id, HASH_SIZE, what="line id")
    check_size(head, HASH_SIZE, what="root of the fields")
    check_int(card_size, what="card size")
    check_int(k, what="number of fields")
    return f"openline/v1 release\n{b64(line_id)}\n{card_size}\n{k}\n{b64(head)}\n".encode("ascii")


def batch_statement(line_id: bytes, card_size: int, count: int, root: bytes) -> bytes:
    """What an officer releases at once: `count` drafts, the root over whose heads is `root`."""
    check_size(line_id, HASH_SIZE, what="line id")
    check_size(root, HASH_SIZE, what="root of the batch")
    check_int(card_size, what="card size")
    if not 1 <= count <= BATCH_MAX:
        raise Malformed("batch", f"not 1 to {BATCH_MAX} drafts")
    return f"openline/v1 batch\n{b64(line_id)}\n{card_size}\n{count}\n{b64(root)}\n".encode("ascii")


def officers_statement(party: str, card_size: int, count: int, root: bytes) -> bytes:
    """What an officer signs to change the officers: the tree that follows the card of a size."""
    text = f"openline/v1 officers\n{party}\n{card_size}\n{count}\n{b64(root)}\n"
    return text.encode("ascii")


def challenge(statement: bytes) -> bytes:
    """What the authenticator is asked to sign."""
    return hashlib.sha256(statement).digest()


def before_releases(fields: Sequence[Field]) -> Sequence[Field]:
    """What all officers release: the fields before the first signature. Each later signature also
    covers those before it, so only of these do all officers see the same digits."""
    releases = [i for i, field in enumerate(fields) if field.path.startswith(RELEASE_PREFIX)]
    return fields[: releases[0]] if releases else fields


def comparison40(challenge: bytes) -> str:
    """Forty digits of a challenge for two screens. Fewer could be matched by trying salts."""
    check_size(challenge, HASH_SIZE, what="challenge")
    return f"{int.from_bytes(challenge, 'big') % 10**40:040}"


class Place(NamedTuple):
    """Where a draft stands in a batch (`at` from 0, `of` how many), and the proof of it."""

    at: int
    of: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Assertion:
    """A WebAuthn assertion: authenticator data, client data, who, signature; perhaps a batch.

    `officer` goes along where the release is shown to the addressees: with the officer's leaf they
    can check it, and prove it to others.
    """

    ad: bytes
    cd: bytes
    person: bytes
    sig: bytes
    batch: Place | tuple[int, int, tuple[bytes, ...]] | None = None
    officer: ShownOfficer | None = None

    def __post_init__(self) -> None:
        _check_length(self.ad, AUTHENTICATOR_DATA_MAX, "authenticator data")
        _check_length(self.cd, CLIENT_DATA_MAX, "client data")
        _check_length(self.sig, SIGNATURE_MAX, "release signature")
        check_size(self.person, PERSON_SIZE, what="person id")
        if self.batch is not None:
            index, count, proof = self.batch
            if not 0 <= index < count <= BATCH_MAX or len(proof) > BATCH_PROOF_MAX:
                raise Malformed("release", "the place in the batch is out of bounds")
            for each in proof:
                check_size(each, HASH_SIZE, what="batch proof")
        if self.officer is not None and self.officer.leaf.person != self.person:
            raise Malformed("release", "the officer's leaf is that of another person")

    def value(self) -> Value:
        """The value of a `release.<j>` field."""
        value: dict[str, Value] = {
            "ad": b64(self.ad),
            "cd": b64(self.cd),
            "person": b64(self.person),
            "sig": b64(self.sig),
        }
        if self.batch is not None:
            index, count, proof = self.batch
            value["batch"] = [index, count, [b64(each) for each in proof]]
        if self.officer is not None:
            value["officer"] = self.officer.value()
        return value


def parse_assertion(value: Value) -> Assertion:
    """Read the value of a `release.<j>` field strictly."""
    table = values.table(value, "release", _REQUIRED, _OPTIONAL)
    return Assertion(
        ad=values.data(table["ad"], "authenticator data"),
        cd=values.data(table["cd"], "client data"),
        person=values.data(table["person"], "person id", PERSON_SIZE),
        sig=values.data(table["sig"], "release signature"),
        batch=_parse_place(table["batch"]) if "batch" in table else None,
        officer=parse_shown_officer(table["officer"]) if "officer" in table else None,
    )


def _parse_place(value: Value) -> Place:
    index, count, proof = values.array(value, "release batch", 3)
    return Place(
        values.whole(index, "release batch"),
        values.whole(count, "release batch"),
        values.hashes(proof, "release batch", BATCH_PROOF_MAX),
    )


def _check_length(data: bytes, most: int, what: str) -> None:
    if not 1 <= len(data) <= most:
        raise Malformed(what, f"empty or longer than {most} bytes")
