"""Many drafts released by one signature of each officer: a head over the list of their heads.

Shapes   Batch is frozen; release(batch, assertion) gives the batch with one officer's release in
         every draft, each with its own inclusion proof
Units    at most BATCH_MAX drafts
Raises   BatchRefused, NoSuchBatch, ReleaseRefused, DraftExpired
Source   docs/PROTOCOL.md part 6.3, "Batch"
Never    takes a form that the charter does not list under `batch`, or one officer for two
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Final

from openline.envelope.release import verify_assertion
from openline.errors import OpenlineError
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.station import Station
from openline.formats.field import new_field
from openline.formats.openjson import Value
from openline.formats.release import (
    BATCH_MAX,
    Assertion,
    Place,
    batch_statement,
    before_releases,
    challenge,
    comparison40,
)
from openline.formats.spell import b64
from openline.record.tree import inclusion_proofs, leaf_hash, root_of

BATCHES: Final = "batches"
OFFICERS_MIN: Final = 2


class BatchRefused(OpenlineError):
    """These drafts cannot be released as one batch."""

    code: ClassVar[str] = "exchange.batch-refused"
    remedy: ClassVar[str] = "Release them one by one, or agree on a charter that lists the form."


class NoSuchBatch(OpenlineError):
    """There is no batch of that id here; it may have been released already."""

    code: ClassVar[str] = "exchange.no-such-batch"
    remedy: ClassVar[str] = "Draft the batch anew; what was sent stands in `openline cases`."


@dataclass(frozen=True)
class Batch:
    """Drafts of one line that are released together, in their order."""

    id: bytes
    drafts: tuple[Draft, ...]

    @property
    def first(self) -> Draft:
        """Any of them, for what all have in common: line, card, officers."""
        return self.drafts[0]

    @cached_property
    def leaves(self) -> list[bytes]:
        """The leaf hashes of the list: one for the head that each draft's release would sign."""
        return [leaf_hash(root_of([f.hash for f in draft.fields])) for draft in self.drafts]

    def statement(self) -> bytes:
        """What the next officer signs, as text."""
        return self._statement(self.leaves)

    def common_statement(self) -> bytes:
        """What all its officers release, whoever signed already: the first one's statement."""
        if not self.first.releases:
            return self.statement()
        every = (before_releases(draft.fields) for draft in self.drafts)
        return self._statement([leaf_hash(root_of([f.hash for f in each])) for each in every])

    def _statement(self, leaves: Sequence[bytes]) -> bytes:
        first = self.first
        return batch_statement(first.line_id, first.card_size, len(leaves), root_of(leaves))


def together(station: Station, ready: Sequence[Draft]) -> Batch:
    """Drafts as one batch; refused as a whole where one of them may not go in one."""
    if not 1 <= len(ready) <= BATCH_MAX:
        raise BatchRefused(f"{len(ready)} drafts: a batch has 1 to {BATCH_MAX}")
    first = ready[0]
    common = (first.line_id, first.card_size, first.officers, first.releases)
    charter = station.charter(first.line_id)
    for draft in ready:
        format_id = str(draft.fields[0].json)
        form = station.packs.format(format_id)
        if draft.kind != "message" or form is None or not form.batch:
            raise BatchRefused(f"{format_id} is a form that is never released in a batch")
        if not charter.may_batch(format_id):
            raise BatchRefused(f"{format_id}: the charter does not list it under `batch`")
        if (draft.line_id, draft.card_size, draft.officers, draft.releases) != common:
            raise BatchRefused("the drafts are of two lines, or were drafted under two cards")
    return Batch(station.random(16), tuple(ready))


def officers_of(station: Station, line_id: bytes, format_id: str) -> int:
    """How many officers release a batch: two, or more if the charter asks for more."""
    due = drafts.due_officers(station, line_id, "message", format_id)
    return max(OFFICERS_MIN, due)


def release(station: Station, batch: Batch, assertion: Assertion) -> Batch:
    """The batch with one more officer's release in every draft."""
    leaf = drafts.next_releaser(station, batch.first, assertion.person)
    desk = drafts.desk_of(station, batch.first)
    for draft in batch.drafts:
        drafts.refuse_expired(station, draft)
    wanted = challenge(batch.statement())
    verify_assertion(assertion, leaf.spki, desk.rp_id, wanted, station.suite)
    proofs, count = inclusion_proofs(batch.leaves), len(batch.drafts)
    shown = drafts.shown_officer(station.officers(batch.first.card_size), leaf)
    salts = station.random(32 * count)
    released = []
    for at, draft in enumerate(batch.drafts):
        place = Place(at, count, proofs[at])
        is_shown = len(draft.fields) not in draft.withheld
        own = replace(assertion, batch=place, officer=shown if is_shown else None)
        field = new_field(
            f"release.{draft.releases + 1}", own.value(), salts[32 * at : 32 * at + 32]
        )
        released.append(replace(draft, fields=(*draft.fields, field)))
    return replace(batch, drafts=tuple(released))


def keep(station: Station, batch: Batch) -> None:
    """Store a batch that waits for an officer, all of it or nothing."""
    name = batch.id.hex()
    rows = [(f"{name}/{at:06d}", draft.encode()) for at, draft in enumerate(batch.drafts)]
    station.views.put_many(BATCHES, rows)
    station.changes += 1


def kept(station: Station, name: str) -> Batch:
    """A stored batch by its id."""
    rows = station.views.scan(BATCHES, f"{name}/") if len(name) == 32 else []
    if not rows:
        raise NoSuchBatch(f"no batch {name[:40]!r}")
    return Batch(bytes.fromhex(name), tuple(drafts.decode_draft(data) for _, data in rows))


def waiting(station: Station) -> list[Batch]:
    """Every stored batch, in the order of their ids."""
    found: dict[str, list[Draft]] = {}
    for key, data in station.views.scan(BATCHES):
        found.setdefault(key.partition("/")[0], []).append(drafts.decode_draft(data))
    return [Batch(bytes.fromhex(name), tuple(rows)) for name, rows in found.items()]


def named(station: Station, name: str) -> Batch:
    """A stored batch by the beginning of its id, if that names only one."""
    if not 6 <= len(name) <= 32 or not set(name) <= set("0123456789abcdef"):
        raise NoSuchBatch(f"no batch {name[:40]!r}: an id has at least 6 of 32 hexadecimal digits")
    ids = {key.partition("/")[0] for key, _ in station.views.scan(BATCHES, name)}
    if len(ids) != 1:
        raise NoSuchBatch(f"{len(ids)} batches begin with {name!r}")
    return kept(station, ids.pop())


def drop(station: Station, batch: Batch) -> None:
    """Forget a batch that was released or thrown away."""
    station.views.delete_all(BATCHES, f"{batch.id.hex()}/")
    station.changes += 1


def unposted(station: Station, batch: Batch) -> tuple[Draft, ...]:
    """The drafts that are not in the record yet: all of them, or the rest after a crash between."""
    return tuple(draft for draft in batch.drafts if not station.store.draft_used(draft.id))


def describe(station: Station, batch: Batch) -> dict[str, Value]:
    """What an officer needs to see and sign: every draft, the statement and the digits."""
    listed: list[Value] = [
        {
            "draft": draft.id.hex(),
            "fields": [[b64(f.salt), f.path, f.value.decode()] for f in draft.fields],
            "withheld": draft.withheld_list(),
        }
        for draft in batch.drafts
    ]
    return {**outline(station, batch), "drafts": listed}


def outline(station: Station, batch: Batch) -> dict[str, Value]:
    """The same without the drafts."""
    statement, first = batch.statement(), batch.first
    signed = hashlib.sha256(statement).digest()
    return {
        "batch": batch.id.hex(),
        "line": first.line_id.hex(),
        "kind": first.kind,
        "card_size": first.card_size,
        "count": len(batch.drafts),
        "statement": statement.decode(),
        "challenge": b64(signed),
        "digits": comparison40(hashlib.sha256(batch.common_statement()).digest()),
        "signature_digits": comparison40(signed),
        "rp_id": drafts.desk_of(station, first).rp_id,
        "officers_needed": first.officers,
        "releases": first.releases,
        "released": first.is_released,
    }
