"""Whole lines in memory, signed with the keys of the vectors: what a disclosure is made from.

`World` is a charter with its members and one neutral witness; `Log` is one party's log on it, to
which entries are added and of which proofs, ranges and bundles are cut. Everything is real: the
same signatures and trees as on a node, so that a test may break exactly one of them.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from openline.envelope.release import SoftwareAuthenticator
from openline.envelope.standard import StandardSuite
from openline.formats.card import Desk, End, card_origin, fingerprint, next_of, parse_card
from openline.formats.charter import Charter, Member, origin_of, parse_charter
from openline.formats.field import Field, new_field
from openline.formats.head import Head
from openline.formats.leaf import Leaf
from openline.formats.note import (
    Note,
    Signature,
    Vkey,
    cosignature_v1_message,
    pack_timestamped,
    subtree_message,
)
from openline.formats.officer import OfficerLeaf, parse_officer
from openline.formats.openjson import Value
from openline.formats.policy import Policy, parse_policy
from openline.formats.proof import Bundle, CardsPart, Range, RangeEntry, TlogProof
from openline.formats.release import Assertion, challenge, release_statement
from openline.formats.shown import Extra, ShownField, ShownHead, ShownOfficer
from openline.formats.spell import b64, unb64, utc
from openline.record.tree import (
    EMPTY,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
)
from tests.vectors import load

SUITE = StandardSuite()
T0 = 1_700_000_000
NORTH, SOUTH, EAST = "mfa.north.example", "mfa.south.example", "mfa.east.example"
REQUIRED = ("format", "class", "refs", "withheld", "line", "at")


def spread(*words: object) -> bytes:
    """Thirty-two bytes that differ for other words."""
    return hashlib.sha256(repr(words).encode()).digest()


@dataclass(frozen=True)
class Officer:
    """An officer of the vectors, or a made-up one with another's key or person id."""

    leaf: OfficerLeaf
    private: bytes

    def release(self, statement: bytes, rp_id: str, **changes: Any) -> Assertion:
        """This officer's assertion over a statement."""
        made = asserted(self.private, self.leaf.person, statement, rp_id)
        return replace(made, **changes)


@cache
def asserted(private: bytes, person: bytes, statement: bytes, rp_id: str) -> Assertion:
    """Equal statements give equal assertions, although ES256 draws a nonce: so worlds are equal."""
    key = SoftwareAuthenticator(private, person, SUITE)
    return key.assert_statement(challenge(statement), rp_id, f"https://{rp_id}")


class Party:
    """A party of the vectors: its seeds, its officers and its card log."""

    def __init__(self, name: str) -> None:
        found = next(each for each in load("party")["parties"] if each["name"] == name)
        self.name = name
        self.seeds = {key: bytes.fromhex(seed) for key, seed in found["role_seeds"].items()}
        self.roots = [[bytes.fromhex(seed) for seed in found["root_seeds"]]]
        self.officers = [
            Officer(parse_officer(each["leaf"].encode()), unb64(each["private_key_pkcs8"]))
            for each in found["officers"]
        ]
        self.cards = [parse_card(found["card"].encode())]
        self.notes = [self.card_note(0)]

    @property
    def releasers(self) -> list[Officer]:
        return [each for each in self.officers if "releaser" in each.leaf.roles]

    def enrol(self, officers: Iterable[Officer]) -> None:
        """Officers for the first card, in the place of those of the vectors."""
        self.officers = list(officers)
        leaves = [each.leaf for each in self.officers]
        hashes = [leaf_hash(each) for each in sorted(leaf.encode() for leaf in leaves)]
        desk = Desk("desk." + self.name, len(leaves), root_of(hashes))
        self.cards = [replace(self.cards[0], desk=desk)]
        self.notes = [self.card_note(0)]

    def rotate(self, time_s: int, ends: Sequence[End] = ()) -> None:
        """One more card. The card before it is written anew to name its root keys."""
        n = len(self.cards)
        self.roots.append([spread(self.name, "root", n, kind) for kind in (1, 6)])
        publics = [
            SUITE.public(kind, seed) for kind, seed in zip((1, 6), self.roots[n], strict=True)
        ]
        origin = card_origin(self.name)
        root1, root6 = Vkey(origin, 1, publics[0]), Vkey(origin, 6, publics[1])
        self.cards[-1] = replace(self.cards[-1], next=next_of(root1, root6))
        self.cards.append(
            replace(
                self.cards[-1],
                n=n,
                time_s=time_s,
                root1=root1,
                root6=root6,
                next=spread("next", n),
                ends=tuple(ends),
            )
        )
        self.notes = [self.card_note(i) for i in range(n + 1)]

    def card_note(self, n: int) -> bytes:
        """The checkpoint of the card log that ends with card n."""
        card = self.cards[n]
        head = self.card_head(n)
        keys = zip((card.root1, card.root6), self.roots[n], strict=True)
        return Note(
            head.text(), tuple(sign(head, v, seed, card.time_s) for v, seed in keys)
        ).encode()

    def card_head(self, n: int) -> Head:
        frontier = EMPTY.extend([leaf_hash(card.encode()) for card in self.cards[: n + 1]])
        return Head(card_origin(self.name), n + 1, frontier.root)

    @property
    def part(self) -> CardsPart:
        leaves = [card.encode() for card in self.cards]
        return CardsPart(self.name, tuple(zip(leaves, self.notes, strict=True)))

    @property
    def fingerprint(self) -> bytes:
        return fingerprint(self.cards[0])

    def seed(self, role: str, kind: int) -> bytes:
        return self.seeds[f"{role}/{kind}"]

    def vkey(self, role: str, kind: int, name: str = "") -> Vkey:
        public = SUITE.public(kind, self.seed(role, kind))
        return Vkey(name or f"{self.name}/{role}", kind, public)


def sign(head: Head, vkey: Vkey, seed: bytes, time_s: int) -> Signature:
    """A line of any kind over a head."""
    if vkey.kind == 1:
        return Signature(vkey.name, vkey.key_id, SUITE.sign(1, seed, head.text().encode()))
    if vkey.kind == 4:
        message = cosignature_v1_message(time_s, head.text())
    else:
        message = subtree_message(vkey.name, time_s, head.origin, 0, head.size, head.root)
    blob = pack_timestamped(time_s, SUITE.sign(vkey.kind, seed, message))
    return Signature(vkey.name, vkey.key_id, blob)


def witness_seed(name: str, kind: int) -> bytes:
    return spread(name, kind)


def witness_vkey(name: str, kind: int) -> Vkey:
    return Vkey(name, kind, SUITE.public(kind, witness_seed(name, kind)))


def witness_lines(name: str) -> list[str]:
    """Policy lines of a witness: two keys and their group, which is named like the witness."""
    keys = [f"witness {name}-{kind} {witness_vkey(name, kind).text()}" for kind in (4, 6)]
    return [*keys, f"group {name} all {name}-4 {name}-6"]


def witness_sign(head: Head, name: str, time_s: int) -> list[Signature]:
    return [sign(head, witness_vkey(name, k), witness_seed(name, k), time_s) for k in (4, 6)]


WITNESS = "w.example/witness"


class World:
    """A line: charter, members, one witness."""

    def __init__(
        self,
        status: str = "actual",
        officers: Mapping[str, int] | None = None,
        *,
        batch: Sequence[str] = (),
        quorum: bool = True,
        members: Sequence[Party] | None = None,
    ) -> None:
        parties = members or [Party(NORTH), Party(SOUTH)]
        self.parties = {party.name: party for party in parties}
        policy = [*witness_lines(WITNESS), f"quorum {WITNESS}"] if quorum else ["quorum none"]
        lines = sorted(
            policy, key=lambda line: ("witness", "group", "quorum").index(line.split()[0])
        )
        self.charter: Charter = replace(
            parse_charter(load("party")["lines"][0]["charter"]),
            status=status,
            members=tuple(Member(party.name, party.fingerprint) for party in parties),
            officers=tuple((officers or {"*": 1}).items()),
            batch=tuple(batch),
            policy=tuple(lines),
        )
        self.logs: dict[str, Log] = {}

    def log(self, name: str, counter: int = 1) -> "Log":
        """The log of one epoch of a member, with its `open` entry."""
        key = f"{name} {counter}"
        if key not in self.logs:
            self.logs[key] = Log(self, self.parties[name], counter)
        return self.logs[key]

    @property
    def fingerprints(self) -> dict[str, bytes]:
        return {name: party.fingerprint for name, party in self.parties.items()}

    @property
    def cards(self) -> list[CardsPart]:
        return [party.part for party in self.parties.values()]


@dataclass
class Entry:
    """An entry as its writer knows it."""

    leaf: Leaf
    fields: list[Field]
    officers: list[Officer] = field(default_factory=list)

    @property
    def hashes(self) -> list[bytes]:
        return [each.hash for each in self.fields]

    def index_of(self, path: str) -> int:
        return [each.path for each in self.fields].index(path)


class Log:
    """One party's log on a line."""

    def __init__(self, world: World, party: Party, counter: int) -> None:
        self.world, self.party = world, party
        nonce = spread(party.name, counter)[:8]
        self.origin = origin_of(world.charter.line_id, counter, nonce, party.name)
        self.entries: list[Entry] = []
        content: dict[str, Value] = {
            "charter": world.charter.text(),
            "epoch": [counter, b64(nonce)],
            "reason": "first",
            "past": [],
            "card": 1,
        }
        self.add(content, kind="open", officers=party.releasers[:2])

    @property
    def size(self) -> int:
        return len(self.entries)

    @property
    def hashes(self) -> list[bytes]:
        return [leaf_hash(entry.leaf.encode()) for entry in self.entries]

    def add(
        self,
        content: Mapping[str, Value] | None = None,
        *,
        kind: str = "message",
        format_id: str = "core/visit@1",
        answer: str = "-",
        refs: Sequence[tuple[str, int]] = (),
        withheld: Sequence[str] = (),
        officers: Sequence[Officer] = (),
        expires_s: int = T0 + 86_400,
        card_size: int = 1,
        seen: Sequence[tuple[str, int, bytes]] = (),
        line_id: bytes | None = None,
        at: tuple[str, int] | None = None,
        assertions: Sequence[Assertion] | None = None,
        trailing: Mapping[str, Value] | None = None,
        mangle: Callable[[list[Field]], list[Field]] = list,
    ) -> int:
        """One more entry; its index."""
        index = self.size
        line_id = line_id or self.world.charter.line_id
        values: list[tuple[str, Value]] = [
            ("format", format_id if kind == "message" else "-"),
            ("class", answer),
            ("refs", [list(ref) for ref in refs]),
            ("withheld", []),
            ("line", b64(line_id)),
            ("draft", [card_size, b64(spread(self.origin, index)[:16])]),
            *(content or {}).items(),
        ]
        if officers or assertions:
            values.append(("expires", utc(expires_s)))
        paths = [path for path, _ in values]
        paths += [f"release.{j}" for j in range(1, len(assertions or officers) + 1)]
        values[3] = ("withheld", sorted(paths.index(path) for path in withheld))
        fields = [self.field(index, path, value) for path, value in values]
        for officer in officers:
            self.release(index, fields, officer, card_size, line_id)
        for j, assertion in enumerate(assertions or (), 1):
            fields.append(self.field(index, f"release.{j}", assertion.value()))
        for path, value in (trailing or {}).items():
            fields.append(self.field(index, path, value))
        fields.append(self.field(index, "at", list(at or (self.origin, index))))
        heads: list[Value] = [[origin, size, b64(root)] for origin, size, root in seen]
        fields.append(self.field(index, "seen", heads))
        fields = mangle(fields)
        leaf = Leaf(
            kind,
            T0 + index,
            len(fields),
            root_of([each.hash for each in fields]),
            spread("envelope", self.origin, index),
        )
        self.entries.append(Entry(leaf, fields, list(officers)))
        return index

    def field(self, index: int, path: str, value: Value) -> Field:
        return new_field(path, value, spread(self.origin, index, path))

    def release(
        self, index: int, fields: list[Field], officer: Officer, card_size: int, line_id: bytes
    ) -> None:
        head = root_of([each.hash for each in fields])
        statement = release_statement(line_id, card_size, len(fields), head)
        desk = self.party.cards[card_size - 1].desk
        assertion = officer.release(statement, desk.rp_id if desk else "none.example")
        j = 1 + sum(each.path.startswith("release.") for each in fields)
        fields.append(self.field(index, f"release.{j}", assertion.value()))

    def head(self, size: int | None = None) -> Head:
        size = self.size if size is None else size
        return Head(self.origin, size, root_of(self.hashes[:size]))

    def note(
        self,
        size: int | None = None,
        *,
        witness_s: int | None = T0 + 10,
        receipts: Mapping[str, int] | None = None,
    ) -> bytes:
        """The checkpoint with the log's two lines, the witness's and the receipts of others."""
        head = self.head(size)
        log = [
            sign(head, self.party.vkey("log", kind, self.origin), self.party.seed("log", kind), T0)
            for kind in (1, 6)
        ]
        if receipts is None:
            receipts = {name: T0 + 20 for name in self.world.parties if name != self.party.name}
        for name, time_s in receipts.items():
            party = self.world.parties[name]
            log += [
                sign(head, party.vkey("receipt", kind), party.seed("receipt", kind), time_s)
                for kind in (4, 6)
            ]
        if witness_s is not None:
            log += witness_sign(head, WITNESS, witness_s)
        return Note(head.text(), tuple(log)).encode()

    def policy(self) -> Policy:
        """The log, the receipts of all others and the witness, all of them asked."""
        lines = [f"log {self.party.vkey('log', 6, self.origin).text()}", *witness_lines(WITNESS)]
        names = [WITNESS]
        for name, party in self.world.parties.items():
            if name == self.party.name:
                continue
            for kind in (4, 6):
                lines.append(f"witness {name}-{kind} {party.vkey('receipt', kind).text()}")
            lines.append(f"group {name} all {name}-4 {name}-6")
            names.append(name)
        lines += [f"group everybody all {' '.join(names)}", "quorum everybody", ""]
        return parse_policy("\n".join(lines), with_log=True)

    def shown(self, index: int, paths: Iterable[str] | None = None) -> tuple[ShownField, ...]:
        entry = self.entries[index]
        wanted = [each.path for each in entry.fields] if paths is None else [*paths]
        indexes = sorted(entry.index_of(path) for path in wanted)
        return tuple(
            ShownField(i, entry.fields[i], inclusion_proof(entry.hashes, i)) for i in indexes
        )

    def extra(
        self, index: int, paths: Iterable[str] | None = None, *, charter: bool = True
    ) -> Extra:
        """Everything that the shown fields need beside them."""
        entry = self.entries[index]
        fields = self.shown(index, paths)
        releases = [each for each in fields if each.field.path.startswith("release.")]
        heads = tuple(
            ShownHead(
                each.index,
                root_of(entry.hashes[: each.index]),
                consistency_proof(entry.hashes, each.index),
            )
            for each in releases
        )
        leaves = [each.leaf for each in self.party.officers]
        officers = tuple(
            ShownOfficer(*self.place(leaves, officer.leaf)) for officer in entry.officers
        )
        return Extra(
            fields,
            heads,
            entry.leaf,
            officers if releases else (),
            self.world.charter.text() if charter else None,
        )

    def place(
        self, leaves: list[OfficerLeaf], leaf: OfficerLeaf
    ) -> tuple[int, OfficerLeaf, tuple[bytes, ...]]:
        """A leaf in its tree, even in a tree that no honest party would have."""
        ordered = sorted(each.encode() for each in leaves)
        index = ordered.index(leaf.encode())
        return index, leaf, inclusion_proof([leaf_hash(each) for each in ordered], index)

    def proof(
        self,
        index: int,
        paths: Iterable[str] | None = None,
        *,
        charter: bool = True,
        extra: Extra | None = None,
        note: bytes | None = None,
    ) -> bytes:
        shown = extra or self.extra(index, paths, charter=charter)
        path = inclusion_proof(self.hashes, index)
        return TlogProof(shown.encode(), index, path, note or self.note()).encode()

    def range(
        self,
        start: int = 0,
        *,
        charter: bool = True,
        also: Sequence[str] = (),
        closed: Sequence[int] = (),
        note: bytes | None = None,
    ) -> bytes:
        entries = tuple(
            RangeEntry(
                self.entries[i].leaf,
                () if i in closed else self.shown(i, (*REQUIRED[:5], *self.having(i, also))),
            )
            for i in range(start, self.size)
        )
        frontier = EMPTY.extend(self.hashes[:start]).hashes
        text = self.world.charter.text() if charter else None
        return Range(text, entries, start, frontier, note or self.note()).encode()

    def having(self, index: int, paths: Sequence[str]) -> list[str]:
        known = {each.path for each in self.entries[index].fields}
        return [path for path in paths if path in known]


def bundle(*parts: tuple[str, bytes]) -> bytes:
    return Bundle(parts).encode()
