"""The page and the program give one verdict, the whole of it, on every file we can think of."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from openline.desk.verifier_page import program
from tests.verifier import corners
from tests.verifier.asked import Answer, Question, python_answer, read_question
from tests.verifier.asking import ASKING
from tests.verifier.chromium import Checker, checker

pytestmark = pytest.mark.browser

PROJECT = Path(__file__).resolve().parents[2]
MUTATIONS = 400


@pytest.fixture(scope="module")
def page(playwright: Playwright) -> Iterator[Checker]:
    with checker(playwright) as found:
        yield found


def differences(page: Checker, questions: Iterable[Question]) -> list[tuple[Answer, Answer]]:
    """Where the two say different things."""
    asked = list(questions)
    pairs = zip(map(python_answer, asked), page.answers(asked), strict=True)
    return [pair for pair in pairs if pair[0] != pair[1]]


@pytest.mark.parametrize(
    ("questions", "least"),
    [
        (corners.vectors, 90),
        (corners.swaps, 100),
        (corners.devices, 60),
        (corners.ed25519_officers, 15),
        (corners.histories, 25),
        (corners.floors, 100),
        (corners.lists, 30),
        (corners.shapes, 40),
    ],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_both_say_the_same(
    page: Checker, questions: Callable[[], Iterator[Question]], least: int
) -> None:
    asked = list(questions())
    assert len(asked) >= least
    assert differences(page, asked) == []


def test_both_say_the_same_of_changed_files(page: Checker) -> None:
    asked = list(corners.mutations(MUTATIONS))
    assert differences(page, asked) == []
    verdicts = Counter("code" in python_answer(each) for each in asked[:100])
    assert verdicts[True] > 50, "most changes are refused, else nothing was changed"


def test_an_officers_good_ed25519_release_counts_and_one_of_small_order_does_not() -> None:
    answers = [python_answer(each) for each in corners.ed25519_officers()]
    counts = [each["table"]["releases"] for each in answers]
    assert counts == [1, *([0] * (len(counts) - 1))]


@pytest.mark.slow
def test_both_say_the_same_of_every_file_that_the_test_suite_verifies(
    page: Checker, tmp_path: Path
) -> None:
    asked = recorded(tmp_path / "questions")
    assert len(asked) > 1_000
    answers = Counter(python_answer(each).get("code", "verdict") for each in asked)
    assert answers["verdict"] > 300
    assert len(answers) > 6, "good files and bad ones of many kinds"
    assert differences(page, asked) == []


def recorded(file: Path) -> list[Question]:
    """What the tests ask `verify_file`, each question once."""
    environment = {**os.environ, "OPENLINE_QUESTIONS": str(file)}
    paths = [str(PROJECT / "src"), str(PROJECT), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(each for each in paths if each)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.verifier.recorder"]
    options = ["-p", "no:cacheprovider", *ASKING]
    done = subprocess.run(
        [*command, *options], cwd=PROJECT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2_000:]
    return [read_question(line) for line in sorted(set(file.read_text("utf-8").splitlines()))]


# A check of the page that is taken out, and by which questions that is seen.
SABOTAGE = {
    "signatures": ("if (!isGood(key, message, signature)) {", "if (false) {"),
    "inclusion": ("if (!sameBytes(rootByPath(leaf, index, size, proof), root)) {", "if (false) {"),
    "consistency": ("verifyConsistency(k, extra.leaf.count,", "((...x) => x)(k, extra.leaf.count,"),
    "quorum": ("if (!counted.isMet) {", "if (false) {"),
    "charter": ("if (!sameBytes(sha256(toBytes(text)), lineId)) {", "if (false) {"),
    "exercise": ('status === "actual" || (', 'status === "exercise" || ('),
    "cards": ("!sameBytes(nextOf(card), cards[n - 1].next)", "false"),
    "small order": ("y < FIELD_PRIME && !SMALL_ORDER_Y.has(y)", "true"),
    "client data": ('client.has("topOrigin")', "false"),
    "own part": ("if (own !== null && stop > own.size) {", "if (false) {"),
    "one history": ("verifyConsistency(part.old, part.size,", "((...x) => x)(part.old, part.size,"),
    "good keys": ('judged.basis === "unverified" || compromisedLine(judged, 1) !== null', "false"),
    "canonical base64": ("if (bits & ((1 << held) - 1))", "if (false)"),
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_a_check_that_the_page_leaves_out_is_seen(name: str, playwright: Playwright) -> None:
    """The comparison would notice a verifier that does not verify."""
    good, bad = SABOTAGE[name]
    assert program().count(good) >= 1
    asked = list(telling(name))
    with checker(playwright, program().replace(good, bad)) as broken:
        assert differences(broken, asked) != []


def telling(name: str) -> Iterator[Question]:
    """Questions that only a verifier with this check answers rightly."""
    if name == "small order":
        yield from corners.ed25519_officers()
    elif name == "client data":
        yield from corners.devices()
    elif name in ("own part", "one history", "good keys"):
        yield from corners.floors()
    elif name == "cards":
        yield from corners.strange_rotation()
    elif name == "exercise":
        yield from corners.vectors()
    elif name == "canonical base64":
        yield from corners.stray_bits()
    else:
        yield from corners.swaps()
        yield from corners.mutations(80)
