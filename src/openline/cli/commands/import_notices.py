"""`openline import notices FILE...`: warnings and alerts of others, told as told elsewhere.

Shapes   data is {"notices": [{"file", "number", "kind", "checked", "areas", "windows", "doubts",
         "doubt_codes"}]}
Units    times as RFC 3339 UTC text
Raises   Malformed, HostileMarkup (with the file); what the officer or the node refuses
Source   docs/OPERATE.md, "In and out"
Never    tells a window of a text that was not wholly understood: it says "text only" and why
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import click

from openline.cli.batch import release_rows
from openline.cli.client import client
from openline.cli.face import Command, Face, heads, in_one, with_face
from openline.cli.face import table as as_table
from openline.cli.fields import BadField
from openline.cli.files import FILE
from openline.cli.local_times import MOMENT
from openline.cli.outgoing import Signers, officer_options
from openline.errors import OpenlineError
from openline.formats.coded import in_line, said, worded
from openline.formats.foreign import cap, cot, digital_notam, navwarn, notam
from openline.formats.foreign.heard import Heard
from openline.formats.foreign.telling import CLASS, FORMAT, fields_of
from openline.formats.malformed import Malformed
from openline.formats.spell import b64, parse_utc, utc
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
FILE_BYTES_MAX: Final = 8 * 1024 * 1024
# The signal that ends a message on teleprinter lines, in NAVTEX and in the AFTN.
END: Final = "NNNN"
COLUMNS: Final = (
    ("number", "word.number"), ("kind", "head.kind"), ("checked", "column.checked"),
    ("areas", "column.areas"), ("windows", "column.windows"), ("why", "column.why"),
)  # fmt: skip
NOTATIONS: Final = ("navwarn", "notam", "cap", "cot", "digital-notam")


class NotANotice(OpenlineError):
    """A file holds something that is not a notice in the notation that was named."""

    code: ClassVar[str] = "cli.not-a-notice"
    remedy: ClassVar[str] = "Name the notation that the file has, or take this text out of it."


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option(
    "--notation", type=click.Choice(NOTATIONS), required=True, help="What the files hold."
)
@click.option("--line", metavar="LINE", help="The line on which to tell them; not with --dry-run.")
@click.option(
    "--issued",
    type=MOMENT,
    metavar="TIME",
    help="Time of issue, where a text does not begin with it.",
)
@click.option("--dry-run", is_flag=True, help="Only show what was understood; needs no node.")
@officer_options
@with_face
def notices(
    face: Face,
    files: tuple[Path, ...],
    notation: str,
    line: str | None,
    issued: str | None,
    dry_run: bool,
    signers: Signers,
) -> None:
    """Read notices and tell them on a line as told elsewhere.

    Several texts in one file end with NNNN each. A text that is not wholly understood is told as
    text only, not checked for conflicts. A notice that was told before is left out.

    \b
    Example:  openline import notices warnings.txt --notation navwarn --line "North-South"
              --officer anna.officer --officer boris.officer
    """
    issued_s = parse_utc(issued) if issued else None
    found = [each for path in files for each in heard_in(path, notation, issued_s)]
    shown: Json = {"notices": [described(path, heard) for path, _, heard in found]}
    if dry_run:
        face.give("import", shown, lambda: lines_of(shown, face.lang))
        return
    if line is None:
        raise BadField("--line: which line shall they be told on?")
    with client(face.home) as node:
        now_s = parse_utc(node.call("status")["now"])
        rows = [
            {
                "format": FORMAT,
                "answer": CLASS,
                "withheld": [],
                "fields": fields_of(heard, document, now_s),
            }
            for _, document, heard in found
        ]
        told = release_rows(face, node, line, rows, signers)
    face.give(
        "import",
        {**shown, **told},
        lambda: [*lines_of(shown, face.lang), "", *told_lines(told, face.lang)],
    )


def heard_in(path: Path, notation: str, issued_s: int | None) -> Iterator[tuple[Path, str, Heard]]:
    """Every notice of a file, with the hash of the file."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise NotANotice(f"{path}: longer than {FILE_BYTES_MAX} bytes")
    data = path.read_bytes()
    document = b64(hashlib.sha256(data).digest())
    try:
        for heard in READERS[notation](data, issued_s):
            yield path, document, heard
    except Malformed as error:
        raise NotANotice(f"{path}: {error}") from None


def texts(data: bytes) -> Iterator[str]:
    """The texts of a file, each ended by NNNN but perhaps the last."""
    try:
        whole = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("notices", "not UTF-8 text") from None
    for part in whole.split(END):
        if part.strip(" \t\r\n.="):
            yield part.strip()


READERS: Final[dict[str, Callable[[bytes, int | None], Iterator[Heard]]]] = {
    "navwarn": lambda data, at_s: (navwarn.read_warning(text, at_s) for text in texts(data)),
    "notam": lambda data, at_s: (notam.read_notam(text) for text in texts(data)),
    "cap": lambda data, at_s: iter([cap.read_alert(data)]),
    "cot": lambda data, at_s: iter([cot.read_event(data)]),
    "digital-notam": lambda data, at_s: iter(digital_notam.read_digital(data)),
}


def described(path: Path, heard: Heard) -> Json:
    """What was understood of a notice."""
    return {
        "file": str(path),
        "number": heard.number,
        "kind": heard.kind,
        "checked": heard.is_checkable,
        "cancels": list(heard.cancels),
        "ends": None if heard.cancelled_s is None else utc(heard.cancelled_s),
        "areas": sum(len(zone.areas) for zone in heard.zones),
        "windows": [
            [utc(w.start_s), None if w.end_s is None else utc(w.end_s)] for w in heard.windows
        ],
        "doubts": [doubt.sentence for doubt in dict.fromkeys(heard.doubts)],
        "doubt_codes": [doubt.code for doubt in dict.fromkeys(heard.doubts)],
        "remarks": list(heard.remarks),
    }


def lines_of(shown: Json, lang: str) -> list[str]:
    """A table of the notices, and why some are text only."""
    read = said("talk.understood", lang, "read")
    text_only = said("talk.text-only", lang, "text only, not checked for conflicts")
    rows = [
        [
            each["number"] or "-",
            worded(f"notice.{each['kind']}", lang, each["kind"]),
            read if each["checked"] else text_only,
            each["areas"],
            len(each["windows"]),
            "; ".join(doubts_of(each, lang)[:2]),
        ]
        for each in shown["notices"]
    ]
    return as_table(heads(COLUMNS, lang), rows)


def doubts_of(each: Json, lang: str) -> list[str]:
    """What was not understood of a notice."""
    return [
        in_line("remark", f"notice.{code}", sentence, lang)
        for code, sentence in zip(each["doubt_codes"], each["doubts"], strict=True)
    ]


def told_lines(told: Json, lang: str) -> Sequence[str]:
    """What came of it."""
    counted = f"told {told['told']}, told before and left out {told['already']}"
    if lang != ENGLISH:
        parts = (("head.told", told["told"]), ("column.told-before", told["already"]))
        counted = in_one(parts, lang)
    not_sent = worded("column.not-sent", lang, "not sent")
    return [counted, *(f"{not_sent}: {each}" for each in told["waiting"])]
