"""Import and export between commands and a node in its folder; the places are invented."""

import json
from pathlib import Path
from typing import Any

import pytest

from openline.cli import batch
from openline.cli.batch import ahead
from openline.cli.main import run
from openline.exchange.drafting.signing import StatementDiffers
from tests.cli.homes import MAP, PASSPHRASE, Homes, two_homes

HEAD = "What,From,Until,Lat,Lon\n"
WARNING = (
    "262111Z FEB 26 NAVAREA XXI 57/26(9). 1. ROCKET LAUNCHING 130800Z TO 130900Z MAR IN AREA "
    "BOUND BY 39-18.00N 017-42.00E, 39-12.00N 017-49.00E, 39-24.00N 017-54.00E. "
    "2. CANCEL THIS MSG 131000Z MAR 26.\nNNNN\n"
)


def line(number: int, latitude: str = "") -> str:
    place = latitude or f"{50 + number / 10:.4f}"
    return f"Convoy {number},2027-03-01T08:00:00Z,2027-03-01T12:00:00Z,{place},30.5234\n"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return two_homes(tmp_path_factory.mktemp("homes"))


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINE_PASSPHRASE", PASSPHRASE)


def given(
    capsys: pytest.CaptureFixture[str], homes: Homes, *args: str
) -> tuple[int, dict[str, Any]]:
    code = run([*args, "--json", "--yes", "--home", str(homes.first)])
    (told,) = capsys.readouterr().out.strip().splitlines()
    return code, json.loads(told)


def signed(homes: Homes) -> list[str]:
    return [part for path in homes.officers for part in ("--officer", str(path))]


def table(folder: Path, text: str) -> list[str]:
    (folder / "rows.csv").write_text(text, "utf-8")
    (folder / "map.toml").write_text(MAP, "utf-8")
    return ["import", "table", str(folder / "rows.csv"), "--map", str(folder / "map.toml")]


def test_a_table_is_told_once_and_a_second_run_tells_only_what_is_new(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = [*table(tmp_path, HEAD + line(1) + line(2)), "--line", "Relief", *signed(homes)]
    code, told = given(capsys, homes, *args)
    assert (code, told["told"], told["already"]) == (0, 2, 0)
    code, told = given(capsys, homes, *args)
    assert (code, told["told"], told["already"]) == (0, 0, 2)
    table(tmp_path, HEAD + line(1) + line(2) + line(3))
    code, told = given(capsys, homes, *args)
    assert (code, told["told"], told["already"]) == (0, 1, 2)


def test_one_faulty_row_stops_the_table_and_is_named(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = table(tmp_path, HEAD + line(4) + line(5, "95.1234"))
    code, told = given(capsys, homes, *args, "--dry-run")
    assert (code, told["good"], told["problem"]["code"]) == (5, 1, "cli.faulty-rows")
    assert told["messages"][0]["fields"]["from"] == "2027-03-01T08:00:00Z"
    assert [(f["row"], f["column"], f["code"]) for f in told["faults"]] == [(3, "Lat", "beyond")]
    code, told = given(capsys, homes, *args, "--line", "Relief", *signed(homes))
    assert (code, told["code"]) == (5, "cli.faulty-rows")


def test_rows_that_look_like_one_thing_are_asked_about(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = table(tmp_path, HEAD + line(6, "51.1234") + line(7, "51.1238"))
    code, told = given(capsys, homes, *args, "--line", "Relief", *signed(homes))
    assert (code, told["code"]) == (5, "cli.maybe-twins")


def test_one_officer_is_not_enough_for_a_batch(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = [*table(tmp_path, HEAD + line(8)), "--line", "Relief", *signed(homes)[:2]]
    code, told = given(capsys, homes, *args)
    assert (code, told["told"]) == (0, 0)
    assert "waits for 1 more officer" in told["waiting"][0]


def test_the_second_officer_finds_the_batch_reads_every_row_and_signs_it_later(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = HEAD + line(10, "53.1234") + line(11, "53.2234")
    given(capsys, homes, *table(tmp_path, rows), "--line", "Relief", *signed(homes)[:2])
    code, told = given(capsys, homes, "batch", "list")
    (waits,) = [each for each in told["batches"] if each["count"] == 2]
    assert (code, waits["waits"]) == (0, "officer 2 of 2")
    code, told = given(capsys, homes, "batch", "release", waits["batch"][:12])
    assert (code, len(told["drafts"]), told["released"]) == (0, 2, False)
    assert run(["batch", "release", waits["batch"][:12], "--home", str(homes.first)]) == 0
    sheet = capsys.readouterr().out
    assert "Convoy 10" in sheet and "Convoy 11" in sheet and sheet.count("EXERCISE") == 2
    code, told = given(capsys, homes, "batch", "release", waits["batch"][:12], *signed(homes)[2:])
    assert (code, len(told["refs"])) == (0, 2)
    code, told = given(capsys, homes, "batch", "list")
    assert waits["batch"] not in [each["batch"] for each in told["batches"]]
    code, told = given(capsys, homes, "batch", "release", waits["batch"][:12])
    assert told["code"] == "exchange.no-such-batch"


def test_a_batch_is_thrown_away_unsent(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = [*table(tmp_path, HEAD + line(12, "54.1")), "--line", "Relief", *signed(homes)[:2]]
    given(capsys, homes, *args)
    for each in given(capsys, homes, "batch", "list")[1]["batches"]:
        assert given(capsys, homes, "batch", "drop", each["batch"])[0] == 0
    assert given(capsys, homes, "batch", "list")[1]["batches"] == []


def test_a_warning_is_told_elsewhere_and_exported_as_an_exercise(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "w.txt").write_text(WARNING, "utf-8")
    args = ["import", "notices", str(tmp_path / "w.txt"), "--notation", "navwarn"]
    code, told = given(capsys, homes, *args, "--dry-run")
    assert (code, told["notices"][0]["checked"], told["notices"][0]["areas"]) == (0, True, 1)
    code, told = given(capsys, homes, *args, "--line", "Relief", *signed(homes))
    assert (code, told["told"]) == (0, 1)
    for kind in ("geojson", "kml", "csv", "annex", "cap", "cot"):
        out = tmp_path / kind
        code, told = given(capsys, homes, "export", "Relief", "--as", kind, "--out", str(out))
        assert (code, told["status"]) == (0, "exercise"), kind
        assert told["files"]
        for path in told["files"]:
            assert "EXERCISE" in Path(path).read_text("utf-8-sig")


def test_a_file_in_another_notation_is_refused_with_its_name(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.xml").write_text("<!DOCTYPE a><a/>", "utf-8")
    path = str(tmp_path / "x.xml")
    code, told = given(capsys, homes, "import", "notices", path, "--notation", "cap", "--dry-run")
    assert (code, told["code"]) == (4, "formats.hostile-markup")
    code, told = given(capsys, homes, "import", "notices", path, "--notation", "notam", "--dry-run")
    assert (code, told["code"]) == (5, "cli.not-a-notice")
    assert "x.xml" in told["detail"]


class Told:
    """A node that drafts batches, and remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def call(self, operation: str, **args: Any) -> dict[str, Any]:
        self.asked.append((operation, args))
        return {"batch": str(args.get("rows", args.get("batch")))}


def test_the_batch_that_was_drafted_ahead_is_thrown_away_when_the_run_ends_before_it() -> None:
    node = Told()
    with pytest.raises(ValueError, match="said no"), ahead(node, "Relief", [["a"], ["b"]]) as runs:
        assert runs.batch(0) == {"batch": "['a']"}
        runs.begin(1)
        raise ValueError("the officer said no")
    assert node.asked[-1] == ("batch_drop", {"batch": "['b']"})


def test_batches_come_in_their_order_and_the_last_has_none_behind_it() -> None:
    node = Told()
    with ahead(node, "Relief", [["a"], ["b"]]) as runs:
        told = []
        for at in range(2):
            told.append(runs.batch(at)["batch"])
            runs.begin(at + 1)
    assert told == ["['a']", "['b']"]
    assert [operation for operation, _ in node.asked] == ["draft_batch", "draft_batch"]


def test_after_a_break_between_two_batches_only_the_rest_is_told(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(batch, "CHUNK", 2)
    rows = HEAD + "".join(line(20 + n, f"5{n}.4321") for n in range(5))
    args = [*table(tmp_path, rows), "--line", "Relief", *signed(homes)]
    with monkeypatch.context() as broken:
        broken.setattr(batch, "sign_batch", broken_at(3, batch.sign_batch))
        code, told = given(capsys, homes, *args)
        assert code != 0
    code, told = given(capsys, homes, "batch", "list")
    for each in told["batches"]:
        given(capsys, homes, "batch", "drop", each["batch"])
    code, told = given(capsys, homes, *args)
    assert (code, told["told"], told["already"]) == (0, 3, 2)


def broken_at(count: int, work: Any) -> Any:
    """The same, until it is asked for the `count`th time."""
    left = [count]

    def run(*args: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise StatementDiffers("the power was cut")
        return work(*args)

    return run
