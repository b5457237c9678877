"""A suite for the simulator. IT PROTECTS NOTHING: whoever sees a public key can sign with it.

Shapes   UnsafeSimulationSuite() implements `suite.Suite` without any cryptography
Units    bytes; keys, signatures and files have the sizes of the real ones, so that a simulated
         history meets the same limits as a real one
Raises   what StandardSuite raises, for the same reasons
Source   docs/PROTOCOL.md parts 1 and 6 (sizes only)
Never    draws randomness of its own: equal arguments give equal bytes, so that a seeded history
         replays exactly. Never imported by the product: a test looks
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from openline.envelope.age import SEEDS_MAX, STANZAS_MAX, TooManySeeds, UnfitRecipient
from openline.envelope.key_objects import SEED_BYTES, XWING_PUBLIC_BYTES
from openline.envelope.suite import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44,
    BadSignature,
    CannotOpen,
    Randomness,
)

_MAGIC: Final = b"UNSAFE SIMULATION ONLY, NOT SEALED\n"
_PUBLIC_BYTES: Final = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44: 1312}
_SIGNATURE_BYTES: Final = {ED25519: 64, ED25519_COSIGNATURE: 64, ML_DSA_44: 2420}
_STANZA_BYTES: Final = 1557
# A reader of officers' leaves wants one of the two DER forms, so the stand-in looks like P-256.
_SPKI_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_POINT_BYTES: Final = 64
_NONCE_BYTES: Final = 16
_HASH_BYTES: Final = 32


class UnsafeSimulationSuite:
    """Hashes in the place of keys, plain text in the place of sealed text."""

    __slots__ = ()

    def public(self, kind: int, seed: bytes) -> bytes:
        """A stand-in that only this seed gives."""
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
        return _stretch(_hash(b"public", bytes([kind]), seed), _PUBLIC_BYTES[kind])

    def sign(self, kind: int, seed: bytes, message: bytes) -> bytes:
        """A stand-in that anybody could make."""
        return _signature(kind, self.public(kind, seed), message)

    def verify(self, kind: int, public: bytes, message: bytes, signature: bytes) -> None:
        """Return for what `sign` made, raise BadSignature for anything else."""
        if kind not in _PUBLIC_BYTES or len(public) != _PUBLIC_BYTES[kind]:
            raise BadSignature(f"kind {kind}: not a public key of this kind")
        if signature != _signature(kind, public, message):
            raise BadSignature(f"kind {kind}: not a signature of these bytes")

    def seal_public(self, seed: bytes) -> bytes:
        """A stand-in for an X-Wing public key."""
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
        return _stretch(_hash(b"seal", seed), XWING_PUBLIC_BYTES)

    def seal(self, recipients: Sequence[bytes], plaintext: bytes, random: Randomness) -> bytes:
        """A file without its key."""
        return self.seal_keyed(recipients, plaintext, random)[0]

    def unseal(self, seeds: Sequence[bytes], file: bytes, stanzas: int | None = None) -> bytes:
        """The plain text without the file's key."""
        return self.unseal_keyed(seeds, file, stanzas)[0]

    def seal_keyed(
        self, recipients: Sequence[bytes], plaintext: bytes, random: Randomness
    ) -> tuple[bytes, bytes]:
        """Magic, count, one block per recipient, nonce, the plain text, one hash over it all."""
        if not 1 <= len(recipients) <= STANZAS_MAX:
            raise UnfitRecipient(f"{len(recipients)} recipients; a file has 1 to {STANZAS_MAX}")
        nonce = random(_NONCE_BYTES)
        blocks = []
        for public in recipients:
            if len(public) != XWING_PUBLIC_BYTES or public != _stretch(public[:32], len(public)):
                raise UnfitRecipient("not a usable recipient key")
            blocks.append(_stretch(_hash(b"stanza", nonce, public), _STANZA_BYTES))
        body = _MAGIC + bytes([len(blocks)]) + b"".join(blocks) + nonce + plaintext
        return body + _hash(b"file", body), _file_key(nonce)

    def unseal_keyed(
        self, seeds: Sequence[bytes], file: bytes, stanzas: int | None = None
    ) -> tuple[bytes, bytes]:
        """The plain text, for a seed that it was meant for and unchanged bytes."""
        if len(seeds) > SEEDS_MAX:
            raise TooManySeeds(f"{len(seeds)} seeds; one opening tries at most {SEEDS_MAX}")
        body, nonce_at = _body_of(file)
        at = len(_MAGIC) + 1
        count = body[at - 1]
        nonce = body[nonce_at : nonce_at + _NONCE_BYTES]
        if stanzas is not None and count != stanzas:
            raise CannotOpen(f"{count} stanzas where {stanzas} are due")
        blocks = {body[i : i + _HASH_BYTES] for i in range(at, nonce_at, _STANZA_BYTES)}
        if all(_hash(b"stanza", nonce, self.seal_public(seed)) not in blocks for seed in seeds):
            raise CannotOpen(f"none of {len(seeds)} keys opens any of {count} stanzas")
        return body[nonce_at + _NONCE_BYTES :], _file_key(nonce)

    def reopen(self, file_key: bytes, file: bytes) -> bytes:
        """The plain text, for the key of this file."""
        body, nonce_at = _body_of(file)
        body_at = nonce_at + _NONCE_BYTES
        if file_key != _file_key(body[nonce_at:body_at]):
            raise CannotOpen("another file's key")
        return body[body_at:]

    def agree(self, seed: bytes, public: bytes, context: bytes) -> bytes:
        """A key that follows from the context alone, the same on both sides."""
        return _hash(b"agree", context)

    def officer_public(self, private: bytes) -> bytes:
        """A stand-in for a SubjectPublicKeyInfo; any bytes serve as a private key."""
        return _SPKI_PREFIX + _stretch(_hash(b"officer", private), _POINT_BYTES)

    def officer_sign(self, private: bytes, message: bytes) -> bytes:
        """A stand-in that anybody could make."""
        return _officer_signature(self.officer_public(private), message)

    def officer_verify(self, spki: bytes, message: bytes, signature: bytes) -> None:
        """Return for what `officer_sign` made, raise BadSignature for anything else."""
        if signature != _officer_signature(spki, message):
            raise BadSignature("not this officer's signature of these bytes")

    def protect(self, key: bytes, plaintext: bytes, context: bytes, random: Randomness) -> bytes:
        """The plain text behind a hash that binds key and context."""
        salt = random(_HASH_BYTES)
        return _MAGIC + salt + _hash(b"protect", key, salt, context, plaintext) + plaintext

    def disclose(self, key: bytes, ciphertext: bytes, context: bytes) -> bytes:
        """The plain text of `protect`."""
        salt_at = len(_MAGIC)
        body_at = salt_at + 2 * _HASH_BYTES
        salt, plaintext = ciphertext[salt_at : salt_at + _HASH_BYTES], ciphertext[body_at:]
        bound = _hash(b"protect", key, salt, context, plaintext)
        if ciphertext[:salt_at] != _MAGIC or ciphertext[body_at - _HASH_BYTES : body_at] != bound:
            raise CannotOpen("another data key, another place, or a changed byte")
        return plaintext

    def forget(self) -> None:
        """Nothing is cached here."""


def _hash(label: bytes, *parts: bytes) -> bytes:
    """One hash over parts of stated lengths, so that no two lists of parts read alike."""
    state = hashlib.sha256(_MAGIC + label)
    for part in parts:
        state.update(len(part).to_bytes(8, "big") + part)
    return state.digest()


def _body_of(file: bytes) -> tuple[bytes, int]:
    """A file without its hash, and where its nonce stands."""
    body = file[:-_HASH_BYTES]
    if not file.startswith(_MAGIC) or _hash(b"file", body) != file[-_HASH_BYTES:]:
        raise CannotOpen("not a simulated file, or changed")
    return body, len(_MAGIC) + 1 + body[len(_MAGIC)] * _STANZA_BYTES


def _file_key(nonce: bytes) -> bytes:
    return _hash(b"file key", nonce)[:16]


def _stretch(seed: bytes, size: int) -> bytes:
    """`size` bytes by repetition: the size of the real thing at no cost."""
    return (seed * (size // len(seed) + 1))[:size] if seed else b""


def _signature(kind: int, public: bytes, message: bytes) -> bytes:
    return _stretch(_hash(b"sign", bytes([kind]), public, message), _SIGNATURE_BYTES[kind])


def _officer_signature(spki: bytes, message: bytes) -> bytes:
    return _stretch(_hash(b"officer sign", spki, message), 64)
