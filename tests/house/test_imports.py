"""The stairs: import-linter's contracts hold, and they refuse what they are there to refuse."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import PROJECT

LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of pyproject.toml over `folder/src`."""
    return subprocess.run(
        [*LINT, "--no-cache", "--config", str(PROJECT / "pyproject.toml")],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_go_down_the_stairs_only() -> None:
    found = lint(PROJECT)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("cases/entry.py", "import openline.envelope.suite"),
        ("store/contract.py", "import openline.cases.entry"),
        ("formats/head.py", "import time"),
        ("record/tree.py", "import cryptography"),
        ("exchange/station.py", "import apsw"),
        ("errors.py", "import openline.formats.head"),
        ("stray/__init__.py", "pass"),
    ],
)
def test_a_planted_import_is_refused(tmp_path: Path, file: str, line: str) -> None:
    package = tmp_path / "src" / "openline"
    shutil.copytree(PROJECT / "src" / "openline", package)
    target = package / file
    target.parent.mkdir(exist_ok=True)
    before = target.read_text("utf-8") if target.exists() else ""
    target.write_text(f"{before}\n{line}\n", "utf-8")
    assert lint(tmp_path).returncode == 1
