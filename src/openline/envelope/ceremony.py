"""The root keys of cards to come, in a file that only a passphrase opens and that lies in a safe.

Shapes   Ceremony <-> age v1 passphrase file holding versioned Openline JSON
Units    n counts cards from 0; a ceremony holds the root keys of one unbroken run of cards
Raises   RootsUsedUp, WeakPassphrase, CannotOpen, Malformed
Source   docs/PROTOCOL.md part 4.2; docs/decisions/0060-root-keys-away.md; `age -d` opens the file
Never    touches disk or a node; never shows a key: `repr` names the party and the cards only
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from openline.envelope.age import LOG_N_DEFAULT, seal_passphrase, unseal_passphrase
from openline.envelope.key_objects import SEED_BYTES
from openline.envelope.keyring import RootSeeds, root_vkeys
from openline.envelope.officer_file import PASSPHRASE_CHARS_MIN, WeakPassphrase
from openline.envelope.party_keys import sign_card_head
from openline.envelope.suite import Randomness, Suite
from openline.errors import OpenlineError
from openline.formats.card import next_of
from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.note import Vkey
from openline.formats.openjson import Value, decode, encode
from openline.formats.spell import INTEGER_MAX, b64, check_party, unb64

ROOTS_MAX: Final = 1_000
ROOTS_DEFAULT: Final = 64
FILE_BYTES_MAX: Final = 512 * 1024

_WHAT: Final = "ceremony file"
_VERSION: Final = 1
_KEYS: Final = frozenset(("first", "party", "roots", "version"))


class RootsUsedUp(OpenlineError):
    """The ceremony file does not hold the root keys of this card and of the one after it."""

    code: ClassVar[str] = "envelope.roots-used-up"
    remedy: ClassVar[str] = (
        "Take the newest copy of the file, or renew it: `openline keys ceremony`."
    )


@dataclass(frozen=True, slots=True)
class RootPlan:
    """The public side of the root keys of one card, and what that card says after `next`."""

    n: int
    root1: Vkey
    root6: Vkey
    next: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Ceremony:
    """The root keys of cards `first`, `first` + 1, ... of one party."""

    party: str
    first: int
    roots: tuple[RootSeeds, ...]

    def __post_init__(self) -> None:
        check_party(self.party)
        if not 0 <= self.first <= INTEGER_MAX - ROOTS_MAX:
            raise Malformed(_WHAT, "the first card is out of range")
        if not 1 <= len(self.roots) <= ROOTS_MAX:
            raise Malformed(_WHAT, f"{len(self.roots)} root keys; 1 to {ROOTS_MAX} are possible")
        if any(len(seed) != SEED_BYTES for root in self.roots for seed in root):
            raise Malformed(_WHAT, f"a seed that has not {SEED_BYTES} bytes")
        if len({seed for root in self.roots for seed in root}) != 2 * len(self.roots):
            raise Malformed(_WHAT, "one seed stands in two places")

    def __repr__(self) -> str:
        last = self.first + len(self.roots) - 1
        return f"Ceremony({self.party!r}, cards {self.first} to {last}, secrets not shown)"

    @property
    def cards_left(self) -> int:
        """How many cards it can still sign: the last root is only ever promised."""
        return len(self.roots) - 1

    def root(self, n: int) -> RootSeeds:
        """The root keys of card n."""
        if not self.first <= n < self.first + len(self.roots):
            raise RootsUsedUp(f"{self.party}: no root keys of card {n} in this file")
        return self.roots[n - self.first]

    def publics(self, n: int, suite: Suite) -> tuple[Vkey, Vkey]:
        """The public side of the root keys of card n."""
        return root_vkeys(self.party, self.root(n), suite)

    def plan(self, n: int, suite: Suite) -> RootPlan:
        """What card n says of its root keys and of those that follow."""
        return RootPlan(n, *self.publics(n, suite), self.promise(n + 1, suite))

    def promise(self, n: int, suite: Suite) -> bytes:
        """What card n - 1 says after `next`."""
        return next_of(*self.publics(n, suite))

    def sign(self, head: Head, time_s: int, suite: Suite) -> bytes:
        """The checkpoint note of the card log at this head; the caller has looked at the card."""
        return sign_card_head(self.party, self.root(head.size - 1), head, time_s, suite)

    def after(self, n: int) -> "Ceremony":
        """The file once card n was signed: what signed is gone from it."""
        self.root(n + 1)
        return replace(self, first=n + 1, roots=self.roots[n + 1 - self.first :])

    def renewed(self, count: int, random: Randomness) -> "Ceremony":
        """As many more root keys behind those that are left."""
        return replace(self, roots=(*self.roots, *fresh_roots(count, random)))

    def lock(self, passphrase: str, random: Randomness, *, log_n: int = LOG_N_DEFAULT) -> bytes:
        """The file's content."""
        if len(passphrase) < PASSPHRASE_CHARS_MIN:
            raise WeakPassphrase(f"the passphrase has {len(passphrase)} characters")
        roots: list[Value] = [[b64(root.ed25519), b64(root.ml_dsa)] for root in self.roots]
        value: dict[str, Value] = {
            "first": self.first,
            "party": self.party,
            "roots": roots,
            "version": _VERSION,
        }
        return seal_passphrase(passphrase, encode(value), random, log_n=log_n)


def new_ceremony(
    party: str, first: int, random: Randomness, count: int = ROOTS_DEFAULT
) -> Ceremony:
    """Fresh root keys for the cards of a party from `first` on."""
    return Ceremony(party, first, fresh_roots(count, random))


def fresh_roots(count: int, random: Randomness) -> tuple[RootSeeds, ...]:
    """So many root keys, each drawn for itself."""
    return tuple(RootSeeds(random(SEED_BYTES), random(SEED_BYTES)) for _ in range(count))


def unlock_ceremony(passphrase: str, file: bytes) -> Ceremony:
    """Read a ceremony file with its passphrase."""
    if len(file) > FILE_BYTES_MAX:
        raise Malformed(_WHAT, f"longer than {FILE_BYTES_MAX} bytes")
    return parse_ceremony(unseal_passphrase(passphrase, file))


def parse_ceremony(data: bytes) -> Ceremony:
    """Read strictly what a ceremony file holds."""
    value = decode(data)
    if not isinstance(value, dict) or value.keys() != _KEYS:
        raise Malformed(_WHAT, "not the members of a ceremony file")
    first, party, roots = value["first"], value["party"], value["roots"]
    if value["version"] is True or value["version"] != _VERSION:
        raise Malformed(_WHAT, "a version that this program does not know")
    if not isinstance(first, int) or isinstance(first, bool) or not isinstance(party, str):
        raise Malformed(_WHAT, "the first card or the party is of another type")
    if not isinstance(roots, list):
        raise Malformed(_WHAT, "root keys that are no list")
    return Ceremony(party, first, tuple(_root(row) for row in roots))


def _root(row: Value) -> RootSeeds:
    match row:
        case [str(ed25519), str(ml_dsa)]:
            return RootSeeds(unb64(ed25519, SEED_BYTES), unb64(ml_dsa, SEED_BYTES))
    raise Malformed(_WHAT, "a root that is not two seeds")
