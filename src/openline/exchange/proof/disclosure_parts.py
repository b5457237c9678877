"""What a disclosure is to hold, as a person or a script asks for it.

Shapes   parse_parts(station, JSON list) -> EntryOf, RangeOf, CardsOf, CharterOf, EvidenceOf
Units    a range is [start, stop) in entry indexes
Raises   BadDisclosure, UnknownLine, NoSuchEntry
Source   docs/PROTOCOL.md part 9; `openline disclose --help`
Never    opens an entry: this file only reads what was asked for
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.folding import reading
from openline.exchange.folding.entries import NoSuchEntry
from openline.exchange.membership import lines
from openline.exchange.proof.showing import Choice
from openline.exchange.proof.vouching import Wanted
from openline.exchange.station import Station
from openline.formats.openjson import Value
from openline.record.release import PREFIX

PARTS_MAX: Final = 500
ALL_SHOWN: Final = "all-shown"
WHOLE: Final = ("at", "seen", "epoch", "past")
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "entry": frozenset({"ref", "fields", "releases", "receipts_of", "witnesses"}),
    "case": frozenset({"ref", "fields", "releases", "receipts_of", "witnesses"}),
    "range": frozenset({"origin", "from", "to", "also", "receipts_of", "witnesses"}),
    "absence": frozenset({"line", "party", "also", "receipts_of", "witnesses"}),
    "cards": frozenset({"party"}),
    "charter": frozenset({"line"}),
    "evidence": frozenset({"name"}),
}


class BadDisclosure(OpenlineError):
    """A disclosure was asked for in a way that cannot be carried out."""

    code: ClassVar[str] = "exchange.bad-disclosure"
    remedy: ClassVar[str] = "Name entries, ranges, cards or charters as `openline disclose` says."


@dataclass(frozen=True, slots=True)
class EntryOf:
    """One entry with the fields to show."""

    ref: Ref
    choice: Choice
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class RangeOf:
    """All entries of one log from `start`; `stop` None: up to the newest head that will do."""

    origin: str
    start: int
    stop: int | None
    also: tuple[str, ...]
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class CardsOf:
    """The card chain of a party."""

    party: str


@dataclass(frozen=True, slots=True)
class CharterOf:
    """The charter of a line."""

    line_id: bytes


@dataclass(frozen=True, slots=True)
class EvidenceOf:
    """Fork evidence that this node keeps under a name."""

    name: str


Part: TypeAlias = EntryOf | RangeOf | CardsOf | CharterOf | EvidenceOf


def parse_parts(station: Station, parts: Sequence[Value]) -> tuple[Part, ...]:
    """Read all parts strictly; an unknown key is refused, for it may be a misspelt one."""
    if not 1 <= len(parts) <= PARTS_MAX:
        raise BadDisclosure(f"not 1 to {PARTS_MAX} parts")
    return tuple(each for part in parts for each in parse_part(station, part))


def parse_part(station: Station, part: Value) -> Iterator[Part]:
    """One part; an absence is a range for every log of the line."""
    if not isinstance(part, dict):
        raise BadDisclosure("a part is a table")
    kind = text(part, "kind")
    unknown = set(part) - KEYS.get(kind, frozenset()) - {"kind"}
    if kind not in KEYS or unknown:
        raise BadDisclosure(f"{kind[:40]!r}: no such part, or it has no {sorted(unknown)[:1]}")
    if kind == "entry":
        yield EntryOf(ref(part), choice(part), wanted(part))
    elif kind == "case":
        yield from case_of(station, part)
    elif kind == "range":
        yield range_of(part)
    elif kind == "absence":
        yield from absence(station, part)
    elif kind == "cards":
        yield CardsOf(text(part, "party"))
    elif kind == "charter":
        yield CharterOf(lines.find(station, text(part, "line")))
    else:
        yield EvidenceOf(text(part, "name"))


def case_of(station: Station, part: Mapping[str, Value]) -> Iterator[EntryOf]:
    """Every entry of the case that an entry belongs to."""
    place = ref(part)
    log = station.log(place.origin)
    case = None if log is None else reading.state(station, log.line_id).case(place)
    if case is None:
        raise NoSuchEntry(
            f"{place.origin} entry {place.index} belongs to no case that is held here"
        )
    for entry in case.entries:
        yield EntryOf(entry.ref, choice(part), wanted(part))


def range_of(part: Mapping[str, Value]) -> RangeOf:
    """A range as asked for."""
    start = whole(part, "from")
    stop = whole(part, "to") if "to" in part else None
    if stop is not None and stop <= start:
        raise BadDisclosure(f"a range from {start} to {stop} holds no entry")
    return RangeOf(text(part, "origin"), start, stop, texts(part, "also") or (), wanted(part))


def absence(station: Station, part: Mapping[str, Value]) -> Iterator[RangeOf]:
    """Every log of a line from its first entry: those of the party, and those that name them."""
    line_id = lines.find(station, text(part, "line"))
    party = text(part, "party")
    logs = [log for log in station.logs_of(line_id) if log.size]
    if party not in {log.party for log in logs}:
        raise BadDisclosure(f"{party} has no log on this line")
    for log in sorted(logs, key=lambda each: (each.party != party, each.origin)):
        also = (*WHOLE, *(texts(part, "also") or ()))
        yield RangeOf(log.origin, 0, None, also, wanted(part))


def choice(part: Mapping[str, Value]) -> Choice:
    """Which fields and releases to show."""
    fields = part.get("fields", ALL_SHOWN)
    paths = None if fields == ALL_SHOWN else texts(part, "fields")
    if paths is not None and any(path.startswith(PREFIX) for path in paths):
        raise BadDisclosure("releases are asked for with `releases`: they need more than a field")
    return Choice(paths, flag(part, "releases"))


def wanted(part: Mapping[str, Value]) -> Wanted:
    """Whose signatures the part is to carry."""
    return Wanted(texts(part, "receipts_of"), flag(part, "witnesses"))


def ref(part: Mapping[str, Value]) -> Ref:
    """[origin, index]."""
    value = part.get("ref")
    if isinstance(value, list) and len(value) == 2:
        origin, index = value
        if isinstance(origin, str) and isinstance(index, int) and not isinstance(index, bool):
            return Ref(origin, index)
    raise BadDisclosure("ref: [origin, index] is expected")


def text(part: Mapping[str, Value], name: str) -> str:
    """A text that has to be there."""
    value = part.get(name)
    if not isinstance(value, str):
        raise BadDisclosure(f"{name}: a text is expected")
    return value


def texts(part: Mapping[str, Value], name: str) -> tuple[str, ...] | None:
    """A list of texts, or None when it is not given."""
    value = part.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadDisclosure(f"{name}: a list of texts is expected")
    return tuple(str(each) for each in value)


def whole(part: Mapping[str, Value], name: str) -> int:
    """A whole number from 0."""
    value = part.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadDisclosure(f"{name}: a whole number is expected")
    return value


def flag(part: Mapping[str, Value], name: str) -> bool | None:
    """True or false, or None when it is not given."""
    value = part.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadDisclosure(f"{name}: true or false is expected")
    return value
