"""Challenges that were given out: each is signed once, soon, and for the purpose it was made for.

Shapes   give(purpose) -> (name, 32 bytes); look(name, purpose) -> 32 bytes; take() looks and spends
Units    seconds on the clock that is passed in
Raises   PasskeyRefused
Source   W3C Web Authentication Level 3, section 13.4.3
Never    gives one challenge to two browsers. Never keeps what was only given out: whoever opens the
         page of signing in ten thousand times would else push out what an officer is signing
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from openline.desk.pages.passkeys import PasskeyRefused

GOOD_S: Final = 300
SPENT_MAX: Final = 20_000
NAME_CHARACTERS_MAX: Final = 160


class Challenges:
    """The challenges of one desk. A name says until when it is good, and only this desk can work
    out the challenge that goes with it; those that were answered are remembered until then."""

    def __init__(self, now_s: Callable[[], float], random: Callable[[int], bytes]) -> None:
        self._now_s, self._random = now_s, random
        self._secret = random(32)
        self._spent: dict[str, float] = {}

    def give(self, purpose: str) -> tuple[str, bytes]:
        """A name and a challenge that nobody has had before."""
        until_ms = int((self._now_s() + GOOD_S) * 1000)
        said = f"{until_ms}.{self._random(16).hex()}"
        name = f"{said}.{self._of('name', purpose, said).hex()}"
        return name, self._of("challenge", purpose, name)

    def look(self, name: str, purpose: str) -> bytes:
        """The challenge of that name, while it is good and nothing was done by it.

        For whoever is not known yet: `spend` it once the answer has shown who it is.
        """
        said, _, mark = name[:NAME_CHARACTERS_MAX].rpartition(".")
        is_ours = hmac.compare_digest(mark.encode(), self._of("name", purpose, said).hex().encode())
        if not is_ours or name in self._spent or self._is_over(said):
            raise PasskeyRefused("the question is older than five minutes, or was answered already")
        return self._of("challenge", purpose, name)

    def _is_over(self, said: str) -> bool:
        return int(said.partition(".")[0]) <= self._now_s() * 1000

    def spend(self, name: str) -> None:
        """It was answered by an officer of this desk: it is good for nothing more."""
        now_s = self._now_s()
        if len(self._spent) >= SPENT_MAX:
            self._spent = {each: s for each, s in self._spent.items() if s > now_s}
        if len(self._spent) >= SPENT_MAX:
            raise PasskeyRefused("more was signed at this desk within five minutes than can be")
        self._spent[name] = now_s + GOOD_S + 1

    def take(self, name: str, purpose: str) -> bytes:
        """The challenge of that name, and it is good for nothing more."""
        challenge = self.look(name, purpose)
        self.spend(name)
        return challenge

    def _of(self, what: str, purpose: str, said: str) -> bytes:
        """What only this desk can work out, bound to the purpose."""
        return hmac.digest(self._secret, f"{what}\n{purpose}\n{said}".encode(), hashlib.sha256)
