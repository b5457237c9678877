"""HKDF with SHA-256: one secret in, as many unrelated keys out as there are labels.

Shapes   hkdf_sha256(secret, salt, info) -> 32 bytes
Units    bytes
Raises   nothing
Source   RFC 5869; docs/PROTOCOL.md part 4 (role keys) and part 6 (age header and payload keys)
Never    draws randomness; the standard library's HMAC is used because it is ten times faster
         here than an object for each derivation, and sealing derives two keys per file
"""

import hmac

HASH_BYTES = 32


def hkdf_sha256(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """The first 32 bytes of HKDF-SHA256; an empty salt means 32 zero bytes (RFC 5869, 2.2)."""
    extracted = hmac.digest(salt or bytes(HASH_BYTES), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")
