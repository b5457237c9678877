"""Every test that asks the verifier stands in the list whose questions are put to the page."""

import re

import pytest

from openline.record import disclosure
from tests.verifier.asking import ASKING, ELSEWHERE, PROJECT, NotListed, is_listed

# What a test that asks imports: the function itself, or the helper that calls it.
ASKS = re.compile(
    r"import [^\n]*\bverify_file\b|visiting import \(?[^)]*\bverify\b|\bdisclose\.preview\("
)


def test_every_file_that_names_the_verifier_is_listed() -> None:
    files = {
        path: path.relative_to(PROJECT).as_posix() for path in PROJECT.glob("tests/**/test_*.py")
    }
    asking = {name for path, name in files.items() if ASKS.search(path.read_text("utf-8"))}
    assert len(asking) > 10
    assert {name for name in asking if not is_listed(name)} == set()


def test_every_listed_file_is_there() -> None:
    assert [name for name in (*ASKING, *ELSEWHERE) if not (PROJECT / name).exists()] == []


def test_a_test_that_is_not_listed_cannot_ask() -> None:
    """This one is not."""
    with pytest.raises(NotListed):
        disclosure.verify_file(b"", None, None)
