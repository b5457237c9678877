"""What no file of `src/` may contain, and what every file must say at its head."""

import ast
import re

import pytest

from tests.house.tree import parsed, python_files, read

HEAD_WORDS = ("Shapes", "Units", "Raises", "Source", "Never")
NO_ROOM_NAMES = {"utils", "util", "common", "helpers", "core", "models", "managers", "misc"}
# Loops that must outlive any single failure; each says why beside its `except`.
MAY_CATCH_ALL = {"src/openline/watch/beat.py"}


def test_nothing_is_checked_by_assert() -> None:
    found = [
        f"{path}: {node.lineno}"
        for path in python_files("src")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


def test_no_error_is_swallowed_unseen() -> None:
    found = {str(path): catch_alls(parsed(path)) for path in python_files("src")}
    assert {p: lines for p, lines in found.items() if lines and p not in MAY_CATCH_ALL} == {}


def catch_alls(tree: ast.Module) -> list[int]:
    """Lines that catch everything, named or bare, and do not let it go on."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            names = (
                {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
                if node.type
                else {""}
            )
            if names & {"", "Exception", "BaseException"} and not reraises(node):
                found.append(node.lineno)
    return found


def names_in(node: ast.expr) -> set[str]:
    """The plain names in an expression."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def reraises(handler: ast.ExceptHandler) -> bool:
    """Whether the handler only tidies up and lets the error go on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("try:\n    pass\nexcept:\n    pass\n", [3]),
        ("try:\n    pass\nexcept (OSError, Exception):\n    pass\n", [3]),
        ("try:\n    pass\nexcept BaseException:\n    raise\n", []),
        ("try:\n    pass\nexcept OSError:\n    pass\n", []),
    ],
)
def test_the_search_finds_a_catch_all(source: str, lines: list[int]) -> None:
    assert catch_alls(ast.parse(source)) == lines


def test_a_module_begins_by_saying_five_things() -> None:
    found = {}
    for path in python_files("src"):
        docstring = ast.get_docstring(parsed(path)) or ""
        missing = [w for w in HEAD_WORDS if not re.search(rf"^{w}\s", docstring, re.MULTILINE)]
        if missing and path.name != "__init__.py":
            found[str(path)] = missing
    assert found == {}


def test_a_name_says_what_may_be_touched() -> None:
    found = [p for p in python_files("src") if NO_ROOM_NAMES & {*p.parent.parts, p.stem}]
    assert found == []


def test_a_silenced_check_says_why() -> None:
    bare = re.compile(r"#\s*(noqa|type:\s*ignore)(:[A-Z0-9, ]+|\[[^\]]*\])?\s*$", re.MULTILINE)
    files = python_files("src", "tools")
    assert [str(path) for path in files if bare.search(read(path))] == []
