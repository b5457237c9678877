"""Documents at the terminal: lines for a person, or a file as HTML or PDF.

Shapes   @with_paper gives a command the options; Paper.give(...) prints it or
         writes it
Units    columns of the terminal
Raises   what the operation `document` and the file system refuse
Source   docs/OPERATE.md, "Documents"
Never    puts a withheld value into a file unless it was asked for by name
"""

import base64
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from openline.cli.client import Client
from openline.cli.face import Face
from openline.cli.files import write_out

F = TypeVar("F", bound=Callable[..., Any])
Json = dict[str, Any]
Value = Callable[[], Json]
COLORS = {"alarm": "yellow", "strong": "green"}


@dataclass(frozen=True, slots=True)
class Paper:
    """What a person wants to have of a document."""

    languages: str
    zone: str
    html: Path | None
    pdf: Path | None
    withheld: bool

    def asked(self, face: Face, wanted: Json) -> Json:
        """The arguments of the operation that are common to every document."""
        languages = [each.strip() for each in (self.languages or face.lang).split(",")]
        zone = self.zone or face.settings.text("zone")
        return {**wanted, "languages": languages, "zone": zone}

    def give(self, face: Face, node: Client, wanted: Json, schema: str, value: Value) -> None:
        """Write the files that were asked for; without any, show the document or its data."""
        asked = self.asked(face, wanted)
        files = [("html", self.html), ("pdf", self.pdf)]
        for kind, path in files:
            if path is not None:
                told = node.call("document", **asked, **{"as": kind, "withheld": self.withheld})
                data = told[kind].encode() if kind == "html" else base64.b64decode(told[kind])
                write_out(path, data)
                face.say(f"{told['status'].upper()}: {path}")
        if self.html or self.pdf:
            names = {kind: str(path) for kind, path in files if path is not None}
            face.give("document", names, lambda: list(names.values()))
            return
        face.give(schema, value() if face.is_json else {}, lambda: lines_of(face, node, asked))


def lines_of(face: Face, node: Client, asked: Json) -> list[str]:
    """The document as lines as wide as the terminal; on the own screen nothing is covered."""
    columns = shutil.get_terminal_size((100, 24)).columns
    told = node.call("document", **asked, columns=columns, withheld=True)
    return [
        face.paint(text, COLORS[tone]) if tone in COLORS else text for tone, text in told["lines"]
    ]


def with_paper(function: F) -> F:
    """The options of a command that shows a document."""
    path = click.Path(dir_okay=False, path_type=Path)
    options = [
        click.option("--languages", metavar="CODE[,CODE]", default="",
                     help="One language, or two side by side; without it that of --lang."),
        click.option("--zone", metavar="ZONE", default="",
                     help="Local times of this zone beside UTC, such as Europe/Vienna."),
        click.option("--html", metavar="FILE", type=path, help="Write it as one HTML file."),
        click.option("--pdf", metavar="FILE", type=path, help="Write it as PDF/A for the file."),
        click.option("--with-withheld", "withheld", is_flag=True,
                     help="Put what is withheld into the file as well."),
    ]  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function
