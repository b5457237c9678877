"""What every reply shares: name the entry it answers, fill the form, sign, send.

Shapes   reply(...) sends a message whose refs[0] is the entry
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry, BadField; what the form, the charter or the officer refuses
Source   docs/OPERATE.md, "Answering"
Never    answers for somebody: each rung of the ladder is a message of its own, signed by an officer
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Face
from openline.cli.fields import UNSAID, text_part
from openline.cli.outgoing import (
    Content,
    Message,
    Signers,
    bundled,
    content_options,
    officer_options,
    say,
)
from openline.cli.places import find


@dataclass(frozen=True, slots=True)
class Options:
    """What ENTRY, --line and the options of every message gave."""

    entry: str
    line: str | None
    content: Content
    signers: Signers


def reply_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """ENTRY, --line, and everything that a message takes."""
    line = click.option(
        "--line", metavar="LINE", help="Where two lines have an ENTRY of this name."
    )
    together = bundled(Options, "options", [click.argument("entry"), line])
    decorated: Callable[..., Any] = content_options(officer_options(together(function)))
    return decorated


def now() -> str:
    """The time that an officer states when none is given."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reply(
    face: Face, format_id: str, answer: str, said: Mapping[str, Any], options: Options
) -> None:
    """Send a reply to an entry."""
    with client(face.home) as node:
        place = find(node, options.entry, options.line)
        message = Message(place.line, format_id, answer, [place.ref], said)
        say(node, face, message, options.content, options.signers)


def text_value(text: str | None) -> list[dict[str, str]] | None:
    """A free text, as an item of type text; `Message.args` gives it its language."""
    return None if text is None else [text_part("text", UNSAID, None, text, is_first=True)]


def only_given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {path: value for path, value in fields.items() if value is not None}
