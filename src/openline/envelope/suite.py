"""The one narrow port through which every key operation passes.

Shapes   kind: signature type of a C2SP signed note (1 and 4 Ed25519, 6 ML-DSA-44); seeds 32 bytes
Units    none
Raises   BadSignature, CannotOpen: an outcome that may not be ignored is never a returned False
Source   docs/PROTOCOL.md parts 1, 3 and 6
Never    touches disk, network or clock. Two implementations exist: `standard.StandardSuite` with
         real cryptography and the simulator's fake, so that a seeded history replays exactly
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from openline.errors import OpenlineError

Randomness = Callable[[int], bytes]

ED25519 = 1
ED25519_COSIGNATURE = 4
ML_DSA_44 = 6


class BadSignature(OpenlineError):
    """A signature does not belong to the key and the bytes it was shown with."""

    code: ClassVar[str] = "envelope.bad-signature"
    remedy: ClassVar[str] = "Ask the sender for the same bytes again; do not act on this copy."


class CannotOpen(OpenlineError):
    """None of the keys at hand opens this age file, or the file is not well formed."""

    code: ClassVar[str] = "envelope.cannot-open"
    remedy: ClassVar[str] = "Ask a holder to reseal the entry to the card key of this node."


class Suite(Protocol):
    """Signatures, sealing and officers' keys."""

    def public(self, kind: int, seed: bytes) -> bytes:
        """The raw public key (32 bytes Ed25519, 1,312 bytes ML-DSA-44) of a 32-byte seed."""

    def sign(self, kind: int, seed: bytes, message: bytes) -> bytes:
        """A raw signature: 64 bytes Ed25519, 2,420 bytes ML-DSA-44 (hedged, empty context)."""

    def verify(self, kind: int, public: bytes, message: bytes, signature: bytes) -> None:
        """Return for a good signature, raise BadSignature for any other."""

    def seal_public(self, seed: bytes) -> bytes:
        """The 1,216-byte X-Wing public key of a 32-byte seed."""

    def seal(self, recipients: Sequence[bytes], plaintext: bytes, random: Randomness) -> bytes:
        """A binary age v1 file with one mlkem768x25519 stanza per recipient public key."""

    def unseal(self, seeds: Sequence[bytes], file: bytes, stanzas: int | None = None) -> bytes:
        """The plaintext under the first seed that opens one stanza; CannotOpen otherwise.

        `stanzas` is the exact number of stanzas that the file must have; another number is
        refused without trying a key.
        """

    def seal_keyed(
        self, recipients: Sequence[bytes], plaintext: bytes, random: Randomness
    ) -> tuple[bytes, bytes]:
        """What `seal` makes, and the 16-byte file key by which `reopen` reads it again."""

    def unseal_keyed(
        self, seeds: Sequence[bytes], file: bytes, stanzas: int | None = None
    ) -> tuple[bytes, bytes]:
        """What `unseal` gives, and the file key."""

    def reopen(self, file_key: bytes, file: bytes) -> bytes:
        """The plaintext under a file key; CannotOpen for another key or a changed byte."""

    def agree(self, seed: bytes, public: bytes, context: bytes) -> bytes:
        """The 32-byte key that two holders of X25519 seeds share for a context; CannotOpen for a
        public key that is none."""

    def officer_public(self, private: bytes) -> bytes:
        """The DER SubjectPublicKeyInfo of a PKCS #8 private key (P-256 or Ed25519)."""

    def officer_sign(self, private: bytes, message: bytes) -> bytes:
        """ES256 (DER) or Ed25519 over `message`."""

    def officer_verify(self, spki: bytes, message: bytes, signature: bytes) -> None:
        """Return for a good signature, raise BadSignature for any other."""

    def protect(self, key: bytes, plaintext: bytes, context: bytes, random: Randomness) -> bytes:
        """Authenticated encryption of local views under a 32-byte data key, bound to `context`."""

    def disclose(self, key: bytes, ciphertext: bytes, context: bytes) -> bytes:
        """The plaintext of `protect`; CannotOpen for another key, context or changed byte."""

    def forget(self) -> None:
        """Drop every cached private key; to be called whenever a seed is destroyed."""
