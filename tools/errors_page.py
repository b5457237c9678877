"""Write docs/errors.md: every error code, what it means, what to do, its exit code.

Run `python -m tools.errors_page` (or `make docs`); a test compares the page with the code.
"""

import importlib
import pkgutil
from pathlib import Path

import openline
from openline.cli.exits import MEANINGS, exit_of
from openline.errors import OpenlineError

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
HEAD = """# Errors

Made by `make docs` from the error classes themselves; a test compares the two. An error is a fact
with a name: the terminal, the local surface and other nodes all get the same `code`, and the
sentence that comes with it says what and where. The exit code is that of the command line.

Four codes have no class: `cli.usage` (exit 2, the command line could not be read), `cli.failed`
(exit 1, a file that it names could not be used), `cli.machine` (exit 1, the operating system
refused a path) and `cli.interrupted` (exit 130, Ctrl-C or a question that was left).
"""


def import_everything() -> None:
    """Import every module of the package, so that every error class exists."""
    for module in pkgutil.walk_packages(openline.__path__, "openline."):
        importlib.import_module(module.name)


def error_classes() -> list[type[OpenlineError]]:
    """Every error class of the package, by code."""
    import_everything()
    found: set[type[OpenlineError]] = {OpenlineError}
    waiting = [OpenlineError]
    while waiting:
        for child in waiting.pop().__subclasses__():
            if child not in found and child.__module__.startswith("openline."):
                found.add(child)
                waiting.append(child)
    return sorted(found, key=lambda error: (error.code, error.__module__))


def cell(text: str) -> str:
    """Text in one table cell."""
    return " ".join(text.split()).replace("|", "\\|")


def cause(error: type[OpenlineError]) -> str:
    """The first paragraph of the class's docstring: what the error states."""
    return cell((error.__doc__ or "").strip().split("\n\n")[0])


def page() -> str:
    """The whole page."""
    lines = [HEAD, "## Exit codes", "", "| exit | meaning |", "|---|---|"]
    lines += [f"| {number} | {cell(text)} |" for number, text in MEANINGS.items()]
    lines += [
        "",
        "## Codes",
        "",
        "| code | what it states | what to do | exit |",
        "|---|---|---|---|",
    ]
    for error in error_classes():
        row = f"| `{error.code}` | {cause(error)} | {cell(error.remedy)} | {exit_of(error.code)} |"
        lines.append(row)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
