"""Many messages, released by one signature of each officer for a thousand of them at a time.

Shapes   release_rows(...) -> {"told", "already", "waiting", "refs"}; a row is what `draft` takes
Units    at most CHUNK rows in one batch
Raises   OutboxFull, NeedsTwo, StatementDiffers, Declined; what the node refuses, with the row
Source   docs/PROTOCOL.md part 6.3, "Batch"; docs/OPERATE.md, "Many at once from a table"
Never    tells a row twice: what the line already holds from us is left out, after a break as well
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from openline.cli.client import Client
from openline.cli.face import Face, in_fives
from openline.cli.outgoing import Signers
from openline.cli.signing import NotOurOfficer, unlock
from openline.desk.outside import told_hash
from openline.envelope.officer_file import OfficerFile
from openline.errors import OpenlineError
from openline.exchange.signing import StatementDiffers, fields_of, sign_batch
from openline.formats.form import is_reserved

Json = dict[str, Any]
CHUNK: Final = 1_000


class StillSending(OpenlineError):
    """Messages released before wait for their numbers, so nobody can say what is told already."""

    code: ClassVar[str] = "cli.still-sending"
    remedy: ClassVar[str] = "Wait until `openline doctor` shows an empty outbox, then run it again."


def release_rows(
    face: Face, node: Client, line: str, rows: Sequence[Json], signers: Signers
) -> Json:
    """Draft what is not told yet, have the officers sign it batch by batch, tell the result."""
    fresh, already = not_told(node, line, rows)
    shown = node.call("line_show", line=line)
    face.say(
        f"{shown['status'].upper()}: {shown['title']}: {len(fresh)} to tell, {already} told before"
    )
    told: Json = {"told": 0, "already": already, "waiting": [], "refs": []}
    if not fresh:
        return told
    officers = [unlock(face, path, signers.passphrase_file) for path in signers.officers]
    for officer in officers:
        if officer.party not in [m["party"] for m in shown["members"] if m["standing"] == "self"]:
            raise NotOurOfficer(f"{officer.name} is an officer of {officer.party}")
    if officers:
        names = " and ".join(officer.name for officer in officers)
        face.confirm(f"Sign {len(fresh)} messages on {shown['title']} as {names}?")
    with face.progress("telling", len(fresh)) as done:
        for start in range(0, len(fresh), CHUNK):
            part = fresh[start : start + CHUNK]
            one = tell_batch(face, node, line, part, officers)
            told["refs"] += one.get("refs", [])
            told["told"] += len(one.get("refs", []))
            told["waiting"] += one.get("waiting", [])
            done(start + len(part))
            if one.get("waiting"):
                break
    return told


def not_told(node: Client, line: str, rows: Sequence[Json]) -> tuple[list[Json], int]:
    """The rows that the line does not hold from us, each once."""
    by_hash = {told_hash(row["format"], row["answer"], row["fields"]): row for row in rows}
    found = node.call("told_already", line=line, told=list(by_hash))
    if found["outbox"]:
        raise StillSending(f"{found['outbox']} messages wait in the outbox")
    held = set(found["told"])
    fresh = [row for each, row in by_hash.items() if each not in held]
    return fresh, len(rows) - len(fresh)


def tell_batch(
    face: Face, node: Client, line: str, rows: Sequence[Json], officers: Sequence[OfficerFile]
) -> Json:
    """One batch: drafted, held against the rows that were meant, signed by each officer."""
    batch = node.call("draft_batch", line=line, rows=list(rows))
    for warning in batch.get("warnings", [])[:20]:
        face.warn(f"row {warning['row']}: {warning['sentence']}")
    refuse_other(batch, rows)
    face.say(
        f"batch {batch['batch'][:12]}: {len(rows)} messages, digits {in_fives(batch['digits'])}"
    )
    for officer in officers:
        if batch.get("released"):
            break
        assertion = sign_batch(batch, officer)
        batch = node.call("release_batch", batch=batch["batch"], assertion=assertion)
    if "refs" in batch:
        return batch
    missing = int(batch["officers_needed"]) - int(batch["releases"])
    more = f"batch {batch['batch'][:12]} waits for {missing} more officer{'s' * (missing > 1)}"
    return {"waiting": [f"{more}: run it again with --officer for each"]}


def refuse_other(batch: Json, rows: Sequence[Json]) -> None:
    """The drafts hold exactly the rows: what officers sign is what the file said."""
    if len(batch["drafts"]) != len(rows):
        raise StatementDiffers("the batch has another number of messages than the file")
    for number, (draft, row) in enumerate(zip(batch["drafts"], rows, strict=True), 1):
        values = {field.path: field.json for field in fields_of(draft)}
        said = {path: value for path, value in values.items() if not is_reserved(path)}
        same = values.get("format") == row["format"] and values.get("class") == row["answer"]
        if not same or said != row["fields"]:
            raise StatementDiffers(f"row {number}: the draft says something else than the file")
