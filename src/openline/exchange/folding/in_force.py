"""In-force digests: the list of a party's notices that stand, made, checked and answered.

Shapes   make(station, line_id, scope) -> (class, fields) of a digest to draft;
         check(station, place) -> Finding; reply(finding) -> (class, fields) of its answer
Units    sizes count entries of a log by its origin
Raises   NotADigest, NoSuchEntry
Source   docs/PROTOCOL.md part 11, "In-force digest"
Never    takes the sender's list for our own: the root is worked out from the entries held here
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.cases import shown
from openline.cases.entry import Entry, Ref
from openline.cases.in_force import below, in_force, is_readable
from openline.errors import OpenlineError
from openline.exchange.folding import entries, reading
from openline.exchange.station import Station
from openline.formats.form import name_of
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import b64, utc
from openline.formats.standing import ROWS_MAX, Standing, parse_blocks, spell_blocks
from openline.record.tree import leaf_hash, root_of

DIGEST: Final = "humanitarian/digest"
DIGEST_FORMAT: Final = "humanitarian/digest@1"
ANSWER_FORMAT: Final = "humanitarian/digest-answer@1"
IN_FORCE: Final = "in-force"
NONE_IN_FORCE: Final = "none-in-force"
SAME: Final = "same"
DIFFERS: Final = "differs"
NOT_HELD: Final = "not-held"
# What a list holds unless another scope is asked for.
SCOPE: Final = (
    "humanitarian/corridor",
    "humanitarian/movement",
    "humanitarian/site",
    "humanitarian/suspension-of-fire",
)
# A field holds so many references; the counts tell the rest.
REFS_MAX: Final = 150


class NotADigest(OpenlineError):
    """The entry named is not a digest that can be checked."""

    code: ClassVar[str] = "exchange.not-a-digest"
    remedy: ClassVar[str] = "Name a message of the form humanitarian/digest: `openline cases`."


@dataclass(frozen=True, slots=True)
class Finding:
    """What this node makes of a digest: result is same, differs or not-held."""

    place: Ref
    result: str
    root: bytes = b""
    count: int = 0
    only_here: tuple[Ref, ...] = ()
    only_there: tuple[Ref, ...] = ()
    changed: tuple[Ref, ...] = ()

    def value(self) -> dict[str, Value]:
        """As the surface shows it."""
        return {
            "ref": list(self.place),
            "result": self.result,
            "root": b64(self.root) if self.root else "",
            "count": self.count,
            "only_here": refs(self.only_here),
            "only_there": refs(self.only_there),
            "changed": refs(self.changed),
        }


def refs(found: Sequence[Ref]) -> list[Value]:
    """References as values."""
    return [[ref.origin, ref.index] for ref in found]


def listing(
    station: Station,
    line_id: bytes,
    party: str,
    sizes: Mapping[str, int],
    scope: Sequence[str],
    as_of_s: int,
) -> tuple[Standing, ...]:
    """The list of a party's notices in force, from the entries held here below these sizes."""
    state = below(reading.state(station, line_id), party, sizes)
    rows = in_force(state, party, scope, as_of_s)
    return tuple(
        Standing(
            row.ref.origin,
            row.ref.index,
            version_hash(station, row.version),
            utc(row.until_s) if row.until_s is not None else "",
        )
        for row in rows
    )


def version_hash(station: Station, place: Ref) -> bytes:
    """The leaf hash of a version: it commits to every field of it."""
    (leaf,) = station.store.leaves(place.origin, place.index, place.index + 1)
    return leaf_hash(leaf)


def root(rows: Sequence[Standing]) -> bytes:
    """The root over the list; of an empty list the root of the empty tree."""
    return root_of([leaf_hash(row.leaf()) for row in sorted(rows)])


def own_sizes(station: Station, line_id: bytes) -> dict[str, int]:
    """The logs of this party on a line, all epochs, as they are now."""
    return {
        log.origin: log.size
        for log in station.logs_of(line_id)
        if log.party == station.party and log.size
    }


def make(
    station: Station, line_id: bytes, scope: Sequence[str] = SCOPE
) -> tuple[str, dict[str, Value]]:
    """Class and fields of a digest of what this party has in force on a line now."""
    sizes, as_of_s = own_sizes(station, line_id), station.line_now(line_id)
    rows = listing(station, line_id, station.party, sizes, scope, as_of_s)
    fields: dict[str, Value] = {
        "as_of": utc(as_of_s),
        "scope": list[Value](sorted(scope)),
        "count": len(rows),
        "sizes": [[origin, size] for origin, size in sorted(sizes.items())],
        "root": b64(root(rows)),
    }
    before = latest(station, line_id, station.party)
    if before is not None:
        fields["previous"] = b64(version_hash(station, before.ref))
    if len(rows) <= ROWS_MAX:
        for number, (origin, block) in enumerate(spell_blocks(rows), 1):
            fields[f"list.{number}.origin"] = origin
            fields[f"list.{number}.rows"] = block
    return IN_FORCE if rows else NONE_IN_FORCE, fields


def latest(station: Station, line_id: bytes, party: str) -> Entry | None:
    """The digest that a party sent last on a line."""
    found = [
        entry
        for entry in reading.state(station, line_id).entries.values()
        if entry.party == party and name_of(entry.format) == DIGEST
    ]
    return max(found, key=shown.written, default=None)


def check(station: Station, place: Ref) -> Finding:
    """What we make of a digest: our own list at the sizes that it states, against its root."""
    entry = entries.at(station, place)
    log = station.log(place.origin)
    if name_of(entry.format) != DIGEST or log is None:
        raise NotADigest(f"{place.origin} entry {place.index} is {entry.format}")
    sizes = dict(shown.amounts(entry.fields, "sizes"))
    as_of_s = shown.time_s(entry.fields, "as_of")
    own = {log.origin for log in station.logs_of(log.line_id) if log.party == entry.party}
    if as_of_s is None or not sizes:
        raise NotADigest(f"{place.origin} entry {place.index} does not say what it looked at")
    state = reading.state(station, log.line_id)
    if not own.issuperset(sizes) or not is_readable(state, entry.party, sizes):
        return Finding(place, NOT_HELD)
    scope = shown.strings(entry.fields, "scope")
    ours = listing(station, log.line_id, entry.party, sizes, scope, as_of_s)
    stated = (shown.string(entry.fields, "root"), shown.integer(entry.fields, "count"))
    result = SAME if stated == (b64(root(ours)), len(ours)) else DIFFERS
    theirs = stated_list(entry)
    if theirs is None:
        return Finding(place, result, root(ours), len(ours))
    if root(theirs) != root(ours):
        result = DIFFERS  # a list that does not have the stated root differs as well
    return compared(Finding(place, result, root(ours), len(ours)), ours, theirs)


def stated_list(entry: Entry) -> tuple[Standing, ...] | None:
    """The list that a digest carries; None where it carries none that can be read."""
    blocks = []
    number = 1
    while f"list.{number}.rows" in entry.fields:
        names = (f"list.{number}.{word}" for word in ("origin", "rows"))
        origin, rows = (shown.string(entry.fields, name) for name in names)
        blocks.append((origin, rows))
        number += 1
    try:
        rows_read = parse_blocks(blocks)
    except Malformed:
        return None
    is_whole = len(rows_read) == shown.integer(entry.fields, "count")
    return rows_read if is_whole else None


def compared(finding: Finding, ours: Sequence[Standing], theirs: Sequence[Standing]) -> Finding:
    """The finding with what differs, notice by notice."""
    here = {Ref(row.origin, row.index): row for row in ours}
    there = {Ref(row.origin, row.index): row for row in theirs}
    return Finding(
        finding.place,
        finding.result,
        finding.root,
        finding.count,
        tuple(sorted(here.keys() - there.keys()))[:REFS_MAX],
        tuple(sorted(there.keys() - here.keys()))[:REFS_MAX],
        tuple(sorted(ref for ref in here.keys() & there.keys() if here[ref] != there[ref]))[
            :REFS_MAX
        ],
    )


def reply(finding: Finding) -> tuple[str, dict[str, Value]]:
    """Class and fields of the answer to a digest."""
    if finding.result == NOT_HELD:
        return NOT_HELD, {}
    fields: dict[str, Value] = {"root": b64(finding.root), "count": finding.count}
    found = {
        "only_here": finding.only_here,
        "only_there": finding.only_there,
        "other_version": finding.changed,
    }
    fields |= {path: refs(listed) for path, listed in found.items() if listed}
    return finding.result, fields
