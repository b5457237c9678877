"""What every reply shares: name the entry it answers, fill the form, sign, send.

Shapes   reply(...) sends a message whose refs[0] is the entry
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry, BadField; what the form, the charter or the officer refuses
Source   docs/OPERATE.md, "Answering"
Never    answers for somebody: each rung of the ladder is a message of its own, signed by an officer
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import update_wrapper
from pathlib import Path
from typing import Any, TypeVar

import click

from openline.cli.client import client
from openline.cli.face import Face
from openline.cli.fields import read_fields
from openline.cli.outgoing import Message, content_options, officer_options, say
from openline.cli.places import find
from openline.formats.pack import load_packs

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Options:
    """What --line, --field and --officer gave."""

    line: str | None
    fields: Sequence[str]
    fields_file: Path | None
    withhold: Sequence[str]
    expires: str | None
    officers: Sequence[Path]
    passphrase_file: Path | None


def reply_options(function: F) -> F:
    """ENTRY, --line, and everything that a message takes."""

    def run(*args: Any, **given: Any) -> Any:
        names = Options.__slots__
        options = Options(**{name: given.pop(name) for name in names})
        return function(*args, options=options, **given)

    update_wrapper(run, function)
    line = click.option(
        "--line", metavar="LINE", help="Where two lines have an ENTRY of this name."
    )
    entry = click.argument("entry")
    wrapped: Any = entry(line(content_options(officer_options(run))))
    return wrapped  # type: ignore[no-any-return]  # click hands back what it was given


def now() -> str:
    """The time that an officer states when none is given."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reply(
    face: Face,
    entry: str,
    format_id: str,
    answer: str,
    said: Mapping[str, Any],
    options: Options,
) -> None:
    """Send a reply to an entry."""
    form = load_packs().format(format_id)
    fields = dict(said)
    fields |= read_fields(form, options.fields, options.fields_file, face.lang)
    with client(face.home) as node:
        place = find(node, entry, options.line)
        message = Message(
            place.line,
            format_id,
            fields,
            answer,
            [place.ref],
            options.withhold or None,
            options.expires,
        )
        say(node, face, message, options.officers, options.passphrase_file)


def text_value(text: str | None, lang: str) -> list[dict[str, str]] | None:
    """A free text in one language, as an item of type text."""
    return None if text is None else [{"lang": lang, "status": "original", "text": text}]


def only_given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {path: value for path, value in fields.items() if value is not None}
