"""What every test may use: a deterministic search for counter-examples, and the folder beside us.

`shared` marks a test that reads ../shared. Where that folder is absent the test is skipped and the
header says so; with OPENLINE_SHARED set to a folder, its absence fails. `browser` marks a test that
needs Chromium: without it the test is skipped and the header says so, and in CI it fails.
"""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from openline.envelope import age
from openline.envelope.ceremony import Ceremony
from openline.envelope.officer_file import OfficerFile
from openline.record import disclosure
from tests.verifier.asking import only_listed

PROJECT = Path(__file__).resolve().parent.parent

# Equal runs search equally: a failure in one run is a failure in the next.
settings.register_profile("house", deadline=None, derandomize=True, max_examples=60)
settings.register_profile("campaign", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("OPENLINE_HYPOTHESIS", "house"))

# What a passphrase costs whoever guesses it costs every test that signs: two thirds of a second.
LOCKS = (age.seal_passphrase, OfficerFile.lock, Ceremony.lock)
WORK_OF_LOCKS = [lock.__kwdefaults__["log_n"] for lock in LOCKS]
for lock in LOCKS:
    lock.__kwdefaults__["log_n"] = 10

# Before any test has imported it: what a test asks the verifier, the page is asked as well.
disclosure.verify_file = only_listed(disclosure.verify_file)


@pytest.fixture
def full_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks cost what they cost a user."""
    for lock, log_n in zip(LOCKS, WORK_OF_LOCKS, strict=True):
        monkeypatch.setitem(lock.__kwdefaults__, "log_n", log_n)


def shared_folder() -> Path | None:
    """The folder of published readings beside the project, or None where there is none."""
    named = os.environ.get("OPENLINE_SHARED")
    folder = Path(named) if named else PROJECT.parent / "shared"
    if folder.is_dir():
        return folder
    if named:
        raise pytest.UsageError(f"OPENLINE_SHARED names {named}, which is not a folder")
    return None


def may_skip_browser() -> bool:
    """Whether tests in a browser are left out: there is none, and this is not CI."""
    return not shutil.which("chromium") and "CI" not in os.environ


def pytest_report_header() -> list[str]:
    said = {True: "at hand", False: "absent, their tests skip"}
    return [
        f"shared readings: {said[shared_folder() is not None]}",
        f"chromium: {said[not may_skip_browser()]}",
    ]


# Rooms whose files take minutes: they start first, so that no process works alone at the end.
LONGEST = ("stories", "crash", "verifier", "desk", "simulator", "play")


def longest_first(item: pytest.Item) -> int:
    room = item.path.relative_to(PROJECT / "tests").parts[0]
    return LONGEST.index(room) if room in LONGEST else len(LONGEST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=longest_first)
    absent = {}
    if shared_folder() is None:
        absent["shared"] = "the folder ../shared is not beside this project"
    if may_skip_browser():
        absent["browser"] = "no chromium on this machine: install Debian's package of that name"
    for item in items:
        for marker, reason in absent.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def shared() -> Path:
    """The folder ../shared, for tests marked `shared`."""
    folder = shared_folder()
    if folder is None:
        raise pytest.UsageError("mark a test that uses this fixture with pytest.mark.shared")
    return folder
