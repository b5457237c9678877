"""An officer at the terminal: unlock the key, see what is signed, sign exactly that.

Shapes   statement_of(draft) -> bytes, recomputed here from the draft's own fields;
         sign(face, draft, officer) -> assertion as the operation `release` takes it
Units    comparison digits: 40, in groups of five
Raises   StatementDiffers; CannotOpen for a wrong passphrase
Source   docs/PROTOCOL.md part 6, "Release"
Never    signs a statement that it did not compute itself: the node shows, the officer decides
"""

import base64
import hashlib
import os
from pathlib import Path
from typing import Any, ClassVar

from openline.cli.face import Face, pairs
from openline.cli.fields import decoded
from openline.envelope.officer_file import OfficerFile, unlock_officer
from openline.envelope.standard import StandardSuite
from openline.errors import OpenlineError
from openline.formats.field import Field
from openline.formats.release import comparison40, release_statement
from openline.record.tree import root_of

Json = dict[str, Any]
PASSPHRASE = "OPENLINE_PASSPHRASE"


class StatementDiffers(OpenlineError):
    """What the node asks to sign is not what the draft's fields give."""

    code: ClassVar[str] = "cli.statement-differs"
    remedy: ClassVar[str] = (
        "Do not sign. Have the node checked by somebody else: `openline doctor`."
    )


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


def fields_of(draft: Json) -> list[Field]:
    """The fields of a draft as the node shows them: salt, path, value."""
    return [
        Field(base64.b64decode(salt, validate=True), path, value.encode())
        for salt, path, value in draft["fields"]
    ]


def statement_of(draft: Json) -> bytes:
    """The statement that these fields give, whatever the node says it is."""
    fields = fields_of(draft)
    head = root_of([field.hash for field in fields])
    line_id = bytes.fromhex(draft["line"])
    statement = release_statement(line_id, int(draft["card_size"]), len(fields), head)
    if statement.decode() != draft["statement"]:
        raise StatementDiffers(f"draft {str(draft['draft'])[:12]}: another statement was shown")
    return statement


def shown(draft: Json) -> list[str]:
    """What an officer reads before signing: every field, what is withheld, the digits."""
    withheld = set(draft["withheld"])
    rows = []
    for i, field in enumerate(fields_of(draft)):
        note = "   (withheld from the other side)" if i in withheld else ""
        rows.append((field.path, field.value.decode() + note))
    challenge = hashlib.sha256(statement_of(draft)).digest()
    return [*pairs(rows), "", "Compare before you sign:", comparison40(challenge)]


def sign(face: Face, draft: Json, officer: OfficerFile) -> Json:
    """The officer's assertion over the statement computed here."""
    statement = statement_of(draft)
    for line in shown(draft):
        face.say(line)
    needed, given = int(draft["officers_needed"]), int(draft["releases"])
    face.confirm(f"Sign as {officer.name}, officer {given + 1} of {needed}?")
    rp_id = str(draft["rp_id"])
    is_local = rp_id == "localhost" or rp_id.endswith(".localhost")
    origin = f"{'http' if is_local else 'https'}://{rp_id}"
    key = officer.authenticator(StandardSuite())
    assertion = key.assert_statement(hashlib.sha256(statement).digest(), rp_id, origin)
    value = assertion.value()
    return value if isinstance(value, dict) else {}
