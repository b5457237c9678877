"""A draft or a received message against its form: what is wrong, item by item.

Shapes   check(form, answer, fields) -> flaws in the order of the form; empty means none
Units    none
Raises   nothing: at drafting a flaw stops the release, in a received message it is shown beside it
Source   docs/formats.md, "What is checked"
Never    knows a key, a time now, a line or an entry: whether a notice is late is cases' work
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openline.formats import check_value, spell
from openline.formats.form import GROUP, NO_CLASS, Format, Item, is_reserved
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value

WRITERS_DUTY: Final = frozenset({"not-nfc"})
# Relations by which refs[0] names the entry that is replied to; other relations name any entry.
_REPLYING: Final = (None, "replies")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong. `path` is "" for the message as a whole; `code` has a term."""

    path: str
    code: str
    sentence: str

    @property
    def term(self) -> str:
        """The term of this flaw, for a reader in another language."""
        return f"flaw.{self.code}"


def check(
    form: Format,
    answer: str,
    fields: Mapping[str, Value],
    *,
    refers_to: Sequence[Format | None] | None = None,
    withheld: int = 0,
    drafting: bool = False,
) -> tuple[Flaw, ...]:
    """Everything that is wrong with a message of this form.

    `fields` are the content fields that can be read. `refers_to` are the formats of the entries
    that `refs` name, in order (None where that is not known); None leaves references unchecked.
    `withheld` counts the fields of a received message whose opening was not given: a required
    item that is not there may then be one of them. `drafting` adds what only the writer is held
    to: Unicode form NFC, on which two nodes with two Unicode versions might disagree; every other
    flaw is the same on every node, so that a fold may depend on it.
    """
    return (
        *_class_flaws(form, answer),
        *form.of_shape(
            f"missing {answer} {withheld > 0}",
            fields,
            lambda: _missing(form, answer, fields, withheld),
        ),
        *(flaw for flaw in _values(form, fields) if drafting or flaw.code not in WRITERS_DUTY),
        *form.of_shape(f"rows {withheld > 0}", fields, lambda: _rows(form, fields, withheld)),
        *_periods(fields),
        *_class_items(form, answer, fields, withheld),
        *(() if refers_to is None else _references(form, fields, refers_to)),
    )


def _class_flaws(form: Format, answer: str) -> Iterator[Flaw]:
    known = ", ".join(name for name, _ in form.classes)
    if not form.classes and answer != NO_CLASS:
        yield Flaw("", "unknown-class", f"{form.id} has no classes, but {answer} is given.")
    elif form.classes and answer == NO_CLASS:
        yield Flaw("", "missing-class", f"{form.id} needs a class: {known}.")
    elif form.classes and form.class_term(answer) is None:
        yield Flaw("", "unknown-class", f"{answer} is not a class of {form.id}: {known}.")


def _missing(
    form: Format, answer: str, fields: Mapping[str, Value], withheld: int
) -> Iterator[Flaw]:
    for item in _due(form.items, fields):
        if not item.required or is_given(item, fields):
            continue
        if withheld:
            yield Flaw(item.path, "not-shown", f"{_name(item)} is not shown; it may be withheld.")
        elif answer == "guarantee" and item.path == "until":
            yield Flaw(item.path, "no-end", f"{_name(item)} is missing: a guarantee must end.")
        else:
            yield Flaw(item.path, "missing", f"{_name(item)} is required and missing.")


def _due(items: Iterable[Item], fields: Mapping[str, Value]) -> Iterator[Item]:
    """Items of the form, and those of every row that was begun."""
    for item in items:
        yield item
        for n in item.rows(fields) if item.type == GROUP else ():
            yield from _due(item.row(n), fields)


def is_given(item: Item, fields: Mapping[str, Value]) -> bool:
    """Whether an item has a value; a group, whether anything stands below it."""
    return item.path in fields or (item.type == GROUP and bool(item.rows(fields)))


def _rows(form: Format, fields: Mapping[str, Value], withheld: int) -> Iterator[Flaw]:
    """Rows are counted from 1 without gaps, so that nobody wonders whether one is missing."""
    for item in _due((*form.items, *form.common), fields):
        if item.type != GROUP or not item.repeatable:
            continue
        rows = item.rows(fields)
        missing = sorted(set(range(1, len(rows) + 1)) - set(rows))
        if missing and withheld:
            yield Flaw(item.path, "not-shown", f"{_name(item)} row {missing[0]} is not shown.")
        elif missing:
            yield Flaw(item.path, "row-missing", f"{_name(item)} has no row {missing[0]}.")
        if len(rows) > check_value.REPEATS_MAX:
            yield Flaw(item.path, "too-long", f"{_name(item)} has too many rows.")


def _values(form: Format, fields: Mapping[str, Value]) -> Iterator[Flaw]:
    for path, value in fields.items():
        item = form.item(path)
        if path == "expires":
            continue  # the node writes it into every entry that officers release
        if is_reserved(path):
            yield Flaw(path, "reserved-path", f"{path} is a name of the protocol, not an item.")
        elif item is None:
            yield Flaw(path, "unknown-path", f"{form.id} has no item {path}.")
        else:
            for code, sentence in check_value.faults(item, value):
                yield Flaw(path, code, f"{_name(item)} {sentence}.")


def _periods(fields: Mapping[str, Value]) -> Iterator[Flaw]:
    for path in fields:
        above, dot, last = path.rpartition(".")
        if last != "until":
            continue
        start, end = _time(fields.get(f"{above}{dot}from")), _time(fields[path])
        if start is not None and end is not None and end <= start:
            yield Flaw(path, "ends-before-it-begins", f"`{path}` is not after its `from`.")


def _time(value: Value | None) -> int | None:
    try:
        return spell.parse_utc(value) if isinstance(value, str) else None
    except Malformed:
        return None


def _class_items(
    form: Format, answer: str, fields: Mapping[str, Value], withheld: int
) -> Iterator[Flaw]:
    for name, path in form.needs:
        if name == answer and not _stands(form, path, fields) and not withheld:
            yield Flaw(path, "needed-by-class", f"The class {answer} needs the item {path}.")
    for name, path in form.excludes:
        if name == answer and _stands(form, path, fields):
            yield Flaw(path, "excluded-by-class", f"The class {answer} takes no item {path}.")


def _stands(form: Format, path: str, fields: Mapping[str, Value]) -> bool:
    item = form.item(path)
    return path in fields or (item is not None and is_given(item, fields))


def _references(
    form: Format, fields: Mapping[str, Value], refers_to: Sequence[Format | None]
) -> Iterator[Flaw]:
    if not refers_to:
        if form.refs == "required" or form.predecessors:
            yield Flaw("", "missing-reference", f"{form.id} must name the entry it answers.")
        return
    if form.refs == "none":
        yield Flaw("", "unexpected-reference", f"{form.id} names no other entry.")
        return
    first = refers_to[0]
    if first is None or first.id == form.id:
        return
    if form.predecessors and first.id not in form.predecessors:
        allowed = ", ".join(form.predecessors)
        yield Flaw("", "wrong-predecessor", f"{form.id} follows {allowed}, not {first.id}.")
    elif fields.get("relation") in _REPLYING and form.id not in first.replies:
        yield Flaw("", "reply-not-foreseen", f"{first.id} is not answered by {form.id}.")


def _name(item: Item) -> str:
    return f"Item {item.number} ({item.path})"
