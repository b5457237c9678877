"""What every command that says something shares: draft it, have it signed, tell what came of it.

Shapes   Content and Signers are what the options gave; say(...) drafts, signs and reports
Units    times as RFC 3339 UTC text
Raises   what the node refuses
Source   docs/OPERATE.md, "Saying something"
Never    releases without an officer: without --officer the draft waits for `openline release`
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from typing import Any

import click

from openline.cli.client import Client, SocketClient
from openline.cli.face import Face, in_fives, pairs
from openline.cli.fields import read_fields
from openline.cli.files import FILE
from openline.cli.forms import forms
from openline.errors import OpenlineError
from openline.formats.form import Format

Json = dict[str, Any]
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Content:
    """What --field, --fields, --withhold, --tell and --expires gave."""

    fields: Sequence[str]
    fields_file: Path | None
    withhold: Sequence[str]
    tell: Sequence[str]
    expires: str | None


@dataclass(frozen=True, slots=True)
class Signers:
    """What --officer and --passphrase-file gave."""

    officers: Sequence[Path]
    passphrase_file: Path | None


def bundled(kind: type[Any], name: str, options: Sequence[Decorator]) -> Decorator:
    """A decorator that adds options and hands them over as one value."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **given: Any) -> Any:
            value = kind(**{part: given.pop(part) for part in kind.__slots__})
            return function(*args, **{name: value}, **given)

        decorated: Callable[..., Any] = update_wrapper(run, function)
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


content_options = bundled(
    Content,
    "content",
    [
        click.option(
            "--field",
            "fields",
            multiple=True,
            metavar="PATH=VALUE",
            help="One field; PATH@LANG=TEXT for a text, PATH:=JSON as it stands.",
        ),
        click.option("--fields", "fields_file", type=FILE, help="A JSON file of path to value."),
        click.option(
            "--withhold",
            multiple=True,
            metavar="PATH",
            help="Commit to it, do not show it yet.",
        ),
        click.option(
            "--tell", multiple=True, metavar="PATH", help="Show what its form withholds by itself."
        ),
        click.option("--expires", metavar="TIME", help="Has no effect if sent after this time."),
    ],
)
officer_options = bundled(
    Signers,
    "signers",
    [
        click.option(
            "--officer",
            "officers",
            multiple=True,
            type=FILE,
            help="An officer's file; signs at once.",
        ),
        click.option(
            "--passphrase-file",
            type=FILE,
            help="Holds the officer's passphrase (or OPENLINE_PASSPHRASE).",
        ),
    ],
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message before it is a draft; `said` are fields that the command itself fills."""

    line: str
    format: str
    answer: str
    refs: Sequence[list[Any]]
    said: Mapping[str, Any]

    def args(self, content: Content, lang: str) -> Json:
        """As the operation `draft` takes it."""
        form = forms().format(self.format)
        fields = {**self.said, **read_fields(form, content.fields, content.fields_file, lang)}
        args: Json = {
            "line": self.line,
            "format": self.format,
            "fields": fields,
            "answer": self.answer,
            "refs": list(self.refs),
            "withheld": withheld_of(form, fields, content),
        }
        return args if content.expires is None else {**args, "expires": content.expires}


def withheld_of(form: Format | None, fields: Mapping[str, Any], content: Content) -> list[str]:
    """The paths to withhold: what the form withholds by itself and what is named, less --tell."""
    by_form = list(form.withheld(fields)) if form else []
    named = dict.fromkeys([*by_form, *content.withhold])
    return [path for path in named if path not in content.tell]


def draft_message(client: Client, face: Face, message: Message, content: Content) -> Json:
    """A kept draft; what the form or an earlier message has against it is shown."""
    draft = client.call("draft", **message.args(content, face.lang))
    for flaw in [*draft.get("flaws", []), *draft.get("warnings", [])]:
        face.warn(f"{flaw.get('path', 'caution')}: {flaw['sentence']}")
    return draft


def release_draft(client: Client, face: Face, draft: Json, signers: Signers) -> Json:
    """Each officer signs in turn until the draft is released; a draft that is not stays here."""
    from openline.cli.signing import ask_and_sign, unlock

    try:
        for path in signers.officers:
            if draft["released"]:
                break
            officer = unlock(face, path, signers.passphrase_file)
            line = client.call("line_show", line=draft["line"])
            assertion = ask_and_sign(face, draft, line, officer)
            draft = client.call("release", draft=draft["draft"], assertion=assertion)
    except OpenlineError:
        short = draft["draft"][:12]
        face.say(
            f"The draft is kept, unsent: `openline release {short}` or `openline drop {short}`."
        )
        raise
    return draft


def say(client: Client, face: Face, message: Message, content: Content, signers: Signers) -> None:
    """Draft, let the officers at hand sign, and tell what came of it."""
    draft = draft_message(client, face, message, content)
    report(client, face, release_draft(client, face, draft, signers))


def report(client: Client, face: Face, draft: Json) -> None:
    """What the officer sees after drafting or signing."""
    face.give("draft", draft, lambda: lines_of(draft))
    if draft["released"] and not isinstance(client, SocketClient):
        face.warn("No node runs in this folder: the next `openline serve` delivers it.")


def lines_of(draft: Json) -> list[str]:
    """A draft's state in words: sent, waiting for its place, or waiting for an officer."""
    if not draft["released"]:
        missing = int(draft["officers_needed"]) - int(draft["releases"])
        return pairs(
            [
                ("draft", draft["draft"]),
                ("state", f"not sent: {missing} more officer{'s' * (missing > 1)} must sign"),
                ("digits", in_fives(draft["digits"])),
                ("next", f"openline release {draft['draft'][:12]} --officer FILE"),
            ]
        )
    if not draft.get("ref"):
        return pairs([("draft", draft["draft"]), ("state", "released, waits for its number")])
    origin, index = draft["ref"]
    party = str(origin).partition("/")[0]
    return pairs(
        [
            ("message", f"{party}:{draft['number']}"),
            ("state", "signed and numbered; receipts will follow"),
            ("ref", f"{origin}:{index}"),
        ]
    )
