"""`openline line compare`: what an operator and a script are told of two nodes, alike or not."""

import json
from pathlib import Path
from typing import Any

import pytest

from openline.cli.commands.line_compare import differences, flaw_of, lines_of
from openline.cli.exits import exit_of
from openline.cli.face import Face
from openline.cli.main import run
from openline.cli.settings import Settings
from tests.cli.homes import Homes, two_homes

CELL, LIAISON = "cell.example", "liaison.example"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return two_homes(tmp_path_factory.mktemp("compare"))


def given(capsys: pytest.CaptureFixture[str], home: Path, *args: str) -> tuple[int, dict[str, Any]]:
    code = run(["line", "compare", *args, "--home", str(home), "--json", "--quiet"])
    return code, json.loads(capsys.readouterr().out)


def test_two_stopped_nodes_are_compared_by_a_file(
    capsys: pytest.CaptureFixture[str], homes: Homes, tmp_path: Path
) -> None:
    file = tmp_path / "liaison.hello"
    code, told = given(capsys, homes.second, "Relief", "--out", str(file), "--for", CELL)
    assert (code, told["party"]) == (0, CELL)
    code, told = given(capsys, homes.first, "Relief", "--with", str(file))
    assert code == 0, told
    (row,) = told["compared"]
    assert (told["status"], row["party"], row["result"]) == ("exercise", LIAISON, "equal")
    assert [(pair["here"], pair["there"]) for pair in row["logs"]] == [(1, 1), (1, 1)]
    assert run(["line", "compare", "Relief", "--with", str(file), "--home", str(homes.first)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("EXERCISE: Relief (")
    assert f"entries of {CELL} 1: 1, {LIAISON} 1: 1" in said


@pytest.mark.parametrize(
    "args",
    [("--out", "x.hello"), ("--for", CELL), ("--out", "x.hello", "--for", "nobody.example")],
)
def test_half_a_question_is_refused(
    args: tuple[str, ...], capsys: pytest.CaptureFixture[str], homes: Homes,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert given(capsys, homes.first, "Relief", *args)[0] != 0
    assert not Path("x.hello").exists()


def row(party: str, result: str, here: int = 2, there: int = 2) -> dict[str, Any]:
    pair = {"party": party, "origin": f"{party}/openline/x", "epoch": "1", "here": here,
            "there": there, "same": here == there}  # fmt: skip
    return {"party": party, "result": result, "time": "", "logs": [pair], "cards": [], "why": ""}


def test_a_title_that_somebody_else_drew_turns_no_word_around() -> None:
    told = {"status": "exercise", "title": "a\u202eb", "line": "00" * 32, "compared": []}
    head, *_ = lines_of(Face(Settings({"lang": "en"}, {})), told)
    assert head == "EXERCISE: a\ufffdb (000000000000)"


def test_a_difference_is_told_before_what_is_not_known_and_equal_is_no_error() -> None:
    equal, unknown = row("a", "equal"), row("b", "unknown")
    holds, understands = row("c", "holds-otherwise", 2, 3), row("d", "understands-otherwise")
    assert flaw_of([equal]) is None
    for rows, code, said in (
        ([equal, unknown], 6, "of b"),
        ([unknown, holds], 4, "at c"),
        ([holds, understands], 4, "by d"),
    ):
        flaw = flaw_of(rows)
        assert flaw is not None and exit_of(flaw.code) == code and str(flaw).endswith(said)
    assert differences([equal, unknown], "en") == []
    assert differences([holds], "en")[2].split() == [
        "c",
        "log",
        "of",
        "c",
        "2",
        "3",
        "c/openline/x",
    ]
