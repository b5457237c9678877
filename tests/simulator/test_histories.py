"""Seeded histories of three parties, and what makes one believe them."""

import os
import subprocess
import sys

from openline.cli.simulator import campaign
from openline.cli.simulator.history import Stage
from openline.formats.pack import load_packs

FIRST, HISTORIES = 1000, 60


def test_a_campaign_breaks_nothing_and_reaches_every_rare_branch() -> None:
    found = campaign.run(FIRST, HISTORIES, os.cpu_count() or 2, lambda done, due: None)
    assert not found.violations, found.violations[:5]
    assert not found.missed
    assert found.histories == HISTORIES


def test_one_seed_is_one_history_whatever_the_process_hashes_with() -> None:
    script = (
        "from openline.cli.simulator.history import Stage\n"
        "from openline.formats.pack import load_packs\n"
        "print(Stage(load_packs()).play(11).fingerprint)"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(prints) == 1


def test_a_history_can_be_read_as_a_timeline() -> None:
    outcome = Stage(load_packs()).play(3, tracing=True)
    assert any("says" in line for line in outcome.trace)
