"""`openline link`: test the links to the other members of a line.

Shapes   data is {"line", "links": [{"party", "state", "rtt_ms", "sentence"}]}
Units    rtt_ms in milliseconds
Raises   LinkDown (exit 6) when a member did not answer
Source   docs/PROTOCOL.md part 7, "Hello"
Never    takes an HTTP status for an answer: only a signed hello counts
"""

from typing import ClassVar

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, table, with_face
from openline.errors import OpenlineError


class LinkDown(OpenlineError):
    """A member of the line did not answer a signed hello."""

    code: ClassVar[str] = "cli.link-down"
    remedy: ClassVar[str] = "Ask the other side by another way; messages wait and are sent again."


@click.group(cls=Group)
def link() -> None:
    """Links to the other members."""


@link.command("test")
@click.argument("line")
@with_face
def test(face: Face, line: str) -> None:
    """Exchange a signed hello with every other member of LINE, now.

    \b
    Example:  openline link test "North-South"
    """
    with client(face.home) as node:
        told = node.call("link_test", line=line)
    rows = [
        [r["party"], r["state"], r.get("rtt_ms", "-"), r.get("sentence", "")] for r in told["links"]
    ]
    face.give("link-test", told, lambda: table(["party", "link", "ms", "said"], rows))
    silent = [r["party"] for r in told["links"] if r["state"] != "up"]
    if silent:
        raise LinkDown(f"no answer from {', '.join(silent)}")
