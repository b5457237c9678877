"""A campaign's report: what it keeps, what it misses, and how one sees a history again."""

import json

import pytest
from click.testing import CliRunner, Result

from openline.cli.commands.sim import NotReached
from openline.cli.main import program
from openline.cli.simulator import campaign, coverage
from openline.cli.simulator.campaign import Campaign
from tests.simulator.defects import DEFECTS
from tests.simulator.planting import planted

NAMES = {defect.name: defect for defect in DEFECTS}
ANCHORLESS = NAMES["nothing is anchored"]
BEHIND = NAMES["a database behind its anchor goes on"]
OPEN = NAMES["withheld fields are sealed with the others"]


def sim(*words: str) -> Result:
    """`openline sim` in this process."""
    return CliRunner().invoke(program, ["sim", *words, "--quiet"])


def test_a_history_that_ends_badly_counts_like_any_other() -> None:
    with planted(OPEN):
        found = campaign.play_chunk(0, 2)
    assert found.histories == 2
    assert [seed for seed, _ in found.violations] == [0, 1]
    assert found.events > 0
    assert found.counts.total() > 0
    assert not found.is_clean


def test_what_is_broken_before_any_fault_is_told_of_every_seed() -> None:
    campaign.stage.cache_clear()
    with planted(ANCHORLESS):
        found = campaign.play_chunk(5, 2)
    assert [seed for seed, _ in found.violations] == [5, 6]
    assert all(what.startswith("before any fault: ") for _, what in found.violations)


def test_the_command_that_a_failure_names_shows_the_same_history_again() -> None:
    with planted(OPEN):
        (row,) = campaign.play_chunk(0, 1).value()["violations"]
        program_name, _, *words = row["replay"].split()
        assert program_name == "openline"
        shown = [sim(*words, "--json") for _ in range(2)]
    traces = [json.loads(result.stdout.splitlines()[0]) for result in shown]
    assert [result.exit_code for result in shown] == [1, 1]
    assert traces[0] == traces[1]
    assert traces[0]["broken"] == row["what"]
    assert traces[0]["trace"][0].endswith("a.example -> b.example: hello")


def test_every_drill_puts_a_copy_back_and_nobody_forks_or_loses_what_another_holds() -> None:
    found = campaign.play_chunk(0, 8, is_drill=True)
    assert found.is_clean
    assert found.restored == found.histories == 8
    assert not [count for count in found.counts if count.startswith("trick ")]


def test_drills_find_a_node_that_goes_on_behind_its_anchor() -> None:
    """Negative control; the command that shows the drill again is named and finds the same."""
    with planted(BEHIND):
        found = campaign.play_chunk(0, 8, is_drill=True)
        row = found.value()["violations"][0]
        shown = sim(*row["replay"].split()[2:], "--json")
    assert json.loads(shown.stdout.splitlines()[0])["broken"] == row["what"]


def test_drills_without_a_restore_fail_the_campaign(monkeypatch: pytest.MonkeyPatch) -> None:
    for restored, code in ((5, 0), (4, 1)):
        found = Campaign(histories=5, restored=restored, is_drill=True)
        monkeypatch.setattr(campaign, "run", lambda *_, found=found, **__: found)
        assert sim("--drills", "5").exit_code == code


def test_a_fault_that_never_happened_fails_the_campaign(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = dict.fromkeys(coverage.REACHED, 1)
    full = Campaign(histories=2_000, counts=campaign.Counter(counts))
    monkeypatch.setattr(campaign, "run", lambda *_, **__: full)
    assert sim("--histories", "2000").exit_code == 0
    del full.counts["trick two-faces"]
    missed = sim("--histories", "2000")
    assert missed.exit_code == 1
    assert isinstance(missed.exception, NotReached)
    assert "trick two-faces" in str(missed.exception)


def test_a_small_campaign_need_not_have_met_what_is_rare() -> None:
    assert "trick two-faces" not in coverage.missed({}, 60)
    assert "crashes" in coverage.missed({}, 60)
    assert "card keys rotated" in coverage.missed({}, 60)
    assert set(coverage.missed({}, 100_000)) == set(coverage.REACHED)
