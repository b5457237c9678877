"""Envelopes that are gone from this node while their entries stay: fetched again from a holder.

Shapes   want(station, places); fetched(station, peer) -> requests of a conversation;
         take(station, place, body) -> whether an envelope is here again
Units    none
Raises   Malformed
Source   docs/PROTOCOL.md part 7, `entries`; docs/OPERATE.md, "When something is wrong"
Never    keeps an envelope whose hash is not the one in the leaf that is held here
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from openline.cases.entry import Ref
from openline.exchange.folding import reading
from openline.exchange.logs.sequence import BATCH_MAX
from openline.exchange.station import Station
from openline.exchange.traffic import recover
from openline.exchange.traffic.link import Talk, ask_peer
from openline.formats import openjson
from openline.formats.delivery import parse_delivery
from openline.formats.leaf import parse_leaf

WANTED: Final = "bodies-wanted"
WANTED_MAX: Final = 1_000
ASKS_PER_ROUND: Final = 16


def want(station: Station, places: Iterable[Ref]) -> None:
    """Remember which envelopes an audit missed: the next hellos ask for them."""
    found: list[openjson.Value] = [[*place] for place in [*places][:WANTED_MAX]]
    with station.store.write() as tx:
        tx.set_meta(WANTED, openjson.encode(found))


def wanted(station: Station) -> list[Ref]:
    """What is still wanted."""
    data = station.store.meta(WANTED)
    value = openjson.decode(data, values_max=4 * WANTED_MAX) if data else []
    rows = value if isinstance(value, list) else []
    return [Ref(str(row[0]), int(str(row[1]))) for row in rows if isinstance(row, list)]


def fetched(station: Station, peer: str) -> Talk:
    """Ask a peer that states to hold these entries, a few at a time. A refusal ends it: the next
    holder is asked."""
    there = [place for place in wanted(station) if peer in recover.holders(station, *place)]
    for place in there[:ASKS_PER_ROUND]:
        size = station.sessions[peer].heads[place.origin][0]
        stop = min(size, place.index + BATCH_MAX)
        body = yield from ask_peer(
            station, peer, "entries", place.origin, str(place.index), str(stop)
        )
        take(station, place, body)


def take(station: Station, place: Ref, body: bytes) -> bool:
    """Keep the envelope of one entry from a peer's answer, and read the entry again."""
    row, log = station.store.entry(*place), station.log(place.origin)
    delivery = parse_delivery(body)
    at = place.index - delivery.old
    if row is None or log is None or not 0 <= at < len(delivery.entries):
        return False
    leaf, envelope = delivery.entries[at]
    digest = parse_leaf(row.leaf).envelope_hash
    if leaf != row.leaf or hashlib.sha256(envelope).digest() != digest:
        return False  # another history, or one that has erased it: the next holder is asked
    rest: list[openjson.Value] = [[*each] for each in wanted(station) if each != place]
    with station.store.write() as tx:
        tx.put_body(digest, envelope)
        tx.set_meta(WANTED, openjson.encode(rest))
        said = f"the envelope of entry {place.index} is here again"
        station.tell(tx, "notice", place.origin, "body.taken", said)
    reading.refold(station, log)
    return True
