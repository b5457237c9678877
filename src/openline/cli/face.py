"""How a command meets a person or a script: options, data, talk, questions, errors.

Shapes   @command gives a click command whose function takes a Face first; Face.give prints data
Units    none
Raises   NeedsAnswer when nobody can be asked; Declined when a person said no
Source   docs/OPERATE.md, "Conventions of every command"
Never    writes talk to stdout or data to stderr; prints nothing from outside without cleaning it
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

import click

from openline.cli.clean import clean, clean_block
from openline.cli.exits import problem
from openline.cli.settings import Setting, Settings, load
from openline.errors import OpenlineError
from openline.formats.coded import said, worded
from openline.formats.legible import width
from openline.formats.terms import ENGLISH

P = ParamSpec("P")
T = TypeVar("T")
Json = dict[str, Any]
FLAGS = "openline.flags"
HOME = "openline.home"


class NeedsAnswer(OpenlineError):
    """A question must be answered and nobody can be asked."""

    code: ClassVar[str] = "cli.needs-answer"
    remedy: ClassVar[str] = "Give the answer on the command line, or run it in a terminal."


class Declined(OpenlineError):
    """A person was asked and said no."""

    code: ClassVar[str] = "cli.declined"
    remedy: ClassVar[str] = "Nothing was signed, sent or shown. Run it again when it is meant."


class Told(Exception):
    """A flaw that went out within the one JSON object: only its exit code is left to give."""

    def __init__(self, flaw: OpenlineError) -> None:
        super().__init__(str(flaw))
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Face:
    """One run of one command, as its user sees it."""

    settings: Settings

    @property
    def home(self) -> Path:
        """The folder of the node that is meant."""
        return Path(self.settings.text("home")).expanduser()

    @property
    def is_json(self) -> bool:
        return self.settings.is_on("json")

    @property
    def lang(self) -> str:
        return self.settings.text("lang")

    @property
    def may_ask(self) -> bool:
        return not self.settings.is_on("no_input") and sys.stdin.isatty()

    def give(
        self,
        schema: str,
        value: Json,
        lines: Callable[[], Iterable[str]],
        flaw: OpenlineError | None = None,
    ) -> None:
        """The data of this command: one JSON object with its schema, or lines for a person.

        A flaw in what the data say is raised after them; in JSON it is their member `problem`.
        """
        if self.is_json:
            told = {"schema": f"openline/{schema}/1", **value}
            if flaw is not None:
                told["problem"] = problem(flaw.code, str(flaw), flaw.remedy)
            click.echo(json.dumps(told, ensure_ascii=False))
            if flaw is not None:
                raise Told(flaw)
            return
        for line in lines():
            click.echo(line)
        if flaw is not None:
            raise flaw

    def say(self, text: str) -> None:
        """Talk, on stderr; gone with --quiet."""
        if not self.settings.is_on("quiet"):
            click.echo(clean_block(text), err=True)

    def warn(self, text: str) -> None:
        """Something that a person must see, --quiet or not."""
        click.echo(self.paint(clean_block(text), "yellow", on=sys.stderr.isatty()), err=True)

    def paint(self, text: str, color: str, *, on: bool | None = None) -> str:
        """Colour, only for a person at a terminal who has not switched it off."""
        shown = sys.stdout.isatty() if on is None else on
        if not shown or self.settings.is_on("no_color"):
            return text
        return click.style(text, fg=color, bold=True)

    def confirm(self, question: str) -> None:
        """Ask for a yes; --yes answers, --no-input without --yes refuses."""
        if self.settings.is_on("yes"):
            return
        if not self.may_ask:
            how = "answer with --yes" if self.lang == ENGLISH else "--yes"
            raise NeedsAnswer(f"{question} ({how})")
        if not click.confirm(clean_block(question), err=True):
            raise Declined(question)

    def secret(self, prompt: str, *, twice: bool = False) -> str:
        """A passphrase, never echoed."""
        if not self.may_ask:
            give = "give --passphrase-file, or OPENLINE_PASSPHRASE"
            how = give if self.lang == ENGLISH else "--passphrase-file, OPENLINE_PASSPHRASE"
            raise NeedsAnswer(f"{prompt} ({how})")
        again = said("talk.once-more", self.lang, "Repeat for confirmation") if twice else False
        answer = click.prompt(prompt, hide_input=True, confirmation_prompt=again, err=True)
        return str(answer)

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar on stderr while a long thing runs, only where a person looks at it."""
        if self.settings.is_on("quiet") or self.is_json or not sys.stderr.isatty():
            yield lambda done: None
            return
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True, no_color=self.settings.is_on("no_color"))
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(clean(label), total=total)
            yield lambda done: bar.update(task, completed=done)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Aligned lines with a heading; every cell is cleaned, because most come from outside."""
    cells = [[clean(str(cell)) for cell in row] for row in rows]
    grid = [[column.upper() for column in columns], *cells]
    widths = [max(width(row[i]) for row in grid) for i in range(len(columns))]
    lines = []
    for row in grid:
        padded = [cell + " " * (w - width(cell)) for cell, w in zip(row, widths, strict=True)]
        lines.append("  ".join(padded).rstrip())
    return lines


def heads(columns: Sequence[tuple[str, str]], lang: str) -> list[str]:
    """The heads of a table in the reader's language: (the terminal's own English, the term)."""
    return [worded(term, lang, english) for english, term in columns]


def status_of(row: Mapping[str, Any], lang: str) -> str:
    """ACTUAL, EXERCISE or TEST: of a line, or of what was said on one."""
    status = str(row["status"])
    return worded(f"status.{status}", lang, status.upper())


def pairs(rows: Iterable[tuple[str, object]]) -> list[str]:
    """`name: value` lines, names aligned; a value of several lines is indented under its name."""
    items = [(clean(name), clean_block(str(value))) for name, value in rows]
    left = max((width(name) for name, _ in items), default=0) + 2
    lines = []
    for name, value in items:
        first, *rest = value.split("\n")
        lines.append(f"{name}:{' ' * (left - width(name) - 1)}{first}".rstrip())
        lines += [" " * left + line for line in rest]
    return lines


def named(rows: Iterable[tuple[str, str, object]], lang: str) -> list[str]:
    """`pairs` under names in the reader's language: (the terminal's own English, term, value)."""
    return pairs((worded(term, lang, english), value) for english, term, value in rows)


def in_one(parts: Iterable[tuple[str, object]], lang: str) -> str:
    """Counts and the like in one line, each under its term; only for other languages than English,
    which says them in a sentence."""
    return "; ".join(f"{worded(term, lang, term)}: {value}" for term, value in parts)


def yes_no(is_so: bool, lang: str) -> str:
    """Yes or no in a table."""
    return worded("word.yes", lang, "yes") if is_so else worded("word.no", lang, "no")


def marked(name: str, standing: str, lang: str = ENGLISH) -> str:
    """A party's name or message number, marked while nobody here has compared its keys."""
    return name if standing in ("", "self", "compared") else f"{name} ({sure(standing, lang)})"


def sure(standing: str, lang: str) -> str:
    """How sure this node is of a party; of an introduced one by whom."""
    kind, _, by = standing.partition(" by ")
    words = worded(f"party.{kind}", lang, standing)
    return f"{words}: {by}" if by and words != standing else words


def in_fives(digits: str) -> str:
    """Digits in groups of five, as they are read out."""
    plain = "".join(digits.split())
    return " ".join(plain[i : i + 5] for i in range(0, len(plain), 5))


# ---- options that every command has, before or after its name ------------------------------------


def _keep(ctx: click.Context, param: click.Parameter, value: Setting | None) -> None:
    """Remember a global flag that was really given; the command's function does not see it."""
    source = ctx.get_parameter_source(str(param.name))
    if value is not None and source is click.core.ParameterSource.COMMANDLINE:
        ctx.meta.setdefault(FLAGS, {})[str(param.name)] = value


def global_options() -> list[click.Option]:
    """The options of the whole program, made anew for each command."""

    def flag(name: str, text: str) -> click.Option:
        return click.Option([name], is_flag=True, expose_value=False, callback=_keep, help=text)

    home = click.Option(
        ["--home"],
        metavar="DIR",
        expose_value=False,
        callback=_keep,
        help="The node's folder; `openline config show` says which without it.",
    )
    lang = click.Option(
        ["--lang"], metavar="CODE", expose_value=False, callback=_keep, help="Language of labels."
    )
    return [
        home,
        flag("--json", "One JSON object on stdout, errors included."),
        lang,
        flag("--no-color", "No colours (also NO_COLOR)."),
        flag("--no-input", "Never ask: refuse instead."),
        flag("--yes", "Answer yes to every question."),
        flag("--quiet", "No talk on stderr."),
    ]


class Command(click.Command):
    """A command with the global options at the end of its help.

    An option with one value that is given twice is refused: only the last would count, unsaid.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *global_options()]
        self.context_settings.setdefault("help_option_names", ["-h", "--help"])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = self.make_parser(ctx).parse_args(list(args))[2]
        for each in given:
            if not isinstance(each, click.Option) or each.multiple or each.is_flag or each.count:
                continue
            if given.count(each) > 1:
                raise click.UsageError(f"{each.opts[0]} is given twice; it takes one value", ctx)
        return super().parse_args(ctx, args)


class Group(click.Group):
    """A command with commands of its own, which take the global options too."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *global_options()]
        self.context_settings.setdefault("help_option_names", ["-h", "--help"])


def with_face(function: Callable[Concatenate[Face, P], T]) -> Callable[P, T]:
    """Give a command's function its Face as the first argument."""

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        meta = click.get_current_context().meta
        flags: Mapping[str, Setting] = meta.get(FLAGS, {})
        face = Face(load(flags, os.environ))
        meta[HOME] = face.home
        return function(face, *args, **kwargs)

    return update_wrapper(run, function)
