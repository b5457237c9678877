"""The folder of known answers as a fixture."""

from pathlib import Path

import pytest

from tests.vectors import VECTORS


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Where the known answers are."""
    return VECTORS
