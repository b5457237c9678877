"""A witness dates heads by the machine's clock; by a scenario's only where its name warns."""

import json
from pathlib import Path

import pytest

from openline.exchange import start
from openline.exchange.logs import clocks

SCENARIO_S = 1_676_854_800


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "clock.json"
    file.write_text(json.dumps({"at": SCENARIO_S, "wall": 0, "speed": 0}))
    return str(file)


def test_a_witness_for_exercises_reads_the_scenario(scenario: str) -> None:
    clock = start.witness_clock("exercise-witness.example", scenario)
    assert clock.now_s() == SCENARIO_S


def test_any_other_witness_may_not(scenario: str) -> None:
    with pytest.raises(start.NotForExercises):
        start.witness_clock("witness.example", scenario)


def test_without_a_scenario_a_witness_has_the_clock_of_the_machine() -> None:
    assert type(start.witness_clock("witness.example", "")) is clocks.SystemClock
