"""The form of a message: numbered items, classes, and what may answer it; as a pack declares them.

Shapes   Item, Format, Pack: frozen values, made only by pack.parse_pack from a pack file
Units    none: an item's `unit` is a key of the dictionary ("h", "min"), never arithmetic
Raises   nothing
Source   docs/formats.md, "How to read a format"
Never    holds a label: an item names a term, and only the dictionary (terms.py) has words
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, TypeVar

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
        "attachment",  # {"age", "name", "plain", "size"}: a file that the message names
        "party",  # a party name, member or not
        "area",  # points in [longitude, latitude], integers of 1e-7 degree
        "amount",  # [category, number]
        "ref",  # [origin, index]
        "reading",  # [path, value], as the receiver understood it
        "opening",  # [origin, index, field, salt, path, value]
        "group",  # no value of its own: items below it, once or in rows counted from 1
    }
)
GROUP: Final = "group"
# The rules of time that a pack may name (domain of treaties: lead times, replies, calendars ...).
TIMER_KINDS: Final = (
    "lead",
    "lag",
    "acknowledge",
    "answer",
    "relay",
    "calendar",
    "period",
    "window",
    "lapse",
    "deemed",
    "supplement",
    "beat",
    "ending",
)
ON_EXPIRY: Final = ("record", "escalate", "lapsed", "deemed-accepted")
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
# How many items of rows a group keeps: a counterpart chooses how many rows there are.
T = TypeVar("T")

KNOWN_MAX: Final = 4_096
SHAPES_MAX: Final = 256
SHAPE_PATHS_MAX: Final = 100
_ROW: Final = re.compile(r"[1-9][0-9]{0,3}")
# Paths of the protocol itself: no pack may give them another meaning.
RESERVED: Final = frozenset(
    {"format", "class", "refs", "withheld", "line", "draft", "expires", "at", "seen"}
)


@lru_cache(maxsize=1024)
def name_of(format_id: str) -> str:
    """A format without its version."""
    return format_id.rpartition("@")[0]


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
    items: "tuple[Item, ...]" = ()
    known: "dict[str, Item | None]" = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def below(self, rest: str) -> "Item | None":
        """The item of a group at what follows the group's path; its own path is then the whole.

        Kept once it was made: every message of a form asks for the same few.
        """
        if rest in self.known:
            return self.known[rest]
        found = self._below(rest)
        if found is not None and len(self.known) < KNOWN_MAX:
            self.known[rest] = found
        return found

    def _below(self, rest: str) -> "Item | None":
        head = self.path
        if self.repeatable:
            row, _, rest = rest.partition(".")
            if not _ROW.fullmatch(row):
                return None
            head = f"{head}.{row}"
        inner = find(self.items, rest)
        if inner is None:
            return None
        number = f"{self.number}.{head.rpartition('.')[2]}" if self.repeatable else self.number
        return replace(
            inner,
            path=f"{head}.{inner.path}",
            number=f"{number}.{inner.number}",
            withheld=inner.withheld or self.withheld,
        )

    def rows(self, paths: Iterable[str]) -> list[int]:
        """Which rows of this group occur among paths, ascending; [0] for one without rows."""
        start = f"{self.path}."
        rest = [path[len(start) :] for path in paths if path.startswith(start)]
        if not self.repeatable:
            return [0] if rest else []
        heads = {each.partition(".")[0] for each in rest}
        return sorted(int(head) for head in heads if _ROW.fullmatch(head))

    def row(self, n: int) -> "tuple[Item, ...]":
        """The items of one row with their whole paths and numbers; n is 0 without rows."""
        found = (self.below(f"{n}.{x.path}" if self.repeatable else x.path) for x in self.items)
        return tuple(item for item in found if item is not None)

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


# What a pack may ask of values together; deconflict/form_rules.py has one function for each.
# The number is that of the paths it takes, 0 for any.
RULE_KINDS: Final[Mapping[str, int]] = {
    "precision": 1,  # positions have at least `least` decimals, better `advised`
    "inside": 2,  # the first area lies in the second
    "across-m": 1,  # an area is at most so wide
    "at-most": 1,  # a number is not above `most`
    "not-above": 2,  # the first number is not above the second, row by row
    "given": 0,  # the items should be there
    "within-s": 2,  # from the first time to the second at most so long, row by row
    "ascending": 0,  # times go on from row to row
    "touching-m": 1,  # rows of tracks follow each other with at most such a gap
    "speed-kmh": 3,  # a track between two times is not faster, row by row
    "rows": 2,  # a group has as many rows as the number says
    "no-reach": 0,  # free text holds no telephone number and no address of mail
    "twin": 3,  # place, kind, names: the line does not hold the same thing already
    "in-corridor": 2,  # rows of a way lie in the corridor that a reference names
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule over items of a format; paths of a repeatable group are without row numbers.

    A value that breaks it is said to whoever drafts and to whoever reads; with `stops` it is not
    released before it is put right.
    """

    kind: str
    paths: tuple[str, ...]
    most: int = 0
    least: int = 0
    advised: int = 0
    stops: bool = False


def find(items: "Iterable[Item]", path: str) -> "Item | None":
    """The item at a path among items, rows of groups included."""
    groups = []
    for item in items:
        if item.path == path:
            return item
        if item.type == GROUP and path.startswith(f"{item.path}."):
            groups.append(item)
    return next(
        (found for each in groups if (found := each.below(path[len(each.path) + 1 :]))), None
    )


def written(items: "Iterable[Item]", paths: "Iterable[str]") -> "Iterator[Item]":
    """The items that occur among paths, in the order of the form; a row of a group comes as the
    group with the row's path and number, then its items."""
    given = frozenset(paths)
    for item in items:
        if item.type != GROUP:
            if item.path in given:
                yield item
            continue
        for n in item.rows(given):
            head = f".{n}" if n else ""
            yield replace(item, path=f"{item.path}{head}", number=f"{item.number}{head}")
            yield from written(item.row(n), given)


def outlined(items: "Iterable[Item]", above: str = "", number: str = "") -> "Iterator[Item]":
    """Items with those of their groups below them; `N` stands for the number of a row."""
    for item in items:
        shown = replace(item, path=f"{above}{item.path}", number=f"{number}{item.number}")
        yield shown
        row = ".N" if item.repeatable else ""
        yield from outlined(item.items, f"{shown.path}{row}.", f"{shown.number}{row}.")


@dataclass(frozen=True, slots=True)
class Format:
    """One form: what a message of this kind must, may and may not hold.

    `refs` says whether refs[0] must name an entry (none, optional, required); `replies` are the
    formats whose refs[0] may name an entry of this one, besides an amendment in the same format;
    `predecessors`, where given, are the only formats that refs[0] may name. `needs` and `excludes`
    pair a class with a path. `timers` are its rules of time, at most one of a kind and item.
    `rules` hold several values together. Of a `checklist` every item is given and accepted by each
    member before it is agreed.
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
    timers: tuple[Timer, ...] = ()
    officers: int = 1
    machine: bool = False
    visible: bool = False
    batch: bool = False
    safety: bool = False
    rules: tuple[Rule, ...] = ()
    checklist: bool = False
    known: dict[str, Item] = field(default_factory=dict, init=False, repr=False, compare=False)
    shapes: dict[tuple[str, ...], tuple[Any, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of_shape(
        self, what: str, paths: Collection[str], work: Callable[[], Iterable[T]]
    ) -> tuple[T, ...]:
        """What follows from the paths of a message and from no value: kept for the next message of
        the same shape, for the rows of a table are alike."""
        key = (what, *paths)
        found = self.shapes.get(key)
        if found is None:
            found = tuple(work())
            if len(self.shapes) < SHAPES_MAX and len(key) <= SHAPE_PATHS_MAX:
                self.shapes[key] = found
        return found

    @property
    def pack(self) -> str:
        """The name of the pack that this format belongs to."""
        return self.id.partition("/")[0]

    def item(self, path: str) -> Item | None:
        """The item at a path, common items included; a format's own item comes first.

        Kept once it was found, like the items of a group.
        """
        if path in self.known:
            return self.known[path]
        found = find((*self.items, *self.common), path)
        if found is not None and len(self.known) < KNOWN_MAX:
            self.known[path] = found
        return found

    def written(self, paths: Iterable[str]) -> tuple[Item, ...]:
        """The items that occur among paths, in the order of the form, common ones last."""
        own = {item.path for item in self.items}
        common = (item for item in self.common if item.path not in own)
        return tuple(written((*self.items, *common), paths))

    def class_term(self, answer: str) -> str | None:
        """The term of one class, or None where this format does not know it."""
        return dict(self.classes).get(answer)

    def timer(self, kind: str) -> Timer | None:
        """The first rule of time of a kind; None: nothing of the kind is due."""
        return next((timer for timer in self.timers if timer.kind == kind), None)

    def withheld(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those among paths that a draft withholds unless its author decides otherwise."""
        named = tuple(paths)

        def work() -> Iterator[str]:
            for item in self.written(named):
                if item.withheld and item.type != GROUP:
                    yield item.path

        return self.of_shape("withheld", named, work)


@dataclass(frozen=True, slots=True)
class Pack:
    """A named, versioned, hashed set of formats; a charter agrees on it by its digest.

    `parameters` are charter timers that each party may set for itself (`timer NAME.PARTY`);
    `historic` says that the agreement behind it is no longer in force. `words` is the SHA-256 of
    the English words that a pack of one's own brings with it, empty where it has none.
    """

    name: str
    version: int
    basis: str
    common: tuple[Item, ...]
    formats: tuple[Format, ...]
    digest: bytes
    parameters: tuple[str, ...] = ()
    historic: bool = False
    words: bytes = b""

    def format(self, format_id: str) -> Format | None:
        """The format of that id, or None."""
        for form in self.formats:
            if form.id == format_id:
                return form
        return None
