"""What changed from one version of a pack to another, item by item.

Shapes   changes(old, new) -> Change in the order of the new pack, what was taken away last
Units    none
Raises   nothing
Source   docs/formats.md, "A pack of your own"
Never    says whether a change is allowed: pack.together does, when both are loaded
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from openline.formats.form import Format, Item, Pack, outlined

ADDED = "added"
REMOVED = "removed"
CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, what became of it, and for a change what it was and what it is."""

    place: str
    what: str
    key: str = ""
    before: str = ""
    after: str = ""


def changes(old: Pack, new: Pack) -> Iterator[Change]:
    """Every difference between two packs; equal digests have none."""
    for key in ("name", "version", "basis", "parameters", "historic", "words"):
        yield from _differs("pack", key, getattr(old, key), getattr(new, key))
    yield from _items("common", old.common, new.common)
    before = {form.id: form for form in old.formats}
    for form in new.formats:
        if form.id not in before:
            yield Change(form.id, ADDED)
        else:
            yield from _formats(before[form.id], form)
    kept = {form.id for form in new.formats}
    yield from (Change(form.id, REMOVED) for form in old.formats if form.id not in kept)


def _formats(old: Format, new: Format) -> Iterator[Change]:
    for each in fields(Format):
        if each.name not in ("id", "items", "common"):
            yield from _differs(new.id, each.name, getattr(old, each.name), getattr(new, each.name))
    yield from _items(new.id, old.items, new.items)


def _items(place: str, old: tuple[Item, ...], new: tuple[Item, ...]) -> Iterator[Change]:
    before = {item.path: item for item in outlined(old)}
    after = {item.path: item for item in outlined(new)}
    for path, item in after.items():
        if path not in before:
            yield Change(f"{place}, item {path}", ADDED)
            continue
        for each in fields(Item):
            if each.name not in ("path", "items"):
                pair = getattr(before[path], each.name), getattr(item, each.name)
                yield from _differs(f"{place}, item {path}", each.name, *pair)
    yield from (Change(f"{place}, item {path}", REMOVED) for path in before if path not in after)


def _differs(place: str, key: str, before: object, after: object) -> Iterator[Change]:
    if before != after:
        yield Change(place, CHANGED, key, _spelled(before), _spelled(after))


def _spelled(value: object) -> str:
    match value:
        case bytes():
            return value.hex() or "-"
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(_row(each) for each in value) or "-"
        case _:
            return str(value) or "-"


def _row(value: object) -> str:
    """One element of a list: a pair by its name alone, whose term is a detail of it."""
    match value:
        case (str(left), str(right)):
            return f"{left} ({right})"
        case str():
            return value
        case _:
            return str(getattr(value, "name", value))
