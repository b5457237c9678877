"""What every test may use: a deterministic search for counter-examples, and the folder beside us.

`shared` marks a test that reads ../shared. Where that folder is absent the test is skipped and the
header says so; with OPENLINE_SHARED set to a folder, its absence fails.
"""

import os
from pathlib import Path

import pytest
from hypothesis import settings

PROJECT = Path(__file__).resolve().parent.parent

# Equal runs search equally: a failure in one run is a failure in the next.
settings.register_profile("house", deadline=None, derandomize=True, max_examples=60)
settings.register_profile("campaign", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("OPENLINE_HYPOTHESIS", "house"))


def shared_folder() -> Path | None:
    """The folder of published readings beside the project, or None where there is none."""
    named = os.environ.get("OPENLINE_SHARED")
    folder = Path(named) if named else PROJECT.parent / "shared"
    if folder.is_dir():
        return folder
    if named:
        raise pytest.UsageError(f"OPENLINE_SHARED names {named}, which is not a folder")
    return None


def pytest_report_header() -> str:
    return "shared readings: " + ("at hand" if shared_folder() else "absent, their tests skip")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shared_folder() is not None:
        return
    skip = pytest.mark.skip(reason="the folder ../shared is not beside this project")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(skip)


@pytest.fixture
def shared() -> Path:
    """The folder ../shared, for tests marked `shared`."""
    folder = shared_folder()
    if folder is None:
        raise pytest.UsageError("mark a test that uses this fixture with pytest.mark.shared")
    return folder
