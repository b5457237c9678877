"""A few restore drills on real processes; the campaign of `make campaign` runs sixty and more."""

import os
from pathlib import Path

import pytest

from tests.crash.drills import KINDS, campaign, forks

SEED = 11
CONTROL_DRILLS_MAX = 8


@pytest.mark.slow
def test_a_node_comes_back_from_each_kind_of_loss_without_a_fork() -> None:
    done = campaign(len(KINDS), SEED, "blind")
    assert {each.kind for each in done} == set(KINDS)
    assert [each.value() for each in done if each.wrong] == []


@pytest.mark.slow
def test_drills_find_the_fork_of_a_node_that_opens_no_new_epoch() -> None:
    """The negative control: without the rule the same drills find two histories of one log."""
    done = campaign(
        CONTROL_DRILLS_MAX, SEED, "blind", "no-epoch", kinds=("raw",), stop_at_fault=True
    )
    assert any(text.startswith("FORK") for text in done[-1].wrong), done[-1].value()


def test_two_copies_that_differ_anywhere_are_a_fork(tmp_path: Path) -> None:
    shared = ((b"one", "opened"),)
    longer = (*shared, (b"two", "opened"))
    other = (*shared, (os.urandom(4), "opened"))
    assert forks([{"a": shared}, {"a": longer}, {"a": shared}]) == []
    assert len(forks([{"a": longer}, {"a": other}])) == 1
