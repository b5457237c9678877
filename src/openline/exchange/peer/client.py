"""Requests to other nodes: one session, bounded answers, no redirects, no proxies.

Shapes   PeerClient.post(url, path, body) -> bytes of a 200 answer
Units    seconds; answers at most 9 MiB
Raises   Unreachable, PeerRefused
Source   docs/PROTOCOL.md part 8; aiohttp took the least time of those measured
Never    follows a redirect, reads proxy settings from the environment or decompresses
"""

import os
from typing import ClassVar

import aiohttp

from openline.errors import OpenlineError
from openline.formats.legible import visible

ANSWER_BYTES_MAX = 9 * 1024 * 1024
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 60.0


class Unreachable(OpenlineError):
    """No answer came: refused, timed out, cut. What the peer did with the request is unknown."""

    code: ClassVar[str] = "exchange.unreachable"
    remedy: ClassVar[str] = "The node keeps trying; ring the duty number if it lasts."


class PeerRefused(OpenlineError):
    """The peer answered with a status other than 200: a hint, not a fact."""

    code: ClassVar[str] = "exchange.peer-refused"
    remedy: ClassVar[str] = "The next hello shows where things stand."

    def __init__(self, status: int, peer_code: str, sentence: str) -> None:
        super().__init__(f"{status} {peer_code}: {sentence}")
        self.status, self.peer_code = status, peer_code


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

    async def post(self, url: str, path: str, body: bytes) -> bytes:
        """The body of a 200 answer."""
        try:
            async with self._session.post(
                url.rstrip("/") + path, data=body, allow_redirects=False
            ) as response:
                answer = await self._bounded(response)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as fault:
            raise Unreachable(f"{url}: {in_words(fault)}") from None
        if response.status != 200:
            code, _, sentence = answer.decode("utf-8", "replace")[:400].partition("\n")
            # A peer's words go to logs and terminals: none of its letters may act there.
            raise PeerRefused(response.status, visible(code[:60]), visible(sentence.strip()))
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
