"""Write docs/commands.md: every command with its options, as `--help` says them.

Run `python -m tools.commands_page` (or `make docs`); a test compares the page with the commands.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from openline.cli.face import global_options
from openline.cli.main import program

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
HEAD = """# Commands

Made by `make docs` from the commands themselves; a test compares the two. How all of them behave
(stdout, JSON, questions, exit codes, settings) stands in `OPERATE.md`.

Every command also takes these options, before or after its name:
"""
COMMON = {option.name for option in global_options()} | {"help"}


def commands(
    command: click.Command, path: tuple[str, ...], parent: click.Context | None
) -> Iterator[tuple[tuple[str, ...], click.Command, click.Context]]:
    """Every command below this one, groups before their own commands."""
    ctx = click.Context(command, info_name=path[-1], parent=parent)
    yield path, command, ctx
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            child = command.get_command(ctx, name)
            if child is None:
                raise SystemExit(f"{name}: in the table, and not to be found")
            yield from commands(child, (*path, name), ctx)


def options(params: list[click.Parameter], ctx: click.Context) -> list[str]:
    """Option rows."""
    rows = []
    for param in params:
        record = param.get_help_record(ctx)
        if record is not None and isinstance(param, click.Option):
            rows.append(f"| `{record[0]}` | {record[1]} |".replace("[", "\\["))
    return ["", "| option | meaning |", "|---|---|", *rows] if rows else []


def section(path: tuple[str, ...], command: click.Command, ctx: click.Context) -> list[str]:
    """One command."""
    text = (command.help or "").replace("\b\n", "")
    summary, _, example = text.partition("Example:")
    lines = ["", f"## {' '.join(path)}", "", summary.strip(), ""]
    usage = " ".join(command.collect_usage_pieces(ctx))
    lines += [f"    {' '.join(path)} {usage}".rstrip()]
    if example:
        shown = [line.strip() for line in example.strip().splitlines()]
        joint = " \\\n        "
        lines += ["", "Example:", "", f"    {joint.join(shown)}"]
    return lines + options([p for p in command.params if p.name not in COMMON], ctx)


def page() -> str:
    """The whole page."""
    root = click.Context(program, info_name="openline")
    lines = [HEAD.rstrip(), *options(list(global_options()), root)]
    for path, command, ctx in commands(program, ("openline",), None):
        if len(path) > 1:
            lines += section(path, command, ctx)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
