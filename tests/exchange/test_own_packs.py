"""A node's own packs: read from its folder, plain files only, all of them or none."""

from pathlib import Path

import pytest

from openline.exchange.own_packs import packs_of
from openline.formats.own_pack import starter
from openline.formats.pack import BadPack, load_packs


def write(root: Path, name: str = "border") -> Path:
    folder = root / "packs"
    folder.mkdir(exist_ok=True)
    for file, text in starter(name).items():
        (folder / file).write_text(text, "utf-8")
    return folder


def test_a_node_without_the_folder_has_the_packs_that_ship(tmp_path: Path) -> None:
    assert packs_of(tmp_path) is load_packs()


def test_packs_of_the_folder_are_known_beside_the_others(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "river")
    packs = packs_of(tmp_path)
    assert packs.format("border/notice@1") is not None
    assert packs.format("river/notice@1") is not None
    assert packs.digest("core") == load_packs().digest("core")


def test_two_nodes_with_the_same_file_name_it_by_the_same_digest(tmp_path: Path) -> None:
    for side in ("north", "south"):
        (tmp_path / side).mkdir()
        write(tmp_path / side)
    assert packs_of(tmp_path / "north").ref("border") == packs_of(tmp_path / "south").ref("border")


def test_one_bad_file_refuses_the_folder(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "more.py").write_text("import os")
    with pytest.raises(BadPack, match=r"more\.py"):
        packs_of(tmp_path)


def test_a_link_to_another_place_is_not_followed(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "other-1.toml").symlink_to(folder / "border-1.toml")
    with pytest.raises(BadPack, match="not a plain file"):
        packs_of(tmp_path)


def test_a_file_that_is_too_long_is_refused_before_it_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "big-1.toml").write_bytes(b"#" * 300_000)
    with pytest.raises(BadPack, match="longer than"):
        packs_of(tmp_path)
