"""Reading one pack file: declarative TOML, strict, refused whole with file, item and reason.

Shapes   parse_pack(data, file, known terms) -> Pack
Units    sizes are bytes; officers are persons
Raises   BadPack and nothing else
Source   docs/formats.md, "How to read a format"
Never    reads a disk or a network: the caller hands the bytes
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, ClassVar, Final, TypeVar

from openline.errors import OpenlineError
from openline.formats import openjson, pack_keys, terms
from openline.formats.days import BadDays, days_of
from openline.formats.form import (
    FAMILIES,
    GROUP,
    ON_EXPIRY,
    RULE_KINDS,
    TIMER_KINDS,
    TYPES,
    Format,
    Item,
    Pack,
    Rule,
    Timer,
    is_reserved,
)
from openline.formats.malformed import Malformed
from openline.formats.spell import HASH_SIZE, unb64

R = TypeVar("R")
T = TypeVar("T")

PACK_BYTES_MAX: Final = 262_144
FORMATS_MAX: Final = 200
ITEMS_MAX: Final = 100
PACK_SPELLING: Final = 1

PACK_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_FORMAT_ID: Final = re.compile(r"([a-z][a-z0-9-]{0,31})/[a-z][a-z0-9-]{0,63}@[1-9][0-9]{0,3}")
_PATH: Final = re.compile(r"[a-z0-9._-]{1,100}")
_NUMBER: Final = re.compile(r"[A-Z]?[1-9][0-9]{0,2}")
_VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_TIMER: Final = re.compile(r"[a-z][a-z0-9-]{0,31}\.[a-z][a-z0-9-]{0,63}")
_BELOW: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
GROUP_DEPTH_MAX: Final = 3
WARNINGS_MAX: Final = 8
DAYS_MAX: Final = 24
RULE_PATHS_MAX: Final = 8
RULE_MAX: Final = 1_000_000_000


class BadPack(OpenlineError):
    """A pack file that cannot be used, with the file, the item and the reason."""

    code: ClassVar[str] = "formats.bad-pack"
    remedy: ClassVar[str] = "Correct the named item of the pack file; nothing of it was loaded."

    def __init__(self, file: str, item: str, reason: str) -> None:
        super().__init__(f"{file}: {item}: {reason}")
        self.file, self.item, self.reason = file, item, reason


def parse_pack(data: bytes, file: str, known: Container[str]) -> Pack:
    """Read one pack file strictly; `known` holds the terms of the dictionary."""
    pack, faults = read_pack(data, file, known)
    for fault in faults:
        raise fault
    return pack


def read_pack(data: bytes, file: str, known: Container[str]) -> tuple[Pack, tuple["BadPack", ...]]:
    """A pack file with everything that is wrong with it, so that its author mends all at once.

    Only what leaves nothing to read raises.
    """
    if len(data) > PACK_BYTES_MAX:
        raise BadPack(file, "file", f"longer than {PACK_BYTES_MAX} bytes")
    try:
        table = tomllib.loads(data.decode("utf-8"))
        canonical = openjson.encode(table)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadPack(file, "file", f"is not TOML in UTF-8 ({error})") from None
    except Malformed as error:
        raise BadPack(file, "file", f"holds what Openline JSON cannot ({error})") from None
    reader = _Reader(file, known)
    pack = reader.pack(table, hashlib.sha256(canonical).digest())
    return pack, tuple(reader.faults)


class _Reader:
    """One pack file; every refusal names the file, the item and the reason."""

    def __init__(self, file: str, known: Container[str]) -> None:
        self._file, self._known = file, known
        self._at = "pack"
        self.faults: list[BadPack] = []

    def _each(self, rows: Iterable[R], read: Callable[[R], T]) -> tuple[T, ...]:
        """Every row that can be read; what is wrong with the others is noted."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except BadPack as fault:
                self.faults.append(fault)
        return tuple(found)

    def pack(self, table: Mapping[str, Any], sha256: bytes) -> Pack:
        self._keys(table, pack_keys.PACK)
        if self._int(table, "openline_pack", 1) != PACK_SPELLING:
            raise self._bad(f"openline_pack is not {PACK_SPELLING}")
        name = self._matched(table, "id", PACK_NAME)
        version = self._int(table, "version", 1, 9999)
        if self._file != f"{name}-{version}.toml":
            raise self._bad(f"the file should be called {name}-{version}.toml")
        common = self._items(self._tables(table, "common", ITEMS_MAX))
        if any(item.required for item in common):
            raise self._bad("a common item is never required")
        rows = self._tables(table, "format", FORMATS_MAX)
        formats = self._each(rows, lambda row: self._format(row, name, common))
        self._at = "pack"
        self._unique([form.id for form in formats], "format")
        parameters = self._parameters(table, formats)
        historic = self._bool(table, "historic")
        basis = self._text(table, "basis")
        words = self._hash(table, "words")
        return Pack(name, version, basis, common, formats, sha256, parameters, historic, words)

    def _parameters(self, table: Mapping[str, Any], formats: tuple[Format, ...]) -> tuple[str, ...]:
        """Timers that each party may set for itself: every one is named by a format."""
        value = self._texts(table, "parameters", FORMATS_MAX)
        if self.faults:
            return value  # a format that could not be read may have the timer
        named = {timer.name for form in formats for timer in form.timers}
        for each in value:
            if each not in named:
                raise self._bad(f"the parameter {each} is the timer of no format")
        return value

    def _format(self, row: Mapping[str, Any], pack: str, common: tuple[Item, ...]) -> Format:
        self._at = str(row.get("id", "format"))[:100]
        before = len(self.faults)
        self._keys(row, pack_keys.FORMAT)
        if self._matched(row, "id", _FORMAT_ID).partition("/")[0] != pack:
            raise self._bad(f"a format of this pack begins with {pack}/")
        items = self._items(self._tables(row, "items", ITEMS_MAX))
        form = Format(
            id=row["id"],
            term=self._term(row),
            family=self._one_of(row, "family", FAMILIES),
            basis=self._text(row, "basis"),
            items=items,
            common=common,
            classes=self._pairs(row, "classes", _VALUE, self._is_term),
            refs=self._one_of(row, "refs", {"none", "optional", "required"}, "optional"),
            predecessors=self._ids(row, "predecessors"),
            replies=self._ids(row, "replies"),
            needs=self._pairs(row, "needs", _VALUE, self._is_any),
            excludes=self._pairs(row, "excludes", _VALUE, self._is_any),
            timers=self._each(self._tables(row, "timers", ITEMS_MAX), self._timer),
            officers=self._int(row, "officers", 1, 2, 1),
            machine=self._bool(row, "machine"),
            visible=self._bool(row, "visible"),
            batch=self._bool(row, "batch"),
            safety=self._bool(row, "safety"),
            rules=self._each(self._tables(row, "rules", ITEMS_MAX), self._rule),
            checklist=self._bool(row, "checklist"),
        )
        if len(self.faults) == before:
            self._agrees(form)
        return form

    def _agrees(self, form: Format) -> None:
        """What one key says must not contradict what another says."""
        for own in form.items:
            for item in form.common:
                if item.path == own.path and (item.term, item.type) != (own.term, own.type):
                    raise self._bad(f"{own.path} is common to the pack with another term or type")
        for answer, path in (*form.needs, *form.excludes):
            if form.class_term(answer) is None:
                raise self._bad(f"needs or excludes name the class {answer}, which is not listed")
            if form.item(path) is None:
                raise self._bad(f"needs or excludes name the path {path}, which no item has")
        self._timers_agree(form)
        for rule in form.rules:
            for path in rule.paths:
                if form.item(path) is None and form.item(path.replace(".", ".1.", 1)) is None:
                    raise self._bad(f"the rule {rule.kind} names the path {path}, which is no item")
        if form.predecessors and form.refs == "none":
            raise self._bad("a format with predecessors must take a reference")
        if form.id in form.predecessors:
            raise self._bad("predecessors in a circle: the format would have to follow itself")
        if form.batch and (form.officers > 1 or form.safety):
            raise self._bad("a guarantee, a suspension or an incident is never released in a batch")

    def _timers_agree(self, form: Format) -> None:
        """What a rule of time counts to or from is an item that holds a time."""
        self._unique([timer.name for timer in form.timers], "timer")
        ruled = [timer for timer in form.timers if not timer.days]
        self._unique([f"{timer.kind} {timer.item}" for timer in ruled], "timer")
        for timer in form.timers:
            item = form.item(timer.item.replace(".*.", ".1.")) if timer.item else None
            if timer.kind == "lead" and not timer.item:
                raise self._bad(f"the timer {timer.name} needs an item of type time to count to")
            if timer.kind == "calendar" and not timer.days:
                raise self._bad(f"the timer {timer.name} follows a calendar and names no days")
            if timer.item and (item is None or item.type not in ("time", "day")):
                raise self._bad(f"the timer {timer.name} counts from no time: {timer.item}")

    def _rule(self, row: Mapping[str, Any]) -> Rule:
        """One rule over several items; what it does with them stands in deconflict."""
        self._keys(row, pack_keys.RULE)
        limits = {key: self._int(row, key, 0, RULE_MAX, 0) for key in ("most", "least", "advised")}
        paths = self._texts(row, "paths", RULE_PATHS_MAX)
        if not paths:
            raise self._bad("a rule names at least one path")
        kind = self._one_of(row, "kind", RULE_KINDS)
        if RULE_KINDS[kind] not in (0, len(paths)):
            raise self._bad(f"the rule {kind} names {RULE_KINDS[kind]} paths")
        return Rule(kind, paths, **limits, stops=self._bool(row, "stops"))

    def _timer(self, row: Mapping[str, Any]) -> Timer:
        """One rule of time; seconds stand in the charter, never in a pack."""
        self._keys(row, pack_keys.TIMER)
        warn = row.get("warn", [])
        if not isinstance(warn, list) or len(warn) > WARNINGS_MAX:
            raise self._bad(f"warn is not a list of at most {WARNINGS_MAX} numbers")
        if any(type(each) is not int or each < 1 for each in warn) or warn != sorted(
            set(warn), reverse=True
        ):
            raise self._bad("warn is not a list of seconds, largest first")
        days = self._texts(row, "days", DAYS_MAX)
        try:
            days_of(days)
        except BadDays as fault:
            raise self._bad(str(fault)) from None
        return Timer(
            kind=self._one_of(row, "kind", TIMER_KINDS),
            name=self._matched(row, "name", _TIMER),
            item=self._text(row, "item", ""),
            on_expiry=self._one_of(row, "on_expiry", ON_EXPIRY, ON_EXPIRY[0]),
            warn=tuple(warn),
            clock=self._one_of(row, "clock", ("utc", "local"), "utc"),
            days=days,
        )

    def _items(self, rows: Iterable[Mapping[str, Any]], depth: int = 0) -> tuple[Item, ...]:
        above = self._at
        items = self._each(rows, lambda row: self._item(row, above, depth))
        self._at = above
        self._unique([item.number for item in items], "number")
        self._unique([item.path for item in items], "path")
        for group in (item for item in items if item.type == GROUP):
            for other in items:
                if other.path.startswith(f"{group.path}."):
                    raise self._bad(f"{other.path} would stand inside the group {group.path}")
        return items

    def _item(self, row: Mapping[str, Any], above: str, depth: int) -> Item:
        self._at = f"{above}, item {str(row.get('path', row.get('number', '?')))[:100]}"
        self._keys(row, pack_keys.ITEM)
        path = self._matched(row, "path", _BELOW if depth else _PATH)
        if not depth and is_reserved(path):
            raise self._bad(f"the path {path} belongs to the protocol")
        kind = self._one_of(row, "type", TYPES)
        codes = self._pairs(row, "codes", _VALUE, self._is_term)
        if (kind == "code") != bool(codes):
            raise self._bad("codes go with the type code, and with no other")
        inner = self._tables(row, "items", ITEMS_MAX)
        if (kind == GROUP) != bool(inner):
            raise self._bad("items go with the type group, and with no other")
        if inner and depth >= GROUP_DEPTH_MAX:
            raise self._bad(f"groups stand in groups at most {GROUP_DEPTH_MAX} deep")
        unit = self._text(row, "unit", "")
        if unit and (kind != "int" or f"unit.{unit}" not in self._known):
            raise self._bad(f"the unit {unit} needs the type int and a term unit.{unit}")
        return Item(
            number=self._matched(row, "number", _NUMBER),
            path=path,
            term=self._term(row),
            type=kind,
            required=self._bool(row, "required"),
            repeatable=self._bool(row, "repeatable"),
            withheld=self._bool(row, "withheld"),
            unit=unit,
            codes=codes,
            vocabulary=self._text(row, "vocabulary", ""),
            items=self._items(inner, depth + 1),
        )

    # ---- single values -------------------------------------------------------------------

    def _bad(self, reason: str) -> BadPack:
        return BadPack(self._file, self._at, reason)

    def _keys(self, row: Mapping[str, Any], keys: pack_keys.Keys) -> None:
        """Every unknown key is noted, with the one that may be meant; all are told at once."""
        for key in sorted(set(row) - set(keys.meanings)):
            meant = pack_keys.meant(key, keys.meanings)
            self.faults.append(self._bad(f"unknown key {key[:80]}; {meant}"))
        missing = sorted(keys.required - set(row))
        if missing:
            is_one = len(missing) == 1
            raise self._bad(f"{', '.join(missing)} {'is' if is_one else 'are'} missing")

    def _text(self, row: Mapping[str, Any], key: str, default: str | None = None) -> str:
        value = row.get(key, default)
        if not isinstance(value, str):
            raise self._bad(f"{key} is not text")
        reason = terms.hostile(value, terms.BASIS_CHARACTERS_MAX) if value else None
        if reason:
            raise self._bad(f"{key} {reason}")
        return value

    def _hash(self, row: Mapping[str, Any], key: str) -> bytes:
        """The bytes of a SHA-256, none where the key is not there."""
        if key not in row:
            return b""
        try:
            return unb64(self._text(row, key), HASH_SIZE, what=key)
        except Malformed:
            raise self._bad(f"{key} is not the base64 of a SHA-256") from None

    def _matched(self, row: Mapping[str, Any], key: str, pattern: re.Pattern[str]) -> str:
        value = self._text(row, key)
        if not pattern.fullmatch(value):
            raise self._bad(f"{key} is not spelled {pattern.pattern}")
        return value

    def _one_of(
        self, row: Mapping[str, Any], key: str, allowed: Iterable[str], default: str | None = None
    ) -> str:
        value = self._text(row, key, default)
        if value not in allowed:
            raise self._bad(f"unknown {key} {value}")
        return value

    def _term(self, row: Mapping[str, Any]) -> str:
        term = self._text(row, "term")
        if not self._is_term(term):
            raise self._bad(f"unknown term {term}")
        return term

    def _int(
        self, row: Mapping[str, Any], key: str, low: int, high: int = 1, default: int | None = None
    ) -> int:
        value = row.get(key, default)
        if type(value) is not int or not low <= value <= high:
            raise self._bad(f"{key} is not a number from {low} to {high}")
        return value

    def _bool(self, row: Mapping[str, Any], key: str) -> bool:
        value = row.get(key, False)
        if type(value) is not bool:
            raise self._bad(f"{key} is not true or false")
        return value

    def _tables(self, row: Mapping[str, Any], key: str, most: int) -> list[Mapping[str, Any]]:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self._bad(f"{key} is not a list of tables")
        if len(value) > most:
            raise self._bad(f"more than {most} under {key}")
        return value

    def _pairs(
        self,
        row: Mapping[str, Any],
        key: str,
        first: re.Pattern[str],
        second: Callable[[str], bool],
    ) -> tuple[tuple[str, str], ...]:
        value = row.get(key, [])
        if not isinstance(value, list):
            raise self._bad(f"{key} is not a list of pairs")
        pairs: list[tuple[str, str]] = []
        for each in value:
            match each:
                case [str(left), str(right)]:
                    pairs.append((left, right))
                case _:
                    raise self._bad(f"{key} is not a list of pairs of text")
            if not first.fullmatch(left) or not second(right):
                raise self._bad(f"{key}: unknown {left} or {right}")
        if key in ("classes", "codes"):
            self._unique([left for left, _ in pairs], key)
        return tuple(pairs)

    def _texts(self, row: Mapping[str, Any], key: str, most: int) -> tuple[str, ...]:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._bad(f"{key} is not a list of texts")
        if len(value) > most:
            raise self._bad(f"more than {most} under {key}")
        self._unique(value, key)
        return tuple(value)

    def _ids(self, row: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(
            isinstance(each, str) and _FORMAT_ID.fullmatch(each) for each in value
        ):
            raise self._bad(f"{key} is not a list of format ids")
        self._unique(value, key)
        return tuple(value)

    def _unique(self, values: list[str], what: str) -> None:
        for value in sorted({each for each in values if values.count(each) > 1}):
            raise self._bad(f"the {what} {value} occurs twice")

    def _is_term(self, term: str) -> bool:
        return term in self._known

    def _is_any(self, path: str) -> bool:
        return _PATH.fullmatch(path) is not None
