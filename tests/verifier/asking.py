"""Which tests ask `verify_file` anything: their questions are put to the page as well.

`tests/conftest.py` lets no test ask that stands in neither list, so that none is forgotten.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
ASKING = (
    "tests/record",
    "tests/cli/test_prove_absence.py",
    "tests/cli/test_verify.py",
    "tests/desk/test_pages_in_process.py",
    "tests/exchange/test_batches.py",
    "tests/exchange/test_cosigned.py",
    "tests/exchange/test_disclose.py",
    "tests/exchange/test_erasing.py",
    "tests/exchange/test_in_force.py",
    "tests/exchange/test_mending.py",
    "tests/exchange/test_old_proofs.py",
    "tests/exchange/test_own_part.py",
    "tests/exchange/test_reveal.py",
    "tests/exchange/test_succession.py",
    "tests/exchange/test_vouching.py",
    "tests/exchange/test_whole_cases.py",
)
# These ask too, of questions that are put to the page in their own room, or that take minutes to
# make anew and are of the same kinds.
ELSEWHERE = (
    "tests/cli/test_bench.py",
    "tests/desk/test_every_page.py",
    "tests/peers",
    "tests/play",
    "tests/stories",
    "tests/verifier",
)


class NotListed(AssertionError):
    """A test asks the verifier, and the page would never be asked the same."""


def file_of(test: str) -> str:
    """The file of a test as pytest names it while it runs, from the project on."""
    name = test.partition("::")[0]
    path = Path(name)
    return path.relative_to(PROJECT).as_posix() if path.is_absolute() else name


def is_listed(test: str) -> bool:
    """Whether the questions of a running test are put to the page, or are known not to be."""
    name = file_of(test)
    return any(name == each or name.startswith(f"{each}/") for each in (*ASKING, *ELSEWHERE))


def only_listed(verify: Callable[..., Any]) -> Callable[..., Any]:
    """`verify_file` for the tests that are listed; whoever else asks fails."""

    def asked(*args: Any, **trust: Any) -> Any:
        test = os.environ.get("PYTEST_CURRENT_TEST", "")
        if test and not is_listed(test):
            raise NotListed(
                f"{file_of(test)} asks the verifier: add it to tests/verifier/asking.py"
            )
        return verify(*args, **trust)

    return asked
