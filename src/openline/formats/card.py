"""A party's card: its keys, its desk and its addresses; and how two parties compare cards.

Shapes   Card <-> text; fingerprint, comparison digits and QR text; OfficerLeaf is named here too,
         because a desk commits to a tree of them
Units    n counts cards from 0; times are unix seconds UTC
Raises   Malformed
Source   docs/PROTOCOL.md part 4
Never    judges a chain of cards or a tree of officers: `record.cards` and `record.officers` do
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from openline.formats.head import EMPTY_ROOT
from openline.formats.lines import Lines
from openline.formats.malformed import Malformed
from openline.formats.note import ED25519, ED25519_COSIGNATURE, ML_DSA_44, Vkey, parse_vkey
from openline.formats.officer import OfficerLeaf as OfficerLeaf
from openline.formats.officer import parse_officer as parse_officer
from openline.formats.spell import (
    HASH_SIZE,
    b64,
    check_domain,
    check_int,
    check_key_name,
    check_party,
    check_size,
    check_url,
    parse_int,
    unb64,
)

CARD_BYTES_MAX: Final = 65_535
SEAL_SIZE: Final = 1_216
WIRE_SIZE: Final = 32
URLS_MAX: Final = 4
PINS_MAX: Final = 4
ENDINGS: Final = ("planned", "compromised")
OFFICERS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Desk:
    """Where officers release: relying party id, how many officers, root of their tree.

    A desk without officers has no root; its line shows the root of the empty tree.
    """

    rp_id: str
    count: int
    root: bytes | None

    def __post_init__(self) -> None:
        check_domain(self.rp_id)
        check_int(self.count, OFFICERS_MAX, what="number of officers")
        if self.root is not None:
            check_size(self.root, HASH_SIZE, what="officers root")
        if (self.root is None) is not (self.count == 0):
            raise Malformed("card", "officers without a root, or a root without officers")

    def text(self) -> str:
        """What follows `desk`."""
        return f"{self.rp_id} {self.count} {b64(EMPTY_ROOT if self.root is None else self.root)}"


@dataclass(frozen=True, slots=True)
class End:
    """A key that no longer counts from a time on."""

    vkey: Vkey
    time_s: int
    reason: str

    def __post_init__(self) -> None:
        check_int(self.time_s, what="end of a key")
        if self.reason not in ENDINGS:
            raise Malformed("card", "a key ends neither planned nor compromised")


@dataclass(frozen=True, slots=True)
class Card:
    """One card. Its checkpoint is signed by `root1` and `root6`, which `next` names in advance."""

    party: str
    n: int
    time_s: int
    root1: Vkey
    root6: Vkey
    next: bytes
    log1: Vkey
    log6: Vkey
    receipt4: Vkey
    receipt6: Vkey
    http: Vkey
    seal: bytes
    wire: bytes | None
    desk: Desk | None
    urls: tuple[str, ...] = ()
    pins: tuple[bytes, ...] = ()
    ends: tuple[End, ...] = ()

    def __post_init__(self) -> None:
        check_party(self.party)
        check_int(self.n, what="card number")
        check_int(self.time_s, what="card time")
        _check_keys(self)
        check_size(self.next, HASH_SIZE, what="card next")
        check_size(self.seal, SEAL_SIZE, what="card seal key")
        if self.wire is not None:
            check_size(self.wire, WIRE_SIZE, what="card wire key")
        if len(self.urls) > URLS_MAX or len(self.pins) > PINS_MAX:
            raise Malformed("card", f"more than {URLS_MAX} urls or {PINS_MAX} pins")
        for url in self.urls:
            check_url(url)
        for pin in self.pins:
            check_size(pin, HASH_SIZE, what="card pin")
        for end in self.ends:
            if not check_key_name(end.vkey.name).startswith(f"{self.party}/"):
                raise Malformed("card", "ends a key that is not the party's own")
        if len(self.text()) > CARD_BYTES_MAX:
            raise Malformed("card", f"longer than {CARD_BYTES_MAX} bytes")

    def text(self) -> str:
        """The card as its log commits to it."""
        return "\n".join([*_spell(self), ""])

    def encode(self) -> bytes:
        """The leaf of the card log."""
        return self.text().encode("ascii")


def parse_card(data: bytes) -> Card:
    """Read a card strictly."""
    lines = Lines(data, CARD_BYTES_MAX, "card")
    lines.exactly("openline/v1 card")
    card = Card(
        party=lines.line(),
        n=parse_int(lines.line(), what="card number"),
        time_s=parse_int(lines.line(), what="card time"),
        root1=parse_vkey(lines.one("root")),
        root6=parse_vkey(lines.one("root")),
        next=unb64(lines.one("next"), HASH_SIZE, what="card next"),
        log1=parse_vkey(lines.one("log")),
        log6=parse_vkey(lines.one("log")),
        receipt4=parse_vkey(lines.one("receipt")),
        receipt6=parse_vkey(lines.one("receipt")),
        http=parse_vkey(lines.one("http")),
        seal=unb64(lines.one("seal"), SEAL_SIZE, what="card seal key"),
        wire=_parse_wire(lines.one("wire")),
        desk=_parse_desk(lines.one("desk")),
        urls=tuple(url for (url,) in lines.words("url", 1)),
        pins=tuple(unb64(p, HASH_SIZE, what="card pin") for (p,) in lines.words("pin", 1)),
        ends=tuple(_parse_end(words) for words in lines.words("end", 3)),
    )
    lines.end()
    if card.encode() != data:
        raise Malformed("card", "not the canonical spelling")
    return card


def card_origin(party: str) -> str:
    """The origin of a party's card log."""
    return f"{check_party(party)}/openline"


def next_of(root1: Vkey, root6: Vkey) -> bytes:
    """What a card writes after `next` about the root keys of the card after it."""
    return hashlib.sha256(f"root {root1.text()}\nroot {root6.text()}\n".encode()).digest()


def fingerprint(card0: Card) -> bytes:
    """The name of a party's keys for ever: the root of its card log at size 1."""
    return hashlib.sha256(b"\0" + card0.encode()).digest()


def comparison_digits(fp: bytes) -> str:
    """Thirty digits in groups of five, to be read over the telephone."""
    check_size(fp, HASH_SIZE, what="fingerprint")
    value = int.from_bytes(hashlib.sha256(b"openline/v1 compare\n" + fp).digest(), "big")
    digits = f"{value % 10**30:030}"
    return " ".join(digits[i : i + 5] for i in range(0, 30, 5))


def qr_text(party: str, fp: bytes) -> str:
    """What the QR code of a party says."""
    return f"openline:{check_party(party)}#{b64(check_size(fp, HASH_SIZE, what='fingerprint'))}"


def parse_qr(text: str) -> tuple[str, bytes]:
    """The party and fingerprint of a QR code."""
    scheme, _, rest = text[:200].partition(":")
    party, _, encoded = rest.partition("#")
    fp = unb64(encoded, HASH_SIZE, what="fingerprint")
    if scheme != "openline" or qr_text(party, fp) != text:
        raise Malformed("QR text", "not openline:<party>#<fingerprint>")
    return party, fp


def _check_keys(card: Card) -> None:
    """Each key under its own name and of its own kind: no key can be moved to another role."""
    due = (
        (card.root1, "openline", ED25519),
        (card.root6, "openline", ML_DSA_44),
        (card.log1, "log", ED25519),
        (card.log6, "log", ML_DSA_44),
        (card.receipt4, "receipt", ED25519_COSIGNATURE),
        (card.receipt6, "receipt", ML_DSA_44),
        (card.http, "http", ED25519),
    )
    for vkey, role, kind in due:
        if vkey.name != f"{card.party}/{role}" or vkey.kind != kind:
            raise Malformed("card", f"the {role} key has another name or kind")
    if len({vkey.public for vkey, _, _ in due}) != len(due):
        raise Malformed("card", "one key stands in two roles")


def _spell(card: Card) -> Iterator[str]:
    yield "openline/v1 card"
    yield card.party
    yield str(card.n)
    yield str(card.time_s)
    yield f"root {card.root1.text()}"
    yield f"root {card.root6.text()}"
    yield f"next {b64(card.next)}"
    yield f"log {card.log1.text()}"
    yield f"log {card.log6.text()}"
    yield f"receipt {card.receipt4.text()}"
    yield f"receipt {card.receipt6.text()}"
    yield f"http {card.http.text()}"
    yield f"seal {b64(card.seal)}"
    yield f"wire {'-' if card.wire is None else b64(card.wire)}"
    yield f"desk {'-' if card.desk is None else card.desk.text()}"
    yield from (f"url {url}" for url in card.urls)
    yield from (f"pin {b64(pin)}" for pin in card.pins)
    yield from (f"end {end.vkey.text()} {end.time_s} {end.reason}" for end in card.ends)


def _parse_wire(word: str) -> bytes | None:
    return None if word == "-" else unb64(word, WIRE_SIZE, what="card wire key")


def _parse_desk(text: str) -> Desk | None:
    if text == "-":
        return None
    words = text.split(" ")
    if len(words) != 3:
        raise Malformed("card", "desk is neither `-` nor id, number and root")
    count = parse_int(words[1], OFFICERS_MAX, what="number of officers")
    root = unb64(words[2], HASH_SIZE, what="officers root")
    return Desk(words[0], count, None if count == 0 and root == EMPTY_ROOT else root)


def _parse_end(words: list[str]) -> End:
    return End(parse_vkey(words[0]), parse_int(words[1], what="end of a key"), words[2])
