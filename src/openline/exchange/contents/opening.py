"""Opening an envelope: the sender's fault, our own fault, or an entry with a meaning.

Shapes   Opened holds the lines of one entry; check_lines raises Faulty(class) of PROTOCOL part 6
Units    seeds are tried newest first, 16 at a time and at most 64
Raises   Faulty (a `defect` of the sender), CannotYet (a key of ours is missing: ask `reseal`)
Source   docs/PROTOCOL.md parts 6 and 8
Never    judges meaning: format, release, time and references are judged in `judging`
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from openline.cases.entry import Entry, Ref
from openline.cases.rules import is_reveal, openings
from openline.envelope.suite import CannotOpen
from openline.errors import OpenlineError
from openline.exchange.contents import archive
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.field import SALT_SIZE, Field, new_field, parse_lines, spell_lines
from openline.formats.leaf import Leaf
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import unb64
from openline.record.tree import root_of
from openline.store.contract import LogRow
from openline.store.faults import StoreDamaged

FIXED = ("format", "class", "refs", "withheld", "line", "draft")
SEEDS_MAX = 16
# A keyring that outlived many restores holds more than one try may: the newest of them, in turn.
SEEDS_TRIED = 64
PREKEY_BYTES = 1216


class Faulty(OpenlineError):
    """The entry's hash matches, but what it holds breaks the form: a defect of its sender."""

    code: ClassVar[str] = "exchange.faulty-entry"
    remedy: ClassVar[str] = "The entry stays in the record as a defect; ask for it to be said anew."

    def __init__(self, kind: str, reason: str, *, proved: bool = False) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        # Whether the lines give the signed root: then the fault is the author's, whoever sent them.
        self.proved = proved


class CannotYet(OpenlineError):
    """A prekey that was due is not at hand: our own fault, never a defect of the sender."""

    code: ClassVar[str] = "exchange.cannot-open-yet"
    remedy: ClassVar[str] = "A holder reseals the entry; the node asks by itself."


@dataclass(frozen=True, slots=True)
class Opened:
    """The lines of one entry: fields as shown to us, bare hashes where withheld."""

    items: tuple[Field | bytes, ...]
    _read: dict[str, Value] = field(default_factory=dict, repr=False, compare=False)
    _places: dict[str, Field] = field(default_factory=dict, repr=False, compare=False)

    def value(self, path: str) -> Value | None:
        """The value at a path, or None when it is not shown. Readers do not change it."""
        if not self._places:
            # Of two fields with one path (a defect) the first is meant, as everywhere.
            for i in range(len(self.items) - 1, -1, -1):
                item = self.items[i]
                if isinstance(item, Field):
                    self._places[item.path] = item
        field = self._places.get(path)
        return None if field is None else self.shown(field)

    def shown(self, item: Field) -> Value:
        """The value of one of the fields, read once."""
        if item.path not in self._read:
            self._read[item.path] = item.json
        return self._read[item.path]

    def lines(self) -> bytes:
        """The lines as an archive file holds them."""
        return spell_lines(self.items)


def fixed(items: tuple[Field | bytes, ...], index: int, path: str) -> Field:
    """A field that is never withheld; Faulty when it is not where it has to be."""
    item = items[index]
    if not isinstance(item, Field) or item.path != path:
        raise Faulty("fields", f"field {index} is not a shown `{path}`", proved=True)
    return item


def check_lines(
    leaf: Leaf, plaintext: bytes, origin: str, index: int, *, gaps_allowed: bool = False
) -> Opened:
    """The opened entry when lines, count, root, place and withheld list are as they must be.

    `gaps_allowed` is for a reseal by somebody who never had the withheld openings.
    """
    try:
        items = parse_lines(plaintext, leaf.fields)
    except Malformed as fault:
        raise Faulty("lines", str(fault)) from None
    if root_of([i.hash if isinstance(i, Field) else i for i in items]) != leaf.fields_root:
        raise Faulty("fields", "the fields do not give the root in the leaf")
    if len(items) < len(FIXED) + 2:
        short = f"{len(items)} fields, at least {len(FIXED) + 2} are due"
        raise Faulty("fields", short, proved=True)
    named = [fixed(items, i, path) for i, path in enumerate(FIXED)][FIXED.index("withheld")]
    # Bytes are compared, not values: in Python true equals 1, in the record it does not.
    if fixed(items, len(items) - 2, "at").value != openjson.encode([origin, index]):
        raise Faulty("place", "`at` names another place in the record", proved=True)
    fixed(items, len(items) - 1, "seen")
    bare: list[Value] = [i for i, item in enumerate(items) if not isinstance(item, Field)]
    paths = [item.path for item in items if isinstance(item, Field)]
    if len(set(paths)) != len(paths):
        raise Faulty("withheld", "a path occurs twice", proved=True)
    is_part = gaps_allowed and set(map(str, bare)) <= withheld_names(named.json)
    if openjson.encode(bare) != named.value and not is_part:
        other = "the bare hashes are not exactly the `withheld` list"
        raise Faulty("withheld", other, proved=True)
    return Opened(items)


def withheld_names(named: Value) -> set[str]:
    """The field numbers that a `withheld` value names, as text; what is no number names none."""
    listed = named if isinstance(named, list) else []
    return {str(i) for i in listed if isinstance(i, int) and not isinstance(i, bool)}


def check_prekey(station: Station, leaf: Leaf, opened: Opened) -> None:
    """`open` and `keys` name a key that can be sealed to; Faulty for any other.

    Sealing to every member happens at once: one key that cannot be sealed to would silence all.
    """
    if leaf.kind not in ("open", "keys"):
        return
    named = opened.value("prekey")
    try:
        public = unb64(named if isinstance(named, str) else "", PREKEY_BYTES, what="prekey")
        station.suite.seal([public], b"trial", station.random)
    except OpenlineError as fault:
        raise Faulty("fields", f"`prekey`: {fault}", proved=True) from None


def due_seeds(station: Station, log: LogRow, kind: str, stated: int) -> tuple[list[bytes], bool]:
    """Seeds to try, newest first, and whether one that was due may be missing here.

    `stated` is the size of our own log in the sender's previous `seen`: due is every prekey from
    the one current there up to the newest. `open` and `keys` entries go to the card key. Seeds
    that no entry held open here names are tried as well: the keyring outlives a restore.
    """
    if kind in ("open", "keys"):
        return station.keyring.seal_seeds, False
    active = station.own_log(log.line_id)
    rows = sorted(
        station.own_prekeys(log.line_id),
        key=lambda row: active is None or row.origin != active.origin,
    )
    seeds: list[bytes] = []
    missing = not is_current(station, log)
    for row in rows:
        held = station.keyring.prekeys.get((row.origin, row.index))
        if held is None:
            missing = True
        else:
            seeds.append(held.seed)
        is_older = active is not None and row.origin == active.origin and row.index < stated
        if is_older and is_latest(station, log.line_id):
            break
    named = {(row.origin, row.index) for row in rows}
    unnamed = [
        prekey.seed
        for place, prekey in station.keyring.prekeys.items()
        if place not in named and is_unnamed_here(station, log.line_id, place[0])
    ]
    if not stated:
        seeds += station.keyring.seal_seeds
    return [*seeds, *reversed(unnamed)][:SEEDS_TRIED], missing


def is_latest(station: Station, line_id: bytes) -> bool:
    """Whether no other own epoch has a counter like the current one's, or a higher one.

    Such an epoch was forgotten in a restore and came back: members may seal to its keys.
    """
    active = station.own_log(line_id)
    return active is not None and all(
        each.counter < active.counter
        for each in station.logs_of(line_id)
        if each.party == station.party and each.origin != active.origin
    )


def is_unnamed_here(station: Station, line_id: bytes, origin: str) -> bool:
    """Whether an own log is forgotten, or of this line with entries that are not open again."""
    held = station.log(origin)
    return held is None or held.line_id == line_id


def is_current(station: Station, log: LogRow) -> bool:
    """Whether this node knows all that it ever said on the line, as far as the sender shows.

    Only then can an envelope that does not open be the sender's fault: after a restore it may be
    sealed to a prekey that this database has forgotten.
    """
    session = station.sessions.get(log.party)
    if log.line_id in station.suspect or session is None or not session.boot:
        return False
    own = {o.origin for o in station.logs_of(log.line_id) if o.party == station.party}
    if any(origin in own for origin, _ in station.waiting()):
        return False  # among them may be the entry that named the key
    for origin, (size, _) in session.heads.items():
        if origin.startswith(f"{station.party}/openline/"):
            held = station.log(origin)
            if held is None or held.size < size:
                return False
    return True


def open_entry(
    station: Station, log: LogRow, index: int, leaf: Leaf, envelope: bytes, stated: int
) -> tuple[Opened, bytes]:
    """One entry of a foreign log and its file key, or whose fault it is that it does not open."""
    seeds, missing = due_seeds(station, log, leaf.kind, stated)
    others = len(station.charter(log.line_id).members) - 1
    try:
        plaintext, file_key = unsealed(station, seeds, envelope, others)
    except CannotOpen as fault:
        if missing:
            raise CannotYet(f"{log.origin} entry {index}: a due prekey is missing") from None
        if (leaf.kind in ("open", "keys") or not stated) and lacks_card_key(station):
            raise CannotYet(f"{log.origin} entry {index}: an earlier card's key is gone") from None
        raise Faulty("sealed", str(fault)) from None
    opened = check_lines(leaf, plaintext, log.origin, index)
    check_prekey(station, leaf, opened)
    return opened, file_key


def unsealed(
    station: Station, seeds: list[bytes], envelope: bytes, others: int
) -> tuple[bytes, bytes]:
    """The plaintext and file key of an envelope, tried with as many seeds at once as one may."""
    last = (max(len(seeds), 1) - 1) // SEEDS_MAX * SEEDS_MAX
    for at in range(0, last, SEEDS_MAX):
        with contextlib.suppress(CannotOpen):
            return station.suite.unseal_keyed(seeds[at : at + SEEDS_MAX], envelope, others)
    return station.suite.unseal_keyed(seeds[last:], envelope, others)


def lacks_card_key(station: Station) -> bool:
    """Whether a sealing key that one of our cards named was destroyed since.

    All members knew a newer card then, and all they had said was here. After a restore it is not,
    and a member that went back in time itself seals to the older card: neither is a fault.
    """
    held = {station.suite.seal_public(seed) for seed in station.keyring.seal_seeds}
    return any(card.seal not in held for card in station.cards(station.party))


def read_archived(station: Station, origin: str, index: int, leaf: Leaf) -> Opened | None:
    """The opened lines of an entry from this node's own archive, or None when not kept."""
    try:
        items = archive.read(station, origin, index, leaf)
    except StoreDamaged:
        return None  # `log verify` names it; a member gives the envelope again
    return None if items is None else Opened(items)


def as_refs(value: Value | None) -> tuple[Ref, ...]:
    """References as written; a malformed one is left out (its flaw is judged elsewhere)."""
    found = []
    for each in value if isinstance(value, list) else []:
        if isinstance(each, list) and len(each) == 2:
            origin, index = each
            if isinstance(origin, str) and isinstance(index, int) and not isinstance(index, bool):
                found.append(Ref(origin, index))
    return tuple(found)


def content_of(
    opened: Opened, withheld: frozenset[int]
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Content fields shown to the addressees, and those that only this node can read."""
    shown: dict[str, Value] = {}
    hidden: dict[str, Value] = {}
    for i, item in enumerate(opened.items[len(FIXED) : -2], start=len(FIXED)):
        if isinstance(item, Field) and not item.path.startswith("release."):
            (hidden if i in withheld else shown)[item.path] = opened.shown(item)
    return shown, hidden


def entry_of(
    log: LogRow, index: int, leaf: Leaf, opened: Opened | None, state: str, flaws: tuple[str, ...]
) -> Entry:
    """The entry as the fold is given it; an entry without opened lines has kind and place only."""
    if opened is None:
        return Entry(
            Ref(log.origin, index), log.party, log.counter, log.nonce.hex(), leaf.time_s,
            leaf.kind, "-", "-", (), {}, flaws=flaws, effect=False, state=state,
        )  # fmt: skip
    named = opened.value("withheld")
    withheld = tuple(i for i in named if isinstance(i, int)) if isinstance(named, list) else ()
    shown, hidden = content_of(opened, frozenset(withheld))
    entry = Entry(
        ref=Ref(log.origin, index),
        party=log.party,
        counter=log.counter,
        nonce=log.nonce.hex(),
        time_s=leaf.time_s,
        kind=leaf.kind,
        format=str(opened.value("format")),
        answer=str(opened.value("class")),
        refs=as_refs(opened.value("refs")),
        fields=shown,
        hidden=hidden,
        withheld=withheld,
        flaws=flaws,
        effect=not flaws,
        state=state,
        draft=draft_of(opened),
        commitments=b"".join(hashes_of(opened, withheld)),
    )
    return replace(entry, opens=opened_hashes(entry)) if is_reveal(entry) else entry


def hashes_of(opened: Opened, indexes: Iterable[int]) -> Iterator[bytes]:
    """The commitments to these fields, opened here or not."""
    for i in indexes:
        if 0 <= i < len(opened.items):
            item = opened.items[i]
            yield item.hash if isinstance(item, Field) else item


def opened_hashes(reveal: Entry) -> tuple[bytes, ...]:
    """What each opening of a reveal hashes to; nothing for one that can be no field."""
    found = []
    for each in openings(reveal):
        try:
            found.append(new_field(each.path, each.value, unb64(each.salt, SALT_SIZE)).hash)
        except Malformed:
            found.append(b"")
    return tuple(found)


def draft_of(opened: Opened) -> str:
    """The number in the `draft` field as it is spelled; "" where there is none."""
    match opened.value("draft"):
        case [int(), str(number)]:
            return number
    return ""


def stated_sizes(station: Station, line_id: bytes, seen: Value | None) -> dict[str, int]:
    """Sizes of our own logs as a `seen` field states them.

    Only of logs that are held: else a member could fill this node with names that it made up.
    """
    own = {log.origin for log in station.logs_of(line_id) if log.party == station.party}
    sizes: dict[str, int] = {}
    for each in seen if isinstance(seen, list) else []:
        match each:
            case [str(origin), int(size), str()] if origin in own and not isinstance(size, bool):
                sizes[origin] = max(0, size)
    return sizes


def sizes_to_bytes(sizes: Mapping[str, int]) -> bytes:
    """Stated sizes as a meta value."""
    return openjson.encode([[origin, size] for origin, size in sorted(sizes.items())])


def sizes_from_bytes(data: bytes | None) -> dict[str, int]:
    """What `sizes_to_bytes` wrote; empty when nothing was stored."""
    value = openjson.decode(data, values_max=100_000) if data else []
    pairs = value if isinstance(value, list) else []
    return {str(p[0]): int(str(p[1])) for p in pairs if isinstance(p, list)}
