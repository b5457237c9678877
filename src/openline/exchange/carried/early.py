"""Early notices over narrow links: shown with the classical signature, counted with both.

Shapes   split(body) -> (early body, completion); take(station, body); complete(station, data) ->
         receipt; held(station) -> what is shown meanwhile
Units    an early body has at most 64 KiB; one is kept for a log
Raises   what a delivery is refused for; NotYours for a completion of nothing
Source   docs/PROTOCOL.md part 11, "Narrow links"; docs/decisions/0069-early-is-not-received.md
Never    enters a log, gives a receipt or is folded before the ML-DSA line is there and good
"""

import hashlib
from dataclasses import replace
from typing import Any, Final

from openline.cases.entry import Ref
from openline.cases.precedence import level_of
from openline.envelope.suite import BadSignature
from openline.errors import OpenlineError
from openline.exchange.contents import opening
from openline.exchange.contents.opening import CannotYet, Faulty
from openline.exchange.logs.incoming import known_party
from openline.exchange.refusals import (
    EntrySealed,
    EnvelopeMismatch,
    NotYours,
    RootMismatch,
    UnknownParty,
)
from openline.exchange.station import Station
from openline.exchange.traffic import receive
from openline.formats.charter import party_of
from openline.formats.delivery import Delivery, parse_delivery
from openline.formats.head import Head, parse_head
from openline.formats.leaf import parse_leaf
from openline.formats.malformed import Malformed
from openline.formats.note import Note, parse_note, signature_line
from openline.formats.spell import utc
from openline.record.checkpoint import LogKeys, required_line, verify_line
from openline.record.tree import EMPTY, Frontier, leaf_hash
from openline.store.contract import LogRow, Tx

EARLY_BYTES_MAX: Final = 64 * 1024
COMPLETION_BYTES_MAX: Final = 8 * 1024
# What stands in a log's own two signature lines after the key id.
ED25519_BLOB: Final = 64
ML_DSA_BLOB: Final = 8 + 2_420
NAMES: Final = "early-logs"
MARK: Final = "classical signature only"


def split(body: bytes) -> tuple[bytes, bytes] | None:
    """A delivery without its ML-DSA line, and that line; None for one that is not so divided."""
    delivery = parse_delivery(body)
    note = parse_note(delivery.note)
    if [len(each.blob) for each in note.signatures] != [ED25519_BLOB, ML_DSA_BLOB]:
        return None
    first, second = note.signatures
    early = replace(delivery, note=Note(note.text, (first,)).encode()).encode()
    head = parse_head(note.text.encode())
    rest = f"{head.origin}\n{head.size}\n{signature_line(second)}".encode()
    return (early, rest) if len(early) <= EARLY_BYTES_MAX else None


def take(station: Station, body: bytes) -> bytes:
    """Keep and show an early notice; the answer is empty, because it is no receipt."""
    if len(body) > EARLY_BYTES_MAX:
        raise Malformed("early delivery", f"longer than {EARLY_BYTES_MAX} bytes")
    delivery = parse_delivery(body)
    head = classical_head(station, delivery.note)
    log = station.log(head.origin)
    if log is None or log.status != "active" or delivery.old > log.size:
        raise RootMismatch(f"{head.origin}: an early delivery continues a log that is held here")
    if head.size <= log.size:
        return b""
    if station.store.meta(name_of(head.origin)) == body:
        return b""  # said already: who sends it again wakes nobody again
    check_entries(station, log, head, delivery)
    with station.store.write() as tx:
        tx.set_meta(name_of(head.origin), body)
        remember(tx, head.origin)
        party = party_of(head.origin)
        told = f"notice {head.size - 1} of {party} is here with the {MARK}: `openline queue`"
        station.tell(tx, "alarm", log.line_id.hex(), "early.held", told)
    station.changes += 1
    return b""


def classical_head(station: Station, note: bytes) -> Head:
    """The head under the 0x01 line of a log key that the party's card names."""
    parsed = parse_note(note)
    head = parse_head(parsed.text.encode())
    party = party_of(head.origin)
    known_party(station, party)
    for card in reversed(station.cards(party)):
        key = LogKeys.of(card, head.origin).log1
        try:
            verify_line(head, key, required_line(parsed.signatures, key), station.suite)
            return head
        except (BadSignature, OpenlineError):
            continue
    raise UnknownParty(f"{party}: no card here has the key of this note")


def check_entries(station: Station, log: LogRow, head: Head, delivery: Delivery) -> None:
    """Leaves, root and envelopes belong together, and every new entry opens."""
    receive.compare_overlap(station, log, head, delivery)
    fresh = delivery.entries[log.size - delivery.old :]
    frontier = Frontier(log.size, log.frontier) if log.size else EMPTY
    if frontier.extend([leaf_hash(leaf) for leaf, _ in fresh]).root != head.root:
        raise RootMismatch(f"{head.origin}: leaves up to {head.size} do not give the signed root")
    for index, (data, envelope) in enumerate(fresh, start=log.size):
        if hashlib.sha256(envelope).digest() != parse_leaf(data).envelope_hash:
            raise EnvelopeMismatch(f"{head.origin} entry {index}: envelope is not the leaf's")
        opened_of(station, log, index, data, envelope)


def opened_of(
    station: Station, log: LogRow, index: int, data: bytes, envelope: bytes
) -> opening.Opened:
    """An early entry; one that does not open is for the whole delivery to judge."""
    own = station.own_log(log.line_id)
    stated = opening.sizes_from_bytes(station.store.meta(f"seen/{log.origin}"))
    size = stated.get(own.origin, 0) if own else 0
    try:
        return opening.open_entry(station, log, index, parse_leaf(data), envelope, size)[0]
    except (Faulty, CannotYet) as fault:
        raise EntrySealed(f"{log.origin} entry {index}: {fault}") from None


def complete(station: Station, data: bytes) -> bytes:
    """Join the ML-DSA line to what is kept, and take it as the delivery that it was."""
    if len(data) > COMPLETION_BYTES_MAX:
        raise Malformed("completion", f"longer than {COMPLETION_BYTES_MAX} bytes")
    origin, _, rest = data.decode("utf-8", "replace").partition("\n")
    size, _, line = rest.partition("\n")
    body = station.store.meta(name_of(origin))
    if not body:
        raise NotYours("nothing of that log is kept early here")
    delivery = parse_delivery(body)
    parsed = parse_note(delivery.note)
    head = parse_head(parsed.text.encode())
    if str(head.size) != size:
        raise NotYours("another size of that log is kept early here")
    joined = parse_note(delivery.note + line.encode()).encode()
    receipt = receive.receive(station, replace(delivery, note=joined).encode())
    forget(station, origin)
    return receipt


def forget(station: Station, origin: str) -> None:
    """What was early is in the record now."""
    with station.store.write() as tx:
        tx.set_meta(name_of(origin), b"")
    station.changes += 1


def held(station: Station) -> list[dict[str, Any]]:
    """Early entries that are not in the record yet, each with its mark."""
    found = []
    for origin in (station.store.meta(NAMES) or b"").decode().split():
        body = station.store.meta(name_of(origin))
        log = station.log(origin)
        if not body or log is None:
            continue
        delivery = parse_delivery(body)
        for index, (data, envelope) in enumerate(delivery.entries, start=delivery.old):
            if index >= log.size:
                found.append(shown(station, log, index, data, envelope))
    return found


def levels(station: Station, line: str) -> set[str]:
    """The precedences that early entries of a line state, "" where one states none."""
    return {level_of(row["fields"]) for row in held(station) if row["line"] == line}


def shown(
    station: Station, log: LogRow, index: int, data: bytes, envelope: bytes
) -> dict[str, Any]:
    """One early entry as lists show it."""
    opened = opened_of(station, log, index, data, envelope)
    named = opened.value("withheld")
    withheld = frozenset(i for i in named if isinstance(i, int)) if isinstance(named, list) else ()
    fields, _ = opening.content_of(opened, frozenset(withheld))
    return {
        "mark": MARK,
        "line": log.line_id.hex(),
        "from": log.party,
        "ref": [log.origin, index],
        "number": station.number(Ref(log.origin, index)),
        "format": str(opened.value("format")),
        "class": str(opened.value("class")),
        "written": utc(parse_leaf(data).time_s),
        "fields": fields,
    }


def name_of(origin: str) -> str:
    """Where an early delivery of a log is kept, as it came: sealed."""
    return f"early/{origin}"


def remember(tx: Tx, origin: str) -> None:
    """Keep the names of logs that had something early."""
    names = (tx.meta(NAMES) or b"").decode().split()
    if origin not in names:
        tx.set_meta(NAMES, "\n".join([*names, origin]).encode())
