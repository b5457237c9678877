"""Files of others stand in the tree byte for byte as their package holds them."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import PROJECT, read

FONTS = Path("src/openline/desk/paper/fonts")
FOLDERS = (
    "src/openline/desk/static/vendor",
    "src/openline/desk/verifier/vendor",
    "tests/desk/vendor",
)
MANIFEST = "MANIFEST.toml"


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_vendored_file_is_named_with_its_digest_and_package(folder: str) -> None:
    manifest = tomllib.loads(read(Path(folder, MANIFEST)))
    named = {row["name"]: row["sha256"] for row in manifest["file"]}
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (PROJECT / folder).iterdir()
        if file.name != MANIFEST
    }
    assert found == named
    packages = {row["name"] for row in manifest["package"]}
    assert all(row.get("package") in packages or row["from"] for row in manifest["file"])


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_package_names_version_licence_and_digest(folder: str) -> None:
    for row in tomllib.loads(read(Path(folder, MANIFEST)))["package"]:
        assert row["version"] and row["licence"]
        assert row["integrity"].startswith("sha512-")


def test_every_font_is_the_one_that_the_manifest_names_and_its_licence_is_there() -> None:
    manifest = tomllib.loads(read(FONTS / "MANIFEST.toml"))
    named = {row["name"]: row["sha256"] for row in manifest["file"]}
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (PROJECT / FONTS).glob("*.ttf")
    }
    assert found == named
    assert {row["licence"] for row in manifest["package"]} == {"OFL-1.1"}
    assert "SIL OPEN FONT LICENSE" in read(Path("LICENSES/noto-OFL-1.1.txt"))
