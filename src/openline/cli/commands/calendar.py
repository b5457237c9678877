"""`openline calendar`: deadlines as an iCalendar feed that says nothing of what they are about.

Shapes   the feed on stdout or in a file; with --json data is {"calendar", "events"} or
         {"file", "events"}
Units    times in UTC, as the feed spells them
Raises   nothing of its own
Source   docs/OPERATE.md, "The watch"; RFC 5545
Never    puts content into a calendar unless it is asked for by name: calendars lie on telephones
"""

from pathlib import Path
from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, in_one, with_face
from openline.cli.files import write_out
from openline.formats.coded import said
from openline.formats.terms import ENGLISH

OUT = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.option("--line", metavar="LINE", help="Only this line.")
@click.option("--out", type=OUT, help="Write the feed to this file instead of stdout.")
@click.option("--with-content", is_flag=True, help="Say what is due, to whom, on which line.")
@with_face
def calendar(face: Face, line: str | None, out: Path | None, with_content: bool) -> None:
    """Write what this party owes as calendar events, with alarms at the warning points.

    \b
    Example:  openline calendar --out deadlines.ics
    """
    args: dict[str, Any] = {"line": line} if line else {}
    with client(face.home) as node:
        told = node.call("calendar", with_content=with_content, **args)
    if with_content:
        english = "This calendar says what is due, to whom and on which line."
        face.warn(said("talk.calendar-says", face.lang, english))
    feed = str(told["calendar"])
    if out is None:
        face.give("calendar", told, lambda: feed.removesuffix("\r\n").split("\n"))
        return
    write_out(out, feed.encode())
    value = {"file": str(out), "events": told["events"]}
    shown = f"{told['events']} deadlines in {out}"
    if face.lang != ENGLISH:
        shown = in_one((("column.deadlines", told["events"]), ("word.file", out)), face.lang)
    face.give("calendar", value, lambda: [shown])
