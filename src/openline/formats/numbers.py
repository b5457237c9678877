"""Message numbers: what people call an entry, and which entries such a name can mean.

Shapes   number(counter, origin, index, epochs) -> "2.14", or "2k.14" where another log of its
         party has that counter; named(log, index, logs) -> "PARTY:2k.14"; read(text, logs) ->
         Read: the one place that the text names, else those that it may mean
Units    an epoch's counter counts from 1, an entry's index from 0
Raises   nothing: a text that is no name names nothing
Source   docs/PROTOCOL.md part 5, "Numbers"; docs/decisions/0087
Never    means another entry by a name that once meant this one: what was `2.14` before a sibling
         was known, and `2k.14` before a third was, is read as both and never guessed
"""

import hashlib
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

# Sixteen letters that no hand and no ear takes for a digit or for one another.
LETTERS: Final = "acdefhjkmnprtvwx"
_FULL: Final = re.compile(r"([a-z0-9.-]+/openline/[a-z2-7]{52}):(0|[1-9][0-9]{0,15})")
_NUMBER: Final = re.compile(
    rf"([a-z0-9.-]+):(0|[1-9][0-9]{{0,9}})([{LETTERS}]{{0,64}})\.(0|[1-9][0-9]{{0,15}})"
)
_SPELLED: Final = str.maketrans("0123456789abcdef", LETTERS)

Place = tuple[str, int]
Epochs = Collection[tuple[int, str]]


class Log(NamedTuple):
    """A log of a line as far as its entries are called after it; `size` of them are held."""

    origin: str
    party: str
    counter: int
    size: int


class Read(NamedTuple):
    """What a name names: `place` where there is no doubt, `offered` where others know more, or
    knew less, of the party's logs than who typed it."""

    place: Place | None = None
    offered: tuple[Place, ...] = ()


def epochs_of(party: str, logs: Iterable[Log]) -> list[tuple[int, str]]:
    """Counter and origin of every log of a party of which an entry is held."""
    return [(log.counter, log.origin) for log in logs if log.party == party and log.size]


def epoch(counter: int, origin: str, epochs: Epochs) -> str:
    """The counter; then as many letters of this log as none of its siblings begins with."""
    siblings = [_code(each) for count, each in epochs if count == counter and each != origin]
    if not siblings:
        return f"{counter}"
    code, least = _code(origin), 1
    while any(each.startswith(code[:least]) for each in siblings):
        least += 1
    return f"{counter}{code[:least]}"


def number(counter: int, origin: str, index: int, epochs: Epochs) -> str:
    """The number of a message, as people use it; `epochs` are all those of its party on the line,
    each as counter and origin."""
    return f"{epoch(counter, origin, epochs)}.{index}"


def named(log: Log, index: int, logs: Iterable[Log]) -> str:
    """An entry as lists write it, so that it can be typed back."""
    return f"{log.party}:{number(log.counter, log.origin, index, epochs_of(log.party, logs))}"


def before(said: str) -> tuple[str, ...]:
    """What a number was while fewer logs with its counter were known: its letters, one by one
    taken away."""
    head, _, index = said.rpartition(".")
    counter = head.rstrip(LETTERS)
    return tuple(f"{head[:end]}.{index}" for end in range(len(counter), len(head)))


def is_name(text: str) -> bool:
    """Whether a text is the name of an entry, of whatever line."""
    return bool(_FULL.fullmatch(text) or _NUMBER.fullmatch(text))


def read(text: str, logs: Iterable[Log]) -> Read:
    """The entry of these logs that a name means; where it can mean several they are offered.

    Letters may be fewer than are written here, or more: who knows fewer logs of a party, or more,
    calls its entries so. An index that only one of several logs has settles nothing: the others
    may have it where the name was written.
    """
    full, match = _FULL.fullmatch(text), _NUMBER.fullmatch(text)
    if full is not None:
        index = int(full[2])
        found = [log for log in logs if log.origin == full[1]]
    elif match is not None:
        index = int(match[4])
        found = [log for log in logs if log.size and _is_called(log, match)]
    else:
        return Read()
    places = tuple((log.origin, index) for log in found if index < log.size)
    return Read(places[0]) if len(found) == len(places) == 1 else Read(None, places)


def _is_called(log: Log, name: re.Match[str]) -> bool:
    party, counter, letters, _ = name.groups()
    is_epoch = (log.party, log.counter) == (party, int(counter))
    return is_epoch and _code(log.origin).startswith(letters)


@lru_cache(maxsize=1024)
def _code(origin: str) -> str:
    """All letters of a log, drawn from its name: nobody can choose those of a log."""
    return hashlib.sha256(origin.encode()).hexdigest().translate(_SPELLED)
