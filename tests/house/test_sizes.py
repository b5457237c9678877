"""Files and functions stay small enough to be read in one sitting."""

import ast

from tests.house.tree import functions, parsed, python_files, read

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
NODE_LINES_MAX = 200


def test_a_file_fits_a_sitting() -> None:
    lengths = {path: len(read(path).splitlines()) for path in python_files("src", "tools", "tests")}
    assert {p: n for p, n in lengths.items() if n > FILE_LINES_MAX} == {}


def test_the_wiring_stays_wiring() -> None:
    (node,) = [path for path in python_files("src") if path.name == "node.py"]
    assert len(read(node).splitlines()) <= NODE_LINES_MAX


def test_a_function_fits_a_screen() -> None:
    long = {
        f"{path}: {function.name}": length(function)
        for path in python_files("src", "tools")
        for function in functions(parsed(path))
        if length(function) > FUNCTION_LINES_MAX
    }
    assert long == {}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the last one; decorators are not counted."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_the_measure_sees_a_long_function() -> None:
    body = "\n".join("    pass" for _ in range(FUNCTION_LINES_MAX))
    (found,) = functions(ast.parse(f"def long() -> None:\n{body}\n"))
    assert length(found) == FUNCTION_LINES_MAX + 1
