"""Words that an officer types before a release: an ordinary one, and one for when it is forced.

Shapes   words_of(ordinary, duress, random) -> what is kept; which(officer, typed) -> which one
Units    none
Raises   WordRefused, BadText
Source   docs/decisions/0043-a-silent-word.md; RFC 7914 (scrypt)
Never    does anything that a person who looks over the shoulder could see; never tells a peer
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable
from typing import ClassVar, Final

from openline.desk.acts import Desk
from openline.desk.roster import Officer
from openline.desk.written import line
from openline.errors import OpenlineError
from openline.exchange.station import Station
from openline.formats.spell import b64, unb64
from openline.watch.reminding import owe

KIND: Final = "duress"
ORDINARY: Final = "ordinary"
DURESS: Final = "duress"
WORD_CHARACTERS_MIN: Final = 4
WORD_CHARACTERS_MAX: Final = 64
_SALT_BYTES: Final = 16
# 16 MiB and some 50 ms for each guess.
_COST: Final = 2**14


class WordRefused(OpenlineError):
    """The word that was typed is not one of this officer's, or two words cannot be told apart."""

    code: ClassVar[str] = "desk.word-refused"
    remedy: ClassVar[str] = "Type your word again; you change it on the page with your name."


def words_of(ordinary: str, duress: str, random: Callable[[int], bytes]) -> tuple[str, ...]:
    """Both words as they are kept; none, where none is given."""
    if not ordinary and not duress:
        return ()
    for word in (ordinary, duress):
        line("a word", word, WORD_CHARACTERS_MAX, WORD_CHARACTERS_MIN)
    if plain(ordinary) == plain(duress):
        raise WordRefused("the two words are the same")
    salt = random(_SALT_BYTES)
    return (b64(salt), _hashed(ordinary, salt), _hashed(duress, salt))


def plain(word: str) -> str:
    """A word as it is compared: how it is spaced and cased says nothing."""
    return " ".join(word.casefold().split())


def _hashed(word: str, salt: bytes) -> str:
    return b64(hashlib.scrypt(plain(word).encode(), salt=salt, n=_COST, r=8, p=1, dklen=32))


def which(officer: Officer, typed: str) -> str:
    """Which of the officer's words was typed; "" for none of them."""
    if not officer.words or not typed or len(typed) > WORD_CHARACTERS_MAX:
        return ""
    salt, ordinary, duress = officer.words
    found = _hashed(typed, unb64(salt))
    # Both are compared: how long it takes says nothing.
    is_ordinary, is_duress = (hmac.compare_digest(found, each) for each in (ordinary, duress))
    return ORDINARY if is_ordinary else DURESS if is_duress else ""


async def asked(desk: Desk, officer: Officer, typed: str) -> None:
    """Before a release: an officer who has words types one of them; both let it go on."""
    if not officer.words:
        return
    said = await desk.lane.run(which, officer, typed)
    if not said:
        raise WordRefused("this is not your word; nothing was signed")
    if said == DURESS:
        await desk.lane.run(sound, desk.station, officer)


async def heard(desk: Desk, officer: Officer, typed: str) -> None:
    """At sign-in, where nobody has to type a word: one that is the duress word is heard."""
    if await desk.lane.run(which, officer, typed) == DURESS:
        await desk.lane.run(sound, desk.station, officer)


def sound(station: Station, officer: Officer) -> None:
    """A silent alarm: for other people's eyes, and whoever the wake-up command wakes."""
    with station.store.write() as tx:
        station.tell(tx, KIND, officer.person.hex(), "desk.duress", f"{officer.name}: duress word")
        owe(tx, Counter({"actual_flash": 1}))
