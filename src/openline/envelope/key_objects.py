"""Key objects built from raw bytes, kept in bounded caches.

Shapes   raw seeds and public keys in, objects of `cryptography` out
Units    bytes; cache bounds are numbers of keys
Raises   ValueError for bytes that are no key of that kind; callers turn it into their own error
Source   docs/PROTOCOL.md part 3 (X-Wing seed expansion), FIPS 203, FIPS 204
Never    outlives a destroyed seed: `forget_private_keys` empties every cache of private keys, and
         whoever destroys a seed must call it, else forward secrecy would end at this cache
"""

import hashlib
from functools import lru_cache
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from openline.envelope.suite import Randomness

PRIVATE_KEYS_MAX: Final = 256
PUBLIC_KEYS_MAX: Final = 1024

SEED_BYTES: Final = 32
XWING_PUBLIC_BYTES: Final = 1216
_MLKEM_SEED_BYTES: Final = 64
_MLKEM_PUBLIC_BYTES: Final = 1184
_ED25519_PRIME: Final = 2**255 - 19
# The y of the eight points under which anybody can sign anything (their order divides eight).
_ED25519_ORDER_8_Y: Final = (
    2707385501144840649318225287225658788936804267575313519463743609750303402022
)
_ED25519_SMALL_Y: Final = frozenset(
    {
        0,
        1,
        _ED25519_PRIME - 1,
        _ED25519_ORDER_8_Y,
        _ED25519_PRIME - _ED25519_ORDER_8_Y,
    }
)
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

OfficerPrivate = EllipticCurvePrivateKey | Ed25519PrivateKey
OfficerPublic = EllipticCurvePublicKey | Ed25519PublicKey


@lru_cache(maxsize=PRIVATE_KEYS_MAX)
def ed25519_private(seed: bytes) -> Ed25519PrivateKey:
    """The Ed25519 key of a 32-byte seed."""
    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=PUBLIC_KEYS_MAX)
def ed25519_public(raw: bytes) -> Ed25519PublicKey:
    """The Ed25519 public key of 32 raw bytes: one spelling, and no point of small order."""
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    if y >= _ED25519_PRIME or y in _ED25519_SMALL_Y:
        raise ValueError("not a public key: its point is misspelt or of small order")
    return Ed25519PublicKey.from_public_bytes(raw)


@lru_cache(maxsize=PRIVATE_KEYS_MAX)
def ml_dsa_private(seed: bytes) -> MLDSA44PrivateKey:
    """The ML-DSA-44 key of a 32-byte seed."""
    return MLDSA44PrivateKey.from_seed_bytes(seed)


@lru_cache(maxsize=PUBLIC_KEYS_MAX)
def ml_dsa_public(raw: bytes) -> MLDSA44PublicKey:
    """The ML-DSA-44 public key of 1,312 raw bytes."""
    return MLDSA44PublicKey.from_public_bytes(raw)


def _expand(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """The two halves of an X-Wing key: 96 bytes of SHAKE-256 of the 32-byte seed."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"an X-Wing seed has {SEED_BYTES} bytes, not {len(seed)}")
    wide = hashlib.shake_256(seed).digest(_MLKEM_SEED_BYTES + SEED_BYTES)
    return (
        MLKEM768PrivateKey.from_seed_bytes(wide[:_MLKEM_SEED_BYTES]),
        X25519PrivateKey.from_private_bytes(wide[_MLKEM_SEED_BYTES:]),
    )


@lru_cache(maxsize=PRIVATE_KEYS_MAX)
def xwing_private(seed: bytes) -> MLKEM768X25519PrivateKey:
    """The hybrid key of a 32-byte seed."""
    return MLKEM768X25519PrivateKey(*_expand(seed))


@lru_cache(maxsize=PUBLIC_KEYS_MAX)
def xwing_public(raw: bytes) -> MLKEM768X25519PublicKey:
    """The hybrid public key of 1,184 bytes ML-KEM-768 and 32 bytes X25519."""
    if len(raw) != XWING_PUBLIC_BYTES:
        raise ValueError(f"an X-Wing public key has {XWING_PUBLIC_BYTES} bytes, not {len(raw)}")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_BYTES:]),
    )


@lru_cache(maxsize=PRIVATE_KEYS_MAX)
def xwing_public_bytes(seed: bytes) -> bytes:
    """The 1,216 public bytes of a 32-byte seed."""
    kem, agreement = _expand(seed)
    return kem.public_key().public_bytes_raw() + agreement.public_key().public_bytes_raw()


def x25519_public_bytes(seed: bytes) -> bytes:
    """The X25519 public key of 32 secret bytes (a card's `wire` line)."""
    return X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def x25519_shared(seed: bytes, public: bytes) -> bytes:
    """The agreement of our secret and their public bytes; ValueError for a key of low order."""
    theirs = X25519PublicKey.from_public_bytes(public)
    return X25519PrivateKey.from_private_bytes(seed).exchange(theirs)


@lru_cache(maxsize=PRIVATE_KEYS_MAX)
def officer_private(pkcs8: bytes) -> OfficerPrivate:
    """An officer's private key: P-256 or Ed25519, unencrypted PKCS #8 in DER."""
    try:
        key = load_der_private_key(pkcs8, password=None)
    except (TypeError, UnsupportedAlgorithm):  # encrypted, or a kind that nobody here knows
        raise ValueError("not an unencrypted PKCS #8 key of a known kind") from None
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ValueError("an officer's key is P-256 or Ed25519")


@lru_cache(maxsize=PUBLIC_KEYS_MAX)
def officer_public(spki: bytes) -> OfficerPublic:
    """An officer's public key, read from the one spelling that we ourselves would write.

    A second spelling (a compressed point, named parameters spelled out) would let one key stand
    in an officers tree twice and release alone what two persons must release.
    """
    try:
        key = load_der_public_key(spki)
    except UnsupportedAlgorithm:
        raise ValueError("not a public key of a known kind") from None
    if isinstance(key, EllipticCurvePublicKey) and not isinstance(key.curve, SECP256R1):
        raise ValueError("an officer's key is on another curve than P-256")
    if not isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey):
        raise ValueError("an officer's key is P-256 or Ed25519")
    if spki_of(key) != spki:
        raise ValueError("not the canonical spelling of this key")
    if isinstance(key, Ed25519PublicKey):
        return ed25519_public(key.public_bytes_raw())
    return key


def new_officer_private(random: Randomness) -> bytes:
    """A new P-256 key as unencrypted PKCS #8."""
    while True:
        scalar = int.from_bytes(random(SEED_BYTES), "big")
        if 0 < scalar < _P256_ORDER:
            break
    key = derive_private_key(scalar, SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def spki_of(key: OfficerPublic) -> bytes:
    """The DER SubjectPublicKeyInfo of a public key, uncompressed."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def forget_private_keys() -> None:
    """Empty every cache that holds a private key or was made from one."""
    for cached in (ed25519_private, ml_dsa_private, xwing_private, officer_private):
        cached.cache_clear()
    # Keyed by seed, so the seed itself would stay although the value is public.
    xwing_public_bytes.cache_clear()
