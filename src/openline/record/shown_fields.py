"""Shown fields of one entry, proven under its leaf: the header that must be there, and the rest.

Shapes   read_header(leaf, fields) -> Header; field_rows(header, fields) -> lines and facts
Units    indexes count from 0
Raises   BadProof: a field is not under the leaf, out of its place, or missing; Malformed
Source   docs/PROTOCOL.md parts 6 ("Fields") and 9 ("One entry")
Never    calls a withheld field told or received: who reveals it later is the sender alone
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openline.formats import values
from openline.formats.field import Field
from openline.formats.form import is_reserved
from openline.formats.leaf import Leaf
from openline.formats.legible import visible
from openline.formats.openjson import Value
from openline.formats.shown import ShownField
from openline.formats.spell import HASH_SIZE, INTEGER_MAX, check_key_name
from openline.record.tree import BadProof, verify_inclusion
from openline.record.verdict import REVEALED, TOLD, count_of

FIXED: Final = ("format", "class", "refs", "withheld", "line", "draft")
REQUIRED: Final = FIXED[:5]
TEXT_BYTES_MAX: Final = 100
REFS_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Place:
    """An entry as `refs` and `at` name it."""

    origin: str
    index: int


@dataclass(frozen=True, slots=True)
class SeenHead:
    """A head that a party says it held: from the fields `seen` and `past`."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """Fields 0 to 4 of every entry, and what else is shown, by path."""

    format: str
    answer: str
    refs: tuple[Place, ...]
    withheld: frozenset[int]
    line_id: bytes
    shown: dict[str, Field]


def read_header(leaf: Leaf, fields: Sequence[ShownField]) -> Header:
    """Prove every shown field under the leaf and read those that must be shown."""
    shown: dict[str, Field] = {}
    for each in fields:
        path = each.field.path
        verify_inclusion(each.field.hash, each.index, leaf.fields, each.proof, leaf.fields_root)
        due = FIXED[each.index] if each.index < len(FIXED) else None
        if due != path and (due is not None or path in FIXED):
            raise BadProof(f"field {each.index}: `{path}` is out of its place")
        if path in shown:
            raise BadProof(f"field {each.index}: the path `{path}` occurs twice")
        shown[path] = each.field
    missing = [path for path in REQUIRED if path not in shown]
    if missing:
        raise BadProof(f"not shown: the field `{missing[0]}`, without which nothing is")
    return Header(
        format=short(shown["format"]),
        answer=short(shown["class"]),
        refs=read_refs(shown["refs"].json),
        withheld=read_withheld(shown["withheld"].json, leaf.fields),
        line_id=values.data(shown["line"].json, "line", HASH_SIZE),
        shown=shown,
    )


def check_at(header: Header, origin: str, index: int) -> None:
    """The entry must say itself that it stands here: else it was moved from another log."""
    if "at" not in header.shown:
        raise BadProof("not shown: the field `at`, which names log and index")
    check_place(header, origin, index)


def check_place(header: Header, origin: str, index: int) -> None:
    """If `at` is shown it names this place."""
    if "at" in header.shown and read_place(header.shown["at"].json) != Place(origin, index):
        raise BadProof(f"the field `at` names another place than {origin} entry {index}")


def seen_heads(header: Header, path: str) -> tuple[SeenHead, ...]:
    """The heads in a `seen` or `past` field; none if it is not shown."""
    if path not in header.shown:
        return ()
    heads = []
    for each in values.array(header.shown[path].json, path):
        origin, size, root = values.array(each, path, 3)
        heads.append(
            SeenHead(
                check_key_name(values.text(origin, path)),
                values.whole(size, path),
                values.data(root, path, HASH_SIZE),
            )
        )
    return tuple(heads)


def field_rows(header: Header, fields: Sequence[ShownField]) -> tuple[list[str], list[Value]]:
    """Each shown field, and whether the addressee was shown it, as lines and as facts."""
    lines: list[str] = []
    facts: list[Value] = []
    for each in fields:
        told = REVEALED if each.index in header.withheld else TOLD
        value = each.field.value.decode("utf-8")
        # Printable ASCII neither hides nor turns, and most values are that.
        text = value if value.isascii() and value.isprintable() else visible(value)
        lines.append(f"field {each.index} {each.field.path} = {text} ({told})")
        facts.append([each.index, each.field.path, value, told])
    return lines, facts


@dataclass(frozen=True, slots=True)
class ContentCounts:
    """Of how many fields of what an entry tells it is known what: `of` is their number, `shown` are
    in the file, `withheld` are not and were not shown to the addressee either."""

    shown: int
    of: int
    withheld: int

    @property
    def left_out(self) -> int:
        """Fields that the addressee was shown, and that this file only does not show."""
        return self.of - self.shown - self.withheld


def content_counts(header: Header, fields: Sequence[ShownField], count: int) -> ContentCounts:
    """How much of what the entry tells is shown: not the fields that every entry has, of which the
    last, `seen`, is hardly ever shown.

    What is shown neither as a release nor as `expires` may be content, so it counts as such.
    """
    last = count - 1
    known = {each.index for each in fields if len(FIXED) <= each.index < last}
    shown = sum(not is_reserved(each.field.path) for each in fields if each.index >= len(FIXED))
    hidden = max(0, last - len(FIXED) - len(known))
    withheld = sum(index < last and index not in known for index in header.withheld)
    return ContentCounts(shown, shown + hidden, withheld)


def counted(
    header: Header, fields: Sequence[ShownField], count: int
) -> tuple[str, dict[str, Value]]:
    """How many fields are shown of how many, and which of the others the addressee was shown, in
    words and as facts."""
    content = content_counts(header, fields, count)
    facts: dict[str, Value] = {
        "shown": len(fields),
        "of": count,
        "content_shown": content.shown,
        "content_of": content.of,
        "content_withheld": content.withheld,
    }
    said = (
        f"{len(fields)} of {count_of(count, 'field')} shown,"
        f" {content.shown} of {content.of} of the message itself;"
        f" not shown: {content.withheld} withheld from the addressee,"
        f" {content.left_out} left out of this file"
    )
    return said, facts


def revealed(header: Header, fields: Sequence[ShownField]) -> list[Value]:
    """Paths of shown fields that the addressee was not shown with the entry."""
    return [each.field.path for each in fields if each.index in header.withheld]


def short(field: Field) -> str:
    """A format or class: text of at most 100 bytes."""
    text = values.text(field.json, field.path)
    if len(text.encode("utf-8")) > TEXT_BYTES_MAX:
        raise BadProof(f"the field `{field.path}` is longer than {TEXT_BYTES_MAX} bytes")
    return text


def read_place(value: Value) -> Place:
    """[origin, index]."""
    origin, index = values.array(value, "place", 2)
    return Place(check_key_name(values.text(origin, "place")), values.whole(index, "place"))


def read_refs(value: Value) -> tuple[Place, ...]:
    """A list of places."""
    items = values.array(value, "refs")
    if len(items) > REFS_MAX:
        raise BadProof(f"more than {REFS_MAX} refs")
    return tuple(read_place(each) for each in items)


def read_withheld(value: Value, count: int) -> frozenset[int]:
    """Sorted indexes of fields, none of which is one that every member must see."""
    indexes = [values.whole(each, "withheld") for each in values.array(value, "withheld")]
    if sorted(set(indexes)) != indexes or (indexes and indexes[-1] >= min(count, INTEGER_MAX)):
        raise BadProof("the field `withheld` is not sorted, or names fields that there are not")
    if indexes and indexes[0] < len(FIXED):
        raise BadProof("the field `withheld` names a field that every member must see")
    return frozenset(indexes)
