"""How far a log is its party's own though its keys were stolen: what a bundle says of that.

Shapes   openings(station, asked, is_shown) -> the entries that say it;
         joints(station, heads, shown) -> parts
Units    sizes count entries
Raises   nothing: what cannot be shown from here is left out, and the verdict then goes by times
Source   docs/PROTOCOL.md parts 4.2 ("Ended keys") and 9.3; docs/decisions/0100-below-the-floor.md
Never    says it itself: it is the party's word, in an epoch that its later keys signed
"""

from collections.abc import Iterable, Sequence

from openline.cases.entry import Ref
from openline.exchange.contents import disowned
from openline.exchange.proof.disclosure_parts import EntryOf, Part, RangeOf
from openline.exchange.proof.showing import Choice
from openline.exchange.proof.vouching import Wanted
from openline.exchange.station import Station
from openline.formats.head import Head
from openline.formats.proof import ConsistencyPart
from openline.record.floors import joins
from openline.record.tree import consistency_proof, leaf_hash
from openline.store.contract import LogRow

SAYS: tuple[str, ...] = ("epoch", "reason", "past")


def is_any_lost(station: Station, asked: Sequence[Part]) -> bool:
    """Whether a later epoch says anything of a log that is shown."""
    return any(named_by(station, station.log(origin)) for origin in origins_of(asked))


def origins_of(asked: Sequence[Part]) -> set[str]:
    """The logs of which entries are shown."""
    found = {part.ref.origin for part in asked if isinstance(part, EntryOf)}
    return found | {part.origin for part in asked if isinstance(part, RangeOf)}


def openings(station: Station, asked: Sequence[Part], *, is_shown: bool) -> list[EntryOf]:
    """The first entry of the epoch that names most of each log whose keys were stolen.

    Its reader needs a policy for one more log: it is left out where all is shown without it, unless
    something is shown that the party did not write.
    """
    shown = {part.ref for part in asked if isinstance(part, EntryOf)}
    places = set()
    for origin in origins_of(asked):
        named = named_by(station, station.log(origin))
        if named is not None and (not is_shown or reaches(asked, named[0])):
            places.add(Ref(named[1].origin, 0))
    return [EntryOf(ref, Choice(SAYS), Wanted(())) for ref in sorted(places - shown)]


def reaches(asked: Sequence[Part], named: Head) -> bool:
    """Whether anything is shown from the named size on."""
    entries = [part.ref for part in asked if isinstance(part, EntryOf)]
    ranges = [part for part in asked if isinstance(part, RangeOf)]
    return any(ref.origin == named.origin and ref.index >= named.size for ref in entries) or any(
        part.origin == named.origin and (part.stop is None or part.stop > named.size)
        for part in ranges
    )


def says(part: Part, ref: Ref) -> bool:
    """Whether a part shows what the first entry of an epoch names."""
    if not isinstance(part, EntryOf) or part.ref != ref:
        return False
    return part.choice.paths is None or "past" in part.choice.paths


def named_by(station: Station, log: LogRow | None) -> tuple[Head, LogRow] | None:
    """The largest head of a lost log that an epoch under good keys names, and that epoch."""
    if log is None:
        return None
    cards = station.cards(log.party)
    if not disowned.is_lost(cards, log):
        return None
    found = [
        (head, other)
        for other in station.logs_of(log.line_id)
        if other.party == log.party and other.size and not disowned.is_lost(cards, other)
        for head in disowned.past_heads(station, other)
        if head.origin == log.origin
    ]
    return max(found, key=lambda each: (each[0].size, each[1].counter), default=None)


def joints(
    station: Station, heads: Iterable[Head], shown: Sequence[Part]
) -> list[tuple[str, bytes]]:
    """That heads in a file are one history with what the party names of their logs in it."""
    parts = set()
    for head in heads:
        log = station.log(head.origin)
        named = named_by(station, log)
        if log is None or named is None or named[0].size == head.size:
            continue
        if not any(says(part, Ref(named[1].origin, 0)) for part in shown):
            continue
        first, second = sorted((head, named[0]), key=lambda each: each.size)
        if not 0 < first.size < second.size <= log.size:
            continue
        leaves = [leaf_hash(leaf) for leaf in station.store.leaves(log.origin, 0, second.size)]
        hashes = consistency_proof(leaves, first.size)
        part = ConsistencyPart(head.origin, first.size, second.size, hashes)
        if joins(part, first, second):
            parts.add(part.encode())
    return [("consistency", part) for part in sorted(parts)]
