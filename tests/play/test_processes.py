"""History 1 between real processes: as expected, proved, and nothing left behind."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from openline.cli.play import compare, disclosing
from openline.cli.play.loading import load_all
from openline.cli.play.performance import Outcome, Performance
from openline.cli.play.processes import Nursery, ProcessFailed
from openline.cli.play.proving import prove
from openline.cli.play.scenario import History
from openline.cli.play.view import PlainView
from openline.store.folder import MEMORY_DISKS, MOUNTS, Home, file_system


def history_1(play: str) -> History:
    told = load_all(("1",))[0]
    return replace(told, plays=(told.play(play),))


def performed(folder: Path, expected: Path | None = None) -> Performance:
    kind = file_system(folder, MOUNTS.read_text("utf-8"))[0]
    out = folder / "out"
    out.mkdir()
    return Performance(
        folder / "n",
        PlainView(lambda line: None),
        expected or compare.packaged(),
        out=out,
        keeps=True,
        may_forget=kind in MEMORY_DISKS,
    )


def run(performance: Performance, play: str) -> Outcome:
    try:
        return performance.run((history_1(play),))
    finally:
        performance.close()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Performance, Outcome]]:
    """Play 1b once for all tests that only look at what it left behind."""
    performance = performed(tmp_path_factory.mktemp("p"))
    yield performance, run(performance, "1b")


def test_a_history_between_real_processes_ends_as_expected(
    played: tuple[Performance, Outcome],
) -> None:
    _, outcome = played
    assert [t for result in outcome.results for play in result.plays for t in play.troubles] == []
    assert outcome.closing == "1 passed, 0 failed"
    assert outcome.receipts_lost == 1
    assert outcome.proof.stores == 2 and outcome.proof.findings == []
    assert outcome.proof.receipts > 10


def test_either_party_alone_discloses_and_a_changed_byte_is_refused(
    played: tuple[Performance, Outcome],
) -> None:
    performance, outcome = played
    assert [(each.name, each.by) for each in outcome.examined] == [
        ("visit.tlog-proof", "us.example"),
        ("visit.openline-proof", "us.example"),
        ("visit-by-ru.openline-proof", "ru.example"),
    ]
    for each in outcome.examined:
        assert each.lines[0] == "EXERCISE" and each.refusal and each.problems == ()
    written = performance.out or Path()
    assert sorted(path.name for path in written.iterdir()) == [
        "visit-by-ru.openline-proof",
        "visit-by-ru.policy",
        "visit.openline-proof",
        "visit.policy",
        "visit.tlog-proof",
    ]


def test_every_part_of_a_bundle_notices_a_change(played: tuple[Performance, Outcome]) -> None:
    written = played[0].out or Path()
    policy = (written / disclosing.POLICY).read_text("utf-8")
    data = (written / disclosing.BUNDLE).read_bytes()
    file = disclosing.Disclosed(
        disclosing.BUNDLE, disclosing.TELLER, data, disclosing.POLICY, policy, True
    )
    for at in range(0, len(data), 4999):
        assert disclosing.is_noticed(file, {}, at), f"byte {at}"


def test_no_process_is_left_and_every_folder_is_free(
    played: tuple[Performance, Outcome],
) -> None:
    hands = played[0].hands["1b"]
    assert not any(hands.is_up(party) for party in hands.players)
    for player in hands.players.values():
        pid = int((player.home / "lock").read_text())
        assert pid == os.getpid(), "the last to hold the folder was the proof in this process"


def test_a_store_that_was_changed_afterwards_is_found(
    played: tuple[Performance, Outcome], tmp_path: Path
) -> None:
    players = played[0].hands["1b"].players
    homes = {party: tmp_path / party for party in players}
    for party, player in players.items():
        shutil.copytree(player.home, homes[party], ignore=shutil.ignore_patterns("*.sock"))
    assert prove(homes).findings == []
    store = apsw.Connection(str(Home(homes["ru.example"]).database))
    store.execute("UPDATE entry SET leaf = CAST(leaf || ' ' AS BLOB) WHERE idx = 1")
    store.close()
    assert any("ru.example" in finding for finding in prove(homes).findings)


def test_an_edited_expected_value_fails_the_run(tmp_path: Path) -> None:
    expected = tmp_path / "expected"
    packaged = Path(str(compare.packaged()))
    shutil.copytree(packaged / "1a", expected / "1a")
    file = expected / "1a" / "us.example.json"
    edited = file.read_text("utf-8").replace('"completed"', '"cancelled"', 1)
    assert json.loads(edited) != json.loads(file.read_text("utf-8"))
    file.write_text(edited, "utf-8")
    outcome = run(performed(tmp_path, expected), "1a")
    (trouble,) = [t for play in outcome.results[0].plays for t in play.troubles]
    assert trouble.where == "stop 1a, us.example"
    assert 'expected "cancelled", shown "completed"' in trouble.what
    assert outcome.closing == "0 passed, 1 failed"


def test_a_process_that_cannot_start_says_why(tmp_path: Path) -> None:
    nursery = Nursery()
    nursery.open()
    try:
        process = nursery.launch(tmp_path / "nobody", ["serve"])
        with pytest.raises(ProcessFailed, match=r"node\.toml"):
            process.wait_ready()
    finally:
        nursery.close()
