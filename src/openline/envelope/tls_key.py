"""TLS keys as cards pin them.

Shapes   pin_of(PEM), pin_of_certificate(DER) -> 32 bytes
Units    bytes; a pin is the SHA-256 of a DER SubjectPublicKeyInfo (RFC 7469 section 2.4)
Raises   NotACertificate
Source   docs/PROTOCOL.md parts 4 and 9
Never    looks at who signed a certificate, or for how long
"""

import hashlib
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from openline.errors import OpenlineError

CERTIFICATE_BYTES_MAX = 64 * 1024


class NotACertificate(OpenlineError):
    """What should hold a TLS certificate or its public key does not."""

    code: ClassVar[str] = "envelope.not-a-certificate"
    remedy: ClassVar[str] = "Give the PEM file that the proxy in front of the node presents."


def pin_of(pem: bytes) -> bytes:
    """The pin of a certificate or of a public key, as PEM."""
    if len(pem) > CERTIFICATE_BYTES_MAX:
        raise NotACertificate(f"{len(pem)} bytes; at most {CERTIFICATE_BYTES_MAX}")
    try:
        if b"-----BEGIN PUBLIC KEY-----" in pem:
            return pin_of_key(load_pem_public_key(pem))
        return pin_of_key(x509.load_pem_x509_certificate(pem).public_key())
    except ValueError:
        raise NotACertificate("neither a PEM certificate nor a PEM public key") from None


def pin_of_certificate(der: bytes) -> bytes:
    """The pin of the certificate that the other side of a connection showed."""
    try:
        return pin_of_key(x509.load_der_x509_certificate(der).public_key())
    except ValueError:
        raise NotACertificate("the other side's certificate cannot be read") from None


def pin_of_key(key: PublicKeyTypes) -> bytes:
    """SHA-256 of a public key as a certificate writes it."""
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).digest()
