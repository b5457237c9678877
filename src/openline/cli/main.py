"""The terminal: `openline COMMAND`. Each command is a file of its own, loaded when it is used.

Shapes   main(argv) -> exit code; COMMANDS maps a name to its file, its object and one line of help
Units    exit codes of exits.py
Raises   nothing: every error becomes a sentence, a remedy and an exit code
Source   docs/OPERATE.md; docs/commands.md is generated from the commands themselves
Never    imports a command that was not asked for: `openline queue` answers in a blink
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from openline.cli.clean import clean_block
from openline.cli.exits import FAILED, INTERRUPTED, USAGE, exit_of
from openline.cli.face import Group
from openline.cli.refused import NodeRefused
from openline.cli.settings import SWITCHED_ON
from openline.errors import OpenlineError

# name -> (module, object, one line of help), in the order in which a newcomer needs them
COMMANDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "demo": ("openline.cli.demo", "demo", "Play six histories between real nodes and prove them."),
    "init": ("openline.cli.init", "init", "Make a node: folder, keys, first card."),
    "serve": ("openline.cli.serve", "serve", "Run the node until it is stopped."),
    "party": ("openline.cli.party", "party", "Cards: ours to give, others' to add and compare."),
    "officer": ("openline.cli.officer", "officer", "Officers: people whose releases count."),
    "line": ("openline.cli.line", "line", "Lines: invite, accept, list, show."),
    "send": ("openline.cli.send", "send", "Draft and release a message in one step."),
    "draft": ("openline.cli.draft", "draft", "Put a message into its form; nothing is sent."),
    "release": ("openline.cli.release", "release", "Sign a draft as an officer; the last sends."),
    "drop": ("openline.cli.drop", "drop", "Throw away a draft that nobody shall sign."),
    "import": ("openline.cli.import_group", "import_", "Notices and tables of others, as drafts."),
    "export": ("openline.cli.export", "export", "Notices of lines in other notations."),
    "queue": ("openline.cli.queue", "queue", "What is to be done, the most urgent first."),
    "board": ("openline.cli.board", "board", "Every line and every link at a glance."),
    "roster": ("openline.cli.roster", "roster", "Who has the watch on a line, and whom to ring."),
    "calendar": ("openline.cli.calendar", "calendar", "Deadlines as a calendar feed."),
    "cases": ("openline.cli.cases", "cases", "Cases: what was said about one subject."),
    "registers": ("openline.cli.registers", "registers", "Registers of a line: guarantees, dues."),
    "show": ("openline.cli.show", "show", "One message with its receipts, ladder and answers."),
    "ack": ("openline.cli.ack", "ack", "Say that the duty position received a message."),
    "readback": ("openline.cli.readback", "readback", "Read critical fields back to the sender."),
    "pass-on": ("openline.cli.pass_on", "pass_on", "Say to whom a message was passed on."),
    "call": ("openline.cli.call", "call", "Enter a telephone call about a message."),
    "confirm": ("openline.cli.confirm", "confirm", "Confirm a flash message as second officer."),
    "answer": ("openline.cli.answer", "answer", "Answer a message."),
    "amend": ("openline.cli.amend", "amend", "Send a new version of one's own message."),
    "close": ("openline.cli.close", "close", "Close a case with its outcome."),
    "wait": ("openline.cli.wait", "wait", "Wait for receipts or for an answer."),
    "link": ("openline.cli.link", "link", "Links to the other members: test them."),
    "events": ("openline.cli.events", "events", "What happened to this node: refusals, alarms."),
    "log": ("openline.cli.log", "log", "Check every log that this node holds."),
    "disclose": ("openline.cli.disclose", "disclose", "Write a file that proves chosen fields."),
    "verify": ("openline.cli.verify", "verify", "Check such a file, offline, without a node."),
    "prove-absence": (
        "openline.cli.prove_absence",
        "prove_absence",
        "Write a file that proves that something was never said.",
    ),
    "digest": ("openline.cli.digest", "digest", "What is in force: list, make, check, answer."),
    "consents": ("openline.cli.consents", "consents", "What others let us pass on, and to whom."),
    "erase": ("openline.cli.erase", "erase", "Remove the content of a closed case; proofs stay."),
    "notebook": ("openline.cli.notebook", "notebook", "Public statements and dossiers, local."),
    "formats": ("openline.cli.formats", "formats", "The forms that messages follow."),
    "doctor": ("openline.cli.doctor", "doctor", "Check this node and say what to mend."),
    "witness": ("openline.cli.witness", "witness", "Run a neutral witness."),
    "config": ("openline.cli.config", "config", "Show settings and where they come from."),
    "completion": ("openline.cli.completion", "completion", "Print shell completion."),
    "bench": ("openline.cli.bench", "bench", "Measure exchange and audit on this machine."),
    "sim": ("openline.cli.sim", "sim", "Search simulated histories for faults."),
}


class LazyGroup(Group):
    """The program: knows names and help lines, imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = COMMANDS.get(cmd_name)
        if row is None:
            return None
        found = getattr(import_module(row[0]), row[1])
        if not isinstance(found, click.Command):
            raise TypeError(f"{row[0]}.{row[1]} is not a command")
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        found = [(name, row[2]) for name, row in COMMANDS.items() if name.startswith(incomplete)]
        items = [CompletionItem(name, help=text) for name, text in found]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, row[2]) for name, row in COMMANDS.items()])


@click.group(cls=LazyGroup, name="openline")
@click.version_option(package_name="openline", prog_name="openline")
def program() -> None:
    """A provable line between parties who do not trust each other.

    Start with `openline demo`, or make a node: `openline init PARTY`.
    """


def problem(code: str, sentence: str, remedy: str, exit_code: int) -> dict[str, Any]:
    """An error as a problem object (RFC 9457)."""
    return {
        "schema": "openline/problem/1",
        "type": f"errors.md#{code}",
        "title": code,
        "detail": sentence,
        "remedy": remedy,
        "code": code,
        "exit": exit_code,
    }


def tell(args: Sequence[str], code: str, sentence: str, remedy: str) -> int:
    """Say what went wrong and what to do; the exit code for it."""
    exit_code = exit_of(code)
    if wants_json(args):
        click.echo(json.dumps(problem(code, sentence, remedy, exit_code), ensure_ascii=False))
        return exit_code
    click.echo(clean_block(f"openline: {sentence} [{code}]"), err=True)
    if remedy:
        click.echo(clean_block(f"What to do: {remedy}"), err=True)
    return exit_code


def wants_json(args: Sequence[str]) -> bool:
    """Whether errors go to stdout as JSON; known even when the command line could not be read."""
    return "--json" in args or os.environ.get("OPENLINE_JSON", "").lower() in SWITCHED_ON


def usage_remedy(ctx: click.Context | None) -> str:
    """Where the right command line is written."""
    path = ctx.command_path if ctx is not None else "openline"
    return f"See `{path} --help`."


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    sys.exit(run(argv))


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        result = program.main(args, prog_name="openline", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except click.UsageError as error:
        return tell(args, "cli.usage", error.format_message(), usage_remedy(error.ctx))
    except click.ClickException as error:
        return tell(args, "cli.failed", error.format_message(), "")
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("openline: interrupted", err=True)
        return INTERRUPTED
    except NodeRefused as error:
        return tell(args, error.refused_code, str(error), error.refused_remedy)
    except OpenlineError as error:
        return tell(args, error.code, str(error), error.remedy)
    except BrokenPipeError:
        # The reader went away (`openline events | head`); stdout must not be flushed again.
        sys.stderr.close()
        return FAILED
    except OSError as error:
        sentence = f"{error.filename or 'this machine'}: {error.strerror or error}"
        return tell(args, "cli.machine", sentence, "Check the path, its rights and the disk.")


if __name__ == "__main__":
    main()
