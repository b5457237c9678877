"""Coded phrases: what a watch may expect to hear back, so that no translator is needed.

Shapes   EXPECTED[phrase] -> the phrases that answer it; is_expected(said, reply)
Units    none
Raises   nothing
Source   domain: signals of Incidents at Sea 1972, annex of Dangerous Military Activities 1989;
         docs/cases.md, "Coded phrases" is generated from EXPECTED
Never    refuses a phrase: another answer than expected is shown as what it is
"""

from collections.abc import Mapping
from typing import Final

PHRASE: Final = "core/phrase"
# "Not understood" may answer everything, and so may an accident that is told.
ALWAYS: Final = ("received-not-understood",)
EXPECTED: Final[Mapping[str, tuple[str, ...]]] = {
    "received-understood": (),
    "received-not-understood": ("please-confirm", "wait"),
    "please-confirm": ("received-understood", "wait"),
    "stop": ("stopping", "accidental", "this-is-an-exercise", "wait"),
    "stopping": ("received-understood", "clear-of-area"),
    "clear-of-area": ("received-understood",),
    "this-is-an-exercise": ("received-understood", "stop"),
    "accidental": ("received-understood", "please-confirm", "stop"),
    "wait": ("received-understood",),
    "principal-informed": ("received-understood",),
    "line-test": ("line-test-received",),
    "line-test-received": (),
}


def is_expected(said: str, reply: str) -> bool:
    """Whether a phrase is one of those that the other one asks for."""
    return reply in (*EXPECTED.get(said, ()), *ALWAYS)
