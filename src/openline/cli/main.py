"""The terminal: `openline COMMAND`. Each command is a file of its own, loaded when it is used.

Shapes   main(argv) -> exit code; COMMANDS maps a name to its file, its object and one line of help
Units    exit codes of exits.py
Raises   nothing: every error becomes a sentence, a remedy and an exit code
Source   docs/OPERATE.md; docs/commands.md is generated from the commands themselves
Never    imports a command that was not asked for: `openline queue` answers in a blink
"""

import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Final

import click
from click.shell_completion import CompletionItem

from openline.cli.clean import clean_block
from openline.cli.exits import FAILED, INTERRUPTED, USAGE, exit_of, problem
from openline.cli.face import Group, Told
from openline.cli.refused import NodeRefused
from openline.cli.settings import SWITCHED_ON, load
from openline.errors import OpenlineError
from openline.formats.coded import in_line, said, worded
from openline.formats.terms import ENGLISH

# name -> (module of `commands`, object, one line of help), as a newcomer needs them
COMMANDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "demo": ("demo", "demo", "Play six histories between real nodes and prove them."),
    "init": ("init", "init", "Make a node: folder, keys, first card."),
    "serve": ("serve", "serve", "Run the node until it is stopped."),
    "party": ("party", "party", "Cards: ours to give, others' to add and compare."),
    "officer": ("officer", "officer", "Officers: people whose releases count."),
    "keys": ("keys", "keys", "Keys through their life: change, lose, recover."),
    "line": ("line", "line", "Lines: invite, accept, list, show."),
    "send": ("send", "send", "Draft and release a message in one step."),
    "draft": ("draft", "draft", "Put a message into its form; nothing is sent."),
    "release": ("release", "release", "Sign a draft as an officer; the last sends."),
    "drop": ("drop", "drop", "Throw away a draft that nobody shall sign."),
    "batch": ("batches", "batch", "Many messages under one signature of each officer."),
    "import": ("import_group", "import_", "Notices and tables of others, as drafts."),
    "export": ("export", "export", "Notices of lines in other notations."),
    "queue": ("queue", "queue", "What is to be done, the most urgent first."),
    "board": ("board", "board", "Every line and every link at a glance."),
    "roster": ("roster", "roster", "Who has the watch on a line, and whom to ring."),
    "calendar": ("calendar", "calendar", "Deadlines as a calendar feed."),
    "cases": ("cases", "cases", "Cases: what was said about one subject."),
    "registers": ("registers", "registers", "Registers of a line: guarantees, dues."),
    "shifts": ("shifts", "shifts", "Shifts of this desk: log and handover."),
    "show": ("show", "show", "One message with its receipts, ladder and answers."),
    "attachment": ("attachment", "attachment", "Files that messages name: list, save."),
    "ack": ("ack", "ack", "Say that the duty position received a message."),
    "readback": ("readback", "readback", "Read critical fields back to the sender."),
    "pass-on": ("pass_on", "pass_on", "Say to whom a message was passed on."),
    "call": ("call", "call", "Enter a telephone call about a message."),
    "confirm": ("confirm", "confirm", "Confirm a flash message as second officer."),
    "answer": ("answer", "answer", "Answer a message."),
    "amend": ("amend", "amend", "Send a new version of one's own message."),
    "close": ("close", "close", "Close a case with its outcome."),
    "wait": ("wait", "wait", "Wait for receipts or for an answer."),
    "link": ("link", "link", "Links to the other members: test them."),
    "events": ("events", "events", "What happened to this node: refusals, alarms."),
    "log": ("log", "log", "Check every log that this node holds."),
    "disclose": ("disclose", "disclose", "Write a file that proves chosen fields."),
    "verify": ("verify", "verify", "Check such a file, offline, without a node."),
    "verifier-page": (
        "verifier_page",
        "verifier_page",
        "Write the web page that checks such a file anywhere.",
    ),
    "prove-absence": (
        "prove_absence",
        "prove_absence",
        "Write a file that proves that something was never said.",
    ),
    "digest": ("digest", "digest", "What is in force: list, make, check, answer."),
    "consents": ("consents", "consents", "What others let us pass on, and to whom."),
    "erase": ("erase", "erase", "Remove the content of a closed case; proofs stay."),
    "hold": ("hold", "hold", "Legal holds: what must not be erased here."),
    "notebook": ("notebook", "notebook", "Public statements and dossiers, local."),
    "formats": ("formats", "formats", "The forms that messages follow."),
    "doctor": ("doctor", "doctor", "Check this node and say what to mend."),
    "backup": ("backup", "backup", "Copy the record while the node works."),
    "restore": ("restore", "restore", "Put a backup back; what is newer elsewhere."),
    "archive": ("archive", "archive", "The record for whoever has no node."),
    "parcel": ("parcel", "parcel", "Carry what a link would carry, as a file."),
    "relay": ("relay", "relay", "Run a relay that keeps sealed files."),
    "stamp": ("stamp", "stamp", "A witness's signature on a head, by hand."),
    "witness": ("witness", "witness", "Run a neutral witness."),
    "config": ("config", "config", "Show settings and where they come from."),
    "completion": ("completion", "completion", "Print shell completion."),
    "bench": ("bench", "bench", "Measure exchange and audit on this machine."),
    "sim": ("sim", "sim", "Search simulated histories for faults."),
}


class LazyGroup(Group):
    """The program: knows names and help lines, imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = COMMANDS.get(cmd_name)
        if row is None:
            return None
        found = getattr(import_module(f"openline.cli.commands.{row[0]}"), row[1])
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


def tell(args: Sequence[str], code: str, sentence: str, remedy: str) -> int:
    """Say what went wrong and what to do; the exit code for it."""
    exit_code = exit_of(code)
    if wants_json(args):
        click.echo(json.dumps(problem(code, sentence, remedy), ensure_ascii=False))
        return exit_code
    lang = lang_of(args)
    said = in_line("refused", code, sentence, lang)
    click.echo(clean_block(f"openline: {said} [{code}]"), err=True)
    if remedy:
        head = worded("word.what-to-do", lang, "What to do")
        advice = in_line("remedy", code, remedy, lang)
        click.echo(clean_block(f"{head}: {advice}"), err=True)
    return exit_code


def lang_of(args: Sequence[str]) -> str:
    """The reader's language; known even when the command line could not be read."""
    spelled = " ".join(args).replace("--lang=", "--lang ").split()
    given = [after for at, after in pairwise(spelled) if at == "--lang"]
    try:
        return given[-1] if given else load({}, os.environ).text("lang")
    except OpenlineError:
        return ENGLISH


def wants_json(args: Sequence[str]) -> bool:
    """Whether errors go to stdout as JSON; known even when the command line could not be read."""
    return "--json" in args or os.environ.get("OPENLINE_JSON", "").lower() in SWITCHED_ON


def usage_remedy(ctx: click.Context | None) -> str:
    """Where the right command line is written."""
    path = ctx.command_path if ctx is not None else "openline"
    return f"See `{path} --help`."


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    # A node and an import hold ten thousand values that live on: looking through all of them for
    # rings after every seven hundred new ones took an eighth of their time.
    gc.set_threshold(50_000, 20, 100)
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
        if wants_json(args):
            return tell(args, "cli.interrupted", "interrupted", "")
        ended = said("talk.interrupted", lang_of(args), "interrupted")
        click.echo(f"openline: {ended}", err=True)
        return INTERRUPTED
    except Told as told:
        return exit_of(told.flaw.code)
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
