"""Requests to other nodes: one session, bounded answers, no redirects, no proxies.

Shapes   PeerClient.post(url, path, body), .get(url, path) -> bytes of a 200 answer
Units    seconds; answers at most 9 MiB
Raises   Unreachable, OtherKey, PeerRefused
Source   docs/PROTOCOL.md part 8; aiohttp took the least time of those measured
Never    follows a redirect, reads proxy settings from the environment or decompresses
"""

import os
from collections.abc import Sequence
from typing import ClassVar

import aiohttp

from openline.errors import OpenlineError
from openline.exchange.peer.pinning import Pinned
from openline.exchange.peer.status import retry_after
from openline.exchange.refusals import PeerRefused
from openline.formats.legible import visible

ANSWER_BYTES_MAX = 9 * 1024 * 1024
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 60.0


class Unreachable(OpenlineError):
    """No answer came: refused, timed out, cut. What the peer did with the request is unknown."""

    code: ClassVar[str] = "exchange.unreachable"
    remedy: ClassVar[str] = "The node keeps trying; ring the duty number if it lasts."


class OtherKey(Unreachable):
    """Who answers at a peer's address has another TLS key than those that its card pins."""

    code: ClassVar[str] = "exchange.other-tls-key"
    remedy: ClassVar[str] = "Nothing was sent there. Ask the party by voice which key is theirs."


def in_words(fault: Exception) -> str:
    """What kept an answer away, as an operator says it; the rest keeps its technical name."""
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    number = fault.errno if isinstance(fault, OSError) else None
    return os.strerror(number).lower() if number else type(fault).__name__


class PeerClient:
    """One HTTP session for all peers. `source` binds outgoing sockets to one local address."""

    def __init__(self, source: str | None = None) -> None:
        connector = aiohttp.TCPConnector(
            limit_per_host=4,
            local_addr=(source, 0) if source else None,
            keepalive_timeout=50,
        )
        timeout = aiohttp.ClientTimeout(
            total=TOTAL_SECONDS, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS
        )
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, trust_env=False, auto_decompress=False
        )

    async def post(self, url: str, path: str, body: bytes, pins: Sequence[bytes] = ()) -> bytes:
        """The body of a 200 answer; with pins, from nobody who has none of these TLS keys."""
        return await self._request("POST", url, path, body, pins)

    async def get(self, url: str, path: str) -> bytes:
        """The body of a 200 answer to a question without a body, as witnesses take it."""
        return await self._request("GET", url, path, None, ())

    async def _request(
        self, method: str, url: str, path: str, body: bytes | None, pins: Sequence[bytes]
    ) -> bytes:
        key: Pinned | bool = Pinned(frozenset(pins)) if pins else True
        try:
            async with self._session.request(
                method, url.rstrip("/") + path, data=body, allow_redirects=False, ssl=key
            ) as response:
                answer = await self._bounded(response)
        except aiohttp.ServerFingerprintMismatch:
            raise OtherKey(f"{url}: another TLS key than its card pins") from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as fault:
            raise Unreachable(f"{url}: {in_words(fault)}") from None
        if response.status != 200:
            code, _, sentence = answer.decode("utf-8", "replace")[:400].partition("\n")
            # A peer's words go to logs and terminals: none of its letters may act there.
            retry_s = retry_after(response.status, response.headers.getall("Retry-After", []))
            words = visible(code[:60]), visible(sentence.strip())
            raise PeerRefused(response.status, *words, retry_s)
        return answer

    async def _bounded(self, response: aiohttp.ClientResponse) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_chunked(65_536):
            size += len(part)
            if size > ANSWER_BYTES_MAX:
                raise ValueError("answer too long")
            parts.append(part)
        return b"".join(parts)

    async def close(self) -> None:
        """Close the session and its connections."""
        await self._session.close()
