"""What every command that says something shares: draft it, have it signed, tell what came of it.

Shapes   say(...) -> the draft object of the node, released when enough officers signed
Units    times as RFC 3339 UTC text
Raises   what the node refuses
Source   docs/OPERATE.md, "Saying something"
Never    releases without an officer: without --officer the draft waits for `openline release`
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from openline.cli.client import Client
from openline.cli.face import Face, in_fives, pairs

Json = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Message:
    """A message before it is a draft."""

    line: str
    format: str
    fields: Mapping[str, Any]
    answer: str = "-"
    refs: Sequence[list[Any]] = ()
    withheld: Sequence[str] | None = None
    expires: str | None = None

    def args(self) -> Json:
        """As the operation `draft` takes it."""
        args: Json = {
            "line": self.line,
            "format": self.format,
            "fields": dict(self.fields),
            "answer": self.answer,
            "refs": [list(ref) for ref in self.refs],
        }
        if self.withheld is not None:
            args["withheld"] = list(self.withheld)
        if self.expires is not None:
            args["expires"] = self.expires
        return args


def officer_options(function: F) -> F:
    """--officer (once or twice) and --passphrase-file."""
    officer = click.option(
        "--officer", "officers", multiple=True, type=FILE, help="An officer's file; signs at once."
    )
    phrase = click.option(
        "--passphrase-file",
        type=FILE,
        help="Holds the officer's passphrase (or OPENLINE_PASSPHRASE).",
    )
    return officer(phrase(function))


def content_options(function: F) -> F:
    """--field, --fields, --withhold, --expires."""
    for option in (
        click.option("--expires", metavar="TIME", help="Has no effect if sent after this time."),
        click.option(
            "--withhold", multiple=True, metavar="PATH", help="Commit, but do not show yet."
        ),
        click.option("--fields", "fields_file", type=FILE, help="A JSON file of path to value."),
        click.option(
            "--field",
            "fields",
            multiple=True,
            metavar="PATH=VALUE",
            help="One field; PATH@LANG=TEXT for a text, PATH:=JSON as it stands.",
        ),
    ):
        function = option(function)
    return function


def draft_message(client: Client, face: Face, message: Message) -> Json:
    """A kept draft; warnings of the form that do not refuse it are shown."""
    draft = client.call("draft", **message.args())
    for flaw in draft.get("flaws", []):
        face.warn(f"{flaw['path']}: {flaw['sentence']}")
    return draft


def release_draft(
    client: Client, face: Face, draft: Json, officers: Sequence[Path], phrase: Path | None
) -> Json:
    """Each officer signs in turn until the draft is released."""
    from openline.cli.signing import ask_and_sign, unlock

    for path in officers:
        if draft["released"]:
            break
        officer = unlock(face, path, phrase)
        assertion = ask_and_sign(face, draft, officer)
        draft = client.call("release", draft=draft["draft"], assertion=assertion)
    return draft


def say(
    client: Client, face: Face, message: Message, officers: Sequence[Path], phrase: Path | None
) -> None:
    """Draft, let the officers at hand sign, and tell what came of it."""
    draft = draft_message(client, face, message)
    report(face, release_draft(client, face, draft, officers, phrase))


def report(face: Face, draft: Json) -> None:
    """What the officer sees after drafting or signing."""
    face.give("draft", draft, lambda: lines_of(draft))


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
            ("state", "sent; receipts will follow"),
            ("ref", f"{origin}:{index}"),
        ]
    )
