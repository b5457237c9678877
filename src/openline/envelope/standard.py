"""The suite of a real node: Ed25519, ML-DSA-44, X-Wing, ChaCha20-Poly1305, ES256.

Shapes   StandardSuite() implements `suite.Suite`; it holds no state and no key
Units    bytes
Raises   BadSignature, CannotOpen as the port says; ValueError for a seed, a private key or a data
         key of ours that is not one: that is our own mistake, never a peer's
Source   docs/PROTOCOL.md parts 1, 3 and 6
Never    compares with a signature made anew: ML-DSA signing is hedged, two signatures differ
"""

import hmac
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256

from openline.envelope import age, key_objects
from openline.envelope.derive import hkdf_sha256
from openline.envelope.suite import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44,
    BadSignature,
    CannotOpen,
    Randomness,
)

DATA_KEY_BYTES: Final = 32

_ED25519_KINDS: Final = frozenset({ED25519, ED25519_COSIGNATURE})
_ES256: Final = ECDSA(SHA256())
_PROTECTED_VERSION: Final = b"\x01"
_PROTECT_INFO: Final = b"openline/v1 protect\n"
_SALT_BYTES: Final = 32
_TAG_BYTES: Final = 16


class StandardSuite:
    """Real cryptography behind the port. Key objects are cached in `key_objects`."""

    __slots__ = ()

    def public(self, kind: int, seed: bytes) -> bytes:
        """The raw public key of a 32-byte seed."""
        if kind == ML_DSA_44:
            return key_objects.ml_dsa_private(seed).public_key().public_bytes_raw()
        _check_kind(kind)
        return key_objects.ed25519_private(seed).public_key().public_bytes_raw()

    def sign(self, kind: int, seed: bytes, message: bytes) -> bytes:
        """A raw signature of the kind."""
        if kind == ML_DSA_44:
            return key_objects.ml_dsa_private(seed).sign(message)
        _check_kind(kind)
        return key_objects.ed25519_private(seed).sign(message)

    def verify(self, kind: int, public: bytes, message: bytes, signature: bytes) -> None:
        """Return for a good signature, raise BadSignature for any other."""
        try:
            if kind == ML_DSA_44:
                key_objects.ml_dsa_public(public).verify(signature, message)
            elif kind in _ED25519_KINDS:
                key_objects.ed25519_public(public).verify(signature, message)
            else:
                raise BadSignature(f"signatures of kind {kind} are not known here")
        except InvalidSignature:
            raise BadSignature(f"kind {kind}: not a signature of these bytes") from None
        except ValueError:  # in words of ours: a verdict does not depend on a library's
            raise BadSignature(f"kind {kind}: not a public key") from None

    def seal_public(self, seed: bytes) -> bytes:
        """The X-Wing public key of a seed."""
        return key_objects.xwing_public_bytes(seed)

    def seal(self, recipients: Sequence[bytes], plaintext: bytes, random: Randomness) -> bytes:
        """An age v1 file; UnfitRecipient names a key that cannot be sealed to."""
        return age.seal(recipients, plaintext, random)[0]

    def unseal(self, seeds: Sequence[bytes], file: bytes, stanzas: int | None = None) -> bytes:
        """The plaintext under the first seed that opens one stanza."""
        return age.unseal(seeds, file, stanzas=stanzas)[0]

    def seal_keyed(
        self, recipients: Sequence[bytes], plaintext: bytes, random: Randomness
    ) -> tuple[bytes, bytes]:
        """An age v1 file and its file key."""
        return age.seal(recipients, plaintext, random)

    def unseal_keyed(
        self, seeds: Sequence[bytes], file: bytes, stanzas: int | None = None
    ) -> tuple[bytes, bytes]:
        """The plaintext and the file key."""
        return age.unseal(seeds, file, stanzas=stanzas)

    def reopen(self, file_key: bytes, file: bytes) -> bytes:
        """The plaintext of a file under the file key that was kept."""
        return age.reopen(file_key, file)

    def agree(self, seed: bytes, public: bytes, context: bytes) -> bytes:
        """HKDF-SHA256 over the X25519 agreement, without a salt."""
        try:
            shared = key_objects.x25519_shared(seed, public)
        except ValueError as fault:
            raise CannotOpen(f"no X25519 key: {fault}") from None
        return hkdf_sha256(shared, b"", context)

    def officer_public(self, private: bytes) -> bytes:
        """The SubjectPublicKeyInfo of an officer's PKCS #8 key."""
        return key_objects.spki_of(key_objects.officer_private(private).public_key())

    def officer_sign(self, private: bytes, message: bytes) -> bytes:
        """ES256 in DER, or Ed25519."""
        key = key_objects.officer_private(private)
        if isinstance(key, Ed25519PrivateKey):
            return key.sign(message)
        return key.sign(message, _ES256)

    def officer_verify(self, spki: bytes, message: bytes, signature: bytes) -> None:
        """Return for a good signature under a canonically spelled P-256 or Ed25519 key."""
        try:
            key = key_objects.officer_public(spki)
            if isinstance(key, Ed25519PublicKey):
                key.verify(signature, message)
            else:
                key.verify(signature, message, _ES256)
        except InvalidSignature:
            raise BadSignature("not this officer's signature of these bytes") from None
        except ValueError:
            raise BadSignature("not an officer's public key") from None

    def protect(self, key: bytes, plaintext: bytes, context: bytes, random: Randomness) -> bytes:
        """Version byte, 32-byte salt, then ChaCha20-Poly1305 with `context` as associated data.

        Every text has a key of its own, derived from the salt: a data key may protect any number
        of rows, where random 96-bit nonces under one key would wear out.
        """
        salt = random(_SALT_BYTES)
        sealed = _row_cipher(key, salt).encrypt(bytes(12), plaintext, context)
        return _PROTECTED_VERSION + salt + sealed

    def disclose(self, key: bytes, ciphertext: bytes, context: bytes) -> bytes:
        """The plaintext of `protect`."""
        body_at = len(_PROTECTED_VERSION) + _SALT_BYTES
        if ciphertext[:1] != _PROTECTED_VERSION or len(ciphertext) < body_at + _TAG_BYTES:
            raise CannotOpen("not a protected row")
        cipher = _row_cipher(key, ciphertext[1:body_at])
        try:
            return cipher.decrypt(bytes(12), ciphertext[body_at:], context)
        except InvalidTag:
            raise CannotOpen("another data key, another place, or a changed byte") from None

    def forget(self) -> None:
        """Drop every cached private key; to be called whenever a seed is destroyed."""
        key_objects.forget_private_keys()


def _check_kind(kind: int) -> None:
    if kind not in _ED25519_KINDS:
        raise ValueError(f"signatures of kind {kind} are not made here")


def _row_cipher(key: bytes, salt: bytes) -> ChaCha20Poly1305:
    if len(key) != DATA_KEY_BYTES:
        raise ValueError(f"a data key has {DATA_KEY_BYTES} bytes, not {len(key)}")
    return ChaCha20Poly1305(hmac.digest(key, _PROTECT_INFO + salt, "sha256"))
