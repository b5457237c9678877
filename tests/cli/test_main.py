"""The program as scripts and people meet it: streams, JSON, exit codes, laziness."""

import json
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from openline.cli.exits import EXITS, MEANINGS, exit_of
from openline.cli.face import global_options
from openline.cli.main import COMMANDS, program, run


def openline(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a process, with no terminal and no settings of anybody."""
    return subprocess.run(
        [sys.executable, "-m", "openline.cli.main", *args],
        env={"HOME": "nowhere", "PATH": "", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_data_goes_to_stdout_and_talk_to_stderr() -> None:
    done = openline("queue", "--home", "no-such-folder")
    assert (done.returncode, done.stdout) == (3, "")
    assert "What to do:" in done.stderr


@pytest.mark.parametrize("args", [["--json", "queue"], ["queue", "--json"]])
def test_an_error_in_json_mode_is_one_problem_object(args: list[str]) -> None:
    done = openline(*args, "--home", "no-such-folder")
    problem = json.loads(done.stdout)
    assert (problem["code"], problem["exit"], done.returncode) == ("cli.no-node", 3, 3)
    assert problem["schema"] == "openline/problem/1"
    assert {"type", "title", "detail", "remedy"} <= problem.keys()


def test_a_wrong_command_line_is_a_usage_error_in_json_too() -> None:
    done = openline("send", "--json")
    assert (done.returncode, json.loads(done.stdout)["code"]) == (2, "cli.usage")


def test_a_file_that_is_not_there_is_not_found() -> None:
    done = openline("verify", "no-such-file", "--json")
    assert (done.returncode, json.loads(done.stdout)["code"]) == (3, "cli.no-such-file")


def test_json_can_be_asked_for_by_the_environment() -> None:
    done = openline("config", "show", OPENLINE_JSON="1")
    assert json.loads(done.stdout)["schema"] == "openline/config/1"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "_OPENLINE_COMPLETE" in script
    assert run(["completion", shell, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "openline/completion/1" and told["script"] in script


def commands(group: click.Group = program, *names: str) -> Iterator[tuple[str, click.Command]]:
    """Every command, also those of groups, under its whole name."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield " ".join((*names, name)), command


def test_every_command_says_what_it_does_with_an_example_and_takes_the_options_of_all() -> None:
    found = dict(commands())
    assert len(found) > 100
    every = {option for each in global_options() for option in each.opts}
    for name, command in found.items():
        taken = {option for each in command.params for option in each.opts}
        assert every <= taken, name
        assert command.help, name
        if not name.startswith(("bench ", "completion")):  # the shells are its examples
            assert f"Example:  openline {name}" in command.help, name


def test_who_interrupts_gets_one_problem_object_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "main", interrupt)
    assert run(["wait", "x", "--json"]) == 130
    told = json.loads(capsys.readouterr().out)
    assert (told["code"], told["exit"]) == ("cli.interrupted", 130)
    assert run(["wait", "x"]) == 130
    out, err = capsys.readouterr()
    assert out == "" and "interrupted" in err


def test_completion_knows_every_command() -> None:
    done = openline(_OPENLINE_COMPLETE="bash_complete", COMP_WORDS="openline ", COMP_CWORD="1")
    offered = {line.partition(",")[2] for line in done.stdout.splitlines()}
    assert set(COMMANDS) <= offered


@pytest.mark.parametrize("name", ["queue", "show", "ack"])
def test_a_command_loads_only_what_it_needs(name: str) -> None:
    heavy = ["aiohttp", "starlette", "uvicorn", "apsw", "rich", "cryptography", "openline.node"]
    module = f"openline.cli.commands.{COMMANDS[name][0]}"
    script = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_unlisted_code_is_a_plain_failure_and_a_room_has_a_default() -> None:
    assert exit_of("nobody.knows") == 1
    assert exit_of("record.bad-proof") == 4
    assert exit_of("exchange.not-a-member") == 5


def test_every_exit_code_has_a_meaning() -> None:
    assert set(EXITS.values()) <= MEANINGS.keys()
