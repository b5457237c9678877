"""What waits for a party: the time of a row is that of the duty which the row names."""

import pytest

from openline.cases.agreed import Agreed
from openline.cases.queue import ACKNOWLEDGE, ANSWER, Wait, waits
from openline.cases.receipts import Receipts
from openline.formats.form import Timer
from openline.formats.openjson import Value
from tests.cases.hand import Pen, pens, visit
from tests.cases.timed import at, held, line, packs_with

VISIT = "core/visit@1"
TIMERS = {"acknowledge.visit": 120, "answer.visit": 3_600}
# What an addressee says that shows that it has the notice.
RUNGS: dict[str, tuple[str, dict[str, Value]]] = {
    "core/acknowledge@1": ("received", {}),
    "core/readback@1": ("correct", {"fields": [["place", "Kyiv"]]}),
    "core/pass-on@1": ("-", {"echelons": ["duty unit"]}),
}


def row_of(us: Pen, ru: Pen) -> Wait:
    rules = (Timer("acknowledge", "acknowledge.visit"), Timer("answer", "answer.visit"))
    (case,) = line(packs_with(VISIT, *rules), us, ru).cases
    receipts = Receipts.of(held(us, "ru", "24T12:00"))
    (wait,) = waits(case, "ru.example", receipts, Agreed(TIMERS), at("24T12:01"))
    return wait


@pytest.mark.parametrize("reply", ["", *RUNGS])
def test_due_and_next_of_a_row_are_of_the_same_duty(reply: str) -> None:
    """After a readback the answer is what is due, so it is also what comes next."""
    us, ru = pens("us", "ru")
    notice = visit(us, effect="guarantee")
    if reply:
        answer, fields = RUNGS[reply]
        ru.say(reply, answer, [notice], fields)
    found = row_of(us, ru)
    word, seconds = (ANSWER, 3_600) if reply else (ACKNOWLEDGE, 120)
    assert (found.next, found.due_s) == (word, at("24T12:00") + seconds)
