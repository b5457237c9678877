"""`openline verify FILE`: check a disclosure, offline, with nothing but files.

Shapes   data is the verdict: {"verdict", "status", "lines", "exit"} and what the proof shows
Units    none
Raises   nothing for a bad proof: the verdict says so and the exit code is 4
Source   docs/PROTOCOL.md part 9
Never    needs a node, a key, a network or a configuration; prints EXERCISE or TEST first
"""

from pathlib import Path

import click

from openline.cli.clean import clean_block
from openline.cli.exits import OK
from openline.cli.face import Command, Face, with_face
from openline.cli.outgoing import FILE

FILE_BYTES_MAX = 64 * 1024 * 1024


@click.command(cls=Command)
@click.argument("file", type=FILE)
@click.option("--policy", type=FILE, help="Whose signatures count; without it nothing is trusted.")
@click.option(
    "--fingerprint",
    "prints",
    multiple=True,
    metavar="PARTY=BASE64",
    help="A party's fingerprint, compared out of band.",
)
@click.option("--allow-exercise", is_flag=True, help="Exit 0 also on an exercise or a test.")
@with_face
def verify(
    face: Face, file: Path, policy: Path | None, prints: tuple[str, ...], allow_exercise: bool
) -> int:
    """Check FILE: a tlog-proof of one entry or an openline-proof of several parts.

    \b
    Example:  openline verify visit.openline-proof --policy visit.policy
    """
    from openline.envelope.standard import StandardSuite
    from openline.formats.policy import parse_policy
    from openline.record.disclosure import verify_file

    if file.stat().st_size > FILE_BYTES_MAX:
        raise click.UsageError(f"{file}: longer than {FILE_BYTES_MAX} bytes")
    rules = parse_policy(policy.read_text("utf-8"), with_log=True) if policy else None
    verdict = verify_file(
        file.read_bytes(),
        rules,
        StandardSuite(),
        fingerprints=fingerprints(prints),
        allow_exercise=allow_exercise,
    )
    face.give("verdict", verdict.json, lambda: [clean_block(line) for line in verdict.lines])
    return verdict.exit_code if verdict.exit_code != OK else OK


def fingerprints(texts: tuple[str, ...]) -> dict[str, bytes]:
    """PARTY=BASE64 options as a table."""
    from openline.formats.spell import unb64

    found = {}
    for text in texts:
        party, _, value = text.partition("=")
        if not value:
            raise click.UsageError(f"--fingerprint {text[:80]}: PARTY=BASE64 is expected")
        found[party] = unb64(value, 32)
    return found
