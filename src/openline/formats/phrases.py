"""The sixty-one phrases on which lives hang: nobody may read one of them as another.

Shapes   PHRASES: terms of the dictionary, in the order of docs/phrases; BESIDE: the same as a set
Units    none
Raises   nothing
Source   DESIGN, "What must always hold" (informed is never guaranteed); docs/phrases holds each
         one in nine languages with its translation back, and says how each was made
Never    translates: that is terms.py, which shows English beside each of these while a native
         speaker of the field has not reviewed it
"""

from typing import Final

PHRASES: Final = (
    # reception, rung by rung
    "ladder.none",
    "ladder.a0",
    "ladder.a1",
    "ladder.a2",
    "ladder.a3",
    "ladder.a4",
    # what an acknowledgement or an answer says
    "class.received",
    "class.received-not-understood",
    "class.garbled",
    "class.correct",
    "class.differs",
    "class.noted-without-guarantee",
    "class.guarantee",
    "class.accepted",
    "class.conditional",
    "class.alternative-proposed",
    "class.declined",
    "class.cannot-process",
    "class.postponed",
    "class.under-study",
    "class.not-within-our-obligations",
    "class.answered-elsewhere",
    # how a thing told comes to its end
    "class.cancelled",
    "class.recalled",
    "class.lapsed",
    "class.withdrawn",
    "class.discontinued",
    "class.consent-withdrawn",
    "class.unresolved",
    # the state of a line
    "class.line-suspended",
    "line.not-connected",
    "line.frozen",
    "line.differs",
    "line.agrees",
    "line.safety-taken",
    # whether it is real
    "status.actual",
    "status.exercise",
    "status.test",
    # what time makes of it
    "due.due",
    "due.overdue",
    "due.suspended",
    "due.lapsed",
    "due.deemed-accepted",
    "due.not-started",
    "mark.deemed",
    "mark.suspended",
    # said in haste
    "class.phrase-accidental",
    "class.phrase-clear-of-area",
    "class.phrase-exercise",
    "class.phrase-principal-informed",
    "class.phrase-received-understood",
    "class.phrase-stop",
    "class.phrase-stopping",
    "class.phrase-wait",
    # the standing wording
    "wording.no-permission-no-guarantee",
    "wording.noted-without-guarantee",
    "wording.receipt-is-not-agreement",
    "wording.silence-is-not-consent",
    "wording.only-a-guarantee-guarantees",
    "wording.other-channels",
    "wording.stop",
)

# English stands beside each of these while nobody has reviewed the other words.
BESIDE: Final = frozenset(PHRASES)
