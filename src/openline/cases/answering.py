"""The answers to one matter: whose is current, and who said two things about one version.

Shapes   Answers.tell(answer, names, version) -> False where it does not come last of its party:
         then all of them are told anew, in the order in which they were written
Units    versions count from 1; 0 names no version
Raises   nothing
Source   docs/cases.md, "The ladder" (A4)
Never    lets the answer of one party depend on when another party answered
"""

from bisect import bisect_left
from dataclasses import replace
from typing import Final

from openline.cases import shown
from openline.cases.case import Answer, Matter
from openline.cases.entry import Entry, Ref

Place = tuple[str, int, str, int]
# Answers that promise another one: what follows them is no second opinion.
_NOT_YET: Final = frozenset({"under-study", "postponed", "cannot-process"})


class Answers:
    """Answers by party and place in the party's log; one per party and subject is current.

    `again` are answers by which a party says something else about a version that it had answered.
    Two officers who answer at once do this; a later version of an answer is an amendment instead.
    """

    __slots__ = ("_last", "_latest", "_places", "_said", "again", "rows")

    def __init__(self) -> None:
        self.rows: list[Answer] = []
        self.again: list[tuple[Entry, Ref]] = []
        self._places: list[Place] = []
        self._last: dict[str, Place] = {}
        self._latest: dict[tuple[str, str], Place] = {}
        self._said: dict[tuple[str, Ref, str, str], Matter] = {}

    def tell(self, answer: Matter, names: Ref, version: int) -> bool:
        """One answer more, if it is the last one of its party; else nothing is changed."""
        party, place = answer.author, shown.written(answer.first)
        if not self.is_last(party, place):
            return False
        self._last[party] = place
        at = bisect_left(self._places, place)
        self._places.insert(at, place)
        self.rows.insert(at, Answer(party, answer.ref, names, version, answer.is_open))
        if answer.is_open:
            self._overtake(answer, names, place)
        return True

    def is_last(self, party: str, place: Place) -> bool:
        """Whether an answer comes after all that its party gave before."""
        last = self._last.get(party)
        return last is None or last < place

    def _overtake(self, answer: Matter, names: Ref, place: Place) -> None:
        """The one before is no longer current; if it said something else, that is noted."""
        about = _about(answer)
        before = self._latest.get((answer.author, about))
        if before is not None:
            at = bisect_left(self._places, before)
            self.rows[at] = replace(self.rows[at], current=False)
        self._latest[answer.author, about] = place
        key = (answer.author, names, answer.name, about)
        earlier = self._said.get(key)
        if earlier and earlier.answer != answer.answer and earlier.answer not in _NOT_YET:
            self.again.append((answer.first, earlier.ref))
        self._said[key] = answer


def _about(answer: Matter) -> str:
    """What part of the message an answer is about: positions on a text are article by article."""
    if answer.name == "agreements/text-position":
        return shown.string(answer.current.entry.fields, "article")
    return ""
