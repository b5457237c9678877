"""An officer at the terminal: unlock the key, see what is signed, confirm, sign exactly that.

Shapes   ask_and_sign(face, draft, line, officer) -> assertion as the operation `release` takes it
Units    none
Raises   NotOurOfficer, StatementDiffers, Declined; WrongPassphrase
Source   docs/PROTOCOL.md part 6, "Release"
Never    shows one text and signs another: both come from the same fields, see sheet.py
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from openline.cli.face import Face
from openline.cli.fields import decoded
from openline.cli.sheet import sheet
from openline.envelope.age import WrongPassphrase
from openline.envelope.officer_file import OfficerFile, unlock_officer
from openline.errors import OpenlineError
from openline.exchange.drafting.signing import sign
from openline.formats.coded import said, worded
from openline.formats.openjson import Value
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
PASSPHRASE = "OPENLINE_PASSPHRASE"


class NotOurOfficer(OpenlineError):
    """The officer's file belongs to an officer of another party than this node's."""

    code: ClassVar[str] = "cli.not-our-officer"
    remedy: ClassVar[str] = "Give the file of an officer of this node, or the other node's --home."


def passphrase(face: Face, file: Path | None, owner: str, *, twice: bool = False) -> str:
    """From a file, the environment or a prompt that names its owner, in this order."""
    if file is not None:
        return decoded(file, file.read_bytes()).rstrip("\n")
    if PASSPHRASE in os.environ:
        return os.environ[PASSPHRASE]
    asked = said("talk.passphrase", face.lang, f"Passphrase of {owner}", owner)
    return face.secret(asked, twice=twice)


def unlock(face: Face, path: Path, passphrase_file: Path | None) -> OfficerFile:
    """Open an officer's file."""
    return unlocked(path, passphrase(face, passphrase_file, path.name))


def unlocked(path: Path, phrase: str) -> OfficerFile:
    """The same with a passphrase that is at hand."""
    with naming(path):
        return unlock_officer(phrase, path.read_bytes())


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """A wrong passphrase names its file: one command may open four."""
    try:
        yield
    except WrongPassphrase as fault:
        raise WrongPassphrase(f"{path}: {fault}") from None


def ask_and_sign(face: Face, draft: Json, line: Json, officer: OfficerFile) -> Value:
    """Show everything, ask, and give the officer's assertion."""
    ours = [member["party"] for member in line["members"] if member["standing"] == "self"]
    if officer.party not in ours:
        raise NotOurOfficer(f"{officer.name} is an officer of {officer.party}")
    for text in sheet(draft, line, face.lang, is_asked=not face.settings.is_on("yes")):
        face.say(text)
    needed, given = int(draft["officers_needed"]), int(draft["releases"])
    asked = f"Sign as {officer.name}, officer {given + 1} of {needed}?"
    if face.lang != ENGLISH:
        asked = f"{worded('word.sign-as', face.lang, '')}: {officer.name} ({given + 1} / {needed})?"
    face.confirm(asked)
    return sign(draft, officer)
