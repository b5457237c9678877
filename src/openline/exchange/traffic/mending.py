"""What to do when a hello contradicts what is held: ask for signatures, keep evidence, freeze.

Shapes   take_head() compares a signed head with ours; begin_lost() knows a forgotten own log
Units    none
Raises   RootMismatch when a signed head does not come, NotYours for another log's head
Source   docs/PROTOCOL.md part 10
Never    calls anybody a forger without two signatures that cannot both be true
"""

from collections.abc import Sequence

from openline.exchange.logs import forks, hello
from openline.exchange.logs.incoming import verified_head
from openline.exchange.refusals import NotYours
from openline.exchange.station import Station
from openline.exchange.traffic import recover
from openline.formats.delivery import parse_delivery
from openline.formats.head import unverified_head
from openline.record.tree import leaf_hash


def take_head(station: Station, peer: str, origin: str, size: int, note: bytes) -> bool:
    """A peer's signed head of a size at which our root is another: evidence, or nothing.

    True when evidence was kept: both notes bear both log signatures of the owner.
    """
    head = verified_head(station, note)
    log = station.log(origin)
    if head.origin != origin or head.size != size or log is None:
        raise NotYours("the head that came is not the one that was asked for")
    if size <= log.size and hello.root_at(station, log, size) == head.root:
        return False
    return forks.contradicted(station, log, head, note)


def is_settled(station: Station, origin: str, size: int, note: bytes) -> bool:
    """Whether a signed head belongs to the log held here after all."""
    log = station.log(origin)
    if log is None or size > log.size:
        return False
    return hello.root_at(station, log, size) == unverified_head(note).root


def leaves_of(origin: str, start: int, body: bytes) -> list[bytes]:
    """Leaf hashes of a deliver body that continues at `start`; which head they give is seen later.

    Their envelopes are not looked at: what counts is what the owner signed.
    """
    delivery = parse_delivery(body)
    if unverified_head(delivery.note).origin != origin or delivery.old != start:
        raise NotYours("the entries that came are not those that were asked for")
    return [leaf_hash(leaf) for leaf, _ in delivery.entries]


def explain(station: Station, origin: str, note: bytes, hashes: Sequence[bytes]) -> bool:
    """Keep evidence by the leaves below a contradicting head, or say that it stays unexplained.

    A head beyond what is held contradicts nothing by itself: the entries on the way to it may
    have been changed on the wire, and come whole the next time.
    """
    head = verified_head(station, note)
    log = station.log(origin)
    if log is None or head.origin != origin:
        raise NotYours("the head that came is not the one that was asked for")
    if head.size <= log.size and hello.root_at(station, log, head.size) == head.root:
        return False
    if forks.contradicted(station, log, head, note, hashes):
        return True
    if head.size <= log.size:
        forks.unexplained(station, log, head)
    return False


def check_ours(station: Station, origin: str, note: bytes) -> None:
    """A forgotten log that a peer calls ours bears our own two signatures, or it is not ours.

    Asked before anything is remembered or told: else made-up names would fill this node.
    """
    if verified_head(station, note).origin != origin:
        raise NotYours("the head that came is not the one that was asked for")


def may_adopt(station: Station, origin: str) -> bool:
    """Whether own entries may be taken back now, or a person has to say *ours* first.

    While nothing of the line was written since the start (its log is active or suspect) they are
    taken at once; after a new epoch was opened, only after a yes.
    """
    log = station.log(origin)
    if station.store.meta(f"ours/{origin}") == b"yes":
        return True
    if log is None and station.suspect:
        return True
    if log is not None and (log.status == "active" or log.line_id in station.suspect):
        return True
    if station.store.meta(f"ours/{origin}") is None:
        with station.store.write() as tx:
            tx.set_meta(f"ours/{origin}", b"asked")
            station.tell(tx, "alarm", origin, "epoch.ours",
                         "own entries came to light that this node did not write. Only if another"
                         " node of ours wrote them: `openline line ours`; a thief's become ours by"
                         " it. Else `openline keys revoke`")  # fmt: skip
    return False


def begin_lost(station: Station, origin: str, body: bytes, file: bytes) -> None:
    """Know an own log again that this node has forgotten altogether."""
    delivery = parse_delivery(body)
    head = verified_head(station, delivery.note)
    if head.origin != origin or delivery.old != 0 or not delivery.entries:
        raise NotYours("the entries that came are not those that were asked for")
    recover.begin_lost_log(station, origin, delivery.entries[0][0], file)
