"""The form of a message: numbered items, classes, and what may answer it; as a pack declares them.

Shapes   Item, Format, Pack: frozen values, made only by pack.parse_pack from a pack file
Units    none: an item's `unit` is a key of the dictionary ("h", "min"), never arithmetic
Raises   nothing
Source   docs/formats.md, "How to read a format"
Never    holds a label: an item names a term, and only the dictionary (terms.py) has words
"""

from dataclasses import dataclass
from typing import Final

# Every type that an item may have; check.py has one rule for each, render.py one spelling.
TYPES: Final = frozenset(
    {
        "text",  # [{"lang", "status", "text"}...]
        "text-or-string",  # either, for a scope that is one short phrase
        "string",  # one line as the sender wrote it
        "block",  # several lines, machine text (a head, signature lines)
        "slug",  # a-z 0-9 and hyphens: a topic, a level
        "code",  # one of the item's codes
        "time",  # RFC 3339 UTC
        "day",  # MM-DD, a day of every year
        "int",
        "bool",
        "hash",  # base64 of 32 bytes
        "party",  # a party name, member or not
        "area",  # points in [longitude, latitude], integers of 1e-7 degree
        "amount",  # [category, number]
        "ref",  # [origin, index]
        "reading",  # [path, value], as the receiver understood it
        "opening",  # [origin, index, field, salt, path, value]
    }
)
FAMILIES: Final = frozenset(
    {
        "notice",
        "ladder",
        "answer",
        "question",
        "closing",
        "reveal",
        "line",
        "relay",
        "contact",
        "incident",
        "statement",
        "position",
        "text",
        "agreement",
        "obligation",
    }
)
NO_CLASS: Final = "-"
# Paths of the protocol itself: no pack may give them another meaning.
RESERVED: Final = frozenset(
    {"format", "class", "refs", "withheld", "line", "draft", "expires", "at", "seen"}
)


def is_reserved(path: str) -> bool:
    """Whether a path belongs to the protocol (PROTOCOL part 6), so that no pack may use it."""
    return path in RESERVED or path.startswith("release.")


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered item of a form. `codes` pairs each value with its term."""

    number: str
    path: str
    term: str
    type: str
    required: bool = False
    repeatable: bool = False
    withheld: bool = False
    unit: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    vocabulary: str = ""

    def code_term(self, code: str) -> str | None:
        """The term of one code, or None where this item does not know it."""
        return dict(self.codes).get(code)


@dataclass(frozen=True, slots=True)
class Timer:
    """One rule of time of a format; the seconds are the charter's, under `name`.

    `item` is the path that it counts to or from; `warn` are seconds before it is due, descending;
    `days` are MM-DD, mon to sun or HH:MM, for rules that follow a calendar.
    """

    kind: str
    name: str
    item: str = ""
    on_expiry: str = "record"
    warn: tuple[int, ...] = ()
    clock: str = "utc"
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """One form: what a message of this kind must, may and may not hold.

    `refs` says whether refs[0] must name an entry (none, optional, required); `replies` are the
    formats whose refs[0] may name an entry of this one, besides an amendment in the same format;
    `predecessors`, where given, are the only formats that refs[0] may name. `needs` and `excludes`
    pair a class with a path. `timers` pairs acknowledge, answer or lead with a charter timer.
    """

    id: str
    term: str
    family: str
    basis: str
    items: tuple[Item, ...]
    common: tuple[Item, ...]
    classes: tuple[tuple[str, str], ...] = ()
    refs: str = "optional"
    predecessors: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    excludes: tuple[tuple[str, str], ...] = ()
    timers: tuple[tuple[str, str], ...] = ()
    lead_item: str = ""
    officers: int = 1
    machine: bool = False
    visible: bool = False
    batch: bool = False
    safety: bool = False

    @property
    def pack(self) -> str:
        """The name of the pack that this format belongs to."""
        return self.id.partition("/")[0]

    def item(self, path: str) -> Item | None:
        """The item at a path, common items included; a format's own item comes first."""
        for item in (*self.items, *self.common):
            if item.path == path:
                return item
        return None

    def class_term(self, answer: str) -> str | None:
        """The term of one class, or None where this format does not know it."""
        return dict(self.classes).get(answer)

    def timer(self, kind: str) -> str | None:
        """The charter timer for acknowledge, answer or lead; None: nothing is due."""
        return dict(self.timers).get(kind)

    @property
    def withheld(self) -> tuple[str, ...]:
        """The paths that a draft withholds unless its author decides otherwise."""
        return tuple(item.path for item in self.items if item.withheld)


@dataclass(frozen=True, slots=True)
class Pack:
    """A named, versioned, hashed set of formats; a charter agrees on it by its digest."""

    name: str
    version: int
    basis: str
    common: tuple[Item, ...]
    formats: tuple[Format, ...]
    digest: bytes

    def format(self, format_id: str) -> Format | None:
        """The format of that id, or None."""
        for form in self.formats:
            if form.id == format_id:
                return form
        return None
