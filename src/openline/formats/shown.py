"""What a disclosure shows of an entry: fields, heads of releases, officers, the leaf, the charter.

Shapes   Extra <-> Openline JSON (the `extra` of a proof); ShownField and Shown<...> <-> arrays
Units    indexes count from 0; k counts released fields; raw JSON at most 48,000 bytes
Raises   Malformed
Source   docs/PROTOCOL.md part 9, "One entry"
Never    believes what it reads: nothing here is authenticated before `record.disclosure` has
         recomputed every root
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from openline.formats import openjson, values
from openline.formats.charter import CHARTER_BYTES_MAX
from openline.formats.field import FIELDS_MAX, Field
from openline.formats.leaf import Leaf, parse_leaf
from openline.formats.malformed import Malformed
from openline.formats.officer import OfficerLeaf, parse_officer
from openline.formats.openjson import Value
from openline.formats.spell import HASH_SIZE, b64, check_int, check_size, utf8

EXTRA_BYTES_MAX: Final = 48_000
PROOF_MAX: Final = 63
EPOCH_MAX: Final = 2**32 - 1

_REQUIRED: Final = frozenset({"fields", "heads", "leaf"})
_OPTIONAL: Final = frozenset({"charter", "epoch", "officers"})
_EPOCH_NONCE_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field, its index, and the proof that it stands under the fields root."""

    index: int
    field: Field
    proof: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.index < FIELDS_MAX:
            raise Malformed("shown field", f"the index is not below {FIELDS_MAX}")
        _check_proof(self.proof, "shown field")

    def value(self) -> Value:
        """The field as a proof or range holds it."""
        salt, opening = b64(self.field.salt), self.field.value.decode("utf-8")
        return [self.index, salt, self.field.path, opening, _spell_proof(self.proof)]


@dataclass(frozen=True, slots=True)
class ShownHead:
    """The root of the first `k` fields, and the proof that the fields root extends it."""

    k: int
    root: bytes
    proof: tuple[bytes, ...]

    def __post_init__(self) -> None:
        check_int(self.k, FIELDS_MAX, what="shown head")
        check_size(self.root, HASH_SIZE, what="shown head")
        _check_proof(self.proof, "shown head")

    def value(self) -> Value:
        """The head as a proof holds it."""
        return [self.k, b64(self.root), _spell_proof(self.proof)]


@dataclass(frozen=True, slots=True)
class ShownOfficer:
    """An officer's leaf, its index, and the proof that it stands in the tree of the card."""

    index: int
    leaf: OfficerLeaf
    proof: tuple[bytes, ...]

    def __post_init__(self) -> None:
        check_int(self.index, what="shown officer")
        _check_proof(self.proof, "shown officer")

    def value(self) -> Value:
        """The officer as a proof holds it."""
        return [self.index, self.leaf.text(), _spell_proof(self.proof)]


class Epoch(NamedTuple):
    """Counter and nonce of a log: with line id and party they give its origin, and no other."""

    counter: int
    nonce: bytes

    def value(self) -> Value:
        """The epoch as an `open` entry, a proof or a range holds it."""
        return [self.counter, b64(self.nonce)]


@dataclass(frozen=True, slots=True)
class Extra:
    """Everything that a proof of one entry shows beside the log's own proof."""

    fields: tuple[ShownField, ...]
    heads: tuple[ShownHead, ...]
    leaf: Leaf
    officers: tuple[ShownOfficer, ...] = ()
    charter: str | None = None
    epoch: Epoch | None = None

    def __post_init__(self) -> None:
        check_fields(self.fields)
        if len(self.heads) > FIELDS_MAX or len(self.officers) > FIELDS_MAX:
            raise Malformed("extra", f"more than {FIELDS_MAX} heads or officers")
        if self.charter is not None:
            check_charter(self.charter)

    def encode(self) -> bytes:
        """The `extra` of a proof; what has more than 48,000 bytes is split by fields."""
        value: dict[str, Value] = {
            "fields": [each.value() for each in self.fields],
            "heads": [each.value() for each in self.heads],
            "leaf": self.leaf.encode().decode("ascii"),
        }
        if self.officers:
            value["officers"] = [each.value() for each in self.officers]
        if self.charter is not None:
            value["charter"] = self.charter
        if self.epoch is not None:
            value["epoch"] = self.epoch.value()
        data = openjson.encode(value)
        if len(data) > EXTRA_BYTES_MAX:
            raise Malformed("extra", f"longer than {EXTRA_BYTES_MAX} bytes")
        return data


def parse_extra(data: bytes) -> Extra:
    """Read an extra strictly: fields ascend, nothing unknown."""
    value = openjson.decode(data, bytes_max=EXTRA_BYTES_MAX)
    table = values.table(value, "extra", _REQUIRED, _OPTIONAL)
    extra = Extra(
        fields=parse_fields(table["fields"]),
        heads=tuple(_parse_head(each) for each in values.array(table["heads"], "heads")),
        leaf=parse_leaf_text(table["leaf"]),
        officers=tuple(
            parse_shown_officer(each)
            for each in values.array(table.get("officers", []), "officers")
        ),
        charter=values.text(table["charter"], "charter") if "charter" in table else None,
        epoch=parse_epoch(table["epoch"]) if "epoch" in table else None,
    )
    if extra.encode() != data:
        raise Malformed("extra", "not the canonical spelling")
    return extra


def parse_fields(value: Value) -> tuple[ShownField, ...]:
    """The shown fields of one entry."""
    found = values.array(value, "fields")
    if len(found) > FIELDS_MAX:
        raise Malformed("fields", f"more than {FIELDS_MAX}")
    return tuple([_parse_field(each) for each in found])


def parse_epoch(value: Value) -> Epoch:
    """Counter and nonce."""
    counter, nonce = values.array(value, "epoch", 2)
    number = check_int(values.whole(counter, "epoch counter"), EPOCH_MAX, what="epoch counter")
    return Epoch(number, values.data(nonce, "epoch nonce", _EPOCH_NONCE_SIZE))


def parse_leaf_text(value: Value) -> Leaf:
    """A leaf that travels as text."""
    return parse_leaf(utf8(values.text(value, "leaf"), what="leaf"))


def parse_shown_officer(value: Value) -> ShownOfficer:
    """An officer with the place in the tree."""
    index, leaf, proof = values.array(value, "shown officer", 3)
    return ShownOfficer(
        values.whole(index, "shown officer"),
        parse_officer(utf8(values.text(leaf, "officer"), what="officer")),
        values.hashes(proof, "shown officer", PROOF_MAX),
    )


def check_fields(fields: tuple[ShownField, ...]) -> None:
    """Ascending, so that no field is shown twice."""
    indexes = [each.index for each in fields]
    if sorted(set(indexes)) != indexes:
        raise Malformed("fields", "not ascending, or one is shown twice")


def check_charter(text: str) -> None:
    """Bounds only: a charter that does not parse is a verdict of its own."""
    if len(openjson.encode(text)) > CHARTER_BYTES_MAX:
        raise Malformed("charter", f"longer than {CHARTER_BYTES_MAX} bytes as a field value")


def _parse_field(value: Value) -> ShownField:
    index, salt, path, opening, proof = values.array(value, "shown field", 5)
    field = Field(
        values.data(salt, "salt", HASH_SIZE),
        values.text(path, "path"),
        utf8(values.text(opening, "value"), what="value"),
    )
    return ShownField(
        values.whole(index, "shown field"), field, values.hashes(proof, "shown field", PROOF_MAX)
    )


def _parse_head(value: Value) -> ShownHead:
    k, root, proof = values.array(value, "shown head", 3)
    return ShownHead(
        values.whole(k, "shown head"),
        values.data(root, "shown head", HASH_SIZE),
        values.hashes(proof, "shown head", PROOF_MAX),
    )


def _check_proof(proof: tuple[bytes, ...], what: str) -> None:
    if len(proof) > PROOF_MAX:
        raise Malformed(what, f"more than {PROOF_MAX} proof hashes")
    for each in proof:
        check_size(each, HASH_SIZE, what=what)


def _spell_proof(proof: tuple[bytes, ...]) -> list[Value]:
    return [b64(each) for each in proof]
