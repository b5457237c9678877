"""`openline verify FILE`: check a disclosure, offline, with nothing but files.

Shapes   data is the verdict: {"kind", "verdict", "status", "first_line", "details", "exit", ...}
Units    none
Raises   what is altered or malformed (exit 4); a file that shows too little gets a verdict, exit 4
Source   docs/PROTOCOL.md part 9
Never    needs a node, a key, a network or a configuration; prints EXERCISE or TEST first
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import click

from openline.cli.clean import clean_block
from openline.cli.face import Command, Face, with_face
from openline.cli.files import FILE, bounded
from openline.errors import OpenlineError
from openline.formats import openjson
from openline.formats.attachment import Attached, named_in
from openline.formats.coded import worded
from openline.formats.form import is_reserved
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.record.verdict import BANNERS, Verdict

FIELD_LINE = re.compile(r"(?P<head>field \d+ (?P<path>\S+) = )(?P<value>.*) (?P<told>\([^()]*\))")
VALUE_CHARACTERS = 96


class NotAttached(OpenlineError):
    """A file is none of those that the proven fields name."""

    code: ClassVar[str] = "cli.not-attached"
    remedy: ClassVar[str] = "Ask for the file as it was sent: a copy that was saved anew differs."


@click.command(cls=Command)
@click.argument("file", type=FILE)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=FILE,
    help="Whose signatures count; without one nothing is trusted.",
)
@click.option("--card", "cards", multiple=True, type=FILE, help="A party's card file.")
@click.option(
    "--fingerprint",
    "prints",
    multiple=True,
    metavar="PARTY=BASE64",
    help="A party's fingerprint, compared out of band.",
)
@click.option("--charter", "charters", multiple=True, type=FILE, help="The charter, if apart.")
@click.option(
    "--absent",
    default="guarantee",
    show_default=True,
    metavar="ASKED",
    help="Class, form, or `FORM PATH=VALUE` whose absence from a range matters; ORIGIN:INDEX of a"
    " notice to look for in a digest.",
)
@click.option(
    "--attachment",
    "files",
    multiple=True,
    type=FILE,
    help="A file that a proven field must name, by its own hash or that of its sealed form.",
)
@click.option("--allow-exercise", is_flag=True, help="Exit 0 also on an exercise or a test.")
@with_face
def verify(
    face: Face,
    file: Path,
    policies: tuple[Path, ...],
    cards: tuple[Path, ...],
    prints: tuple[str, ...],
    charters: tuple[Path, ...],
    absent: str,
    files: tuple[Path, ...],
    allow_exercise: bool,
) -> int:
    """Check FILE: a tlog-proof of one entry, a range, an openline-proof of several parts, or
    evidence of a fork.

    What the verdict means stands behind it. With --lang it comes first, with the proven fields and
    their labels, in that language. `openline verifier-page` writes a page that does the same in a
    browser.

    \b
    Example:  openline verify visit.openline-proof --policy visit.policy
    """
    from openline.cli.fields import decoded
    from openline.envelope.standard import StandardSuite
    from openline.formats.policy import parse_policies
    from openline.formats.proof import parse_cards_part
    from openline.record.disclosure import verify_file

    verdict = verify_file(
        bounded(file),
        [rules for path in policies for rules in parse_policies(decoded(path, bounded(path)))],
        StandardSuite(),
        fingerprints=fingerprints(prints),
        allow_exercise=allow_exercise,
        cards=[parse_cards_part(bounded(path)) for path in cards],
        charters=[decoded(path, bounded(path)) for path in charters],
        asked=absent,
    )
    value = verdict.json
    lines = with_meaning(face, verdict, value, lacks_policy=not policies and not prints)
    if files:
        named = [attached_by(verdict, path) for path in files]
        value["attachments"] = [*named]
        lines += ["", *named]
    face.give("verdict", value, lambda: [clean_block(line) for line in lines])
    return verdict.exit_code


def with_meaning(
    face: Face, verdict: Verdict, value: dict[str, Any], *, lacks_policy: bool
) -> list[str]:
    """The verdict and what it means: first in the language that was asked for, else behind it.

    That it is an exercise or a test stands before everything, in words that nobody can miss.
    """
    from openline.cli import verdict_words

    lines, lang = [brief(line) for line in verdict.lines], face.lang
    meaning = verdict_words.explained_lines(value, lang, lacks_policy=lacks_policy)
    if face.settings.origin["lang"] == "default":
        return [*lines, "", *meaning]
    value["explained"] = list(meaning)
    value["rows"] = [list(row) for row in verdict_words.rows_of(verdict, lang)]
    banner = BANNERS.get(verdict.status, "")
    marked = [worded(f"status.{verdict.status}", lang, banner)] if banner else []
    itself = worded("word.verdict-itself", lang, "The verdict itself")
    shown = verdict_words.lines_of(verdict, lang)
    return [*marked, *meaning, *shown, "", f"{itself}:", *lines]


def attached_by(verdict: Verdict, path: Path) -> str:
    """Which proven field names a file; NotAttached where none does."""
    digest = hashlib.sha256(bounded(path)).digest()
    for field, each in attachments_of(verdict):
        if digest in (each.age, each.plain):
            how = "the sealed file" if digest == each.age else "what is inside the sealed file"
            return f"{path.name}: field {field} names it as {each.name}: {how}"
    raise NotAttached(f"{path}: no field that is proven here names a file with its SHA-256")


def attachments_of(verdict: Verdict) -> Iterator[tuple[str, Attached]]:
    """Every file that proven fields name, with the path of the field."""
    rows = verdict.facts.get("fields")
    listed: list[Value] = rows if isinstance(rows, list) and verdict.is_shown else []
    for row in listed:
        match row:
            case [_, str(field), str(spelled), *_]:
                for each in named_in([openjson.decode(spelled.encode())]):
                    yield field, each
    for part in verdict.parts:
        yield from attachments_of(part)


def brief(line: str) -> str:
    """A line of the verdict; what the protocol itself put into a long field is cut, not content."""
    match = FIELD_LINE.match(line)
    if match is None or not is_reserved(match["path"]) or len(match["value"]) <= VALUE_CHARACTERS:
        return line
    kept, cut = match["value"][:VALUE_CHARACTERS], len(match["value"]) - VALUE_CHARACTERS
    return f"{match['head']}{kept}... ({cut} more characters with --json) {match['told']}"


def fingerprints(texts: tuple[str, ...]) -> dict[str, bytes]:
    """PARTY=BASE64 options as a table."""
    from openline.formats.spell import unb64

    found = {}
    for text in texts:
        party, _, value = text.partition("=")
        if not value:
            raise click.UsageError(f"--fingerprint {text[:80]}: PARTY=BASE64 is expected")
        try:
            found[party] = unb64(value, 32)
        except Malformed as error:
            raise click.UsageError(f"--fingerprint {text[:80]}: {error}") from None
    return found
