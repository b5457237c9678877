"""What is worked out from a case is the same in any order of arrival, on any line, sound or not."""

import random

from hypothesis import given
from hypothesis import strategies as st

from openline.cases.asked import STAGES, asked
from openline.cases.composed import STRENGTH, composed
from openline.cases.entry import Entry
from openline.cases.fold import fold
from openline.cases.ladder import unnumbered
from openline.cases.motion import MOTION, PLANNED, gauge, motion
from openline.cases.views import case_view
from tests.cases.hand import PACKS
from tests.cases.lines import PARTIES, lines


@given(lines(), st.integers(0, 2**32))
def test_every_view_of_a_case_is_the_same_in_any_order(entries: list[Entry], seed: int) -> None:
    mixed = list(entries)
    random.Random(seed).shuffle(mixed)
    one, other = (fold(each, PACKS, PARTIES).cases for each in (entries, mixed))
    views = [[case_view(case, {}, 0, unnumbered) for case in each] for each in (one, other)]
    assert views[0] == views[1]


@given(lines(steps_max=30))
def test_only_words_of_the_tables_are_said_of_any_line(entries: list[Entry]) -> None:
    motions = {PLANNED, *MOTION.values()}
    for case in fold(entries, PACKS, PARTIES).cases:
        for matter in case.matters:
            assert {stage for _, stage in asked(case, matter)} <= set(STAGES)
            record, moving = composed(case, matter), motion(case, matter)
            assert record is None or record.state in STRENGTH
            assert moving is None or moving.state in motions
            assert all(strength >= 0 for _, strength, _ in gauge(matter))
