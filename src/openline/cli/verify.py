"""`openline verify FILE`: check a disclosure, offline, with nothing but files.

Shapes   data is the verdict: {"kind", "verdict", "status", "first_line", "details", "exit", ...}
Units    none
Raises   what is altered or malformed (exit 4); a file that shows too little gets a verdict, exit 4
Source   docs/PROTOCOL.md part 9
Never    needs a node, a key, a network or a configuration; prints EXERCISE or TEST first
"""

import re
from pathlib import Path

import click

from openline.cli.clean import clean_block
from openline.cli.face import Command, Face, with_face
from openline.cli.files import FILE
from openline.formats.form import is_reserved
from openline.formats.malformed import Malformed

FIELD_LINE = re.compile(r"(?P<head>field \d+ (?P<path>\S+) = )(?P<value>.*) (?P<told>\([^()]*\))")
VALUE_CHARACTERS = 96
FILE_BYTES_MAX = 65 * 1024 * 1024


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
    allow_exercise: bool,
) -> int:
    """Check FILE: a tlog-proof of one entry, a range, an openline-proof of several parts, or
    evidence of a fork.

    With --lang the proven fields follow once more with their labels in that language.

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
    value, lines = verdict.json, [brief(line) for line in verdict.lines]
    if face.settings.origin["lang"] != "default":
        from openline.cli import verdict_words

        value["rows"] = [list(row) for row in verdict_words.rows_of(verdict, face.lang)]
        lines += verdict_words.lines_of(verdict, face.lang)
    face.give("verdict", value, lambda: [clean_block(line) for line in lines])
    return verdict.exit_code


def brief(line: str) -> str:
    """A line of the verdict; what the protocol itself put into a long field is cut, not content."""
    match = FIELD_LINE.match(line)
    if match is None or not is_reserved(match["path"]) or len(match["value"]) <= VALUE_CHARACTERS:
        return line
    kept, cut = match["value"][:VALUE_CHARACTERS], len(match["value"]) - VALUE_CHARACTERS
    return f"{match['head']}{kept}... ({cut} more characters with --json) {match['told']}"


def bounded(path: Path) -> bytes:
    """A file's bytes, refused before they are read when there are too many."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise click.UsageError(f"{path}: longer than {FILE_BYTES_MAX} bytes")
    return path.read_bytes()


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
