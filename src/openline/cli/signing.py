"""An officer at the terminal: unlock the key, see what is signed, confirm, sign exactly that.

Shapes   ask_and_sign(face, draft, officer) -> assertion as the operation `release` takes it
Units    comparison digits: 40, in groups of five
Raises   StatementDiffers, Declined; CannotOpen for a wrong passphrase
Source   docs/PROTOCOL.md part 6, "Release"
Never    shows one text and signs another: both come from the same fields, recomputed here
"""

import os
from pathlib import Path
from typing import Any

from openline.cli.face import Face, in_fives, pairs
from openline.cli.fields import decoded
from openline.envelope.officer_file import OfficerFile, unlock_officer
from openline.exchange.signing import challenge_of, fields_of, sign
from openline.formats.field import Field
from openline.formats.openjson import Value
from openline.formats.release import comparison40

Json = dict[str, Any]
PASSPHRASE = "OPENLINE_PASSPHRASE"
BLOB_CHARACTERS_MAX = 200


def passphrase(face: Face, file: Path | None, *, twice: bool = False) -> str:
    """From a file, the environment or a prompt, in this order."""
    if file is not None:
        return decoded(file, file.read_bytes()).rstrip("\n")
    if PASSPHRASE in os.environ:
        return os.environ[PASSPHRASE]
    return face.secret("Officer's passphrase", twice=twice)


def unlock(face: Face, path: Path, passphrase_file: Path | None) -> OfficerFile:
    """Open an officer's file."""
    return unlock_officer(passphrase(face, passphrase_file), path.read_bytes())


def shown(draft: Json) -> list[str]:
    """What an officer reads before signing: every field, what is withheld, the digits."""
    withheld = set(draft["withheld"])
    rows = []
    for i, field in enumerate(fields_of(draft)):
        note = "   (withheld from the other side)" if i in withheld else ""
        rows.append((field.path, readable(field) + note))
    digits = in_fives(comparison40(challenge_of(draft)))
    return [*pairs(rows), "", "Compare before you sign:", digits]


def readable(field: Field) -> str:
    """A value as a person can check it: texts as they are, keys by their ends and length."""
    value = field.json
    if not isinstance(value, str):
        return field.value.decode()
    if len(value) > BLOB_CHARACTERS_MAX and " " not in value:
        return f"{value[:24]}...{value[-8:]} ({len(value)} characters)"
    return value


def ask_and_sign(face: Face, draft: Json, officer: OfficerFile) -> Value:
    """Show everything, ask, and give the officer's assertion."""
    for line in shown(draft):
        face.say(line)
    needed, given = int(draft["officers_needed"]), int(draft["releases"])
    face.confirm(f"Sign as {officer.name}, officer {given + 1} of {needed}?")
    return sign(draft, officer)
