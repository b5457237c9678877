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

from openline.cli.batch import sign_all
from openline.cli.client import client
from openline.cli.face import (
    Command,
    Face,
    Group,
    heads,
    in_fives,
    named,
    pairs,
    status_of,
    table,
    with_face,
)
from openline.cli.outgoing import Signers, officer_options
from openline.cli.sheet import COMPARE, by_path, charter_of, contents
from openline.cli.signing import NotOurOfficer, unlock
from openline.exchange.drafting.signing import batch_statement_of, fields_of, sign_batch
from openline.formats.coded import said, worded
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
COLUMNS = (
    ("batch", "column.batch"), ("line", "word.line"), ("messages", "column.messages"),
    ("forms", "column.forms"), ("waits for", "word.waits-for"),
)  # fmt: skip


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
    none = said("talk.no-batch", face.lang, "No batch waits.")
    face.give("batches", told, lambda: table(heads(COLUMNS, face.lang), rows) if rows else [none])


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
        face.say(f"{worded('word.digits', face.lang, 'digits')} {in_fives(found['digits'])}")
        face.confirm(sign_all(found["count"], line["title"], officers, face.lang))
        for officer in officers:
            if found["released"]:
                break
            assertion = sign_batch(found, officer)
            found = node.call("release_batch", batch=found["batch"], assertion=assertion)
    face.give("batch", found, lambda: named(outcome(found), face.lang))


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
        short, count = found["batch"][:12], found["count"]
        english = f"Throw {count} messages of batch {short} away?"
        face.confirm(said("ask.drop-messages", face.lang, english, short, count))
        told = node.call("batch_drop", batch=found["batch"])
    rows = [("dropped", "column.dropped", told["batch"])]
    face.give("batch-drop", told, lambda: named(rows, face.lang))


def sheets(found: Json, line: Json, lang: str) -> Iterator[str]:
    """Every message as the other side will read it, then the digits of them all."""
    batch_statement_of(found)  # refuses a statement that these messages do not give
    for number, each in enumerate(found["drafts"], 1):
        draft = {**each, "line": found["line"]}
        fields = fields_of(draft)
        values = by_path(draft, fields)
        status = status_of({"status": charter_of(draft, line, values).status}, lang)
        withheld = {fields[at].path for at in each["withheld"] if at < len(fields)}
        nth = f"message {number} of {found['count']}"
        if lang != ENGLISH:
            nth = f"{worded('word.message', lang, '')} {number} / {found['count']}"
        yield f"{status}  {nth}: {values.get('format')}"
        yield from pairs(contents(values, withheld, lang))
        yield ""
    yield f"{worded('word.compare-digits', lang, COMPARE)}:"
    yield in_fives(found["digits"])


def outcome(found: Json) -> list[tuple[str, str, object]]:
    """What became of it: numbers, or how many signatures are missing."""
    if "numbers" in found:
        first = found["numbers"][0]
        return [
            ("released messages", "column.released", found["count"]),
            ("from", "column.first-number", first),
        ]
    missing = int(found["officers_needed"]) - int(found["releases"])
    return [
        ("batch", "column.batch", found["batch"][:12]),
        ("signatures missing", "column.signatures-missing", missing),
    ]
