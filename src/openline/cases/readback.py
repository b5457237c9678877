"""A readback compared with what was told: the fold compares, nobody's word for it is taken.

Shapes   compared(told, read) -> Comparison of one readback; compared_over(told, readbacks) -> of
         all of one party's, in its order; equal means equal in Openline JSON, or one place in two
         spellings; asked(form, told) -> the items that are to be read back;
         left_out(...) -> those of them that a party has not read back
Units    none
Raises   nothing
Source   docs/cases.md, "The ladder"; a place read back wrong by kilometres cost lives
Never    compares a field that was withheld: it was not told, so it cannot be read back. Never lets
         the readback of one item stand for the whole message
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from openline.cases import rules, shown
from openline.cases.entry import Entry
from openline.formats.form import Format, Item, name_of
from openline.formats.openjson import Value
from openline.formats.place.compare import same_place

CORRECT: Final = "correct"
DIFFERS: Final = "differs"
# What costs lives when it is wrong: places, times, numbers. These items are asked to be read back.
CRITICAL: Final = frozenset({"area", "time", "int", "amount", "day"})
CRITICAL_PATHS: Final = frozenset({"place", "route", "direction"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A path that was read back otherwise. `told` is None where nothing was told there."""

    path: str
    told: Value | None
    read: Value


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the readback shows: `of` content fields were told, those at `paths` were read back."""

    result: str
    stated: str
    paths: frozenset[str]
    of: int
    differs: tuple[Difference, ...]

    @property
    def compared(self) -> int:
        return len(self.paths)


def compared(told: Entry, read: Entry) -> Comparison:
    """The readback against the entry that it names; once content was erased, only what it states.

    Two parties erase at their own time, so one of the two may still be readable: it says nothing
    alone.
    """
    if "erased" in (told.state, read.state):
        result = CORRECT if read.answer == CORRECT else DIFFERS
        return Comparison(result, read.answer, frozenset(), 0, ())
    content = shown.content(told)
    readings = list(_readings(read))
    differs = tuple(
        Difference(path, told.fields.get(path), value)
        for path, value in readings
        if path not in told.fields or not is_read_back(told.fields[path], value)
    )
    paths = frozenset(path for path, _ in readings if path in content)
    is_correct = bool(readings) and not differs and read.answer == CORRECT
    result = CORRECT if is_correct else DIFFERS
    return Comparison(result, read.answer, paths, len(content), differs)


def compared_over(told: Entry, reads: Sequence[Entry]) -> Comparison:
    """All readbacks of one party together: of each item its last reading counts.

    What was read wrongly stays wrong until that item is read correctly: a later readback of another
    item says nothing of it.
    """
    last = reads[-1]
    found = compared(told, last)
    if "erased" in (told.state, last.state):
        return found
    readings = {path: value for read in reads for path, value in _readings(read)}
    differs = tuple(
        Difference(path, told.fields.get(path), value)
        for path, value in readings.items()
        if path not in told.fields or not is_read_back(told.fields[path], value)
    )
    content = shown.content(told)
    paths = frozenset(path for path in readings if path in content)
    result = DIFFERS if differs else found.result
    return Comparison(result, found.stated, paths, found.of, differs)


def is_asked(item: Item) -> bool:
    """Whether an item of a form is one that a receiver is asked to read back."""
    is_critical = item.type in CRITICAL or item.path.rpartition(".")[2] in CRITICAL_PATHS
    return is_critical and not item.repeatable


def asked(form: Format | None, told: Entry) -> frozenset[str]:
    """Paths of what a message tells and asks to be read back; none of a form unknown here."""
    if form is None:
        return frozenset()
    items = ((path, form.item(path)) for path in shown.content(told))
    return frozenset(path for path, item in items if item is not None and is_asked(item))


def left_out(
    form: Format | None, told: Entry, before: Sequence[Entry], paths: Iterable[str]
) -> tuple[str, ...]:
    """Items that are to be read back and stand neither in a new readback of `paths` nor in one of
    the same party before it, in the order in which they were told."""
    read = {*paths, *(path for each in before for path, _ in _readings(each))}
    wanted = asked(form, told)
    return tuple(path for path in shown.content(told) if path in wanted - read)


def _readings(read: Entry) -> Iterator[tuple[str, Value]]:
    value = read.fields.get("fields")
    for each in value if isinstance(value, list) else []:
        match each:
            case [str(path), reading]:
                yield path, reading


def is_read_back(told: Value, read: Value) -> bool:
    """Equal, or the same place in another spelling."""
    return is_same(told, read) or same_place(told, read) is True


def is_same(one: Value, other: Value) -> bool:
    """Equality of two values as they are spelled: true is not 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


def is_misread(told: Entry, read: Entry) -> bool:
    """Whether a readback of this entry was called correct and is not."""
    if name_of(read.format) != rules.READBACK:
        return False
    comparison = compared(told, read)
    return comparison.stated == CORRECT and comparison.result == DIFFERS
