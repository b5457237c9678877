"""The bad month between real processes: the same record everywhere, or a proof of who lied."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from openline.cli.play import trial
from openline.cli.play.hands import HandsRefused
from openline.cli.play.loading import BAD_MONTH, NUMBERS, load_all
from openline.cli.play.misfortunes import MISFORTUNES, befall
from openline.cli.play.performance import Outcome
from openline.cli.play.proving import differing
from openline.cli.play.scenario import Check, Fault
from openline.cli.play.stage import Stage
from openline.formats.openjson import Value
from tests.desk.test_every_page import wandered
from tests.play.memory import MemoryHands
from tests.play.test_processes import performed

NORTH, SOUTH, WEST = "north.example", "south.example", "west.example"
LOG = f"{WEST}/openline/x"


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Outcome]]:
    """The whole month once, and where its nodes are."""
    performance = performed(tmp_path_factory.mktemp("m"))
    try:
        yield performance.nodes, performance.run(load_all((BAD_MONTH,)))
    finally:
        performance.close()


@pytest.fixture
def played(month: tuple[Path, Outcome]) -> Outcome:
    return month[1]


def said(outcome: Outcome) -> str:
    return "\n".join(line for result in outcome.results for p in result.plays for line in p.said)


def test_every_party_ends_with_the_same_record_or_a_proof_of_who_lied(played: Outcome) -> None:
    (play,) = played.results[0].plays
    assert list(play.troubles) == []
    assert (play.compared, played.closing) == (4, "1 passed, 0 failed")
    assert played.proof.findings == [] and played.proof.forks == 1


def test_what_verifiers_said_offline_is_printed(played: Outcome) -> None:
    told = said(played)
    assert told.count(f"fork: {WEST} signed two histories of {WEST}/openline/") == 3
    assert told.count("with one character changed: refused: envelope.bad-signature") == 3
    assert told.count("valid: ") == 4, "a visit of before the rotation and before the theft"
    assert told.count("is not its own: stolen key") == 4


@pytest.mark.parametrize(("party", "lang"), [(NORTH, "en"), (SOUTH, "ar")])
def test_after_such_a_month_every_page_of_the_desk_opens(
    month: tuple[Path, Outcome], party: str, lang: str
) -> None:
    (home,) = month[0].glob(f"*/{party}")
    opened, wrong = wandered(home, lang)
    assert wrong == []
    assert any(kind.startswith("/frozen ") for kind in opened)


def test_the_month_holds_every_bad_day() -> None:
    (history,) = load_all((BAD_MONTH,))
    kinds = {step.action.kind for step in history.steps if isinstance(step.action, Fault)}
    assert set(MISFORTUNES) <= kinds
    assert BAD_MONTH not in NUMBERS, "it tells of no report"


def test_without_machines_it_is_refused() -> None:
    (history,) = load_all((BAD_MONTH,))
    stage = Stage(history, history.plays[0], MemoryHands())
    with pytest.raises(HandsRefused):
        befall(stage, Fault("rotate", NORTH))


# ---- negative controls: what the trials at the end would say of another end -------------------


class Shown(MemoryHands):
    """Nodes that show what a test wants; nothing is on its way."""

    def __init__(self, roots: Mapping[str, str], proofs: tuple[str, ...]) -> None:
        super().__init__()
        self.roots, self.proofs = roots, proofs

    def call(self, party: str, operation: str, args: Mapping[str, Value]) -> dict[str, Any]:
        if operation == "line_show":
            row = {"origin": LOG, "party": WEST, "entries": 3, "root": self.roots[party]}
            return {"logs": [row]}
        alarm = {"code": "log.forked", "subject": LOG, "text": "two histories: fork-x"}
        return {"events": [alarm] if party in self.proofs else []}


def verdict(roots: Mapping[str, str], *proofs: str) -> str:
    (history,) = load_all((BAD_MONTH,))
    stage = Stage(history, history.plays[0], Shown(roots, proofs), {"common": "aa"})
    check = Check("same-or-proof", tuple(roots), line="common")
    return trial.same_or_proof(stage, check, NORTH)


def test_two_stories_without_a_proof_are_not_passed_over() -> None:
    roots = {NORTH: "a", SOUTH: "b", WEST: "a"}
    assert "no proof of who lied" in verdict(roots)
    assert "no proof of who lied" in verdict(roots, SOUTH), "another's proof is not ours"
    assert verdict(roots, NORTH) == ""
    assert verdict(dict.fromkeys(roots, "a")) == ""


def test_a_record_that_differs_is_a_finding_unless_all_hold_the_proof() -> None:
    held = {b"line": {NORTH: {LOG: (3, b"a")}, SOUTH: {LOG: (3, b"b")}}}
    assert differing(held)
    assert differing(held, {LOG: {NORTH}}) == [
        f"{SOUTH} holds no proof of the two stories of {LOG}"
    ]
    assert differing(held, {LOG: {NORTH, SOUTH}}) == []
    other = {b"line": {**held[b"line"], SOUTH: {LOG: (3, b"b"), "z": (1, b"c")}}}
    assert differing(other, {LOG: {NORTH, SOUTH}}), "another log is no part of that proof"
