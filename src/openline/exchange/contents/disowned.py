"""Entries that a stolen key signed: which of a party's logs its own later epochs do not stand for.

Shapes   floor(station, log) -> how many of a log's entries are the party's own; None for all
Units    sizes count entries
Raises   nothing
Source   docs/PROTOCOL.md part 4.2 ("Ended keys") and 5.2 (`past`)
Never    goes by a clock or by what this node alone received: every member that holds the same cards
         and logs must come to the same floor, or the digests of their folds would differ
"""

import contextlib
from collections.abc import Mapping, Sequence

from openline.envelope.suite import BadSignature
from openline.exchange.contents import opening
from openline.exchange.station import Station
from openline.formats.card import Card
from openline.formats.head import Head
from openline.formats.leaf import parse_leaf
from openline.formats.malformed import Malformed
from openline.formats.note import parse_note
from openline.formats.spell import HASH_SIZE, unb64
from openline.record.checkpoint import LogKeys, find_line
from openline.record.receipts import compromised_since
from openline.store.contract import LogRow

FLAW = "key.compromised"


def floor(station: Station, log: LogRow) -> int | None:
    """From which entry on a log is not its party's own; None when no card says that it was lost.

    The log keys were reported stolen, and an epoch under keys that were not names in `past` how far
    the log is the party's. A log that no such epoch names was begun by the thief. While there is no
    such epoch yet, nothing is known of it.
    """
    cards = station.cards(log.party)
    if not any(end.reason == "compromised" for card in cards for end in card.ends):
        return None
    known = station.floors.get(log.origin, -1)
    if known == -1:
        known = station.floors[log.origin] = find_floor(station, log, cards)
    return known


def find_floor(station: Station, log: LogRow, cards: tuple[Card, ...]) -> int | None:
    """The same, read from the party's other logs on the line."""
    if not is_lost(cards, log):
        return None
    good = [
        other
        for other in station.logs_of(log.line_id)
        if other.party == log.party and other.size and not is_lost(cards, other)
    ]
    named = [past_of(station, other) for other in good]
    if not named:
        return None
    return reach(station, named).get(log.origin, 0)


def reach(station: Station, named: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """How far each earlier epoch is the party's, by what the good ones name and what those name.

    An `open` entry has room for 64 epochs. An epoch that is named has an `open` entry that is the
    party's own, so what that one names is its own as well: however many epochs there were, each is
    reached, and nothing that a thief began is, for no entry of the party's names it.
    """
    sizes: dict[str, int] = {}
    waiting = list(named)
    while waiting:
        for origin, size in waiting.pop().items():
            if size > sizes.get(origin, 0):
                known = station.log(origin)
                if origin not in sizes and known is not None:
                    waiting.append(past_of(station, known))
                sizes[origin] = size
    return sizes


def is_lost(cards: tuple[Card, ...], log: LogRow) -> bool:
    """Whether the keys under a log's newest head were reported stolen."""
    if not log.note:
        return False
    signatures = parse_note(log.note).signatures
    for card in reversed(cards):
        keys = LogKeys.of(card, log.origin)
        try:
            if find_line(signatures, keys.log6) is None:
                continue
        except BadSignature:
            continue
        return compromised_since(cards, keys.log6) is not None
    return False


def past_of(station: Station, log: LogRow) -> dict[str, int]:
    """The sizes that an epoch's `open` entry names of earlier ones."""
    return {origin: size for origin, size, _ in past_rows(station, log)}


def past_heads(station: Station, log: LogRow) -> list[Head]:
    """The heads that an epoch's `open` entry names of earlier ones, as far as they are heads."""
    found = []
    for origin, size, root in past_rows(station, log):
        with contextlib.suppress(Malformed):
            found.append(Head(origin, size, unb64(root, HASH_SIZE, what="root in `past`")))
    return found


def past_rows(station: Station, log: LogRow) -> list[tuple[str, int, str]]:
    """Origin, size and root of each earlier epoch, as an `open` entry names them."""
    row = station.store.entry(log.origin, 0)
    if row is None:
        return []
    opened = opening.read_archived(station, log.origin, 0, parse_leaf(row.leaf))
    value = opened.value("past") if opened is not None else None
    rows = []
    for each in value if isinstance(value, list) else []:
        match each:
            case [str(origin), int(size), str(root)] if not isinstance(size, bool):
                rows.append((origin, size, root))
    return rows
