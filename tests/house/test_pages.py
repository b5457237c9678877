"""Pages that are made from the code are the code's: errors and commands."""

import re
from pathlib import Path

import click

from openline.cli.exits import EXITS, MEANINGS
from openline.cli.main import COMMANDS, program
from openline.node import OPERATIONS
from tests.house.tree import read
from tools import commands_page, errors_page


def test_the_errors_page_lists_every_error_with_its_remedy() -> None:
    assert errors_page.PAGE.read_text("utf-8") == errors_page.page(), "run `make docs`"


def test_every_error_has_a_cause_a_remedy_and_a_name_of_its_own() -> None:
    seen: dict[str, str] = {}
    for error in errors_page.error_classes():
        name = f"{error.__module__}.{error.__name__}"
        assert re.fullmatch(r"[a-z]+\.[a-z0-9-]+", error.code), name
        assert error.__doc__, name
        assert error.remedy.endswith("."), name
        assert seen.setdefault(error.code, name) == name, "two errors with one code"


def test_every_exit_code_belongs_to_an_error_that_exists() -> None:
    classless = {"cli.usage", "cli.interrupted"}
    known = {error.code for error in errors_page.error_classes()} | classless
    assert {code for code in EXITS if not code.endswith(".")} - known == set()


def test_the_commands_page_shows_every_command_and_option() -> None:
    assert commands_page.PAGE.read_text("utf-8") == commands_page.page(), "run `make docs`"


def test_every_command_is_named_in_the_manual() -> None:
    manual = read(Path("docs/OPERATE.md"))
    assert [name for name in COMMANDS if not re.search(rf"openline {name}\b", manual)] == []


def test_the_manual_has_the_exit_codes_of_the_program() -> None:
    rows = [f"| {number} | {text} |" for number, text in MEANINGS.items()]
    assert "\n".join(rows) in read(Path("docs/OPERATE.md"))


def test_every_command_that_a_remedy_names_exists() -> None:
    named = {
        (error.code, words)
        for error in errors_page.error_classes()
        for words in re.findall(r"`openline ([a-z-]+(?: [a-z-]+)?)", error.remedy)
    }
    assert sorted((code, words) for code, words in named if not is_command(words)) == []


def is_command(words: str) -> bool:
    """Whether these words begin a command line."""
    root = click.Context(program, info_name="openline")
    name, _, below = words.partition(" ")
    found = program.get_command(root, name)
    if isinstance(found, click.Group):
        return not below or below in found.list_commands(root)
    return found is not None


def test_the_operations_page_lists_the_operations_of_the_node() -> None:
    page = read(Path("docs/operations.md"))
    assert sorted(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)) == sorted(OPERATIONS)
