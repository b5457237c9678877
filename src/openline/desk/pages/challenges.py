"""Challenges that were given out: each is signed once, soon, and for the purpose it was made for.

Shapes   give(purpose) -> (id, 32 bytes); take(id, purpose) -> 32 bytes
Units    seconds on the clock that is passed in
Raises   PasskeyRefused
Source   W3C Web Authentication Level 3, section 13.4.3
Never    gives one challenge to two browsers
"""

from collections.abc import Callable
from typing import Final

from openline.desk.pages.passkeys import PasskeyRefused

GOOD_S: Final = 300
OPEN_MAX: Final = 1_024


class Challenges:
    """Open challenges of one desk, in memory."""

    def __init__(self, now_s: Callable[[], float], random: Callable[[int], bytes]) -> None:
        self._now_s, self._random = now_s, random
        self._open: dict[str, tuple[str, bytes, float]] = {}

    def give(self, purpose: str) -> tuple[str, bytes]:
        now_s = self._now_s()
        live = {k: each for k, each in self._open.items() if each[2] > now_s}
        while len(live) >= OPEN_MAX:
            del live[next(iter(live))]
        name, challenge = self._random(16).hex(), self._random(32)
        live[name] = (purpose, challenge, now_s + GOOD_S)
        self._open = live
        return name, challenge

    def take(self, name: str, purpose: str) -> bytes:
        found = self._open.pop(name, None)
        if found is None or found[0] != purpose or found[2] <= self._now_s():
            raise PasskeyRefused("the question is older than five minutes, or was answered already")
        return found[1]
