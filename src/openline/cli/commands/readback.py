"""`openline readback ENTRY`: read critical fields back, as understood here (A2).

Shapes   sends core/readback@1; whether it is correct is computed from what was told
Units    none
Raises   NoSuchEntry, BadField; what the officer or the node refuses
Source   docs/GLOSSARY.md, "ladder"
Never    copies the told values: what is read back is typed by the person who read it
"""

from typing import Any

import click

from openline.cases.readback import is_read_back
from openline.cli.client import client
from openline.cli.face import Command, Face, with_face
from openline.cli.fields import UNSAID, BadField, in_language, lacks_language, read_fields
from openline.cli.forms import forms
from openline.cli.places import find
from openline.cli.replies import Options, reply, reply_options
from openline.formats.coded import in_line

DIFFERS = "This differs from what was told; the sender will see the difference."


@click.command(cls=Command)
@click.option(
    "--read",
    "readings",
    multiple=True,
    required=True,
    metavar="PATH=VALUE",
    help="A field as it was understood; written like --field.",
)
@reply_options
@with_face
def readback(face: Face, readings: tuple[str, ...], options: Options) -> None:
    """Read fields of ENTRY back to its sender.

    \b
    Example:  openline readback north.example:1.4 --read place=Riverside
              --read from=2026-12-01T08:00:00Z --officer clara.officer
    """
    with client(face.home) as node:
        place = find(node, options.entry, options.line)
        told = node.call("show", ref=place.ref, lang=face.lang)
    form = forms().format(told["format"])
    read = in_languages_of(told["fields"], read_fields(form, readings, None))
    answer = "correct" if is_correct(read, told["fields"]) else "differs"
    if answer == "differs":
        face.warn(in_line("remark", "readback.differs", DIFFERS, face.lang))
    said = {"fields": [[path, value] for path, value in read.items()]}
    reply(face, "core/readback@1", answer, said, options)


def in_languages_of(told: dict[str, Any], read: dict[str, Any]) -> dict[str, Any]:
    """Texts that were read, each in the language in which it was told first."""
    for path in lacks_language(read):
        part = next(iter(told.get(path) or []), None)
        if isinstance(part, dict):
            read |= in_language({path: read[path]}, str(part.get("lang", UNSAID)))
    return read


def is_correct(read: dict[str, Any], told: dict[str, Any]) -> bool:
    """Whether every reading is what was told."""
    unknown = [path for path in read if path not in told]
    if unknown:
        raise BadField(f"{unknown[0]}: the message has no such field")
    return all(is_read_back(told[path], value) for path, value in read.items())
