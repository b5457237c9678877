"""Known answers, a repeatable source of randomness, and the two suites.

The vectors are read from the project's own copy, or from the folder that OPENLINE_VECTORS names,
or from ../shared. A test that asks for them fails where none of these exists: it never passes by
not running.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openline.envelope.fake import UnsafeSimulationSuite
from openline.envelope.standard import StandardSuite
from openline.envelope.suite import Suite

PROJECT = Path(__file__).resolve().parent.parent.parent


class Repeatable:
    """Bytes that look random and are the same in every run."""

    def __init__(self, seed: bytes = b"") -> None:
        self._seed, self._count = seed, 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(self._seed + self._count.to_bytes(8, "big")).digest(size)


def _folder() -> Path:
    named = os.environ.get("OPENLINE_VECTORS")
    own = sorted((PROJECT / "tests" / "vectors").rglob("party.json"))
    if named:
        return Path(named)
    return own[0].parent if own else PROJECT.parent / "shared" / "vectors"


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Reads one file of known answers."""
    folder = _folder()

    def read(name: str) -> Any:
        return json.loads((folder / f"{name}.json").read_text("utf-8"))

    return read


@pytest.fixture
def random() -> Repeatable:
    return Repeatable()


@pytest.fixture
def suite() -> StandardSuite:
    return StandardSuite()


@pytest.fixture(params=[StandardSuite, UnsafeSimulationSuite], ids=["standard", "simulation"])
def any_suite(request: pytest.FixtureRequest) -> Suite:
    made: Suite = request.param()
    return made
