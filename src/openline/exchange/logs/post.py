"""From a released draft to the record: into a log at once, or durably into the outbox.

Shapes   post(station, drafts) -> places or None where the draft waits
Units    at most 256 drafts a call; the outbox holds at most OUTBOX_MAX drafts
Raises   AlreadyUsed, OutboxFull, ReleaseRefused, DraftExpired
Source   docs/PROTOCOL.md part 8; DESIGN "released and sequenced are two states"
Never    tells anybody that a draft was accepted before it is durable
"""

from collections.abc import Sequence
from typing import ClassVar

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft, ReleaseRefused
from openline.exchange.logs import clocks, endings, epochs, sequence
from openline.exchange.station import LineLeft, Station
from openline.store.contract import OutboxRow

OUTBOX_MAX = 10_000


class AlreadyUsed(OpenlineError):
    """This draft was numbered before; the same act is never recorded twice."""

    code: ClassVar[str] = "exchange.already-used"
    remedy: ClassVar[str] = "Look the message up with `openline show`; draft anew to say it again."


class OutboxFull(OpenlineError):
    """Too much waits to be numbered; nothing of this call was taken."""

    code: ClassVar[str] = "exchange.outbox-full"
    remedy: ClassVar[str] = "Wait until the outbox drains, then release again: the draft is kept."


def post(station: Station, ready: Sequence[Draft]) -> tuple[Ref | None, ...]:
    """Take released drafts of one line: numbered now where that is possible, else kept to be."""
    for draft in ready:
        if not draft.is_released:
            raise ReleaseRefused(
                f"{draft.releases} of {draft.officers} releases are there for this draft"
            )
        if station.store.draft_used(draft.id):
            raise AlreadyUsed(f"draft {draft.id.hex()[:12]} is in the record already")
        drafts.refuse_expired(station, draft)
    if len({draft.id for draft in ready}) != len(ready):
        raise AlreadyUsed("one draft is to be numbered twice in one call")
    line_id = ready[0].line_id
    if station.has_left(line_id):
        raise LineLeft(f"our log on {station.charter(line_id).title!r} is closed")
    ended = endings.unexplained(station, line_id) if ready[0].kind == "close" else None
    if ended is not None:
        return tuple(endings.confirm(station, draft, ended) for draft in ready[:1])
    if ready[0].kind == "open":
        return tuple(epochs.sequence_open(station, draft) for draft in ready)
    may_write = station.may_write(line_id) and clocks.is_sure(station)
    if may_write and not station.store.outbox(line_id, 1):
        return sequence.append(station, line_id, ready)
    if station.store.outbox_size() + len(ready) > OUTBOX_MAX:
        raise OutboxFull(f"{station.store.outbox_size()} drafts wait already")
    with station.store.write() as tx:
        for draft in ready:
            sealed = station.suite.seal([station.archive_public], draft.encode(), station.random)
            row = OutboxRow(0, draft.id, line_id, sealed, station.clock.now_s())
            tx.add_outbox(row)
    return tuple(None for _ in ready)


def post_kept(station: Station, draft: Draft) -> Ref | None:
    """Post one draft and forget its stored form once it is durable elsewhere."""
    place = post(station, [draft])[0]
    drafts.drop(station, draft)
    return place
