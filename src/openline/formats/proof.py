"""Files that prove something without the node that wrote them: one entry, a range, a bundle.

Shapes   TlogProof, Range, Bundle, CardsPart, ConsistencyPart <-> bytes
Units    index and from_ count entries; lengths in bytes
Raises   Malformed
Source   docs/PROTOCOL.md parts 1 (tlog-proof) and 9
Never    verifies, and never takes a part of a bundle for true because another part is
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from openline.formats import openjson, values
from openline.formats.head import unverified_head
from openline.formats.leaf import Leaf
from openline.formats.malformed import Malformed
from openline.formats.note import NOTE_BYTES_MAX
from openline.formats.openjson import Value
from openline.formats.shown import (
    EXTRA_BYTES_MAX,
    PROOF_MAX,
    ShownField,
    check_charter,
    check_fields,
    parse_epoch,
    parse_fields,
    parse_leaf_text,
)
from openline.formats.shown import Epoch as Epoch
from openline.formats.shown import Extra as Extra
from openline.formats.shown import ShownHead as ShownHead
from openline.formats.shown import ShownOfficer as ShownOfficer
from openline.formats.shown import parse_extra as parse_extra
from openline.formats.spell import (
    HASH_SIZE,
    b64,
    check_int,
    check_key_name,
    check_party,
    check_size,
    parse_int,
    text_lines,
    unb64,
)

RANGE_BYTES_MAX: Final = 16 * 1024 * 1024
BUNDLE_BYTES_MAX: Final = 64 * 1024 * 1024
PARTS_MAX: Final = 1_000
PART_KINDS: Final = ("proof", "range", "cards", "charter", "consistency")
CARDS_BYTES_MAX: Final = 16 * 1024 * 1024
CARDS_MAX: Final = 1_000
LENGTH_LINE_MAX: Final = 200

_PROOF: Final = "c2sp.org/tlog-proof@v1"
_CONSISTENCY_BYTES_MAX: Final = 4_096
_PROOF_HEADER_MAX: Final = 4 * EXTRA_BYTES_MAX // 3 + 64 * (PROOF_MAX + 3)
_RANGE: Final = b"openline/v1 range\n"
_BUNDLE: Final = b"openline/v1 proofs\n"
_RANGE_KEYS: Final = frozenset({"entries", "from", "frontier"})
_RANGE_OPTIONAL: Final = frozenset({"charter", "epoch"})


@dataclass(frozen=True, slots=True)
class TlogProof:
    """That an entry stands at `index` under a checkpoint; `extra` shows what of it is opened."""

    extra: bytes | None
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes

    def __post_init__(self) -> None:
        if self.extra is not None and not 1 <= len(self.extra) <= EXTRA_BYTES_MAX:
            raise Malformed("proof", f"the extra is empty or longer than {EXTRA_BYTES_MAX} bytes")
        check_int(self.index, what="proof index")
        if len(self.hashes) > PROOF_MAX:
            raise Malformed("proof", f"more than {PROOF_MAX} hashes")
        for each in self.hashes:
            check_size(each, HASH_SIZE, what="proof hash")
        unverified_head(self.checkpoint)

    def encode(self) -> bytes:
        """The proof as a `.tlog-proof` file."""
        lines = [_PROOF]
        if self.extra is not None:
            lines.append(f"extra {b64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [b64(each) for each in self.hashes]
        return "\n".join([*lines, "", ""]).encode("ascii") + self.checkpoint


def parse_proof(data: bytes) -> TlogProof:
    """Read a proof strictly."""
    if len(data) > _PROOF_HEADER_MAX + NOTE_BYTES_MAX:
        raise Malformed("proof", "too long")
    top, empty, checkpoint = data.partition(b"\n\n")
    lines = text_lines(top + b"\n", _PROOF_HEADER_MAX, what="proof")
    if not empty or lines[0] != _PROOF:
        raise Malformed("proof", f"no header `{_PROOF}`, or no empty line before the checkpoint")
    rest = lines[1:]
    extra = None
    if rest and rest[0].startswith("extra "):
        extra = unb64(rest.pop(0)[len("extra ") :], what="proof extra")
    if not rest or not rest[0].startswith("index "):
        raise Malformed("proof", "no index line")
    index = parse_int(rest.pop(0)[len("index ") :], what="proof index")
    hashes = tuple([unb64(line, HASH_SIZE, what="proof hash") for line in rest])
    proof = TlogProof(extra, index, hashes, checkpoint)
    if proof.encode() != data:
        raise Malformed("proof", "not the canonical spelling")
    return proof


@dataclass(frozen=True, slots=True)
class RangeEntry:
    """An entry of a range: its leaf, and the fields that are shown of it."""

    leaf: Leaf
    fields: tuple[ShownField, ...]

    def __post_init__(self) -> None:
        check_fields(self.fields)


@dataclass(frozen=True, slots=True)
class Range:
    """All entries of one log from `from_` up to the size of the checkpoint."""

    charter: str | None
    entries: tuple[RangeEntry, ...]
    from_: int
    frontier: tuple[bytes, ...]
    checkpoint: bytes
    epoch: Epoch | None = None

    def __post_init__(self) -> None:
        check_int(self.from_, what="range start")
        if len(self.frontier) > PROOF_MAX:
            raise Malformed("range", f"more than {PROOF_MAX} frontier hashes")
        for each in self.frontier:
            check_size(each, HASH_SIZE, what="range frontier")
        if self.charter is not None:
            check_charter(self.charter)
        unverified_head(self.checkpoint)

    def encode(self) -> bytes:
        """The range as a file."""
        value: dict[str, Value] = {
            "entries": [_spell_entry(each) for each in self.entries],
            "from": self.from_,
            "frontier": [b64(each) for each in self.frontier],
        }
        if self.charter is not None:
            value["charter"] = self.charter
        if self.epoch is not None:
            value["epoch"] = self.epoch.value()
        line = openjson.encode(value, values_max=RANGE_BYTES_MAX)
        if len(line) > RANGE_BYTES_MAX:
            raise Malformed("range", f"longer than {RANGE_BYTES_MAX} bytes")
        return b"%b%b\n\n%b" % (_RANGE, line, self.checkpoint)


def parse_range(data: bytes) -> Range:
    """Read a range strictly."""
    if len(data) > RANGE_BYTES_MAX + NOTE_BYTES_MAX or not data.startswith(_RANGE):
        raise Malformed("range", "too long, or does not begin with its name")
    line, empty, checkpoint = data[len(_RANGE) :].partition(b"\n\n")
    if not empty:
        raise Malformed("range", "no empty line before the checkpoint")
    value = openjson.decode(line, values_max=RANGE_BYTES_MAX, bytes_max=RANGE_BYTES_MAX)
    table = values.table(value, "range", _RANGE_KEYS, _RANGE_OPTIONAL)
    found = Range(
        charter=values.text(table["charter"], "charter") if "charter" in table else None,
        entries=tuple([_parse_entry(e) for e in values.array(table["entries"], "range entries")]),
        from_=values.whole(table["from"], "range start"),
        frontier=values.hashes(table["frontier"], "range frontier", PROOF_MAX),
        checkpoint=checkpoint,
        epoch=parse_epoch(table["epoch"]) if "epoch" in table else None,
    )
    if found.encode() != data:
        raise Malformed("range", "not the canonical spelling")
    return found


@dataclass(frozen=True, slots=True)
class Bundle:
    """Several proofs in one file; each stands or falls alone."""

    parts: tuple[tuple[str, bytes], ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.parts) <= PARTS_MAX:
            raise Malformed("bundle", f"not 1 to {PARTS_MAX} parts")
        if any(kind not in PART_KINDS for kind, _ in self.parts):
            raise Malformed("bundle", f"a part that is none of {', '.join(PART_KINDS)}")
        if sum(len(part) for _, part in self.parts) > BUNDLE_BYTES_MAX:
            raise Malformed("bundle", f"longer than {BUNDLE_BYTES_MAX} bytes")

    def encode(self) -> bytes:
        """The bundle as an `.openline-proof` file."""
        parts = [
            b"%b %d\n%b" % (kind.encode("ascii"), len(part), part) for kind, part in self.parts
        ]
        return _BUNDLE + b"".join(parts)


def parse_bundle(data: bytes) -> Bundle:
    """Split a bundle into its parts; each is read by its own parser."""
    if len(data) > BUNDLE_BYTES_MAX + PARTS_MAX * LENGTH_LINE_MAX or not data.startswith(_BUNDLE):
        raise Malformed("bundle", "too long, or does not begin with its name")
    bundle = Bundle(tuple(_split_parts(data)))
    if bundle.encode() != data:
        raise Malformed("bundle", "not the canonical spelling")
    return bundle


@dataclass(frozen=True, slots=True)
class CardsPart:
    """A party's cards from 0 on, each with the checkpoint of the card log that ends with it."""

    party: str
    cards: tuple[tuple[bytes, bytes], ...]

    def __post_init__(self) -> None:
        check_party(self.party)
        if not 1 <= len(self.cards) <= CARDS_MAX:
            raise Malformed("cards", f"not 1 to {CARDS_MAX} cards")
        if sum(len(leaf) + len(note) for leaf, note in self.cards) > CARDS_BYTES_MAX:
            raise Malformed("cards", f"longer than {CARDS_BYTES_MAX} bytes")

    def encode(self) -> bytes:
        """The part of a bundle, and the answer to `ask card`."""
        parts = [b"%d\n%b" % (len(data), data) for card in self.cards for data in card]
        return self.party.encode("ascii") + b"\n" + b"".join(parts)


def parse_cards_part(data: bytes) -> CardsPart:
    """Split a chain of cards; each leaf and note is read by its own parser."""
    if len(data) > CARDS_BYTES_MAX + 2 * CARDS_MAX * LENGTH_LINE_MAX:
        raise Malformed("cards", "too long")
    party, at = _line(data, 0, "cards")
    pieces = []
    while at < len(data):
        length, at = _line(data, at, "cards")
        piece, at = _piece(data, at, length, "cards")
        pieces.append(piece)
    if len(pieces) % 2:
        raise Malformed("cards", "a card without its checkpoint")
    part = CardsPart(party, tuple(zip(pieces[::2], pieces[1::2], strict=True)))
    if part.encode() != data:
        raise Malformed("cards", "not the canonical spelling")
    return part


def _spell_entry(entry: RangeEntry) -> Value:
    return [entry.leaf.encode().decode("ascii"), [each.value() for each in entry.fields]]


def _parse_entry(value: Value) -> RangeEntry:
    leaf, fields = values.array(value, "range entry", 2)
    return RangeEntry(parse_leaf_text(leaf), parse_fields(fields))


@dataclass(frozen=True, slots=True)
class ConsistencyPart:
    """That a log's first `old` entries begin its tree of `size`; the roots stand elsewhere."""

    origin: str
    old: int
    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        check_key_name(self.origin)
        if not 1 <= check_int(self.old) < check_int(self.size):
            raise Malformed("consistency", "the first size is not below the second")
        if len(self.hashes) > PROOF_MAX:
            raise Malformed("consistency", f"more than {PROOF_MAX} hashes")

    def encode(self) -> bytes:
        """The part of a bundle."""
        lines = [self.origin, f"{self.old} {self.size}", *map(b64, self.hashes), ""]
        return "\n".join(lines).encode("ascii")


def parse_consistency(data: bytes) -> ConsistencyPart:
    """Read a consistency proof between two heads strictly."""
    lines = text_lines(data, _CONSISTENCY_BYTES_MAX, what="consistency")
    if len(lines) < 2:
        raise Malformed("consistency", "not a log, two sizes and hashes")
    old, _, size = lines[1].partition(" ")
    sizes = (parse_int(old, what="consistency size"), parse_int(size, what="consistency size"))
    hashes = tuple([unb64(line, HASH_SIZE, what="consistency hash") for line in lines[2:]])
    # Numbers, names and base64 have one spelling each, and so has a line that is made of them.
    return ConsistencyPart(lines[0], *sizes, hashes)


def _split_parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = len(_BUNDLE)
    while at < len(data):
        line, at = _line(data, at, "bundle")
        kind, _, length = line.partition(" ")
        part, at = _piece(data, at, length, "bundle")
        yield kind, part


def _line(data: bytes, at: int, what: str) -> tuple[str, int]:
    end = data.find(b"\n", at, at + LENGTH_LINE_MAX)
    if end < 0:
        raise Malformed(what, "a line without end, or a part cut short")
    try:
        return data[at:end].decode("ascii"), end + 1
    except UnicodeDecodeError:
        raise Malformed(what, "a line that is not ASCII") from None


def _piece(data: bytes, at: int, length: str, what: str) -> tuple[bytes, int]:
    end = at + parse_int(length, what=f"{what} length")
    if end > len(data):
        raise Malformed(what, "a part is cut short")
    return data[at:end], end
