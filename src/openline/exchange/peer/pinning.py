"""The TLS key of a peer's address: one that its card pins, or no connection.

Shapes   Pinned(pins) stands where aiohttp takes a fingerprint
Units    none
Raises   aiohttp.ServerFingerprintMismatch, which ends the connection
Source   docs/PROTOCOL.md part 9
Never    asks an authority about a pinned key: the card is signed, and says more than they know
"""

import asyncio

import aiohttp

from openline.envelope.tls_key import NotACertificate, pin_of_certificate


class Pinned(aiohttp.Fingerprint):
    """Takes any certificate whose key is one of `pins`; equal pins share a connection."""

    def __init__(self, pins: frozenset[bytes]) -> None:
        super().__init__(min(pins))
        self._pins = pins

    def check(self, transport: asyncio.Transport) -> None:
        """Refuse the connection before anything is said over it."""
        tls = transport.get_extra_info("ssl_object")
        if tls is None:
            return
        try:
            found = pin_of_certificate(tls.getpeercert(binary_form=True))
        except NotACertificate:
            found = b""
        if found not in self._pins:
            host, port, *_ = transport.get_extra_info("peername")
            raise aiohttp.ServerFingerprintMismatch(self.fingerprint, found, host, port)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pinned) and self._pins == other._pins

    def __hash__(self) -> int:
        return hash(self._pins)
