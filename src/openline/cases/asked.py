"""How far a question has come with each party that was asked.

Shapes   asked(case, matter) -> ((party, stage)...), empty for what is no question
Units    none
Raises   nothing
Source   docs/cases.md, "Questions"; Vienna Document ch. III, CTBT Art. IV 29-33: asked, answered,
         judged by who asked, then a further request or a meeting
Never    says that an answer is overdue (due.py is given the time) or judges it itself
"""

from collections.abc import Iterator
from typing import Final

from openline.cases.case import Answer, Case, Matter
from openline.cases.entry import Ref
from openline.cases.ladder import answer_class
from openline.cases.moves import CANCELLED, WITHOUT_EFFECT

ASKED: Final = "asked"
STAGES: Final = (
    ASKED, "answered", "declined", "elsewhere", "adequate", "inadequate", "further", "meeting",
)  # fmt: skip
_JUDGEMENT: Final = "core/judgement"
_ELSEWHERE: Final = frozenset({"answered-elsewhere", "elsewhere"})
_DENIED: Final = frozenset({"declined", "not-within-our-obligations", "cannot-process"})
_NOT_YET: Final = frozenset({"under-study", "postponed"})


def asked(case: Case, matter: Matter) -> tuple[tuple[str, str], ...]:
    """The stage with each party asked, in the order of the addressees."""
    if matter.family != "question" or matter.name == _JUDGEMENT:
        return ()
    return tuple((party, _stage(case, matter, party)) for party in matter.current.addressees)


def _stage(case: Case, matter: Matter, party: str) -> str:
    stage = ASKED
    about = {matter.ref}
    for answer in matter.answers:
        if answer.party != party or not answer.current:
            continue
        stage = _answered(case, answer)
        about.add(answer.ref)
        for judgement in _said(case, matter.author, {answer.ref}):
            if judgement.name == _JUDGEMENT:
                about.add(judgement.ref)
                stage = judgement.answer
    if stage == "inadequate":
        names = {each.name for each in _said(case, matter.author, about)}
        if "core/contact" in names:
            return "meeting"
        return "further" if matter.name in names else stage
    return stage


def _answered(case: Case, answer: Answer) -> str:
    """What kind of answer it is, for whoever waits for one."""
    said = case.matter(answer.ref)
    word = answer_class(said.current.entry) if said else ""
    if (said is not None and said.name == "core/told-elsewhere") or word in _ELSEWHERE:
        return "elsewhere"
    if word in _DENIED:
        return "declined"
    return ASKED if word in _NOT_YET else "answered"


def _said(case: Case, party: str, about: set[Ref]) -> Iterator[Matter]:
    """What one party said about any of these messages, with effect."""
    for matter in case.matters:
        named = None if matter.of is None else case.matter(matter.of)
        is_said = matter.state not in (WITHOUT_EFFECT, CANCELLED)
        if matter.author == party and is_said and named is not None and named.ref in about:
            yield matter
