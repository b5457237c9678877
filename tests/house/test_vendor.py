"""Files of others stand in the tree byte for byte as their package holds them."""

import hashlib
import tomllib
from pathlib import Path

from tests.house.tree import PROJECT, read

VENDOR = Path("src/openline/desk/static/vendor")


def test_every_vendored_file_is_named_with_its_digest() -> None:
    rows = tomllib.loads(read(VENDOR / "MANIFEST.toml"))["file"]
    named = {row["name"]: row["sha256"] for row in rows}
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (PROJECT / VENDOR).glob("*.js")
    }
    assert found == named
