"""The project's files as house tests read them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent


@cache
def tracked() -> tuple[Path, ...]:
    """Files that are committed or would be; the folder itself where there is no repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = [Path(name) for name in listed.stdout.decode().split("\0") if name]
        return tuple(sorted(name for name in names if (PROJECT / name).is_file()))
    found = (path.relative_to(PROJECT) for path in PROJECT.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if not path.parts[0].startswith(".v")))


def python_files(*folders: str) -> list[Path]:
    """Python files below the named folders, relative to the project."""
    return [path for path in tracked() if path.parts[0] in folders and path.suffix == ".py"]


def read(path: Path) -> str:
    """The text of a file of the project."""
    return (PROJECT / path).read_text("utf-8")


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file of the project."""
    return ast.parse(read(path))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
