"""What keys this party has, what became of the earlier ones, and which cryptography stands behind.

Shapes   keys(station) and cryptography(station) -> plain JSON values
Units    times as RFC 3339 UTC text; strengths as their standards name them
Raises   nothing
Source   docs/PROTOCOL.md parts 3 and 4; docs/CRYPTOGRAPHY.md
Never    shows a secret. Never calls a suite sufficient: it says what each part is, and what
         CNSA 2.0 asks in its place
"""

import ssl
from importlib.metadata import version
from typing import Final, NamedTuple

from openline.exchange.membership import identity, invited
from openline.exchange.station import Station
from openline.formats.card import Card, comparison_digits, fingerprint
from openline.formats.note import Vkey
from openline.formats.openjson import Value
from openline.formats.spell import utc
from openline.record.card_request import differences

HERE, AWAY = "here", "away"
ROLES: Final = ("root1", "root6", "log1", "log6", "receipt4", "receipt6", "http")


class Use(NamedTuple):
    """One use of cryptography: for what, which, what of it withstands a quantum computer, and what
    CNSA 2.0 asks instead."""

    what: str
    algorithm: str
    quantum: str
    cnsa: str
    keys: str


USES: Final = (
    Use("heads of own logs", "Ed25519 and ML-DSA-44", "ML-DSA-44", "ML-DSA-87",
        "keyring (node seed)"),
    Use("receipts and witnesses", "Ed25519 and ML-DSA-44", "ML-DSA-44", "ML-DSA-87",
        "keyring (node seed)"),
    Use("cards", "Ed25519 and ML-DSA-44", "ML-DSA-44", "ML-DSA-87", "root keys"),
    Use("requests between nodes", "Ed25519", "no", "ML-DSA-87", "keyring (node seed)"),
    Use("officers' releases", "ES256 (P-256) or Ed25519", "no; fixed in trees that ML-DSA-44 signs",
        "ML-DSA-87", "with the officers"),
    Use("contents on their way", "X-Wing (ML-KEM-768 and X25519), ChaCha20-Poly1305",
        "ML-KEM-768", "ML-KEM-1024, AES-256", "keyring (prekeys, sealing key)"),
    Use("trees, commitments, fingerprints", "SHA-256", "yes", "SHA-384 or SHA-512", "none"),
    Use("contents and views at rest", "ChaCha20-Poly1305, HMAC-SHA256", "yes", "AES-256",
        "keyring (archive, data key)"),
    Use("drafts and notebook at rest", "X-Wing, ChaCha20-Poly1305", "ML-KEM-768",
        "ML-KEM-1024, AES-256", "keyring (archive)"),
    Use("officers' and ceremony files", "scrypt, ChaCha20-Poly1305", "yes", "AES-256",
        "passphrases"),
    Use("orderwire", "X25519, HMAC-SHA256; inside an X-Wing file", "contents only",
        "ML-KEM-1024, HMAC-SHA384", "keyring (wire)"),
)  # fmt: skip


def keys(station: Station) -> dict[str, Value]:
    """The keys in force, where their successors are, what ended and when, what waits."""
    cards = station.cards(station.party)
    last = cards[-1]
    first, plan = identity.plan_of(station)
    is_away = identity.roots_are_away(station)
    waits = identity.waiting_card(station)
    return {
        "party": station.party,
        "digits": comparison_digits(fingerprint(cards[0])),
        "card": last.n,
        "made": utc(last.time_s),
        "root_keys": AWAY if is_away else HERE,
        "cards_planned": max(0, first + len(plan) - 1 - len(cards)) if is_away else 0,
        "keys": [key_row(cards, role, getattr(last, role)) for role in ROLES],
        "ended": ended(cards),
        "lines": sum(is_spoken_on(station, row.line_id) for row in station.lines()),
        "lines_listed": sum(invited.is_listed(station, row.line_id) for row in station.lines()),
        "prekeys": len(station.keyring.prekeys),
        "former_sealing_keys": len(station.keyring.former_seals),
        "waiting": {} if waits is None else waiting(last, waits[0]),
    }


def is_spoken_on(station: Station, line_id: bytes) -> bool:
    """Whether keys of ours sign on a line: our log is open there, perhaps to be reopened."""
    return station.own_log(line_id) is not None and not station.has_left(line_id)


def key_row(cards: tuple[Card, ...], role: str, vkey: Vkey) -> dict[str, Value]:
    """One key of the newest card, and since which card it stands there."""
    since = next(card for card in cards if getattr(card, role).public == vkey.public)
    return {
        "name": vkey.name,
        "type": vkey.kind,
        "key_id": vkey.key_id.hex(),
        "card": since.n,
        "since": utc(since.time_s),
    }


def ended(cards: tuple[Card, ...]) -> list[Value]:
    """Every key that ended, in the order in which the cards say so."""
    return [
        {
            "name": end.vkey.name,
            "type": end.vkey.kind,
            "key_id": end.vkey.key_id.hex(),
            "reason": end.reason,
            "at": utc(end.time_s),
            "card": card.n,
        }
        for card in cards
        for end in card.ends
    ]


def waiting(last: Card, card: Card) -> dict[str, Value]:
    """The card that waits for its root keys, in words."""
    return {"card": card.n, "made": utc(card.time_s), "says": list(differences(last, card))}


def cryptography(station: Station) -> list[Value]:
    """Every use of cryptography in this node, and the libraries that do it."""
    rows: list[Value] = [dict(zip(Use._fields, use, strict=True)) for use in USES]
    urls = station.cards(station.party)[-1].urls
    is_tls = any(url.startswith("https:") for url in urls)
    rows.append(
        {
            "what": "transport between nodes",
            "algorithm": f"TLS by {ssl.OPENSSL_VERSION}" if is_tls else "none (loopback or proxy)",
            "quantum": tls_quantum(),
            "cnsa": "TLS 1.3 with ML-KEM-1024",
            "keys": "of whoever ends TLS",
        }
    )
    rows.append(
        {
            "what": "library",
            "algorithm": f"cryptography {version('cryptography')}",
            "quantum": "-",
            "cnsa": "a validated module",
            "keys": "-",
        }
    )
    return rows


def tls_quantum() -> str:
    """Whether this machine's TLS can agree on keys that withstand a quantum computer."""
    if ssl.OPENSSL_VERSION_INFO >= (3, 5):
        return "X25519MLKEM768, where the other side has it too"
    return "no; contents are sealed apart from it, names and sizes are not"
