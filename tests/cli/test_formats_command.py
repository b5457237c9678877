"""`openline formats`: a ministry's author writes, checks and compares packs without a node."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from openline.cli.commands.formats import formats


def run(*args: str) -> Result:
    return CliRunner().invoke(formats, list(args))


def begun(folder: Path) -> Path:
    assert run("new", "border", "--out", str(folder)).exit_code == 0
    return folder / "border-1.toml"


def test_a_new_pack_passes_its_check_and_is_never_written_over(tmp_path: Path) -> None:
    pack = begun(tmp_path)
    checked = run("check", str(pack), "--json")
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["faults"] == []
    assert run("new", "border", "--out", str(tmp_path)).exit_code != 0


def test_every_fault_is_listed_and_the_command_fails(tmp_path: Path) -> None:
    pack = begun(tmp_path)
    text = pack.read_text("utf-8")
    pack.write_text(text.replace("item.subject", "item.x").replace("item.route", "item.y"), "utf-8")
    checked = run("check", str(pack), "--json")
    said = [fault["sentence"] for fault in json.loads(checked.stdout)["faults"]]
    assert checked.exit_code != 0
    assert [line.rpartition(" ")[2] for line in said] == ["item.x", "item.y"]


def test_what_changed_is_shown_item_by_item(tmp_path: Path) -> None:
    pack = begun(tmp_path)
    (tmp_path / "later").mkdir()
    other = begun(tmp_path / "later")
    other.write_text(pack.read_text("utf-8").replace('"route"', '"way"'), "utf-8")
    told = json.loads(run("diff", str(pack), str(other), "--json").stdout)["changes"]
    assert [(c["place"], c["what"]) for c in told] == [
        ("border/notice@1, item way", "added"),
        ("border/notice@1, item route", "removed"),
    ]


@pytest.mark.parametrize("home", [False, True])
def test_the_packs_of_a_nodes_folder_are_listed_for_that_node_only(
    tmp_path: Path, home: bool
) -> None:
    (tmp_path / "packs").mkdir()
    begun(tmp_path / "packs")
    where = tmp_path if home else tmp_path / "packs"
    listed = json.loads(run("list", "--json", "--home", str(where)).stdout)["formats"]
    names = [each["format"] for each in listed]
    assert ("border/notice@1" in names) is home
    assert "core/visit@1" in names
