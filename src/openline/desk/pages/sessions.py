"""Signed-in officers: opaque tokens in memory, each with its limits and its form secret.

Shapes   Sessions.begin(officer) -> token; find(token) -> Session or None; end(token)
Units    seconds on the monotonic clock that is passed in
Raises   nothing
Source   OWASP ASVS 5.0, V7 (session management): new token at each sign-in, idle and total limits
Never    survives the node: after a restart everybody signs in again, and drafts are still there
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# A watch lasts eight hours; a person who left the desk for half a watch signs in again.
TOTAL_S: Final = 12 * 3600
IDLE_S: Final = 4 * 3600
SESSIONS_MAX: Final = 512


@dataclass(slots=True)
class Session:
    """One officer at one browser; `credential` is the key that signed in."""

    person: bytes
    began_s: float
    seen_s: float
    form_token: str
    credential: bytes = b""

    def is_form(self, token: str) -> bool:
        """Whether a form came from a page of this session."""
        return hmac.compare_digest(token.encode(), self.form_token.encode())


class Sessions:
    """All sessions of one desk."""

    def __init__(self, now_s: Callable[[], float], random: Callable[[int], bytes]) -> None:
        self._now_s, self._random = now_s, random
        self._live: dict[bytes, Session] = {}

    def begin(self, person: bytes, credential: bytes = b"") -> str:
        """A new session; its token is known to the browser alone."""
        token = self._random(32).hex()
        now_s = self._now_s()
        self._drop_old(now_s)
        if len(self._live) >= SESSIONS_MAX:
            oldest = min(self._live, key=lambda each: self._live[each].seen_s)
            del self._live[oldest]
        self._live[_hash(token)] = Session(person, now_s, now_s, self._random(32).hex(), credential)
        return token

    def find(self, token: str, *, is_use: bool = True) -> Session | None:
        """The live session behind a token; what a page fetches by itself is no use of it."""
        session = self._live.get(_hash(token))
        now_s = self._now_s()
        if session is None or _is_over(session, now_s):
            self._live.pop(_hash(token), None)
            return None
        if is_use:
            session.seen_s = now_s
        return session

    def end(self, token: str) -> None:
        self._live.pop(_hash(token), None)

    def end_of(self, person: bytes) -> None:
        """Every session of an officer who was removed."""
        self._live = {k: each for k, each in self._live.items() if each.person != person}

    def _drop_old(self, now_s: float) -> None:
        self._live = {k: each for k, each in self._live.items() if not _is_over(each, now_s)}


def _is_over(session: Session, now_s: float) -> bool:
    return now_s - session.began_s > TOTAL_S or now_s - session.seen_s > IDLE_S


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
