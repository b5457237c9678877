"""A party at work: it signs heads, receipts, requests and its own card log.

Shapes   PartyKeys(keyring, suite), sign_card(keyring, ...); heads and texts in, notes or
         signature lines out
Units    time_s is unix seconds UTC, at least 1
Raises   UnfitToSign when a key is asked to say what it never may; RootSpent
Source   docs/PROTOCOL.md parts 1, 4 and 8
Never    decides whether to sign: the caller has made the head durable and anchored before it asks.
         Never signs a head of another party with the log keys, nor its own as a receipt
"""

from typing import ClassVar, Final

from openline.envelope.keyring import (
    HTTP,
    LOG,
    RECEIPT,
    ROLE_KINDS,
    WITNESS,
    Keyring,
    RootSeeds,
    RootSpent,
    role_seed,
    root_vkeys,
)
from openline.envelope.suite import ED25519, ED25519_COSIGNATURE, ML_DSA_44, Suite
from openline.errors import OpenlineError
from openline.formats.card import card_origin
from openline.formats.head import Head
from openline.formats.note import (
    Note,
    Signature,
    Vkey,
    cosignature_v1_message,
    pack_timestamped,
    signature_line,
    subtree_message,
)

# Own logs are few (one per line and epoch); the bound only keeps a mistake from growing.
_KEY_IDS_MAX: Final = 4096


class UnfitToSign(OpenlineError):
    """A key was asked to sign what it may not: our own mistake."""

    code: ClassVar[str] = "envelope.unfit-to-sign"
    remedy: ClassVar[str] = "Report this with the message: nothing was signed."


class PartyKeys:
    """The role keys of one party, derived once and kept for as long as this object lives.

    It does not keep the keyring: roots and prekeys that are destroyed there must not live on here.
    """

    __slots__ = ("_key_ids", "_party", "_publics", "_seeds", "_suite")

    def __init__(self, keyring: Keyring, suite: Suite) -> None:
        self._party = keyring.party
        self._suite = suite
        self._seeds = {
            (role, kind): role_seed(keyring.node_seed, role, kind)
            for role, kinds in ROLE_KINDS.items()
            for kind in kinds
        }
        self._publics = {name: suite.public(name[1], seed) for name, seed in self._seeds.items()}
        self._key_ids: dict[tuple[str, str, int], bytes] = {}

    def __repr__(self) -> str:
        return f"PartyKeys({self.party!r}, secrets not shown)"

    @property
    def party(self) -> str:
        """Whose keys these are."""
        return self._party

    @property
    def suite(self) -> Suite:
        """The cryptography in use."""
        return self._suite

    def vkey(self, role: str, kind: int, name: str = "") -> Vkey:
        """The public side of a role key under its own name, or under another (a log's origin)."""
        return Vkey(name or f"{self.party}/{role}", kind, self._publics[role, kind])

    def sign_head(self, head: Head, time_s: int) -> bytes:
        """The checkpoint note of an own line log: a 0x01 and a 0x06 line under its origin."""
        if not head.origin.startswith(f"{self.party}/openline/"):
            raise UnfitToSign(f"{head.origin} is not a line log of {self.party}")
        text = head.text()
        _check_time(time_s)
        signatures = (
            self._signature(LOG, ED25519, head.origin, text.encode()),
            self._timestamped(LOG, head.origin, head, time_s),
        )
        return Note(text, signatures).encode()

    def cosign(self, head: Head, time_s: int) -> bytes:
        """The two lines of our receipt for another party's head."""
        if head.origin.startswith(f"{self.party}/"):
            raise UnfitToSign(f"{head.origin} is our own log; nobody receipts to oneself")
        return self._cosign(RECEIPT, head, time_s)

    def witness_cosign(self, head: Head, time_s: int) -> bytes:
        """The two lines of a witness."""
        return self._cosign(WITNESS, head, time_s)

    def sign_request(self, text: str) -> bytes:
        """A request or hello as a note under the `http` key."""
        signature = self._signature(HTTP, ED25519, f"{self.party}/{HTTP}", text.encode())
        return Note(text, (signature,)).encode()

    def _cosign(self, role: str, head: Head, time_s: int) -> bytes:
        _check_time(time_s)
        name = f"{self.party}/{role}"
        message = cosignature_v1_message(time_s, head.text())
        seed = self._seeds[role, ED25519_COSIGNATURE]
        ed25519 = self._suite.sign(ED25519_COSIGNATURE, seed, message)
        key_id = self._key_id(role, ED25519_COSIGNATURE, name)
        lines = (
            Signature(name, key_id, pack_timestamped(time_s, ed25519)),
            self._timestamped(role, name, head, time_s),
        )
        return "".join(map(signature_line, lines)).encode()

    def _signature(self, role: str, kind: int, name: str, message: bytes) -> Signature:
        blob = self._suite.sign(kind, self._seeds[role, kind], message)
        return Signature(name, self._key_id(role, kind, name), blob)

    def _timestamped(self, role: str, name: str, head: Head, time_s: int) -> Signature:
        """A 0x06 signature, the only kind that binds signer, time, origin, size and root."""
        message = _head_message(name, head, time_s)
        signature = self._suite.sign(ML_DSA_44, self._seeds[role, ML_DSA_44], message)
        key_id = self._key_id(role, ML_DSA_44, name)
        return Signature(name, key_id, pack_timestamped(time_s, signature))

    def _key_id(self, role: str, kind: int, name: str) -> bytes:
        known = self._key_ids.get((role, name, kind))
        if known is None:
            if len(self._key_ids) >= _KEY_IDS_MAX:
                self._key_ids.clear()
            known = self._key_ids[role, name, kind] = self.vkey(role, kind, name).key_id
        return known


def sign_card(keyring: Keyring, head: Head, time_s: int, suite: Suite) -> bytes:
    """The checkpoint note of the own card log, by the root keys of the card that it ends with.

    The caller has checked that the card says `public_card_keys`, and spends the root when the note
    is durable.
    """
    if keyring.root is None:
        raise RootSpent(f"{keyring.party}: the root keys of the current card are spent")
    return sign_card_head(keyring.party, keyring.root, head, time_s, suite)


def sign_card_head(party: str, root: RootSeeds, head: Head, time_s: int, suite: Suite) -> bytes:
    """The same with the root keys in hand, as whoever keeps them away from the node has them."""
    if head.origin != card_origin(party) or head.size < 1:
        raise UnfitToSign(f"{head.origin} at {head.size} is not the card log of {party}")
    _check_time(time_s)
    text = head.text()
    root1, root6 = root_vkeys(party, root, suite)
    ed25519 = suite.sign(ED25519, root.ed25519, text.encode())
    ml_dsa = suite.sign(ML_DSA_44, root.ml_dsa, _head_message(head.origin, head, time_s))
    signatures = (
        Signature(root1.name, root1.key_id, ed25519),
        Signature(root6.name, root6.key_id, pack_timestamped(time_s, ml_dsa)),
    )
    return Note(text, signatures).encode()


def _head_message(cosigner: str, head: Head, time_s: int) -> bytes:
    return subtree_message(cosigner, time_s, head.origin, 0, head.size, head.root)


def _check_time(time_s: int) -> None:
    # Timestamp 0 would say "no statement about freshness" and meets no quorum.
    if time_s < 1:
        raise UnfitToSign(f"signing time {time_s} is not after 1970")
