"""The test of the tests: each planted defect is found within its number of seeds."""

import pytest

from openline.cli.simulator.history import Stage
from openline.cli.simulator.observer import Violation
from openline.formats.pack import load_packs
from tests.simulator.defects import DEFECTS, NOT_FOUND_YET
from tests.simulator.planting import Defect, planted


@pytest.mark.parametrize("defect", DEFECTS, ids=[defect.name for defect in DEFECTS])
def test_a_planted_defect_is_found(defect: Defect) -> None:
    with planted(defect), pytest.raises(Violation):
        stage = Stage(load_packs())
        for seed in range(defect.seeds_max):
            stage.play(seed)


def test_without_a_defect_the_same_seeds_are_clean() -> None:
    """Negative control: what finds the defects is the defects."""
    stage = Stage(load_packs())
    for seed in range(max(defect.seeds_max for defect in DEFECTS)):
        stage.play(seed)


@pytest.mark.parametrize("defect", NOT_FOUND_YET, ids=[defect.name for defect in NOT_FOUND_YET])
def test_a_defect_that_waits_for_its_history_can_still_be_planted(defect: Defect) -> None:
    with planted(defect):
        pass
