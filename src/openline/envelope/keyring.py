"""The secrets of one party: what lies in the keyring file, and what is derived from it.

Shapes   Keyring <-> versioned Openline JSON; role_seed(node_seed, role, kind) -> 32 bytes
Units    seeds are 32 bytes; a prekey is named by the entry that announced it (origin, index)
Raises   Malformed for a file that is not a keyring; RootSpent when the root keys are gone;
         RootsAway when the next ones are not on this machine; PrekeyTaken for a second in one place
Source   docs/PROTOCOL.md part 4; docs/decisions/0060-root-keys-away.md
Never    touches disk, and never shows a secret: `repr` names the party only. Whoever destroys a
         prekey or a root also calls `Suite.forget`, because suites cache key objects
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, NamedTuple

from openline.envelope.derive import hkdf_sha256
from openline.envelope.key_objects import SEED_BYTES, XWING_PUBLIC_BYTES, x25519_public_bytes
from openline.envelope.suite import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44,
    Randomness,
    Suite,
)
from openline.errors import OpenlineError
from openline.formats.card import card_origin, next_of
from openline.formats.malformed import Malformed
from openline.formats.note import Vkey
from openline.formats.openjson import Value, decode, encode
from openline.formats.spell import b64, check_key_name, check_party, unb64

KEYRING_BYTES_MAX: Final = 32 * 1024 * 1024
PREKEYS_MAX: Final = 10_000

LOG: Final = "log"
RECEIPT: Final = "receipt"
HTTP: Final = "http"
WITNESS: Final = "witness"

# Every role key that exists; a pair that is not here is never derived.
ROLE_KINDS: Final[Mapping[str, tuple[int, ...]]] = {
    LOG: (ED25519, ML_DSA_44),
    RECEIPT: (ED25519_COSIGNATURE, ML_DSA_44),
    HTTP: (ED25519,),
    WITNESS: (ED25519_COSIGNATURE, ML_DSA_44),
}

_WHAT: Final = "keyring"
_VERSION: Final = 3
# A keyring from before own cards were kept with the keys that they name.
_WITHOUT_CARDS: Final = 2
FORMER_SEALS_MAX: Final = 15
CARDS_KEPT: Final = FORMER_SEALS_MAX + 1
_VALUES_MAX: Final = 5 * PREKEYS_MAX + 200
_KEYS: Final = frozenset(
    ("archive", "cards", "data", "former", "next", "node", "party", "prekeys", "root", "seal")
) | {"staged", "version", "wire"}


class RootSpent(OpenlineError):
    """The root keys of the current card were destroyed after use."""

    code: ClassVar[str] = "envelope.root-spent"
    remedy: ClassVar[str] = "Turn the root keys, and sign the next card with the ones turned in."


class RootsAway(OpenlineError):
    """The root keys of the next card are not on this machine: a ceremony put them away."""

    code: ClassVar[str] = "envelope.roots-away"
    remedy: ClassVar[str] = "Give the ceremony file that holds them: --ceremony FILE."


class PrekeyTaken(OpenlineError):
    """A prekey is held for this entry already, perhaps from before a crash: it must not be lost."""

    code: ClassVar[str] = "envelope.prekey-taken"
    remedy: ClassVar[str] = "Announce the prekey that the keyring already holds for this entry."


class RootSeeds(NamedTuple):
    """The two root seeds of one card."""

    ed25519: bytes
    ml_dsa: bytes


class Prekey(NamedTuple):
    """A sealing key that belongs to one line and one epoch."""

    seed: bytes
    public: bytes


class FormerSeal(NamedTuple):
    """A card's sealing key that a later card replaced: what was sealed to it may be on its way."""

    seed: bytes
    since_s: int


class KeptCard(NamedTuple):
    """A card of this party as it was published. It is public; a keyring without it is worthless."""

    n: int
    leaf: bytes
    note: bytes


class StagedSeeds(NamedTuple):
    """The seeds of the keys that the next card names; they count when that card is stored."""

    node: bytes
    seal: bytes
    wire: bytes


class CardKeys(NamedTuple):
    """What a card says of a party's keys."""

    root1: Vkey
    root6: Vkey
    next: bytes
    log1: Vkey
    log6: Vkey
    receipt4: Vkey
    receipt6: Vkey
    http: Vkey
    seal: bytes
    wire: bytes


class RoleKeys(NamedTuple):
    """The part of them that a node works with."""

    log1: Vkey
    log6: Vkey
    receipt4: Vkey
    receipt6: Vkey
    http: Vkey
    seal: bytes
    wire: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """All secrets of one party. `root` is None once the current card was signed and published.

    `next_root` is None where a ceremony put the root keys of the cards to come away.
    """

    party: str
    node_seed: bytes
    root: RootSeeds | None
    next_root: RootSeeds | None
    seal_seed: bytes
    wire_seed: bytes
    archive_seed: bytes
    data_key: bytes
    prekeys: Mapping[tuple[str, int], Prekey] = field(default_factory=dict)
    former_seals: tuple[FormerSeal, ...] = ()
    staged: StagedSeeds | None = None
    # The newest cards, the last one naming the keys here: its root keys are gone, so where every
    # other copy is lost nobody could make it again, nor any card after it.
    cards: tuple[KeptCard, ...] = ()
    # The key of the slips by which stored entries are read again; it follows from the seed.
    archive_key: bytes = field(init=False, compare=False)

    def __post_init__(self) -> None:
        check_party(self.party)
        roots = (*(self.root or ()), *(self.next_root or ()), *(self.staged or ()))
        single = (
            self.node_seed, self.seal_seed, self.wire_seed, self.archive_seed, self.data_key,
            *(former.seed for former in self.former_seals),
        )  # fmt: skip
        if any(len(seed) != SEED_BYTES for seed in (*roots, *single)):
            raise Malformed(_WHAT, f"a seed that has not {SEED_BYTES} bytes")
        if len(self.prekeys) > PREKEYS_MAX:
            raise Malformed(_WHAT, f"more than {PREKEYS_MAX} prekeys")
        if len(self.former_seals) > FORMER_SEALS_MAX:
            raise Malformed(_WHAT, f"more than {FORMER_SEALS_MAX} former sealing keys")
        if len(self.cards) > CARDS_KEPT:
            raise Malformed(_WHAT, f"more than {CARDS_KEPT} cards")
        for (origin, index), prekey in self.prekeys.items():
            check_key_name(origin)
            if index < 0 or len(prekey.seed) != SEED_BYTES:
                raise Malformed(_WHAT, "a prekey with a wrong index or seed")
            if len(prekey.public) != XWING_PUBLIC_BYTES:
                raise Malformed(_WHAT, "a prekey with a public key of a wrong length")
        key = hkdf_sha256(self.archive_seed, b"", b"openline/v1 archive")
        object.__setattr__(self, "archive_key", key)

    def __repr__(self) -> str:
        return f"Keyring({self.party!r}, {len(self.prekeys)} prekeys, secrets not shown)"

    def with_prekey(self, origin: str, index: int, prekey: Prekey) -> "Keyring":
        """The keyring with one prekey more; a name is given once only."""
        if (origin, index) in self.prekeys:
            raise PrekeyTaken(f"{origin} entry {index} has a prekey already")
        return replace(self, prekeys={**self.prekeys, (origin, index): prekey})

    def without_prekeys(self, names: Iterable[tuple[str, int]]) -> "Keyring":
        """The keyring after these prekeys were destroyed; then call `Suite.forget`."""
        gone = frozenset(names)
        kept = {name: prekey for name, prekey in self.prekeys.items() if name not in gone}
        return replace(self, prekeys=kept)

    def spend_root(self) -> "Keyring":
        """The keyring after the current root was destroyed; then call `Suite.forget`."""
        return replace(self, root=None)

    def with_cards(self, cards: Sequence[KeptCard]) -> "Keyring":
        """The keyring with the newest of these cards in the place of those that it held."""
        return replace(self, cards=tuple(cards[-CARDS_KEPT:]))

    @property
    def seal_seeds(self) -> list[bytes]:
        """What opens a file sealed to this party's card, the newest card's key first."""
        return [self.seal_seed, *(former.seed for former in self.former_seals)]

    def turn_root(self, random: Randomness) -> "Keyring":
        """The keyring for the next card: the root committed to by `next`, and a fresh successor."""
        if self.next_root is None:
            raise RootsAway(f"{self.party}: the root keys of the next card are not on this machine")
        fresh = RootSeeds(random(SEED_BYTES), random(SEED_BYTES))
        return replace(self, root=self.next_root, next_root=fresh)

    def put_roots_away(self) -> "Keyring":
        """The keyring without the successor of the root in hand: a ceremony made another one."""
        return replace(self, next_root=None)

    def stage(self, random: Randomness) -> "Keyring":
        """The keyring with fresh seeds that wait for the card which names their keys."""
        return replace(self, staged=StagedSeeds(*(random(SEED_BYTES) for _ in range(3))))

    def unstage(self) -> "Keyring":
        """The keyring after the card that was being made was given up."""
        return replace(self, staged=None)

    def promote(self, now_s: int) -> "Keyring":
        """The keyring after the card that names the staged keys was stored."""
        if self.staged is None:
            return self
        former = (FormerSeal(self.seal_seed, now_s), *self.former_seals)
        return replace(
            self,
            node_seed=self.staged.node,
            seal_seed=self.staged.seal,
            wire_seed=self.staged.wire,
            former_seals=former[:FORMER_SEALS_MAX],
            staged=None,
        )

    def to_come(self) -> "Keyring":
        """The keys that the next card names: the staged ones where there are any."""
        return self.promote(0)

    def without_former_seals(self, before_s: int) -> "Keyring":
        """The keyring without sealing keys that were replaced before a time."""
        kept = tuple(former for former in self.former_seals if former.since_s >= before_s)
        return replace(self, former_seals=kept)

    def to_bytes(self) -> bytes:
        """The keyring file's content; secret."""
        prekeys: list[Value] = [
            [origin, index, b64(prekey.seed), b64(prekey.public)]
            for (origin, index), prekey in sorted(self.prekeys.items())
        ]
        value: dict[str, Value] = {
            "archive": b64(self.archive_seed),
            "cards": [[card.n, b64(card.leaf), b64(card.note)] for card in self.cards],
            "data": b64(self.data_key),
            "former": [[b64(former.seed), former.since_s] for former in self.former_seals],
            "next": _seeds_value(self.next_root),
            "node": b64(self.node_seed),
            "party": self.party,
            "prekeys": prekeys,
            "root": _seeds_value(self.root),
            "seal": b64(self.seal_seed),
            "staged": _seeds_value(self.staged),
            "version": _VERSION,
            "wire": b64(self.wire_seed),
        }
        return encode(value, values_max=_VALUES_MAX)


def parse_keyring(data: bytes) -> Keyring:
    """Read a keyring file's content strictly."""
    value = decode(data, values_max=_VALUES_MAX, bytes_max=KEYRING_BYTES_MAX)
    if isinstance(value, dict) and value.get("version") == _WITHOUT_CARDS and "cards" not in value:
        if encode(value, values_max=_VALUES_MAX) != data:
            raise Malformed(_WHAT, "not the canonical spelling")
        value = {**value, "cards": [], "version": _VERSION}
        data = encode(value, values_max=_VALUES_MAX)
    if not isinstance(value, dict) or value.keys() != _KEYS:
        raise Malformed(_WHAT, "not the members of a keyring")
    if value["version"] != _VERSION:
        raise Malformed(_WHAT, "a version that this program does not know")
    staged = _read_seeds(value["staged"], 3)
    keyring = Keyring(
        party=_text(value["party"]),
        node_seed=_seed(value["node"]),
        root=_read_root(value["root"]),
        next_root=_read_root(value["next"]),
        seal_seed=_seed(value["seal"]),
        wire_seed=_seed(value["wire"]),
        archive_seed=_seed(value["archive"]),
        data_key=_seed(value["data"]),
        prekeys=dict(_read_prekey(each) for each in _list(value["prekeys"])),
        former_seals=tuple(_read_former(each) for each in _list(value["former"])),
        staged=StagedSeeds(*staged) if staged else None,
        cards=tuple(_read_card(each) for each in _list(value["cards"])),
    )
    # Finds prekeys out of order or twice, and a version spelled `true`.
    if keyring.to_bytes() != data:
        raise Malformed(_WHAT, "not the canonical spelling")
    return keyring


def new_keyring(party: str, random: Randomness) -> Keyring:
    """Fresh secrets for a party that has none."""
    return Keyring(
        party=party,
        node_seed=random(SEED_BYTES),
        root=RootSeeds(random(SEED_BYTES), random(SEED_BYTES)),
        next_root=RootSeeds(random(SEED_BYTES), random(SEED_BYTES)),
        seal_seed=random(SEED_BYTES),
        wire_seed=random(SEED_BYTES),
        archive_seed=random(SEED_BYTES),
        data_key=random(SEED_BYTES),
    )


def new_prekey(suite: Suite, random: Randomness) -> Prekey:
    """A fresh sealing key, named only when the entry that announces it has its index."""
    seed = random(SEED_BYTES)
    return Prekey(seed, suite.seal_public(seed))


def role_seed(node_seed: bytes, role: str, kind: int) -> bytes:
    """The seed of one role key."""
    if kind not in ROLE_KINDS.get(role, ()):
        raise ValueError(f"no role key {role}/{kind} exists")
    return hkdf_sha256(node_seed, b"", f"openline/v1 key\n{role}\n{kind}".encode())


def role_keys(keyring: Keyring, suite: Suite) -> RoleKeys:
    """The public side of every key that a card names beside its root keys."""

    def role_vkey(role: str, kind: int) -> Vkey:
        seed = role_seed(keyring.node_seed, role, kind)
        return Vkey(f"{keyring.party}/{role}", kind, suite.public(kind, seed))

    return RoleKeys(
        log1=role_vkey(LOG, ED25519),
        log6=role_vkey(LOG, ML_DSA_44),
        receipt4=role_vkey(RECEIPT, ED25519_COSIGNATURE),
        receipt6=role_vkey(RECEIPT, ML_DSA_44),
        http=role_vkey(HTTP, ED25519),
        seal=suite.seal_public(keyring.seal_seed),
        wire=x25519_public_bytes(keyring.wire_seed),
    )


def public_card_keys(keyring: Keyring, suite: Suite) -> CardKeys:
    """What the card that the current root signs must say."""
    if keyring.root is None:
        raise RootSpent(f"{keyring.party}: the root keys of the current card are spent")
    if keyring.next_root is None:
        raise RootsAway(f"{keyring.party}: the root keys of the next card are not on this machine")
    roots = root_vkeys(keyring.party, keyring.root, suite)
    named = next_of(*root_vkeys(keyring.party, keyring.next_root, suite))
    keys = role_keys(keyring, suite)
    return CardKeys(*roots, named, **keys._asdict())


def root_vkeys(party: str, root: RootSeeds, suite: Suite) -> tuple[Vkey, Vkey]:
    """The two root keys under the origin of the card log."""
    name = card_origin(party)
    return (
        Vkey(name, ED25519, suite.public(ED25519, root.ed25519)),
        Vkey(name, ML_DSA_44, suite.public(ML_DSA_44, root.ml_dsa)),
    )


def _seeds_value(seeds: tuple[bytes, ...] | None) -> Value:
    return [b64(seed) for seed in seeds or ()]


def _read_seeds(value: Value, count: int) -> tuple[bytes, ...]:
    seeds = _list(value)
    if len(seeds) not in (0, count):
        raise Malformed(_WHAT, f"{len(seeds)} seeds where {count} or none are due")
    return tuple(_seed(seed) for seed in seeds)


def _read_root(value: Value) -> RootSeeds | None:
    pair = _read_seeds(value, 2)
    return RootSeeds(*pair) if pair else None


def _read_former(value: Value) -> FormerSeal:
    match value:
        case [str(seed), int(since_s)] if not isinstance(since_s, bool):
            return FormerSeal(unb64(seed, SEED_BYTES), since_s)
    raise Malformed(_WHAT, "a former sealing key that is not seed and time")


def _read_card(value: Value) -> KeptCard:
    match value:
        case [int(n), str(leaf), str(note)] if not isinstance(n, bool):
            return KeptCard(n, unb64(leaf), unb64(note))
    raise Malformed(_WHAT, "a card that is not number, leaf, note")


def _read_prekey(value: Value) -> tuple[tuple[str, int], Prekey]:
    row = _list(value)
    if len(row) != 4 or not isinstance(row[1], int) or isinstance(row[1], bool):
        raise Malformed(_WHAT, "a prekey that is not origin, index, seed, public key")
    public = unb64(_text(row[3]), XWING_PUBLIC_BYTES)
    return (_text(row[0]), row[1]), Prekey(_seed(row[2]), public)


def _seed(value: Value) -> bytes:
    return unb64(_text(value), SEED_BYTES)


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise Malformed(_WHAT, "something else where text is due")
    return value


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise Malformed(_WHAT, "something else where a list is due")
    return value
