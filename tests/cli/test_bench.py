"""Every figure has its command, a run that lost something has none, and small runs go through."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from openline.cli.benching import exchange
from openline.cli.benching.exchange import BenchFailed, Options
from openline.cli.commands.bench import bench as group
from openline.cli.main import program
from tests.house.tree import read

PAGE = Path("docs/FIGURES.md")


def bench(*args: str) -> dict[str, object]:
    result = CliRunner().invoke(program, ["bench", *args, "--json", "--quiet"])
    assert result.exit_code == 0, result.output
    told: dict[str, object] = json.loads(result.stdout)
    return told


def commands() -> list[str]:
    return re.findall(r"`openline bench ([a-z]+)", read(PAGE))


def test_the_page_of_figures_names_every_command_of_bench_and_no_other() -> None:
    assert set(commands()) == set(group.commands)


@pytest.mark.parametrize(
    "leaves", [{"a": 9, "b": 10}, {"a": 9, "b": 9}], ids=["other counts", "too few"]
)
def test_a_run_in_which_something_is_missing_has_no_figures(leaves: dict[str, int]) -> None:
    audits = {name: {"leaves": count, "findings": []} for name, count in leaves.items()}
    with pytest.raises(BenchFailed):
        exchange.check(audits, {}, Options(messages=5, singles=5))


def test_a_finding_of_the_audit_ends_the_run_and_a_clean_one_passes() -> None:
    clean = {name: {"leaves": 10, "findings": []} for name in "ab"}
    exchange.check(clean, {}, Options(messages=5, singles=5))
    with pytest.raises(BenchFailed, match="audit"):
        exchange.check({**clean, "b": {"leaves": 10, "findings": ["x"]}}, {}, Options(5, singles=5))


@pytest.mark.slow
def test_a_small_exchange_reports_every_figure_that_the_page_names() -> None:
    told = bench("exchange", "--messages", "40", "--singles", "3", "--overload")
    assert told["entries_in_every_store"] == 3 + 2 * 40 + 2
    overload = told["overload"]
    assert isinstance(overload, dict) and overload["receipted"] == 40
    rows = read(PAGE).partition("## What is measured")[0].splitlines()
    named = re.findall(
        r"`([a-z0-9_]+)`",
        "".join(r for r in rows if not re.search("bench (desk|fold|proof)|tests.desk", r)),
    )
    figures = {name for name in named if name.endswith(("_ms", "_message", "_delivery"))}
    assert len(figures) == 6 and figures <= told.keys()


@pytest.mark.slow
def test_small_runs_of_outage_start_idle_and_verify_go_through() -> None:
    outage = bench("outage", "--seconds", "0.2", "--messages", "3")
    assert outage["messages"] == 3 and outage["entries_in_every_store"] == 10
    start = bench("start", "--entries", "1100")
    for name in ("without_snapshot", "from_snapshot"):
        figures = start[name]
        assert isinstance(figures, dict) and figures["seconds"] > 0
    assert int(str(start["snapshot_bytes_per_entry"])) > 0
    assert int(str(bench("idle", "--seconds", "0.1")["rss_kib"])) > 1_000
    assert bench("verify", "--entries", "600", "--envelopes", "100")["envelopes"] == 101


@pytest.mark.slow
def test_a_small_desk_reports_every_figure_that_the_page_names() -> None:
    told = bench("desk", "--cases", "30")
    (row,) = [each for each in read(PAGE).splitlines() if each.startswith("| page of a queue")]
    figures = {name for name in re.findall(r"`([a-z0-9_]+)`", row) if name.endswith("_ms")}
    assert told["cases"] == 30 and len(figures) == 4 and figures <= told.keys()


@pytest.mark.slow
@pytest.mark.parametrize("spelling", ["csv", "geojson", "xlsx"])
def test_a_small_table_is_told_whole_once_in_every_spelling(spelling: str) -> None:
    told = bench("import", "--rows", "12", "--spelling", spelling)
    assert told["rows"] == 12
    assert {"import_seconds", "again_seconds", "node_cpu_seconds"} <= told.keys()


def test_a_small_fold_has_every_entry_in_a_case() -> None:
    told = bench("fold", "--messages", "60", "--more", "6")
    assert (told["messages"], told["cases"]) == (60, 10)
