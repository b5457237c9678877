"""The secret address at which a calendar program has an officer's deadlines: one for each officer.

Shapes   subscribe(book, person, random, now_s) -> secret; whose(book, secret) -> person id or None;
         since_s(book, person); end(book, person): all on the lane. Pace.wait_s(person) -> seconds
Units    times are unix seconds UTC; those of Pace are of the clock that is passed in
Raises   nothing beyond what the store refuses
Source   docs/OPERATE.md, "The watch at the desk"; docs/decisions/0097
Never    keeps the secret itself, nor says at which line of which officer a wrong one was aimed
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from openline.desk.deskbook import Deskbook, Record

KIND: Final = "calendar"
SECRET_BYTES: Final = 32
# A program asks every quarter of an hour or so; five devices of one officer may ask together.
EACH_S: Final = 60.0
AT_ONCE: Final = 5


def subscribe(book: Deskbook, person: bytes, random: Callable[[int], bytes], now_s: int) -> str:
    """A new address; one that this officer had before is over."""
    secret = random(SECRET_BYTES).hex()
    book.write(KIND, _record(person, _hash(secret), now_s))
    return secret


def end(book: Deskbook, person: bytes) -> None:
    """No address of this officer is good any more."""
    if since_s(book, person):
        book.write(KIND, _record(person, "", 0))


def since_s(book: Deskbook, person: bytes) -> int:
    """When the address of this officer was made; 0 where there is none."""
    found = book.read(KIND).get(_record(person, "", 0)["id"])
    return int(found["made"]) if found else 0


def whose(book: Deskbook, secret: str) -> bytes | None:
    """The officer whose address this is."""
    if len(secret) != 2 * SECRET_BYTES:
        return None
    wanted = _hash(secret)
    found = [each["person"] for each in book.read(KIND).values() if each["hash"] == wanted]
    return bytes.fromhex(found[0]) if found else None


def _record(person: bytes, secret_hash: str, made_s: int) -> Record:
    # Ids are of the whole notebook, where the officer's own record has that of the person.
    name = f"calendar-{person.hex()}"
    return {"id": name, "person": person.hex(), "hash": secret_hash, "made": made_s}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(slots=True)
class Pace:
    """How often the address of one officer is answered: a few at once, then one a minute."""

    now_s: Callable[[], float] = time.monotonic
    # By person: how many answers are left, and since when.
    _left: dict[bytes, tuple[float, float]] = field(default_factory=dict)

    def wait_s(self, person: bytes) -> float:
        """0 where it is answered now, which is counted; else in how many seconds it will be."""
        now_s = self.now_s()
        left, since_s = self._left.get(person, (float(AT_ONCE), now_s))
        left = min(float(AT_ONCE), left + (now_s - since_s) / EACH_S)
        self._left[person] = (left - 1 if left >= 1 else left, now_s)
        return 0.0 if left >= 1 else (1 - left) * EACH_S
