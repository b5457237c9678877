"""An officer's side of a release: recompute what is asked, refuse another statement, sign.

Shapes   statement_of(draft) -> bytes from the draft's own fields; sign(draft, officer) -> the
         assertion as the operation `release` takes it. `draft` is what the operation `draft` gave;
         sign_batch likewise for what `draft_batch` gave, sign_change for a change of officers
Units    none
Raises   StatementDiffers
Source   docs/PROTOCOL.md part 6, "Release"
Never    signs a statement that it did not compute itself: the node shows, the officer decides
"""

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from openline.envelope.officer_file import OfficerFile
from openline.envelope.standard import StandardSuite
from openline.envelope.suite import Suite
from openline.errors import OpenlineError
from openline.formats.field import Field
from openline.formats.head import EMPTY_ROOT
from openline.formats.officer import parse_officer
from openline.formats.openjson import Value
from openline.formats.release import (
    batch_statement,
    before_releases,
    officers_statement,
    release_statement,
)
from openline.formats.spell import unb64
from openline.record.officers import officers_root
from openline.record.tree import leaf_hash, root_of


class StatementDiffers(OpenlineError):
    """What the node asks an officer to sign is not what the draft's own fields give."""

    code: ClassVar[str] = "exchange.statement-differs"
    remedy: ClassVar[str] = "Do not sign. Have the node looked at by somebody else."


def fields_of(draft: Mapping[str, Any]) -> list[Field]:
    """The fields of a draft as the node shows them: salt, path, value."""
    return [
        Field(unb64(str(salt), 32), str(path), str(value).encode())
        for salt, path, value in draft["fields"]
    ]


def statement_of(draft: Mapping[str, Any]) -> bytes:
    """The statement that these fields give; StatementDiffers when the node shows another one."""
    fields = fields_of(draft)
    head = root_of([field.hash for field in fields])
    line_id = bytes.fromhex(str(draft["line"]))
    statement = release_statement(line_id, int(draft["card_size"]), len(fields), head)
    if statement.decode() != draft["statement"]:
        raise StatementDiffers(f"draft {str(draft['draft'])[:12]}: another statement was shown")
    return statement


def challenge_of(draft: Mapping[str, Any]) -> bytes:
    """What the officer's key signs."""
    return hashlib.sha256(statement_of(draft)).digest()


def common_challenge_of(draft: Mapping[str, Any]) -> bytes:
    """What all officers of a draft compare as 40 digits, before the first signature and after.

    It is what the first one signs: every field but the signatures.
    """
    statement_of(draft)  # the draft that is signed is the one that is compared
    fields = before_releases(fields_of(draft))
    head = root_of([field.hash for field in fields])
    line_id, size = bytes.fromhex(str(draft["line"])), int(draft["card_size"])
    return hashlib.sha256(release_statement(line_id, size, len(fields), head)).digest()


def sign(draft: Mapping[str, Any], officer: OfficerFile, suite: Suite | None = None) -> Value:
    """The officer's assertion over the statement computed here."""
    return assertion(challenge_of(draft), str(draft["rp_id"]), officer, suite)


def batch_statement_of(batch: Mapping[str, Any]) -> bytes:
    """The statement over a batch that its drafts' fields give; refused when another is shown."""
    heads = [root_of([field.hash for field in fields_of(draft)]) for draft in batch["drafts"]]
    root = root_of([leaf_hash(head) for head in heads])
    line_id = bytes.fromhex(str(batch["line"]))
    statement = batch_statement(line_id, int(batch["card_size"]), len(heads), root)
    if statement.decode() != batch["statement"]:
        raise StatementDiffers(f"batch {str(batch['batch'])[:12]}: another statement was shown")
    return statement


def common_batch_challenge_of(batch: Mapping[str, Any]) -> bytes:
    """The same for a batch: what its first officer signs, whoever signed since."""
    batch_statement_of(batch)
    every = [before_releases(fields_of(draft)) for draft in batch["drafts"]]
    heads = [root_of([field.hash for field in fields]) for fields in every]
    root = root_of([leaf_hash(head) for head in heads])
    line_id, size = bytes.fromhex(str(batch["line"])), int(batch["card_size"])
    return hashlib.sha256(batch_statement(line_id, size, len(heads), root)).digest()


def sign_batch(batch: Mapping[str, Any], officer: OfficerFile, suite: Suite | None = None) -> Value:
    """The officer's one assertion over a whole batch, computed here from every field of it."""
    signed = hashlib.sha256(batch_statement_of(batch)).digest()
    return assertion(signed, str(batch["rp_id"]), officer, suite)


def sign_change(
    change: Mapping[str, Any], officer: OfficerFile, suite: Suite | None = None
) -> Value:
    """The officer's assertion over a change of officers, computed here from every leaf of it."""
    leaves = [parse_officer(str(leaf).encode()) for leaf in change["leaves"]]
    root = officers_root(leaves) if leaves else EMPTY_ROOT
    party, size = str(change["party"]), int(change["card_size"])
    statement = officers_statement(party, size, len(leaves), root)
    if statement.decode() != change["statement"]:
        raise StatementDiffers("change of officers: another statement was shown")
    signed = hashlib.sha256(statement).digest()
    return assertion(signed, str(change["rp_id"]), officer, suite)


def assertion(challenge: bytes, rp_id: str, officer: OfficerFile, suite: Suite | None) -> Value:
    """What the officer's key makes of a challenge, for the desk with this name."""
    is_local = rp_id == "localhost" or rp_id.endswith(".localhost")
    origin = f"{'http' if is_local else 'https'}://{rp_id}"
    key = officer.authenticator(suite or StandardSuite())
    return key.assert_statement(challenge, rp_id, origin).value()
