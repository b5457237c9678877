"""Proof of delivery: which of five grades a file reaches for each addressee of an entry.

Shapes   graded(judgements, elsewhere) -> the same judgements, each proof with its grades as lines
         and facts
Units    grades count from 1 to 5; 0 where the head under the entry does not count
Raises   nothing
Source   docs/PROTOCOL.md part 9.4; docs/decisions/0095
Never    lets a grade stand for reading, understanding or agreeing; never reaches 3 for a deposit at
         a relay, whose note is no part of any file
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from openline.formats.openjson import Value
from openline.record.entry_proof import PROOF, Judgement, compromised_line
from openline.record.trust import UNVERIFIED

NONE: Final = 0
SIGNED: Final = 1
DATED: Final = 2
AVAILABLE: Final = 3
RECEIVED: Final = 4
NAMED: Final = 5
WORDS: Final = {
    SIGNED: "signed",
    DATED: "dated",
    AVAILABLE: "available",
    RECEIVED: "received",
    NAMED: "named",
}
NO_GRADE: Final = "delivery: no grade of 5: what signed this entry does not count"
NO_DEPOSIT: Final = (
    "grade 3 of 5, available, is not provable offline: no file holds a relay's note of a deposit"
)


def graded(judgements: Mapping[int, Judgement], elsewhere: frozenset[str]) -> dict[int, Judgement]:
    """Say of every entry how well its delivery is proven; `elsewhere` are the logs that are shown
    to be of another line than their entries say."""
    return {
        number: with_grades(each, judgements, elsewhere) if each.verdict.kind == PROOF else each
        for number, each in judgements.items()
    }


def with_grades(
    judgement: Judgement, judgements: Mapping[int, Judgement], elsewhere: frozenset[str]
) -> Judgement:
    """One entry with its grades: what holds for everybody, and what for each addressee."""
    verdict, charter = judgement.verdict, judgement.stretch.charter
    least = grade_of_head(judgement, elsewhere)
    receipts = judgement.stretch.judged.receipts
    members = [*receipts] if charter is None else [member.party for member in charter.members]
    named = {
        each.stretch.party
        for each in judgements.values()
        if names(each, judgement) and grade_of_head(each, elsewhere)
    }
    grades = {
        party: least and (NAMED if party in named else RECEIVED if party in receipts else least)
        for party in sorted(members)
        if party != judgement.stretch.party
    }
    has_relays = charter is not None and bool(charter.relays)
    facts: dict[str, Value] = {
        **verdict.facts, "grade": least, "grades": {**grades}, "relays": has_relays
    }  # fmt: skip
    details = (*verdict.details, *grade_lines(least, grades, has_relays=has_relays))
    return replace(judgement, verdict=replace(verdict, details=details, facts=facts))


def grade_of_head(judgement: Judgement, elsewhere: frozenset[str]) -> int:
    """What holds of an entry whoever its addressee is."""
    judged, stop = judgement.stretch.judged, judgement.stretch.stop
    if judged.basis == UNVERIFIED or judgement.stretch.origin in elsewhere:
        return NONE
    if compromised_line(judged, stop) is not None:
        return NONE
    return SIGNED if judged.committed_s is None else DATED


def names(answer: Judgement, told: Judgement) -> bool:
    """Whether one entry is a released message of the line that names another entry."""
    facts, about = answer.verdict.facts, told.stretch
    is_message = answer.verdict.kind == PROOF and facts["entry"] == "message"
    if not is_message or not answer.verdict.is_shown or answer.stretch.line_id != about.line_id:
        return False
    refs = facts["refs"]
    return isinstance(refs, list) and [about.origin, about.start] in refs


def grade_lines(least: int, grades: Mapping[str, int], *, has_relays: bool) -> list[str]:
    """The grades in words."""
    if not least:
        return [NO_GRADE]
    if not grades:
        return [f"delivery: grade {least} of 5, {WORDS[least]}; no addressee is shown"]
    lines = [
        f"delivery to {party}: grade {grade} of 5, {WORDS[grade]}"
        for party, grade in grades.items()
    ]
    is_open = has_relays and min(grades.values()) < AVAILABLE
    return [*lines, NO_DEPOSIT] if is_open else lines
