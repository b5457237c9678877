"""One release, one effect: a draft that stands in the record twice acts through one of its entries.

Shapes   once(entries) -> the same entries, repeats marked; is_repeat(known, entry)
Units    none
Raises   nothing
Source   docs/PROTOCOL.md part 6 ("Release"); docs/decisions/0004-a-draft-acts-once.md
Never    looks at receipts: they differ between members, and all must fold alike
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from openline.cases.entry import Entry, Ref

REPEATED = "draft.repeated"
Key = tuple[str, str]
Known = dict[Key, Ref]


def once(entries: Iterable[Entry]) -> tuple[list[Entry], Known]:
    """Entries with every repeat marked and without effect, and the entry that acts per draft.

    A restore makes repeats: what was sequenced in an epoch that was forgotten still waits in the
    outbox, and is sequenced in the next one. The lower counter acts, then nonce, then index.
    """
    given = list(entries)
    first: dict[Key, Entry] = {}
    for entry in given:
        if entry.draft:
            held = first.get(key_of(entry))
            if held is None or place(entry) < place(held):
                first[key_of(entry)] = entry
    acting = {key: entry.ref for key, entry in first.items()}
    return [marked(entry, acting) for entry in given], acting


def marked(entry: Entry, acting: Mapping[Key, Ref]) -> Entry:
    """The entry with the mark of a repeat, or without it."""
    is_repeated = bool(entry.draft) and acting[key_of(entry)] != entry.ref
    if is_repeated == (REPEATED in entry.flaws):
        return entry
    others = tuple(flaw for flaw in entry.flaws if flaw != REPEATED)
    flaws = (*others, REPEATED) if is_repeated else others
    return replace(entry, flaws=flaws, effect=not flaws)


def is_repeat(known: Mapping[Key, Ref], entry: Entry) -> bool:
    """Whether another entry than this one has the same draft."""
    return bool(entry.draft) and known.get(key_of(entry), entry.ref) != entry.ref


def key_of(entry: Entry) -> Key:
    """A draft belongs to its party: another party's equal number is another draft."""
    return (entry.party, entry.draft)


def place(entry: Entry) -> tuple[int, str, int]:
    """The order in which entries of one draft come."""
    return (entry.counter, entry.nonce, entry.ref.index)
