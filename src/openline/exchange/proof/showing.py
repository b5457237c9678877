"""What of an entry a disclosure opens: chosen fields with their proofs, releases, officers.

Shapes   shown_entry(station, log, index, choice) -> Extra; shown_in_range(...) -> RangeEntry
Units    indexes count from 0; k counts released fields
Raises   EntryNotOpen, FieldNotHeld, ReleaseNotHeld
Source   docs/PROTOCOL.md part 9, "One entry"
Never    shows a withheld field, or a release, that was not asked for. What another party withheld
         from us cannot be shown: only its hash is here
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange.contents.opening import FIXED, Opened, read_archived
from openline.exchange.station import Station
from openline.formats.field import Field
from openline.formats.leaf import Leaf, parse_leaf
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.proof import RangeEntry
from openline.formats.release import Assertion, parse_assertion
from openline.formats.shown import Epoch, Extra, ShownField, ShownHead, ShownOfficer
from openline.record.officers import UnknownOfficer, officer_proof
from openline.record.release import PREFIX, BadRelease, card_size_of
from openline.record.tree import consistency_proof, inclusion_proof, root_of
from openline.store.contract import LogRow

ALWAYS: Final = ("format", "class", "refs", "withheld", "line", "at")
IN_RANGES: Final = FIXED[:5]
WITH_RELEASES: Final = ("draft", "expires")


class EntryNotOpen(OpenlineError):
    """The entry stands in the log, but its fields are not here to be shown."""

    code: ClassVar[str] = "exchange.entry-not-open"
    remedy: ClassVar[str] = "Wait for a reseal, or ask a member that holds the contents."


class FieldNotHeld(OpenlineError):
    """No such field is open here: the entry has none, or its sender withheld it."""

    code: ClassVar[str] = "exchange.field-not-held"
    remedy: ClassVar[str] = "See which fields are open with `openline show`; only its sender can."


class ReleaseNotHeld(OpenlineError):
    """The releases of this entry cannot be shown from here."""

    code: ClassVar[str] = "exchange.release-not-held"
    remedy: ClassVar[str] = "The party whose officers released it can show them; leave them out."


@dataclass(frozen=True, slots=True)
class Choice:
    """What to show. `paths` None: all that the addressees were shown; `releases` None: if held."""

    paths: tuple[str, ...] | None = None
    releases: bool | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """The opened lines of one entry, with the hash of each."""

    log: LogRow
    index: int
    leaf: Leaf
    items: tuple[Field | bytes, ...]
    hashes: tuple[bytes, ...]
    withheld: frozenset[int]

    @property
    def places(self) -> dict[str, int]:
        """The index of every field that is open here, by path."""
        return {item.path: i for i, item in enumerate(self.items) if isinstance(item, Field)}

    @property
    def releases(self) -> dict[int, Field]:
        """The releases that are open here, by index."""
        return {
            i: item
            for i, item in enumerate(self.items)
            if isinstance(item, Field) and item.path.startswith(PREFIX)
        }

    def value(self, path: str) -> Value:
        """The value of a field that is open here."""
        item = self.items[self.places[path]]
        return item.json if isinstance(item, Field) else ""

    def shown(self, indexes: Sequence[int]) -> tuple[ShownField, ...]:
        """Fields with their proofs, ascending."""
        found = []
        for i in sorted(set(indexes)):
            item = self.items[i]
            if isinstance(item, Field):
                found.append(ShownField(i, item, inclusion_proof(self.hashes, i)))
        return tuple(found)


def contents(station: Station, log: LogRow, index: int) -> Contents | None:
    """One entry from this node's archive, or None when its fields are not here."""
    row = station.store.entry(log.origin, index)
    if row is None:
        return None
    leaf = parse_leaf(row.leaf)
    opened = read_archived(station, log.origin, index, leaf)
    if opened is None:
        return None
    hashes = tuple(item.hash if isinstance(item, Field) else item for item in opened.items)
    return Contents(log, index, leaf, opened.items, hashes, withheld_of(opened))


def withheld_of(opened: Opened) -> frozenset[int]:
    """The indexes that the entry itself names as withheld."""
    named = opened.value("withheld")
    return (
        frozenset(i for i in named if isinstance(i, int))
        if isinstance(named, list)
        else frozenset()
    )


def shown_entry(
    station: Station, log: LogRow, index: int, choice: Choice, charter: str | None
) -> tuple[Extra, frozenset[str]]:
    """What a proof of one entry shows, and which of the chosen paths are not open here."""
    found = contents(station, log, index)
    if found is None:
        raise EntryNotOpen(f"{log.origin} entry {index}: its fields are not open here")
    places = found.places
    if choice.paths is None:
        wanted = {
            path: i
            for path, i in places.items()
            if i not in found.withheld and not path.startswith(PREFIX)
        }
    else:
        wanted = {path: places[path] for path in choice.paths if path in places}
    missing = frozenset(choice.paths or ()) - set(wanted)
    indexes = [*wanted.values(), *(places[path] for path in ALWAYS)]
    releases, officers = shown_releases(station, found, choice.releases)
    if releases:
        indexes += [*releases, *(places[path] for path in WITH_RELEASES)]
    heads = [
        ShownHead(k, root_of(found.hashes[:k]), consistency_proof(found.hashes, k))
        for k in releases
    ]
    epoch = Epoch(log.counter, log.nonce)
    extra = Extra(found.shown(indexes), tuple(heads), found.leaf, officers, charter, epoch)
    return extra, missing


def shown_releases(
    station: Station, found: Contents, is_wanted: bool | None
) -> tuple[list[int], tuple[ShownOfficer, ...]]:
    """The indexes of the releases to show, with their officers' leaves."""
    if is_wanted is False:
        return [], ()
    try:
        if not found.releases or not set(WITH_RELEASES) <= set(found.places):
            raise ReleaseNotHeld("no release of it is open here")
        assertions = {k: parse_assertion(field.json) for k, field in found.releases.items()}
        return list(assertions), officers_behind(station, found, assertions)
    except (ReleaseNotHeld, UnknownOfficer, BadRelease, Malformed) as refused:
        if is_wanted:
            where = f"{found.log.origin} entry {found.index}"
            raise ReleaseNotHeld(f"{where}: {refused}") from None
        return [], ()


def officers_behind(
    station: Station, found: Contents, assertions: Mapping[int, Assertion]
) -> tuple[ShownOfficer, ...]:
    """The leaf of every officer who released, each once, with its place in the officers' tree.

    Our own stand in our tree; those of another party come with the releases that it shows.
    """
    is_own = found.log.party == station.party
    leaves = station.officers(card_size_of(found.value("draft"))) if is_own else ()
    known = {leaf.person: leaf for leaf in leaves}
    shown: dict[bytes, ShownOfficer] = {}
    for assertion in assertions.values():
        place = assertion.officer
        if place is None and not is_own:
            raise ReleaseNotHeld(f"{found.log.party} has not shown the keys of its officers")
        if place is None:
            index, proof = officer_proof(leaves, assertion.person)
            place = ShownOfficer(index, known[assertion.person], proof)
        shown[assertion.person] = place
    return tuple(shown.values())


def shown_in_range(
    station: Station, log: LogRow, index: int, leaf: bytes, also: Sequence[str]
) -> RangeEntry:
    """An entry of a range: its leaf with fields 0 to 4, and further ones that it has.

    An entry that is not open here shows nothing: the verdict then says so.
    """
    found = contents(station, log, index)
    if found is None:
        return RangeEntry(parse_leaf(leaf), ())
    places = found.places
    paths = (*IN_RANGES, *(path for path in also if path in places))
    return RangeEntry(found.leaf, found.shown([places[path] for path in paths]))
