"""`openline batch`: many messages that wait for the signature of an officer.

Shapes   list: data is {"batches": [...]}; release: the batch, with the last signature its numbers
Units    none
Raises   NoSuchBatch, StatementDiffers, CannotOpen, Declined; what the node refuses
Source   docs/PROTOCOL.md part 6.3, "Batch"; docs/OPERATE.md, "Many at once"
Never    signs what it has not recomputed from every field of every message
"""

from collections.abc import Iterator
from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, Group, in_fives, pairs, table, with_face
from openline.cli.outgoing import Signers, officer_options
from openline.cli.sheet import by_path, charter_of, contents
from openline.cli.signing import NotOurOfficer, unlock
from openline.exchange.drafting.signing import batch_statement_of, fields_of, sign_batch

Json = dict[str, Any]
COLUMNS = ("batch", "line", "messages", "forms", "waits for")


@click.group(cls=Group)
def batch() -> None:
    """Batches: many messages under one signature of each officer."""


@batch.command("list", cls=Command)
@with_face
def listed(face: Face) -> None:
    """List batches that wait for an officer.

    \b
    Example:  openline batch list
    """
    with client(face.home) as node:
        told = node.call("batch_list")
    rows = [
        [
            each["batch"][:12],
            each["title"],
            each["count"],
            ", ".join(each["formats"]),
            each["waits"],
        ]
        for each in told["batches"]
    ]
    face.give("batches", told, lambda: table(COLUMNS, rows) if rows else ["No batch waits."])


@batch.command(cls=Command)
@click.argument("batch_id", metavar="BATCH")
@officer_options
@with_face
def release(face: Face, batch_id: str, signers: Signers) -> None:
    """Sign BATCH as an officer; without --officer show every message that would be signed.

    \b
    Example:  openline batch release 5b1c09d2a4f7 --officer boris.officer
    """
    with client(face.home, timeout_s=300.0) as node:
        found = node.call("batch_show", batch=batch_id)
        line = node.call("line_show", line=found["line"])
        if not signers.officers:
            face.give("batch", found, lambda: list(sheets(found, line, face.lang)))
            return
        ours = [each["party"] for each in line["members"] if each["standing"] == "self"]
        officers = [unlock(face, path, signers.passphrase_file) for path in signers.officers]
        for officer in officers:
            if officer.party not in ours:
                raise NotOurOfficer(f"{officer.name} is an officer of {officer.party}")
        names = " and ".join(officer.name for officer in officers)
        face.say(f"digits {in_fives(found['digits'])}")
        face.confirm(f"Sign {found['count']} messages on {line['title']} as {names}?")
        for officer in officers:
            if found["released"]:
                break
            assertion = sign_batch(found, officer)
            found = node.call("release_batch", batch=found["batch"], assertion=assertion)
    face.give("batch", found, lambda: pairs(outcome(found)))


@batch.command(cls=Command)
@click.argument("batch_id", metavar="BATCH")
@with_face
def drop(face: Face, batch_id: str) -> None:
    """Throw BATCH away, unsent.

    \b
    Example:  openline batch drop 5b1c09d2a4f7
    """
    with client(face.home) as node:
        found = node.call("batch_show", batch=batch_id)
        face.confirm(f"Throw {found['count']} messages of batch {found['batch'][:12]} away?")
        told = node.call("batch_drop", batch=found["batch"])
    face.give("batch-drop", told, lambda: pairs([("dropped", told["batch"])]))


def sheets(found: Json, line: Json, lang: str) -> Iterator[str]:
    """Every message as the other side will read it, then the digits of them all."""
    batch_statement_of(found)  # refuses a statement that these messages do not give
    for number, each in enumerate(found["drafts"], 1):
        draft = {**each, "line": found["line"]}
        fields = fields_of(draft)
        values = by_path(draft, fields)
        status = charter_of(draft, line, values).status.upper()
        withheld = {fields[at].path for at in each["withheld"] if at < len(fields)}
        yield f"{status}  message {number} of {found['count']}: {values.get('format')}"
        yield from pairs(contents(values, withheld, lang))
        yield ""
    yield "Compare before you sign:"
    yield in_fives(found["digits"])


def outcome(found: Json) -> list[tuple[str, object]]:
    """What became of it: numbers, or how many signatures are missing."""
    if "numbers" in found:
        return [("released", f"{found['count']} messages"), ("from", found["numbers"][0])]
    missing = int(found["officers_needed"]) - int(found["releases"])
    return [("batch", found["batch"][:12]), ("waits for", f"{missing} more signatures")]
