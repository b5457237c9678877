"""The card log before witnesses: its newest head is offered to them, and what they sign goes with
the cards.

Shapes   owed(station) -> Requests; part_of(station, party) -> CardsPart
Units    a card log of size n + 1 ends with card n
Raises   nothing of its own
Source   docs/PROTOCOL.md parts 4, 8 ("Witness") and 9 ("cards")
Never    asks a witness of an exercise: it may date by a scenario. Never keeps a witness's lines in
         a stored note: that one stays as its party signed it
"""

from collections.abc import Collection
from typing import Final

from openline.exchange.logs import witnesses
from openline.exchange.logs.witnesses import Named, Request
from openline.exchange.station import Station
from openline.formats.add_checkpoint import AddCheckpoint
from openline.formats.card import card_origin
from openline.formats.head import Head
from openline.formats.note import parse_note, parse_signature_lines
from openline.formats.proof import CardsPart
from openline.record.tree import EMPTY, consistency_proof, leaf_hash
from openline.store.contract import CardRow

# PROTOCOL part 9: at most 16 lines leave in one note, and two are the card log's own.
LINES_MAX: Final = 16


def asked_witnesses(station: Station) -> list[Named]:
    """The witnesses of our actual lines, each once."""
    found: dict[str, Named] = {}
    for row in station.lines():
        charter = station.charter(row.line_id)
        if charter.status == "actual" and station.own_log(row.line_id) is not None:
            found |= {each.name: each for each in witnesses.named(charter)}
    return [found[name] for name in sorted(found)]


def owed(station: Station, waited_for: Collection[str] = ()) -> list[Request]:
    """The newest head of our card log, for every witness that has not cosigned it."""
    origin, size = card_origin(station.party), len(station.cards(station.party))
    lacking = [
        each
        for each in asked_witnesses(station)
        if size and station.store.cosignature(origin, size, each.name) is None
    ]
    rows = station.store.cards(station.party) if lacking else []
    requests = [request(station, rows, each) for each in lacking]
    return [each for each in requests if not each.waits(waited_for)]


def request(station: Station, rows: list[CardRow], witness: Named) -> Request:
    """The newest head, from what the witness is believed to hold."""
    origin, hashes = card_origin(station.party), [leaf_hash(row.leaf) for row in rows]
    held = witnesses.held_by(station, origin, len(rows), witness.name)
    proof = consistency_proof(hashes, held) if 0 < held < len(rows) else ()
    head = Head(origin, len(rows), EMPTY.extend(hashes).root)
    return Request(witness, head, AddCheckpoint(held, proof, rows[-1].note).encode())


def part_of(station: Station, party: str) -> CardsPart:
    """The card chain of a party as it is held here, with what witnesses signed under its heads."""
    signed = dict[int, bytes]()
    for row in station.store.cosignatures(card_origin(party)):
        signed[row.size] = signed.get(row.size, b"") + row.lines
    rows = station.store.cards(party)
    return CardsPart(
        party, tuple((row.leaf, with_lines(row.note, signed.get(row.n + 1))) for row in rows)
    )


def with_lines(note: bytes, lines: bytes | None) -> bytes:
    """A note with signature lines that it does not have yet, as many as may leave in one."""
    if not lines:
        return note
    opened = parse_note(note)
    there = {(each.name, each.key_id) for each in opened.signatures}
    more = [each for each in parse_signature_lines(lines) if (each.name, each.key_id) not in there]
    room = max(0, LINES_MAX - len(opened.signatures)) // 2 * 2
    return type(opened)(opened.text, (*opened.signatures, *more[:room])).encode()
