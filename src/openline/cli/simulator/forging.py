"""False entries, properly signed: what a dishonest member can put into its own log.

Shapes   forge(party, line, kind, content, twist) appends one entry that `twist` has spoilt
Units    none
Raises   nothing beyond what sequencing raises
Source   docs/PROTOCOL.md parts 6 and 8 (third and fourth tier)
Never    signs with anybody's keys but the dishonest party's own
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from openline.cli.simulator import wire
from openline.cli.simulator.party import SimParty
from openline.exchange.contents import archive, opening
from openline.exchange.drafting.drafts import compose
from openline.exchange.logs import sequence
from openline.exchange.logs.sequence import Built
from openline.exchange.station import Station
from openline.formats.field import Field, new_field, spell_lines
from openline.formats.head import Head
from openline.formats.leaf import Leaf, parse_leaf
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.record.tree import EMPTY, Frontier, leaf_hash, root_of
from openline.store.contract import EntryRow

LINES_SPOILT = ("random", "short", "bare", "twice", "no-path", "long")
FIELDS_SPOILT = ("at", "withheld", "draft", "seen", "line", "refs")
LEAF_SPOILT = ("count", "root", "time-0", "time-max")
SEAL_SPOILT = ("bytes", "fewer", "to-one", "to-none", "more")
TWISTS = (*LINES_SPOILT, *FIELDS_SPOILT, *LEAF_SPOILT, *SEAL_SPOILT)


@dataclass(slots=True)
class Piece:
    """An entry while it is being spoilt."""

    items: list[Field | bytes]
    plaintext: bytes
    keys: list[bytes]
    leaf: Leaf


def forge(
    party: SimParty,
    station: Station,
    line_id: bytes,
    kind: str,
    content: Mapping[str, Value],
    twist: str = "",
    *,
    format_id: str = "-",
    seen: list[Value] | None = None,
) -> None:
    """Append one entry to the party's own log and leave it to its node to deliver."""
    log = sequence.ready_log(station, line_id)
    rng = party.world.rng
    place: list[Value] = [log.origin, log.size]
    draft = compose(station, line_id, kind, content, format_id=format_id, officers=0)
    said = seen if seen is not None else sequence.seen_now(station, log, kind)[0]
    fields = [
        *draft.fields,
        new_field("at", place, rng.randbytes(32)),
        new_field("seen", said, rng.randbytes(32)),
    ]
    items = spoilt_fields(rng, fields, twist)
    keys = sequence.recipients(station, line_id, kind)
    root = root_of([i.hash if isinstance(i, Field) else i for i in items])
    time_s = station.line_now(line_id)
    leaf = Leaf(kind, time_s, len(items), root, bytes(32))
    piece = Piece(items, spell_lines(items), keys, leaf)
    spoil(rng, piece, twist)
    envelope = sealed(party, piece, twist)
    leaf = replace(piece.leaf, envelope_hash=hashlib.sha256(envelope).digest())
    append(party, station, line_id, leaf, envelope, fields)


def spoilt_fields(rng: random.Random, fields: list[Field], twist: str) -> list[Field | bytes]:
    """Fields with a lie in one of them; what is spelled stays well formed."""
    lies: dict[str, Value] = {
        "at": [fields[-2].path, 7],
        "withheld": [3, 1, 1],
        "draft": "not a draft",
        "seen": {"not": "a list"},
        "line": "AAAA",
        "refs": [["nowhere", -1], 5, ["x"]],
    }
    items: list[Field | bytes] = []
    for item in fields:
        is_lie = item.path == twist and twist in lies
        items.append(new_field(item.path, lies[twist], rng.randbytes(32)) if is_lie else item)
    if twist == "bare":
        at = rng.randrange(len(items))
        items[at] = fields[at].hash
    if twist == "twice":
        items.insert(6, fields[0])
    return items


def spoil(rng: random.Random, piece: Piece, twist: str) -> None:
    """The lines or the leaf itself, made wrong."""
    leaf, lines = piece.leaf, piece.plaintext.split(b"\n")
    if twist == "random":
        piece.plaintext = rng.randbytes(rng.randint(0, 600))
    elif twist == "short":
        piece.plaintext = b"\n".join(lines[1:])
    elif twist == "no-path":
        piece.plaintext = b"\n".join([lines[0].replace(b"\t", b" "), *lines[1:]])
    elif twist == "long":
        piece.plaintext += b"x" * 300_000
    elif twist == "count":
        piece.leaf = replace(leaf, fields=rng.choice((0, 1, leaf.fields + 1, 512)))
    elif twist == "root":
        piece.leaf = replace(leaf, fields_root=rng.randbytes(32))
    elif twist == "time-0":
        piece.leaf = replace(leaf, time_s=0)
    elif twist == "time-max":
        piece.leaf = replace(leaf, time_s=2**53 - 1)


def sealed(party: SimParty, piece: Piece, twist: str) -> bytes:
    """The envelope, perhaps to the wrong readers."""
    rng, keys = party.world.rng, piece.keys
    stranger = party.suite.seal_public(rng.randbytes(32))
    if twist == "bytes":
        return rng.randbytes(rng.randint(1, 4_000))
    if twist == "fewer":
        keys = keys[1:] or [stranger]
    elif twist == "to-one":
        keys = [keys[0], *(stranger for _ in keys[1:])]
    elif twist == "to-none":
        keys = [stranger for _ in keys]
    elif twist == "more":
        keys = [*keys, stranger]
    return party.suite.seal(keys, piece.plaintext, party.random)


def false_reseal(party: SimParty, asker: str, body: bytes) -> bytes:
    """Another's entry for one who lost its contents, sealed as it should be and told otherwise."""
    station, found = party.station, None
    try:
        ask = wire.ask_of(body)
        if station and ask.verb == "reseal" and ask.file:  # and a key that opens nothing
            return party.suite.seal([station.cards(asker)[-1].seal], bytes(16), party.random)
        row = station.store.entry(ask.log, ask.number) if station and ask.verb == "reseal" else None
        if station is not None and row is not None:
            found = archive.read(station, ask.log, ask.number, parse_leaf(row.leaf))
    except (LookupError, ValueError, Malformed):
        return b""  # the ask was changed on its way, or its own entry is one that it spoilt
    if station is None or not found:
        return b""
    told: list[Value] = [{"lang": "en", "status": "original", "text": "CANARY that nobody said"}]
    false = [
        new_field(i.path, told, i.salt) if isinstance(i, Field) and i.path == "subject" else i
        for i in found
    ]
    return party.suite.seal([station.cards(asker)[-1].seal], spell_lines(false), party.random)


def append(
    party: SimParty,
    station: Station,
    line_id: bytes,
    leaf: Leaf,
    envelope: bytes,
    fields: list[Field],
) -> None:
    """The entry as its own node keeps it: with the fields as they were before they were spoilt."""
    log = sequence.ready_log(station, line_id)
    frontier = Frontier(log.size, log.frontier) if log.size else EMPTY
    frontier = frontier.extend([leaf_hash(leaf.encode())])
    head = Head(log.origin, frontier.size, frontier.root)
    note = station.keys.sign_head(head, station.line_now(line_id))
    after = replace(log, size=head.size, frontier=frontier.hashes, root=head.root, note=note)
    row = EntryRow(log.origin, log.size, leaf.encode(), leaf.envelope_hash, "opened", 0)
    kept = replace(leaf, fields=len(fields))
    file = archive.of_lines(station, log.origin, log.size, spell_lines(fields))
    entry = opening.entry_of(log, log.size, kept, opening.Opened(tuple(fields)), "opened", ("x",))
    built = Built(
        log, after, (row,), ((leaf.envelope_hash, envelope),), ((log.size, file),), (entry,),
        (), None,
    )  # fmt: skip
    with station.store.write() as tx:
        sequence.write(station, tx, built)
    sequence.anchor(station, [after])
    sequence.after_commit(station, built)
