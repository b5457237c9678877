"""How far a movement has come, by the short reports of whoever moves; how strong an activity is.

Shapes   motion(case, matter) -> Motion or None; gauge(matter) -> (category, strength, threshold)
Units    strengths are whole numbers of their category
Raises   nothing
Source   docs/cases.md, "Movements"; domain: planned, under way, at a checkpoint, delayed, diverted,
         stopped, then arrived or aborted; thresholds of prior notification
Never    lets anybody but the author say where the author's column is
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from openline.cases import shown
from openline.cases.case import Case, Matter
from openline.cases.entry import Ref
from openline.cases.moves import CANCELLED, WITHOUT_EFFECT

PLANNED: Final = "planned"
_MOVING: Final = ("under-way", "at-checkpoint", "delayed", "diverted", "stopped")
_ENDS: Final = ("arrived", "aborted")
# Every permitted step, and no other; after arrived and aborted there is none.
MOTION: Final[Mapping[tuple[str, str], str]] = {
    # A report may be lost with a telephone: where it is now is believed whatever was told before.
    (before, act): act
    for before, act in product((PLANNED, *_MOVING), (*_MOVING, *_ENDS))
}
_MOVEMENT: Final = "humanitarian/movement"
_PROGRESS: Final = "humanitarian/progress"
_OUTCOME: Final = "humanitarian/outcome"


@dataclass(frozen=True, slots=True)
class Motion:
    """Where a movement stands; reports after its end; how it ended for each party that says so."""

    state: str
    out_of_order: tuple[Ref, ...]
    outcomes: tuple[tuple[str, str], ...]


def motion(case: Case, matter: Matter) -> Motion | None:
    """The motion of a movement; None for what does not move."""
    if matter.name != _MOVEMENT or matter.state == WITHOUT_EFFECT:
        return None
    state = PLANNED
    odd: list[Ref] = []
    outcomes: dict[str, str] = {}
    for report in sorted(case.matters, key=lambda each: shown.written(each.first)):
        about = None if report.of is None else case.matter(report.of)
        if about is not matter or report.state in (WITHOUT_EFFECT, CANCELLED):
            continue
        if report.name == _OUTCOME:
            outcomes[report.author] = report.answer
        elif report.name == _PROGRESS and report.author == matter.author:
            moved = MOTION.get((state, report.answer))
            if moved is None:
                odd.append(report.ref)
            state = moved or state
    return Motion(state, tuple(odd), tuple(sorted(outcomes.items())))


def gauge(matter: Matter) -> tuple[tuple[str, int, int], ...]:
    """The strength of an activity against the thresholds that its notice names, by category."""
    fields = matter.current.entry.fields
    strength = dict(shown.amounts(fields, "strength"))
    return tuple(
        (category, strength.get(category, 0), threshold)
        for category, threshold in shown.amounts(fields, "thresholds")
    )
