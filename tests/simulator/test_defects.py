"""The test of the tests: each planted defect is found, by histories or by a test that is named."""

import subprocess
import sys

import pytest

from openline.cli.simulator.history import Stage
from openline.cli.simulator.observer import Violation
from openline.formats.pack import load_packs
from tests.simulator.defects import DEFECTS, ELSEWHERE
from tests.simulator.planting import Defect, planted

PLANT = """
import sys
import pytest
from tests.simulator.defects import ELSEWHERE
from tests.simulator.planting import planted

name, test = sys.argv[1:]
with planted(next(defect for defect, _ in ELSEWHERE if defect.name == name)):
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", test]))
"""


@pytest.mark.parametrize("defect", DEFECTS, ids=[defect.name for defect in DEFECTS])
def test_a_planted_defect_is_found(defect: Defect) -> None:
    with planted(defect), pytest.raises(Violation):
        stage = Stage(load_packs())
        for seed in defect.seeds():
            stage.play(seed)


def test_without_a_defect_the_same_seeds_are_clean() -> None:
    """Negative control: what finds the defects is the defects. `openline sim` plays all of them."""
    stage = Stage(load_packs())
    for seed in sorted({next(defect.seeds()) for defect in DEFECTS}):
        stage.play(seed)


@pytest.mark.parametrize(
    ("defect", "test"), ELSEWHERE, ids=[defect.name for defect, _ in ELSEWHERE]
)
def test_what_no_history_shows_the_named_test_finds(defect: Defect, test: str) -> None:
    command = [sys.executable, "-c", PLANT, defect.name, test]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == pytest.ExitCode.TESTS_FAILED, found.stdout[-2_000:]
