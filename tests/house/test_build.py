"""The two commands of the README, and the script that checks every submission."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import PROJECT, read


@pytest.mark.parametrize("target", ["install", "demo", "test", "check", "lock", "campaign", "docs"])
def test_the_makefile_has_the_target(target: str) -> None:
    assert re.search(rf"^{target}:", read(Path("Makefile")), re.MULTILINE)


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_begins_with_the_commands_that_exist(command: str) -> None:
    assert command in read(Path("README.md"))


def test_the_check_of_every_submission_runs_what_the_readme_says() -> None:
    script = read(Path(".ci/run"))
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert re.search(r"^make test\b", script, re.MULTILINE)


def test_every_dependency_is_pinned_in_the_lock() -> None:
    project = tomllib.loads(read(Path("pyproject.toml")))["project"]
    named = {re.split(r"[><=;\s]", line)[0] for line in project["dependencies"]}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", read(Path("requirements.lock")), re.MULTILINE))
    assert named <= locked


def test_the_licences_are_there_in_full() -> None:
    assert "Apache License" in read(Path("LICENSE"))
    assert "CC0 1.0 Universal" in read(Path("LICENSES/CC0-1.0.txt"))
